//! Cancelling tasks, as in asyncio: it arrives at the await where the task waits, or at its next one that must wait; a
//! task that ends before is cancelled then.
//!
//! What the task awaits is cancelled first, and the task goes on when that has ended. A list of tasks to cancel stands
//! in the place of recursion, so that chains of any length can be cancelled.

use std::collections::HashSet;
use std::rc::Rc;

use super::awaitable::Future;
use super::kernel::Kernel;
use super::spawn::CallOp;
use super::task::{Call, Outcome, State, Task, TaskRef};
use super::wait::Cx;
use crate::trace::event::SiteId;

impl Kernel {
    /// Cancels a task. False if it has ended already.
    pub fn cancel(&self, task: &TaskRef) -> bool {
        self.ask_cancel(task, false)
    }

    /// Cancels a task because `by`, which awaits it, was cancelled. Once is enough for this. False if it has ended
    /// already, or goes on: see [`Kernel::spare_before`].
    pub fn cancel_too(&self, by: &Task, task: &TaskRef) -> bool {
        !self.spares(by, task) && self.ask_cancel(task, true)
    }

    /// Tasks below this number go on when a later one (or main) that awaits them is cancelled, and are not waited for.
    /// 0 ends that.
    pub fn spare_before(&self, first: u32) {
        self.spared.set(first);
    }

    fn spares(&self, by: &Task, task: &Task) -> bool {
        let first = self.spared.get();
        let is_later = |id: u32| id == 0 || id >= first;
        is_later(by.id) && !is_later(task.id)
    }

    fn ask_cancel(&self, task: &TaskRef, passed_on: bool) -> bool {
        let can = !task.is_done();
        if can {
            self.shared.touches.touch_all();
            self.cancels.borrow_mut().push((task.clone(), passed_on));
        }
        can
    }

    /// Does what [`Kernel::cancel`] was asked for. Called by the loop whenever a step may have asked.
    #[inline]
    pub fn run_cancels(self: &Rc<Self>) {
        if !self.cancels.borrow().is_empty() && !self.cancelling.replace(true) {
            loop {
                let list = std::mem::take(&mut *self.cancels.borrow_mut());
                if list.is_empty() {
                    break;
                }
                list.iter().for_each(|(task, passed_on)| self.cancel_one(task, *passed_on));
            }
            self.cancelling.set(false);
        }
    }

    fn cancel_one(self: &Rc<Self>, task: &TaskRef, passed_on: bool) {
        let told = task.flags().cancel;
        if task.is_done() || self.cancel_new(task) {
            return;
        }
        if told && passed_on {
            if self.awaits_itself(task) {
                self.leave_circle(task);
            }
            return;
        }
        task.flag(|f| f.cancel = true);
        if !task.is_waiting() {
            return; // it is told when its turn begins, or where it must wait next
        }
        let top = match task.inner.borrow().calls.last() {
            Some(Call::Op(future)) => Some(future.clone()),
            _ => None,
        };
        if top.is_none_or(|future| future.cancel(&mut Cx { kernel: self, task })) {
            self.wake(task);
        } else {
            task.flag(|f| f.cancelling = true);
        }
    }

    /// Whether a task that waits for others to end, which it has cancelled, is among those that they wait for.
    fn awaits_itself(&self, task: &TaskRef) -> bool {
        let on = |task: &TaskRef| match task.is_waiting() && task.flags().cancelling {
            true => self.ask_op(task, |op| op.on()).unwrap_or_default(),
            false => Vec::new(),
        };
        let (mut seen, mut next) = (HashSet::new(), on(task));
        while let Some(id) = next.pop() {
            if id == task.id {
                return true;
            }
            if seen.insert(id)
                && let Some(other) = self.task(id)
            {
                next.extend(on(&other));
            }
        }
        false
    }

    /// Of tasks that await each other none would ever end: this one does not wait for the others any more.
    fn leave_circle(&self, task: &TaskRef) {
        let nothing = Future::new(CallOp(None), SiteId::NONE);
        nothing.take();
        if let Some(top) = task.inner.borrow_mut().calls.last_mut() {
            *top = Call::Op(nothing);
        }
        task.flag(|f| (f.cancel, f.cancelling) = (true, false));
        self.wake(task);
    }

    /// Ends a task that has not run at all; false if it has.
    fn cancel_new(self: &Rc<Self>, task: &TaskRef) -> bool {
        if task.flags().started || task.state() != State::Ready {
            return false;
        }
        self.shared.touches.stop();
        let mut calls = std::mem::take(&mut task.inner.borrow_mut().calls);
        for call in &mut calls {
            if let Call::Frame(frame) = call {
                self.retire(frame); // the variables of the prompt are in main's frame
            }
        }
        super::wait::drop_later(calls);
        self.end(task, Outcome::Cancelled);
        self.stale.set(true);
        true
    }
}
