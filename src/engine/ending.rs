//! How frames and tasks end: their deferred functions run, and whoever waits is told.

use std::rc::Rc;

use rhai::FnPtr;
use thin_vec::ThinVec;

use super::errors;
use super::kernel::Kernel;
use super::task::{Call, Outcome, State, TaskRef};
use super::turn::{Input, Next};
use super::waiters::Waiter;
use crate::lang::body::BodyKind;
use crate::lang::touch::{Access, Thing};
use crate::lang::{Frame, Interp, Link, Raise};
use crate::trace::event::{Kind, NO_TASK, SiteId, WaitClass};

impl Kernel {
    /// The frame on top has ended: hands its result to the call below, after its deferred functions.
    pub(super) fn end_frame(&self, calls: &mut ThinVec<Call>, result: Input) -> Next {
        match calls.pop() {
            Some(Call::Frame(frame)) if frame.has_defers() => {
                calls.push(Call::Ending(frame, result));
                if !self.is_aside() {
                    self.inbox.begin_defers(); // in an exploration they may be dropped, and nobody waits for them
                }
                None
            }
            Some(Call::Frame(mut frame)) => {
                self.retire(&mut frame);
                Some(add_link(calls, result))
            }
            _ => Some(add_link(calls, result)),
        }
    }

    /// A frame is over. The variables of a program are kept for the next one.
    pub(super) fn retire(&self, frame: &mut Frame) {
        if frame.body.kind == BodyKind::Program {
            *self.retired.borrow_mut() = Some(frame.take_scope());
        }
    }

    /// Runs the next deferred function of an ended frame; then hands the frame's result on.
    pub(super) fn next_defer(
        &self,
        interp: &mut Interp,
        task: &TaskRef,
        calls: &mut ThinVec<Call>,
        next: Next,
    ) -> Next {
        let Some(Call::Ending(frame, result)) = calls.last_mut() else {
            return next;
        };
        if let Some(Err(raise)) = next {
            *result = Err(raise); // what a defer throws replaces the error
        }
        match frame.next_defer() {
            None => {
                if let Some(Call::Ending(mut frame, result)) = calls.pop() {
                    if !self.is_aside() {
                        self.inbox.end_defers();
                    }
                    self.retire(&mut frame);
                    return Some(add_link(calls, result));
                }
                None
            }
            Some(function) => match function.try_cast::<FnPtr>() {
                Some(function) => match self.call(interp, task, calls, &function, Vec::new()) {
                    Some(Ok(_)) => None,
                    other => other,
                },
                None => None,
            },
        }
    }

    pub(super) fn finish(self: &Rc<Self>, interp: &mut Interp, task: &TaskRef, result: Input) {
        let outcome = match result {
            // cancelled in its last turn, as by itself: there was no await left at which to arrive
            Ok(_) if task.flags().cancel => Outcome::Cancelled,
            Ok(value) => Outcome::Value(value),
            Err(Raise::Exit(value)) => {
                self.exits.borrow_mut().push((task.id, value.clone()));
                self.shared.touches.touch(Thing::Failures, Access::Read);
                Outcome::Value(value)
            }
            Err(Raise::Cancelled) => Outcome::Cancelled,
            Err(Raise::Error(mut failure)) => {
                let stopped = task.id == 0 && failure.is_stop();
                // of main it is told, else nobody would know why the script ended
                if stopped || (task.id != 0 && errors::says_was_cancelled(&failure)) {
                    Outcome::Cancelled
                } else {
                    if failure.thrown().is_none() && failure.is_catchable() {
                        failure.value = Some(interp.caught_value(&mut failure));
                    }
                    Outcome::Failed(failure.into())
                }
            }
        };
        self.end(task, outcome);
    }

    /// A task has ended: records it, and tells those who wait.
    pub(super) fn end(self: &Rc<Self>, task: &TaskRef, outcome: Outcome) {
        let now = self.clock.last();
        let (kind, site, detail) = match &outcome {
            Outcome::Value(value) => (Kind::Finished, SiteId::NONE, self.text_of_value(value).0),
            Outcome::Cancelled => (Kind::Cancelled, SiteId::NONE, NO_TASK),
            Outcome::Failed(failure) => {
                let site = failure.origin.as_ref().map_or(SiteId::NONE, |place| self.site_at(place));
                (Kind::Failed, site, self.text(&errors::message_of(failure)).0)
            }
        };
        self.record(now, task.id, kind, WaitClass::None, site, detail);
        task.set_state(State::Ended);
        let failed = matches!(outcome, Outcome::Failed(_));
        let waiters = {
            let mut inner = task.inner.borrow_mut();
            inner.outcome = Some(outcome);
            inner.since = now;
            std::mem::take(&mut inner.waiters)
        };
        self.live.borrow_mut().remove(&task.id);
        if failed && !task.flags().seen {
            self.shared.touches.touch(Thing::Failures, Access::Add);
            self.failed.borrow_mut().push(task.clone());
        }
        self.shared.touches.touch(Thing::End(task.id), Access::Write);
        if task.id == 0 {
            self.shared.touches.touch(Thing::Failures, Access::Read); // those of now are the run's, none that comes later
        }
        for waiter in waiters.iter() {
            match waiter {
                Waiter::Left => {}
                Waiter::Task(task) => self.wake(task),
                Waiter::Member(observer, number) | Waiter::Onlooker(observer, number) => {
                    if let Some(observer) = observer.upgrade() {
                        observer.tell_end(&self.shared.touches, task);
                        observer.member_ended(self, *number, task);
                    }
                }
            }
        }
    }
}

/// An error goes from an ended frame to the one that awaited it: notes the way.
pub(super) fn add_link(calls: &[Call], mut result: Input) -> Input {
    if let Err(Raise::Error(failure)) = &mut result
        && let Some(frame) = calls.last().and_then(Call::frame)
    {
        failure.links.push(Link::Awaited { by: frame.body.name.to_string(), at: frame.place() });
    }
    result
}
