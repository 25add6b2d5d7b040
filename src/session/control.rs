//! Stopping a run from outside: Ctrl-C, a time limit, a signal. Asked by other threads, heeded between turns and, for
//! code that never yields, in the middle of an evaluation.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rhai::Dynamic;

use crate::engine::inbox::Inbox;
use crate::lang::failure::STOP;
use crate::trace::event::SiteId;

/// Why a run is stopped; of several reasons that come before one is heeded, the last of these counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// Ctrl-C: the foreground run.
    Foreground,
    /// The time limit has come.
    Timeout,
    /// Ctrl-C twice: all tasks.
    All,
    /// SIGHUP.
    HungUp,
    /// SIGTERM.
    Terminated,
}

/// The switch between a run and those who may stop it.
#[derive(Debug, Default)]
pub struct Control {
    stop: AtomicU8,
    /// How often a stop was asked for.
    asks: AtomicU32,
    /// When that was asked for.
    asked: Mutex<Option<Instant>>,
    /// The number of the first task of the foreground run; those before it are in the background.
    first: AtomicU32,
    inbox: Mutex<Option<Arc<Inbox>>>,
    /// The time limit of the run, for the report.
    limit: Mutex<Option<Duration>>,
    /// The task whose evaluation was broken off because it did not yield, where, and when.
    broken_off: Mutex<Option<(u32, SiteId, Instant)>>,
}

impl Control {
    /// The loop to wake when somebody asks for a stop.
    pub fn attach(&self, inbox: Arc<Inbox>) {
        *self.inbox.lock().unwrap_or_else(PoisonError::into_inner) = Some(inbox);
    }

    /// Asks for a stop.
    pub fn ask(&self, stop: Stop) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        *self.broken_off.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.asks.fetch_add(1, Ordering::Relaxed);
        self.stop.fetch_max(stop as u8 + 1, Ordering::AcqRel);
        if let Some(inbox) = &*self.inbox.lock().unwrap_or_else(PoisonError::into_inner) {
            inbox.wake(u32::MAX);
        }
    }

    /// How often a stop was asked for so far: for work of several runs, between which none is heeded.
    pub fn asks(&self) -> u32 {
        self.asks.load(Ordering::Relaxed)
    }

    /// What was asked for, if anything; asked once.
    pub fn take(&self) -> Option<Stop> {
        if self.stop.load(Ordering::Relaxed) == 0 {
            return None;
        }
        stop_from(self.stop.swap(0, Ordering::AcqRel))
    }

    /// The same for what is meant for more than the foreground run; a stop of that is left for the run to come.
    pub fn take_wide(&self) -> Option<Stop> {
        match self.peek() {
            Some(Stop::All | Stop::HungUp | Stop::Terminated) => self.take(),
            _ => None,
        }
    }

    /// How long ago the stop was asked for that has not been heeded.
    pub fn asked_since(&self) -> Duration {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).map_or(Duration::ZERO, |at| at.elapsed())
    }

    /// Whether a stop was asked for that has not been heeded.
    #[inline]
    pub fn is_asked(&self) -> bool {
        self.stop.load(Ordering::Relaxed) != 0
    }

    /// Whether `defer`s have begun that are not over.
    pub fn runs_defers(&self) -> bool {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|inbox| inbox.runs_defers())
    }

    /// What was asked for, without taking it.
    pub fn peek(&self) -> Option<Stop> {
        stop_from(self.stop.load(Ordering::Acquire))
    }

    /// A foreground run begins, whose tasks are numbered from this.
    pub fn begin(&self, first: u32) {
        self.first.store(first, Ordering::Relaxed);
    }

    /// It has ended: what was asked for too late is forgotten, unless it is meant for the whole program.
    pub fn end(&self) {
        let foreground = Stop::Foreground as u8 + 1;
        let _ = self.stop.compare_exchange(foreground, 0, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// The number of the first task of the foreground run.
    pub fn first(&self) -> u32 {
        self.first.load(Ordering::Relaxed)
    }

    /// The run has a time limit.
    pub fn set_limit(&self, limit: Duration) {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner) = Some(limit);
    }

    /// The time limit of the run.
    pub fn limit(&self) -> Option<Duration> {
        *self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An evaluation is broken off: whose, and where it stands.
    pub(super) fn break_off(&self, task: u32, site: SiteId) {
        *self.broken_off.lock().unwrap_or_else(PoisonError::into_inner) = Some((task, site, Instant::now()));
    }

    /// The task whose evaluation was broken off because it did not yield, and where.
    pub(super) fn broken_off(&self) -> Option<(u32, SiteId)> {
        self.broken_off.lock().unwrap_or_else(PoisonError::into_inner).map(|(task, site, _)| (task, site))
    }

    /// How long ago the evaluation of this task was broken off for the stop that was asked for last, if it was.
    pub(super) fn since_broken_off(&self, id: u32) -> Option<Duration> {
        let broken_off = self.broken_off.lock().unwrap_or_else(PoisonError::into_inner);
        broken_off.filter(|(task, ..)| *task == id).map(|(.., at)| at.elapsed())
    }

    /// Whether a task belongs to the foreground run.
    pub fn is_foreground(&self, task: u32) -> bool {
        task == 0 || task >= self.first.load(Ordering::Relaxed)
    }
}

fn stop_from(n: u8) -> Option<Stop> {
    const ALL: [Stop; 5] = [Stop::Foreground, Stop::Timeout, Stop::All, Stop::HungUp, Stop::Terminated];
    ALL.get(usize::from(n).checked_sub(1)?).copied()
}

/// What an evaluation is ended with.
pub fn token(stop: Stop) -> Dynamic {
    format!("{STOP} {}", stop as u8 + 1).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is heeded after these.
    fn heeded(asked: &[Stop]) -> Option<Stop> {
        let control = Control::default();
        asked.iter().for_each(|stop| control.ask(*stop));
        assert_eq!(control.peek(), control.take());
        assert_eq!(control.take(), None);
        asked.iter().for_each(|stop| control.ask(*stop));
        control.end();
        control.take()
    }

    #[test]
    fn a_stop_of_more_is_not_undone_by_one_of_less() {
        assert_eq!(heeded(&[Stop::All, Stop::Foreground]), Some(Stop::All));
        assert_eq!(heeded(&[Stop::Terminated, Stop::Foreground, Stop::All]), Some(Stop::Terminated));
        assert_eq!(heeded(&[Stop::All, Stop::Timeout]), Some(Stop::All));
        assert_eq!(heeded(&[Stop::Foreground, Stop::Timeout]), Some(Stop::Timeout));
    }

    #[test]
    fn what_was_meant_for_a_run_is_forgotten_with_it() {
        assert_eq!(heeded(&[Stop::Foreground, Stop::Foreground]), None);
    }
}
