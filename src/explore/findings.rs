//! What was found, to be told.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::options::{Options, Shard};
use super::outcome::{Kind, Outcome};
use super::run::{Follow, Runner, Stage, Start};
use super::schedule::Schedule;
use super::search::{Early, Found, Search, Shared};
use super::snapshot::Snapshot;
use crate::engine::token::Token;
use crate::report::Report;
use crate::session::deadlock_report;
use crate::trace::recording::Recording;

/// What came of an exploration.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Whether every schedule was run.
    pub covered: bool,
    /// How many were run, and how many of these were drawn, so that one may have been run twice.
    pub schedules: u64,
    pub drawn: u64,
    /// Whether those that were not drawn stand for all schedules that differ from them only in the order of independent
    /// steps.
    pub reduced: bool,
    /// About how many schedules there are in all, where not all were run; at most [`MANY`]. None if that is fewer than
    /// were run: of drawn ones the same may be run many times.
    pub estimate: Option<f64>,
    pub elapsed: Duration,
    pub shard: Shard,
    /// Why it ended before its time.
    pub ended: Option<Early>,
    /// Values first, then errors and deadlocks; of each kind the most frequent first.
    pub outcomes: Vec<OutcomeFound>,
}

/// One outcome.
#[derive(Clone, Debug)]
pub struct OutcomeFound {
    pub outcome: Outcome,
    /// Schedules that lead to it.
    pub count: u64,
    /// The shortest that was found.
    pub schedule: Schedule,
    pub token: Token,
    /// The names of the tasks of that schedule, if it was run once more to know them.
    pub names: Vec<(u32, String)>,
    /// The recording of that run, of outcomes that are shown step by step.
    pub recording: Option<Recording>,
    /// If that is a deadlock, what `run` would say of it: that it is one, who waits for what, what to do.
    pub deadlock: Vec<String>,
}

impl OutcomeFound {
    /// The order in which outcomes are shown step by step: what goes wrong, then the rarest.
    pub fn rank(&self) -> (bool, u64) {
        (self.outcome.kind == Kind::Value, self.count)
    }
}

/// An estimate is cut off there; more cannot be told apart.
pub const MANY: f64 = 1e300;

/// So long somebody who has stopped it waits for the names of what is not shown step by step.
const PATIENCE: Duration = Duration::from_secs(2);
/// So many outcomes are shown step by step.
const SHOWN: usize = 3;

impl Findings {
    /// The worst that may happen.
    pub fn worst(&self) -> Option<Kind> {
        self.outcomes.iter().map(|o| o.outcome.kind).max()
    }

    /// Whether all there is to tell is a value.
    pub fn is_one_value(&self) -> bool {
        self.outcomes.len() == 1 && self.worst() == Some(Kind::Value)
    }

    /// The recording of the outcome that is shown first.
    pub fn first_shown(&self) -> Option<&Recording> {
        let first = self.outcomes.iter().filter(|o| o.recording.is_some()).min_by_key(|o| o.rank())?;
        first.recording.as_ref()
    }

    fn new(found: Found, covered: bool, options: &Options, base: &Token, elapsed: Duration) -> Self {
        let mut outcomes: Vec<OutcomeFound> = found
            .tally
            .outcomes
            .into_iter()
            .map(|(outcome, tallied)| OutcomeFound {
                outcome,
                count: tallied.count,
                token: base.with(&tallied.best.choices),
                schedule: tallied.best,
                names: Vec::new(),
                recording: None,
                deadlock: Vec::new(),
            })
            .collect();
        outcomes.sort_by(|a, b| {
            let kind = a.outcome.kind.cmp(&b.outcome.kind);
            kind.then_with(|| b.count.cmp(&a.count)).then_with(|| a.outcome.cmp(&b.outcome))
        });
        let (sum, count) = found.estimates;
        Self {
            covered,
            schedules: found.runs,
            drawn: found.drawn,
            reduced: found.reduced,
            estimate: ((!covered || found.reduced) && count > 0)
                .then(|| (sum / count as f64).min(MANY))
                .filter(|estimate| *estimate > found.runs as f64),
            elapsed,
            shard: options.shard,
            ended: found.ended,
            outcomes,
        }
    }

    /// What several threads have found together. Tokens are `base` with choices.
    pub fn of_threads(founds: Vec<Found>, shared: &Shared, options: &Options, base: &Token, began: Instant) -> Self {
        let mut all = Found::default();
        founds.into_iter().for_each(|found| all.merge(found));
        let covered = !shared.cut.load(Ordering::Relaxed);
        Self::new(all, covered, options, base, began.elapsed())
    }

    /// Runs the shortest schedule of the first `most` outcomes once more, to know the names of its tasks.
    pub async fn name(&mut self, runner: &mut Runner<'_>, most: usize) {
        let kernel = runner.stage.kernel.clone();
        let shown = self.shown();
        let (began, is_urgent) = (Instant::now(), self.ended.is_some());
        for (index, found) in self.outcomes.iter_mut().enumerate() {
            let is_late = is_urgent && began.elapsed() > PATIENCE;
            if (index >= most || is_late) && !shown.contains(&index) {
                continue;
            }
            kernel.set_recorded(true);
            runner.bounds.steps = found.schedule.len(); // one that does not end is shown as far as it went
            runner.run(&mut Follow::new(&found.schedule.choices)).await;
            let recording = kernel.recording.borrow();
            let mut tasks = found.schedule.tasks.clone();
            tasks.sort_unstable();
            tasks.dedup();
            found.names = tasks.into_iter().map(|t| (t, recording.task_name(t).to_string())).collect();
            found.recording = shown.contains(&index).then(|| recording.clone());
            drop(recording);
            let is_deadlock = found.recording.is_some() && found.outcome.kind == Kind::Deadlock;
            if is_deadlock {
                found.deadlock = lines_of(deadlock_report(&kernel));
            }
            kernel.set_recorded(false);
        }
    }

    /// The outcomes that are shown step by step.
    fn shown(&self) -> Vec<usize> {
        let mut list: Vec<usize> = (0..self.outcomes.len()).collect();
        list.sort_by_key(|&index| self.outcomes[index].rank());
        list.truncate(SHOWN);
        list
    }
}

fn lines_of(report: Report) -> Vec<String> {
    let help = report.help.map(|help| format!("= help: {help}"));
    std::iter::once(format!("deadlock: {}", report.title)).chain(report.body).chain(help).collect()
}

/// Explores on the present thread. Tokens are `base` with choices.
pub async fn explore(
    stage: Stage<'_>,
    start: Start,
    snapshot: Snapshot,
    options: &Options,
    base: &Token,
    progress: &dyn Fn(u64),
) -> Findings {
    let (began, shared) = (Instant::now(), Shared::default());
    let options = Options { jobs: 1, ..options.clone() };
    let mut search = Search::new(Runner::new(stage, start, snapshot), &options, &shared, progress);
    search.go().await;
    let Search { mut runner, found, .. } = search;
    (runner.stage.heeded)();
    let mut findings = Findings::of_threads(vec![found], &shared, &options, base, began);
    findings.name(&mut runner, options.named).await;
    findings
}
