//! The errors of this library, and what the loop speaks up about.

use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Dynamic, EvalAltResult, Map, Position};

use crate::lang::{Failure, Raise};
use crate::trace::event::SiteId;

/// Kinds of errors, the `error` entry of what `catch` gets.
pub mod kind {
    pub const TIMEOUT: &str = "timeout";
    pub const CANCELLED: &str = "cancelled";
    pub const CLOSED: &str = "closed";
    pub const GROUP: &str = "group";
    pub const NETWORK: &str = "network";
    pub const HTTP: &str = "http";
    pub const LIMIT: &str = "limit";
    pub const IO: &str = "io";
    pub const VALUE: &str = "value";
}

/// The value of an error of this library: `#{error: kind, message: message}`.
pub fn error_value(kind: &str, message: impl Into<String>) -> Map {
    let mut map = Map::new();
    map.insert("error".into(), kind.into());
    map.insert("message".into(), message.into().into());
    map
}

/// An error of this library, for a function that Rhai calls.
pub fn error(kind: &str, message: impl Into<String>) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(error_value(kind, message).into(), Position::NONE))
}

/// An error of this library, for an op.
pub fn raise(kind: &str, message: impl Into<String>) -> Raise {
    Raise::error(error_value(kind, message).into())
}

/// What an error says, in one line.
pub fn message_of(failure: &Failure) -> String {
    match failure.error.unwrap_inner() {
        EvalAltResult::ErrorRuntime(value, _) => message_of_value(value),
        _ => inner_message(failure),
    }
}

/// What a thrown value says: its `message` if it is a map with one, else itself.
pub fn message_of_value(value: &Dynamic) -> String {
    if let Some(map) = value.read_lock::<Map>()
        && let Some(message) = map.get("message")
    {
        return message.to_string();
    }
    match value.is_unit() {
        true => "an error without a value was thrown".to_string(),
        false => value.to_string(),
    }
}

fn inner_message(failure: &Failure) -> String {
    // what it says, without the position, which is drawn
    let mut inner: &EvalAltResult = &failure.error;
    while let EvalAltResult::ErrorInFunctionCall(_, _, error, _) = inner {
        inner = error;
    }
    let text = inner.to_string();
    match inner.position() {
        Position::NONE => text,
        pos => text.strip_suffix(&format!(" ({pos})")).unwrap_or(&text).to_string(),
    }
}

/// What the loop speaks up about by itself.
#[derive(Clone)]
pub enum Notice {
    /// So many coroutines (or futures) made at this place were dropped and never started.
    NeverAwaited { name: String, made: SiteId, coroutine: bool, times: u64 },
    /// A task did not let others run for too long.
    Blocked { id: u32, name: Rc<str>, millis: u64, site: SiteId, others: usize },
}

thread_local! {
    static DROPPED: RefCell<Vec<Notice>> = const { RefCell::new(Vec::new()) };
}

/// Notes that an awaitable was dropped unused. Called from `drop`, where no loop is at hand.
pub(super) fn never_awaited(name: &str, made: SiteId, coroutine: bool) {
    // the list may be gone when a thread ends, and then nobody is left to tell
    let _ = DROPPED.try_with(|list| {
        let mut list = list.borrow_mut();
        match list.last_mut() {
            Some(Notice::NeverAwaited { name: n, made: m, times, .. }) if *m == made && n == name => *times += 1,
            _ => list.push(Notice::NeverAwaited { name: name.to_string(), made, coroutine, times: 1 }),
        }
    });
}

/// Takes what was noted.
pub fn take_dropped() -> Vec<Notice> {
    DROPPED.with_borrow_mut(std::mem::take)
}

/// Whether anything was noted.
#[inline]
pub fn any_dropped() -> bool {
    DROPPED.with_borrow(|list| !list.is_empty())
}
