//! What concurrency gained: `3 tasks  0.30 s  (0.60 s one after another, 2.0x)`.
//!
//! "One after another" is the time that the tasks would take if each were alone: the time in which it ran, and in
//! which it waited for a clock or for the world outside. Waiting for other tasks, locks and the thread is not
//! counted: alone there would be none. Nor is a wait that had no end within the recording: nothing came of it.

use super::Options;
use super::timeline::{State, Timeline};
use crate::trace::event::NO_TASK;
use crate::trace::recording::Recording;
use crate::units;

/// Below this the gain is not worth a word.
const MIN_GAIN: f64 = 1.05;

/// The times of a run, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Tasks that have events, without main.
    pub tasks: usize,
    /// From the first event to the last.
    pub wall: u64,
    /// What the tasks, main included, would take one after another; `None` if events were dropped.
    pub alone: Option<u64>,
}

impl Summary {
    /// Adds it all up.
    pub fn of(recording: &Recording) -> Summary {
        let timeline = Timeline::of_time(recording);
        let mut alone: u64 = 0;
        let mut tasks: Vec<u32> = Vec::new();
        let mut last = NO_TASK;
        timeline.for_each_span(|span| {
            let counts = match span.state {
                State::Running => true,
                State::Waiting(class) => class.is_own_time() && !span.open,
                State::Ready => false,
            };
            if counts {
                alone = alone.saturating_add(span.end - span.start);
            }
            if span.task != last && span.task != 0 {
                tasks.push(span.task);
            }
            last = span.task;
        });
        tasks.sort_unstable();
        tasks.dedup();
        Summary { tasks: tasks.len(), wall: timeline.length(), alone: (recording.dropped() == 0).then_some(alone) }
    }

    /// How many times faster the run was than one task after another; `None` where that says nothing.
    pub fn gain(&self) -> Option<f64> {
        let gain = self.alone? as f64 / self.wall as f64;
        (self.wall > 0 && self.tasks > 0 && gain >= MIN_GAIN).then_some(gain)
    }
}

/// The summary with a newline; two lines where one would be too wide.
pub fn line(recording: &Recording, options: &Options) -> String {
    let summary = Summary::of(recording);
    let tasks = match summary.tasks {
        0 => "main only".to_string(),
        1 => "1 task".to_string(),
        n => format!("{} tasks", units::count(n as u64)),
    };
    let clock = if recording.virtual_time() { " virtual" } else { "" };
    let mut text = format!("{tasks}  {}{clock}", units::duration(summary.wall));
    if let (Some(gain), Some(alone)) = (summary.gain(), summary.alone) {
        let gain = if gain < 99.5 { format!("{gain:.1}") } else { units::count(gain as u64) };
        let alone = units::duration(alone);
        let long = format!("  ({alone} one after another, {gain}x)");
        if text.len() + long.len() <= options.columns() {
            text.push_str(&long);
        } else if long.len() <= options.columns() {
            text = format!("{text}\n{long}");
        } else {
            text = format!("{text}\n  ({alone} in turn, {gain}x)");
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::{GATHER, recording};

    fn summary(script: &str) -> String {
        line(&recording(script), &Options::default())
    }

    #[test]
    fn waits_that_overlap_are_the_gain() {
        assert_eq!(summary(GATHER), "3 tasks  0.30 s  (0.60 s one after another, 2.0x)\n");
        let narrow = Options { width: 40, ..Options::default() };
        assert_eq!(line(&recording(GATHER), &narrow), "3 tasks  0.30 s\n  (0.60 s one after another, 2.0x)\n");
    }

    #[test]
    fn waiting_for_others_is_no_gain() {
        let script = "0 0 started\n0 1 created a\n0 0 suspended task gather\n0 1 started
            0 1 suspended sync lock\n500 1 woken\n900 1 resumed\n1000 1 finished\n1000 0 finished";
        assert_eq!(summary(script), "1 task  1.00 s\n");
    }

    #[test]
    fn an_endless_wait_is_no_gain_and_a_cancelled_one_counts_as_far_as_it_went() {
        let endless = "0 0 started\n0 1 created a\n0 1 started\n0 1 suspended io accept\n1000 0 finished";
        assert_eq!(summary(endless), "1 task  1.00 s\n");
        let cancelled = format!("{endless}\n1000 1 cancelled");
        assert_eq!(summary(&cancelled), "1 task  1.00 s  (2.00 s one after another, 2.0x)\n");
    }

    #[test]
    fn main_alone_and_no_time_at_all() {
        assert_eq!(summary("0 0 started\n20 0 finished"), "main only  20.0 ms\n");
        assert_eq!(summary("0 0 started\n0 1 created a\n0 0 finished"), "1 task  0 s\n");
    }

    #[test]
    fn a_virtual_clock_is_named() {
        let mut recording = recording("0 0 started\n60000 0 finished");
        recording.set_virtual_time(true);
        let text = line(&recording, &Options::default());
        assert_eq!(text, "main only  1 min 00 s virtual\n");
    }
}
