//! What `fetch` gives.

use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Dynamic, EvalAltResult, Map, Position};

use super::super::values::Fallible;
use super::super::{data, functions};
use super::body::{self, Chunks};
use super::{failure, raise, short, waits_for};
use crate::engine::errors::{kind, message_of_value};
use crate::engine::script::{self, Waits};
use crate::engine::{Future, Kernel};
use crate::lang::Raise;
use crate::net::error::quoted;
use crate::net::{self, Body, Events, Lines};
use crate::units;

functions! {
    /// The status of the answer, such as 200 or 404.
    ///
    /// ```
    /// let s = demo_server();
    /// assert((await fetch(s.url + "/status/404")).status == 404);
    /// ```
    ///
    /// asyncio: `aiohttp: r.status`; JavaScript: `r.status`; tokio: `reqwest: r.status()`
    "response.status" => |lib| {
        lib.engine.register_type_with_name::<Response>("response");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |r: &mut Response| r.show());
        }
        lib.engine.register_get("status", |r: &mut Response| i64::from(r.0.head.borrow().status()));
    };

    /// Whether the status is 200 to 299.
    ///
    /// ```
    /// let s = demo_server();
    /// assert((await fetch(s.url + "/status/204")).ok);
    /// ```
    ///
    /// asyncio: `aiohttp: r.ok`; JavaScript: `r.ok`; tokio: `reqwest: r.status().is_success()`
    "response.ok" => |lib| {
        lib.engine.register_get("ok", |r: &mut Response| r.0.head.borrow().ok());
    };

    /// The URL that answered, after redirects.
    ///
    /// ```
    /// let s = demo_server();
    /// assert((await fetch(s.url + "/redirect/2")).url == s.url + "/json");
    /// ```
    ///
    /// asyncio: `aiohttp: r.url`; JavaScript: `r.url`; tokio: `reqwest: r.url()`
    "response.url" => |lib| {
        lib.engine.register_get("url", |r: &mut Response| r.0.head.borrow().url().to_owned());
    };

    /// The headers of the answer as a map: names in lower case, repeats joined by ", ".
    ///
    /// ```
    /// let s = demo_server();
    /// let r = await fetch(s.url + "/json");
    /// assert(r.headers["content-type"] == "application/json");
    /// ```
    ///
    /// asyncio: `aiohttp: r.headers`; JavaScript: `r.headers`; tokio: `reqwest: r.headers()`
    "response.headers" => |lib| {
        lib.engine.register_get("headers", |r: &mut Response| -> Map {
            r.0.head.borrow().headers().into_iter().map(|(name, value)| (name.into(), value.into())).collect()
        });
    };

    /// Seconds from the moment at which `fetch` was awaited until the head of the answer had come.
    ///
    /// ```
    /// let s = demo_server();
    /// let r = await fetch(s.url + "/delay/200");
    /// assert(r.elapsed >= 0.2);
    /// ```
    ///
    /// asyncio: `loop.time()` before and after; JavaScript: `performance.now()`; tokio: `Instant::elapsed`
    "response.elapsed" => |lib| {
        lib.engine.register_get("elapsed", |r: &mut Response| r.0.head.borrow().elapsed().as_secs_f64());
    };

    /// Throws "http" if the status is 400 or more, else gives the response back.
    ///
    /// ```
    /// let s = demo_server();
    /// try {
    ///     (await fetch(s.url + "/status/503")).raise();
    /// } catch (e) {
    ///     assert(e.error == "http" && e.status == 503);
    /// }
    /// ```
    ///
    /// asyncio: `aiohttp: r.raise_for_status()`; JavaScript: `if (!r.ok) throw`; tokio: `reqwest: r.error_for_status()`
    "response.raise()" => |lib| {
        lib.engine.register_fn("raise", |r: &mut Response| r.checked());
    };

    /// The body as text, by its charset (UTF-8 if none is given); what is malformed becomes U+FFFD. A body can be read
    /// once.
    ///
    /// ```
    /// let s = demo_server();
    /// let r = await fetch(s.url + "/delay/10");
    /// assert(await r.text() == "ok");
    /// ```
    ///
    /// asyncio: `aiohttp: await r.text()`; JavaScript: `await r.text()`; tokio: `reqwest: r.text().await`
    "response.text()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("text", move |r: &mut Response| {
            r.read(&kernel, "text", |body, url| async move {
                Ok(body.text().await.map_err(|e| raise(&e, &url))?.into())
            })
        });
    };

    /// The body as the value that its JSON stands for. Throws "value" if it is not JSON. A body can be read once.
    ///
    /// ```
    /// let s = demo_server();
    /// let r = await fetch(s.url + "/json");
    /// assert((await r.json()).tasks.len() == 3);
    /// ```
    ///
    /// asyncio: `aiohttp: await r.json()`; JavaScript: `await r.json()`; tokio: `reqwest: r.json().await`
    "response.json()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("json", move |r: &mut Response| {
            r.read(&kernel, "json", |body, url| async move {
                let text = body.json_text().await.map_err(|e| raise(&e, &url))?;
                data::from_json(&text).map_err(|e| not_json(&e, &text, &url))
            })
        });
    };

    /// The body as a blob. A body can be read once.
    ///
    /// ```
    /// let s = demo_server();
    /// let r = await fetch(s.url + "/bytes/300");
    /// assert((await r.bytes()).len() == 300);
    /// ```
    ///
    /// asyncio: `aiohttp: await r.read()`; JavaScript: `await r.bytes()`; tokio: `reqwest: r.bytes().await`
    "response.bytes()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("bytes", move |r: &mut Response| {
            r.read(&kernel, "bytes", |body, url| async move {
                Ok(Dynamic::from_blob(body.bytes().await.map_err(|e| raise(&e, &url))?.into()))
            })
        });
    };

    /// The lines of the body as a stream: each is there as soon as the server has sent it. A body can be read once.
    ///
    /// ```
    /// let s = demo_server();
    /// let lines = (await fetch(s.url + "/stream/3?interval=100")).lines();
    /// assert(from_json(await lines.next()).line == 1);
    /// await lines.for_each(|line| print(`${line} at ${now()}`));
    /// ```
    ///
    /// asyncio: `aiohttp: async for line in r.content`; JavaScript: `TextDecoderStream`; tokio: `AsyncBufReadExt::lines`
    "response.lines()" => |lib| {
        body::install::<Lines>(lib);
        lib.engine.register_fn("lines", |r: &mut Response| r.stream(Lines::new));
    };

    /// The body as a stream of blobs, as they arrive; how it is cut is chance. A body can be read once.
    ///
    /// ```
    /// let s = demo_server();
    /// let chunks = (await fetch(s.url + "/bytes/100000")).chunks();
    /// let size = 0;
    /// await chunks.for_each(|chunk| size += chunk.len());
    /// assert(size == 100000);
    /// ```
    ///
    /// asyncio: `aiohttp: r.content.iter_any()`; JavaScript: `for await (const c of r.body)`; tokio: `reqwest: r.chunk()`
    "response.chunks()" => |lib| {
        body::install::<Chunks>(lib);
        lib.engine.register_fn("chunks", |r: &mut Response| r.stream(Chunks::new));
    };

    /// The body as a stream of server-sent events: maps `#{event, data, id}`. A body can be read once.
    ///
    /// ```
    /// let s = demo_server();
    /// let events = (await fetch(s.url + "/events/2?interval=100")).events();
    /// let first = await events.next();
    /// assert(first.event == "tick" && first.id == "1");
    /// ```
    ///
    /// asyncio: `aiohttp-sse-client`; JavaScript: `new EventSource(url)`; tokio: `reqwest-eventsource`
    "response.events()" => |lib| {
        body::install::<Events>(lib);
        lib.engine.register_fn("events", |r: &mut Response| r.stream(Events::new));
    };
}

