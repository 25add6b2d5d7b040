//! `oneshot()`: a value that will come once.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use rhai::Dynamic;

use super::super::functions;
use super::super::values::Fallible;
use super::{Flag, Primitive, WaitFor, Waiters, title};
use crate::engine::errors::{error, kind};
use crate::engine::wait::Held;
use crate::engine::{Future, Kernel};
use crate::lang::Raise;
use crate::trace::event::SiteId;

functions! {
    /// A value that will be sent once. It is awaited itself, by as many tasks as want it, before or after. An optional
    /// name is shown in the lanes and in reports.
    ///
    /// ```
    /// let answer = oneshot("answer");
    /// spawn(async { await sleep(0.1); answer.send(42) });
    /// assert(await answer == 42);
    /// ```
    ///
    /// asyncio: `loop.create_future()`; JavaScript: `Promise.withResolvers()`; tokio: `tokio::sync::oneshot`
    "oneshot([name])" => |lib| {
        super::install::<Oneshot>(lib);
        lib.engine.register_fn("oneshot", || Oneshot::new(""));
        lib.engine.register_fn("oneshot", Oneshot::new);
        lib.kernel.add_awaitable(|value| {
            let oneshot = value.read_lock::<Oneshot>()?.clone();
            Some(Dynamic::from(Future::new(WaitFor::new(oneshot), SiteId::NONE)))
        });
    };

    /// Sends the value, and lets those go on who wait for it. Does not wait. Throws "value" if one was sent before.
    ///
    /// ```
    /// let o = oneshot();
    /// o.send("here");
    /// try { o.send("again") } catch (e) { assert(e.error == "value") }
    /// assert(await o == "here");
    /// ```
    ///
    /// asyncio: `Future.set_result`; JavaScript: `resolve(v)`; tokio: `oneshot::Sender::send`
    "oneshot.send(v)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("send", move |o: &mut Oneshot, value: Dynamic| o.send(&kernel, value));
    };
}

#[derive(Clone)]
pub(super) struct Oneshot(Held<Shared>);

struct Shared {
    name: String,
    value: RefCell<Option<Dynamic>>,
    waiters: Waiters<()>,
}

impl Primitive for Oneshot {
    const NAME: &'static str = "oneshot";

    fn show(&self) -> String {
        self.show_within(2)
    }

    fn show_within(&self, levels: usize) -> String {
        let sent = match &*self.0.value.borrow() {
            Some(value) => super::held(value, levels),
            None => "not sent".to_string(),
        };
        format!("<{}, {sent}>", self.title())
    }
}

impl Oneshot {
    fn new(name: &str) -> Self {
        let shared = Shared { name: name.to_string(), value: RefCell::default(), waiters: Waiters::default() };
        Self(Held::new(Rc::new(shared)))
    }

    fn title(&self) -> String {
        title(Self::NAME, &self.0.name)
    }

    fn send(&self, kernel: &Kernel, value: Dynamic) -> Fallible<()> {
        if self.is_up() {
            let message = format!("this {} was sent already: a value can be sent once", self.title());
            return Err(error(kind::VALUE, message));
        }
        *self.0.value.borrow_mut() = Some(value);
        self.0.waiters.release(kernel);
        Ok(())
    }
}

impl Flag for Oneshot {
    fn is_up(&self) -> bool {
        self.0.value.borrow().is_some()
    }

    fn line(&self) -> &Waiters<()> {
        &self.0.waiters
    }

    fn label(&self) -> Cow<'static, str> {
        self.title().into()
    }

    fn result(&self) -> Result<Dynamic, Raise> {
        Ok(self.0.value.borrow().clone().unwrap_or_default())
    }
}
