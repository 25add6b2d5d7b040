//! Waiting for tasks: one, or several under a rule.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rhai::Dynamic;

use super::kernel::Kernel;
use super::task::{Outcome, TaskRef, Waiter};
use super::wait::{Cx, Op, Step};
use crate::lang::{Failure, Link, Raise};
use crate::trace::event::WaitClass;

/// Waits for one task.
pub struct Join(pub TaskRef);

impl Op for Join {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        if let Some(outcome) = self.0.outcome() {
            return Step::Done(result_of(cx.kernel, &self.0, outcome));
        }
        if !self.0.flags().seen || !is_waiter(&self.0, cx.task) {
            self.0.add_waiter(Waiter::Task(cx.task.clone()));
        }
        Step::Pending
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if !cx.kernel.cancel_too(cx.task, &self.0) {
            self.0.forget_waiter(|w| matches!(w, Waiter::Task(t) if Rc::ptr_eq(t, cx.task)));
            return true;
        }
        self.0.is_done()
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        match self.0.id {
            0 => "main".into(),
            id => format!("task {id} \"{}\"", self.0.name).into(),
        }
    }

    fn on(&self) -> Vec<u32> {
        vec![self.0.id]
    }
}

fn is_waiter(task: &TaskRef, who: &TaskRef) -> bool {
    task.inner.borrow().waiters.as_slice().iter().any(|w| matches!(w, Waiter::Task(t) if Rc::ptr_eq(t, who)))
}

/// What somebody who awaits an ended task gets.
pub fn result_of(kernel: &Kernel, task: &TaskRef, outcome: Outcome) -> Result<Dynamic, Raise> {
    match outcome {
        Outcome::Value(value) => Ok(value),
        Outcome::Cancelled => {
            let message = format!("task {} \"{}\" was cancelled", task.id, task.name);
            Err(super::errors::raise(super::errors::kind::CANCELLED, message))
        }
        Outcome::Failed(failure) => Err(Raise::Error(again(kernel, task, &failure))),
    }
}

/// The failure of a task, to be raised at somebody who awaits it: the same value, place of origin and way.
fn again(kernel: &Kernel, task: &TaskRef, failure: &Failure) -> Box<Failure> {
    let value = failure.thrown().cloned().unwrap_or_default();
    let Raise::Error(mut copy) = Raise::error(value) else { unreachable!("an error was made") };
    if !failure.is_catchable() {
        copy.error = uncatchable(&failure.error);
    }
    copy.origin.clone_from(&failure.origin);
    copy.calls.clone_from(&failure.calls);
    copy.links.clone_from(&failure.links);
    let spawned = kernel.place(task.spawned);
    copy.links.push(Link::Task { id: task.id, name: task.name.to_string(), spawned });
    copy
}

/// An error of depth or size stays one for those who await its task.
fn uncatchable(error: &rhai::EvalAltResult) -> Box<rhai::EvalAltResult> {
    use rhai::EvalAltResult as E;
    Box::new(match error.unwrap_inner() {
        E::ErrorStackOverflow(p) => E::ErrorStackOverflow(*p),
        E::ErrorDataTooLarge(what, p) => E::ErrorDataTooLarge(what.clone(), *p),
        E::ErrorTooManyOperations(p) => E::ErrorTooManyOperations(*p),
        E::ErrorTooManyVariables(p) => E::ErrorTooManyVariables(*p),
        E::ErrorTerminated(token, p) => E::ErrorTerminated(token.clone(), *p),
        other => E::ErrorTerminated(other.to_string().into(), other.position()),
    })
}

/// The members of a `gather` or one of its kin, and whom to tell.
pub struct Group {
    members: RefCell<Vec<TaskRef>>,
    /// Members in the order of their ends.
    ended: RefCell<Vec<usize>>,
    wake: Cell<Wake>,
    /// Who is to be woken next.
    watchers: RefCell<Vec<TaskRef>>,
}

/// When those who watch a group are woken, besides at the end of the last member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    AtLast,
    AtError,
    AtValue,
    /// When this many have ended.
    At(usize),
}

