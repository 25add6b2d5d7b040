//! The loop's clock: real, at a pace, or virtual.
//!
//! Deadlines are times of this clock. So a change of its pace in the midst of a run leaves every deadline where it is:
//! what is left of a sleep stays the same on this clock, and passes at the new pace.

use std::cell::Cell;
use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Nanoseconds since the run began.
pub type Nanos = u64;

/// The slowest and the fastest that a clock may run.
const RANGE: std::ops::RangeInclusive<f64> = 0.001..=1_000_000.0;

/// How a clock passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pace {
    /// So many seconds for each of the machine's clock; 1 is real time.
    Real(f64),
    /// It stands still, and jumps to the next timer when nobody is ready.
    Virtual,
}

impl Pace {
    /// Real time.
    pub const REAL: Self = Self::Real(1.0);

    /// A speed as typed: how many times as fast as real time.
    ///
    /// # Errors
    /// In words, when that is no number or too small or large.
    pub fn speed_of(text: &str) -> Result<f64, String> {
        let speed: Option<f64> = text.trim().parse().ok();
        match speed.filter(|speed| RANGE.contains(speed)) {
            Some(speed) => Ok(speed),
            None => Err(format!(
                "a speed is a number from {} to {}: 10 lets `sleep(1)` take 0.1 s",
                RANGE.start(),
                RANGE.end()
            )),
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::REAL
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Virtual => f.write_str("virtual"),
            Self::REAL => f.write_str("real"),
            Self::Real(speed) => write!(f, "x{speed}"),
        }
    }
}

impl FromStr for Pace {
    type Err = String;

    /// `real`, `virtual`, or `x10`.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "real" => Ok(Self::REAL),
            "virtual" => Ok(Self::Virtual),
            other => match other.strip_prefix(['x', 'X']) {
                Some(speed) => Self::speed_of(speed).map(Self::Real),
                None => Err("a clock is `real`, `virtual`, or a speed such as `x10`".to_string()),
            },
        }
    }
}

/// Tells the time of the loop.
#[derive(Debug)]
pub struct Clock {
    pace: Cell<Pace>,
    /// A moment of the machine's clock, and what this one showed then. A virtual one shows that still.
    origin: Cell<Instant>,
    base: Cell<Nanos>,
    /// Since when it has been held, on the machine's clock.
    held: Cell<Option<Instant>>,
    /// The last reading.
    last: Cell<Nanos>,
}

impl Clock {
    /// A clock that starts at zero now.
    pub fn new(pace: Pace) -> Self {
        Self {
            pace: Cell::new(pace),
            origin: Cell::new(Instant::now()),
            base: Cell::new(0),
            held: Cell::new(None),
            last: Cell::new(0),
        }
    }

    /// Exchanges what both show, and how they pass.
    pub(super) fn swap(&self, other: &Self) {
        self.pace.swap(&other.pace);
        self.origin.swap(&other.origin);
        self.base.swap(&other.base);
        self.held.swap(&other.held);
        self.last.swap(&other.last);
    }

    /// Starts again at zero. Only while nobody waits for a time.
    pub fn restart(&self) {
        self.origin.set(Instant::now());
        self.held.set(None);
        self.base.set(0);
        self.last.set(0);
    }

    /// How it passes.
    pub fn pace(&self) -> Pace {
        self.pace.get()
    }

    /// Lets it pass in another way from now on.
    pub fn set_pace(&self, pace: Pace) {
        self.base.set(self.read());
        let now = Instant::now();
        self.origin.set(now);
        self.held.set(self.held.get().and(Some(now)));
        self.pace.set(pace);
    }

    /// Whether it is virtual.
    #[inline]
    pub fn is_virtual(&self) -> bool {
        matches!(self.pace.get(), Pace::Virtual)
    }

