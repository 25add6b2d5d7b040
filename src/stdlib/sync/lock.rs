//! `lock()`: one task at a time.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rhai::{Dynamic, FnPtr};

use super::super::functions;
use super::super::values::Fallible;
use super::{Spot, Turn, Waiters, title};
use crate::engine::clock::Nanos;
use crate::engine::errors::{error, kind};
use crate::engine::script::{self, Script, Waits};
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Future, Kernel, TaskRef};
use crate::trace::event::{SiteId, WaitClass};

functions! {
    /// A lock: held by one task at a time. An optional name is shown in the lanes and in reports.
    ///
    /// ```
    /// let lock = lock("db");
    /// await lock.acquire();
    /// assert(!lock.try_acquire());
    /// lock.release();
    /// ```
    ///
    /// asyncio: `asyncio.Lock`; JavaScript: the Web Locks API; tokio: `tokio::sync::Mutex`
    "lock([name])" => |lib| {
        lib.engine.register_type_with_name::<Lock>("lock");
        lib.engine.register_fn("lock", || Lock::new(""));
        lib.engine.register_fn("lock", |name: &str| Lock::new(name));
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |lock: &mut Lock| lock.show());
        }
    };

    /// Waits until the lock is free, and takes it. Waiters are served in the order in which they came.
    ///
    /// ```
    /// let l = lock();
    /// await l.acquire();
    /// defer(|| l.release());
    /// ```
    ///
    /// asyncio: `Lock.acquire`; JavaScript: `navigator.locks.request`; tokio: `Mutex::lock`
    "lock.acquire()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("acquire", move |lock: &mut Lock| {
            let made = kernel.here();
            Future::new(Acquire::new(lock, made), made)
        });
    };

    /// Gives the lock back. The first who waits has it then. Throws "value" if it is not held.
    ///
    /// ```
    /// let l = lock();
    /// await l.acquire();
    /// l.release();
    /// try { l.release() } catch (e) { assert(e.error == "value") }
    /// ```
    ///
    /// asyncio: `Lock.release`; JavaScript: the end of the callback; tokio: dropping the guard
    "lock.release()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("release", move |lock: &mut Lock| -> Fallible<()> {
            if lock.0.holder.borrow().is_none() {
                return Err(error(kind::VALUE, format!("this {} is not held: release it once for each acquire", title("lock", &lock.0.name))));
            }
            lock.release(&kernel);
            Ok(())
        });
    };

    /// Takes the lock if it is free, and says whether it did. Does not wait.
    ///
    /// ```
    /// let l = lock();
    /// assert(l.try_acquire());
    /// assert(!l.try_acquire());
    /// ```
    ///
    /// asyncio: `Lock.locked` and `acquire`; JavaScript: `ifAvailable`; tokio: `Mutex::try_lock`
    "lock.try_acquire()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("try_acquire", move |lock: &mut Lock| lock.try_take(&kernel, kernel.current().as_ref(), kernel.here()));
    };

    /// Runs a function while it holds the lock, and gives its value. The lock is given back however the function ends.
    ///
    /// ```
    /// let l = lock();
    /// let n = 0;
    /// async fn add(l, step) { await l.with(async || { await sleep(0.1); step }) }
    /// assert(await gather(add(l, 1), add(l, 2)) == [1, 2]);
    /// ```
    ///
    /// asyncio: `async with lock`; JavaScript: `navigator.locks.request`; tokio: a guard's scope
    "lock.with(async || ...)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("with", move |lock: &mut Lock, f: FnPtr| -> Fallible<Future> {
            kernel.expect_parameters(&f, 0, "lock.with", "`async || ...`")?;
            Ok(with(&kernel, lock.clone(), f))
        });
    };
}

#[derive(Clone)]
pub(in crate::stdlib) struct Lock(Rc<Shared>);

struct Shared {
    name: String,
    /// Who holds it, and where it took it.
    holder: RefCell<Option<(TaskRef, SiteId)>>,
    /// When it was taken.
    since: Cell<Nanos>,
    waiters: Waiters<SiteId>,
}

impl Lock {
    pub(in crate::stdlib) fn new(name: &str) -> Self {
        Self(Rc::new(Shared {
            name: name.to_string(),
            holder: RefCell::default(),
            since: Cell::default(),
            waiters: Waiters::default(),
        }))
    }

