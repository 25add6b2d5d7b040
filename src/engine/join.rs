//! Waiting for tasks: one, or several under a rule.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use rhai::Dynamic;

use super::kernel::Kernel;
use super::task::{Outcome, TaskRef};
use super::wait::{Cx, Op, Step};
use super::waiters::{Since, Waiter};
use crate::lang::touch::{Access, Thing, Touches};
use crate::lang::{Failure, Link, Raise};
use crate::trace::event::WaitClass;

/// Waits for one task.
pub struct Join {
    task: TaskRef,
    /// Since when the task knows who waits.
    joined: Option<Since>,
}

impl Join {
    pub fn new(task: TaskRef) -> Self {
        Self { task, joined: None }
    }
}

impl Op for Join {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        let access = if self.joined.is_some() { Access::After } else { Access::Read };
        cx.kernel.shared.touches.touch(Thing::End(self.task.id), access);
        if let Some(outcome) = self.task.outcome() {
            return Step::Done(result_of(cx.kernel, &self.task, outcome));
        }
        if self.joined.is_none() {
            let since = *self.joined.insert(Since::now());
            self.task.add_waiter(since, Waiter::Task(cx.task.clone()));
        }
        Step::Pending
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if !cx.kernel.cancel_too(cx.task, &self.task) {
            self.joined.into_iter().for_each(|since| self.task.forget_waiter(since));
            return true;
        }
        self.task.is_done()
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        self.task.who().to_string().into()
    }

    fn on(&self) -> Vec<u32> {
        vec![self.task.id]
    }

    fn tells(&self) -> bool {
        true
    }
}

/// What somebody who awaits an ended task gets.
pub fn result_of(kernel: &Kernel, task: &TaskRef, outcome: Outcome) -> Result<Dynamic, Raise> {
    match outcome {
        Outcome::Value(value) => Ok(value),
        Outcome::Cancelled => Err(super::errors::was_cancelled(task)),
        Outcome::Failed(failure) => Err(Raise::Error(again(kernel, task, &failure))),
    }
}

/// The failure of a task, to be raised at somebody who awaits it: the same value, place of origin and way.
fn again(kernel: &Kernel, task: &TaskRef, failure: &Rc<Failure>) -> Box<Failure> {
    let value = failure.thrown().cloned().unwrap_or_default();
    let Raise::Error(mut copy) = Raise::error(value) else { unreachable!("an error was made") };
    if !failure.is_catchable() && !failure.is_bug() {
        copy.error = uncatchable(&failure.error);
    }
    copy.origin.clone_from(&failure.origin);
    copy.calls.clone_from(&failure.calls);
    copy.links.clone_from(&failure.links);
    copy.members.clone_from(&failure.members);
    let is_own = matches!(failure.error.unwrap_inner(), rhai::EvalAltResult::ErrorRuntime(..));
    copy.first = failure.first.clone().or_else(|| (!is_own).then(|| failure.clone()));
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

/// Is told of the ends of tasks.
pub trait Observer {
    /// The task that was given this number has ended.
    fn member_ended(&self, kernel: &Kernel, number: u32, task: &TaskRef);

    /// A task has had its first turn, and waits. Told only if that was asked for.
    fn member_waits(&self, _: &Kernel) {}

    /// Whether it gets what the task ended with: only then has that been seen.
    fn sees(&self) -> bool {
        true
    }

    /// Tells what is touched by that.
    fn tell_end(&self, touches: &Touches, _: &TaskRef) {
        touches.touch_all();
    }
}

/// Lets an observer know when a task ends; at once if it has ended. Its end counts as seen, if it sees it. By `since`,
/// which is now, the observer is found when it leaves.
pub fn observe<O>(observer: &Rc<O>, kernel: &Kernel, number: u32, task: &TaskRef, since: Since)
where
    O: Observer + 'static,
{
    kernel.shared.touches.touch(Thing::End(task.id), Access::Read);
    kernel.shared.touches.touch(Thing::Failures, Access::Add);
    if task.is_done() {
        task.flag(|f| f.seen |= observer.sees());
        observer.member_ended(kernel, number, task);
    } else {
        let weak: Weak<O> = Rc::downgrade(observer);
        let waiter = if observer.sees() { Waiter::Member(weak, number) } else { Waiter::Onlooker(weak, number) };
        task.add_waiter(since, waiter);
    }
}

/// Cancels a member for the task that waits, and says whether its end is to be waited for. One that goes on all the
/// same is not observed any more by who has done so since then.
pub fn cancel_member(cx: &Cx, member: &TaskRef, since: Since) -> bool {
    let cancelled = cx.kernel.cancel_too(cx.task, member);
    if !cancelled {
        cx.kernel.shared.touches.touch(Thing::Failures, Access::Add);
        member.forget_waiter(since);
    }
    cancelled
}

impl Kernel {
    /// Tells those who wait for the task's end, if they have asked for it, that it has had its first turn.
    pub(super) fn tell_tried(&self, task: &TaskRef) {
        if !task.flags().tried {
            return;
        }
        task.flag(|f| f.tried = false);
        let observers: Vec<_> = task.inner.borrow().waiters.iter().filter_map(Waiter::observer).collect();
        observers.iter().for_each(|observer| observer.member_waits(self));
    }
}

/// The members of a `gather` or one of its kin, and whom to tell.
pub struct Group {
    members: Vec<TaskRef>,
    /// When it began to watch all of them.
    since: Since,
    /// Members in the order of their ends.
    ended: RefCell<Vec<u32>>,
    wake: Cell<Wake>,
    /// Whether who watches gets what the members end with.
    sees: bool,
    /// Who is to be woken next.
    watcher: RefCell<Option<TaskRef>>,
}

/// When who watches a group is woken, besides at the end of the last member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    AtLast,
    /// At the end of the first.
    AtFirst,
    /// When one has ended without a value: failed, or was cancelled.
    AtError,
    /// When one has failed.
    AtFailure,
    AtValue,
}

