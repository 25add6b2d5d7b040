//! A task's turn: from the moment it is picked until it waits or ends.
//!
//! The calls of a task are a list, not native recursion: awaiting a coroutine pushes its frame, its end pops it. When a
//! task waits, what it waits for is the op on top.

use std::rc::Rc;

use rhai::{Dynamic, FnPtr};
use thin_vec::ThinVec;

use super::awaitable::Future;
use super::begin::{Awaits, Left};
use super::clock::Nanos;
use super::effort::{self, Effort};
use super::ending::add_link;
use super::errors::{self, kind};
use super::kernel::Kernel;
use super::task::{Call, State, TaskRef};
use super::wait::{Cx, Step};
use crate::lang::{Env, Flow, Frame, Interp, Link, Raise};
use crate::trace::event::{Kind, NO_TASK, SiteId, TextId, WaitClass};

pub(super) type Input = Result<Dynamic, Raise>;

/// What a call goes on with: nothing if it is new or was just woken, else the result of the call above it.
pub(super) type Next = Option<Input>;

impl Kernel {
    /// Runs a task that was taken from the ready queue.
    pub fn turn(self: &Rc<Self>, interp: &mut Interp, task: &TaskRef) {
        if task.is_done() {
            return; // cancelled before it ran
        }
        let began = self.clock.last();
        let (kind, site) = match task.flags().started {
            true => (Kind::Resumed, SiteId::NONE),
            false => (Kind::Started, self.beginning(task)),
        };
        self.record(began, task.id, kind, WaitClass::None, site, NO_TASK);
        task.set_state(State::Running);
        task.flag(|f| {
            f.started = true;
            f.woken = false;
        });
        let is_cancelled = task.flags().cancel;
        *self.current.borrow_mut() = Some(task.clone());
        self.effort.set(Effort::default());
        interp.enter_namespace(&task.namespace);
        let mut calls = std::mem::take(&mut task.inner.borrow_mut().calls);
        if let Some(Call::Op(_)) = calls.last() {
            self.shared.set_env(env_of(&calls, task));
        }
        let end = self.run_safely(interp, task, &mut calls);
        let now = self.clock.read();
        // to cancel what a task awaits may take long: that is not its fault, but Ctrl-C's
        let is_its_own = !is_cancelled || !self.effort.get().is_idle();
        if now - began > effort::BLOCKED && is_its_own && self.is_blocking(now - began) {
            self.blocked(task, &calls, now - began);
        }
        match end {
            Some(result) => self.finish(interp, task, result),
            None => self.suspend(task, calls, now),
        }
        *self.current.borrow_mut() = None;
        self.run_cancels();
        self.shared.set_env(None);
    }

    /// Where the code of a task begins that has not run yet; none for one that is just a future.
    fn beginning(&self, task: &TaskRef) -> SiteId {
        let inner = task.inner.borrow();
        let frame = inner.calls.first().and_then(Call::frame);
        frame.map_or(SiteId::NONE, |frame| self.site_of(&frame.body, frame.step()))
    }

    /// Runs the calls until the task must wait (none) or has ended. `next` is what the call on top goes on with.
    pub(super) fn run_calls(
        self: &Rc<Self>,
        interp: &mut Interp,
        task: &TaskRef,
        calls: &mut ThinVec<Call>,
        mut next: Next,
    ) -> Option<Input> {
        let mut arrives = next.is_none() && matches!(calls.last(), Some(Call::Op(_)));
        if task.flags().cancel
            && next.is_none()
            && let Some(Call::Op(future)) = calls.last()
            && !task.flags().cancelling
        {
            // cancelled while it waited, or while it was ready to go on
            let over = future.cancel(&mut Cx { kernel: self, task });
            task.flag(|f| (f.cancel, f.cancelling) = (!over, !over));
            if over {
                calls.pop();
                next = Some(Err(Raise::Cancelled));
            }
        }
        loop {
            next = match calls.last_mut() {
                None => return Some(next.unwrap_or(Ok(Dynamic::UNIT))),
                Some(Call::Frame(frame)) => {
                    if let (true, Some(result)) = (std::mem::take(&mut arrives), &next) {
                        self.note_arrival(task.id, result);
                    }
                    let mut awaits = Awaits { kernel: self, task, left: Left::Nothing };
                    let flow = frame.run(interp, next.unwrap_or(Ok(Dynamic::UNIT)), &mut awaits);
                    let left = awaits.left;
                    self.after_run(interp, frame);
                    match flow {
                        Flow::Await => match left {
                            Left::Value(value) => self.begin(calls, value),
                            Left::Polled(future, step) => {
                                calls.push(Call::Op(future.clone()));
                                self.after_poll(interp, task, calls, &future, step)?
                            }
                            Left::Nothing => None,
                        },
                        Flow::Done(value) => self.end_frame(calls, Ok(value)),
                        Flow::Failed(raise) => self.end_frame(calls, Err(raise)),
                    }
                }
                Some(Call::Op(future)) => {
                    let future = future.clone();
                    self.poll_op(interp, task, calls, &future, next)?
                }
                Some(Call::Ending(..)) => self.next_defer(interp, task, calls, next),
            };
        }
    }

    /// What a frame's run may have left behind: deferred functions, and which step was the longest.
    #[inline]
    pub(super) fn after_run(&self, interp: &mut Interp, frame: &mut Frame) {
        let mut defers = self.defers.borrow_mut();
        if !defers.is_empty() {
            defers.drain(..).for_each(|(function, at)| frame.defer(function, at));
        }
        let (took, step) = interp.stopwatch.take_longest();
        if took > self.effort.get().most() {
            let site = self.site_of(&frame.body, step);
            self.effort.set(self.effort.get().and_computing(took, site));
        }
    }

