//! What a task is: a stack of suspended calls, a state, and those who wait for its end.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use rhai::Dynamic;
use thin_vec::ThinVec;

use super::awaitable::Future;
use super::clock::Nanos;
use super::waiters::{Since, Waiter, Waiters};
use crate::lang::{Env, Failure, Frame, Namespace, Raise};
use crate::trace::event::SiteId;

/// How many calls most tasks have: their code, and what it waits for.
const CALLS: usize = 2;

/// A task, shared by the loop, by handles in scripts, and by those who wait for it.
pub type TaskRef = Rc<Task>;

/// Where a task is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In the ready queue.
    Ready,
    Running,
    Waiting,
    Ended,
}

/// How a task ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    Value(Dynamic),
    Failed(Rc<Failure>),
    Cancelled,
}

/// One level of a task's stack of calls. The top one runs; those below await the one above.
pub enum Call {
    Frame(Box<Frame>),
    /// A function of the library that waits.
    Op(Future),
    /// A frame that has ended, while its `defer`s run.
    Ending(Box<Frame>, Result<Dynamic, Raise>),
}

impl Call {
    /// The frame, if it is one.
    pub fn frame(&self) -> Option<&Frame> {
        match self {
            Self::Frame(frame) | Self::Ending(frame, _) => Some(frame),
            Self::Op(_) => None,
        }
    }

    /// The frame, to be changed.
    pub fn frame_mut(&mut self) -> Option<&mut Frame> {
        match self {
            Self::Frame(frame) | Self::Ending(frame, _) => Some(frame),
            Self::Op(_) => None,
        }
    }
}

/// A unit of concurrency.
pub struct Task {
    /// Its number; 0 is main.
    pub id: u32,
    pub name: Rc<str>,
    /// The number of the task that spawned it.
    pub parent: u32,
    /// Where it was spawned.
    pub spawned: SiteId,
    state: Cell<State>,
    flags: Cell<Flags>,
    /// What its code can call.
    pub namespace: Rc<Namespace>,
    /// What it can call besides, if a function of a module spawned it.
    pub env: Option<Rc<Env>>,
    /// Counts waits, so that a late timer does not end the wrong one.
    wait: Cell<u32>,
    pub(super) inner: RefCell<Inner>,
}

/// Who a task is, as everything that loopscope says calls it: `main`, `task 3 "ticker"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who<'n>(pub u32, pub &'n str);

impl fmt::Display for Who<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self(0, _) => f.write_str("main"),
            Self(id, name) => write!(f, "task {id} \"{name}\""),
        }
    }
}

impl Task {
    /// Who it is.
    pub fn who(&self) -> Who<'_> {
        Who(self.id, &self.name)
    }
}

/// What is true of a task besides its state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Flags {
    pub started: bool,
    /// It was cancelled and has not been told yet.
    pub cancel: bool,
    /// It was woken while it was running.
    pub woken: bool,
    /// Somebody has seen, or will see, how it ends.
    pub seen: bool,
    /// What it waits for has been told of the cancellation.
    pub cancelling: bool,
    /// It handles what a client of a server has asked: nobody can await it.
    pub handles: bool,
    /// Those who are told of its end are to be told, too, when it first waits.
    pub tried: bool,
}

/// What changes in a task's turns.
#[derive(Default)]
pub struct Inner {
    pub calls: ThinVec<Call>,
    pub outcome: Option<Outcome>,
    pub waiters: Waiters,
    /// How many of them see how it ends; those count who have gone and not said so, as a `gather` that threw.
    seers: u32,
    /// Since when it is in its state.
    pub since: Nanos,
}

impl Task {
    /// A task whose first turn is to run `call`.
    pub fn new(
        id: u32,
        name: Rc<str>,
        parent: u32,
        spawned: SiteId,
        call: Call,
        (namespace, env): (Rc<Namespace>, Option<Rc<Env>>),
    ) -> TaskRef {
        let mut calls = ThinVec::with_capacity(CALLS);
        calls.push(call);
        Rc::new(Self {
            id,
            name,
            parent,
            spawned,
            state: Cell::new(State::Ready),
            flags: Cell::default(),
            namespace,
            env,
            wait: Cell::new(0),
            inner: RefCell::new(Inner { calls, ..Inner::default() }),
        })
    }

