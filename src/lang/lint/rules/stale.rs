//! The lost update: a shared variable is read, others may run, and it is written by what was read.

use std::collections::HashMap;

use rhai::{ImmutableString, Position};

use super::locks::Held;
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
    /// The conditions that hold, each by the event where it begins and that where it ends.
    conditions: Vec<(usize, usize)>,
}

/// A captured variable is written with a value that was computed before an await, or because of one.
pub fn lost_update(_: &Bodies, body: &Body, found: &mut Vec<Found>) {
    let guarded = body.passed_to.as_ref().is_some_and(|(_, name)| name == "with");
    if body.kind != Kind::Async || guarded {
        return;
    }
    let mut watch =
        Watch { body, made_of: HashMap::new(), awaits: Vec::new(), places: Vec::new(), conditions: Vec::new() };
    let mut held = Held::default();
    for (i, event) in body.events.iter().enumerate() {
        watch.awaits.push(watch.places.len());
        held.see(event);
        match event {
            Event::Await { pos, .. } => watch.places.push(*pos),
            Event::If { from } => watch.conditions.push((*from, i)),
            Event::EndIf => {
                watch.conditions.pop();
            }
            Event::Set { name, from, pos, declared } if held.is_none() => {
                if let (false, Some(stale)) = (*declared, watch.stale(name, *from, i)) {
                    found.push(watch.report(name, *pos, &stale));
                }
                let sources = watch.sources(*from, i);
                watch.made_of.insert(name.clone(), sources);
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

    /// The read of the variable that was before the last await, and on which what is now written to it depends.
    fn stale(&self, name: &ImmutableString, from: usize, to: usize) -> Option<Stale> {
        if !self.body.shared.contains(name) {
            return None;
        }
        let conditions = self.conditions.iter().flat_map(|(from, to)| self.sources(*from, *to));
        let mut sources = self.sources(from, to).into_iter().chain(conditions);
        sources.find(|s| s.variable == *name && s.awaits < self.places.len())
    }

    fn report(&self, name: &str, pos: Position, stale: &Stale) -> Found {
        Found {
            title: format!("`{name}` may have changed between reading and writing it"),
            at: pos,
            label: format!("what another task has written to `{name}` meanwhile is lost"),
            others: vec![(self.places[stale.awaits], "others may run here".to_string())],
            help: format!(
                "read and write `{name}` without an await between, or hold a lock: `await l.with(async || ...)`"
            ),
        }
    }
}
