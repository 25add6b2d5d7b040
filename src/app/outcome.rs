//! What the prompt tells of a run that has ended: its value, what was cancelled, and its lanes.

use rhai::Dynamic;

use super::drawing::Drawing;
use super::value;
use crate::engine::awaitable::{Coroutine, Future, Progress};
use crate::repl::backend::{Lanes, Outcome, Run, RunKind};
use crate::session::{Session, names};
use crate::trace::event::{Kind, WaitClass};
use crate::trace::recording::Recording;
use crate::units;

/// So many events are drawn in a few hundredths of a second,
const QUICK_TO_DRAW: usize = 100_000;
/// and so many, which is what is drawn without being asked for, in about a tenth.
const UNASKED: usize = 400_000;

/// What Ctrl-C cancelled, and what it did not.
pub fn cancelled(session: &Session) -> String {
    let mut text = "cancelled".to_string();
    let aftermath = &session.aftermath;
    if !aftermath.cancelled.is_empty() {
        text.push_str(&format!(", with {}", names(&aftermath.cancelled)));
    }
    if !aftermath.left.is_empty() {
        text.push_str(&format!("; in the background: {} (:cancel all ends them)", names(&aftermath.left)));
    }
    text
}

/// A deadlock releases nothing: what main took in this or an earlier input it still has.
pub fn still_held(session: &Session) -> Option<String> {
    match session.aftermath.held.as_slice() {
        [] => None,
        held => Some(format!("main still holds {}: `release()` gives it back", held.join(", "))),
    }
}

/// The lanes of the run, if they are wanted; else, where they would take long, advice how to see them.
pub fn lanes_of(session: &Session, run: &Run, outcome: &mut Outcome) -> Option<Drawing> {
    session.with_shown(|recording| lanes_of_shown(session, recording, run, outcome))
}

fn lanes_of_shown(session: &Session, recording: &Recording, run: &Run, outcome: &mut Outcome) -> Option<Drawing> {
    let most = if outcome.cancelled.is_some() { QUICK_TO_DRAW } else { UNASKED };
    let wanted = match run.lanes {
        Lanes::Off => false,
        Lanes::On => true,
        Lanes::Auto if !has_several(session, recording) => false,
        // whoever presses Ctrl-C wants the prompt; and so many events take a while to draw
        Lanes::Auto if recording.len() > most => {
            let events = units::count(recording.total());
            outcome.hint.get_or_insert(format!("`:lanes` draws the {events} events of this run"));
            false
        }
        Lanes::Auto => true,
    };
    let is_run = outcome.ran && !recording.is_empty() && run.kind != RunKind::TypeOf;
    (wanted && is_run).then(|| Drawing::new(recording, run.width, false))
}

/// Whether the run had tasks besides main, or main awaited one. What else goes on in the background is not the run's.
fn has_several(session: &Session, recording: &Recording) -> bool {
    recording.events().any(|e| match e.kind {
        Kind::Started | Kind::Resumed => e.task != 0 && session.control.is_foreground(e.task),
        Kind::Suspended => e.task == 0 && e.class == WaitClass::Task,
        _ => false,
    })
}

pub fn show(session: &mut Session, run: &Run, value: Dynamic, outcome: &mut Outcome) {
    if run.kind == RunKind::TypeOf {
        outcome.shown = Some(session.interp.engine.map_type_name(value.type_name()).to_string());
        not_started(&value); // nobody wanted it to
        return;
    }
    let is_part = run.order.as_ref().is_some_and(|token| token.within.is_some());
    let is_dropped = !is_part && run.source.trim_end().ends_with(';'); // as where a block ends in one
    if value.is_unit() || is_dropped || (matches!(run.kind, RunKind::Script { .. }) && !is_part) {
        return;
    }
    outcome.shown = Some(value::text(session, &value, run.width, run.paint));
    outcome.hint = not_started(&value);
    session.set_variable("it", value);
}

/// Advice on a value that has not started.
fn not_started(value: &Dynamic) -> Option<String> {
    let hint = "not started: `await it` starts it, `spawn(it)` runs it in the background";
    if let Some(coroutine) = value.read_lock::<Coroutine>() {
        coroutine.forgive();
        return coroutine.is_new().then(|| hint.to_string());
    }
    let future = value.read_lock::<Future>()?;
    future.forgive();
    (future.progress() == Progress::New).then(|| hint.to_string())
}
