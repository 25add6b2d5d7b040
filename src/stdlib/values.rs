//! The three awaitable types as scripts see them, and what all tables share.

use std::fmt::{self, Write as _};

use rhai::{Array, Blob, Dynamic, EvalAltResult, FnPtr, Map};

use super::Library;
pub(super) use crate::engine::errors::article;
use crate::engine::errors::{error, error_value, kind, message_of};
use crate::engine::task::{Outcome, State};
use crate::engine::{Coroutine, Future, Kernel, Task, TaskRef};
use crate::lang::touch::{Access, Thing, is_held};
use crate::lang::{Failure, Raise, is_closure_name};
use crate::term;

pub(super) type Fallible<T = Dynamic> = Result<T, Box<EvalAltResult>>;

/// Registers the types, and how they print.
pub(super) fn install(library: &mut Library) {
    let engine = &mut *library.engine;
    engine.register_type_with_name::<Coroutine>("coroutine");
    engine.register_type_with_name::<Future>("future");
    engine.register_type_with_name::<TaskRef>("task");
    library.kernel.show_values(|value| match value.as_int() {
        Ok(number) => number.to_string(),
        Err(_) => inspect(value, 1),
    });
    let kernel = library.kernel.clone();
    for name in ["to_string", "to_debug"] {
        engine.register_fn(name, |c: &mut Coroutine| c.show(|v| inspect(v, 3)));
        engine.register_fn(name, |f: &mut Future| show_future(f));
        let kernel = kernel.clone();
        engine.register_fn(name, move |t: &mut TaskRef| {
            kernel.shared.touches.touch_all();
            show_task(&kernel, t)
        });
    }
    library.kernel.shared.touches.set_identify(identify);
    engine.register_fn("==", |a: TaskRef, b: TaskRef| std::rc::Rc::ptr_eq(&a, &b));
    engine.register_fn("!=", |a: TaskRef, b: TaskRef| !std::rc::Rc::ptr_eq(&a, &b));
    // an await that Rhai itself evaluates: in plain code that only eval() can make
    refuse_await(engine);
}

/// What a value of the library is to those who explore.
fn identify(value: &Dynamic) -> Option<(Thing, Access)> {
    if let Some(task) = value.read_lock::<TaskRef>() {
        return Some((Thing::End(task.id), Access::Read));
    }
    let is_awaitable = value.is::<Coroutine>() || value.is::<Future>();
    let thing = is_awaitable.then_some(Thing::Awaitables);
    let thing = thing.or_else(|| super::sync::number(value).map(Thing::Sync));
    let thing = thing.or_else(|| super::random::show(value).map(|_| Thing::Random));
    thing.map(|thing| (thing, Access::Write))
}

fn refuse_await(engine: &mut rhai::Engine) {
    let refuse = || -> Fallible { Err(error(kind::VALUE, "`await` in a function that is not async")) };
    engine.register_fn("+", move |_: Coroutine| refuse());
    engine.register_fn("+", move |_: Future| refuse());
    engine.register_fn("+", move |_: TaskRef| refuse());
}

fn show_future(future: &Future) -> String {
    format!("<future {}>", future.ask(|op| op.call().into_owned()).unwrap_or_default())
}

/// `<task 3 "worker" waiting on sleep(0.5)>`.
pub fn show_task(kernel: &Kernel, task: &Task) -> String {
    let on = match task.state() {
        State::Waiting => format!(" on {}", kernel.waits_text(task)),
        _ => String::new(),
    };
    format!("<task {} \"{}\" {}{on}>", task.id, task.name, task.state_name())
}

/// A value in short, as in code.
pub fn inspect(value: &Dynamic, depth: usize) -> String {
    if is_held(value) {
        return "…".into();
    }
    if let Some(list) = value.read_lock::<Array>() {
        return match depth {
            0 => format!("[… {}]", list.len()),
            _ => bracketed("[", "]", list.len(), list.iter().map(|v| inspect(v, depth - 1))),
        };
    }
    if let Some(map) = value.read_lock::<Map>() {
        return match depth {
            0 => format!("#{{… {}}}", map.len()),
            _ => bracketed("#{", "}", map.len(), map.iter().map(|(k, v)| format!("{k}: {}", inspect(v, depth - 1)))),
        };
    }
    if let Some(coroutine) = value.read_lock::<Coroutine>() {
        return match depth {
            0 => format!("<coroutine {}(…)>", coroutine.name()),
            _ => coroutine.show(|v| inspect(v, depth - 1)),
        };
    }
    if let Some(future) = value.read_lock::<Future>() {
        return show_future(&future);
    }
    if let Some(task) = value.read_lock::<TaskRef>() {
        return format!("<task {} \"{}\" {}>", task.id, task.name, task.state_name());
    }
    if let Some(function) = value.read_lock::<FnPtr>() {
        return function_shown(function.fn_name());
    }
    match show(value, depth) {
        Some(text) => text,
        None => Short::of(&value.flatten_clone(), 200),
    }
}

