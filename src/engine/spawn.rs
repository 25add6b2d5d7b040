//! Making tasks, of awaitable values and otherwise.

use std::borrow::Cow;
use std::rc::Rc;

use rhai::{Dynamic, EvalAltResult, FnPtr};

use super::awaitable::{Coroutine, Future};
use super::errors::{article, error, kind};
use super::kernel::Kernel;
use super::task::{Call, Task, TaskRef};
use super::wait::{Cx, Op, Step};
use crate::lang::touch::{Access, Thing};
use crate::lang::{Env, Namespace};
use crate::trace::event::{Kind, NO_TASK, SiteId, WaitClass};

/// Calls a function of the script and awaits what it gives.
pub struct CallOp(pub Option<(FnPtr, Vec<Dynamic>)>);

impl Op for CallOp {
    fn poll(&mut self, _: &mut Cx) -> Step {
        match self.0.take() {
            Some((function, args)) => Step::Call(function, args),
            None => Step::Pending,
        }
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> Cow<'static, str> {
        "closure".into()
    }

    fn tells(&self) -> bool {
        true
    }
}

/// Scripts get numbers for their tasks below this.
const LAST_NUMBER: u32 = NO_TASK - (1 << 20);

/// What the code of a task can call.
type Context = (Rc<Namespace>, Option<Rc<Env>>);

/// Who started something that makes tasks later: a server.
pub struct Origin {
    parent: u32,
    /// Where in the script.
    pub spawned: SiteId,
    context: Context,
}

impl Kernel {
    /// Makes a task and puts it into the ready queue.
    pub fn start(&self, name: &str, call: Call, spawned: SiteId) -> TaskRef {
        self.start_as(self.next_number(), name, call, spawned)
    }

    /// A number that no other task of this run has. Those who start tasks on somebody's wish have asked
    /// [`Kernel::check_room`] before; the loop's own few find the last numbers kept back for them.
    fn next_number(&self) -> u32 {
        let id = self.next_id.get();
        self.next_id.set(id.saturating_add(1));
        id
    }

    /// Whether there may be one more task.
    ///
    /// # Errors
    /// Kind "limit".
    pub fn check_room(&self) -> Result<(), Box<EvalAltResult>> {
        let message = match self.live.borrow().len() >= self.limits.tasks {
            true => {
                let most = self.limits.tasks;
                format!("there are {most} tasks, and no more are allowed at once (--limit tasks=N)")
            }
            false if self.next_id.get() < LAST_NUMBER => return Ok(()),
            false => format!("there have been {LAST_NUMBER} tasks, and numbers for no more: start loopscope again"),
        };
        Err(error(kind::LIMIT, message))
    }

    /// On whose behalf something is started later, from outside the turns of tasks: the task that runs now.
    pub fn origin(&self) -> Origin {
        Origin {
            parent: self.current_id(),
            spawned: self.here(),
            context: (self.shared.namespace(), self.shared.env()),
        }
    }

    /// Makes a task from outside the turns of tasks, and puts it into the ready queue.
    pub fn start_for(&self, origin: &Origin, name: &str, call: Call) -> TaskRef {
        self.clock.read();
        let context = origin.context.clone();
        let task = self.start_child(self.next_number(), name, call, (origin.parent, origin.spawned), context);
        self.inbox.nudge();
        task
    }

    /// Makes a task with a given number: main is 0.
    pub fn start_as(&self, id: u32, name: &str, call: Call, spawned: SiteId) -> TaskRef {
        let context = (self.shared.namespace(), self.shared.env());
        let parent = if id == 0 { NO_TASK } else { self.current_id() };
        self.start_child(id, name, call, (parent, spawned), context)
    }

    fn start_child(
        &self,
        id: u32,
        name: &str,
        call: Call,
        (parent, spawned): (u32, SiteId),
        context: Context,
    ) -> TaskRef {
        let task = Task::new(id, self.shared_name(name), parent, spawned, call, context);
        self.shared.touches.touch(Thing::Numbers, Access::Write);
        self.shared.touches.wake(id);
        let now = self.clock.last();
        {
            let mut recording = self.recording.borrow_mut();
            if recording.is_enabled() {
                recording.name_task(id, name, parent, spawned);
            }
        }
        self.record(now, id, Kind::Created, WaitClass::None, spawned, parent);
        task.inner.borrow_mut().since = now;
        self.live.borrow_mut().insert(id, task.clone());
        self.ready.borrow_mut().push_back(task.clone());
        task
    }

