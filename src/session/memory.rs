//! The memory of the process, looked at by a thread of its own while scripts are evaluated.
//!
//! No count of operations and no size of one value bounds memory: what doubles grows to the machine's end in thirty
//! operations, and much may be small. So the thread looks at what the process uses, some hundred times a second, and
//! says so through flags that an evaluation can read at no cost. It sleeps while nothing is evaluated.
//!
//! Where the addresses of the process are limited (`ulimit -v`), what is used does not say what is left: the thread asks
//! for some memory, and gives it back.

use std::ops::RangeInclusive;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering::Relaxed};
use std::thread::{self, Thread};
use std::time::Duration;

use super::engine::STACK;
use crate::limits::{self, used};

/// How often it looks, and how many times in vain before it sleeps.
const PAUSE: Duration = Duration::from_millis(5);
const PATIENCE: u32 = 200;
/// So much more must there be to be had where addresses are limited, as a text of 64 MiB may be copied and doubled in one
/// operation: a part of what is beyond the loop's stack, from the first to the second, but less where that is not there
/// from the beginning.
const SPARE: RangeInclusive<usize> = 64 << 20..=256 << 20;
const PART: usize = 3;
const LEAST: usize = 16 << 20;
/// Who was told that there is less has so many looks of time to give some back, as long as there is half of that.
const GRACE: u32 = 20;
/// Growth by so much is noted, or by an eighth of what there is.
const GROWTH: usize = 8 << 20;

/// Something is evaluated.
static BEAT: AtomicBool = AtomicBool::new(false);
/// The thread sleeps.
static ASLEEP: AtomicBool = AtomicBool::new(false);
/// There is more than may be, and nobody has been told.
static OVER: AtomicBool = AtomicBool::new(false);
/// Somebody has been told since the thread looked last.
static HEARD: AtomicBool = AtomicBool::new(false);
/// How often memory has grown.
static GROWN: AtomicU32 = AtomicU32::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);
static WATCHER: std::sync::OnceLock<Thread> = std::sync::OnceLock::new();

/// From now on, more than `limit` bytes are too much. Where the system does not say what is used, anything goes.
pub fn watch(limit: usize) {
    static ONCE: Once = Once::new();
    LIMIT.store(limit, Relaxed);
    ONCE.call_once(|| {
        if used().is_some() {
            let spawned = thread::Builder::new().name("memory".into()).stack_size(256 << 10).spawn(look);
            // without a thread there is no limit
            let _ = spawned.map(|handle| WATCHER.set(handle.thread().clone()));
        }
    });
}

/// Something is evaluated: to be called now and then meanwhile.
#[inline]
pub fn beat() {
    BEAT.store(true, Relaxed);
    if ASLEEP.load(Relaxed) {
        wake();
    }
}

#[cold]
fn wake() {
    ASLEEP.store(false, Relaxed);
    if let Some(watcher) = WATCHER.get() {
        watcher.unpark();
    }
}

/// Whether there is more memory in use than may be. Asked once: the answer is an error for somebody.
#[inline]
pub fn is_over() -> bool {
    let is_over = OVER.load(Relaxed) && OVER.swap(false, Relaxed);
    if is_over {
        HEARD.store(true, Relaxed);
    }
    is_over
}

/// Changes whenever memory has grown.
#[inline]
pub fn grown() -> u32 {
    GROWN.load(Relaxed)
}

/// What was seen the last time that something was to be done about it.
#[derive(Default)]
struct Marks {
    /// When somebody was told; what is freed goes off it.
    told: usize,
    /// When growth was noted.
    noted: usize,
}

fn look() {
    let mut marks = Marks::default();
    let mut shortage = Shortage::default();
    let spare = limits::addresses().map(|addresses| spare(addresses, limits::can_have));
    let mut vain = 0;
    loop {
        thread::park_timeout(PAUSE);
        vain = if BEAT.swap(false, Relaxed) { 0 } else { vain + 1 };
        if let Some(spare) = spare
            && vain == 0
            && shortage.judge((0..=LOWEST).take_while(|halves| !limits::can_have(spare >> halves)).count())
        {
            OVER.store(true, Relaxed);
        }
        if vain > PATIENCE {
            ASLEEP.store(true, Relaxed);
            while ASLEEP.load(Relaxed) {
                thread::park();
            }
            vain = 0;
        }
        let Some(used) = used() else { continue };
        if HEARD.swap(false, Relaxed) {
            marks.heard(used);
        }
        let (over, grown) = marks.judge(used, LIMIT.load(Relaxed));
        if over {
            OVER.store(true, Relaxed);
        }
        if grown {
            GROWN.fetch_add(1, Relaxed);
        }
    }
}

