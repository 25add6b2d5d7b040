//! The awaitable values of scripts: coroutines and futures. (The third kind is a handle to a task.)

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rhai::{Dynamic, EvalAltResult};

use super::errors::used_twice;
use super::wait::{Cx, Held, Op, Step};
use crate::lang::Frame;
use crate::lang::touch::{Access, Thing};
use crate::trace::event::{SiteId, WaitClass};

/// How far an awaitable that can be used once has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    New,
    Taken,
    Done,
}

/// The call of an async function, closure or block, not started.
#[derive(Clone)]
pub struct Coroutine(Rc<CoroutineCell>);

struct CoroutineCell {
    frame: RefCell<Option<Box<Frame>>>,
    name: rhai::ImmutableString,
    made: SiteId,
    forgiven: Cell<bool>,
    /// The number of the task that the script has made of it; 0 if none.
    spawned: Cell<u32>,
}

impl Coroutine {
    /// A coroutine that will run this frame. `made` is where the script made it.
    pub fn new(frame: Frame, made: SiteId) -> Self {
        let name = frame.body.name.clone();
        Self(Rc::new(CoroutineCell {
            frame: RefCell::new(Some(Box::new(frame))),
            name,
            made,
            forgiven: Cell::new(false),
            spawned: Cell::new(0),
        }))
    }

    /// The error of taking it again.
    pub fn used(&self) -> Box<EvalAltResult> {
        let args = if self.name().starts_with("async ") { "" } else { "(…)" };
        used_twice(&format!("<coroutine {}{args}>", self.name()), self.0.spawned.get())
    }

    /// Takes the frame to run it; none if it has been taken before.
    pub fn take(&self) -> Option<Box<Frame>> {
        self.0.frame.borrow_mut().take()
    }

    /// The name of its function.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether it has not started.
    pub fn is_new(&self) -> bool {
        self.0.frame.borrow().is_some()
    }

    /// The user has been told that it has not started.
    pub fn forgive(&self) {
        self.0.forgiven.set(true);
    }

    /// How it prints: `<coroutine worker(1)>`.
    pub fn show(&self, inspect: impl Fn(&Dynamic) -> String) -> String {
        if self.is_new() && self.0.name.starts_with("async ") {
            return format!("<coroutine {}>", self.0.name);
        }
        let args = self.0.frame.borrow().as_ref().map(|frame| {
            let mut values: Vec<String> = frame.variables().map(|(_, value)| inspect(value)).collect();
            values.reverse();
            values.join(", ")
        });
        match args {
            None if self.0.spawned.get() > 0 => {
                format!("<coroutine {}, spawned as task {}>", self.0.name, self.0.spawned.get())
            }
            Some(args) => format!("<coroutine {}({args})>", self.0.name),
            None => format!("<coroutine {}, already awaited>", self.0.name),
        }
    }
}

impl Drop for CoroutineCell {
    fn drop(&mut self) {
        if let Some(frame) = self.frame.get_mut().take() {
            if !self.forgiven.get() {
                super::errors::never_awaited(&self.name, self.made, true);
            }
            super::wait::drop_later(frame);
        }
    }
}

/// What a function of the library that waits returns. It starts when it is awaited.
#[derive(Clone)]
pub struct Future(Held<FutureCell<dyn Op>>);

struct FutureCell<O: Op + ?Sized> {
    progress: Cell<Progress>,
    forgiven: Cell<bool>,
    /// The number of the task that the script has made of it; 0 if none.
    spawned: Cell<u32>,
    made: SiteId,
    op: RefCell<O>,
}

impl Future {
    /// A future that does what the op does. `made` is where the script made it.
    pub fn new(op: impl Op + 'static, made: SiteId) -> Self {
        Self(Held::new(Rc::new(FutureCell {
            progress: Cell::new(Progress::New),
            forgiven: Cell::new(false),
            spawned: Cell::new(0),
            made,
            op: RefCell::new(op),
        })))
    }

    /// The error of taking it again.
    pub fn used(&self) -> Box<EvalAltResult> {
        let call = self.ask(|op| op.call().into_owned()).unwrap_or_default();
        used_twice(&format!("<future {call}>"), self.0.spawned.get())
    }

    /// How far it has come.
    pub fn progress(&self) -> Progress {
        self.0.progress.get()
    }

    /// Takes it to be awaited; false if it has been taken before.
    pub fn take(&self) -> bool {
        self.0.progress.replace(Progress::Taken) == Progress::New
    }

    /// The user has been told that it has not started.
    pub fn forgive(&self) {
        self.0.forgiven.set(true);
    }

    pub fn poll(&self, cx: &mut Cx) -> Step {
        let mut op = self.0.op.borrow_mut();
        tell(cx, &*op);
        let step = op.poll(cx);
        drop(op);
        self.note(step)
    }

    /// Tells it that the world outside has news for it; whether it wants a turn.
    pub fn hear(&self, cx: &mut Cx) -> bool {
        let mut op = self.0.op.borrow_mut();
        tell(cx, &*op);
        op.hear(cx)
    }

    /// Hands it the result of what it had called.
    pub fn resume(&self, cx: &mut Cx, result: Result<Dynamic, crate::lang::Raise>) -> Step {
        let mut op = self.0.op.borrow_mut();
        tell(cx, &*op);
        let step = op.resume(cx, result);
        drop(op);
        self.note(step)
    }

    fn note(&self, step: Step) -> Step {
        if matches!(step, Step::Done(_)) {
            self.0.progress.set(Progress::Done);
        }
        step
    }

    /// Cancels what it waits for; true if nothing is left to wait for.
    pub fn cancel(&self, cx: &mut Cx) -> bool {
        // an op that is being polled belongs to a task that runs; that is told at its next await
        self.0.op.try_borrow_mut().is_ok_and(|mut op| op.cancel(cx))
    }

    /// Asks the op; none while it is being polled.
    pub fn ask<T>(&self, question: impl FnOnce(&dyn Op) -> T) -> Option<T> {
        self.0.op.try_borrow().ok().map(|op| question(&*op))
    }
}

impl<O: Op + ?Sized> Drop for FutureCell<O> {
    fn drop(&mut self) {
        if self.progress.get() == Progress::New && !self.forgiven.get() && self.op.get_mut().is_missed() {
            let name = self.op.get_mut().name();
            super::errors::never_awaited(&name, self.made, false);
        }
        if self.progress.get() == Progress::New {
            self.op.get_mut().members().iter().for_each(forgive); // they would have started with it
        }
    }
}

/// Tells what a turn of the op touches, if it does not tell itself.
#[inline]
fn tell(cx: &Cx, op: &dyn Op) {
    let touches = &cx.kernel.shared.touches;
    if !touches.is_on() || op.tells() {
        return;
    }
    match op.class() {
        WaitClass::Sync => touches.touch(Thing::Sync(op.sync()), Access::Write),
        _ => touches.touch_all(),
    }
}

/// The user is told of something else that this has not started.
pub fn forgive(value: &Dynamic) {
    if let Some(coroutine) = value.read_lock::<Coroutine>() {
        coroutine.forgive();
    } else if let Some(future) = value.read_lock::<Future>() {
        future.forgive();
    }
}

/// The script has made a task of this, which has the number.
pub fn note_spawned(value: &Dynamic, task: u32) {
    if let Some(coroutine) = value.read_lock::<Coroutine>() {
        coroutine.0.spawned.set(task);
    } else if let Some(future) = value.read_lock::<Future>() {
        future.0.spawned.set(task);
    }
}
