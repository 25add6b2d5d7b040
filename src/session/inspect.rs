//! Looking into tasks that wait: where they are, what their variables are, who called whom.

use std::collections::HashSet;
use std::time::Duration;

use rhai::Dynamic;

use crate::engine::task::{State, Who};
use crate::engine::wait::Holder;
use crate::engine::{Kernel, TaskRef};
use crate::lang::{Frame, Raise};
use crate::report::Place;
use crate::units;

/// Where a task stands: the await of its innermost frame. While it runs, where it waited last.
pub fn place_of(kernel: &Kernel, task: &TaskRef) -> Option<Place> {
    kernel.with_frames(task, |frames| frames.last().map(|f| f.place())).or_else(|| kernel.place(task.spawned))
}

/// A line of a source: `demo.rhai:4`, `line 1 of prompt 3`.
pub fn line_of(place: &Place) -> String {
    match place.source.name.strip_prefix('<') {
        Some(name) => format!("line {} of {}", place.line, name.trim_end_matches('>')),
        None => format!("{}:{}", place.source.name, place.line),
    }
}

/// The variables of the innermost frame of a task, oldest first, as `show` has them. A name that was declared again is
/// shown with its last value.
pub fn variables_in(
    kernel: &Kernel,
    task: &TaskRef,
    show: impl Fn(&Dynamic) -> Option<String>,
) -> Vec<(String, String)> {
    let look = |frames: &[&Frame]| {
        let mut seen = HashSet::new();
        let newest = frames.last()?.variables().filter(|(name, _)| seen.insert((*name).to_string()));
        let mut list: Vec<(String, String)> =
            newest.filter_map(|(name, value)| Some((name.to_string(), show(value)?))).collect();
        list.reverse();
        Some(list)
    };
    kernel.with_frames(task, look).unwrap_or_default()
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
    let Some((holders, deadline)) = kernel.ask_op(task, |op| (op.holders(), op.deadline())) else {
        return text;
    };
    if !holders.is_empty() {
        let who = |id: u32| if id == 0 { "main".to_string() } else { id.to_string() };
        return format!("{text}, held by {}", first_of(holders.iter().map(|h| who(h.task.id)), ", "));
    }
    match deadline {
        Some(deadline) => {
            let left = deadline.saturating_sub(kernel.clock.read());
            format!("{text}, {} left", units::duration(left))
        }
        None => text,
    }
}

/// What a task that only has its end before it is about: that it was cancelled, and that a `defer` of its runs.
pub fn ending(task: &TaskRef) -> Option<&'static str> {
    let flags = task.flags();
    let how = task.with_ending(|result| matches!(result, Err(Raise::Cancelled)));
    match how {
        _ if task.is_done() => None,
        Some(true) => Some("cancelled, in its `defer`"),
        _ if flags.cancel || flags.cancelling => Some("cancelled"),
        Some(false) => Some("ending, in its `defer`"),
        None => None,
    }
}

/// For how long a task has been in its state.
pub fn waiting_since(kernel: &Kernel, task: &TaskRef) -> Duration {
    Duration::from_nanos(kernel.clock.read().saturating_sub(task.since()))
}

/// Numbers of the tasks that have to act before this one can go on.
pub fn awaits(kernel: &Kernel, task: &TaskRef) -> Vec<u32> {
    kernel.ask_op(task, |op| op.on()).unwrap_or_default()
}

/// All about a task: who spawned it, what it waits for, its line, held by whom, its variables.
pub fn why(kernel: &Kernel, task: &TaskRef) -> String {
    let spawned = match kernel.place(task.spawned) {
        Some(place) => format!(", spawned by {} at {},", name_of(kernel, task.parent), line_of(&place)),
        None => String::new(),
    };
    let so_far = units::duration(kernel.clock.read().saturating_sub(task.since()));
    let ending = ending(task).map_or(String::new(), |how| format!(" ({how})"));
    let mut text = format!("{}{ending}{spawned} {}, {so_far} so far", title(task), state_of(kernel, task));
    match place_of(kernel, task) {
        Some(place) => text.push_str(&format!(", at\n{:>4} | {}\n", place.line, place.source.line(place.line))),
        None => text.push('\n'),
    }
    for (name, place) in calls_of(kernel, task).iter().rev().skip(1) {
        text.push_str(&format!("awaited in {name}, {}\n", line_of(place)));
    }
    text.push_str(&chain_of(kernel, task));
    let variables = variables_in(kernel, task, |value| Some(crate::stdlib::inspect(value, 2)));
    let variables: Vec<String> = variables.into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if !variables.is_empty() {
        text.push_str(&format!("variables: {}", variables.join(", ")));
    }
    text.trim_end().to_string()
}

