//! The lost update: a shared variable is read, others may run, and it is written by what was read; or what was read
//! decides that it is written.

use std::collections::HashMap;

use rhai::{ImmutableString, Position};

use super::held::Held;
use super::ways::Ways;
use crate::lang::lint::Found;
use crate::lang::lint::bodies::{Bodies, Body, Kind};
use crate::lang::lint::flow::Event;

/// A value that depends on a shared variable, as it was before so many awaits.
#[derive(Clone, PartialEq, Eq)]
struct Stale {
    variable: ImmutableString,
    awaits: usize,
}

/// What was learnt on the way through a body.
struct Watch<'a> {
    body: &'a Body,
    /// What each local variable was made of.
    made_of: HashMap<ImmutableString, Vec<Stale>>,
    /// The number of awaits before each event.
    awaits: Vec<usize>,
    /// The places of the awaits.
    places: Vec<Position>,
    /// The awaits that lie on a way to here, by their numbers.
    passed: Ways<usize>,
    /// The conditions that hold, the innermost last.
    conditions: Vec<Condition>,
}

/// A condition, by the event where it begins and that where it ends, and whether it is that of a loop.
struct Condition {
    from: usize,
    to: usize,
    again: bool,
}

/// How what is written depends on what was read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Value,
    Condition,
}

/// A captured variable is written with a value that was computed before an await, or because of one.
pub fn lost_update(_: &Bodies, body: &Body, found: &mut Vec<Found>) {
    let guarded = body.passed_to.as_ref().is_some_and(|(_, name)| name == "with");
    if body.kind != Kind::Async || guarded {
        return;
    }
    let mut watch = Watch {
        body,
        made_of: HashMap::new(),
        awaits: Vec::new(),
        places: Vec::new(),
        passed: Ways::default(),
        conditions: Vec::new(),
    };
    let mut held = Held::default();
    for (i, event) in body.events.iter().enumerate() {
        watch.awaits.push(watch.places.len());
        held.see(event);
        // an error may be thrown behind any await
        watch.passed.see(event, |passed, _| passed.to_vec());
        match event {
            Event::Await { pos, .. } => {
                watch.passed.now.push(watch.places.len());
                watch.places.push(*pos);
            }
            Event::If { from, again } => watch.conditions.push(Condition { from: *from, to: i, again: *again }),
            Event::EndIf => {
                watch.conditions.pop();
            }
            Event::Set { name, from, pos, declared, changed } if held.is_none() => {
                if let (false, Some((stale, by))) = (*declared, watch.stale(name, *from, i, *changed)) {
                    found.push(watch.report(name, *pos, &stale, by));
                }
                let sources = watch.sources(*from, i);
                let made_of = watch.made_of.entry(name.clone()).or_default();
                if !*changed {
                    made_of.clear();
                }
                made_of.extend(sources);
            }
            _ => {}
        }
    }
}

impl Watch<'_> {
    /// What is read between two events, as it was then.
    fn sources(&self, from: usize, to: usize) -> Vec<Stale> {
        let mut sources = Vec::new();
        for (i, event) in self.body.events[from..to].iter().enumerate() {
            let Event::Read(name) = event else { continue };
            if self.body.shared.contains(name) {
                sources.push(Stale { variable: name.clone(), awaits: self.awaits[from + i] });
            } else if let Some(made_of) = self.made_of.get(name) {
                sources.extend(made_of.iter().cloned());
            }
        }
        sources
    }

    /// The read of the variable that was before the last await, and on which depends what is now written to it, or
    /// that it is.
    fn stale(&self, name: &ImmutableString, from: usize, to: usize, changed: bool) -> Option<(Stale, By)> {
        if !self.body.shared.contains(name) {
            return None;
        }
        let sources = self.sources(from, to);
        let is_old = |stale: &&Stale| stale.variable == *name && self.await_since(stale).is_some();
        if let Some(stale) = sources.iter().find(is_old) {
            return (!self.is_compared(stale)).then(|| (stale.clone(), By::Value));
        }
        let changed = changed || sources.iter().any(|s| s.variable == *name);
        // the innermost that reads it was the last to look; a loop that ends when it is set is not meant
        let checked = self.conditions.iter().rev().filter(|c| changed || !c.again);
        let mut reads = checked.map(|c| self.sources(c.from, c.to).into_iter().filter(|s| s.variable == *name));
        let last = reads.find_map(|mut list| list.next())?;
        is_old(&&last).then_some((last, By::Condition))
    }

    /// The await since the variable was read, on a way to here.
    fn await_since(&self, stale: &Stale) -> Option<usize> {
        self.passed.now.iter().copied().filter(|number| *number >= stale.awaits).min()
    }

    /// Whether a condition that holds has compared what was read then with what the variable is now.
    fn is_compared(&self, stale: &Stale) -> bool {
        self.conditions.iter().any(|condition| {
            let sources = self.sources(condition.from, condition.to);
            let is_now = |s: &Stale| s.variable == stale.variable && self.await_since(s).is_none();
            sources.contains(stale) && sources.iter().any(is_now)
        })
    }

    fn report(&self, name: &str, pos: Position, stale: &Stale, by: By) -> Found {
        let (title, label, help) = match by {
            By::Value => (
                format!("`{name}` may have changed between reading and writing it"),
                format!("what another task has written to `{name}` meanwhile is lost"),
                format!("read and write `{name}` without an await between"),
            ),
            By::Condition => (
                format!("`{name}` may have changed between the check and what is done by it"),
                format!("what was checked of `{name}` may not hold any more"),
                format!("check `{name}` again after the await"),
            ),
        };
        Found {
            title,
            at: pos,
            label,
            others: self
                .await_since(stale)
                .map(|n| (self.places[n], "others may run here".to_string()))
                .into_iter()
                .collect(),
            help: format!("{help}, or hold a lock over both: `await l.with(async || ...)`"),
        }
    }
}
