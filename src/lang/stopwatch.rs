//! How long steps take, at next to no cost: by a clock that ticks every few milliseconds, where the system has one.
//! It is good enough to tell which step of a turn has blocked the loop.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
const CLOCK: ClockId = ClockId::MonotonicCoarse;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const CLOCK: ClockId = ClockId::Monotonic;

/// The steps of the frame that runs.
#[derive(Default)]
pub struct Stopwatch {
    /// When the last step was over.
    mark: u64,
    /// The step that took longest since it was asked for, and how long.
    longest: (u64, u32),
    /// The loops that the frame is in, by their first steps, each in the one before; and when the first turn of each was
    /// over.
    loops: Vec<(u32, u64)>,
}

impl Stopwatch {
    /// A frame goes on.
    #[inline]
    pub fn start(&mut self) {
        self.mark = now();
    }

    /// A step is over.
    #[inline]
    pub fn step(&mut self, step: u32) {
        let before = std::mem::replace(&mut self.mark, now());
        self.note(before, step);
    }

    /// A loop begins another turn, at its first step. All its turns count as one step.
    #[inline]
    pub fn turn_of_loop(&mut self, first: u32) {
        while self.loops.last().is_some_and(|(inner, _)| *inner > first) {
            self.loops.pop(); // those in it have ended
        }
        match self.loops.last() {
            Some((same, before)) if *same == first => self.note(*before, first + 1),
            _ => self.loops.push((first, self.mark)),
        }
    }

    /// How long the step took that took longest since the last call, in nanoseconds, and which it was; the step after
    /// it, as a frame counts. 0 is shorter than a tick.
    #[inline]
    pub fn take_longest(&mut self) -> (u64, u32) {
        self.loops.clear();
        std::mem::take(&mut self.longest)
    }

    #[inline]
    fn note(&mut self, before: u64, step: u32) {
        let took = self.mark.saturating_sub(before);
        if took > self.longest.0 {
            self.longest = (took, step);
        }
    }
}

#[inline]
fn now() -> u64 {
    let time = clock_gettime(CLOCK);
    let seconds = Duration::from_secs(time.tv_sec.unsigned_abs());
    (seconds.as_nanos() as u64).wrapping_add(time.tv_nsec.unsigned_abs())
}
