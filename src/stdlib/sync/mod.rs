//! What tasks share: locks, queues, events.
//!
//! Waiters are served first-in first-out, and a newcomer never overtakes one. What was granted to a waiter that is
//! then cancelled passes on to the next.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use event::Event;
use lock::Lock;
use queue::Queue;
use rhai::Dynamic;

use crate::engine::{Kernel, TaskRef};

pub(super) mod event;
pub(super) mod lock;
pub(super) mod queue;
mod queue_ops;

/// One who waits.
pub(super) struct Ticket<T> {
    pub task: TaskRef,
    state: Cell<TicketState>,
    /// What is handed over: by the giver to one who gets, or by one who puts.
    pub item: RefCell<Option<T>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TicketState {
    Waiting,
    Granted,
    /// The waiter was cancelled, or has taken what was granted.
    Gone,
}

/// Those who wait, in order.
pub(super) struct Waiters<T>(RefCell<VecDeque<Rc<Ticket<T>>>>);

impl<T> Default for Waiters<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Waiters<T> {
    /// Joins the end of the line.
    pub fn join(&self, task: &TaskRef, item: Option<T>) -> Rc<Ticket<T>> {
        let ticket =
            Rc::new(Ticket { task: task.clone(), state: Cell::new(TicketState::Waiting), item: RefCell::new(item) });
        self.0.borrow_mut().push_back(ticket.clone());
        ticket
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.trim();
        self.0.borrow().is_empty()
    }

    /// Takes the first who waits out of the line; the caller grants.
    pub fn pop(&self) -> Option<Rc<Ticket<T>>> {
        self.trim();
        self.0.borrow_mut().pop_front()
    }

    /// Drops those who have gone from the head of the line.
    fn trim(&self) {
        let mut line = self.0.borrow_mut();
        while line.front().is_some_and(|t| t.state.get() != TicketState::Waiting) {
            line.pop_front();
        }
    }

    /// All who wait, out of the line.
    pub fn drain(&self) -> Vec<Rc<Ticket<T>>> {
        let all = std::mem::take(&mut *self.0.borrow_mut());
        all.into_iter().filter(|t| t.state.get() == TicketState::Waiting).collect()
    }
}

impl<T> Ticket<T> {
    /// Grants what it waits for, and wakes the waiter.
    pub fn grant(&self, kernel: &Kernel) {
        self.state.set(TicketState::Granted);
        kernel.wake(&self.task);
    }

    /// Whether it was granted.
    pub fn is_granted(&self) -> bool {
        self.state.get() == TicketState::Granted
    }

    /// The waiter does not wait any more. True if something had been granted that must pass on.
    pub fn leave(&self) -> bool {
        self.state.replace(TicketState::Gone) == TicketState::Granted
    }
}

/// A lock, queue or event as text.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    let lock = value.read_lock::<Lock>().map(|l| l.show());
    let queue = || value.read_lock::<Queue>().map(|q| q.show());
    let event = || value.read_lock::<Event>().map(|e| e.show());
    lock.or_else(queue).or_else(event)
}

/// What a primitive is called in the views: `lock "db"`.
pub(super) fn title(what: &str, name: &str) -> String {
    if name.is_empty() { what.to_string() } else { format!("{what} \"{name}\"") }
}
