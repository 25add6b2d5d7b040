//! What tasks share: locks and semaphores, conditions, barriers, queues, events, and values that are handed on.
//!
//! Waiters are served first-in first-out, and a newcomer never overtakes one. What was granted to a waiter that is then
//! cancelled passes on to the next. [`permits`] is what locks and semaphores have in common.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use rhai::Dynamic;

use super::Library;
use super::values::Fallible;
use crate::engine::errors::{error, kind};
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Kernel, TaskRef};
use crate::lang::Raise;
use crate::trace::event::WaitClass;

pub(super) mod barrier;
pub(super) mod broadcast;
pub(super) mod condition;
pub(super) mod event;
pub(super) mod lock;
pub(super) mod oneshot;
mod order;
pub(super) mod permits;
pub(super) mod queue;
mod queue_ops;
pub(super) mod semaphore;
mod store;
#[cfg(test)]
mod tests;
mod transfer;
pub(super) mod watch;

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
    fn join(&self, task: &TaskRef, item: Option<T>) -> Rc<Ticket<T>> {
        let ticket =
            Rc::new(Ticket { task: task.clone(), state: Cell::new(TicketState::Waiting), item: RefCell::new(item) });
        let mut line = self.0.borrow_mut();
        if line.len() == line.capacity() {
            // behind one who waits long, many may come and go: those who have gone must not be kept
            line.retain(|t| t.is_waiting());
            let room = line.len().max(4);
            line.reserve(room);
        }
        line.push_back(ticket.clone());
        drop(line);
        ticket
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.trim();
        self.0.borrow().is_empty()
    }

    /// Lets all go who wait.
    pub fn release(&self, kernel: &Kernel) {
        let all = std::mem::take(&mut *self.0.borrow_mut());
        all.iter().filter(|t| t.is_waiting()).for_each(|t| t.grant(kernel));
    }

    /// Takes the first who waits out of the line; the caller grants.
    pub fn pop(&self) -> Option<Rc<Ticket<T>>> {
        self.trim();
        self.0.borrow_mut().pop_front()
    }

    /// Drops those who have gone from the head of the line.
    fn trim(&self) {
        let mut line = self.0.borrow_mut();
        while line.front().is_some_and(|t| !t.is_waiting()) {
            line.pop_front();
        }
    }
}

impl<T> Ticket<T> {
    /// Grants what it waits for, and wakes the waiter.
    pub fn grant(&self, kernel: &Kernel) {
        self.state.set(TicketState::Granted);
        kernel.wake(&self.task);
    }

    fn is_waiting(&self) -> bool {
        self.state.get() == TicketState::Waiting
    }

    /// Whether it was granted.
    fn is_granted(&self) -> bool {
        self.state.get() == TicketState::Granted
    }

    /// The waiter does not wait any more. True if something had been granted that must pass on.
    fn leave(&self) -> bool {
        self.state.replace(TicketState::Gone) == TicketState::Granted
    }
}

/// The place in a line that an op has while it waits.
pub(super) struct Spot<T>(Option<Rc<Ticket<T>>>);

/// How far one who waits has come.
pub(super) enum Turn<T> {
    /// It is not in the line.
    New,
    Waiting,
    /// What was granted with this is its own now.
    Come(Rc<Ticket<T>>),
}

impl<T> Default for Spot<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Spot<T> {
    /// Joins the end of the line.
    pub fn wait_in(&mut self, line: &Waiters<T>, task: &TaskRef, item: Option<T>) -> Step {
        self.0 = Some(line.join(task, item));
        Step::Pending
    }

    /// Looks whether its turn has come, and if so takes what was granted.
    pub fn look(&mut self) -> Turn<T> {
        match self.0.take_if(|ticket| ticket.is_granted()) {
            Some(ticket) => {
                ticket.leave();
                Turn::Come(ticket)
            }
            None if self.0.is_some() => Turn::Waiting,
            None => Turn::New,
        }
    }

    /// Whether its turn has come, and it has not looked yet.
    pub fn has_come(&self) -> bool {
        self.0.as_ref().is_some_and(|ticket| ticket.is_granted())
    }

    /// Its place in the line, from 1, while it waits there.
    pub fn place_in(&self, line: &Waiters<T>) -> Option<usize> {
        let own = self.0.as_ref()?;
        let line = line.0.borrow();
        let mut waiting = line.iter().filter(|t| t.is_waiting());
        waiting.position(|t| Rc::ptr_eq(t, own)).map(|index| index + 1)
    }

    /// Leaves the line; what had been granted, if anything, must pass on.
    pub fn leave(&mut self) -> Option<Rc<Ticket<T>>> {
        self.0.take().filter(|ticket| ticket.leave())
    }
}

