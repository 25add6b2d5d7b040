//! `condition()`: wait until somebody says that something may have changed.

use std::borrow::Cow;
use std::rc::Rc;

use rhai::{Dynamic, FnPtr};

use super::super::functions;
use super::super::values::Fallible;
use super::lock::Lock;
use super::permits::{Acquire, Claim, Guarding, Permits};
use super::{Primitive, Spot, Turn, Waiters, call_of, title};
use crate::engine::errors::{error, kind, raise};
use crate::engine::script::{self, Waits};
use crate::engine::wait::{Cx, Holder, Op, Step};
use crate::engine::{Future, Kernel};
use crate::trace::event::{SiteId, WaitClass};

functions! {
    /// A condition: tasks wait, while they do not hold the lock, until another one that holds it says that something has
    /// changed. Without a lock it has one of its own, `c.lock`. An optional last name is shown in the lanes and in reports.
    ///
    /// ```
    /// let l = lock();
    /// let filled = condition(l, "filled");
    /// let shelf = [];
    /// let customer = spawn(async {
    ///     await l.acquire();
    ///     defer(|| l.release());
    ///     while shelf.is_empty() { await filled.wait() }
    ///     shelf.pop()
    /// });
    /// await sleep(0.1);
    /// await l.with(async || { shelf.push("bread"); filled.notify() });
    /// assert(await customer == "bread");
    /// ```
    ///
    /// asyncio: `asyncio.Condition`; JavaScript: no counterpart; tokio: `tokio::sync::Notify` beside a `Mutex`
    "condition([lock][, name])" => |lib| {
        super::install::<Condition>(lib);
        lib.engine.register_fn("condition", || Condition::new(Lock::new("", 0), ""));
        lib.engine.register_fn("condition", |name: &str| Condition::new(Lock::new("", 0), name));
        lib.engine.register_fn("condition", |lock: Lock| Condition::new(lock, ""));
        lib.engine.register_fn("condition", |lock: Lock, name: &str| Condition::new(lock, name));
        lib.engine.register_get("lock", |c: &mut Condition| c.0.lock.clone());
    };

    /// Gives the lock back, waits until it is notified, and takes the lock again. What it waits for need not hold then:
    /// look again, or use `wait_for`. Throws "value" if the lock is not held. If it is cancelled, it has the lock all the
    /// same before the cancellation goes on.
    ///
    /// ```
    /// let l = lock();
    /// let c = condition(l);
    /// spawn(async { await sleep(0.1); await l.with(|| c.notify()) });
    /// await l.acquire();
    /// await c.wait();
    /// l.release();
    /// ```
    ///
    /// asyncio: `Condition.wait`; JavaScript: no counterpart; tokio: `Notify::notified`
    "condition.wait()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("wait", move |c: &mut Condition| Future::new(Wait::new(c), kernel.here()));
    };

    /// Waits until `f()` gives something but `false` and `()`, looking again after each notification, and gives that. The
    /// lock has to be held.
    ///
    /// ```
    /// let l = lock();
    /// let c = condition(l);
    /// let n = 0;
    /// spawn(async { for i in 0..3 { await sleep(0.1); await l.with(|| { n += 1; c.notify_all() }) } });
    /// await l.with(async || await c.wait_for(|| n == 3));
    /// assert(n == 3);
    /// ```
    ///
    /// asyncio: `Condition.wait_for`; JavaScript: no counterpart; tokio: a loop around `Notify::notified`
    "condition.wait_for(|| ...)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("wait_for", move |c: &mut Condition, f: FnPtr| -> Fallible<Future> {
            kernel.expect_parameters(&f, 0, "condition.wait_for", "`|| ...`")?;
            Ok(wait_for(&kernel, c.clone(), f))
        });
    };

    /// Lets the first who waits go on, or the first `n`. The lock has to be held, else it throws "value".
    ///
    /// ```
    /// let l = lock();
    /// let c = condition(l);
    /// let waiting = spawn(l.with(async || await c.wait()));
    /// await sleep(0);
    /// await l.with(|| c.notify(1));
    /// await waiting;
    /// ```
    ///
    /// asyncio: `Condition.notify`; JavaScript: no counterpart; tokio: `Notify::notify_one`
    "condition.notify([n])" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("notify", move |c: &mut Condition| c.notify(&kernel, 1));
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("notify", move |c: &mut Condition, n: i64| c.notify(&kernel, n));
    };

    /// Lets all go on who wait. The lock has to be held, else it throws "value".
    ///
    /// ```
    /// let l = lock();
    /// let c = condition(l);
    /// let all = [1, 2, 3].map(|n| spawn(l.with(async || { await c.wait(); n })));
    /// await sleep(0);
    /// await l.with(|| c.notify_all());
    /// assert(await gather(all) == [1, 2, 3]);
    /// ```
    ///
    /// asyncio: `Condition.notify_all`; JavaScript: no counterpart; tokio: `Notify::notify_waiters`
    "condition.notify_all()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("notify_all", move |c: &mut Condition| c.notify(&kernel, i64::MAX));
    };
}

#[derive(Clone)]
pub(super) struct Condition(Rc<Shared>);

struct Shared {
    name: String,
    lock: Lock,
    waiters: Waiters<()>,
}

impl Primitive for Condition {
    const NAME: &'static str = "condition";

