//! `event()`: a flag that tasks wait for.

use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use super::super::functions;
use super::{Flag, Primitive, WaitFor, Waiters, call_of, title};
use crate::engine::Future;

functions! {
    /// A flag that tasks can wait for. It starts unset.
    ///
    /// ```
    /// let ready = event("ready");
    /// let waiter = spawn(async { await ready.wait(); "go" });
    /// await sleep(0.1);
    /// ready.set();
    /// assert(await waiter == "go");
    /// ```
    ///
    /// asyncio: `asyncio.Event`; JavaScript: a promise and its `resolve`; tokio: `tokio::sync::Notify`
    "event([name])" => |lib| {
        super::install::<Event>(lib);
        let number = super::numbers(lib);
        lib.engine.register_fn("event", move || Event::new("", number()));
        let number = super::numbers(lib);
        lib.engine.register_fn("event", move |name: &str| Event::new(name, number()));
    };

    /// Sets the flag: all who wait go on, and nobody has to wait until it is cleared.
    ///
    /// ```
    /// let e = event();
    /// e.set();
    /// assert(e.is_set());
    /// await e.wait();              // does not wait
    /// ```
    ///
    /// asyncio: `Event.set`; JavaScript: `resolve()`; tokio: `Notify::notify_waiters`
    "event.set()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("set", move |e: &mut Event| {
            e.0.set.set(true);
            e.0.waiters.release(&kernel);
        });
    };

    /// Clears the flag: those who come now have to wait.
    ///
    /// ```
    /// let e = event();
    /// e.set();
    /// e.clear();
    /// assert(!e.is_set());
    /// ```
    ///
    /// asyncio: `Event.clear`; JavaScript: a new promise; tokio: a new `Notify`
    "event.clear()" => |lib| {
        lib.engine.register_fn("clear", |e: &mut Event| e.0.set.set(false));
    };

    /// Whether the flag is set.
    ///
    /// ```
    /// assert(!event().is_set());
    /// ```
    ///
    /// asyncio: `Event.is_set`; JavaScript: no counterpart; tokio: an `AtomicBool`
    "event.is_set()" => |lib| {
        lib.engine.register_fn("is_set", |e: &mut Event| e.0.set.get());
    };

    /// Waits until the flag is set.
    ///
    /// ```
    /// let e = event();
    /// spawn(async { await sleep(0.1); e.set() });
    /// await e.wait();
    /// ```
    ///
    /// asyncio: `Event.wait`; JavaScript: `await promise`; tokio: `Notify::notified`
    "event.wait()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("wait", move |e: &mut Event| Future::new(WaitFor::new(e.clone()), kernel.here()));
    };
}

#[derive(Clone)]
pub(super) struct Event(Rc<Shared>);

struct Shared {
    name: String,
    number: u32,
    set: Cell<bool>,
    waiters: Waiters<()>,
}

impl Primitive for Event {
    const NAME: &'static str = "event";

    fn number(&self) -> u32 {
        self.0.number
    }

    fn show(&self) -> String {
        format!("<{}, {}>", title("event", &self.0.name), if self.0.set.get() { "set" } else { "not set" })
    }
}

impl Event {
    fn new(name: &str, number: u32) -> Self {
        Self(Rc::new(Shared { name: name.to_string(), number, set: Cell::new(false), waiters: Waiters::default() }))
    }
}

impl Flag for Event {
    fn is_up(&self) -> bool {
        self.0.set.get()
    }

    fn line(&self) -> &Waiters<()> {
        &self.0.waiters
    }

    fn number(&self) -> u32 {
        self.0.number
    }

    fn label(&self) -> Cow<'static, str> {
        title("event", &self.0.name).into()
    }

    fn call(&self) -> Cow<'static, str> {
        call_of("wait", &self.label())
    }
}
