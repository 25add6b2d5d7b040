//! A deadlock: who waits for what held by whom, and what to do about the kind that it is.

use std::collections::HashMap;

use super::speak::{MOST, describe};
use crate::engine::wait::{Holder, Op};
use crate::engine::{Kernel, TaskRef};
use crate::report::Report;

/// What to do, by how the name of what is waited for begins, and how it ends.
const ADVICE: &[(&str, &str, &str)] = &[
    (
        "queue",
        "to have an item",
        "nobody is left to `put` an item: `close()` the queue after the last, and `next()` gives () then",
    ),
    (
        "queue",
        "to have room",
        "nobody is left to take an item out: start the consumer first, or give the queue more room",
    ),
    ("queue", "to be done", "`task_done()` is due once for each item that was taken out"),
    ("event", "", "nobody is left to `set()` the event: do it before this await, or in a task that was spawned"),
    ("semaphore", "", "each `acquire()` needs its `release()`, best by `semaphore.with(async || ...)`"),
    ("condition", "", "nobody is left to `notify()`: change what is waited for, and then notify, in another task"),
    ("barrier", "", "fewer tasks than the barrier counts have come to it"),
    ("oneshot", "", "nobody is left to `send()` the value"),
    ("broadcast", "", "nobody is left to `send()`"),
    ("watch", "", "nobody is left to `send()` a new value"),
];

/// How many of those that a task waits for are looked at for a circle: where a thousand wait for permits that a thousand
/// hold, any of them closes it, and all would be a million.
const MOST_WAYS: usize = 100;

const SAME_ORDER: &str = "take the locks in the same order everywhere";
const TWICE: &str =
    "a lock can't be taken twice by the same task: `release()` it first, or call what expects it to be held";
const MORE_PERMITS: &str = "who holds a permit waits for one more: take what is needed at once, or have more permits";
const WITH: &str = "release a lock where the task that took it ends, best by `lock.with(async || ...)`";
const EACH_OTHER: &str =
    "tasks that await each other never end: let one of them hand over what the other needs by a queue or an event";
const LOCK_AND_AWAIT: &str = "a task holds a lock and awaits one that needs it: `release()` it before that await";
const GENERIC: &str = "look for the task that should go on first, and for a missing `spawn`";

/// No task can ever run again.
pub fn deadlock_report(kernel: &Kernel) -> Report {
    let mut tasks: Vec<TaskRef> = kernel.tasks().into_iter().filter(|t| t.is_waiting()).collect();
    let circle = circle(kernel, &tasks, |op| op.on());
    // those of the circle first: the others only wait for them
    let places: HashMap<u32, usize> = circle.iter().enumerate().map(|(place, t)| (t.id, place)).collect();
    tasks.sort_by_key(|t| places.get(&t.id).copied().unwrap_or(usize::MAX));
    let mut report = Report::deadlock("no task can ever run again");
    for task in tasks.iter().take(MOST) {
        report = report.line(describe(kernel, task));
    }
    if tasks.len() > MOST {
        report = report.line(format!("... and {} more", tasks.len() - MOST));
    }
    report.help(if circle.is_empty() { advice(kernel, &tasks) } else { advice_on_circle(kernel, &circle) })
}

/// Where others go on, so that there is no deadlock of all: whether tasks of a run can't go on because they wait for each
/// other.
pub fn stuck_report(kernel: &Kernel, is_of_run: impl Fn(u32) -> bool) -> Option<Report> {
    let tasks: Vec<TaskRef> = kernel.tasks().into_iter().filter(|t| t.is_waiting()).collect();
    let circle = circle(kernel, &tasks, needed);
    if !circle.iter().any(|t| is_of_run(t.id)) {
        return None;
    }
    let title = match circle.len() {
        1 => "this can't go on: it waits for itself",
        _ => "these can't go on: each waits for the next, and the last for the first",
    };
    let lines = circle.iter().take(MOST).map(|task| describe(kernel, task));
    let report = lines.fold(Report::warning(title), Report::line);
    Some(report.help(advice_on_circle(kernel, &circle)))
}

