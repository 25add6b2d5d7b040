//! The timers of the loop: a heap of deadlines.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::clock::Nanos;
use super::task::TaskRef;

/// Who is to be woken when. Timers of the same deadline fire in the order in which they were set.
#[derive(Default)]
pub struct Timers {
    heap: BinaryHeap<Reverse<Timer>>,
    next: u64,
    /// How many timers of the heap nobody waits for any more.
    stale: usize,
}

/// One timer. It is for the wait that had this number; a task that waits for something else by now is left alone.
pub struct Timer {
    pub deadline: Nanos,
    order: u64,
    pub task: TaskRef,
    pub wait: u32,
}

impl PartialEq for Timer {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Timer {}

impl PartialOrd for Timer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timer {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.deadline, self.order).cmp(&(other.deadline, other.order))
    }
}

impl Timers {
    /// Sets a timer.
    pub fn set(&mut self, deadline: Nanos, task: TaskRef, wait: u32) {
        self.next += 1;
        self.heap.push(Reverse(Timer { deadline, order: self.next, task, wait }));
    }

    /// Somebody does not wait for a timer any more. When most timers are of that kind they are thrown out.
    pub fn forget(&mut self) {
        self.stale += 1;
        if self.stale > 64 && self.stale > self.heap.len() / 2 {
            self.heap.retain(|Reverse(t)| t.is_current());
            self.stale = 0;
        }
    }

    /// The next deadline that somebody waits for.
    pub fn next_deadline(&mut self) -> Option<Nanos> {
        while let Some(Reverse(timer)) = self.heap.peek() {
            if timer.is_current() {
                return Some(timer.deadline);
            }
            self.heap.pop();
            self.stale = self.stale.saturating_sub(1);
        }
        None
    }

    /// The next timer that is due.
    pub fn pop_due(&mut self, now: Nanos) -> Option<Timer> {
        while self.heap.peek().is_some_and(|Reverse(t)| t.deadline <= now) {
            let Reverse(timer) = self.heap.pop()?;
            if timer.is_current() {
                return Some(timer);
            }
            self.stale = self.stale.saturating_sub(1);
        }
        None
    }

    /// The earliest deadline in the heap, whether or not anybody still waits for it.
    #[inline]
    pub fn earliest(&self) -> Nanos {
        self.heap.peek().map_or(Nanos::MAX, |Reverse(t)| t.deadline)
    }
}

impl Timer {
    fn is_current(&self) -> bool {
        self.task.is_waiting() && self.task.wait_number() == self.wait
    }
}
