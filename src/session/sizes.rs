//! Limits of sizes: what grows step by step is caught when a variable is read that has become too large; functions
//! that could fill memory in one step refuse beforehand.
//!
//! Rhai has such limits of its own, which go through all entries of an array at each call of a method on it; then a
//! loop that pushes 100,000 items takes seconds.

use std::cell::Cell;

use rhai::{Array, Blob, Dynamic, Engine, EvalAltResult, FnPtr, ImmutableString, Position};

use super::memory;
use crate::limits::{Limits, bytes};

pub(super) type Fallible<T = ()> = Result<T, Box<EvalAltResult>>;

/// So many variables are looked into after memory has grown, and so many values in all.
const VARIABLES: u32 = 64;
const VALUES: usize = 200_000;

/// Puts the limits in force.
pub(super) fn install(engine: &mut Engine, limits: Limits) {
    let seen = Cell::new(memory::grown());
    let looks = Cell::new((0, 0));
    #[allow(deprecated)] // "volatile", not deprecated; the version of rhai is pinned
    engine.on_var(move |_, index, context| {
        let variable = index.checked_sub(1).and_then(|index| context.scope().iter_raw().nth(index));
        let Some((_, _, value)) = variable else {
            return Ok(None);
        };
        if value.is_int() {
            return Ok(None);
        }
        check(value, &limits)?;
        if memory::grown() != seen.get() {
            seen.set(memory::grown());
            looks.set((VARIABLES, VALUES));
        }
        if looks.get().0 > 0 {
            look(value, &limits, &looks)?;
        }
        Ok(None)
    });
    text(engine, limits);
    lists(engine, limits);
}

/// An error that no `catch` sees.
fn too_large(what: &str, is: String, most: String, name: &str) -> Box<EvalAltResult> {
    let message = format!("{what} {is}, and at most {most} are allowed (--limit {name}=N)");
    Box::new(EvalAltResult::ErrorDataTooLarge(message, Position::NONE))
}

fn check_bytes(what: &str, size: usize, limits: &Limits) -> Fallible {
    match size > limits.string {
        true => Err(too_large(what, format!("of {}", bytes(size)), bytes(limits.string), "string")),
        false => Ok(()),
    }
}

fn check_entries(what: &str, count: usize, limits: &Limits) -> Fallible {
    match count > limits.array {
        true => Err(too_large(what, format!("of {count} entries"), limits.array.to_string(), "array")),
        false => Ok(()),
    }
}

/// Whether a variable may be as large as it is.
#[inline]
fn check(value: &Dynamic, limits: &Limits) -> Fallible {
    if value.is_shared() {
        return match value.is_locked() {
            false => value.read_lock::<Dynamic>().map_or(Ok(()), |inner| check(&inner, limits)),
            true => Ok(()),
        };
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        check_bytes("a string", text.len(), limits)
    } else if let Ok(list) = value.as_array_ref() {
        check_entries("an array", list.len(), limits)
    } else if let Ok(map) = value.as_map_ref() {
        check_entries("a map", map.len(), limits)
    } else if let Ok(blob) = value.as_blob_ref() {
        check_bytes("a blob", blob.len(), limits)
    } else {
        Ok(())
    }
}

/// Looks into a variable, now that memory has grown.
#[cold]
fn look(value: &Dynamic, limits: &Limits, looks: &Cell<(u32, usize)>) -> Fallible {
    let (variables, mut values) = looks.get();
    let deep = is_deeper(value, limits.depth, &mut values);
    looks.set((if values == 0 { 0 } else { variables - 1 }, values));
    if deep { Err(too_deep(limits)) } else { Ok(()) }
}

pub(super) fn too_deep(limits: &Limits) -> Box<EvalAltResult> {
    let depth = limits.depth;
    too_large("a value", format!("nested more than {depth} deep"), format!("{depth} levels"), "depth")
}

