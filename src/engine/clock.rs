//! The loop's clock: real, or virtual.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// Nanoseconds since the run began.
pub type Nanos = u64;

/// Tells the time of the loop. A virtual clock stands still until it is moved to the next timer.
#[derive(Debug)]
pub struct Clock {
    origin: Cell<Instant>,
    /// The time of a virtual clock; none on a real one.
    virtual_now: Cell<Option<Nanos>>,
    /// The last reading.
    last: Cell<Nanos>,
}

impl Clock {
    /// A clock that starts at zero now.
    pub fn new(is_virtual: bool) -> Self {
        Self { origin: Cell::new(Instant::now()), virtual_now: Cell::new(is_virtual.then_some(0)), last: Cell::new(0) }
    }

    /// Starts again at zero. Only while nobody waits for a time.
    pub fn restart(&self) {
        self.origin.set(Instant::now());
        self.virtual_now.set(self.virtual_now.get().map(|_| 0));
        self.last.set(0);
    }

    /// Whether it is virtual.
    pub fn is_virtual(&self) -> bool {
        self.virtual_now.get().is_some()
    }

    /// Reads the clock.
    #[inline]
    pub fn read(&self) -> Nanos {
        let now = match self.virtual_now.get() {
            Some(now) => now,
            None => self.origin.get().elapsed().as_nanos() as Nanos,
        };
        self.last.set(now);
        now
    }

    /// The last reading: when the current turn began.
    #[inline]
    pub fn last(&self) -> Nanos {
        self.last.get()
    }

    /// Moves a virtual clock forward.
    pub fn advance_to(&self, time: Nanos) {
        if let Some(now) = self.virtual_now.get() {
            self.virtual_now.set(Some(now.max(time)));
            self.last.set(now.max(time));
        }
    }

    /// The moment on the machine's clock at which a real clock will show this time.
    pub fn instant(&self, time: Nanos) -> Instant {
        self.origin.get() + Duration::from_nanos(time)
    }
}
