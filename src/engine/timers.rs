//! What is due when: a heap of deadlines, for the timers of tasks and for all else that sleeps on the loop's clock.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::clock::Nanos;
use super::task::TaskRef;

/// Something that is due at a time, unless nobody waits for it any more.
pub trait Due {
    /// Whether somebody waits for it.
    fn is_current(&self) -> bool;
}

/// A heap of deadlines. What is due at the same time comes in the order in which it was set.
pub struct Deadlines<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    next: u64,
    /// How many entries of the heap nobody waits for any more.
    stale: usize,
}

struct Entry<T> {
    deadline: Nanos,
    order: u64,
    what: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.deadline, self.order).cmp(&(other.deadline, other.order))
    }
}

impl<T> Default for Deadlines<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), next: 0, stale: 0 }
    }
}

impl<T: Due> Deadlines<T> {
    /// Lets something be due at this time.
    pub fn set(&mut self, deadline: Nanos, what: T) {
        self.next += 1;
        self.heap.push(Reverse(Entry { deadline, order: self.next, what }));
    }

    /// Somebody does not wait any more. When most entries are of that kind they are thrown out.
    pub fn forget(&mut self) {
        self.stale += 1;
        if self.stale > 64 && self.stale > self.heap.len() / 2 {
            self.heap.retain(|Reverse(entry)| entry.what.is_current());
            self.stale = 0;
        }
    }

    /// The next deadline that somebody waits for.
    pub fn next_deadline(&mut self) -> Option<Nanos> {
        while let Some(Reverse(entry)) = self.heap.peek() {
            if entry.what.is_current() {
                return Some(entry.deadline);
            }
            self.heap.pop();
            self.stale = self.stale.saturating_sub(1);
        }
        None
    }

    /// The next that is due, with its deadline.
    pub fn pop_due(&mut self, now: Nanos) -> Option<(Nanos, T)> {
        while self.heap.peek().is_some_and(|Reverse(entry)| entry.deadline <= now) {
            let Reverse(entry) = self.heap.pop()?;
            if entry.what.is_current() {
                return Some((entry.deadline, entry.what));
            }
            self.stale = self.stale.saturating_sub(1);
        }
        None
    }

    /// All that somebody waits for, in the order in which it will be due.
    pub fn pending(&self) -> Vec<(Nanos, &T)> {
        let mut list: Vec<&Entry<T>> =
            self.heap.iter().map(|Reverse(entry)| entry).filter(|entry| entry.what.is_current()).collect();
        list.sort();
        list.into_iter().map(|entry| (entry.deadline, &entry.what)).collect()
    }

    /// The earliest deadline in the heap, whether or not anybody still waits for it.
    #[inline]
    pub fn earliest(&self) -> Nanos {
        self.heap.peek().map_or(Nanos::MAX, |Reverse(entry)| entry.deadline)
    }
}

/// Wakes a task. It is for the wait that had this number; a task that waits for something else by now is left alone.
pub struct Timer {
    pub task: TaskRef,
    pub wait: u32,
}

impl Due for Timer {
    fn is_current(&self) -> bool {
        self.task.is_waiting() && self.task.wait_number() == self.wait
    }
}