/// A response, as scripts hold it.
#[derive(Clone)]
pub(super) struct Response(Rc<Inner>);

struct Inner {
    head: RefCell<net::Response>,
    /// For whom one waits who reads the body.
    waits: Waits,
    /// The path, for the views.
    path: String,
}

impl Response {
    pub fn new(kernel: &Kernel, response: net::Response) -> Self {
        let url = response.parsed_url();
        let (waits, path) = (waits_for(kernel, url), short(url));
        Self(Rc::new(Inner { head: RefCell::new(response), waits, path }))
    }

    /// `<response 200 OK, 2 B, 301 ms>`.
    pub fn show(&self) -> String {
        let head = self.0.head.borrow();
        let status = format!("{} {}", head.status(), quoted(head.reason(), 40).trim_matches('"'));
        let length = head.content_length().map_or(String::new(), |n| format!(", {}", size(n)));
        let ms = head.elapsed().as_secs_f64() * 1000.0;
        let elapsed = if ms < 10_000.0 { format!("{ms:.0} ms") } else { format!("{:.1} s", ms / 1000.0) };
        format!("<response {}{length}, {elapsed}>", status.trim_end())
    }

    /// The URL and the headers, as many as one looks at.
    pub fn details(&self) -> Vec<(String, String)> {
        const MOST: usize = 12;
        let head = self.0.head.borrow();
        let url = ("url".to_string(), head.url().to_owned());
        std::iter::once(url).chain(head.headers().into_iter().take(MOST)).collect()
    }

