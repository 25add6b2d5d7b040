//! Long work within one call: it asks now and then whether it may go on, as whoever presses Ctrl-C waits for it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use rhai::NativeCallContext;

use super::values::Fallible;

/// So long work goes on without asking; tests do not go by the clock.
const UNASKED: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_millis(10) };

/// Whether the evaluation that this function was called in may go on: asked as any call asks it.
pub fn may_go_on(context: &NativeCallContext) -> Fallible<()> {
    context.call_native_fn_raw("!", false, &mut [&mut true.into()]).map(drop)
}

/// Who asks whether to go on, as often as is good for both.
pub struct Patience<'a> {
    go_on: &'a dyn Fn() -> Fallible<()>,
    asked: Cell<Instant>,
}

impl<'a> Patience<'a> {
    pub fn new(go_on: &'a dyn Fn() -> Fallible<()>) -> Self {
        Self { go_on, asked: Cell::new(Instant::now()) }
    }

    /// To be called often: asks if it has not for a while.
    ///
    /// # Errors
    /// What the evaluation is to end with.
    #[inline]
    pub fn check(&self) -> Fallible<()> {
        if self.asked.get().elapsed() < UNASKED {
            return Ok(());
        }
        let answer = (self.go_on)();
        self.asked.set(Instant::now());
        answer
    }
}
