//! Structured concurrency: a group of tasks that end together.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use rhai::{Array, Dynamic, FnPtr};

use super::combine::group_error;
use super::functions;
use super::values::{Fallible, error_of};
use crate::engine::errors::{error, kind};
use crate::engine::join::{Group, Wake, result_of};
use crate::engine::task::Outcome;
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Future, Kernel, TaskRef};
use crate::trace::event::WaitClass;

functions! {
    /// Runs the body with a group `g`, and ends when the body and all that it spawned by `g.spawn(x)` have ended. Gives
    /// the body's value. When one fails the others are cancelled, and "group" is thrown with all `errors`.
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
            let group = TaskGroup(Rc::new(Shared { group: Group::new(Vec::new(), Wake::At(1)), open: Cell::new(true) }));
            Ok(Future::new(Run { body: Some(body), task: None, group, failing: false }, kernel.here()))
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
struct TaskGroup(Rc<Shared>);

struct Shared {
    group: Rc<Group>,
    open: Cell<bool>,
}

fn spawn(kernel: &Rc<Kernel>, g: &TaskGroup, x: Dynamic, name: Option<&str>) -> Fallible {
    if !g.0.open.get() {
        return Err(error(kind::CLOSED, "this task group has ended, or is ending because a task failed"));
    }
    let task = kernel.adopt(&x, name)?;
    Group::add(&g.0.group, task.clone());
    Ok(Dynamic::from(task))
}

/// Runs the body as a task of the group and waits for all.
struct Run {
    body: Option<FnPtr>,
    /// The body's task.
    task: Option<TaskRef>,
    group: TaskGroup,
    /// One has failed, and the others were cancelled.
    failing: bool,
}

impl Run {
    fn start(&mut self, cx: &mut Cx) {
        if let Some(body) = self.body.take() {
            let task = cx.kernel.spawn_call(body, vec![Dynamic::from(self.group.clone())], "task_group");
            Group::add(&self.group.0.group, task.clone());
            self.task = Some(task);
        }
    }

    /// The group's result, once all have ended.
    fn result(&self, kernel: &Kernel) -> Step {
        let group = &self.group.0.group;
        let errors: Array = (0..group.count())
            .filter_map(|n| {
                let task = group.ended(n)?;
                let outcome = task.outcome()?;
                matches!(outcome, Outcome::Failed(_)).then(|| error_of(kernel, &task, outcome).err())?
            })
            .collect();
        if !errors.is_empty() {
            let failed = if errors.len() == 1 { "a task of the group failed" } else { "tasks of the group failed" };
            return Step::Done(Err(group_error(format!("{failed} ({})", errors.len()), errors)));
        }
        match self.task.as_ref().and_then(|t| Some((t, t.outcome()?))) {
            Some((task, outcome)) => Step::Done(result_of(kernel, task, outcome)),
            None => Step::value(()),
        }
    }
}

impl Op for Run {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        self.start(cx);
        let group = self.group.0.group.clone();
        if !self.failing && group.first_ended(|o| matches!(o, Outcome::Failed(_))).is_some() {
            self.failing = true;
            self.group.0.open.set(false);
            group.cancel_rest(cx);
        }
        if group.all_ended() {
            self.group.0.open.set(false);
            return self.result(cx.kernel);
        }
        group.watch(cx.task);
        Step::Pending
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        self.group.0.open.set(false);
        self.group.0.group.cancel_rest(cx);
        self.task.is_none() || self.group.0.group.all_ended()
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        "task_group".into()
    }

    fn on(&self) -> Vec<u32> {
        self.group.0.group.pending()
    }
}
