//! How a run goes to its end: by itself, or because it can't go on.

use super::watch::{RunWatch, cancel_all};
use super::{Aftermath, End, Session, Stop, deadlock, speak};
use crate::engine::drive::{Stopped, drive};
use crate::engine::task::Outcome;
use crate::engine::{Task, TaskRef};

/// How often main is cancelled after a deadlock before it is given up.
const MOST_CANCELS: usize = 20;

impl Session {
    /// Runs tasks until `main` has ended; in step mode it stops before each step.
    pub(super) async fn see_through(&mut self, main: TaskRef) -> End {
        let mut watch = RunWatch::new(main, self.eyes());
        watch.stepper = self.begin_steps();
        let stopped = drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
        self.end_steps(watch.stepper.take());
        self.conclude(watch, stopped).await
    }

    /// Somebody wanted an end of a run before its text was read.
    pub(super) fn stopped_unread(&mut self) -> End {
        self.forget_order();
        self.aftermath = Aftermath::default();
        self.kernel.begin_run(); // of which there is nothing to be seen
        let stop = self.control.take();
        match stop {
            Some(Stop::Timeout) => self.report(&speak::timeout_report(&self.kernel, &self.control)),
            Some(Stop::All) => cancel_all(&self.kernel, &self.control),
            _ => {}
        }
        stop.map_or(End::Cancelled, End::Stopped)
    }

    /// A run has stopped: ends it if it can't go on, and says how it ended.
    pub(super) async fn conclude(&mut self, mut watch: RunWatch, stopped: Stopped) -> End {
        let main = watch.main.clone();
        let deadlock = stopped == Stopped::Deadlock && !main.is_done();
        if deadlock {
            self.speaker.report(&deadlock::deadlock_report(&self.kernel));
            self.aftermath.named = self.kernel.tasks().iter().map(|t| t.id).collect();
            self.aftermath.held = deadlock::held_by_main(&self.kernel);
            // a `defer` that waits for ever needs another
            for _ in 0..MOST_CANCELS {
                self.kernel.cancel(&main);
                drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
                if main.is_done() {
                    break;
                }
            }
        }
        self.kernel.spare_before(0);
        (self.aftermath.left, self.aftermath.cancelled) = watch.of_run.into_iter().partition(|t| !t.is_done());
        self.aftermath.cancelled.retain(|t| matches!(t.outcome(), Some(Outcome::Cancelled)));
        self.scope = self.kernel.take_retired().unwrap_or_default();
        self.control.end();
        let (exit, stop) = (watch.exit, watch.stop);
        drop(watch.main);
        let end = match (Task::last_outcome(main), exit) {
            _ if deadlock => End::Deadlock,
            (Some(Outcome::Failed(failure)), _) => End::Failed(failure),
            (_, Some(value)) => End::Exited(value),
            // a stop can come so late that main has no more await to be cancelled at
            (Some(Outcome::Value(value)), _) => stop.map_or(End::Value(value), End::Stopped),
            (Some(Outcome::Cancelled) | None, _) => stop.map_or(End::Cancelled, End::Stopped),
        };
        self.report_end(&end);
        self.report_failed(false);
        end
    }

    fn report_end(&self, end: &End) {
        if let End::Failed(failure) = end {
            let variables = self.variable_names();
            self.speaker.report(&speak::failure_report(failure, variables, self.functions()));
        }
    }
}
