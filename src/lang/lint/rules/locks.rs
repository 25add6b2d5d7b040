//! Locks that are held over an await.

use rhai::Position;

use super::held::{Held, Taken, receiver};
use crate::lang::lint::Found;
use crate::lang::lint::bodies::{Bodies, Body, Kind};
use crate::lang::lint::flow::Event;

/// Between `acquire` and `release` something is awaited that may never come, throw or be cancelled, or the body is left:
/// then the lock is held for ever.
pub fn lock_not_released(bodies: &Bodies, body: &Body, found: &mut Vec<Found>) {
    for Risk { lock, taken, pos, what } in risks(bodies, body) {
        found.push(Found {
            title: format!("`{lock}` is not released if this {what}"),
            at: pos,
            label: format!("`{lock}.release()` is not reached then"),
            others: vec![(taken, "taken here".to_string())],
            help: format!("`await {lock}.with(async || ...)` always releases it, as does `defer(|| {lock}.release())`"),
        });
    }
}

/// Locks that a body takes, and nothing in the program releases; a run tells when somebody waits for one. The top level is
/// left out: what a line of the prompt takes a later one may release.
pub fn lock_never_released(bodies: &Bodies, body: &Body, found: &mut Vec<Found>) {
    let inner = body.kind == Kind::Async && !body.is_top;
    for event in body.events.iter().filter(|_| inner) {
        let Event::Await { call: Some(call), pos } = event else { continue };
        let Some(lock) = receiver(call).filter(|_| call.name == "acquire") else { continue };
        if bodies.is_never_released(lock) {
            found.push(Found {
                title: format!("`{lock}` is taken here and never released"),
                at: *pos,
                label: format!("there is no `{lock}.release()`"),
                others: Vec::new(),
                help: format!(
                    "`await {lock}.with(async || ...)` releases it at the end, as does `defer(|| {lock}.release())`"
                ),
            });
        }
    }
}

/// Where a lock may be left held.
#[derive(Clone)]
struct Risk {
    lock: String,
    taken: Position,
    pos: Position,
    what: &'static str,
}

/// The first risk of each time that a lock is taken and released, unless a `defer` releases it.
fn risks(bodies: &Bodies, body: &Body) -> Vec<Risk> {
    if body.kind != Kind::Async {
        return Vec::new();
    }
    let deferred: Vec<&str> = body.events.iter().filter_map(deferred).flatten().collect();
    let mut held = Held::default();
    let mut open: Vec<Risk> = Vec::new();
    let mut certain = Vec::new();
    for event in &body.events {
        if let Some((pos, what)) = hazard(bodies, event) {
            let risk = |(lock, taken): &Taken| Risk { lock: lock.clone(), taken: *taken, pos, what };
            open.extend(held.locks().iter().map(risk));
        }
        let Some(lock) = held.see(event) else { continue };
        let root = lock.split('.').next().unwrap_or_default();
        if !deferred.contains(&root) {
            certain.extend(open.iter().find(|risk| risk.lock == lock).cloned());
        }
        open.retain(|risk| risk.lock != lock);
    }
    certain
}

/// What may keep a body from going on: where, and how. A sleep comes to an end by itself, and a condition does not hold the
/// lock while it waits.
fn hazard(bodies: &Bodies, event: &Event) -> Option<(Position, &'static str)> {
    match event {
        Event::Await { call: Some(call), .. } if bodies.is_condition_wait(call) => None,
        Event::Await { call: Some(call), .. } if call.name == "sleep" => None,
        Event::Await { pos, .. } => Some((*pos, "await fails, is cancelled or never ends")),
        Event::Leave { throws: true, pos } => Some((*pos, "`throw` is reached")),
        Event::Leave { throws: false, pos } => Some((*pos, "`return` is reached")),
        _ => None,
    }
}

/// The variables that a `defer` closure captures.
fn deferred(event: &Event) -> Option<impl Iterator<Item = &str>> {
    match event {
        Event::Closure(c) if c.passed_to.as_ref().is_some_and(|call| call.name == "defer") => {
            Some(c.captured.iter().map(|name| name.as_str()))
        }
        _ => None,
    }
}

/// Inside `l.with(...)`, or after `l.acquire()`, something is awaited that only other tasks can bring, and they may need
/// the lock for it. What is told as a risk of not being released is not told twice.
pub fn lock_held_while_waiting(bodies: &Bodies, body: &Body, found: &mut Vec<Found>) {
    let with = body.passed_to.as_ref().filter(|(_, name)| name == "with").map(|(lock, _)| lock.clone());
    let told: Vec<Position> = risks(bodies, body).into_iter().map(|risk| risk.pos).collect();
    let mut held = Held::default();
    for event in &body.events {
        held.see(event);
        let Event::Await { call: Some(call), pos } = event else { continue };
        let Some(on) = receiver(call).filter(|_| ["get", "next", "wait", "join"].contains(&call.name.as_str())) else {
            continue;
        };
        if bodies.is_condition_wait(call) || told.contains(pos) {
            continue; // a condition gives the lock back while it waits
        }
        // of a semaphore others have places, too
        let taken = held.locks().iter().map(|(lock, _)| lock).chain(&with);
        let mut locks = taken.filter(|lock| !bodies.semaphores.iter().any(|s| s == lock.as_str()));
        let Some(lock) = locks.next() else {
            continue;
        };
        let lock = if lock.is_empty() { "the lock" } else { lock };
        found.push(Found {
            title: format!("`{lock}` is held while waiting for `{on}`"),
            at: *pos,
            label: format!("who is to bring this may be waiting for `{lock}`"),
            others: Vec::new(),
            help: format!("await `{on}.{}()` before taking `{lock}`, or use a condition", call.name),
        });
    }
}
