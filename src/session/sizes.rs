//! Limits of sizes: what grows step by step is caught when a variable is read that has become too large; functions
//! that could fill memory in one step refuse beforehand.
//!
//! Rhai has such limits of its own, which go through all entries of an array at each call of a method on it; then a
//! loop that pushes 100,000 items takes seconds.

use std::cell::Cell;
use std::rc::Rc;

use rhai::{Array, Blob, Dynamic, Engine, EvalAltResult, FnPtr, ImmutableString};

use super::{inside, memory};
use crate::lang::failure::Exhausted;
use crate::lang::syntax::Shared;
use crate::limits::Limits;
use crate::units::bytes;

pub(super) type Fallible<T = ()> = Result<T, Box<EvalAltResult>>;

/// So many variables are looked into after memory has grown, and so many values in all.
const VARIABLES: u32 = 64;
const VALUES: usize = 200_000;
/// Of as many as an array may have one in so many may be nested deep.
const EIGHTH: usize = 8;

/// The limits, and the evaluation that they end.
#[derive(Clone)]
pub(super) struct Guard {
    pub limits: Limits,
    pub shared: Rc<Shared>,
}

/// Puts the limits in force.
pub(super) fn install(engine: &mut Engine, guard: &Guard) {
    let seen = Cell::new(memory::grown());
    let looks = Cell::new((0, 0));
    let own = guard.clone();
    #[allow(deprecated)] // "volatile", not deprecated; the version of rhai is pinned
    engine.on_var(move |_, index, context| {
        if context.call_level() >= own.limits.calls {
            return Err(own.shared.exhaust(Exhausted::Calls.message().to_string()));
        }
        let variable = index.checked_sub(1).and_then(|index| context.scope().iter_raw().nth(index));
        let Some((_, _, value)) = variable else {
            return Ok(None);
        };
        if value.is_int() {
            return Ok(None);
        }
        own.check(value)?;
        if memory::grown() != seen.get() {
            seen.set(memory::grown());
            looks.set((VARIABLES, VALUES));
        }
        if looks.get().0 > 0 {
            own.look(value, &looks)?;
        }
        Ok(None)
    });
    text(engine, guard);
    lists(engine, guard);
}

impl Guard {
    /// An error that no `catch` sees.
    fn too_large(&self, what: &str, is: String, most: String, name: &str) -> Box<EvalAltResult> {
        let message = format!("too large: {what} {is}, and at most {most} are allowed (--limit {name}=N)");
        self.shared.exhaust(message)
    }

    fn check_bytes(&self, what: &str, size: usize) -> Fallible {
        match size > self.limits.string {
            true => Err(self.too_large(what, format!("of {}", bytes(size)), bytes(self.limits.string), "string")),
            false => Ok(()),
        }
    }

    fn check_entries(&self, what: &str, count: usize) -> Fallible {
        match count > self.limits.array {
            true => Err(self.too_large(what, format!("of {count} entries"), self.limits.array.to_string(), "array")),
            false => Ok(()),
        }
    }

    /// Whether a variable may be as large as it is.
    #[inline]
    fn check(&self, value: &Dynamic) -> Fallible {
        if value.is_shared() {
            return match value.is_locked() {
                false => value.read_lock::<Dynamic>().map_or(Ok(()), |inner| self.check(&inner)),
                true => Ok(()),
            };
        }
        if let Ok(text) = value.as_immutable_string_ref() {
            self.check_bytes("a string", text.len())
        } else if let Ok(list) = value.as_array_ref() {
            self.check_entries("an array", list.len())
        } else if let Ok(map) = value.as_map_ref() {
            self.check_entries("a map", map.len())
        } else if let Ok(blob) = value.as_blob_ref() {
            self.check_bytes("a blob", blob.len())
        } else {
            Ok(())
        }
    }

    /// Looks into a variable, now that memory has grown.
    #[cold]
    fn look(&self, value: &Dynamic, looks: &Cell<(u32, usize)>) -> Fallible {
        let (variables, mut values) = looks.get();
        let deep = is_deeper(value, self.limits.depth, &mut values);
        looks.set((if values == 0 { 0 } else { variables - 1 }, values));
        if deep {
            return Err(self.too_deep());
        }
        let most = self.limits.array / EIGHTH;
        if values > 0 || !inside::are_more(value, most) {
            return Ok(());
        }
        let message = format!(
            "too large: a value with more than {most} values nested more than {} deep in it, as there is where one is put \
             into itself again and again; they may be an eighth of what an array may have (--limit array=N)",
            inside::DEEP
        );
        Err(self.shared.exhaust(message))
    }

