//! Those who are told when a task ends.

use std::cell::Cell;
use std::rc::{Rc, Weak};

use super::join::Observer;
use super::task::TaskRef;

/// Who is told when a task ends.
pub enum Waiter {
    Task(TaskRef),
    /// Whose n-th member it is; one that has gone by then need not be told.
    Member(Weak<dyn Observer>, u32),
    /// The same for one who looks when it ends, but not how.
    Onlooker(Weak<dyn Observer>, u32),
    /// One who does not wait any more.
    Left,
}

impl Waiter {
    fn is_there(&self) -> bool {
        match self {
            Self::Task(_) => true,
            Self::Member(observer, _) | Self::Onlooker(observer, _) => observer.strong_count() > 0,
            Self::Left => false,
        }
    }

    /// Who is to be told, if it is one who observes, and is there.
    pub(super) fn observer(&self) -> Option<Rc<dyn Observer>> {
        match self {
            Self::Member(observer, _) | Self::Onlooker(observer, _) => observer.upgrade(),
            Self::Task(_) | Self::Left => None,
        }
    }

    /// Whether it gets what the task ends with.
    pub(super) fn sees(&self) -> bool {
        matches!(self, Self::Task(_) | Self::Member(..))
    }
}

/// When somebody began to wait: later ones are greater. By it those are found who leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Since(u64);

impl Since {
    /// Now.
    pub fn now() -> Self {
        thread_local! {
            static LAST: Cell<u64> = const { Cell::new(0) };
        }
        LAST.set(LAST.get() + 1);
        Self(LAST.get())
    }
}

/// Those who are told, in the order in which they came; mostly one, which needs no room on the heap.
#[derive(Default)]
pub enum Waiters {
    #[default]
    Nobody,
    One(Since, Waiter),
    /// With the number of those who have left, whose places are given up now and then.
    Many(Vec<(Since, Waiter)>, usize),
}

impl Waiters {
    pub(super) fn add(&mut self, since: Since, waiter: Waiter) {
        *self = match std::mem::take(self) {
            Self::Nobody => Self::One(since, waiter),
            Self::One(earlier, first) => Self::Many(vec![(earlier, first), (since, waiter)], 0),
            Self::Many(mut list, mut left) => {
                if list.len() == list.capacity() {
                    // a task that outlives many waits for it must not remember them all
                    list.retain(|(_, waiter)| waiter.is_there());
                    list.reserve(list.len().max(1));
                    left = 0;
                }
                list.push((since, waiter));
                Self::Many(list, left)
            }
        };
    }

    /// Does not tell those any more who came then; gives how many of them would have seen how it ends.
    pub(super) fn forget(&mut self, since: Since) -> u32 {
        let mut seers = 0;
        match self {
            Self::One(then, waiter) if *then == since => {
                seers = u32::from(waiter.sees());
                *self = Self::Nobody;
            }
            Self::Nobody | Self::One(..) => {}
            Self::Many(list, left) => {
                let from = list.partition_point(|(then, _)| *then < since);
                for (_, waiter) in list[from..].iter_mut().take_while(|(then, _)| *then == since) {
                    *left += usize::from(!matches!(waiter, Waiter::Left));
                    seers += u32::from(waiter.sees());
                    *waiter = Waiter::Left;
                }
                if *left * 2 > list.len() {
                    list.retain(|(_, waiter)| !matches!(waiter, Waiter::Left));
                    *left = 0;
                }
            }
        }
        seers
    }

    /// In the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Waiter> {
        let (one, many) = match self {
            Self::Nobody => (None, &[][..]),
            Self::One(_, waiter) => (Some(waiter), &[][..]),
            Self::Many(list, _) => (None, list.as_slice()),
        };
        one.into_iter().chain(many.iter().map(|(_, waiter)| waiter))
    }

    /// Whether nobody is to be told.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Nobody => true,
            Self::One(..) => false,
            Self::Many(list, left) => list.len() == *left,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Kernel;

    struct Deaf;

    impl Observer for Deaf {
        fn member_ended(&self, _: &Kernel, _: u32, _: &TaskRef) {}
    }

    fn number(waiter: &Waiter) -> Option<u32> {
        match waiter {
            Waiter::Member(_, number) => Some(*number),
            _ => None,
        }
    }

    #[test]
    fn many_come_and_leave_in_any_order() {
        const MANY: usize = 200_000; // it would take minutes if each who leaves were looked for
        let mut waiters = Waiters::default();
        let observer: Rc<dyn Observer> = Rc::new(Deaf);
        let all: Vec<Since> = (0..MANY)
            .map(|number| {
                let since = Since::now();
                waiters.add(since, Waiter::Member(Rc::downgrade(&observer), number as u32));
                since
            })
            .collect();
        for step in 0..MANY {
            let number = step * 7 % MANY; // a stride that comes to each
            if number % 1_000 != 3 {
                waiters.forget(all[number]);
                waiters.forget(all[number]); // who has left can't leave again
            }
        }
        let left: Vec<u32> = waiters.iter().filter_map(number).collect();
        assert_eq!(left, (0..200).map(|n| n * 1_000 + 3).collect::<Vec<_>>());
        for since in &all {
            assert!(!waiters.is_empty() || *since > all[MANY - 1_000 + 3]);
            waiters.forget(*since);
        }
        assert!(waiters.is_empty());
    }
}
