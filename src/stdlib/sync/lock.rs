//! `lock()`: one task at a time.

use super::super::functions;
use super::Primitive;
use super::permits::{self, Guarding, Permits};
use crate::engine::TaskRef;

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
        super::install::<Lock>(lib);
        let number = super::numbers(lib);
        lib.engine.register_fn("lock", move || Lock::new("", number()));
        let number = super::numbers(lib);
        lib.engine.register_fn("lock", move |name: &str| Lock::new(name, number()));
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
    "lock.acquire()" => permits::install_acquire::<Lock>;

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
    "lock.release()" => permits::install_release::<Lock>;

    /// Takes the lock if it is free, and says whether it did. Does not wait.
    ///
    /// ```
    /// let l = lock();
    /// assert(l.try_acquire());
    /// assert(!l.try_acquire());
    /// ```
    ///
    /// asyncio: `Lock.locked` and `acquire`; JavaScript: `ifAvailable`; tokio: `Mutex::try_lock`
    "lock.try_acquire()" => permits::install_try_acquire::<Lock>;

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
    "lock.with(async || ...)" => permits::install_with::<Lock>;
}

#[derive(Clone)]
pub(in crate::stdlib) struct Lock(Permits);

impl Guarding for Lock {
    fn permits(&self) -> &Permits {
        &self.0
    }
}

impl Primitive for Lock {
    const NAME: &'static str = "lock";

    fn number(&self) -> u32 {
        self.0.number()
    }

    fn show(&self) -> String {
        format!("<{}, {}>", self.0.title(), self.0.first_holder().map_or("free".to_string(), |task| held_by(&task)))
    }
}

impl Lock {
    pub(in crate::stdlib) fn new(name: &str, number: u32) -> Self {
        Self(Permits::new(Self::NAME, name, number, 1))
    }
}

fn held_by(task: &TaskRef) -> String {
    match task.id {
        0 => "held by main".to_string(),
        id => format!("held by task {id} \"{}\"", task.name),
    }
}