    /// Reads the clock.
    #[inline]
    pub fn read(&self) -> Nanos {
        let now = match self.pace.get() {
            Pace::Virtual => self.base.get(),
            Pace::Real(speed) => {
                let real = match self.held.get() {
                    None => self.origin.get().elapsed().as_nanos() as Nanos,
                    Some(moment) => moment.saturating_duration_since(self.origin.get()).as_nanos() as Nanos,
                };
                self.base.get().saturating_add(if speed == 1.0 { real } else { (real as f64 * speed) as Nanos })
            }
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
        if self.is_virtual() {
            let now = self.base.get().max(time);
            self.base.set(now);
            self.last.set(now);
        }
    }

    /// Lets the clock stand still until it is released: while somebody looks at a run that is stopped.
    pub fn hold(&self) {
        self.held.set(self.held.get().or(Some(Instant::now())));
    }

    /// Lets a clock that is held go on from where it stands.
    pub fn release(&self) {
        if let Some(moment) = self.held.take() {
            self.origin.set(self.origin.get() + moment.elapsed());
        }
    }

    /// The moment on the machine's clock at which a real clock will show this time.
    pub fn instant(&self, time: Nanos) -> Instant {
        const AGE: Duration = Duration::from_secs(100 * 365 * 86_400);
        let rest = Duration::from_nanos(time.saturating_sub(self.base.get()));
        let real = match self.pace.get() {
            Pace::Real(speed) if speed != 1.0 => {
                // rounded up: then it must not show less
                Duration::try_from_secs_f64(rest.as_secs_f64() / speed + 1e-9).unwrap_or(AGE)
            }
            _ => rest,
        };
        self.origin.get() + real.min(AGE)
    }

    /// What the clock shows more after so long on the machine's. A virtual one is taken for a real one.
    pub fn of_machine(&self, time: Duration) -> Nanos {
        match self.pace.get() {
            Pace::Real(speed) if speed != 1.0 => (time.as_nanos() as f64 * speed) as Nanos,
            _ => time.as_nanos() as Nanos,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn paces_are_read_and_shown() {
        for (text, pace) in [("real", Pace::REAL), ("virtual", Pace::Virtual), ("x10", Pace::Real(10.0))] {
            assert_eq!(text.parse(), Ok(pace));
            assert_eq!(pace.to_string(), text);
        }
        assert_eq!("X0.5".parse(), Ok(Pace::Real(0.5)));
        for text in ["x0", "x-1", "xNaN", "xinf", "x", "10", "fast", "x1e300"] {
            assert!(text.parse::<Pace>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_fast_clock_shows_more_and_a_change_of_pace_does_not_make_it_jump() {
        let clock = Clock::new(Pace::Real(1000.0));
        sleep(2 * MS);
        let fast = clock.read();
        assert!(fast >= 2_000_000_000, "{fast}");
        clock.set_pace(Pace::Virtual);
        let stood = clock.read();
        assert!(stood >= fast);
        clock.advance_to(stood + 5);
        clock.set_pace(Pace::REAL);
        let after = clock.read();
        assert!((stood + 5..stood + 1_000_000_000).contains(&after), "{stood} {after}");
    }

    #[test]
    fn at_the_moment_of_a_time_the_clock_shows_it() {
        for speed in [1.0, 3.0, 10.0, 0.7] {
            let clock = Clock::new(Pace::Real(speed));
            let time = clock.read() + 2_000_001;
            let moment = clock.instant(time);
            sleep(moment.saturating_duration_since(Instant::now()));
            assert!(clock.read() >= time, "x{speed}");
        }
        let clock = Clock::new(Pace::Real(0.001));
        assert!(clock.instant(Nanos::MAX) > Instant::now());
    }

    #[test]
    fn a_held_clock_stands_still() {
        for new_pace in [None, Some(Pace::REAL), Some(Pace::Real(0.5))] {
            let clock = Clock::new(Pace::REAL);
            clock.hold();
            let before = clock.read();
            sleep(100 * MS);
            if let Some(pace) = new_pace {
                clock.set_pace(pace);
            }
            sleep(100 * MS);
            clock.hold();
            assert_eq!(clock.read(), before);
            // what was held does not count, and what comes then does
            let released = Instant::now();
            clock.release();
            assert!(Duration::from_nanos(clock.read() - before) <= released.elapsed(), "{new_pace:?}");
            let gone_on = clock.read();
            sleep(2 * MS);
            assert!(clock.read() > gone_on, "{new_pace:?}");
        }
    }

    #[test]
    fn a_clock_that_starts_again_is_not_held() {
        let clock = Clock::new(Pace::REAL);
        clock.hold();
        clock.restart();
        sleep(2 * MS);
        assert!(clock.read() >= 2_000_000);
    }
}