    /// Whether there is memory for so many bytes at once: else the system would end the process.
    fn check_memory(&self, bytes: usize) -> Fallible {
        const SMALL: usize = 1 << 20;
        if bytes < SMALL || memory::can_have(bytes) {
            Ok(())
        } else {
            Err(self.shared.exhaust(Exhausted::Memory.message().to_string()))
        }
    }

    pub fn too_deep(&self) -> Box<EvalAltResult> {
        let depth = self.limits.depth;
        self.too_large("a value", format!("nested more than {depth} deep"), format!("{depth} levels"), "depth")
    }
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
fn text(engine: &mut Engine, guard: &Guard) {
    let own = guard.clone();
    engine.register_fn("pad", move |text: &mut ImmutableString, length: i64, with: char| {
        pad(text, size(length), &with.to_string(), &own)
    });
    let own = guard.clone();
    engine.register_fn("pad", move |text: &mut ImmutableString, length: i64, with: &str| {
        pad(text, size(length), with, &own)
    });
    let own = guard.clone();
    engine.register_fn("replace", move |text: &mut ImmutableString, find: &str, with: &str| {
        replace(text, find, with, &own)
    });
    let own = guard.clone();
    engine.register_fn("replace", move |text: &mut ImmutableString, find: char, with: &str| {
        replace(text, &find.to_string(), with, &own)
    });
    let own = guard.clone();
    engine.register_fn("blob", move |length: i64| blob(length, 0, &own));
    let own = guard.clone();
    engine.register_fn("blob", move |length: i64, value: i64| blob(length, value, &own));
    let own = guard.clone();
    engine.register_fn("pad", move |blob: &mut Blob, length: i64, value: i64| {
        own.check_bytes("a blob", size(length))?;
        own.check_memory(size(length))?;
        blob.resize(size(length).max(blob.len()), (value & 0xff) as u8);
        Fallible::Ok(())
    });
}

fn pad(text: &mut ImmutableString, length: usize, with: &str, guard: &Guard) -> Fallible {
    let missing = length.saturating_sub(text.chars().count());
    let each = with.chars().count();
    if missing == 0 || each == 0 {
        return Ok(());
    }
    let bytes = (missing / each + 1).saturating_mul(with.len()).saturating_add(text.len());
    guard.check_bytes("a string", bytes.max(length))?;
    guard.check_memory(3 * bytes)?; // with what is repeated, and room to grow
    let text = text.make_mut();
    text.push_str(&with.repeat(missing / each));
    text.extend(with.chars().take(missing % each));
    Ok(())
}

fn replace(text: &mut ImmutableString, find: &str, with: &str, guard: &Guard) -> Fallible {
    let most = (text.len() / find.len().max(1) + 1).saturating_mul(with.len());
    if most.saturating_add(text.len()) > guard.limits.string {
        let found = text.matches(find).count();
        let size = text.len() - found * find.len() + found.saturating_mul(with.len());
        guard.check_bytes("a string", size)?;
    }
    guard.check_memory(2 * text.len())?;
    if !text.is_empty() {
        *text = text.replace(find, with).into();
    }
    Ok(())
}

fn blob(length: i64, value: i64, guard: &Guard) -> Fallible<Blob> {
    guard.check_bytes("a blob", size(length))?;
    guard.check_memory(size(length))?;
    Ok(vec![(value & 0xff) as u8; size(length)])
}

/// Functions that make long arrays.
fn lists(engine: &mut Engine, guard: &Guard) {
    let own = guard.clone();
    engine.register_fn("pad", move |list: &mut Array, length: i64, with: Dynamic| {
        own.check_entries("an array", size(length))?;
        own.check_memory(size(length).saturating_mul(size_of::<Dynamic>()))?;
        list.resize(size(length).max(list.len()), with);
        Fallible::Ok(())
    });
    let own = guard.clone();
    engine.register_fn("to_chars", move |text: &str| {
        own.check_entries("an array", text.len().min(text.chars().count()))?;
        Fallible::Ok(text.chars().map(Dynamic::from).collect::<Array>())
    });
    let own = guard.clone();
    engine.register_fn("split", move |text: ImmutableString, at: &str| split(&text, at, &own));
    let own = guard.clone();
    engine.register_fn("split", move |text: ImmutableString, at: char| split(&text, &at.to_string(), &own));
}

fn split(text: &ImmutableString, at: &str, guard: &Guard) -> Fallible<Array> {
    if text.len() / at.len().max(1) >= guard.limits.array {
        guard.check_entries("an array", text.matches(at).count() + 1)?;
    }
    match text.is_empty() || (!at.is_empty() && !text.contains(at)) {
        true => Ok(vec![text.clone().into()]),
        false => Ok(text.split(at).map(Into::into).collect()),
    }
}
