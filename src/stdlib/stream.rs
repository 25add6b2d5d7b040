//! Streams: what gives one item after another, by `next()` and `for_each`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Dynamic, FnPtr};

use super::functions;
use super::values::{Fallible, nanos, seconds};
use crate::engine::clock::Nanos;
use crate::engine::errors::{error, kind};
use crate::engine::script::{self, Waits};
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Future, Kernel};
use crate::trace::event::WaitClass;

functions! {
    /// A stream of ticks, one every `s` seconds; the first comes `s` seconds after it is first awaited. Gives the
    /// number of the tick, from 1; ticks that nobody was there to take are skipped.
    ///
    /// ```
    /// let ticks = interval(0.1);
    /// for i in 0..3 { print(`tick ${await ticks.next()} at ${now()}`) }
    /// ```
    ///
    /// asyncio: a loop with `asyncio.sleep`; JavaScript: `setInterval`; tokio: `tokio::time::interval`
    "interval(s)" => |lib| {
        lib.engine.register_type_with_name::<Interval>("interval");
        lib.engine.register_fn("interval", |s: Dynamic| -> Fallible<Interval> {
            let seconds = seconds(&s)?;
            match nanos(seconds)? {
                0 => Err(error(kind::VALUE, "an interval must be longer than 0 seconds")),
                length => Ok(Interval { seconds, length, origin: Rc::default() }),
            }
        });
        install::<Interval>(lib);
    };

    /// The next item of a stream: of a queue, a subscription, a watch, an interval, lines, chunks, events. `()` at the end.
    /// `for await x in stream { }` is a loop with a turn for each. Where several tasks wait for the next item, each item
    /// goes to one of them, first come, first served.
    ///
    /// ```
    /// let q = queue();
    /// await q.put(1);
    /// q.close();
    /// assert(await q.next() == 1);
    /// assert(await q.next() == ());
    /// for await x in q { print(x) }    // has ended
    /// ```
    ///
    /// asyncio: `anext(stream)`; JavaScript: `iterator.next()`; tokio: `StreamExt::next`
    "stream.next()" => |_| {};

    /// Calls a function for each item of a stream, one after another, until the stream ends. What the function gives
    /// is awaited before the next item is taken.
    ///
    /// ```
    /// let q = queue();
    /// for i in 1..=3 { await q.put(i) }
    /// q.close();
    /// let sum = 0;
    /// await q.for_each(async |x| { await sleep(0.1); sum += x });
    /// assert(sum == 6);
    /// ```
    ///
    /// asyncio: `async for`; JavaScript: `for await`; tokio: `StreamExt::for_each`
    "stream.for_each(async |x| ...)" => |_| {};
}

/// What gives one item after another.
pub(super) trait Stream: Clone + 'static {
    /// The future of the next item, `()` at the end.
    fn next(&self, kernel: &Rc<Kernel>) -> Future;
}

/// Gives a type `next` and `for_each`.
pub(super) fn install<S: Stream>(lib: &mut super::Library) {
    let kernel = lib.kernel.clone();
    lib.engine.register_fn("next", move |stream: &mut S| stream.next(&kernel));
    let kernel = lib.kernel.clone();
    lib.engine.register_fn("for_each", move |stream: &mut S, f: FnPtr| -> Fallible<Future> {
        kernel.expect_parameters(&f, 1, "for_each", "`async |x| ...`")?;
        Ok(for_each(&kernel, stream.clone(), f))
    });
}

fn for_each<S: Stream>(kernel: &Rc<Kernel>, stream: S, f: FnPtr) -> Future {
    script::future(kernel, "for_each", WaitClass::Task, Waits::Loop, move |script| async move {
        loop {
            let item = script.wait(Dynamic::from(stream.next(&script.kernel))).await?;
            if item.is_unit() {
                return Ok(Dynamic::UNIT);
            }
            let _ = script.call(&f, vec![item]).await?;
        }
    })
}

#[derive(Clone)]
struct Interval {
    seconds: f64,
    length: Nanos,
    /// When it was first awaited, and the last tick that it gave.
    origin: Rc<RefCell<Option<(Nanos, u64)>>>,
}

impl Stream for Interval {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        Future::new(Tick { interval: self.clone(), deadline: None }, kernel.here())
    }
}

struct Tick {
    interval: Interval,
    deadline: Option<Nanos>,
}

impl Op for Tick {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        let now = cx.kernel.clock.read();
        let mut state = self.interval.origin.borrow_mut();
        let (origin, given) = *state.get_or_insert((now, 0));
        let passed = (now - origin) / self.interval.length;
        if passed > given && self.deadline.is_some_and(|d| now >= d) {
            *state = Some((origin, passed));
            return Step::value(passed as i64);
        }
        // a tick that was missed while nobody waited is skipped
        let deadline = origin.saturating_add((passed.max(given) + 1).saturating_mul(self.interval.length));
        self.deadline = Some(deadline);
        cx.kernel.set_timer(deadline, cx.task);
        Step::Pending
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if self.deadline.take().is_some() {
            cx.kernel.forget_timer();
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Timer
    }

    fn label(&self) -> Cow<'static, str> {
        format!("interval({})", super::time::short(self.interval.seconds)).into()
    }

    fn call(&self) -> Cow<'static, str> {
        format!("next() of {}", self.label()).into()
    }
}