/// Whether values are nested deeper than so. What is nested too deep would use up the stack when it is copied, shown,
/// compared or dropped. At most so many values are looked at.
fn is_deeper(value: &Dynamic, levels: usize, values: &mut usize) -> bool {
    if levels == 0 || *values == 0 {
        return levels == 0;
    }
    *values -= 1;
    if value.is_shared() {
        let inner = if value.is_locked() { None } else { value.read_lock::<Dynamic>() };
        return inner.is_some_and(|inner| is_deeper(&inner, levels - 1, values));
    }
    if let Ok(list) = value.as_array_ref() {
        list.iter().any(|item| is_deeper(item, levels - 1, values))
    } else if let Ok(map) = value.as_map_ref() {
        map.values().any(|item| is_deeper(item, levels - 1, values))
    } else if let Some(function) = value.read_lock::<FnPtr>() {
        function.curry().iter().any(|item| is_deeper(item, levels - 1, values))
    } else {
        false
    }
}

/// A number of characters, bytes or entries as scripts give it; negative ones count as 0.
fn size(number: i64) -> usize {
    usize::try_from(number.max(0)).unwrap_or(usize::MAX)
}

/// Functions of strings and blobs whose results can be much larger than what they are given.
fn text(engine: &mut Engine, limits: Limits) {
    engine.register_fn("pad", move |text: &mut ImmutableString, length: i64, with: char| {
        pad(text, size(length), &with.to_string(), &limits)
    });
    engine.register_fn("pad", move |text: &mut ImmutableString, length: i64, with: &str| {
        pad(text, size(length), with, &limits)
    });
    engine.register_fn("replace", move |text: &mut ImmutableString, find: &str, with: &str| {
        replace(text, find, with, &limits)
    });
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, with: &str| {
        replace(text, &find.to_string(), with, &limits)
    });
    engine.register_fn("blob", move |length: i64| blob(length, 0, &limits));
    engine.register_fn("blob", move |length: i64, value: i64| blob(length, value, &limits));
    engine.register_fn("pad", move |blob: &mut Blob, length: i64, value: i64| {
        check_bytes("a blob", size(length), &limits)?;
        blob.resize(size(length).max(blob.len()), (value & 0xff) as u8);
        Fallible::Ok(())
    });
}

fn pad(text: &mut ImmutableString, length: usize, with: &str, limits: &Limits) -> Fallible {
    let missing = length.saturating_sub(text.chars().count());
    let each = with.chars().count();
    if missing == 0 || each == 0 {
        return Ok(());
    }
    let bytes = (missing / each + 1).saturating_mul(with.len()).saturating_add(text.len());
    check_bytes("a string", bytes.max(length), limits)?;
    let text = text.make_mut();
    text.push_str(&with.repeat(missing / each));
    text.extend(with.chars().take(missing % each));
    Ok(())
}

fn replace(text: &mut ImmutableString, find: &str, with: &str, limits: &Limits) -> Fallible {
    let most = (text.len() / find.len().max(1) + 1).saturating_mul(with.len());
    if most.saturating_add(text.len()) > limits.string {
        let found = text.matches(find).count();
        let size = text.len() - found * find.len() + found.saturating_mul(with.len());
        check_bytes("a string", size, limits)?;
    }
    if !text.is_empty() {
        *text = text.replace(find, with).into();
    }
    Ok(())
}

fn blob(length: i64, value: i64, limits: &Limits) -> Fallible<Blob> {
    check_bytes("a blob", size(length), limits)?;
    Ok(vec![(value & 0xff) as u8; size(length)])
}

/// Functions that make long arrays.
fn lists(engine: &mut Engine, limits: Limits) {
    engine.register_fn("pad", move |list: &mut Array, length: i64, with: Dynamic| {
        check_entries("an array", size(length), &limits)?;
        list.resize(size(length).max(list.len()), with);
        Fallible::Ok(())
    });
    engine.register_fn("to_chars", move |text: &str| {
        check_entries("an array", text.len().min(text.chars().count()), &limits)?;
        Fallible::Ok(text.chars().map(Dynamic::from).collect::<Array>())
    });
    engine.register_fn("split", move |text: ImmutableString, at: &str| split(&text, at, &limits));
    engine.register_fn("split", move |text: ImmutableString, at: char| split(&text, &at.to_string(), &limits));
}

fn split(text: &ImmutableString, at: &str, limits: &Limits) -> Fallible<Array> {
    if text.len() / at.len().max(1) >= limits.array {
        check_entries("an array", text.matches(at).count() + 1, limits)?;
    }
    match text.is_empty() || (!at.is_empty() && !text.contains(at)) {
        true => Ok(vec![text.clone().into()]),
        false => Ok(text.split(at).map(Into::into).collect()),
    }
}
