//! The clock that network code waits on.
//!
//! Scripts may run on a virtual clock. A delay of the demo server, and the timeout of a request to it, have to follow
//! that clock, or a lesson would behave differently with and without it. So nothing here that a script can observe
//! calls tokio's timers directly; it asks this trait, which the event loop implements.

use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// A sleep that has not ended yet.
pub type Sleep = Pin<Box<dyn Future<Output = ()>>>;

/// A clock to wait on: the script's own, which may be virtual.
pub trait Clock {
    /// A future that is ready once `duration` has passed on this clock, counted from now.
    fn sleep(&self, duration: Duration) -> Sleep;

    /// The time on this clock since a fixed moment, such as the beginning of the run.
    fn now(&self) -> Duration;

    /// Whether it may stand still while real time passes, as a virtual clock does.
    fn may_stand_still(&self) -> bool {
        true
    }
}

/// Real time, by tokio's timers (a resolution of one millisecond).
#[derive(Debug)]
pub struct RealClock {
    start: Instant,
}

impl RealClock {
    /// A clock that shows zero now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for RealClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for RealClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn may_stand_still(&self) -> bool {
        false
    }
}