/// How a function prints that is a value.
fn function_shown(name: &str) -> String {
    if is_closure_name(name) { "<closure>".to_string() } else { format!("<fn {name}>") }
}

fn show(value: &Dynamic, levels: usize) -> Option<String> {
    let shown = super::sync::show(value, levels).or_else(|| super::http::show(value));
    let shown = shown.or_else(|| super::tcp::show(value)).or_else(|| super::websocket::show(value));
    let shown = shown.or_else(|| super::world::show(value)).or_else(|| super::progress::show(value));
    shown.or_else(|| super::random::show(value))
}

/// What the prompt shows below a value that is more than its short form: names and texts, not escaped.
pub fn details(value: &Dynamic) -> Vec<(String, String)> {
    super::http::details(value)
}

fn bracketed(open: &str, close: &str, len: usize, items: impl Iterator<Item = String>) -> String {
    const MOST: usize = 20;
    let mut list: Vec<String> = items.take(MOST).collect();
    if len > MOST {
        list.push(format!("… {} more", len - MOST));
    }
    format!("{open}{}{close}", list.join(", "))
}

/// Takes so many characters of what is written, and then stops the writing: a value may be as large as memory.
struct Short {
    text: String,
    left: usize,
}

impl Short {
    fn of(value: &Dynamic, most: usize) -> String {
        let mut short = Self { text: String::new(), left: most };
        let written = match value.as_immutable_string_ref() {
            // its end is not shown
            Ok(text) => short.write_str(&term::quoted(&text.chars().take(most + 1).collect::<String>())),
            Err(_) => write!(short, "{value:?}"),
        };
        match written {
            Ok(()) => short.text,
            Err(_) => short.text + "…",
        }
    }
}

impl fmt::Write for Short {
    fn write_str(&mut self, piece: &str) -> fmt::Result {
        match piece.char_indices().nth(self.left) {
            Some((end, _)) => {
                self.text.push_str(&piece[..end]);
                self.left = 0;
                Err(fmt::Error)
            }
            None => {
                self.text.push_str(piece);
                self.left -= piece.chars().count();
                Ok(())
            }
        }
    }
}

/// A duration in seconds as nanoseconds. Negative ones count as 0.
///
/// # Errors
/// Kind "value" for NaN and infinity.
pub(super) fn nanos(seconds: f64) -> Fallible<u64> {
    if !seconds.is_finite() {
        return Err(error(kind::VALUE, format!("a duration in seconds is needed, and this is {seconds}")));
    }
    Ok((seconds.max(0.0) * 1e9).min(u64::MAX as f64 / 4.0).round() as u64)
}

/// A number of seconds from an integer or a float.
///
/// # Errors
/// Kind "value" for anything else.
pub(super) fn seconds(value: &Dynamic) -> Fallible<f64> {
    let number = value.as_float().or_else(|_| value.as_int().map(|n| n as f64));
    number.map_err(|name| error(kind::VALUE, format!("a duration in seconds is needed, and this is {}", article(name))))
}

/// The error that an outcome is, as the value that `catch` gets; none if it has a value.
pub(super) fn error_of(kernel: &Kernel, task: &TaskRef, outcome: Outcome) -> Result<Dynamic, Dynamic> {
    match crate::engine::join::result_of(kernel, task, outcome) {
        Ok(value) => Ok(value),
        Err(Raise::Error(failure)) => Err(caught(&failure)),
        Err(_) => Err(Dynamic::UNIT),
    }
}

/// What `catch` gets of a failure.
pub(super) fn caught(failure: &Failure) -> Dynamic {
    // Rhai's own words for an error of depth or size are "Script terminated"
    let is_limit = !failure.is_catchable() && !failure.is_stop();
    let limit = || error_value(kind::LIMIT, message_of(failure)).into();
    let own = || if is_limit { limit() } else { failure.error.to_string().into() };
    failure.thrown().cloned().unwrap_or_else(own)
}

/// The items of an array, of what is said.
///
/// # Errors
/// Kind "value" for anything but an array.
pub(super) fn list(name: &str, of: &str, value: Dynamic) -> Fallible<Array> {
    let type_name = value.type_name();
    value
        .into_array()
        .map_err(|_| error(kind::VALUE, format!("{name} needs an array of {of}, and this is {}", article(type_name))))
}

/// The bytes of what is to be written or sent by `name`.
///
/// # Errors
/// Kind "value" for what is neither a string nor a blob.
pub fn bytes(name: &str, data: &Dynamic) -> Fallible<Vec<u8>> {
    if let Some(blob) = data.read_lock::<Blob>() {
        return Ok(blob.clone());
    }
    let wrong = |_| {
        let given = article(data.type_name());
        error(
            kind::VALUE,
            format!("{name} needs a string or a blob, and this is {given}: to_json makes a string of it"),
        )
    };
    data.clone().into_string().map(String::into_bytes).map_err(wrong)
}