impl Group {
    /// Watches these tasks.
    pub fn new(members: Vec<TaskRef>, wake: Wake) -> Rc<Self> {
        let group = Rc::new(Self {
            members: RefCell::default(),
            ended: RefCell::default(),
            wake: Cell::new(wake),
            watchers: RefCell::default(),
        });
        for member in members {
            Self::add(&group, member);
        }
        group
    }

    /// Watches one more.
    pub fn add(group: &Rc<Self>, member: TaskRef) {
        let index = group.members.borrow().len();
        if member.is_done() {
            member.flag(|f| f.seen = true);
            group.ended.borrow_mut().push(index);
        } else {
            member.add_waiter(Waiter::Member(group.clone(), index));
        }
        group.members.borrow_mut().push(member);
    }

    /// Wakes this task once, when it is time. To be asked again after each wake-up.
    pub fn watch(&self, task: &TaskRef) {
        let mut watchers = self.watchers.borrow_mut();
        if !watchers.iter().any(|w| Rc::ptr_eq(w, task)) {
            watchers.push(task.clone());
        }
    }

    /// Does not wake this task any more.
    pub fn unwatch(&self, task: &TaskRef) {
        self.watchers.borrow_mut().retain(|w| !Rc::ptr_eq(w, task));
    }

    /// Changes when watchers are woken.
    pub fn wake_when(&self, wake: Wake) {
        self.wake.set(wake);
    }

    /// A member has ended.
    pub(super) fn note(&self, kernel: &Kernel, index: usize) {
        self.ended.borrow_mut().push(index);
        let wakes = match self.wake.get() {
            _ if self.all_ended() => true,
            Wake::AtLast => false,
            Wake::At(count) => self.ended.borrow().len() >= count,
            Wake::AtError => !self.has_value(index),
            Wake::AtValue => self.has_value(index),
        };
        if wakes {
            let watchers = std::mem::take(&mut *self.watchers.borrow_mut());
            watchers.iter().for_each(|task| kernel.wake(task));
        }
    }

    fn has_value(&self, index: usize) -> bool {
        let members = self.members.borrow();
        matches!(members[index].inner.borrow().outcome, Some(Outcome::Value(_)))
    }

    /// The members, in the order in which they were added.
    pub fn members(&self) -> Vec<TaskRef> {
        self.members.borrow().clone()
    }

    /// The n-th member that ended.
    pub fn ended(&self, n: usize) -> Option<TaskRef> {
        let index = *self.ended.borrow().get(n)?;
        Some(self.members.borrow()[index].clone())
    }

    /// The first member, in the order of their ends, that ended so.
    pub fn first_ended(&self, wanted: impl Fn(&Outcome) -> bool) -> Option<TaskRef> {
        (0..self.count()).filter_map(|n| self.ended(n)).find(|t| t.outcome().is_some_and(|o| wanted(&o)))
    }

    /// How many have ended.
    pub fn count(&self) -> usize {
        self.ended.borrow().len()
    }

    /// Whether none is left.
    pub fn all_ended(&self) -> bool {
        self.count() == self.members.borrow().len()
    }

    /// Cancels the members that have not ended, in the order in which they were added.
    /// Those that go on all the same count as ended.
    pub fn cancel_rest(&self, cx: &Cx) {
        for (index, member) in self.members.borrow().iter().enumerate() {
            if !member.is_done() && !cx.kernel.cancel_too(cx.task, member) {
                let this: *const Self = self;
                member
                    .forget_waiter(|w| matches!(w, Waiter::Member(group, _) if std::ptr::eq(Rc::as_ptr(group), this)));
                let mut ended = self.ended.borrow_mut();
                if !ended.contains(&index) {
                    ended.push(index);
                }
            }
        }
    }

    /// Numbers of the members that have not ended.
    pub fn pending(&self) -> Vec<u32> {
        self.members.borrow().iter().filter(|m| !m.is_done()).map(|m| m.id).collect()
    }
}
