//! The errors of this library, and what the loop speaks up about.

use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Dynamic, EvalAltResult, Map, Position};

use super::task::Task;
use crate::lang::failure::Exhausted;
use crate::lang::{Failure, Raise, is_closure_name};
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
    pub const PERMISSION: &str = "permission";
    pub const SQLITE: &str = "sqlite";
    pub const VALUE: &str = "value";
    pub const DEADLOCK: &str = "deadlock";
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

/// The error of awaiting again what can be awaited once, and may have been `spawned` as the task of this number.
pub(super) fn used_twice(what: &str, spawned: u32) -> Box<EvalAltResult> {
    let message = match spawned {
        0 => format!("{what} has been awaited already: each can be awaited once (a task can be awaited often)"),
        task => format!("{what} was spawned as task {task}: await that"),
    };
    error(kind::VALUE, message)
}

/// The error that somebody gets who awaits a task that was cancelled.
pub fn was_cancelled(task: &Task) -> Raise {
    raise(kind::CANCELLED, format!("{} was cancelled", task.who()))
}

/// Whether an error says no more than [`was_cancelled`] does: what a script throws of that kind is its own.
pub fn says_was_cancelled(failure: &Failure) -> bool {
    let Some(map) = failure.thrown().and_then(|value| value.read_lock::<Map>()) else {
        return false;
    };
    let text = |key: &str| map.get(key).and_then(|text| text.clone().into_string().ok()).unwrap_or_default();
    let message = text("message");
    let is_of_library = message.starts_with("task ") && message.ends_with(" was cancelled");
    map.len() == 2 && text("error") == kind::CANCELLED && is_of_library
}

/// The error of a task that begins to wait for its own end.
pub fn awaits_itself(task: &Task) -> Box<EvalAltResult> {
    error(kind::DEADLOCK, format!("{} cannot await itself: it would never end", task.who()))
}

/// What an error says, in one line.
pub fn message_of(failure: &Failure) -> String {
    if let Some(first) = &failure.first {
        return message_of(first);
    }
    if let Some(exhausted) = Exhausted::of(&failure.error) {
        return exhausted.message().to_string();
    }
    match failure.error.unwrap_inner() {
        EvalAltResult::ErrorRuntime(value, _) => message_of_value(value),
        EvalAltResult::ErrorDataTooLarge(what, _) => format!("too large: {what}"),
        EvalAltResult::ErrorTerminated(token, _) if !failure.is_stop() => token.to_string(),
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

/// A type in a sentence, by the name that Rust or Rhai has for it: `an integer`, `a queue`.
pub fn article(name: &str) -> String {
    let name = match name {
        "i64" => "integer".to_string(),
        "f64" => "float".to_string(),
        "Fn" => "function".to_string(),
        "()" => return "(), no value".to_string(),
        path => short_name(path),
    };
    let an = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {name}", if an { "an" } else { "a" })
}

/// What scripts call a type of which we have the path in Rust: `queue`, `task_group`, `range`.
fn short_name(path: &str) -> String {
    let outer = path.split('<').next().unwrap_or(path);
    let name = match outer.rsplit("::").next().unwrap_or(outer) {
        "Rc" => "task", // a handle
        "RangeInclusive" | "Steps" | "StepRange" | "BitRange" | "CharsStream" => "range",
        name => name,
    };
    let mut short = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !short.is_empty() {
            short.push('_');
        }
        short.push(c.to_ascii_lowercase());
    }
    short
}

/// A message of Rhai's own with the names that scripts know in the place of Rust's.
fn in_own_words(text: &str) -> String {
    let text = text.replace("&str | ImmutableString | String", "string");
    let not_found = text.strip_prefix("Function not found: ");
    if let Some((_, types)) = not_found.filter(|name| is_closure_name(name)).and_then(|rest| rest.split_once(' ')) {
        return format!(
            "this closure can't be called with {types}: it takes another number of arguments, or belongs to a module and can be called only there"
        );
    }
    if let Some((name, types)) = not_found.and_then(|rest| rest.split_once(" (")) {
        let known: Vec<&str> = types.trim_end_matches(')').split(", ").collect();
        if let ([one, two], true) = (known.as_slice(), name.chars().all(|c| c.is_ascii_punctuation())) {
            return format!("`{name}` can't be used on {} and {}", article(one), article(two));
        }
    }
    let of_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '<' | '>');
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("::") {
        let start =
            rest[..at].rfind(|c| !of_path(c)).map_or(0, |i| i + rest[i..].chars().next().map_or(1, char::len_utf8));
        let end = rest[at..].find(|c| !of_path(c)).map_or(rest.len(), |i| at + i);
        let path = &rest[start..end];
        out.push_str(&rest[..start]);
        match is_of_rust(path) {
            true => out.push_str(&short_name(path)),
            false => out.push_str(path),
        }
        rest = &rest[end..];
    }
    out + rest
}

