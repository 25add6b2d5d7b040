//! What the demo server answers to which path. The table [`ROUTES`] is the index page and the help of a 404, too.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_ENCODING, HeaderValue};
use hyper::{Method, Request, Response, StatusCode, Uri};
use serde_json::{Value, json};

use super::echo::echo;
use super::outgoing::{Content, Outgoing, Paced};
use super::reply::{Answer, html, json_answer, moved, text, with_type};
use super::site;
use crate::draws::{STEP, mix};
use crate::net::clock::Clock;
use crate::net::intake;
use crate::net::server::{Answering, Link, Service};
use crate::net::ws;

/// Every route with an example and what it does.
pub const ROUTES: [(&str, &str, &str); 12] = [
    ("/json", "/json", "a small JSON document"),
    ("/delay/MS", "/delay/300", "answers ok after MS milliseconds"),
    ("/status/N", "/status/404", "answers with the status N, 200 to 599"),
    ("/bytes/N", "/bytes/1000", "N bytes, the i-th is i modulo 251; at most 1 GiB"),
    ("/echo", "/echo?a=1", "the request as JSON: method, path, query, headers, body"),
    ("/stream/N?interval=MS", "/stream/5?interval=200", "N lines of JSON, one every MS milliseconds"),
    ("/events/N?interval=MS", "/events/5?interval=200", "N server-sent events, one every MS milliseconds"),
    (
        "/flaky?fail=P&seed=N",
        "/flaky?fail=0.5&seed=1",
        "500 with probability P, else 200; a seed gives a fixed sequence",
    ),
    ("/site/", "/site/", "a few linked pages to crawl"),
    ("/redirect/N", "/redirect/3", "N redirects, the last to /json"),
    ("/gzip", "/gzip", "a JSON document, compressed"),
    ("/ws", "/ws", "a WebSocket that sends back what it gets"),
];

/// The longest `/delay` and interval, in milliseconds: an hour.
const LONGEST: u64 = 3_600_000;
const MOST_BYTES: u64 = 1 << 30;
/// The reason sent with a status that has no usual one.
const UNNAMED: &str = "Unnamed";

/// The state of a server.
pub(super) struct Routes {
    port: u16,
    clock: Rc<dyn Clock>,
    on_activity: Rc<dyn Fn()>,
    /// How many requests `/flaky` had, by seed.
    flaky: RefCell<HashMap<u64, u64>>,
}

impl Routes {
    pub fn new(port: u16, clock: Rc<dyn Clock>, on_activity: Rc<dyn Fn()>) -> Self {
        Self { port, clock, on_activity, flaky: RefCell::default() }
    }

    async fn route(&self, request: Request<Incoming>, link: &Rc<Link>) -> Answer {
        let uri = request.uri().clone();
        let path = uri.path().trim_start_matches('/');
        let (name, rest) = path.split_once('/').unwrap_or((path, ""));
        if let Some(refusal) = refuse_method(request.method(), name) {
            return refusal;
        }
        let answer = match (name, rest) {
            ("", "") => Ok(html(index())),
            ("json", "") => Ok(json_answer(StatusCode::OK, &sample())),
            ("delay", ms) => self.delay(ms).await,
            ("status", code) => status(code),
            ("bytes", count) => bytes(count),
            ("echo", _) => Ok(echo(request).await),
            ("stream", count) => self.paced(count, &uri, "application/x-ndjson", line),
            ("events", count) => self.paced(count, &uri, "text/event-stream", event),
            ("flaky", "") => self.flaky(&uri),
            ("site", page) => Ok(site_page(page, path, self.port)),
            ("redirect", count) => redirect(count),
            ("gzip", "") => Ok(gzip()),
            ("ws", "") => Ok(self.echo_messages(&request, link)),
            _ => Ok(not_found(&uri)),
        };
        answer.unwrap_or_else(|problem| text(StatusCode::BAD_REQUEST, problem + "\n"))
    }

