//! What a server reads of a request: its query decoded, its body whole, within limits.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderMap, HeaderName};
use hyper::{Method, Request, StatusCode, Uri, Version};
use url::form_urlencoded;

use super::error::seconds;
use crate::units;

/// How much of a body that is too large is thrown away before the answer: a client that is not read cannot read.
const THROWN_AWAY: u64 = 64 << 20;

/// So much memory is taken for what was announced; for more, when it has come.
const AHEAD: u64 = 1 << 20;

/// How long the next piece of it is waited for, in real time.
const PATIENCE: Duration = Duration::from_millis(300);

/// How large the body of a request may be, and how long it may take, in real time.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub max_body: u64,
    pub timeout: Duration,
}

/// Why a request is not taken: a status, and a text for the client.
pub type Refusal = (StatusCode, String);

/// The body of a request. Refused are those that are too large (413), too slow (408), or broken (400).
pub async fn body(request: &mut Request<Incoming>, limits: Limits) -> Result<Bytes, Refusal> {
    if request.body().is_end_stream() {
        return Ok(Bytes::new());
    }
    let waits = request.headers().contains_key(header::EXPECT);
    let announced = request.body().size_hint().lower();
    if waits && announced > limits.max_body {
        return Err(too_large(limits));
    }
    match tokio::time::timeout(limits.timeout, receive(request.body_mut(), announced, limits)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            let limit = seconds(limits.timeout);
            Err((StatusCode::REQUEST_TIMEOUT, format!("the body did not come within {limit}\n")))
        }
    }
}

async fn receive(body: &mut Incoming, announced: u64, limits: Limits) -> Result<Bytes, Refusal> {
    let mut received = 0;
    let (mut first, mut all) = (None, BytesMut::new());
    loop {
        let is_large = received.max(announced) > limits.max_body;
        let next = match is_large {
            true => tokio::time::timeout(PATIENCE, body.frame()).await.ok().flatten(),
            false => body.frame().await,
        };
        let Some(frame) = next else { break };
        let frame = frame.map_err(|e| (StatusCode::BAD_REQUEST, format!("the body cannot be read: {e}\n")))?;
        let Ok(data) = frame.into_data() else { continue };
        received += data.len() as u64;
        if received.max(announced) > limits.max_body {
            (first, all) = (None, BytesMut::new());
            if received > limits.max_body + THROWN_AWAY {
                break;
            }
        } else if first.is_none() && all.is_empty() {
            first = Some(data);
        } else {
            if let Some(first) = first.take() {
                all.reserve(announced.min(AHEAD) as usize);
                all.extend_from_slice(&first);
            }
            all.extend_from_slice(&data);
        }
    }
    match received.max(announced) > limits.max_body {
        true => Err(too_large(limits)),
        false => Ok(first.unwrap_or_else(|| all.freeze())),
    }
}

fn too_large(limits: Limits) -> Refusal {
    (StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {}\n", units::bytes(limits.max_body)))
}

/// What is wrong with a request before its path is looked at: who the host is must be said, once (RFC 9112, 3.2), and
/// this is no proxy.
pub fn objection(request: &Request<Incoming>) -> Option<Refusal> {
    if request.method() == Method::CONNECT {
        return Some((StatusCode::METHOD_NOT_ALLOWED, "this is no proxy: CONNECT is not possible\n".to_owned()));
    }
    let hosts = request.headers().get_all(header::HOST).iter().count();
    match hosts {
        1 => None,
        0 if request.version() < Version::HTTP_11 => None,
        0 => Some((StatusCode::BAD_REQUEST, "a request of HTTP/1.1 needs the header Host\n".to_owned())),
        _ => Some((StatusCode::BAD_REQUEST, "a request has one header Host\n".to_owned())),
    }
}

/// The path, decoded; what is not UTF-8 then becomes U+FFFD.
pub fn path(uri: &Uri) -> String {
    percent_encoding::percent_decode_str(uri.path()).decode_utf8_lossy().into_owned()
}

/// The pairs of the query, decoded.
pub fn query(uri: &Uri) -> form_urlencoded::Parse<'_> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
}

/// A header, repeats joined by ", " as everywhere in loopscope; cookies by "; ".
pub fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let separator = if name == header::COOKIE { "; " } else { ", " };
    let mut values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
    let first = values.next().unwrap_or_default().into_owned();
    values.fold(first, |joined, value| joined + separator + &*value)
}
