//! JSON straight into values, and no further than a stop allows: megabytes take longer than who presses Ctrl-C waits.

use std::cell::{Cell, RefCell};
use std::fmt;

use rhai::{Array, Dynamic, EvalAltResult, Map, NativeCallContext};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::values::Fallible;

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

/// Whether the evaluation that this function was called in may go on: asked as any call asks it.
pub fn may_go_on(context: &NativeCallContext) -> Fallible<()> {
    context.call_native_fn_raw("!", false, &mut [&mut true.into()]).map(drop)
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
    fn what_is_wrong_is_said_with_its_place() {
        for (text, why) in [("[1,", "EOF"), ("1 2", "trailing"), ("{\"a\" 1}", "column 6"), ("nuX", "expected")] {
            assert!(matches!(read(text, &|| Ok(())), Err(Unread::Wrong(said)) if said.contains(why)), "{text}");
        }
        assert!(
            matches!(read(&"[".repeat(100_000), &|| Ok(())), Err(Unread::Wrong(said)) if said.contains("recursion"))
        );
    }
}
