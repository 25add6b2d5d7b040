//! Functions of the library that are written as Rust futures: for I/O, and for those that call functions of the script.
//!
//! The future is polled in the turns of the task that awaits it. To call a function of the script it leaves a request
//! and is polled again when the result is there; meanwhile that function runs in the same task, and may wait.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use rhai::{Dynamic, FnPtr};

use super::awaitable::Future;
use super::bug;
use super::kernel::Kernel;
use super::task::TaskRef;
use super::wait::{Cx, Op, Step};
use crate::lang::Raise;
use crate::trace::event::WaitClass;

/// What ends a function written as a future.
pub type Result<T = Dynamic> = std::result::Result<T, Raise>;

/// Whom a future waits for; decides whether a virtual clock may move on meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// Only for tasks and timers of this loop.
    Loop,
    /// For a server of this process.
    Inside,
    /// For the world.
    Outside,
}

/// What such a function has in hand.
#[derive(Clone)]
pub struct Script {
    pub kernel: Rc<Kernel>,
    pub task: TaskRef,
    port: Rc<Port>,
}

#[derive(Default)]
struct Port {
    request: RefCell<Option<Step>>,
    reply: RefCell<Option<Result>>,
    /// For whom it waits from now on, if that has changed.
    waits: Cell<Option<Waits>>,
}

impl Script {
    /// Calls a function of the script; if the result is awaitable, awaits it.
    pub async fn call(&self, function: &FnPtr, args: Vec<Dynamic>) -> Result {
        self.ask(Step::Call(function.clone(), args)).await
    }

    /// Awaits an awaitable value.
    pub async fn wait(&self, awaitable: impl Into<Dynamic>) -> Result {
        self.ask(Step::Await(awaitable.into())).await
    }

    async fn ask(&self, request: Step) -> Result {
        *self.port.request.borrow_mut() = Some(request);
        std::future::poll_fn(|_| match self.port.reply.borrow_mut().take() {
            Some(reply) => Poll::Ready(reply),
            None => Poll::Pending,
        })
        .await
    }

    /// Says that it waits for somebody else from now on.
    pub fn now_waits(&self, waits: Waits) {
        self.port.waits.set(Some(waits));
    }