    /// Polls the op on top. None if the task must wait.
    fn poll_op(
        self: &Rc<Self>,
        interp: &mut Interp,
        task: &TaskRef,
        calls: &mut ThinVec<Call>,
        future: &Future,
        next: Next,
    ) -> Option<Next> {
        let step = match next {
            Some(result) => future.resume(&mut Cx { kernel: self, task }, result),
            None => future.poll(&mut Cx { kernel: self, task }),
        };
        self.after_poll(interp, task, calls, future, step)
    }

    /// What follows from the answer of the op on top. None if the task must wait.
    fn after_poll(
        self: &Rc<Self>,
        interp: &mut Interp,
        task: &TaskRef,
        calls: &mut ThinVec<Call>,
        future: &Future,
        step: Step,
    ) -> Option<Next> {
        self.run_cancels();
        match step {
            Step::Done(result) => {
                calls.pop();
                let cancelled = task.flags().cancelling;
                task.flag(|f| (f.cancel, f.cancelling) = (f.cancel && !cancelled, false));
                Some(Some(if cancelled { when_cancelled(result) } else { link_called(calls, result) }))
            }
            Step::Pending if task.flags().cancel && !task.flags().cancelling => {
                let over = future.cancel(&mut Cx { kernel: self, task });
                self.run_cancels();
                task.flag(|f| (f.cancel, f.cancelling) = (!over, !over));
                if !over {
                    return None;
                }
                calls.pop();
                Some(Some(Err(Raise::Cancelled)))
            }
            Step::Pending => None,
            Step::Call(function, args) => Some(self.call(interp, task, calls, &function, args)),
            Step::Await(value) => Some(self.begin(calls, value)),
        }
    }

    /// Calls a function of the script for an op, and awaits what it gives if that is awaitable.
    pub(super) fn call(
        &self,
        interp: &mut Interp,
        task: &TaskRef,
        calls: &mut ThinVec<Call>,
        function: &FnPtr,
        args: Vec<Dynamic>,
    ) -> Next {
        if let Some(frame) = calls.iter().rev().find_map(Call::frame) {
            self.shared.running.replace(Some(frame.body.clone()));
            self.shared.at.set(frame.step());
        }
        self.shared.touches.call(function, &args, &task.namespace);
        let result = interp.call(function, args, env_of(calls, task));
        self.shared.running.replace(None);
        let defers = std::mem::take(&mut *self.defers.borrow_mut());
        if !defers.is_empty() {
            let frame = calls.iter_mut().rev().find_map(Call::frame_mut);
            let Some(frame) = frame else {
                let message = "`defer` needs a coroutine whose end it can wait for: call it in async code";
                return Some(Err(errors::raise(kind::VALUE, message)));
            };
            defers.into_iter().for_each(|(function, at)| frame.defer(function, at));
        }
        match result {
            Ok(value) if self.is_awaitable(&value) => self.begin(calls, value),
            Ok(value) => Some(Ok(value)),
            Err(error) => {
                let mut raise = Raise::from(error);
                if let Raise::Error(failure) = &mut raise {
                    match calls.iter().rev().find_map(Call::frame) {
                        Some(frame) => interp.locate(failure, &frame.body.source, Some(frame.position())),
                        None => {
                            let source = interp.shared.source_of(function.fn_name());
                            source.iter().for_each(|source| interp.locate(failure, source, None));
                        }
                    }
                }
                Some(Err(raise))
            }
        }
    }

    /// Where a task stands: the await of its innermost frame. One without frames stands where it was spawned.
    pub(super) fn stands_at(&self, task: &TaskRef, calls: &[Call]) -> SiteId {
        let frame = calls.iter().rev().find_map(Call::frame);
        frame.map_or(task.spawned, |frame| self.site_of(&frame.body, frame.step()))
    }

    /// The task must wait: notes for what, and keeps its calls.
    fn suspend(&self, task: &TaskRef, calls: ThinVec<Call>, now: Nanos) {
        let site = self.stands_at(task, &calls);
        let (class, text) = match calls.last() {
            Some(Call::Op(future)) => {
                future.ask(|op| (op.class(), op.text(self))).unwrap_or((WaitClass::None, TextId::NONE))
            }
            _ => (WaitClass::None, TextId::NONE),
        };
        self.record(now, task.id, Kind::Suspended, class, site, text.0);
        {
            let mut inner = task.inner.borrow_mut();
            inner.calls = calls;
            inner.since = now;
        }
        task.set_state(State::Waiting);
        self.tell_tried(task);
        if task.flags().woken {
            self.wake(task);
        }
    }
}

/// How an await ends whose task was cancelled, once that has passed on to what it awaited: what failed on its way out
/// takes the place of the cancellation.
fn when_cancelled(result: Input) -> Input {
    match result {
        Err(Raise::Error(failure)) if !errors::says_was_cancelled(&failure) => Err(Raise::Error(failure)),
        _ => Err(Raise::Cancelled),
    }
}

/// The environment in which a task calls functions: that of the innermost frame.
fn env_of<'a>(calls: &'a [Call], task: &'a TaskRef) -> Option<&'a Rc<Env>> {
    match calls.iter().rev().find_map(Call::frame) {
        Some(frame) => frame.env(),
        None => task.env.as_ref(),
    }
}

/// The same for what a function of the library gives: an error of a closure that it called comes from further in. That
/// of a task that it awaited has its way from there.
fn link_called(calls: &[Call], result: Input) -> Input {
    match &result {
        Err(Raise::Error(failure))
            if failure.origin.is_some() && !matches!(failure.links.last(), Some(Link::Task { .. })) =>
        {
            add_link(calls, result)
        }
        _ => result,
    }
}
