//! `/echo`: the request as its receiver sees it.

use std::time::Duration;

use hyper::body::Incoming;
use hyper::{HeaderMap, Request, StatusCode};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::reply::{Answer, json_answer, text};
use crate::net::intake::{self, Limits};

/// The largest body of a request, in bytes, and the longest that it may take to arrive, in real time.
const LIMITS: Limits = Limits { max_body: 16 << 20, timeout: Duration::from_secs(30) };

/// The request as JSON; its body as text, whatever it is.
pub(super) async fn echo(mut request: Request<Incoming>) -> Answer {
    let body = match intake::body(&mut request, LIMITS).await {
        Ok(body) => body,
        Err((status, reason)) => return text(status, reason),
    };
    let answer = json!({
        "method": request.method().as_str(),
        "path": request.uri().path(),
        "query": query_map(intake::query(request.uri())),
        "headers": header_map(request.headers()),
        "body": String::from_utf8_lossy(&body),
    });
    json_answer(StatusCode::OK, &answer)
}

/// Decoded; a name that is repeated has an array.
fn query_map(pairs: form_urlencoded::Parse<'_>) -> Map<String, Value> {
    let mut map = Map::new();
    for (name, value) in pairs {
        let value = Value::from(value.into_owned());
        match map.get_mut(name.as_ref()) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = json!([first.take(), value]),
            None => drop(map.insert(name.into_owned(), value)),
        }
    }
    map
}

fn header_map(headers: &HeaderMap) -> Map<String, Value> {
    headers.keys().map(|name| (name.to_string(), intake::joined(headers, name).into())).collect()
}
