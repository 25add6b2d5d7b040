//! The options of a request.

use rhai::{Array, Blob, Dynamic, Map};

use super::super::data::to_json;
use super::super::options::{Choices, count, expected, limit, pairs, set, text, wrong};
use super::super::values::Fallible;
use crate::net::{Content, Request};

/// The options of a request.
const OPTIONS: Choices<'static, Request> = Choices {
    whose: "fetch",
    lists: &[&[
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
    ]],
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