/// How many of several are named.
const MOST: usize = 10;

/// The first of several, and how many more there are.
fn first_of(all: impl ExactSizeIterator<Item = String>, between: &str) -> String {
    let more = all.len().saturating_sub(MOST);
    let mut list: Vec<String> = all.take(MOST).collect();
    if more > 0 {
        list.push(format!("{more} more"));
    }
    list.join(between)
}

/// Those who have to act before a task can go on: one after another as far as each waits for just one; of several, each.
fn chain_of(kernel: &Kernel, task: &TaskRef) -> String {
    let (mut text, mut seen, mut last) = (String::new(), HashSet::new(), task.clone());
    loop {
        let holder = holder_of(kernel, &last);
        let next = blocker(kernel, &last);
        match (&next, holder) {
            (Some(next), Some(held)) => {
                text.push_str(&format!("{held}, which {}\n", state_of(kernel, next)));
            }
            (Some(next), None) => text.push_str(&format!("{} {}\n", title(next), state_of(kernel, next))),
            (None, Some(held)) => text.push_str(&format!("{held}\n")),
            (None, None) => {}
        }
        seen.insert(last.id);
        match next {
            Some(next) if seen.contains(&next.id) => {
                text.push_str("a deadlock: each of them waits for another\n");
                return text;
            }
            Some(next) => last = next,
            None => break,
        }
    }
    let several = awaits(kernel, &last);
    if several.len() > 1 {
        for other in several.iter().take(MOST).filter_map(|id| kernel.task(*id)) {
            text.push_str(&format!("  {} {}\n", title(&other), state_of(kernel, &other)));
        }
        if several.len() > MOST {
            text.push_str(&format!("  ... and {} more\n", several.len() - MOST));
        }
    }
    text
}

/// `held by task 7 "loader" for 1.1 s, taken at demo.rhai:9`, if somebody holds what the task waits for.
fn holder_of(kernel: &Kernel, task: &TaskRef) -> Option<String> {
    let holders = kernel.ask_op(task, |op| op.holders()).filter(|list| !list.is_empty())?;
    let now = kernel.clock.read();
    let held = |Holder { task: holder, site, since }: &Holder| {
        let who = match holder.is_done() {
            _ if holder.id == task.id => "itself".to_string(),
            true => format!("{}, which has ended and not given it back", title(holder)),
            false => title(holder),
        };
        let long = units::duration(now.saturating_sub(*since));
        let taken = kernel.place(*site).map_or(String::new(), |place| format!(", taken at {}", line_of(&place)));
        format!("{who} for {long}{taken}")
    };
    Some(format!("held by {}", first_of(holders.iter().map(held), "\n    and by ")))
}

/// `waits for lock "db" (first in line)`, `waits for sleep(1), 0.40 s left`, `is ready`.
fn state_of(kernel: &Kernel, task: &TaskRef) -> String {
    if task.state() != State::Waiting {
        return format!("is {}", task.state_name());
    }
    let mut text = format!("waits for {}", kernel.waits_text(task));
    let (place, deadline) = kernel.ask_op(task, |op| (op.place_in_line(), op.deadline())).unwrap_or_default();
    if let Some(place) = place {
        text.push_str(&format!(" ({} in line)", ordinal(place)));
    }
    if let Some(deadline) = deadline {
        text.push_str(&format!(", {} left", units::duration(deadline.saturating_sub(kernel.clock.read()))));
    }
    text
}

fn ordinal(number: usize) -> String {
    match number {
        1 => "first".to_string(),
        2 => "second".to_string(),
        3 => "third".to_string(),
        n => format!("number {n}"),
    }
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
    task.who().to_string()
}

fn name_of(kernel: &Kernel, id: u32) -> String {
    match kernel.task(id) {
        Some(task) => task.who().to_string(),
        None if id == 0 => Who(id, "").to_string(),
        None => format!("task {id}"),
    }
}
