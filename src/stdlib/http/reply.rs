//! Answers of a script's own server.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};
use rhai::{Array, Blob, Dynamic, Map};

use super::super::data::to_json;
use super::super::functions;
use super::super::options;
use super::super::values::{Fallible, article};
use super::erred;
use crate::engine::errors::{error, kind};
use crate::net::request::parse_headers;

functions! {
    /// An answer for a handler of `serve` to give: a status, a body (a string, a blob, or what becomes JSON), and
    /// headers. A header whose value is an array is sent for each of its items.
    ///
    /// ```
    /// let server = serve(async |req| response(201, #{id: 7}, #{location: "/things/7"}));
    /// let r = await fetch(server.url, #{method: "POST"});
    /// assert(r.status == 201 && r.headers.location == "/things/7" && (await r.json()).id == 7);
    /// ```
    ///
    /// asyncio: `aiohttp.web.Response`; JavaScript: `new Response(body, {status, headers})`; tokio: `axum: (status, headers, body)`
    "response(status[, body[, headers]])" => |lib| {
        lib.engine.register_type_with_name::<Reply>("answer");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |r: &mut Reply| r.show());
        }
        lib.engine.register_fn("response", |status: i64| reply(status, &Dynamic::UNIT, &Map::new()));
        lib.engine.register_fn("response", |status: i64, body: Dynamic| reply(status, &body, &Map::new()));
        lib.engine.register_fn("response", |status: i64, body: Dynamic, headers: Map| reply(status, &body, &headers));
    };
}

/// An answer, as scripts hold it.
#[derive(Clone)]
pub(super) struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Reply {
    /// `<answer 404 Not Found, 9 B>`.
    pub fn show(&self) -> String {
        format!("<answer {}, {} B>", self.status, self.body.len())
    }
}

fn reply(status: i64, body: &Dynamic, headers: &Map) -> Fallible<Reply> {
    let known = u16::try_from(status).ok().filter(|code| (200..600).contains(code));
    let status = known.and_then(|code| StatusCode::from_u16(code).ok()).ok_or_else(|| {
        error(kind::VALUE, format!("the status of a response is a number from 200 to 599, and this is {status}"))
    })?;
    let pairs = options::pairs("headers", &headers.clone().into())?;
    let mut headers = parse_headers(&pairs).map_err(|e| erred(&e))?;
    let (body, content_type) = content(body)?;
    if let Some(content_type) = content_type {
        headers.entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static(content_type));
    }
    Ok(Reply { status, headers, body })
}

/// The answer that a handler's value stands for.
///
/// # Errors
/// Kind "value" for what is none.
pub(super) fn answer_of(value: &Dynamic) -> Fallible<Response<Full<Bytes>>> {
    if let Some(reply) = value.read_lock::<Reply>() {
        let mut answer = Response::new(Full::new(reply.body.clone()));
        *answer.status_mut() = reply.status;
        answer.headers_mut().clone_from(&reply.headers);
        return Ok(answer);
    }
    let (body, content_type) = content(value)?;
    let mut answer = Response::new(Full::new(body));
    match content_type {
        Some(content_type) => {
            answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        None => *answer.status_mut() = StatusCode::NO_CONTENT,
    }
    Ok(answer)
}

/// A body with its content type; without one if it is `()`.
fn content(value: &Dynamic) -> Fallible<(Bytes, Option<&'static str>)> {
    if value.is_unit() {
        return Ok((Bytes::new(), None));
    }
    if let Some(blob) = value.read_lock::<Blob>() {
        return Ok((blob.clone().into(), Some("application/octet-stream")));
    }
    if value.is_string() {
        return Ok((value.to_string().into(), Some("text/plain; charset=utf-8")));
    }
    if value.read_lock::<Map>().is_some() || value.read_lock::<Array>().is_some() {
        return Ok((to_json(value)?.into(), Some("application/json")));
    }
    Err(error(
        kind::VALUE,
        format!(
            "a handler answers with a string, a map or an array (JSON), a blob, () or response(status, body, headers), \
             and this is {}",
            article(value.type_name())
        ),
    ))
}
