//! The rules.

mod held;
mod locks;
mod stale;
mod ways;

pub use locks::{lock_held_while_waiting, lock_never_released, lock_not_released};
pub use stale::lost_update;

use super::Found;
use super::bodies::{Bodies, Body, Kind};
use super::flow::{Call, Event};

/// A call gives something to await, and nobody takes it.
pub fn not_awaited(bodies: &Bodies, body: &Body, found: &mut Vec<Found>) {
    for event in &body.events {
        let Event::Dropped(call) = event else { continue };
        let Some(own) = bodies.awaitable(&call.name, call.receiver.is_some()) else { continue };
        let name = &call.name;
        let what = if own { "is async" } else { "gives something to await" };
        let whole = match call.receiver.as_deref() {
            Some(receiver) if !receiver.is_empty() => format!("{receiver}.{name}"),
            _ => name.to_string(),
        };
        found.push(Found {
            title: format!("the call of `{name}` is not awaited, so it does nothing"),
            at: call.pos,
            label: format!("`{name}` {what}"),
            others: Vec::new(),
            help: format!("write `await {whole}(...)`, or `spawn({whole}(...))` to let it run beside"),
        });
    }
}

/// A text in double quotes has a variable in `${}`: only those in backticks are filled in. One with backticks in it is
/// about such texts.
pub fn unfilled_text(bodies: &Bodies, body: &Body, found: &mut Vec<Found>) {
    for event in &body.events {
        let Event::Text(text, pos) = event else { continue };
        let places = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
        let mut names = places.map(|(inside, _)| inside.split(['.', '[', ' ']).next().unwrap_or_default());
        let Some(name) = names.find(|name| bodies.is_variable(name)).filter(|_| !text.contains('`')) else { continue };
        found.push(Found {
            title: format!("`${{{name}}}` stays as it is in a text in double quotes"),
            at: *pos,
            label: "nothing is filled in here".to_string(),
            others: Vec::new(),
            help: "a text with values in it stands in backticks: `` `a is ${a}` ``".to_string(),
        });
    }
}

/// A closure captures the variable of a loop in plain code: all of them share one cell, and see its last value.
pub fn captured_loop_variable(_: &Bodies, body: &Body, found: &mut Vec<Found>) {
    if body.kind != Kind::Plain {
        return; // in async code each turn has a variable of its own
    }
    let mut loops: Vec<&[rhai::ImmutableString]> = Vec::new();
    for event in &body.events {
        match event {
            Event::Loop(variables) => loops.push(variables),
            Event::EndLoop { .. } => {
                loops.pop();
            }
            Event::Closure(closure) if !closure.passed_to.as_ref().is_some_and(runs_at_once) => {
                let captured = closure.captured.iter().find(|name| loops.iter().any(|l| l.contains(name)));
                let Some(name) = captured else { continue };
                found.push(Found {
                    title: format!("this captures the loop variable `{name}`, and will see its last value"),
                    at: closure.pos,
                    label: format!("all turns of the loop share one `{name}` in a function that is not async"),
                    others: Vec::new(),
                    help: format!(
                        "write `let x = {name};` in the loop and capture `x`, or put the loop into async code"
                    ),
                });
            }
            _ => {}
        }
    }
}

/// Whether a function calls the closure before it returns: Rhai's own on arrays, maps and strings.
fn runs_at_once(call: &Call) -> bool {
    const NAMES: [&str; 18] = [
        "map",
        "filter",
        "for_each",
        "reduce",
        "reduce_rev",
        "find",
        "find_map",
        "index_of",
        "some",
        "all",
        "any",
        "sort",
        "sort_by",
        "retain",
        "drain",
        "dedup",
        "split",
        "call",
    ];
    NAMES.contains(&call.name.as_str()) && (call.receiver.is_some() || call.name == "call")
}

/// `blocking_sleep` where others could run, or a call of a plain function that does it.
pub fn blocking_sleep(bodies: &Bodies, body: &Body, found: &mut Vec<Found>) {
    if body.kind != Kind::Async {
        return;
    }
    for event in &body.events {
        let Event::Call(call) = event else { continue };
        let name = call.name.as_str();
        let inner = call.function().and_then(|function| bodies.blocking.get(&function)).copied();
        let (what, help) = match inner {
            _ if name == "blocking_sleep" => ("`blocking_sleep` in async code".into(), "`await sleep(s)` lets".into()),
            Some(_) => (
                format!("`{name}`, called in async code,"),
                format!(
                    "make it `async fn {name}` with `await sleep(s)`, or write `await to_thread({name}, [...])`: both let"
                ),
            ),
            None => continue,
        };
        found.push(Found {
            title: format!("{what} blocks the whole loop"),
            at: call.pos,
            label: "no other task can run meanwhile".to_string(),
            others: inner.into_iter().map(|pos| (pos, "it sleeps here".to_string())).collect(),
            help: format!("{help} the others run"),
        });
    }
}