    async fn delay(&self, ms: &str) -> Result<Answer, String> {
        let ms = number("/delay/MS", ms, 0, LONGEST)?;
        self.clock.sleep(Duration::from_millis(ms)).await;
        Ok(text(StatusCode::OK, "ok"))
    }

    fn paced(
        &self,
        count: &str,
        uri: &Uri,
        kind: &'static str,
        make: fn(u64, u64) -> String,
    ) -> Result<Answer, String> {
        let count = number("the number in the path", count, 0, u64::MAX)?;
        let interval = match parameter(uri, "interval") {
            Some(ms) => number("interval", &ms, 0, LONGEST)?,
            None => 100,
        };
        let (clock, interval) = (Rc::clone(&self.clock), Duration::from_millis(interval));
        let content = Content::Paced(Paced { clock, interval, count, make, sent: 0, pause: None });
        let mut answer = with_type(StatusCode::OK, kind, content);
        answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        Ok(answer)
    }

    fn echo_messages(&self, request: &Request<Incoming>, link: &Rc<Link>) -> Answer {
        let (on_activity, stop) = (Rc::clone(&self.on_activity), link.told_to_stop());
        match ws::accept(request) {
            Ok(answer) => {
                link.hand_over(Box::new(|stream, read| Box::pin(ws::echo(stream, read, on_activity, stop))));
                answer.map(|()| Content::Whole(Bytes::new()))
            }
            Err(refusal) => refusal.map(|text| Content::Whole(text.into())),
        }
    }

    fn flaky(&self, uri: &Uri) -> Result<Answer, String> {
        let fail = parameter(uri, "fail").unwrap_or_else(|| "0.5".to_owned());
        let fail: f64 = fail
            .parse()
            .ok()
            .filter(|p| (0.0..=1.0).contains(p))
            .ok_or_else(|| format!("fail must be a probability from 0 to 1, not {fail:?}"))?;
        let seed = match parameter(uri, "seed") {
            Some(seed) => number("seed", &seed, 0, u64::MAX)?,
            None => 1,
        };
        let request = {
            let mut counts = self.flaky.borrow_mut();
            let count = counts.entry(seed).or_default();
            *count += 1;
            *count
        };
        Ok(if chance(seed, request) < fail {
            let body = json!({"ok": false, "request": request, "error": "this one was to fail; try again"});
            json_answer(StatusCode::INTERNAL_SERVER_ERROR, &body)
        } else {
            json_answer(StatusCode::OK, &json!({"ok": true, "request": request}))
        })
    }
}

impl Service for Routes {
    type Body = Outgoing;

    fn answer(self: Rc<Self>, request: Request<Incoming>, link: &Rc<Link>) -> Answering<Outgoing> {
        let link = Rc::clone(link);
        Box::pin(async move {
            (self.on_activity)();
            let answer = match intake::objection(&request) {
                Some((status, reason)) => text(status, reason),
                None => self.route(request, &link).await,
            };
            (self.on_activity)();
            let on_activity = Rc::clone(&self.on_activity);
            Ok(answer.map(|content| Outgoing::new(content, on_activity)))
        })
    }
}

/// A number from 0 to 1, fixed for a seed and a request's number.
fn chance(seed: u64, request: u64) -> f64 {
    let state = seed.wrapping_mul(0xD1B5_4A32_D192_ED03).wrapping_add(request.wrapping_mul(STEP));
    mix(state) as f64 / u64::MAX as f64
}

fn number(what: &str, text: &str, least: u64, most: u64) -> Result<u64, String> {
    text.parse().ok().filter(|n| (least..=most).contains(n)).ok_or_else(|| {
        let bound = if most == u64::MAX { String::new() } else { format!(" from {least} to {most}") };
        format!("{what}: expected a whole number{bound}, not {text:?}")
    })
}