/// How much more must there be to be had where so many addresses are, of which much is taken already.
fn spare(addresses: usize, can_have: impl Fn(usize) -> bool) -> usize {
    let wanted = (addresses.saturating_sub(STACK) / PART).clamp(*SPARE.start(), *SPARE.end());
    let steps = (LEAST..=wanted).rev().step_by(LEAST);
    steps.into_iter().find(|spare| can_have(spare + spare / 4)).unwrap_or(LEAST)
}

/// When somebody was told that no more memory is to be had.
#[derive(Default)]
struct Shortage {
    /// How low it was then.
    told: usize,
    /// Looks to go until that may be told again.
    grace: u32,
}

/// Nothing is lower than when an eighth of the spare memory is not to be had.
const LOWEST: usize = 3;

impl Shortage {
    /// Whether somebody is to be told, where it is so low: 0 if there is enough, 1 if less, 2 if not half of that.
    fn judge(&mut self, low: usize) -> bool {
        let tell = low > self.told || (low > 0 && self.grace == 0);
        self.told = if tell { low } else { self.told.min(low) };
        self.grace = match low {
            0 => 0,
            _ if tell => GRACE,
            _ => self.grace - 1,
        };
        tell
    }
}

impl Marks {
    /// Somebody has been told, and perhaps late: what has grown until then is not told again.
    fn heard(&mut self, used: usize) {
        self.told = self.told.max(used);
    }

    /// Whether somebody is to be told that there is too much, and whether there is notably more than before. Who was
    /// told needs time to give memory back, and need not give back what it was not that took it.
    fn judge(&mut self, used: usize, limit: usize) -> (bool, bool) {
        self.told = if used > limit { self.told.min(used) } else { 0 };
        let over = used > limit && (self.told == 0 || used > self.told.saturating_add(limit / 8));
        if over {
            self.told = used;
        }
        let grown = used > self.noted.saturating_add(GROWTH.max(self.noted / 8));
        if grown || used < self.noted {
            self.noted = used;
        }
        (over, grown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_told_once_until_it_grows_further() {
        let mut marks = Marks::default();
        let told = |used: usize, marks: &mut Marks| marks.judge(used << 20, 800 << 20).0;
        let seen = [700, 801, 850, 890, 905, 850, 940, 960, 700, 790, 805].map(|used| told(used, &mut marks));
        assert_eq!(seen, [false, true, false, false, true, false, false, true, false, false, true]);
    }

    #[test]
    fn who_hears_late_is_not_told_twice() {
        let mut marks = Marks::default();
        assert!(marks.judge(801 << 20, 800 << 20).0);
        marks.heard(1_600 << 20);
        let seen = [1_600, 1_650, 1_750].map(|used: usize| marks.judge(used << 20, 800 << 20).0);
        assert_eq!(seen, [false, false, true]);
    }

    #[test]
    fn who_is_short_of_memory_has_time_to_give_some_back() {
        let mut shortage = Shortage::default();
        assert!(!shortage.judge(0) && shortage.judge(1));
        assert!((0..GRACE).all(|_| !shortage.judge(1)));
        assert!(shortage.judge(1) && !shortage.judge(0) && shortage.judge(1));
        assert!(shortage.judge(2) && !shortage.judge(2) && shortage.judge(3), "it gets worse");
        assert!(!shortage.judge(1) && shortage.judge(2));
    }

    #[test]
    fn what_is_kept_free_goes_by_what_there_is() {
        let of = |beyond: usize, left: usize| spare(STACK + (beyond << 20), |bytes| bytes <= left << 20) >> 20;
        assert_eq!([0, 100, 600, 5_000].map(|beyond| of(beyond, 5_000)), [64, 64, 200, 256]);
        assert_eq!([100, 30, 0].map(|left| of(600, left)), [72, 24, 16]);
    }

    #[test]
    fn growth_is_noted_in_steps() {
        let mut marks = Marks::default();
        let seen = [20, 22, 29, 200, 210, 240, 10, 20].map(|used| marks.judge(used << 20, usize::MAX).1);
        assert_eq!(seen, [true, false, true, true, false, true, false, true]);
    }
}