    /// A name to share: tasks of the same name often come in rows.
    fn shared_name(&self, name: &str) -> Rc<str> {
        let mut last = self.last_name.borrow_mut();
        if &**last != name {
            *last = name.into();
        }
        last.clone()
    }

    /// The task that a value stands for: itself if it is one, else a new one that runs the coroutine or the future, or
    /// calls the closure. Without a name, or with an empty one, it has that of what it runs.
    ///
    /// # Errors
    /// Kind "value" if it is nothing of the kind, or has been awaited already; "limit" if there are too many tasks.
    pub fn adopt(self: &Rc<Self>, value: &Dynamic, name: Option<&str>) -> Result<TaskRef, Box<EvalAltResult>> {
        if let Some(task) = value.read_lock::<TaskRef>() {
            return Ok(task.clone());
        }
        let name = name.filter(|name| !name.is_empty()).map(in_a_line);
        let name = name.as_deref();
        self.check_room()?;
        if let Some(coroutine) = value.read_lock::<Coroutine>() {
            let Some(frame) = coroutine.take() else {
                return Err(coroutine.used());
            };
            let name = name.unwrap_or(coroutine.name());
            return Ok(self.start(name, Call::Frame(frame), self.here()));
        }
        if let Some(future) = value.read_lock::<Future>() {
            if !future.take() {
                return Err(future.used());
            }
            let own = future.ask(|op| op.name()).unwrap_or_default();
            return Ok(self.start(name.unwrap_or(&own), Call::Op(future.clone()), self.here()));
        }
        if let Some(function) = value.read_lock::<FnPtr>() {
            self.expect_parameters(&function, 0, "a task", "`async || ...`")?;
            let own = if function.is_anonymous() { "closure" } else { function.fn_name() };
            return Ok(self.spawn_call(function.clone(), Vec::new(), name.unwrap_or(own)));
        }
        match self.as_awaitable(value) {
            Some(awaitable) => self.adopt(&awaitable, name),
            None => Err(error(
                kind::VALUE,
                format!(
                    "a task needs a coroutine, a future, a task or a closure without parameters, and this is {}: `spawn(worker())`",
                    article(value.type_name())
                ),
            )),
        }
    }

    /// Refuses a function of the script that can't be called with so many arguments. `whose` needs it, in this `form`.
    ///
    /// # Errors
    /// Kind "value", with the number of parameters that it has.
    pub fn expect_parameters(
        &self,
        function: &FnPtr,
        wanted: usize,
        whose: &str,
        form: &str,
    ) -> Result<(), Box<EvalAltResult>> {
        let given = function.curry().len();
        let Err(has) = self.shared.namespace().takes(function.fn_name(), given + wanted) else {
            return Ok(());
        };
        let count = |n: usize| match n {
            0 => "no parameters".to_string(),
            1 => "1 parameter".to_string(),
            n => format!("{n} parameters"),
        };
        let has = count(has.saturating_sub(given));
        Err(error(
            kind::VALUE,
            format!("{whose} needs a function with {}, {form}, and this one has {has}", count(wanted)),
        ))
    }

    /// A task that calls a function of the script without waiting for it.
    pub fn spawn_call(self: &Rc<Self>, function: FnPtr, args: Vec<Dynamic>, name: &str) -> TaskRef {
        let future = Future::new(CallOp(Some((function, args))), self.here());
        future.take();
        self.start(name, Call::Op(future), self.here())
    }
}

/// A name as it may be shown in labels and tables: it may come from data, and must not steer a terminal.
fn in_a_line(name: &str) -> Cow<'_, str> {
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    match name.contains(char::is_control) {
        true => name.chars().map(shown).collect::<String>().into(),
        false => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::clock::Pace;
    use crate::limits::Limits;

    fn spawned(kernel: &Rc<Kernel>) -> Result<TaskRef, String> {
        let future = Future::new(CallOp(None), SiteId::NONE);
        kernel.adopt(&Dynamic::from(future), None).map_err(|error| error.to_string())
    }

    #[test]
    fn numbers_of_tasks_end_with_an_error_and_not_from_the_beginning() {
        let kernel = Kernel::new(Rc::default(), Pace::Virtual, Limits::default());
        kernel.next_id.set(LAST_NUMBER - 1);
        assert_eq!(spawned(&kernel).map(|task| task.id), Ok(LAST_NUMBER - 1));
        assert!(spawned(&kernel).is_err_and(|why| why.contains("numbers for no more")));
        kernel.next_id.set(u32::MAX);
        assert_eq!((kernel.next_number(), kernel.next_number()), (u32::MAX, u32::MAX));
    }
}
