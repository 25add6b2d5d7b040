//! What somebody needs who steers the loop: the pace of its clock; who decides before each turn whose it is; a look at the
//! queue and the timers.

use super::clock::{Nanos, Pace};
use super::inbox::Busy;
use super::kernel::Kernel;
use super::task::TaskRef;

impl Kernel {
    /// To be kept by a thread of this program that works for a task, until it has answered.
    pub fn busy(&self) -> Busy {
        Busy::new(self.inbox.clone())
    }

    /// Whether somebody is to be asked before each turn, through [`Watch::choose`](super::drive::Watch::choose).
    pub fn set_stepped(&self, on: bool) {
        self.stepped.set(on);
    }

    /// Lets the clock pass in another way from now on; deadlines stay where they are on it.
    pub fn set_pace(&self, pace: Pace) {
        self.clock.set_pace(pace);
        self.recording.borrow_mut().set_virtual_time(pace == Pace::Virtual);
    }

    /// When the current run began.
    pub fn epoch(&self) -> Nanos {
        self.epoch.get()
    }

    /// The ready queue, next first. Nobody in it has ended.
    pub fn ready_tasks(&self) -> Vec<TaskRef> {
        self.ready.borrow().iter().filter(|task| !task.is_done()).cloned().collect()
    }

    /// The index in the ready queue of the task that the policy picks. Draws from a policy that draws: the answer has to
    /// be used.
    pub fn suggested(&self) -> usize {
        let ready = self.ready.borrow();
        if ready.len() > 1 { self.policy.borrow_mut().pick(&ready) } else { 0 }
    }

    /// Whether tasks run first in, first out.
    pub fn is_fifo(&self) -> bool {
        self.policy.borrow().is_fifo()
    }

    /// The tasks that wait for a time, the next first, with that time.
    pub fn deadlines(&self) -> Vec<(Nanos, TaskRef)> {
        let timers = self.timers.borrow();
        let mut list: Vec<(Nanos, TaskRef)> =
            timers.pending().into_iter().map(|(deadline, timer)| (deadline, timer.task.clone())).collect();
        list.dedup_by_key(|(deadline, task)| (*deadline, task.id)); // a task that was polled twice has set two
        list
    }
}
