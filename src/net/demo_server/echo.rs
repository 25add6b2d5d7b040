//! `/echo`: the request as its receiver sees it.

use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::{HeaderMap, Request, StatusCode};
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::reply::{Answer, json_answer, text};

/// The largest body of a request, in bytes, and the longest that it may take to arrive, in real time.
const MOST_RECEIVED: usize = 16 << 20;
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The request as JSON; its body as text, whatever it is.
pub(super) async fn echo(request: Request<Incoming>) -> Answer {
    let (head, body) = request.into_parts();
    if body.size_hint().lower() > MOST_RECEIVED as u64 {
        return too_large();
    }
    let receiving = Limited::new(body, MOST_RECEIVED).collect();
    let body = match tokio::time::timeout(BODY_TIMEOUT, receiving).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            return text(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 16 MiB\n");
        }
        Ok(Err(error)) => {
            return text(StatusCode::BAD_REQUEST, format!("the body cannot be read: {error}\n"));
        }
        Err(_) => {
            return text(StatusCode::REQUEST_TIMEOUT, "the body did not come within 30 s\n");
        }
    };
    let query = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
    let answer = json!({
        "method": head.method.as_str(),
        "path": head.uri.path(),
        "query": query_map(query),
        "headers": header_map(&head.headers),
        "body": String::from_utf8_lossy(&body),
    });
    json_answer(StatusCode::OK, &answer)
}

fn too_large() -> Answer {
    text(StatusCode::PAYLOAD_TOO_LARGE, "the body is larger than 16 MiB\n")
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

/// Repeats joined by ", ", as everywhere in loopscope.
fn header_map(headers: &HeaderMap) -> Map<String, Value> {
    let joined = |name| {
        let values = headers.get_all(name).iter();
        let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        values.join(", ")
    };
    headers.keys().map(|name| (name.to_string(), joined(name).into())).collect()
}
