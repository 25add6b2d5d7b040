//! JSON straight into values and back, and no further than a stop allows: megabytes take longer than who presses Ctrl-C
//! waits.

use std::cell::{Cell, RefCell};
use std::fmt;

use rhai::{Array, Dynamic, EvalAltResult, Map};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};

use super::patience::Patience;
use super::values::{Fallible, article};
use crate::engine::errors::{error, kind};

/// After so many values it is asked whether to go on.
const STRETCH: u32 = 4_096;

/// Why a text was not read.
pub enum Unread {
    /// It is not JSON; why, and where.
    Wrong(String),
    /// The evaluation is to end.
    Stopped(Box<EvalAltResult>),
}

/// The value of a JSON text; `go_on` is asked now and then.
pub fn read(text: &str, go_on: &dyn Fn() -> Fallible<()>) -> Result<Dynamic, Unread> {
    let reading = Reading { go_on, values: Cell::new(0), stopped: RefCell::default() };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = (&reading).deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| match reading.stopped.take() {
        Some(stop) => Unread::Stopped(stop),
        None => Unread::Wrong(error.to_string()),
    })
}

/// How deep values may be nested.
const DEPTH: usize = 128;

/// The JSON of a value; `go_on` is asked now and then.
///
/// # Errors
/// Kind "value" for what JSON can't hold, "limit" for nesting that is too deep, and what `go_on` gives.
pub fn write(value: &Dynamic, go_on: &dyn Fn() -> Fallible<()>) -> Fallible<String> {
    let writing = Writing { patience: Patience::new(go_on), work: Cell::new(0), failed: RefCell::default() };
    let text = serde_json::to_string(&Written { value, depth: 0, writing: &writing });
    text.map_err(|e| writing.failed.take().unwrap_or_else(|| error(kind::VALUE, e.to_string())))
}

/// What is common to all values of a text that is written.
struct Writing<'a> {
    patience: Patience<'a>,
    /// How much was written since it was asked whether to go on; a value counts 1.
    work: Cell<usize>,
    failed: RefCell<Option<Box<EvalAltResult>>>,
}

/// A value that is written.
struct Written<'a> {
    value: &'a Dynamic,
    depth: usize,
    writing: &'a Writing<'a>,
}

impl Written<'_> {
    fn part<'p>(&'p self, value: &'p Dynamic) -> Written<'p> {
        Written { value, depth: self.depth + 1, writing: self.writing }
    }

    fn count<E: serde::ser::Error>(&self, work: usize) -> Result<(), E> {
        const STRETCH: usize = 1_024;
        let work = self.writing.work.get().saturating_add(work);
        self.writing.work.set(if work < STRETCH { work } else { 0 });
        if work < STRETCH { Ok(()) } else { self.writing.patience.check().map_err(|stop| self.fails(stop)) }
    }

    fn fails<E: serde::ser::Error>(&self, why: Box<EvalAltResult>) -> E {
        *self.writing.failed.borrow_mut() = Some(why);
        E::custom("failed")
    }

    fn scalar<S: Serializer>(&self, value: &Dynamic, to: S) -> Result<S::Ok, S::Error> {
        if value.is_unit() {
            to.serialize_unit()
        } else if let Ok(b) = value.as_bool() {
            to.serialize_bool(b)
        } else if let Ok(n) = value.as_int() {
            to.serialize_i64(n)
        } else if let Ok(x) = value.as_float() {
            match x.is_finite() {
                true => to.serialize_f64(x),
                false => Err(self.fails(error(kind::VALUE, format!("JSON has no number {x}")))),
            }
        } else if let Ok(text) = value.as_immutable_string_ref() {
            self.count(text.len() / 64)?;
            to.serialize_str(&text)
        } else if let Ok(c) = value.as_char() {
            to.serialize_char(c)
        } else {
            Err(self.fails(error(kind::VALUE, format!("JSON can't hold {}", article(value.type_name())))))
        }
    }
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.count(1)?;
        if self.depth > DEPTH {
            let message = format!("this value is nested more than {DEPTH} deep");
            return Err(self.fails(error(kind::LIMIT, message)));
        }
        if let Some(list) = self.value.read_lock::<Array>() {
            let mut items = to.serialize_seq(Some(list.len()))?;
            list.iter().try_for_each(|item| items.serialize_element(&self.part(item)))?;
            return items.end();
        }
        if let Some(map) = self.value.read_lock::<Map>() {
            let mut entries = to.serialize_map(Some(map.len()))?;
            for (key, value) in map.iter() {
                entries.serialize_entry(key.as_str(), &self.part(value))?;
            }
            return entries.end();
        }
        self.scalar(&self.value.flatten_clone(), to)
    }
}

struct Reading<'a> {
    go_on: &'a dyn Fn() -> Fallible<()>,
    values: Cell<u32>,
    stopped: RefCell<Option<Box<EvalAltResult>>>,
}

impl Reading<'_> {
    fn count<E: Error>(&self) -> Result<(), E> {
        self.values.set(self.values.get().wrapping_add(1));
        if !self.values.get().is_multiple_of(STRETCH) {
            return Ok(());
        }
        (self.go_on)().map_err(|stop| {
            *self.stopped.borrow_mut() = Some(stop);
            E::custom("stopped")
        })
    }
}

impl<'de> DeserializeSeed<'de> for &Reading<'_> {
    type Value = Dynamic;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Dynamic, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Reading<'_> {
    type Value = Dynamic;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Dynamic, E> {
        Ok(Dynamic::UNIT)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Dynamic, E> {
        Ok(i64::try_from(value).map_or_else(|_| (value as f64).into(), Into::into))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Dynamic, A::Error> {
        let mut list = Array::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Dynamic, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            map.insert(key.into(), entries.next_value_seed(self)?);
        }
        Ok(map.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stops_when_it_is_told_to() {
        let text = format!("[{}0]", "[1],".repeat(100_000));
        let asked = Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            if asked.get() < 3 { Ok(()) } else { Err("enough".into()) }
        };
        assert!(matches!(read(&text, &stop), Err(Unread::Stopped(_))));
        assert_eq!(asked.get(), 3);
        assert!(
            read(&text, &|| Ok(())).is_ok_and(|value| value.as_array_ref().is_ok_and(|list| list.len() == 100_001))
        );
    }

    #[test]
    fn writing_stops_when_it_is_told_to() {
        for part in ["[1.5, ()]", "`xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`"] {
            let value = rhai::Engine::new().eval(&format!("let a = []; a.pad(200_000, {part}); a"));
            let value: Dynamic = value.expect("it is a script");
            let asked = Cell::new(0);
            let stop = || {
                asked.set(asked.get() + 1);
                if asked.get() < 2 { Ok(()) } else { Err("enough".into()) }
            };
            assert!(write(&value, &stop).is_err_and(|e| e.to_string().contains("enough")), "{part}");
            assert_eq!(asked.get(), 2);
            let text = write(&value, &|| Ok(())).expect("it is plain data");
            assert!(read(&text, &|| Ok(())).is_ok_and(|list| list.as_array_ref().is_ok_and(|l| l.len() == 200_000)));
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (text, why) in [("[1,", "EOF"), ("1 2", "trailing"), ("{\"a\" 1}", "column 6"), ("nuX", "expected")] {
            assert!(matches!(read(text, &|| Ok(())), Err(Unread::Wrong(said)) if said.contains(why)), "{text}");
        }
        assert!(
            matches!(read(&"[".repeat(100_000), &|| Ok(())), Err(Unread::Wrong(said)) if said.contains("recursion"))
        );
    }
}
