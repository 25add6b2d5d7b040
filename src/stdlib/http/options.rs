//! Options: from a map to a request, or to what else takes options.

use std::time::Duration;

use rhai::{Array, Blob, Dynamic, EvalAltResult, FnPtr, Map};

use super::super::data::to_json;
use super::super::values::{Fallible, article};
use crate::engine::errors::{error, kind};
use crate::near::nearest;
use crate::net::request::timeout_from_seconds;
use crate::net::{Content, Request};

type Set<T> = fn(&mut T, &Dynamic) -> Fallible<()>;

/// The options of a function, and what each does.
pub(in crate::stdlib) struct Choices<'a, T: 'static> {
    /// The name of the function.
    pub whose: &'a str,
    pub list: &'static [(&'static str, Set<T>)],
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
            match self.list.iter().find(|(known, _)| known == name) {
                Some((_, set)) => set(to, value)?,
                None => return Err(self.unknown(name)),
            }
        }
        Ok(())
    }

    fn unknown(&self, name: &str) -> Box<EvalAltResult> {
        let whose = self.whose;
        let all: Vec<&str> = self.also.iter().copied().chain(self.list.iter().map(|(known, _)| *known)).collect();
        match nearest(&name.to_lowercase(), all.iter().copied()) {
            Some(known) => wrong(format!("{whose} has no option {name}; did you mean {known}?")),
            None => wrong(format!("{whose} has no option {name}; there are {}", all.join(", "))),
        }
    }
}

/// The options of a request.
const OPTIONS: Choices<'static, Request> = Choices {
    whose: "fetch",
    list: &[
        ("method", |r, v| set(&mut r.method, Some(text("method", v)?))),
        ("headers", |r, v| set(&mut r.headers, pairs("headers", v)?)),
        ("query", |r, v| set(&mut r.query, pairs("query", v)?)),
        ("body", |r, v| set(&mut r.content, body(v)?)),
        ("json", |r, v| set(&mut r.content, Content::Json(to_json(v)?))),
        ("form", |r, v| set(&mut r.content, Content::Form(pairs("form", v)?))),
        ("timeout", |r, v| set(&mut r.timeout, limit("timeout", v)?)),
        ("redirects", |r, v| set(&mut r.redirects, count("redirects", v)? as usize)),
        ("max_body", |r, v| set(&mut r.max_body, count("max_body", v)?)),
        ("basic_auth", |r, v| set(&mut r.basic_auth, Some(credentials(v)?))),
        ("bearer", |r, v| set(&mut r.bearer, Some(text("bearer", v)?))),
    ],
    also: &[],
};

/// Options of which a request can have one.
const BODIES: [&str; 3] = ["body", "json", "form"];

/// Whether these options give a request a body.
pub(super) fn has_body(options: &Map) -> bool {
    BODIES.iter().any(|name| options.contains_key(*name))
}

/// Takes the body out of options.
pub(super) fn remove_bodies(options: &mut Map) {
    options.retain(|name, _| !BODIES.contains(&name.as_str()));
}

/// A request to this URL with these options, which the function `whose` was given.
///
/// # Errors
/// Kind "value" for an option that there is not, or whose value is not what it should be.
pub(super) fn request(whose: &str, url: &str, options: &Map) -> Fallible<Request> {
    request_with(&Choices { whose, ..OPTIONS }, url, options)
}

/// Says what is wrong with options that are kept for later requests; the function `whose` has these others, too.
///
/// # Errors
/// As those of [`request`].
pub(super) fn check(whose: &str, also: &'static [&'static str], options: &Map) -> Fallible<()> {
    request_with(&Choices { whose, also, ..OPTIONS }, "http://127.0.0.1/", options).map(drop)
}

fn request_with(choices: &Choices<Request>, url: &str, options: &Map) -> Fallible<Request> {
    let mut request = Request::new(url);
    choices.apply(&mut request, options)?;
    let bodies: Vec<&str> = BODIES.into_iter().filter(|name| options.contains_key(*name)).collect();
    if let [one, other, ..] = bodies[..] {
        return Err(wrong(format!("the options {one} and {other} exclude each other: a request has one body")));
    }
    Ok(request)
}

/// Sets a field, as the last act of an option.
pub(in crate::stdlib) fn set<T>(field: &mut T, value: T) -> Fallible<()> {
    *field = value;
    Ok(())
}

/// An error of the kind "value".
pub(in crate::stdlib) fn wrong(message: String) -> Box<EvalAltResult> {
    error(kind::VALUE, message)
}

fn expected(name: &str, what: &str, value: &Dynamic) -> Box<EvalAltResult> {
    wrong(format!("the option {name} needs {what}, and this is {}", article(value.type_name())))
}

/// A string.
pub(in crate::stdlib) fn text(name: &str, value: &Dynamic) -> Fallible<String> {
    value.clone().into_string().map_err(|_| expected(name, "a string", value))
}

fn number(name: &str, value: &Dynamic) -> Fallible<f64> {
    let number = value.as_float().or_else(|_| value.as_int().map(|n| n as f64));
    number.map_err(|_| expected(name, "a number of seconds", value))
}

/// A number that is not negative.
pub(in crate::stdlib) fn count(name: &str, value: &Dynamic) -> Fallible<u64> {
    let n = value.as_int().map_err(|_| expected(name, "a whole number", value))?;
    u64::try_from(n).map_err(|_| wrong(format!("the option {name} must not be negative, and this is {n}")))
}

/// A time limit in seconds; none for infinity.
pub(in crate::stdlib) fn limit(name: &str, value: &Dynamic) -> Fallible<Option<Duration>> {
    timeout_from_seconds(number(name, value)?).map_err(|e| error(e.kind(), e.message()))
}

/// A time limit in seconds, of which even an infinite one is a number.
pub(in crate::stdlib) fn timeout(name: &str, value: &Dynamic) -> Fallible<Duration> {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    Ok(limit(name, value)?.unwrap_or(YEAR).min(YEAR))
}

/// A function of the script.
pub(in crate::stdlib) fn function(name: &str, value: &Dynamic) -> Fallible<FnPtr> {
    match value.read_lock::<FnPtr>() {
        Some(function) => Ok(function.clone()),
        None => Err(expected(name, "a function, as in `async |x| ...`", value)),
    }
}

/// The number of a port; 0 is any that is free.
pub(in crate::stdlib) fn port(name: &str, value: &Dynamic) -> Fallible<u16> {
    let n = value.as_int().map_err(|_| expected(name, "the number of a port", value))?;
    u16::try_from(n).map_err(|_| wrong(format!("a port is a number from 0 to 65535, and {name} is {n}")))
}

fn body(value: &Dynamic) -> Fallible<Content> {
    if let Some(blob) = value.read_lock::<Blob>() {
        return Ok(Content::Bytes(blob.clone()));
    }
    match value.clone().into_string() {
        Ok(text) => Ok(Content::Text(text)),
        Err(_) => Err(expected("body", "a string or a blob (for a map or an array: json, or form)", value)),
    }
}

fn credentials(value: &Dynamic) -> Fallible<(String, String)> {
    let list = value.read_lock::<Array>().map(|list| list.clone()).unwrap_or_default();
    match &list[..] {
        [user, password] => Ok((text("basic_auth", user)?, text("basic_auth", password)?)),
        _ => Err(wrong("the option basic_auth needs an array of two strings: [user, password]".to_owned())),
    }
}

/// Names and values; a name whose value is an array is given for each of its items.
pub(in crate::stdlib) fn pairs(name: &str, value: &Dynamic) -> Fallible<Vec<(String, String)>> {
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