impl Wake {
    fn is_at(self, outcome: Option<&Outcome>) -> bool {
        match self {
            Self::AtLast => false,
            Self::AtFirst => true,
            Self::AtError => !matches!(outcome, Some(Outcome::Value(_))),
            Self::AtFailure => matches!(outcome, Some(Outcome::Failed(_))),
            Self::AtValue => matches!(outcome, Some(Outcome::Value(_))),
        }
    }
}

impl Group {
    /// Watches these tasks. `sees` says whether their ends are seen by that.
    pub fn new(kernel: &Kernel, members: Vec<TaskRef>, wake: Wake, sees: bool) -> Rc<Self> {
        let group = Rc::new(Self {
            members,
            since: Since::now(),
            ended: RefCell::default(),
            wake: Cell::new(wake),
            sees,
            watcher: RefCell::default(),
        });
        for (number, member) in group.members.iter().enumerate() {
            observe(&group, kernel, number as u32, member, group.since);
        }
        group
    }

    /// Wakes this task once, when it is time. To be asked again after each wake-up.
    pub fn watch(&self, task: &TaskRef) {
        *self.watcher.borrow_mut() = Some(task.clone());
    }

    /// Wakes nobody any more, and leaves the members to themselves: how they end is not seen.
    pub fn leave(&self) {
        *self.watcher.borrow_mut() = None;
        self.members.iter().filter(|m| !m.is_done()).for_each(|m| m.forget_waiter(self.since));
    }

    /// Whether a member has not had its first turn. If so the watcher is woken after that, too.
    pub fn awaits_first_turn(&self, number: usize) -> bool {
        let member = &self.members[number];
        let is_new = !member.flags().started;
        member.flag(|f| f.tried = is_new);
        is_new
    }

    /// Changes when the watcher is woken.
    pub fn wake_when(&self, wake: Wake) {
        self.wake.set(wake);
    }

    /// The members, in the order in which they were given.
    pub fn members(&self) -> &[TaskRef] {
        &self.members
    }

    /// The first member, in the order of their ends, that ended so.
    pub fn first_ended(&self, so: Wake) -> Option<TaskRef> {
        let ended = self.ended.borrow();
        let mut members = ended.iter().map(|number| &self.members[*number as usize]);
        members.find(|task| so.is_at(task.inner.borrow().outcome.as_ref())).cloned()
    }

    /// Whether none is left.
    pub fn all_ended(&self) -> bool {
        self.ended.borrow().len() == self.members.len()
    }

    /// Cancels the members that have not ended, in the order in which they were given. Those that go on all the same
    /// count as ended.
    pub fn cancel_rest(&self, cx: &Cx) {
        for (number, member) in self.members.iter().enumerate().filter(|(_, m)| !m.is_done()) {
            let waits = cancel_member(cx, member, self.since);
            let mut ended = self.ended.borrow_mut();
            if !waits && !ended.contains(&(number as u32)) {
                ended.push(number as u32);
            }
        }
    }

    /// Tells that its state is looked at. By one who waits for nothing but the members, and where all had to end, that
    /// could not have been done before.
    pub fn tell(&self, touches: &Touches, waits_only: bool) {
        let waited = waits_only && self.all_ended() && self.first_ended(self.wake.get()).is_none();
        touches.touch(self.thing(), if waited { Access::After } else { Access::Write });
    }

    fn thing(&self) -> Thing {
        Thing::Group(self.members.first().map_or(0, |m| m.id))
    }

    /// Numbers of the tasks that have not ended.
    pub fn pending(&self) -> Vec<u32> {
        self.members.iter().filter(|m| !m.is_done()).map(|m| m.id).collect()
    }
}

impl Observer for Group {
    fn tell_end(&self, touches: &Touches, task: &TaskRef) {
        let inner = task.inner.borrow();
        let counts = self.wake.get().is_at(inner.outcome.as_ref()) || Wake::AtFailure.is_at(inner.outcome.as_ref());
        touches.touch(self.thing(), if counts { Access::Write } else { Access::Add });
    }

    fn sees(&self) -> bool {
        self.sees
    }

    fn member_waits(&self, kernel: &Kernel) {
        kernel.shared.touches.touch(self.thing(), Access::Write);
        if let Some(watcher) = self.watcher.take() {
            kernel.wake(&watcher);
        }
    }

    fn member_ended(&self, kernel: &Kernel, number: u32, task: &TaskRef) {
        self.ended.borrow_mut().push(number);
        if (self.all_ended() || self.wake.get().is_at(task.inner.borrow().outcome.as_ref()))
            && let Some(watcher) = self.watcher.take()
        {
            kernel.wake(&watcher);
        }
    }
}