    fn show(&self) -> String {
        format!("<{} of {}>", self.title(), self.permits().title())
    }
}

impl Condition {
    fn new(lock: Lock, name: &str) -> Self {
        Self(Rc::new(Shared { name: name.to_string(), lock, waiters: Waiters::default() }))
    }

    fn title(&self) -> String {
        title(Self::NAME, &self.0.name)
    }

    fn permits(&self) -> &Permits {
        self.0.lock.permits()
    }

    fn not_held(&self, what: &str) -> String {
        format!("the {} of this {} is not held: take it before you {what}", self.permits().title(), self.title())
    }

    fn notify(&self, kernel: &Kernel, n: i64) -> Fallible<()> {
        if n < 0 {
            return Err(error(kind::VALUE, format!("how many to notify can't be less than 0, and this is {n}")));
        }
        if self.permits().free() > 0 {
            return Err(error(kind::VALUE, self.not_held("notify")));
        }
        (0..n).map_while(|_| self.0.waiters.pop()).for_each(|ticket| ticket.grant(kernel));
        Ok(())
    }

    /// One who was notified has gone before it could see what has changed: that is for the next.
    fn pass_on(&self, kernel: &Kernel) {
        if let Some(ticket) = self.0.waiters.pop() {
            ticket.grant(kernel);
        }
    }
}

/// Waits to be notified, and then for the lock.
struct Wait {
    condition: Condition,
    stage: Stage,
}

enum Stage {
    New,
    /// In whose name the lock was held, and is to be taken again.
    Listening(Spot<()>, Option<Claim>),
    /// Whether it was notified, and has not been cancelled since.
    Returning(Acquire, bool),
    /// It has the lock.
    Back,
}

impl Wait {
    fn new(condition: &Condition) -> Self {
        Self { condition: condition.clone(), stage: Stage::New }
    }

    /// Gives the lock back, and listens.
    fn begin(&mut self, cx: &mut Cx) -> Step {
        if self.condition.permits().free() > 0 {
            return Step::Done(Err(raise(kind::VALUE, self.condition.not_held("wait"))));
        }
        match self.condition.permits().release(cx.kernel, Some(cx.task)) {
            Ok(claim) => {
                let mut spot = Spot::default();
                let step = spot.wait_in(&self.condition.0.waiters, cx.task, None);
                self.stage = Stage::Listening(spot, claim);
                step
            }
            Err(error) => Step::Done(Err(error.into())),
        }
    }

    /// Takes the lock again.
    fn back(&mut self, cx: &mut Cx, claim: Option<Claim>, notified: bool) -> Step {
        self.stage = Stage::Returning(Acquire::new(self.condition.permits(), claim), notified);
        self.poll(cx)
    }
}

impl Op for Wait {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        match &mut self.stage {
            Stage::New => self.begin(cx),
            Stage::Listening(spot, claim) => match spot.look() {
                Turn::Come(_) => {
                    let claim = claim.take();
                    self.back(cx, claim, true)
                }
                _ => Step::Pending,
            },
            Stage::Returning(acquire, _) => {
                let step = acquire.poll(cx);
                if let Step::Done(_) = step {
                    self.stage = Stage::Back;
                }
                step
            }
            Stage::Back => Step::value(()),
        }
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        let step = match &mut self.stage {
            Stage::New | Stage::Back => return true,
            Stage::Listening(spot, claim) => {
                if spot.leave().is_some() {
                    self.condition.pass_on(cx.kernel);
                }
                let claim = claim.take();
                self.back(cx, claim, false)
            }
            Stage::Returning(_, notified) => {
                if std::mem::take(notified) {
                    self.condition.pass_on(cx.kernel);
                }
                self.poll(cx)
            }
        };
        matches!(step, Step::Done(_))
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn label(&self) -> Cow<'static, str> {
        match &self.stage {
            Stage::Returning(acquire, _) => acquire.label(),
            _ => self.condition.title().into(),
        }
    }

    fn call(&self) -> Cow<'static, str> {
        call_of("wait", &self.condition.title())
    }

    fn on(&self) -> Vec<u32> {
        self.lock().map_or_else(Vec::new, |acquire| acquire.on())
    }

    fn holders(&self) -> Vec<Holder> {
        self.lock().map_or_else(Vec::new, |acquire| acquire.holders())
    }

    fn place_in_line(&self) -> Option<usize> {
        match &self.stage {
            Stage::New | Stage::Back => None,
            Stage::Listening(spot, _) => spot.place_in(&self.condition.0.waiters),
            Stage::Returning(acquire, _) => acquire.place_in_line(),
        }
    }
}

impl Wait {
    /// The waiting for the lock, once that is what it does.
    fn lock(&self) -> Option<&Acquire> {
        match &self.stage {
            Stage::Returning(acquire, _) => Some(acquire),
            _ => None,
        }
    }
}

fn wait_for(kernel: &Rc<Kernel>, condition: Condition, f: FnPtr) -> Future {
    let label = call_of("wait_for", &condition.title());
    script::future(kernel, label, WaitClass::Sync, Waits::Loop, move |script| async move {
        loop {
            let held = script.call(&f, Vec::new()).await?;
            if !held.is_unit() && held.as_bool() != Ok(false) {
                return Ok(held);
            }
            let _ = script.wait(Dynamic::from(Future::new(Wait::new(&condition), SiteId::NONE))).await?;
        }
    })
}
