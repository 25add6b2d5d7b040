//! Beginning to await: what each kind of awaitable does to the calls of a task.

use std::ops::RangeInclusive;
use std::rc::Rc;

use rhai::Dynamic;
use thin_vec::ThinVec;

use super::awaitable::{Coroutine, Future};
use super::errors::{self, awaits_itself, kind};
use super::join::{Join, result_of};
use super::kernel::Kernel;
use super::task::{Call, TaskRef};
use super::turn::{Input, Next};
use super::wait::{Cx, Step};
use crate::lang::body::Body;
use crate::lang::failure::Exhausted;
use crate::lang::touch::{Access, Thing};
use crate::lang::{Frame, Raise, Resolve};
use crate::trace::event::SiteId;

impl Kernel {
    /// Begins to await a value: pushes what is to run, or gives its result if that is there already.
    pub(super) fn begin(&self, calls: &mut ThinVec<Call>, value: Dynamic) -> Next {
        let value = value.flatten();
        if let Some(coroutine) = value.read_lock::<Coroutine>() {
            return match coroutine.take() {
                Some(_) if calls.len() >= self.limits.awaits => Some(Err(Exhausted::Awaits.error().into())),
                Some(frame) => {
                    if let [Call::Op(_)] = calls[..] {
                        self.note_beginning(&frame);
                    }
                    calls.push(Call::Frame(frame));
                    None
                }
                None => Some(Err(coroutine.used().into())),
            };
        }
        if let Some(future) = value.read_lock::<Future>() {
            if !future.take() {
                return Some(Err(future.used().into()));
            }
            calls.push(Call::Op(future.clone()));
            return None;
        }
        if let Some(task) = value.read_lock::<TaskRef>() {
            self.shared.touches.touch(Thing::End(task.id), Access::Read);
            self.shared.touches.touch(Thing::Failures, Access::Add);
            return match task.outcome() {
                Some(outcome) => {
                    task.flag(|f| f.seen = true);
                    Some(result_of(self, &task, outcome))
                }
                None if self.current().is_some_and(|own| Rc::ptr_eq(&own, &task)) => {
                    Some(Err(awaits_itself(&task).into()))
                }
                None => {
                    let join = Future::new(Join::new(task.clone()), SiteId::NONE);
                    join.take();
                    calls.push(Call::Op(join));
                    None
                }
            };
        }
        match self.as_awaitable(&value) {
            Some(awaitable) => self.begin(calls, awaitable),
            None => Some(Err(not_awaitable(&value))),
        }
    }

    /// Code of a function of the library that is all of a task: if that has just begun, it begins here.
    fn note_beginning(&self, frame: &Frame) {
        if self.recording.borrow().is_enabled() {
            let site = self.site_of(&frame.body, frame.step());
            self.recording.borrow_mut().began(self.current_id(), site);
        }
    }
}

/// What is left of an await that could not be resolved at once.
pub(super) enum Left {
    Nothing,
    Value(Dynamic),
    /// A future that was polled, and its answer.
    Polled(Future, Step),
}

/// Resolves awaits in the midst of a frame's run: of futures that are done when they are first polled.
pub(super) struct Awaits<'a> {
    pub kernel: &'a Rc<Kernel>,
    pub task: &'a TaskRef,
    pub left: Left,
}

impl Resolve for Awaits<'_> {
    fn can_await(&self, value: &Dynamic) -> bool {
        self.kernel.is_awaitable(value)
    }

    fn threw(&mut self, body: &Rc<Body>, steps: RangeInclusive<u32>) {
        if errors::any_dropped() {
            let sites: Vec<SiteId> = steps.map(|step| self.kernel.site_of(body, step + 1)).collect();
            errors::forgive_dropped(&sites);
        }
    }

    fn resolve(&mut self, value: Dynamic) -> Option<Input> {
        let future = value.read_lock::<Future>().filter(|f| f.take()).map(|f| f.clone());
        let Some(future) = future else {
            self.left = Left::Value(value);
            return None;
        };
        match future.poll(&mut Cx { kernel: self.kernel, task: self.task }) {
            Step::Done(result) => Some(result),
            step => {
                self.left = Left::Polled(future, step);
                None
            }
        }
    }
}

fn not_awaitable(value: &Dynamic) -> Raise {
    let hint = match value.type_name() {
        "array" => " (for several at once: `await gather(...)`)",
        "Fn" => " (call it: `await f()`)",
        _ => "",
    };
    let name = errors::article(value.type_name());
    errors::raise(kind::VALUE, format!("`await` needs a coroutine, a future or a task, and this is {name}{hint}"))
}
