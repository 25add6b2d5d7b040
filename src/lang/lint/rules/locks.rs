//! Locks that are held over an await.

use rhai::Position;

use crate::lang::lint::Found;
use crate::lang::lint::bodies::{Bodies, Body, Kind};
use crate::lang::lint::flow::{Call, Event};

/// The locks that a body holds at a point.
#[derive(Default)]
pub struct Held {
    locks: Vec<(String, Position)>,
}

impl Held {
    /// Whether it holds none.
    pub fn is_none(&self) -> bool {
        self.locks.is_empty()
    }

    /// Takes notice of `await l.acquire()` and `l.release()`; gives the lock that is released.
    pub fn see(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Await { call: Some(call), pos } if call.name == "acquire" => {
                self.locks.extend(receiver(call).map(|lock| (lock.to_string(), *pos)));
                None
            }
            Event::Call(call) if call.name == "release" => {
                let lock = receiver(call)?;
                self.locks.retain(|(held, _)| held != lock);
                Some(lock.to_string())
            }
            _ => None,
        }
    }
}

fn receiver(call: &Call) -> Option<&str> {
    call.receiver.as_deref().filter(|path| !path.is_empty())
}

/// Between `acquire` and `release` something is awaited that may never come, throw or be cancelled: then the lock is
/// held for ever.
pub fn lock_not_released(_: &Bodies, body: &Body, found: &mut Vec<Found>) {
    if body.kind != Kind::Async {
        return;
    }
    let deferred: Vec<&str> = body.events.iter().filter_map(deferred).flatten().collect();
    let mut held = Held::default();
    // awaits while locks are held: the lock, where it was taken, and the await
    let mut risks: Vec<(String, Position, Position)> = Vec::new();
    for event in &body.events {
        if let Event::Await { pos, .. } = event
            && !is_sleep(event)
        {
            risks.extend(held.locks.iter().map(|(lock, taken)| (lock.clone(), *taken, *pos)));
        }
        let Some(lock) = held.see(event) else { continue };
        let risk = risks.iter().find(|(name, ..)| *name == lock).cloned();
        risks.retain(|(name, ..)| *name != lock);
        let root = lock.split('.').next().unwrap_or_default();
        let Some((_, taken, pos)) = risk.filter(|_| !deferred.contains(&root)) else { continue };
        found.push(Found {
            title: format!("`{lock}` stays locked if this await fails, is cancelled or never ends"),
            at: pos,
            label: format!("`{lock}.release()` is not reached then"),
            others: vec![(taken, "taken here".to_string())],
            help: format!("`await {lock}.with(async || ...)` always releases it, as does `defer(|| {lock}.release())`"),
        });
    }
}

/// A sleep comes to an end by itself.
fn is_sleep(event: &Event) -> bool {
    matches!(event, Event::Await { call: Some(call), .. } if call.name == "sleep")
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

/// Inside `l.with(...)` something is awaited that only other tasks can bring, and they may need the lock for it.
pub fn lock_held_while_waiting(bodies: &Bodies, body: &Body, found: &mut Vec<Found>) {
    let Some((lock, _)) = body.passed_to.as_ref().filter(|(_, name)| name == "with") else { return };
    for event in &body.events {
        let Event::Await { call: Some(call), pos } = event else { continue };
        let Some(on) = receiver(call).filter(|_| ["get", "next", "wait", "join"].contains(&call.name.as_str())) else {
            continue;
        };
        if bodies.conditions.iter().any(|c| c == on) {
            continue; // which gives the lock back while it waits
        }
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
