//! Lints: what is legal, and yet surely or probably not meant.
//!
//! A body is first put into the order in which it runs ([`flow`]); each rule then looks at that order alone. A rule is
//! a function and a row in [`RULES`]. They judge by names, so they may be wrong where a name stands for two things.

mod bodies;
mod flow;
mod rules;

use crate::source::Place;

use super::Program;
use bodies::{Bodies, Body};

/// What a rule found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    /// The rule's name.
    pub rule: &'static str,
    /// What is wrong.
    pub title: String,
    pub place: Place,
    /// Said at the place.
    pub label: String,
    /// Other places that matter, and what is said there.
    pub others: Vec<(Place, String)>,
    /// What to do.
    pub help: String,
    /// The lesson about it; empty if there is none.
    pub lesson: &'static str,
    /// The other places of which the same is to be said.
    pub again: Vec<Place>,
}

/// Something to look for.
struct Rule {
    name: &'static str,
    lesson: &'static str,
    /// Whether a run speaks up by itself when it happens, with the figures.
    seen_by_run: bool,
    check: fn(&Bodies, &Body, &mut Vec<Found>),
}

/// What a rule found, before its name and lesson are added.
struct Found {
    title: String,
    at: rhai::Position,
    label: String,
    others: Vec<(rhai::Position, String)>,
    help: String,
}

const RULES: &[Rule] = &[
    Rule { name: "unfilled-text", lesson: "", seen_by_run: false, check: rules::unfilled_text },
    Rule { name: "not-awaited", lesson: "coroutines", seen_by_run: true, check: rules::not_awaited },
    Rule { name: "captured-loop-variable", lesson: "tasks", seen_by_run: false, check: rules::captured_loop_variable },
    Rule { name: "blocking-sleep", lesson: "blocking", seen_by_run: true, check: rules::blocking_sleep },
    Rule { name: "lost-update", lesson: "races", seen_by_run: false, check: rules::lost_update },
    Rule { name: "lock-not-released", lesson: "locks", seen_by_run: false, check: rules::lock_not_released },
    Rule { name: "lock-never-released", lesson: "locks", seen_by_run: true, check: rules::lock_never_released },
    Rule {
        name: "lock-held-while-waiting",
        lesson: "locks",
        seen_by_run: false,
        check: rules::lock_held_while_waiting,
    },
];

/// For whom the lints are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Before {
    /// Nothing is run: all that can be said.
    Check,
    /// A run follows, which speaks up by itself about some of it.
    Run,
}

/// Looks at a program. `is_awaitable` says whether a function of the library (without a receiver), or a method (with
/// one), gives something to await; `outer` are the variables that there are already. In the order of the places.
/// None are looked for any more when `is_stopped` says so.
pub fn lint(
    program: &Program,
    before: Before,
    is_awaitable: &dyn Fn(&str, bool) -> bool,
    outer: &[String],
    is_stopped: &dyn Fn() -> bool,
) -> Vec<Lint> {
    let bodies = Bodies::of(program, is_awaitable, outer);
    let mut lints = Vec::new();
    for rule in RULES.iter().filter(|r| before == Before::Check || !r.seen_by_run) {
        let mut found = Vec::new();
        for body in bodies.list.iter().take_while(|_| !is_stopped()) {
            (rule.check)(&bodies, body, &mut found);
        }
        let place = |pos| Place::of(&program.source, pos);
        lints.extend(found.into_iter().map(|f| Lint {
            rule: rule.name,
            title: f.title,
            place: place(f.at),
            label: f.label,
            others: f.others.into_iter().map(|(pos, label)| (place(pos), label)).collect(),
            help: f.help,
            lesson: rule.lesson,
            again: Vec::new(),
        }));
    }
    lints.sort_by_key(|l| (l.place.line, l.place.column));
    lints.dedup();
    folded(lints)
}

/// Of those that say the same of several places, the first, which knows the others.
fn folded(lints: Vec<Lint>) -> Vec<Lint> {
    let mut list: Vec<Lint> = Vec::new();
    for lint in lints {
        match list.iter_mut().find(|l| l.rule == lint.rule && l.title == lint.title && l.help == lint.help) {
            Some(first) => first.again.push(lint.place),
            None => list.push(lint),
        }
    }
    list
}

#[cfg(test)]
mod tests;
