//! Options: from a map to what takes them.

use std::time::Duration;

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, Map};

use super::values::{Fallible, article};
use crate::engine::errors::{error, kind};
use crate::near::nearest;
use crate::net::request::timeout_from_seconds;

/// The name of an option, and what it does.
pub type Row<T> = (&'static str, fn(&mut T, &Dynamic) -> Fallible<()>);
/// The options of a function, or some of them.
pub type Rows<T> = &'static [Row<T>];

/// The options of a function, and what each does.
pub struct Choices<'a, T: 'static> {
    /// The name of the function.
    pub whose: &'a str,
    pub lists: &'static [Rows<T>],
    /// Others that it has, which are taken out before.
    pub also: &'static [&'static str],
}

impl<T> Choices<'_, T> {
    /// Does what the options say.
    ///
    /// # Errors
    /// Kind "value" for an option that there is not, or whose value is not what it should be.
    pub fn apply(&self, to: &mut T, options: &Map) -> Fallible<()> {
        for (name, value) in options {
            match self.rows().find(|(known, _)| known == name) {
                Some((_, set)) => set(to, value)?,
                None => return Err(self.unknown(name)),
            }
        }
        Ok(())
    }

    fn rows(&self) -> impl Iterator<Item = &'static Row<T>> {
        self.lists.iter().copied().flatten()
    }

    fn unknown(&self, name: &str) -> Box<EvalAltResult> {
        let whose = self.whose;
        let all: Vec<&str> = self.also.iter().copied().chain(self.rows().map(|(known, _)| *known)).collect();
        match nearest(&name.to_lowercase(), all.iter().copied()) {
            Some(known) => wrong(format!("{whose} has no option {name}; did you mean {known}?")),
            None => wrong(format!("{whose} has no option {name}; there are {}", all.join(", "))),
        }
    }
}

/// Sets a field, as the last act of an option.
pub fn set<T>(field: &mut T, value: T) -> Fallible<()> {
    *field = value;
    Ok(())
}

/// An error of the kind "value".
pub fn wrong(message: String) -> Box<EvalAltResult> {
    error(kind::VALUE, message)
}

pub fn expected(name: &str, what: &str, value: &Dynamic) -> Box<EvalAltResult> {
    wrong(format!("the option {name} needs {what}, and this is {}", article(value.type_name())))
}

/// A string.
pub fn text(name: &str, value: &Dynamic) -> Fallible<String> {
    value.clone().into_string().map_err(|_| expected(name, "a string", value))
}

fn number(name: &str, value: &Dynamic) -> Fallible<f64> {
    let number = value.as_float().or_else(|_| value.as_int().map(|n| n as f64));
    number.map_err(|_| expected(name, "a number of seconds", value))
}

/// A number that is not negative.
pub fn count(name: &str, value: &Dynamic) -> Fallible<u64> {
    let n = value.as_int().map_err(|_| expected(name, "a whole number", value))?;
    u64::try_from(n).map_err(|_| wrong(format!("the option {name} must not be negative, and this is {n}")))
}

/// A time limit in seconds; none for infinity.
pub fn limit(name: &str, value: &Dynamic) -> Fallible<Option<Duration>> {
    timeout_from_seconds(number(name, value)?).map_err(|e| error(e.kind(), e.message()))
}

/// A time limit in seconds, of which even an infinite one is a number.
pub fn timeout(name: &str, value: &Dynamic) -> Fallible<Duration> {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    Ok(limit(name, value)?.unwrap_or(YEAR).min(YEAR))
}

/// A function of the script.
pub fn function(name: &str, value: &Dynamic) -> Fallible<FnPtr> {
    match value.read_lock::<FnPtr>() {
        Some(function) => Ok(function.clone()),
        None => Err(expected(name, "a function, as in `async |x| ...`", value)),
    }
}

/// The number of a port; 0 is any that is free.
pub fn port(name: &str, value: &Dynamic) -> Fallible<u16> {
    let n = value.as_int().map_err(|_| expected(name, "the number of a port", value))?;
    u16::try_from(n).map_err(|_| wrong(format!("a port is a number from 0 to 65535, and {name} is {n}")))
}

/// Names and values; a name whose value is an array is given for each of its items.
pub fn pairs(name: &str, value: &Dynamic) -> Fallible<Vec<(String, String)>> {
    let Some(map) = value.read_lock::<Map>() else {
        return Err(expected(name, "a map", value));
    };
    let mut list = Vec::with_capacity(map.len());
    for (key, value) in map.iter() {
        match value.read_lock::<Array>() {
            Some(values) => {
                for value in values.iter() {
                    list.push((key.to_string(), plain(name, key, value)?));
                }
            }
            None => list.push((key.to_string(), plain(name, key, value)?)),
        }
    }
    Ok(list)
}

/// A string, a number or a truth value as text.
fn plain(name: &str, key: &str, value: &Dynamic) -> Fallible<String> {
    let value = value.flatten_clone();
    match value.is_string() || value.is_char() || value.is_int() || value.is_float() || value.is_bool() {
        true => Ok(value.to_string()),
        false => Err(expected(&format!("{name}.{key}"), "a string, a number, or an array of these", &value)),
    }
}
