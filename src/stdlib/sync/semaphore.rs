//! `semaphore()`: so many tasks at a time.

use super::super::functions;
use super::super::values::Fallible;
use super::Primitive;
use super::permits::{self, Guarding, Permits};
use crate::engine::errors::{error, kind};

functions! {
    /// A semaphore: at most `n` tasks hold it at a time. An optional name is shown in the lanes and in reports.
    ///
    /// `semaphore(0)` has no permit at first, and no bound: each `release` brings one, as a signal to whoever waits.
    ///
    /// ```
    /// let two = semaphore(2, "connections");
    /// async fn visit(two, n) { await two.with(async || { await sleep(1); n }) }
    /// assert(await gather([1, 2, 3, 4].map(|n| visit(two, n))) == [1, 2, 3, 4]);
    /// print(now());                // 2.0: two and two
    /// ```
    ///
    /// asyncio: `asyncio.Semaphore`, `BoundedSemaphore`; JavaScript: no counterpart; tokio: `tokio::sync::Semaphore`
    "semaphore(n[, name])" => |lib| {
        super::install::<Semaphore>(lib);
        let number = super::numbers(lib);
        lib.engine.register_fn("semaphore", move |n: i64| Semaphore::new(n, "", number()));
        let number = super::numbers(lib);
        lib.engine.register_fn("semaphore", move |n: i64, name: &str| Semaphore::new(n, name, number()));
    };

    /// Waits until there is a permit, and takes it. Waiters are served in the order in which they came.
    ///
    /// ```
    /// let s = semaphore(2);
    /// await s.acquire();
    /// defer(|| s.release());
    /// ```
    ///
    /// asyncio: `Semaphore.acquire`; JavaScript: no counterpart; tokio: `Semaphore::acquire`
    "semaphore.acquire()" => permits::install_acquire::<Semaphore>;

    /// Gives a permit back. The first who waits has it then. Throws "value" if all have been given back.
    ///
    /// ```
    /// let s = semaphore(2);
    /// await s.acquire();
    /// s.release();
    /// try { s.release() } catch (e) { assert(e.error == "value") }
    /// ```
    ///
    /// asyncio: `BoundedSemaphore.release`; JavaScript: no counterpart; tokio: dropping the permit
    "semaphore.release()" => permits::install_release::<Semaphore>;

    /// Takes a permit if there is one, and says whether it did. Does not wait.
    ///
    /// ```
    /// let s = semaphore(1);
    /// assert(s.try_acquire());
    /// assert(!s.try_acquire());
    /// ```
    ///
    /// asyncio: `Semaphore.locked` and `acquire`; JavaScript: no counterpart; tokio: `Semaphore::try_acquire`
    "semaphore.try_acquire()" => permits::install_try_acquire::<Semaphore>;

    /// Runs a function while it holds a permit, and gives its value. The permit is given back however the function ends.
    ///
    /// ```
    /// let s = semaphore(3);
    /// assert(await s.with(async || { await sleep(0.1); 5 }) == 5);
    /// ```
    ///
    /// asyncio: `async with semaphore`; JavaScript: no counterpart; tokio: a permit's scope
    "semaphore.with(async || ...)" => permits::install_with::<Semaphore>;
}

#[derive(Clone)]
pub(super) struct Semaphore(Permits);

impl Guarding for Semaphore {
    fn permits(&self) -> &Permits {
        &self.0
    }
}

impl Primitive for Semaphore {
    const NAME: &'static str = "semaphore";

    fn number(&self) -> u32 {
        self.0.number()
    }

    fn show(&self) -> String {
        let of = self.0.most().map_or(String::new(), |n| format!(" of {n}"));
        format!("<{}, {}{of} free>", self.0.title(), self.0.free())
    }
}

impl Semaphore {
    fn new(n: i64, name: &str, number: u32) -> Fallible<Self> {
        match usize::try_from(n) {
            Ok(0) => Ok(Self(Permits::signals(Self::NAME, name, number))),
            Ok(n) => Ok(Self(Permits::new(Self::NAME, name, number, n))),
            Err(_) => Err(error(kind::VALUE, format!("a semaphore can't have fewer than 0 permits, and this is {n}"))),
        }
    }
}
