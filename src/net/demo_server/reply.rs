//! The forms that answers of the demo server have.

use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::outgoing::Content;

/// An answer, before it is tied to a connection.
pub(super) type Answer = Response<Content>;

pub(super) fn with_type(status: StatusCode, kind: &'static str, content: Content) -> Answer {
    let mut answer = Response::new(content);
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

pub(super) fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    with_type(status, "text/plain; charset=utf-8", Content::Whole(body.into()))
}

pub(super) fn html(body: String) -> Answer {
    with_type(StatusCode::OK, "text/html; charset=utf-8", Content::Whole(body.into()))
}

pub(super) fn json_answer(status: StatusCode, value: &Value) -> Answer {
    with_type(status, "application/json", Content::Whole(value.to_string().into()))
}

pub(super) fn moved(status: StatusCode, to: &str) -> Answer {
    let mut answer = text(status, format!("go to {to}\n"));
    answer.headers_mut().insert(LOCATION, to.parse().expect("visible ASCII"));
    answer
}
