//! `watch()`: a value of which the newest matters, and being told when it changes.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rhai::Dynamic;

use super::super::functions;
use super::super::stream::{self, Stream};
use super::super::values::Fallible;
use super::{Flag, Primitive, WaitFor, Waiters, call_of, title};
use crate::engine::errors::{error, kind, raise};
use crate::engine::wait::Held;
use crate::engine::{Future, Kernel};
use crate::lang::Raise;
use crate::trace::NumberMap;

functions! {
    /// A value that tasks can watch: they see the newest, and can wait until it changes. An optional last name is shown in
    /// the lanes and in reports.
    ///
    /// ```
    /// let speed = watch(1, "speed");
    /// let follower = spawn(async { let v = await speed.changed(); `now ${v}` });
    /// await sleep(0.1);
    /// speed.send(2);
    /// assert(await follower == "now 2");
    /// ```
    ///
    /// asyncio: a value and a `Condition`; JavaScript: `EventTarget`; tokio: `tokio::sync::watch`
    "watch(v[, name])" => |lib| {
        super::install::<Watch>(lib);
        stream::install::<Watch>(lib);
        lib.engine.register_fn("watch", |v: Dynamic| Watch::new(v, ""));
        lib.engine.register_fn("watch", Watch::new);
    };

    /// Sets the value, and lets those go on who wait for it to change. Does not wait. Throws "closed" if it is closed.
    ///
    /// ```
    /// let w = watch("a");
    /// w.send("b");
    /// assert(w.get() == "b");
    /// ```
    ///
    /// asyncio: `Condition.notify_all`; JavaScript: `dispatchEvent`; tokio: `watch::Sender::send`
    "watch.send(v)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("send", move |w: &mut Watch, value: Dynamic| w.send(&kernel, value));
    };

    /// The value as it is now. The task that asks has seen it then.
    ///
    /// ```
    /// assert(watch(5).get() == 5);
    /// ```
    ///
    /// asyncio: reading the value; JavaScript: reading the value; tokio: `watch::Receiver::borrow_and_update`
    "watch.get()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("get", move |w: &mut Watch| w.look(&kernel, kernel.current_id()));
    };

    /// Waits until the value has changed since this task saw it last, by `get` or this, and gives the newest; a task that
    /// has not seen any has seen the one that it began with. So nothing is lost between two calls, but who is slow may
    /// not see all. Throws "closed" once it is closed; `next` gives `()` then.
    ///
    /// ```
    /// let w = watch(0);
    /// spawn(async { for i in 1..=3 { await sleep(0.1); w.send(i) } });
    /// while await w.changed() < 3 { }
    /// assert(w.get() == 3);
    /// ```
    ///
    /// asyncio: `Condition.wait_for`; JavaScript: `addEventListener`; tokio: `watch::Receiver::changed`
    "watch.changed()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("changed", move |w: &mut Watch| w.change(&kernel, false));
    };

    /// Says that there will be no more changes: who waits for one gets "closed", and a stream of it ends.
    ///
    /// ```
    /// let w = watch(0);
    /// w.send(1);
    /// w.close();
    /// assert(await w.next() == 1);
    /// assert(await w.next() == ());
    /// ```
    ///
    /// asyncio: a last value that says so; JavaScript: `removeEventListener`; tokio: dropping the sender
    "watch.close()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("close", move |w: &mut Watch| {
            w.0.closed.set(true);
            w.0.waiters.release(&kernel);
        });
    };
}

#[derive(Clone)]
pub(super) struct Watch(Held<Shared>);

struct Shared {
    name: String,
    value: RefCell<Dynamic>,
    /// How often it was sent.
    version: Cell<u64>,
    /// The version that each task saw last.
    seen: RefCell<NumberMap<u64>>,
    closed: Cell<bool>,
    waiters: Waiters<()>,
}

impl Primitive for Watch {
    const NAME: &'static str = "watch";

    fn show(&self) -> String {
        self.show_within(2)
    }

    fn show_within(&self, levels: usize) -> String {
        let closed = if self.0.closed.get() { ", closed" } else { "" };
        format!("<{}, {}{closed}>", self.title(), super::held(&self.0.value.borrow(), levels))
    }
}

impl Watch {
    fn new(value: Dynamic, name: &str) -> Self {
        Self(Held::new(Rc::new(Shared {
            name: name.to_string(),
            value: RefCell::new(value),
            version: Cell::default(),
            seen: RefCell::default(),
            closed: Cell::default(),
            waiters: Waiters::default(),
        })))
    }

    fn title(&self) -> String {
        title(Self::NAME, &self.0.name)
    }

    fn send(&self, kernel: &Kernel, value: Dynamic) -> Fallible<()> {
        if self.0.closed.get() {
            return Err(error(kind::CLOSED, format!("this {} is closed", self.title())));
        }
        let old = self.0.value.replace(value);
        self.0.version.set(self.0.version.get() + 1);
        self.0.waiters.release(kernel);
        drop(old);
        Ok(())
    }

    /// The value, as this task sees it now.
    fn look(&self, kernel: &Kernel, task: u32) -> Dynamic {
        let mut seen = self.0.seen.borrow_mut();
        if seen.len() == seen.capacity() {
            seen.retain(|id, _| *id == 0 || kernel.task(*id).is_some()); // tasks come and go
        }
        seen.insert(task, self.0.version.get());
        drop(seen);
        self.0.value.borrow().clone()
    }

    /// The future of its next change for the task that asks. `quiet`: gives `()` at the end, else throws.
    fn change(&self, kernel: &Rc<Kernel>, quiet: bool) -> Future {
        let change = Change { watch: self.clone(), kernel: kernel.clone(), task: kernel.current_id(), quiet };
        Future::new(WaitFor::new(change), kernel.here())
    }
}

impl Stream for Watch {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        self.change(kernel, true)
    }
}

/// That a task has not seen the value as it is.
struct Change {
    watch: Watch,
    kernel: Rc<Kernel>,
    task: u32,
    quiet: bool,
}

impl Change {
    fn is_unseen(&self) -> bool {
        let seen = self.watch.0.seen.borrow().get(&self.task).copied().unwrap_or_default();
        seen < self.watch.0.version.get()
    }
}

impl Flag for Change {
    fn is_up(&self) -> bool {
        self.watch.0.closed.get() || self.is_unseen()
    }

    fn line(&self) -> &Waiters<()> {
        &self.watch.0.waiters
    }

    fn label(&self) -> Cow<'static, str> {
        self.watch.title().into()
    }

    fn call(&self) -> Cow<'static, str> {
        call_of(if self.quiet { "next" } else { "changed" }, &self.watch.title())
    }

    fn result(&self) -> Result<Dynamic, Raise> {
        match self.is_unseen() {
            true => Ok(self.watch.look(&self.kernel, self.task)),
            false if self.quiet => Ok(Dynamic::UNIT),
            false => {
                Err(raise(kind::CLOSED, format!("this {} is closed, and will not change any more", self.watch.title())))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::clock::Pace;
    use crate::limits::Limits;

    #[test]
    fn who_has_looked_and_ended_is_forgotten() {
        let kernel = Kernel::new(Rc::default(), Pace::Virtual, Limits::default());
        let watch = Watch::new(1.into(), "");
        (1..10_000).for_each(|task| drop(watch.look(&kernel, task)));
        assert!(watch.0.seen.borrow().capacity() < 100);
    }
}
