//! What comes of a run.

use std::collections::HashMap;
use std::fmt;

use rhai::{Array, Dynamic, Map};

use super::schedule::Schedule;
use crate::engine::errors::message_of;
use crate::engine::task::Outcome as End;
use crate::engine::{Kernel, TaskRef};
use crate::lang::Failure;
use crate::lang::touch::is_held;
use crate::session::inspect;
use crate::trace::without_ports;
use crate::units::count;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Outcome {
    pub kind: Kind,
    /// The value, the error, or who waits for what. Complete, so that outcomes that differ have texts that differ; but
    /// without the ports that the system gives to the demo server, which are others in each run.
    pub text: String,
}

/// What sort of end it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Value,
    Error,
    Deadlock,
    /// It had not ended after as many steps, or operations, as it was given.
    Livelock,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Value, Self::Error, Self::Deadlock, Self::Livelock];

    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Error => "error",
            Self::Deadlock => "deadlock",
            Self::Livelock => "livelock",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Value => f.write_str(&self.text),
            kind => write!(f, "{}: {}", kind.word(), self.text),
        }
    }
}

/// How deep values are shown; what lies deeper does not tell outcomes apart.
const DEPTH: usize = 32;

impl Outcome {
    /// How the task `main` ended.
    pub fn of_main(end: &End) -> Self {
        match end {
            End::Value(value) => Self::new(Kind::Value, &full_text(value, DEPTH)),
            End::Failed(failure) => Self::new(Kind::Error, &error_text(failure)),
            End::Cancelled => Self::new(Kind::Error, "cancelled"),
        }
    }

    /// How a run ended of which `main`, or an `exit`, was the end: failures of tasks that nobody awaited count, too.
    pub fn of_run(kernel: &Kernel, end: &End) -> Self {
        let unseen = if matches!(end, End::Value(_)) { unseen_text(kernel) } else { None };
        unseen.map_or_else(|| Self::of_main(end), |text| Self::new(Kind::Error, &text))
    }

    fn new(kind: Kind, text: &str) -> Self {
        Self { kind, text: without_ports(text).into_owned() }
    }

    /// Nobody can go on: who waits for what.
    pub fn deadlock(kernel: &Kernel) -> Self {
        let tasks = kernel.tasks();
        // of those who wait for others of the circle, as main does in a `gather`, nothing new is to be told
        let of_tasks: Vec<&TaskRef> = tasks.iter().filter(|t| t.is_waiting() && t.id != 0).collect();
        let waiting = if of_tasks.is_empty() { tasks.iter().collect() } else { of_tasks };
        let text: Vec<String> = waiting.into_iter().map(|t| waits_text(kernel, t)).collect();
        Self { kind: Kind::Deadlock, text: text.join(", ") }
    }

    /// It was not over after so many steps.
    pub fn livelock(steps: usize) -> Self {
        Self { kind: Kind::Livelock, text: format!("did not end within {} steps", count(steps as u64)) }
    }

    /// A step of it was not over after so many operations of the run.
    pub fn endless(operations: u64) -> Self {
        let text = format!("did not end within {} operations", count(operations));
        Self { kind: Kind::Livelock, text }
    }
}

fn waits_text(kernel: &Kernel, task: &TaskRef) -> String {
    let who = task.who();
    let line = inspect::place_of(kernel, task).map_or(String::new(), |p| format!(" (line {})", p.line));
    let text = kernel.waits_text(task);
    let holders = kernel.ask_op(task, |op| op.holders()).unwrap_or_default();
    let held: Vec<String> = holders
        .iter()
        .map(|holder| {
            let ended = if holder.task.is_done() { ", which has ended" } else { "" };
            format!("{}{ended}", holder.task.who())
        })
        .collect();
    let by = if held.is_empty() { "" } else { " held by " };
    format!("{who}{line} waits for {text}{by}{}", held.join(" and "))
}

/// The tasks that have failed, and that nobody awaited; none if there are none.
fn unseen_text(kernel: &Kernel) -> Option<String> {
    let mut failed = kernel.take_failed(true);
    failed.sort_by_key(|task| task.id);
    let text = |task: &TaskRef| match task.outcome() {
        Some(End::Failed(failure)) if !failure.is_stop() => {
            let error = error_text(&failure);
            Some(format!("{} failed, and nobody awaited it: {error}", task.who()))
        }
        _ => None,
    };
    let texts: Vec<String> = failed.iter().filter_map(text).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

fn error_text(failure: &Failure) -> String {
    match failure.kind() {
        Some(kind) if kind.starts_with(|c: char| c.is_ascii_lowercase()) => format!("{kind}: {}", message_of(failure)),
        _ => message_of(failure),
    }
}

/// A value as in code, with nothing left out.
fn full_text(value: &Dynamic, depth: usize) -> String {
    if let Ok(n) = value.as_int() {
        return n.to_string();
    }
    if depth == 0 || is_held(value) {
        return "…".to_string();
    }
    if let Some(list) = value.read_lock::<Array>() {
        let items: Vec<String> = list.iter().map(|v| full_text(v, depth - 1)).collect();
        return format!("[{}]", items.join(", "));
    }
    if let Some(map) = value.read_lock::<Map>() {
        let items: Vec<String> = map.iter().map(|(k, v)| format!("{k}: {}", full_text(v, depth - 1))).collect();
        return format!("#{{{}}}", items.join(", "));
    }
    match value.is_string() {
        true => crate::term::quoted(&value.to_string()),
        false => crate::stdlib::inspect(value, depth),
    }
}

/// Outcomes, how many schedules led to each, and the shortest of them.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub outcomes: HashMap<Outcome, Tallied>,
}

/// What is known of one outcome.
#[derive(Clone, Debug)]
pub struct Tallied {
    /// How many schedules lead to it.
    pub count: u64,
    pub best: Schedule,
}

impl Tallied {
    /// Whether a schedule shows the outcome better. Those that do not end are all of one length: of them the one that
    /// soonest leaves all to the queue.
    fn is_better(&self, schedule: &Schedule, kind: Kind) -> bool {
        match kind {
            Kind::Livelock => schedule.is_plainer(&self.best),
            _ => schedule.is_shorter(&self.best),
        }
    }
}

impl Tally {
    /// One run.
    pub fn note(&mut self, outcome: Outcome, schedule: &Schedule) {
        let kind = outcome.kind;
        match self.outcomes.get_mut(&outcome) {
            Some(tallied) => {
                tallied.count += 1;
                if tallied.is_better(schedule, kind) {
                    tallied.best.clone_from(schedule);
                }
            }
            None => {
                self.outcomes.insert(outcome, Tallied { count: 1, best: schedule.clone() });
            }
        }
    }

    /// Adds what another has found.
    pub fn merge(&mut self, other: Self) {
        for (outcome, tallied) in other.outcomes {
            match self.outcomes.get_mut(&outcome) {
                Some(mine) => {
                    mine.count += tallied.count;
                    if mine.is_better(&tallied.best, outcome.kind) {
                        mine.best = tallied.best;
                    }
                }
                None => {
                    self.outcomes.insert(outcome, tallied);
                }
            }
        }
    }
}
