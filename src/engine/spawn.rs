//! Making tasks of awaitable values.

use std::borrow::Cow;
use std::rc::Rc;

use rhai::{Dynamic, EvalAltResult, FnPtr};

use super::awaitable::{Coroutine, Future};
use super::errors::{error, kind};
use super::kernel::Kernel;
use super::task::{Call, TaskRef};
use super::wait::{Cx, Op, Step};
use crate::trace::event::WaitClass;

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
}

impl Kernel {
    /// The task that a value stands for: itself if it is one, else a new one that runs the coroutine or the future.
    ///
    /// # Errors
    /// Kind "value" if it is nothing of the kind, or has been awaited already; "limit" if there are too many tasks.
    pub fn adopt(self: &Rc<Self>, value: &Dynamic, name: Option<&str>) -> Result<TaskRef, Box<EvalAltResult>> {
        if let Some(task) = value.read_lock::<TaskRef>() {
            return Ok(task.clone());
        }
        if self.live.borrow().len() >= self.max_tasks.get() {
            let message = format!("there are {} tasks, and no more are allowed at once", self.max_tasks.get());
            return Err(error(kind::LIMIT, message));
        }
        if let Some(coroutine) = value.read_lock::<Coroutine>() {
            let Some(frame) = coroutine.take() else {
                return Err(taken(&format!("coroutine {}", coroutine.name())));
            };
            let name = name.unwrap_or(coroutine.name());
            return Ok(self.start(name, Call::Frame(frame), self.here()));
        }
        if let Some(future) = value.read_lock::<Future>() {
            if !future.take() {
                return Err(taken("future"));
            }
            let own = future.ask(|op| op.name()).unwrap_or_default();
            return Ok(self.start(name.unwrap_or(&own), Call::Op(future.clone()), self.here()));
        }
        match self.as_awaitable(value) {
            Some(awaitable) => self.adopt(&awaitable, name),
            None => Err(error(
                kind::VALUE,
                format!(
                    "a task needs a coroutine, a future or a task, and this is {}: `spawn(worker())`",
                    value.type_name()
                ),
            )),
        }
    }

    /// A task that calls a function of the script without waiting for it.
    pub fn spawn_call(self: &Rc<Self>, function: FnPtr, args: Vec<Dynamic>, name: &str) -> TaskRef {
        let future = Future::new(CallOp(Some((function, args))), self.here());
        future.take();
        self.start(name, Call::Op(future), self.here())
    }
}

fn taken(what: &str) -> Box<EvalAltResult> {
    error(
        kind::VALUE,
        format!("this {what} has been awaited already: each can be awaited once (a task can be awaited often)"),
    )
}
