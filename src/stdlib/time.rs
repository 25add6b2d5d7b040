//! Time: waiting for it, reading it, and wasting it.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use super::functions;
use super::values::{Fallible, nanos, seconds};
use crate::engine::clock::Nanos;
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Future, Kernel};
use crate::trace::event::{TextId, WaitClass};
use rhai::Dynamic;

functions! {
    /// Waits `s` seconds, while others run. `sleep(0)` lets every task that is ready have a turn.
    ///
    /// ```
    /// let t = now();
    /// await sleep(0.5);
    /// assert(now() - t >= 0.5);
    /// ```
    ///
    /// asyncio: `asyncio.sleep`; JavaScript: `setTimeout` in a promise; tokio: `tokio::time::sleep`
    "sleep(s)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("sleep", move |s: i64| sleep(&kernel, s as f64));
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("sleep", move |s: f64| sleep(&kernel, s));
        lib.engine.register_fn("sleep", move |s: Dynamic| -> Fallible { seconds(&s).map(Into::into) });
    };

    /// Seconds on the loop's clock since the script began; at the prompt, since the first line ran, so that times of
    /// different lines can be compared.
    ///
    /// ```
    /// let t = now();
    /// await sleep(0.25);
    /// print(`that took ${now() - t} s`);
    /// ```
    ///
    /// asyncio: `loop.time()`; JavaScript: `performance.now()`; tokio: `tokio::time::Instant::now`
    "now()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("now", move || kernel.clock.read() as f64 / 1e9);
    };

    /// The classic mistake: sleeps without letting anybody else run. The whole loop stands still for `s` seconds.
    ///
    /// ```
    /// let other = spawn(sleep(0.01));
    /// blocking_sleep(0.02);        // `other` can't go on before this is over
    /// await other;
    /// ```
    ///
    /// asyncio: `time.sleep`; JavaScript: a busy loop; tokio: `std::thread::sleep`
    "blocking_sleep(s)" => |lib| {
        let (kernel, host) = (lib.kernel.clone(), lib.host.clone());
        lib.engine.register_fn("blocking_sleep", move |s: Dynamic| -> Fallible<()> {
            let length = Duration::from_nanos(nanos(seconds(&s)?)?);
            if kernel.clock.is_virtual() {
                kernel.clock.advance_to(kernel.clock.read().saturating_add(length.as_nanos() as Nanos));
                kernel.note_blocking(length.as_nanos() as Nanos);
                return Ok(());
            }
            let began = kernel.clock.read();
            let end = kernel.clock.instant(began.saturating_add(length.as_nanos() as Nanos));
            while !host.interrupted() {
                let rest = end.saturating_duration_since(Instant::now());
                if rest.is_zero() {
                    break;
                }
                std::thread::sleep(rest.min(Duration::from_millis(20)));
            }
            kernel.note_blocking(kernel.clock.read().saturating_sub(began));
            Ok(())
        });
    };
}

/// A sleep of this length.
pub(super) fn pause(kernel: &Kernel, length: Duration) -> Future {
    let (nanos, seconds) = (length.as_nanos() as Nanos, length.as_secs_f64());
    Future::new(Sleep { length: nanos, seconds, state: Sleeping::New }, kernel.here())
}

fn sleep(kernel: &Kernel, seconds: f64) -> Fallible<Future> {
    let length = nanos(seconds)?;
    Ok(Future::new(Sleep { length, seconds, state: Sleeping::New }, kernel.here()))
}

struct Sleep {
    length: Nanos,
    /// As the script gave it, for the label.
    seconds: f64,
    state: Sleeping,
}

enum Sleeping {
    New,
    /// A turn of the loop.
    Yielding,
    Until(Nanos),
    Over,
}

impl Op for Sleep {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        match self.state {
            Sleeping::New if self.length == 0 => {
                self.state = Sleeping::Yielding;
                cx.wake_self();
                Step::Pending
            }
            Sleeping::New => {
                let deadline = cx.kernel.clock.read().saturating_add(self.length);
                cx.kernel.set_timer(deadline, cx.task);
                self.state = Sleeping::Until(deadline);
                Step::Pending
            }
            Sleeping::Until(deadline) if cx.kernel.clock.last() < deadline => {
                cx.kernel.set_timer(deadline, cx.task);
                Step::Pending
            }
            Sleeping::Yielding | Sleeping::Until(_) | Sleeping::Over => {
                self.state = Sleeping::Over;
                Step::value(())
            }
        }
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if let Sleeping::Until(_) = std::mem::replace(&mut self.state, Sleeping::Over) {
            cx.kernel.forget_timer();
        }
        true
    }

    fn class(&self) -> WaitClass {
        if self.length == 0 { WaitClass::Yield } else { WaitClass::Timer }
    }

    fn label(&self) -> Cow<'static, str> {
        format!("sleep({})", short(self.seconds)).into()
    }

    fn deadline(&self) -> Option<Nanos> {
        match self.state {
            Sleeping::Until(deadline) => Some(deadline),
            _ => None,
        }
    }

    fn tells(&self) -> bool {
        true // that nobody shares
    }

    fn text(&self, kernel: &Kernel) -> TextId {
        kernel.text_of_sleep(self.seconds, || format!("sleep({})", short(self.seconds)))
    }
}

/// Seconds for people: to the microsecond, without what binary fractions leave behind (0.1 * 3).
pub(super) fn short(seconds: f64) -> f64 {
    let rounded = (seconds * 1e6).round() / 1e6;
    if rounded == 0.0 { seconds } else { rounded }
}