/// Whether it is a path in a crate of Rust, and not in a module of the script.
fn is_of_rust(path: &str) -> bool {
    ["core::", "alloc::", "std::", "rhai::", "loopscope::"].iter().any(|root| path.starts_with(root))
}

fn inner_message(failure: &Failure) -> String {
    // what it says, without the position, which is drawn
    let mut inner: &EvalAltResult = &failure.error;
    while let EvalAltResult::ErrorInFunctionCall(_, _, error, _) = inner {
        inner = error;
    }
    let text = inner.to_string();
    in_own_words(match inner.position() {
        Position::NONE => &text,
        pos => text.strip_suffix(&format!(" ({pos})")).unwrap_or(&text),
    })
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

/// So many places are noted, more than anybody reads of.
const DROPPED_AT: usize = 256;

/// Notes that an awaitable was dropped unused. Called from `drop`, where no loop is at hand.
pub(super) fn never_awaited(name: &str, made: SiteId, coroutine: bool) {
    // the list may be gone when a thread ends, and then nobody is left to tell
    let _ = DROPPED.try_with(|list| {
        let mut list = list.borrow_mut();
        let has_room = list.len() < DROPPED_AT;
        let known = list.iter_mut().rev().find_map(|notice| match notice {
            Notice::NeverAwaited { name: n, made: m, times, .. } if *m == made && n == name => Some(times),
            _ => None,
        });
        match known {
            Some(times) => *times += 1,
            None if has_room => list.push(Notice::NeverAwaited { name: name.to_string(), made, coroutine, times: 1 }),
            None => {}
        }
    });
}

/// Forgets what was made at these places: a call that threw has taken it along.
pub(super) fn forgive_dropped(sites: &[SiteId]) {
    DROPPED.with_borrow_mut(|list| {
        list.retain(|notice| !matches!(notice, Notice::NeverAwaited { made, .. } if sites.contains(made)));
    });
}

/// Takes what was noted.
pub fn take_dropped() -> Vec<Notice> {
    DROPPED.with_borrow_mut(std::mem::take)
}

/// Notes again what was taken.
pub(super) fn put_dropped(notices: Vec<Notice>) {
    DROPPED.set(notices);
}

/// Whether anything was noted.
#[inline]
pub fn any_dropped() -> bool {
    DROPPED.with_borrow(|list| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_in_turns_is_noted_once_a_place() {
        take_dropped();
        for _ in 0..1_000 {
            never_awaited("a", SiteId(1), true);
            never_awaited("b", SiteId(2), true);
        }
        let noted = take_dropped();
        assert_eq!(noted.len(), 2);
        assert!(noted.iter().all(|notice| matches!(notice, Notice::NeverAwaited { times: 1_000, .. })));
        (0..10_000).for_each(|place| never_awaited("c", SiteId(place), true));
        assert_eq!(take_dropped().len(), DROPPED_AT);
    }
}
