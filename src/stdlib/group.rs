//! Structured concurrency: a group of tasks that end together.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use rhai::{Dynamic, FnPtr};

use super::functions;
use super::members::{failure_of, group_error};
use super::values::Fallible;
use crate::engine::awaitable::note_spawned;
use crate::engine::errors::{error, kind};
use crate::engine::join::{Observer, cancel_member, observe, result_of};
use crate::engine::task::Outcome;
use crate::engine::wait::{Cx, Held, Op, Step};
use crate::engine::waiters::Since;
use crate::engine::{Future, Kernel, TaskRef};
use crate::lang::{Failure, Raise};
use crate::trace::event::WaitClass;

functions! {
    /// Runs the body with a group `g`, and ends when the body and all that it spawned by `g.spawn(x)` have ended. Gives
    /// the body's value. When one fails the others are cancelled, and "group" is thrown with all `errors`. A member that
    /// was cancelled is no failure; but when the body is cancelled, all are. When the task that awaits the group is
    /// cancelled, all are, too, and what fails on its way out is not lost: "group" is thrown then in place of the
    /// cancellation.
    ///
    /// ```
    /// let sum = 0;
    /// await task_group(async |g| {
    ///     for i in 1..=3 { g.spawn(async { await sleep(0.1 * i); sum += i }); }
    /// });
    /// assert(sum == 6);
    /// ```
    ///
    /// asyncio: `asyncio.TaskGroup`; JavaScript: no counterpart; tokio: `JoinSet`
    "task_group(async |g| ...)" => |lib| {
        lib.engine.register_type_with_name::<TaskGroup>("task_group");
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("task_group", move |body: FnPtr| -> Fallible<Future> {
            kernel.expect_parameters(&body, 1, "task_group", "`async |g| ...`")?;
            let run = Run { body: Some(body), task: None, group: TaskGroup(Held::new(Rc::default())), ending: false };
            Ok(Future::new(run, kernel.here()))
        });
    };

    /// Makes a task that belongs to the group. Throws "closed" when the group has ended or is being cancelled.
    ///
    /// ```
    /// let total = await task_group(async |g| {
    ///     let a = g.spawn(async { await sleep(0.1); 1 });
    ///     let b = g.spawn(async { await sleep(0.1); 2 }, "second");
    ///     await a + await b
    /// });
    /// assert(total == 3);
    /// ```
    ///
    /// asyncio: `TaskGroup.create_task`; JavaScript: no counterpart; tokio: `JoinSet::spawn`
    "g.spawn(x[, name])" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("spawn", move |g: &mut TaskGroup, x: Dynamic| spawn(&kernel, g, x, None));
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("spawn", move |g: &mut TaskGroup, x: Dynamic, name: &str| spawn(&kernel, g, x, Some(name)));
    };
}

/// The group as the script has it.
#[derive(Clone)]
struct TaskGroup(Held<Shared>);

/// What is kept of a group: those that have not ended, and the errors of those that have. So a group may last as long
/// as a server, and spawn a task for each request.
#[derive(Default)]
struct Shared {
    /// Nothing can be spawned any more.
    closed: Cell<bool>,
    /// The members that have not ended, by the order of their spawning, and since when they are.
    live: RefCell<BTreeMap<u32, (TaskRef, Since)>>,
    /// How many members there have been.
    count: Cell<u32>,
    /// The failures of members, in the order of their ends.
    failures: RefCell<Vec<Rc<Failure>>>,
    /// One has failed, or the body was cancelled: the others are to be.
    failed: Cell<bool>,
    /// The task that awaits the group.
    watcher: RefCell<Option<TaskRef>>,
}

/// The number of the body among the members.
const BODY: u32 = 0;

impl TaskGroup {
    fn add(&self, kernel: &Kernel, task: &TaskRef) {
        let number = self.0.count.get();
        let since = Since::now();
        self.0.count.set(number + 1);
        self.0.live.borrow_mut().insert(number, (task.clone(), since));
        observe(&self.0, kernel, number, task, since);
    }

    fn has_ended(&self) -> bool {
        self.0.live.borrow().is_empty()
    }

    /// Cancels all that have not ended, in the order of their spawning. Those that go on all the same have left it.
    fn cancel(&self, cx: &Cx) {
        self.0.closed.set(true);
        self.0.live.borrow_mut().retain(|_, (task, since)| cancel_member(cx, task, *since));
    }
}

impl Observer for Shared {
    fn member_ended(&self, kernel: &Kernel, number: u32, task: &TaskRef) {
        self.live.borrow_mut().remove(&number);
        let fails = match task.outcome() {
            Some(Outcome::Value(_)) | None => false,
            Some(Outcome::Cancelled) => number == BODY,
            Some(Outcome::Failed(_)) => {
                self.failures.borrow_mut().extend(failure_of(kernel, task));
                true
            }
        };
        let first = fails && !self.failed.replace(true);
        if (first || self.live.borrow().is_empty())
            && let Some(watcher) = self.watcher.take()
        {
            kernel.wake(&watcher);
        }
    }
}

fn spawn(kernel: &Rc<Kernel>, g: &TaskGroup, x: Dynamic, name: Option<&str>) -> Fallible {
    if g.0.closed.get() {
        return Err(error(kind::CLOSED, "this task group has ended, or is ending because a task failed"));
    }
    let task = kernel.adopt(&x, name)?;
    note_spawned(&x, task.id);
    g.add(kernel, &task);
    Ok(Dynamic::from(task))
}

/// Runs the body as a task of the group and waits for all.
struct Run {
    body: Option<FnPtr>,
    /// The body's task.
    task: Option<TaskRef>,
    group: TaskGroup,
    /// The members have been cancelled.
    ending: bool,
}

impl Run {
    fn start(&mut self, cx: &Cx) -> Result<(), Raise> {
        if let Some(body) = self.body.take() {
            cx.kernel.check_room().map_err(Raise::from)?;
            let task = cx.kernel.spawn_call(body, vec![Dynamic::from(self.group.clone())], "task_group");
            self.group.add(cx.kernel, &task);
            self.task = Some(task);
        }
        Ok(())
    }

    /// The group's result, once all have ended.
    fn result(&self, kernel: &Kernel) -> Step {
        self.group.0.closed.set(true);
        let failures = self.group.0.failures.take();
        if !failures.is_empty() {
            let failed = if failures.len() == 1 { "a task of the group failed" } else { "tasks of the group failed" };
            return Step::Done(Err(group_error(format!("{failed} ({})", failures.len()), failures)));
        }
        match self.task.as_ref().and_then(|t| Some((t, t.outcome()?))) {
            Some((task, outcome)) => Step::Done(result_of(kernel, task, outcome)),
            None => Step::value(()),
        }
    }
}

impl Op for Run {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        if let Err(raise) = self.start(cx) {
            return Step::Done(Err(raise));
        }
        if self.group.0.failed.get() && !std::mem::replace(&mut self.ending, true) {
            self.group.cancel(cx);
        }
        if self.group.has_ended() {
            return self.result(cx.kernel);
        }
        *self.group.0.watcher.borrow_mut() = Some(cx.task.clone());
        Step::Pending
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        self.ending = true;
        self.group.cancel(cx);
        self.group.has_ended() && self.group.0.failures.borrow().is_empty()
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        "task_group".into()
    }

    fn on(&self) -> Vec<u32> {
        self.group.0.live.borrow().values().map(|(t, _)| t.id).collect()
    }
}