    pub(super) fn show(&self) -> String {
        format!("<{}, {}>", title("lock", &self.0.name), self.holder_text())
    }

    fn holder_text(&self) -> String {
        match &*self.0.holder.borrow() {
            Some((task, _)) if task.id == 0 => "held by main".to_string(),
            Some((task, _)) => format!("held by task {} \"{}\"", task.id, task.name),
            None => "free".to_string(),
        }
    }

    fn try_take(&self, kernel: &Kernel, task: Option<&TaskRef>, site: SiteId) -> bool {
        let free = self.0.holder.borrow().is_none() && self.0.waiters.is_empty();
        if free {
            self.0.since.set(kernel.clock.last());
            *self.0.holder.borrow_mut() = task.map(|t| (t.clone(), site));
        }
        free
    }

    /// Whether this task holds it.
    pub(in crate::stdlib) fn is_held_by(&self, task: &TaskRef) -> bool {
        self.0.holder.borrow().as_ref().is_some_and(|(holder, _)| Rc::ptr_eq(holder, task))
    }

    /// Waits until the lock is free, and takes it, as at `made`; it is given back when what this gives is dropped.
    pub(in crate::stdlib) async fn hold(&self, script: &Script, made: SiteId) -> script::Result<Guard> {
        if !self.try_take(&script.kernel, Some(&script.task), made) {
            let acquire = Future::new(Acquire::new(self, made), made);
            let _ = script.wait(Dynamic::from(acquire)).await?;
        }
        Ok(Guard(self.clone(), script.kernel.clone(), script.task.clone()))
    }

    /// Hands the lock to the first who waits.
    fn release(&self, kernel: &Kernel) {
        let next = self.0.waiters.pop();
        *self.0.holder.borrow_mut() = next.as_ref().map(|t| (t.task.clone(), t.item.borrow().unwrap_or(SiteId::NONE)));
        if let Some(ticket) = next {
            self.0.since.set(kernel.clock.last());
            ticket.grant(kernel);
        }
    }
}

struct Acquire {
    lock: Lock,
    made: SiteId,
    spot: Spot<SiteId>,
}

impl Acquire {
    fn new(lock: &Lock, made: SiteId) -> Self {
        Self { lock: lock.clone(), made, spot: Spot::default() }
    }
}

impl Op for Acquire {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        match self.spot.look() {
            Turn::Come(_) => Step::value(()),
            Turn::New if self.lock.try_take(cx.kernel, Some(cx.task), self.made) => Step::value(()),
            Turn::New => self.spot.wait_in(&self.lock.0.waiters, cx.task, Some(self.made)),
            Turn::Waiting => Step::Pending,
        }
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if self.spot.leave().is_some() {
            self.lock.release(cx.kernel);
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn label(&self) -> Cow<'static, str> {
        title("lock", &self.lock.0.name).into()
    }

    fn on(&self) -> Vec<u32> {
        self.lock.0.holder.borrow().iter().map(|(t, _)| t.id).collect()
    }

    fn held_since(&self) -> Option<Nanos> {
        self.holder().map(|_| self.lock.0.since.get())
    }

    fn place_in_line(&self) -> Option<usize> {
        self.spot.place_in(&self.lock.0.waiters)
    }

    fn holder(&self) -> Option<(TaskRef, SiteId)> {
        self.lock.0.holder.borrow().clone()
    }
}

/// Releases the lock when it goes out of scope.
pub(in crate::stdlib) struct Guard(Lock, Rc<Kernel>, TaskRef);

impl Drop for Guard {
    fn drop(&mut self) {
        // the body may have released it itself, and another have it by now
        let is_ours = self.0.0.holder.borrow().as_ref().is_some_and(|(t, _)| Rc::ptr_eq(t, &self.2));
        if is_ours {
            self.0.release(&self.1);
        }
    }
}

fn with(kernel: &Rc<Kernel>, lock: Lock, f: FnPtr) -> Future {
    let label = title("lock", &lock.0.name);
    let made = kernel.here();
    script::future(kernel, format!("with {label}"), WaitClass::Sync, Waits::Loop, move |script| async move {
        let _guard = lock.hold(&script, made).await?;
        script.call(&f, Vec::new()).await
    })
}
