//! Looking into tasks that wait: where they are, what their variables are, who called whom.

use std::time::Duration;

use crate::engine::task::State;
use crate::engine::{Kernel, TaskRef};
use crate::report::Place;

/// Where a task stands: the await of its innermost frame. While it runs, where it waited last.
pub fn place_of(kernel: &Kernel, task: &TaskRef) -> Option<Place> {
    kernel.with_frames(task, |frames| frames.last().map(|f| f.place())).or_else(|| kernel.place(task.spawned))
}

/// The variables of the innermost frame of a task, oldest first.
pub fn variables_of(kernel: &Kernel, task: &TaskRef) -> Vec<(String, String)> {
    kernel
        .with_frames(task, |frames| {
            let frame = frames.last()?;
            let mut list: Vec<(String, String)> = frame
                .scope
                .iter_raw()
                .map(|(name, _, value)| (name.to_string(), crate::stdlib::inspect(value, 2)))
                .collect();
            list.reverse();
            Some(list)
        })
        .unwrap_or_default()
}

/// The chain of async calls of a task, outermost first: the function and where it awaits.
pub fn calls_of(kernel: &Kernel, task: &TaskRef) -> Vec<(String, Place)> {
    kernel
        .with_frames(task, |frames| Some(frames.iter().map(|f| (f.body.name.to_string(), f.place())).collect()))
        .unwrap_or_default()
}

/// What a task waits for, with what is left of a sleep: `sleep(1), 0.4 s left`, `lock "db", held by 7`.
pub fn waits_for(kernel: &Kernel, task: &TaskRef) -> String {
    let text = kernel.waits_text(task);
    match kernel.ask_op(task, |op| (op.holder(), op.deadline())) {
        Some((Some((holder, _)), _)) => match holder.id {
            0 => format!("{text}, held by main"),
            id => format!("{text}, held by {id}"),
        },
        Some((None, Some(deadline))) => {
            let left = deadline.saturating_sub(kernel.clock.read());
            format!("{text}, {} left", crate::trace::render::units::duration(left))
        }
        _ => text,
    }
}

/// For how long a task has been in its state.
pub fn waiting_since(kernel: &Kernel, task: &TaskRef) -> Duration {
    Duration::from_nanos(kernel.clock.read().saturating_sub(task.since()))
}

/// All about a task: who spawned it, what it waits for, held by whom, its line and its variables.
pub fn why(kernel: &Kernel, task: &TaskRef) -> String {
    let spawned = match kernel.place(task.spawned) {
        Some(place) => format!(", spawned by {} at {place}", name_of(kernel, task.parent)),
        None => String::new(),
    };
    let mut text = format!("{}{spawned}", title(task));
    match task.state() {
        State::Waiting => text.push_str(&format!(", waits for {}", super::speak::waits(kernel, task))),
        _ => text.push_str(&format!(", is {}", task.state_name())),
    }
    if let Some(place) = place_of(kernel, task) {
        text.push_str(&format!(" at\n{:>4} | {}\n", place.line, place.source.line(place.line)));
    }
    for (name, place) in calls_of(kernel, task).iter().rev().skip(1) {
        text.push_str(&format!("awaited in {name}, {place}\n"));
    }
    let mut seen = vec![task.id];
    let mut next = blocker(kernel, task);
    while let Some(other) = next.filter(|t| !seen.contains(&t.id)) {
        let state = match other.state() {
            State::Waiting => format!("waits for {}", super::speak::waits(kernel, &other)),
            _ => format!("is {}", other.state_name()),
        };
        text.push_str(&format!("{} {state}\n", title(&other)));
        seen.push(other.id);
        next = blocker(kernel, &other);
    }
    let variables: Vec<String> =
        variables_of(kernel, task).into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if !variables.is_empty() {
        text.push_str(&format!("variables: {}", variables.join(", ")));
    }
    text.trim_end().to_string()
}

/// The task that has to act before this one can go on, if it is just one.
fn blocker(kernel: &Kernel, task: &TaskRef) -> Option<TaskRef> {
    let on = kernel.ask_op(task, |op| op.on())?;
    match on.as_slice() {
        [id] => kernel.task(*id),
        _ => None,
    }
}

fn title(task: &TaskRef) -> String {
    if task.id == 0 { "main".to_string() } else { format!("task {} \"{}\"", task.id, task.name) }
}

fn name_of(kernel: &Kernel, id: u32) -> String {
    match kernel.task(id) {
        Some(task) if id != 0 => format!("task {id} \"{}\"", task.name),
        _ if id == 0 => "main".to_string(),
        _ => format!("task {id}"),
    }
}
