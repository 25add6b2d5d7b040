//! Large variables that are only to be shown: they are as they stand, without a run, which would copy them.

use rhai::{Array, Dynamic, Map};

use super::value;
use crate::lang::touch::is_held;
use crate::repl::backend::{Outcome, Run, RunKind};
use crate::session::Session;

/// To copy a value with more values in it, and to drop the copy, takes long; and who presses Ctrl-C would wait for it.
const LARGE: usize = 100_000;

/// What there is to show if nothing but the name of a large variable was typed.
pub fn shown(session: &Session, run: &Run) -> Option<Outcome> {
    let is_plain = run.step.is_none() && run.order.is_none();
    if !is_plain || !matches!(run.kind, RunKind::Input | RunKind::TypeOf) {
        return None;
    }
    let name = run.source.trim();
    let (_, value) = session.variables().into_iter().find(|(other, _)| *other == name)?;
    if !is_larger(value, &mut { LARGE }) {
        return None;
    }
    if run.kind == RunKind::TypeOf {
        let name = session.interp.engine.map_type_name(value.type_name()).to_string();
        return Some(Outcome { shown: Some(name), ..Outcome::default() });
    }
    let hint = format!("so large a value is not copied: `it` is what it was before; `{name}` has this one");
    Some(Outcome {
        shown: Some(value::text(session, value, run.width, run.paint)),
        hint: (name != "it").then_some(hint),
        ..Outcome::default()
    })
}

/// Whether there are more than `left` values in a value.
fn is_larger(value: &Dynamic, left: &mut usize) -> bool {
    let Some(fewer) = left.checked_sub(1) else { return true };
    *left = fewer;
    if is_held(value) {
        return false;
    }
    if let Some(list) = value.read_lock::<Array>() {
        return list.len() > *left || list.iter().any(|item| is_larger(item, left));
    }
    value.read_lock::<Map>().is_some_and(|map| map.len() > *left || map.values().any(|item| is_larger(item, left)))
}
