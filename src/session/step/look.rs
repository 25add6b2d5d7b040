//! What a stopped run looks like, as plain data: who is ready, who waits where for what, their variables, the timers.

use std::collections::HashMap;

use rhai::Dynamic;

use super::super::inspect;
use crate::engine::clock::Nanos;
use crate::engine::task::State;
use crate::engine::{Kernel, TaskRef};
use crate::trace::event::{Event, Kind};
use crate::trace::recording::Recording;

/// How deep a value is shown.
const DEPTH: usize = 2;

/// A stopped run.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// The number of the step that is next, from 1.
    pub number: u64,
    pub now: Nanos,
    /// What happened since the run was stopped last.
    pub happened: Happened,
    pub ready: Vec<Row>,
    pub waiting: Vec<Row>,
    pub timers: Vec<Timer>,
}

/// What happened between two stops.
#[derive(Clone, Debug, Default)]
pub(super) struct Happened {
    /// `main ran: `, or all there is to tell of several steps.
    pub lead: String,
    /// What the task did, one after another; the last is what it waits for, or how it ended.
    pub parts: Vec<String>,
}

/// A task of a stopped run.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub id: u32,
    pub name: String,
    /// `line 3`; with the source's name if that is not the script.
    pub at: String,
    /// The text of that line.
    pub text: String,
    /// What it waits for.
    pub on: String,
    pub variables: Vec<Variable>,
}

/// A variable of a task's innermost function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Variable {
    pub name: String,
    pub value: String,
    /// What it was when the run was stopped last, if that was something else.
    pub was: Option<String>,
    /// Whether it has come into being since then.
    pub new: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Timer {
    pub task: String,
    /// In nanoseconds.
    pub left: Nanos,
}

/// What was shown at the last stop, to tell what has changed.
#[derive(Debug, Default)]
pub(super) struct Memory {
    values: HashMap<(u32, String), String>,
    /// How many events there were.
    events: u64,
}

/// `1 "a"`, `main`.
pub(super) fn title(id: u32, name: &str) -> String {
    if id == 0 { "main".to_string() } else { format!("{id} \"{name}\"") }
}

impl Look {
    /// Looks at the loop, and remembers what was seen.
    pub(super) fn new(kernel: &Kernel, number: u64, memory: &mut Memory) -> Self {
        let now = kernel.clock.read();
        let waiting: Vec<TaskRef> = kernel.tasks().into_iter().filter(|t| t.is_waiting()).collect();
        let recording = kernel.recording.borrow();
        let happened = happened(&recording, memory.events);
        let events = recording.total();
        drop(recording);
        let mut values = HashMap::new();
        let script = script(kernel);
        let mut rows = |tasks: &[TaskRef]| -> Vec<Row> {
            tasks.iter().map(|task| row(kernel, task, &script, &memory.values, &mut values)).collect()
        };
        let (ready, waiting) = (rows(&kernel.ready_tasks()), rows(&waiting));
        *memory = Memory { values, events };
        let timers = kernel
            .deadlines()
            .into_iter()
            .map(|(deadline, task)| Timer { task: title(task.id, &task.name), left: deadline.saturating_sub(now) });
        Self { number, now: now.saturating_sub(kernel.epoch()), happened, ready, waiting, timers: timers.collect() }
    }
}

/// A value as it is shown. Functions do not change, and tasks have rows of their own.
fn value_text(value: &Dynamic) -> Option<String> {
    let plain = !value.is_fnptr() && value.read_lock::<TaskRef>().is_none();
    plain.then(|| crate::stdlib::inspect(value, DEPTH))
}

/// The name of the source that main runs.
fn script(kernel: &Kernel) -> String {
    let main = kernel.task(0).map(|main| inspect::calls_of(kernel, &main));
    main.and_then(|calls| calls.first().map(|(_, place)| place.source.name.clone())).unwrap_or_default()
}

fn row(
    kernel: &Kernel,
    task: &TaskRef,
    script: &str,
    before: &HashMap<(u32, String), String>,
    after: &mut HashMap<(u32, String), String>,
) -> Row {
    let place = inspect::place_of(kernel, task);
    let (at, text) = place.map_or_else(Default::default, |place| {
        let text = place.source.line(place.line).trim().to_string();
        let at = if place.source.name == script { format!("line {}", place.line) } else { inspect::line_of(&place) };
        (at, text)
    });
    let known = before.keys().any(|(id, _)| *id == task.id);
    let variables = inspect::variables_in(kernel, task, value_text).into_iter().map(|(name, value)| {
        let key = (task.id, name);
        let (was, new) = match before.get(&key) {
            Some(old) if *old != value => (Some(old.clone()), false),
            Some(_) => (None, false),
            None => (None, known),
        };
        after.insert(key.clone(), value.clone());
        Variable { name: key.1, value, was, new }
    });
    let variables = variables.collect();
    let on = if task.state() == State::Waiting { inspect::waits_for(kernel, task) } else { String::new() };
    Row { id: task.id, name: task.name.to_string(), at, text, on, variables }
}

/// What happened since so many events: in one step, or in several.
fn happened(recording: &Recording, since: u64) -> Happened {
    let events: Vec<Event> = recording.events_since(since).collect();
    let turns: Vec<u32> =
        events.iter().filter(|e| matches!(e.kind, Kind::Started | Kind::Resumed)).map(|e| e.task).collect();
    let name = |id: u32| title(id, recording.task_name(id));
    match turns.as_slice() {
        [] => Happened::default(),
        [task] => one_step(recording, &events, *task),
        several => {
            let mut names: Vec<String> = several.iter().rev().take(8).map(|id| name(*id)).collect();
            names.reverse();
            let more = if several.len() > names.len() { "..., " } else { "" };
            Happened { lead: format!("{} steps: {more}{}", several.len(), names.join(", ")), parts: Vec::new() }
        }
    }
}

fn one_step(recording: &Recording, events: &[Event], task: u32) -> Happened {
    let name = |id: u32| title(id, recording.task_name(id));
    let mut parts: Vec<String> = Vec::new();
    for event in events {
        let text = recording.get_text(event.text());
        let part = match event.kind {
            Kind::Printed if event.task == task => format!("printed {text:?}"),
            Kind::Created if event.cause() == Some(task) => format!("made {}", name(event.task)),
            Kind::Woken if event.cause() == Some(task) && event.task != task => format!("woke {}", name(event.task)),
            Kind::Cancelled if event.task != task => format!("ended {}", name(event.task)),
            Kind::Suspended if event.task == task => format!("waits for {text}"),
            Kind::Finished if event.task == task => "is done".to_string(),
            Kind::Failed if event.task == task => format!("failed: {text}"),
            Kind::Cancelled => "was cancelled".to_string(),
            _ => continue,
        };
        parts.push(part);
    }
    Happened { lead: format!("{} ran: ", name(task)), parts }
}
