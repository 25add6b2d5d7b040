//! Functions of Rhai's own that are done in another way here: arrays and maps are shown and compared without using up
//! the stack or memory, and an error in the function that a list is sorted by is one of the sort.

use std::cmp::Ordering;
use std::fmt::Write as _;

use rhai::{Array, Dynamic, Engine, EvalAltResult, FnPtr, Map, NativeCallContext};

use super::sizes::{Fallible, Guard};
use crate::term::quoted;

/// Puts them in the place of Rhai's.
pub(super) fn install(engine: &mut Engine, guard: &Guard) {
    let limits = guard.limits;
    for name in ["print", "debug", "to_string", "to_debug"] {
        let own = guard.clone();
        engine.register_fn(name, move |context: NativeCallContext, list: &mut Array| {
            let mut shown = Shown { context: &context, text: String::new(), guard: &own };
            shown.list(list, limits.depth);
            shown.text
        });
        let own = guard.clone();
        engine.register_fn(name, move |context: NativeCallContext, map: &mut Map| {
            let mut shown = Shown { context: &context, text: String::new(), guard: &own };
            shown.map(map, limits.depth);
            shown.text
        });
    }
    for (name, equal) in [("==", true), ("!=", false)] {
        let own = guard.clone();
        engine.register_fn(name, move |context: NativeCallContext, a: &mut Array, mut b: Array| {
            lists(&context, a, &mut b, limits.depth)
                .map_err(|e| e.unwrap_or_else(|| own.too_deep()))
                .map(|r| r == equal)
        });
        let own = guard.clone();
        engine.register_fn(name, move |context: NativeCallContext, a: &mut Map, mut b: Map| {
            maps(&context, a, &mut b, limits.depth).map_err(|e| e.unwrap_or_else(|| own.too_deep())).map(|r| r == equal)
        });
    }
    for name in ["sort", "sort_by"] {
        engine.register_fn(name, |context: NativeCallContext, list: &mut Array, by: FnPtr| {
            *list = sorted(list.clone(), &mut |a, b| order(&context, &by, a, b))?;
            Fallible::Ok(())
        });
    }
    for name in ["order", "order_by"] {
        engine.register_fn(name, |context: NativeCallContext, list: &mut Array, by: FnPtr| {
            sorted(list.clone(), &mut |a, b| order(&context, &by, a, b))
        });
    }
}

/// A value on its way to text. What is too long is cut, and what is too deep left out: whoever shows a value in a
/// template can't be told of an error.
struct Shown<'a, 'c> {
    context: &'a NativeCallContext<'c>,
    text: String,
    guard: &'a Guard,
}

impl Shown<'_, '_> {
    fn list(&mut self, list: &mut Array, levels: usize) {
        self.text.push('[');
        for (n, item) in list.iter_mut().enumerate() {
            self.text.push_str(if n == 0 { "" } else { ", " });
            if self.is_full() {
                return;
            }
            self.value(item, levels);
        }
        self.text.push(']');
    }

    fn map(&mut self, map: &mut Map, levels: usize) {
        self.text.push_str("#{");
        for (n, (key, item)) in map.iter_mut().enumerate() {
            self.text.push_str(if n == 0 { "" } else { ", " });
            if self.is_full() {
                return;
            }
            let _ = write!(self.text, "{}: ", quoted(key));
            self.value(item, levels);
        }
        self.text.push('}');
    }

    fn is_full(&mut self) -> bool {
        let full = self.text.len() >= self.guard.limits.string;
        if full && !self.text.ends_with('…') {
            self.text.push('…');
        }
        full
    }

    /// As much of a text as there is room for, and memory: it is copied with signs before some characters, and again when
    /// what stands before it has to grow.
    fn string(&mut self, text: &str) {
        let left = self.guard.limits.string.saturating_sub(self.text.len());
        let part = &text[..text.floor_char_boundary(left)];
        match self.guard.check_memory(6 * part.len()) {
            Ok(()) => self.text.push_str(&quoted(part)),
            Err(_) => self.text.push('…'), // the next operation tells of it
        }
    }