/// A state that tasks wait for, all at once, and without taking anything.
pub(super) trait Flag {
    fn is_up(&self) -> bool;
    /// Those who wait, let go when it goes up.
    fn line(&self) -> &Waiters<()>;
    fn label(&self) -> Cow<'static, str>;
    /// See [`Op::call`].
    fn call(&self) -> Cow<'static, str> {
        self.label()
    }
    /// See [`Op::sync`].
    fn number(&self) -> u32 {
        0
    }
    /// What those get who have waited.
    fn result(&self) -> Result<Dynamic, Raise> {
        Ok(Dynamic::UNIT)
    }
}

/// Waits for a flag. One who was let go goes on even if the flag has gone down since.
pub(super) struct WaitFor<F> {
    flag: F,
    spot: Spot<()>,
}

impl<F: Flag> WaitFor<F> {
    pub fn new(flag: F) -> Self {
        Self { flag, spot: Spot::default() }
    }
}

impl<F: Flag> Op for WaitFor<F> {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        match self.spot.look() {
            Turn::Come(_) => Step::Done(self.flag.result()),
            Turn::New if self.flag.is_up() => Step::Done(self.flag.result()),
            Turn::New => self.spot.wait_in(self.flag.line(), cx.task, None),
            Turn::Waiting => Step::Pending,
        }
    }

    fn cancel(&mut self, _: &mut Cx) -> bool {
        self.spot.leave();
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn sync(&self) -> u32 {
        self.flag.number()
    }

    fn label(&self) -> Cow<'static, str> {
        self.flag.label()
    }

    fn call(&self) -> Cow<'static, str> {
        self.flag.call()
    }
}

/// A type of this folder, as scripts see it.
pub(super) trait Primitive: Clone + 'static {
    /// What scripts call it.
    const NAME: &'static str;

    /// How it prints.
    fn show(&self) -> String;

    /// The number that it was made with, see `Thing::Sync`; 0 if who has it may come to others by it.
    fn number(&self) -> u32 {
        0
    }

    /// The same inside another value, of which so many more levels are to be seen: what holds values may hold itself.
    fn show_within(&self, _levels: usize) -> String {
        self.show()
    }
}

/// Gives the numbers of those that are made, see `Thing::Sync`.
fn numbers(lib: &Library) -> impl Fn() -> u32 + Clone + 'static {
    let kernel = lib.kernel.clone();
    move || kernel.shared.touches.number()
}

/// Registers a type, and how it prints.
fn install<T: Primitive>(lib: &mut Library) {
    lib.engine.register_type_with_name::<T>(T::NAME);
    for name in ["to_string", "to_debug"] {
        lib.engine.register_fn(name, |value: &mut T| value.show());
    }
}

/// What is asked of a value that may be of one of these types.
struct Kind {
    show: fn(&Dynamic, usize) -> Option<String>,
    number: fn(&Dynamic) -> Option<u32>,
}

const fn kind_of<T: Primitive>() -> Kind {
    Kind {
        show: |value, levels| Some(value.read_lock::<T>()?.show_within(levels)),
        number: |value| Some(value.read_lock::<T>()?.number()),
    }
}

const KINDS: &[Kind] = &[
    kind_of::<lock::Lock>(),
    kind_of::<semaphore::Semaphore>(),
    kind_of::<condition::Condition>(),
    kind_of::<barrier::Barrier>(),
    kind_of::<transfer::Queue>(),
    kind_of::<event::Event>(),
    kind_of::<broadcast::Broadcast>(),
    kind_of::<broadcast::Subscription>(),
    kind_of::<watch::Watch>(),
    kind_of::<oneshot::Oneshot>(),
];

/// A lock, a queue and the like as text, with so many levels of the values in it.
pub(super) fn show(value: &Dynamic, levels: usize) -> Option<String> {
    KINDS.iter().find_map(|kind| (kind.show)(value, levels))
}

/// The number of a lock, a queue and the like, see `Thing::Sync`; none if it is something else.
pub(super) fn number(value: &Dynamic) -> Option<u32> {
    KINDS.iter().find_map(|kind| (kind.number)(value))
}

/// A value that one of these holds, as text.
fn held(value: &Dynamic, levels: usize) -> String {
    match levels.checked_sub(1) {
        Some(levels) => super::values::inspect(value, levels),
        None => "…".into(),
    }
}

/// How much something has room for.
///
/// # Errors
/// Kind "value" if it is below 1; `else_what` says what there is besides.
fn capacity(what: &str, n: i64, else_what: &str) -> Fallible<usize> {
    usize::try_from(n).ok().filter(|n| *n > 0).ok_or_else(|| {
        error(kind::VALUE, format!("the capacity of a {what} must be at least 1, and this is {n}{else_what}"))
    })
}

/// The call of a method, as a future of it prints: `put() of queue "jobs"`.
fn call_of(method: &str, title: &str) -> Cow<'static, str> {
    format!("{method}() of {title}").into()
}

/// What a primitive is called in the views: `lock "db"`.
pub(super) fn title(what: &str, name: &str) -> String {
    if name.is_empty() { what.to_string() } else { format!("{what} \"{name}\"") }
}