    fn checked(&self) -> Fallible<Self> {
        let head = self.0.head.borrow();
        if head.status() < 400 {
            return Ok(self.clone());
        }
        let reason = quoted(head.reason(), 40);
        let message = format!("{} answered {} {}", head.url(), head.status(), reason.trim_matches('"'));
        let mut map = failure(kind::HTTP, message.trim_end(), head.url());
        map.insert("status".into(), i64::from(head.status()).into());
        Err(thrown(map))
    }

    /// A future that reads the whole body.
    fn read<F>(&self, kernel: &Rc<Kernel>, name: &'static str, work: fn(Body, String) -> F) -> Future
    where
        F: std::future::Future<Output = script::Result> + 'static,
    {
        let inner = self.0.clone();
        script::io(kernel, name, format!("{name}() of {}", inner.path), inner.waits, move |_| async move {
            let (body, url) = {
                let mut head = inner.head.borrow_mut();
                let url = head.url().to_owned();
                (head.take_body().map_err(|e| raise(&e, &url))?, url)
            };
            work(body, url).await
        })
    }

    /// A stream made of the body.
    fn stream<S: body::Items>(&self, make: fn(Body) -> S) -> Fallible<body::Stream<S>> {
        let mut head = self.0.head.borrow_mut();
        let url = head.url().to_owned();
        let body = head.take_body().map_err(|e| thrown(failure(e.kind(), e.message(), &url)))?;
        Ok(body::Stream::new(make(body), url, &self.0.path, self.0.waits))
    }
}

fn thrown(map: Map) -> Box<EvalAltResult> {
    Box::new(EvalAltResult::ErrorRuntime(map.into(), Position::NONE))
}

fn not_json(error: &EvalAltResult, text: &str, url: &str) -> Raise {
    let reason = match error {
        EvalAltResult::ErrorRuntime(value, _) => message_of_value(value),
        other => other.to_string(),
    };
    let reason = reason.strip_prefix("this is not JSON: ").unwrap_or(&reason);
    let message = match text.trim().is_empty() {
        true => format!("the body of {url} is not JSON: it is empty"),
        false => format!("the body of {url} is not JSON: {reason}; it begins with {}", quoted(text, 40)),
    };
    Raise::error(failure(kind::VALUE, message, url).into())
}

/// A number of bytes in short: `2 B`, `1.5 KiB`.
fn size(bytes: u64) -> String {
    units::bytes(bytes).replace(" bytes", " B").replace(" byte", " B")
}