    fn value(&mut self, value: &mut Dynamic, levels: usize) {
        if levels <= 1 {
            self.text.push('…');
        } else if let Ok(number) = value.as_int() {
            let _ = write!(self.text, "{number}");
        } else if let Ok(text) = value.as_immutable_string_ref() {
            self.string(&text);
        } else if let Ok(mut list) = value.as_array_mut() {
            self.list(&mut list, levels - 1);
        } else if let Ok(mut map) = value.as_map_mut() {
            self.map(&mut map, levels - 1);
        } else {
            match self.context.call_native_fn_raw("to_debug", true, &mut [value]) {
                Ok(text) if text.is_string() => self.text.push_str(&text.into_string().unwrap_or_default()),
                Ok(other) => self.text.push_str(self.context.engine().map_type_name(other.type_name())),
                Err(_) => {
                    let debug = format!("{value:?}");
                    self.text.push_str(self.context.engine().map_type_name(&debug));
                }
            }
        }
    }
}

/// Why a comparison failed: with an error, or (none) because there is too much of it in one another.
type Failed = Option<Box<EvalAltResult>>;

fn lists(context: &NativeCallContext, a: &mut Array, b: &mut Array, levels: usize) -> Result<bool, Failed> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (a, b) in a.iter_mut().zip(b) {
        if !values(context, a, b, levels)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn maps(context: &NativeCallContext, a: &mut Map, b: &mut Map, levels: usize) -> Result<bool, Failed> {
    if a.len() != b.len() {
        return Ok(false);
    }
    for (key, a) in a {
        let Some(b) = b.get_mut(key) else {
            return Ok(false);
        };
        if !values(context, a, b, levels)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn values(context: &NativeCallContext, a: &mut Dynamic, b: &mut Dynamic, levels: usize) -> Result<bool, Failed> {
    let levels = levels.checked_sub(1).ok_or(None)?;
    if let (Ok(mut a), Ok(mut b)) = (a.as_array_mut(), b.as_array_mut()) {
        return lists(context, &mut a, &mut b, levels);
    }
    if let (Ok(mut a), Ok(mut b)) = (a.as_map_mut(), b.as_map_mut()) {
        return maps(context, &mut a, &mut b, levels);
    }
    let same_type = a.type_id() == b.type_id();
    match context.call_native_fn_raw("==", true, &mut [a, b]) {
        Ok(equal) => Ok(equal.as_bool().unwrap_or(false)),
        // things of different types are not equal; of the same, they should have had a way to tell
        Err(error) => match *error {
            EvalAltResult::ErrorFunctionNotFound(ref call, ..) if call.starts_with("==") && !same_type => Ok(false),
            _ => Err(Some(error)),
        },
    }
}

/// How a function of the script orders two items: a number below, at or above 0, or whether the first comes first.
fn order(context: &NativeCallContext, by: &FnPtr, a: &Dynamic, b: &Dynamic) -> Fallible<Ordering> {
    let answer = by.call_raw(context, None, [a.clone(), b.clone()])?;
    let number = answer.as_int().or_else(|_| answer.as_bool().map(|first| if first { -1 } else { 1 }));
    Ok(number.map_or_else(|_| a.type_id().cmp(&b.type_id()), |number| number.cmp(&0)))
}

/// The same items in order; those that are equal stay as they stand. Any answers of the function will do.
fn sorted(mut list: Array, order: &mut impl FnMut(&Dynamic, &Dynamic) -> Fallible<Ordering>) -> Fallible<Array> {
    if list.len() < 2 {
        return Ok(list);
    }
    let right = list.split_off(list.len() / 2);
    let (left, right) = (sorted(list, order)?, sorted(right, order)?);
    let mut merged = Array::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let from_right = order(a, b)? == Ordering::Greater;
        merged.extend(if from_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}
