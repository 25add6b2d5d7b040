//! What a lowered `for` goes over, one item a turn.

use std::fmt::Debug;

use rhai::{Array, Blob, Dynamic, Engine, EvalAltResult, ImmutableString, Map, Position};

use super::interp::Interp;

/// An iterator that can be kept while its loop waits. Counts its turns.
pub struct Iter {
    items: Items,
    count: i64,
}

enum Items {
    /// From the first number up to but without the second; `None` at the end.
    Range(i64, i64),
    /// The last number of an inclusive range is one that no half-open range could reach past.
    Inclusive(Option<(i64, i64)>),
    Steps(Steps<i64>),
    FloatSteps(Steps<f64>),
    /// A text, and the byte where the next character is.
    Text(ImmutableString, usize),
    Bytes(std::vec::IntoIter<u8>),
    List(std::vec::IntoIter<Dynamic>),
    /// What is asked for its `next`.
    Stream(Dynamic),
}

impl Iter {
    /// Goes over what Rhai's own `for` can go over.
    ///
    /// # Errors
    /// It is nothing of the kind; or it has to be collected first, and gives more items than an array may have.
    pub fn over(value: Dynamic, interp: &mut Interp) -> Result<Self, Box<EvalAltResult>> {
        let value = value.flatten();
        let items = if let Some(range) = value.read_lock::<std::ops::Range<i64>>() {
            Items::Range(range.start, range.end)
        } else if let Some(range) = value.read_lock::<std::ops::RangeInclusive<i64>>() {
            Items::Inclusive((range.start() <= range.end()).then(|| (*range.start(), *range.end())))
        } else if let Some(steps) = value.read_lock::<Steps<i64>>() {
            Items::Steps(steps.clone())
        } else if let Some(steps) = value.read_lock::<Steps<f64>>() {
            Items::FloatSteps(steps.clone())
        } else if let Some(text) = value.read_lock::<ImmutableString>() {
            Items::Text(text.clone(), 0)
        } else if value.is_blob() {
            let bytes: Blob = value.into_blob().unwrap_or_default();
            Items::Bytes(bytes.into_iter())
        } else if value.is_array() {
            let list: Array = value.into_array().unwrap_or_default();
            Items::List(list.into_iter())
        } else {
            Items::List(interp.items(value)?.into_iter())
        };
        Ok(Self { items, count: 0 })
    }

    /// Goes over what `for await` can go over: streams, too.
    ///
    /// # Errors
    /// It is neither a stream nor what [`Iter::over`] takes.
    pub fn over_stream(value: Dynamic, interp: &mut Interp) -> Result<Self, Box<EvalAltResult>> {
        let value = value.flatten();
        if is_stream(&value) {
            return Ok(Self { items: Items::Stream(value), count: 0 });
        }
        let name = value.type_name();
        Self::over(value, interp).map_err(|error| match error.unwrap_inner() {
            EvalAltResult::ErrorFor(_) => interp.no_stream(name),
            _ => error,
        })
    }

    /// The stream that it asks, if it does.
    pub fn stream(&mut self) -> Option<&mut Dynamic> {
        match &mut self.items {
            Items::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// Whether it asks a stream.
    pub fn is_stream(&self) -> bool {
        matches!(self.items, Items::Stream(_))
    }

    /// The number, from 0, of the item that has come.
    pub fn arrived(&mut self) -> i64 {
        self.count += i64::from(self.is_stream());
        self.count - 1
    }

    /// The number of the turn, from 0, and its item.
    #[inline]
    pub fn turn(&mut self) -> Option<(i64, Dynamic)> {
        let item = match &mut self.items {
            Items::Range(next, end) if *next < *end => {
                *next += 1;
                Dynamic::from(*next - 1)
            }
            Items::Range(..) => return None,
            Items::Inclusive(range) => {
                let (next, end) = (*range)?;
                *range = (next < end).then_some((next + 1, end));
                Dynamic::from(next)
            }
            Items::Steps(steps) => steps.next()?.into(),
            Items::FloatSteps(steps) => steps.next()?.into(),
            Items::Text(text, at) => {
                let c = text[*at..].chars().next()?;
                *at += c.len_utf8();
                c.into()
            }
            Items::Bytes(bytes) => Dynamic::from(bytes.next()?),
            Items::List(list) => list.next()?.flatten(),
            Items::Stream(_) => return None,
        };
        self.count += 1;
        Some((self.count - 1, item))
    }
}

/// Whether it is asked for its `next`: what the library made, and a map with a function of this name.
fn is_stream(value: &Dynamic) -> bool {
    let has_next = |map: &Map| map.get("next").is_some_and(|next| next.is_fnptr());
    value.read_lock::<Map>().is_some_and(|map| has_next(&map)) || is_handle(value)
}

/// Whether the library made it, and its copies are as good as it is. Ranges are values.
pub(super) fn is_handle(value: &Dynamic) -> bool {
    let is_range = || value.is::<Steps<i64>>() || value.is::<Steps<f64>>();
    value.type_name().starts_with("loopscope::") && !is_range()
}

/// `range(0, 10, 2)`. Rhai's own type for it can't be looked into from outside, and so not be gone over bit by bit.
#[derive(Clone)]
pub struct Steps<T> {
    /// None at the end.
    next: Option<T>,
    to: T,
    step: T,
    add: fn(T, T) -> Option<T>,
}

impl<T: Copy + PartialOrd> Steps<T> {
    /// Up to but without `to`. Empty if the steps lead away from it.
    fn new(from: T, to: T, step: T, add: fn(T, T) -> Option<T>) -> Result<Self, Box<EvalAltResult>> {
        let second = add(from, step);
        if second == Some(from) {
            let error = EvalAltResult::ErrorArithmetic("step value cannot be zero".to_string(), Position::NONE);
            let call = EvalAltResult::ErrorInFunctionCall("range".into(), String::new(), error.into(), Position::NONE);
            return Err(Box::new(call));
        }
        let leads_there = second.is_some_and(|second| (from < to && second > from) || (from > to && second < from));
        Ok(Self { next: leads_there.then_some(from), to, step, add })
    }
}

impl<T: Copy + Debug> Steps<T> {
    fn show(&self) -> String {
        format!("range({:?}, {:?}, {:?})", self.next.unwrap_or(self.to), self.to, self.step)
    }
}

impl<T: Copy + PartialOrd> Iterator for Steps<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let item = self.next?;
        // Rhai drops an item whose successor is no number any more
        let Some(next) = (self.add)(item, self.step) else {
            self.next = None;
            return None;
        };
        let goes_on = if next > item { next < self.to } else { next > self.to };
        self.next = goes_on.then_some(next);
        Some(item)
    }
}

/// Registers ranges with steps.
pub fn install(engine: &mut Engine) {
    type Whole = std::ops::Range<i64>;
    let float_add = |a: f64, b: f64| Some(a + b);
    engine.register_type_with_name::<Steps<i64>>("range").register_type_with_name::<Steps<f64>>("range");
    for name in ["to_string", "to_debug"] {
        engine.register_fn(name, |steps: &mut Steps<i64>| steps.show());
        engine.register_fn(name, |steps: &mut Steps<f64>| steps.show());
    }
    engine.register_iterator::<Steps<i64>>().register_iterator::<Steps<f64>>();
    engine.register_fn("range", |from: i64, to: i64, step: i64| Steps::new(from, to, step, i64::checked_add));
    engine.register_fn("range", |range: Whole, step: i64| Steps::new(range.start, range.end, step, i64::checked_add));
    engine.register_fn("range", move |from: f64, to: f64, step: f64| Steps::new(from, to, step, float_add));
}