/// Whether somebody waits for others only until a certain time: that will break up a circle of theirs.
pub fn is_timed(kernel: &Kernel) -> bool {
    let until = |op: &dyn Op| op.deadline().is_some() && !op.on().is_empty();
    kernel.tasks().iter().any(|task| kernel.ask_op(task, until) == Some(true))
}

/// The locks that main holds: at the prompt it is the user who has them.
pub fn held_by_main(kernel: &Kernel) -> Vec<String> {
    let mut held: Vec<String> = kernel
        .tasks()
        .iter()
        .filter(|task| holders(kernel, task).iter().any(|h| h.task.id == 0))
        .map(|task| kernel.waits_text(task))
        .collect();
    held.sort();
    held.dedup();
    held
}

fn holders(kernel: &Kernel, task: &TaskRef) -> Vec<Holder> {
    kernel.ask_op(task, |op| op.holders()).unwrap_or_default()
}

/// The tasks without which this one can't go on.
fn needed(op: &dyn Op) -> Vec<u32> {
    let on = op.on();
    if op.one_is_enough() && on.len() > 1 { Vec::new() } else { on }
}

/// Tasks of which each waits for the next by one of `ways`, and the last for the first; empty if there is no such circle.
fn circle(kernel: &Kernel, tasks: &[TaskRef], ways: fn(&dyn Op) -> Vec<u32>) -> Vec<TaskRef> {
    let numbers: HashMap<u32, usize> = tasks.iter().enumerate().map(|(index, t)| (t.id, index)).collect();
    let next: Vec<Vec<usize>> = tasks
        .iter()
        .map(|t| kernel.ask_op(t, ways).unwrap_or_default())
        .map(|on| on.iter().filter_map(|id| numbers.get(id).copied()).take(MOST_WAYS).collect())
        .collect();
    let mut left = vec![false; tasks.len()];
    for start in 0..tasks.len() {
        // the way from the start, and which of its ways on each of them has taken
        let mut way: Vec<(usize, usize)> = Vec::new();
        let mut place: HashMap<usize, usize> = HashMap::new();
        if !left[start] {
            way.push((start, 0));
            place.insert(start, 0);
        }
        while let Some((at, taken)) = way.last_mut() {
            let (at, to) = (*at, next[*at].get(*taken).copied());
            *taken += 1;
            match to {
                Some(to) if place.contains_key(&to) => {
                    return way[place[&to]..].iter().map(|(index, _)| tasks[*index].clone()).collect();
                }
                Some(to) if !left[to] => {
                    place.insert(to, way.len());
                    way.push((to, 0));
                }
                Some(_) => {}
                None => {
                    left[at] = true;
                    place.remove(&at);
                    way.pop();
                }
            }
        }
    }
    Vec::new()
}

fn advice_on_circle(kernel: &Kernel, circle: &[TaskRef]) -> &'static str {
    let locks = circle.iter().filter(|task| !holders(kernel, task).is_empty()).count();
    match (locks, circle.len()) {
        (n, all) if n == all && circle.iter().any(|task| is_for(kernel, task, "semaphore")) => MORE_PERMITS,
        (1, 1) => TWICE,
        (0, _) => EACH_OTHER,
        (n, all) if n == all => SAME_ORDER,
        _ => LOCK_AND_AWAIT,
    }
}

/// Without a circle: what the tasks need that wait for no other task.
fn advice(kernel: &Kernel, tasks: &[TaskRef]) -> &'static str {
    let forgotten = |task| is_for(kernel, task, "lock") && holders(kernel, task).iter().any(|h| h.task.is_done());
    if tasks.iter().any(forgotten) {
        return WITH;
    }
    let fits = |(begin, end, _): &&(&str, &str, &str)| {
        tasks.iter().any(|task| is_for(kernel, task, begin) && kernel.waits_text(task).ends_with(end))
    };
    ADVICE.iter().find(fits).map_or(GENERIC, |(.., advice)| *advice)
}

/// Whether a task waits for something of this kind: of each kind of queue, too.
fn is_for(kernel: &Kernel, task: &TaskRef, what: &str) -> bool {
    kernel.waits_text(task).split(' ').next().is_some_and(|word| word.ends_with(what))
}