/// The first parameter of that name in the query.
fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Routes that a lesson may want to send something to take every usual method; the others only GET and HEAD.
fn refuse_method(method: &Method, name: &str) -> Option<Answer> {
    let usual = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let allowed: &[&str] = match name {
        "echo" | "status" | "delay" | "flaky" => &usual,
        _ => &usual[..2],
    };
    if allowed.contains(&method.as_str()) {
        return None;
    }
    let allowed = allowed.join(", ");
    let mut answer = text(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("the method {method} is not allowed here; allowed are {allowed}\n"),
    );
    answer.headers_mut().insert(ALLOW, allowed.parse().expect("visible ASCII"));
    Some(answer)
}

fn index() -> String {
    let row = |(route, example, help)| format!("<li><a href=\"{example}\">{route}</a>: {help}</li>\n");
    let rows: String = ROUTES.into_iter().map(row).collect();
    let rows = rows.replace("&seed", "&amp;seed");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>loopscope demo server</title></head>\n\
         <body>\n<h1>loopscope demo server</h1>\n<ul>\n{rows}</ul>\n</body>\n</html>\n"
    )
}

fn sample() -> Value {
    json!({
        "title": "A day in the life of an event loop",
        "tasks": [
            {"id": 1, "name": "fetch", "waits": "I/O"},
            {"id": 2, "name": "tick", "waits": "timer"},
            {"id": 3, "name": "sum", "waits": null},
        ],
        "threads": 1,
        "load": 0.25,
        "async": true,
    })
}

fn status(code: &str) -> Result<Answer, String> {
    let code = number("/status/N", code, 200, 599)?;
    let status = StatusCode::from_u16(code as u16).map_err(|error| error.to_string())?;
    if matches!(code, 204 | 205 | 304) {
        let mut answer = Response::new(Content::Whole(Bytes::new()));
        *answer.status_mut() = status;
        return Ok(answer);
    }
    let reason = status.canonical_reason().unwrap_or(UNNAMED);
    let mut answer = text(status, format!("{code} {reason}\n"));
    if reason == UNNAMED {
        // hyper would write "<none>".
        answer.extensions_mut().insert(ReasonPhrase::from_static(UNNAMED.as_bytes()));
    }
    Ok(answer)
}

fn bytes(count: &str) -> Result<Answer, String> {
    let count = number("/bytes/N", count, 0, MOST_BYTES)?;
    Ok(with_type(StatusCode::OK, "application/octet-stream", Content::Counted(count)))
}

fn line(number: u64, count: u64) -> String {
    format!("{}\n", json!({"line": number, "of": count}))
}

fn event(number: u64, count: u64) -> String {
    format!("id: {number}\nevent: tick\ndata: {}\n\n", json!({"tick": number, "of": count}))
}

fn redirect(count: &str) -> Result<Answer, String> {
    let count = number("/redirect/N", count, 0, 1000)?;
    if count == 0 {
        return Ok(json_answer(StatusCode::OK, &sample()));
    }
    let next = if count == 1 { "/json".to_owned() } else { format!("/redirect/{}", count - 1) };
    Ok(moved(StatusCode::FOUND, &next))
}

fn gzip() -> Answer {
    let rows: Vec<Value> = (1..=200).map(|n| json!({"row": n, "square": n * n})).collect();
    let document = json!({"compressed": "gzip", "rows": rows}).to_string();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let written = encoder.write_all(document.as_bytes()).and_then(|()| encoder.finish());
    let packed = written.expect("writing to memory does not fail");
    let mut answer = with_type(StatusCode::OK, "application/json", Content::Whole(packed.into()));
    answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    answer
}

fn site_page(page: &str, path: &str, port: u16) -> Answer {
    match site::page_html(page, port) {
        Some(_) if path == "site" => moved(StatusCode::MOVED_PERMANENTLY, "/site/"),
        Some(document) => html(document),
        None => text(StatusCode::NOT_FOUND, format!("no page {path:?} here; the pages begin at /site/\n")),
    }
}

fn not_found(uri: &Uri) -> Answer {
    let routes: Vec<&str> = ROUTES.iter().map(|(route, ..)| *route).collect();
    text(StatusCode::NOT_FOUND, format!("no route {:?}; there are / {}\n", uri.path(), routes.join(" ")))
}