    /// Waits until the task is woken, by a waker or by the loop.
    pub async fn park(&self) {
        let mut parked = false;
        std::future::poll_fn(|_| match std::mem::replace(&mut parked, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
    }
}

type Work = Pin<Box<dyn std::future::Future<Output = Result>>>;
type Start = Box<dyn FnOnce(Script) -> Work>;

/// An op that polls a Rust future.
pub struct Native {
    /// What a task that does nothing but this is called; by its label if it has no name.
    name: Option<&'static str>,
    label: Cow<'static, str>,
    class: WaitClass,
    sync: u32,
    waits: Waits,
    start: Option<Start>,
    work: Option<Work>,
    port: Rc<Port>,
    waker: Option<Waker>,
    flight: Option<Flight>,
    /// What it has come to between the turns of its task.
    heard: Option<Step>,
}

/// Counts a future in flight as long as it lives.
struct Flight(Rc<Kernel>, Waits);

impl Flight {
    fn new(kernel: &Rc<Kernel>, waits: Waits) -> Self {
        Self::count(kernel, waits, |n| n + 1);
        if waits == Waits::Inside {
            kernel.requests.set(kernel.requests.get() + 1);
        }
        Self(kernel.clone(), waits)
    }

    fn count(kernel: &Kernel, waits: Waits, change: impl Fn(usize) -> usize) {
        match waits {
            Waits::Loop => {}
            Waits::Inside => {
                kernel.inside.set(change(kernel.inside.get()));
                kernel.local.disturb();
            }
            Waits::Outside => kernel.outside.set(change(kernel.outside.get())),
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        Self::count(&self.0, self.1, |n| n - 1);
    }
}

/// A future that is written as a Rust future. It starts when it is awaited.
pub fn future<F>(
    kernel: &Rc<Kernel>,
    label: impl Into<Cow<'static, str>>,
    class: WaitClass,
    waits: Waits,
    start: impl FnOnce(Script) -> F + 'static,
) -> Future
where
    F: std::future::Future<Output = Result> + 'static,
{
    Future::new(native(None, label.into(), class, waits, start), kernel.here())
}

/// The same for what deals with nothing but the lock or the like that has this number, and calls functions of the script.
pub fn holding<F>(
    kernel: &Rc<Kernel>,
    label: impl Into<Cow<'static, str>>,
    sync: u32,
    start: impl FnOnce(Script) -> F + 'static,
) -> Future
where
    F: std::future::Future<Output = Result> + 'static,
{
    let native = native(None, label.into(), WaitClass::Sync, Waits::Loop, start);
    Future::new(Native { sync, ..native }, kernel.here())
}

/// The same for I/O, with a name besides the label.
pub fn io<F>(
    kernel: &Rc<Kernel>,
    name: &'static str,
    label: impl Into<Cow<'static, str>>,
    waits: Waits,
    start: impl FnOnce(Script) -> F + 'static,
) -> Future
where
    F: std::future::Future<Output = Result> + 'static,
{
    Future::new(native(Some(name), label.into(), WaitClass::Io, waits, start), kernel.here())
}

fn native<F>(
    name: Option<&'static str>,
    label: Cow<'static, str>,
    class: WaitClass,
    waits: Waits,
    start: impl FnOnce(Script) -> F + 'static,
) -> Native
where
    F: std::future::Future<Output = Result> + 'static,
{
    Native {
        name,
        label,
        class,
        sync: 0,
        waits,
        start: Some(Box::new(move |script| Box::pin(start(script)))),
        work: None,
        port: Rc::default(),
        waker: None,
        flight: None,
        heard: None,
    }
}

impl Op for Native {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        if let Some(step) = self.heard.take() {
            return step;
        }
        if let Some(start) = self.start.take() {
            let script = Script { kernel: cx.kernel.clone(), task: cx.task.clone(), port: self.port.clone() };
            self.work = Some(start(script));
            self.waker = Some(cx.kernel.waker(cx.task.id));
            self.flight = Some(Flight::new(cx.kernel, self.waits));
        }
        // taken out, so that a panic leaves nothing of it in flight
        let (Some(mut work), Some(waker)) = (self.work.take(), &self.waker) else {
            return Step::Pending;
        };
        let flight = self.flight.take();
        match work.as_mut().poll(&mut Context::from_waker(waker)) {
            Poll::Ready(result) => Step::Done(result),
            Poll::Pending => {
                self.work = Some(work);
                self.flight = match self.port.waits.take() {
                    Some(waits) => Some(Flight::new(cx.kernel, waits)),
                    None => flight,
                };
                self.port.request.borrow_mut().take().unwrap_or(Step::Pending)
            }
        }
    }

    fn hear(&mut self, cx: &mut Cx) -> bool {
        if self.heard.is_none() {
            self.heard = match bug::catch(|| self.poll(cx)) {
                Ok(Step::Pending) => None,
                Ok(step) => Some(step),
                Err(failure) => Some(Step::Done(Err(Raise::Error(failure)))),
            };
        }
        self.heard.is_some()
    }

    fn resume(&mut self, cx: &mut Cx, result: Result) -> Step {
        *self.port.reply.borrow_mut() = Some(result);
        self.poll(cx)
    }

    fn cancel(&mut self, _: &mut Cx) -> bool {
        self.work = None;
        self.flight = None;
        self.heard = None;
        true
    }

    fn class(&self) -> WaitClass {
        self.class
    }

    fn label(&self) -> Cow<'static, str> {
        self.label.clone()
    }

    fn sync(&self) -> u32 {
        self.sync
    }

    fn name(&self) -> String {
        let label = || self.label.split(['(', ' ']).next().unwrap_or_default();
        self.name.unwrap_or_else(label).to_string()
    }
}