    /// Where it is in its life.
    #[inline]
    pub fn state(&self) -> State {
        self.state.get()
    }

    #[inline]
    pub(super) fn set_state(&self, state: State) {
        if state == State::Waiting {
            self.wait.set(self.wait.get().wrapping_add(1));
        }
        self.state.set(state);
    }

    /// Whether it waits for something.
    #[inline]
    pub fn is_waiting(&self) -> bool {
        self.state.get() == State::Waiting
    }

    /// Whether it has ended.
    pub fn is_done(&self) -> bool {
        self.state.get() == State::Ended
    }

    /// The number of the wait that it is in, or of the next if it runs.
    #[inline]
    pub fn wait_number(&self) -> u32 {
        match self.state.get() {
            State::Waiting => self.wait.get(),
            _ => self.wait.get().wrapping_add(1),
        }
    }

    pub fn flags(&self) -> Flags {
        self.flags.get()
    }

    /// Changes its flags.
    pub fn flag(&self, change: impl FnOnce(&mut Flags)) {
        let mut flags = self.flags.get();
        change(&mut flags);
        self.flags.set(flags);
    }

    /// Whether it has been cancelled, or one of its calls runs its `defer`s: whether it only has its end before it.
    pub fn is_ending(&self) -> bool {
        self.flags.get().cancel || self.inner.borrow().calls.iter().any(|c| matches!(c, Call::Ending(..)))
    }

    /// Looks at how the innermost of its calls has ended whose `defer`s run; none if there is no such call.
    pub fn with_ending<T>(&self, look: impl FnOnce(&Result<Dynamic, Raise>) -> T) -> Option<T> {
        let inner = self.inner.borrow();
        let ending = inner.calls.iter().rev().find_map(|call| match call {
            Call::Ending(_, result) => Some(result),
            _ => None,
        });
        ending.map(look)
    }

    /// How it ended, if it has.
    pub fn outcome(&self) -> Option<Outcome> {
        self.inner.borrow().outcome.clone()
    }

    /// How a task ended, for whoever has it last: the value is only copied, as it may be large, if others have the task, too.
    pub fn last_outcome(task: TaskRef) -> Option<Outcome> {
        match Rc::strong_count(&task) {
            1 => task.inner.borrow_mut().outcome.take(),
            _ => task.outcome(),
        }
    }

    /// Since when it has been in its state.
    pub fn since(&self) -> Nanos {
        self.inner.borrow().since
    }

    /// The word for its state that scripts see.
    pub fn state_name(&self) -> &'static str {
        match (self.state.get(), &self.inner.borrow().outcome) {
            (State::Ready, _) => "ready",
            (State::Running, _) => "running",
            (State::Waiting, _) => "waiting",
            (State::Ended, Some(Outcome::Failed(_))) => "failed",
            (State::Ended, Some(Outcome::Cancelled)) => "cancelled",
            (State::Ended, _) => "done",
        }
    }

    /// Does not tell those any more who came then. Where nobody is left, its end has not been seen.
    pub(super) fn forget_waiter(&self, since: Since) {
        let mut inner = self.inner.borrow_mut();
        let seers = inner.waiters.forget(since);
        inner.seers -= seers;
        if seers > 0 && inner.seers == 0 {
            self.flag(|f| f.seen = false);
        }
    }

    /// Tells somebody when it ends.
    pub(super) fn add_waiter(&self, since: Since, waiter: Waiter) {
        let mut inner = self.inner.borrow_mut();
        if waiter.sees() {
            self.flag(|f| f.seen = true);
            inner.seers += 1;
        }
        inner.waiters.add(since, waiter);
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // a task that awaits a task that awaits ... must not be dropped by recursion
        let inner = self.inner.get_mut();
        let calls = std::mem::take(&mut inner.calls);
        let waiters = std::mem::take(&mut inner.waiters);
        if !calls.is_empty() || !waiters.is_empty() {
            super::wait::drop_later((calls, waiters));
        }
        // and one that ended with a task that ended with a task ... must not, either
        let outcome = inner.outcome.take().filter(|o| !matches!(o, Outcome::Value(v) if v.is_unit()));
        outcome.into_iter().for_each(super::wait::drop_later);
    }
}
