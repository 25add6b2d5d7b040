//! WebSockets, as scripts hold them.

use std::rc::Rc;
use std::time::Duration;

use rhai::{Blob, Dynamic, Map};

use super::http::{LoopClock, erred, raise, short, waits_for};
use super::options::{self, Choices};
use super::values::{Fallible, article};
use super::{Library, functions, stream};
use crate::engine::errors::{error, kind};
use crate::engine::local::Side;
use crate::engine::script::{self, Waits};
use crate::engine::{Future, Kernel};
use crate::net::Gate;
use crate::net::ws::{self, Farewell, MAX_MESSAGE, Message, Opening, WebSocket};

functions! {
    /// Opens a WebSocket: a connection on which both sides send messages, strings or blobs, at any time. It is a stream
    /// of what comes. Options are `headers`, `timeout` (30 s, until it is open) and `max_message` (16 MiB).
    /// An address that begins with `http` will do, too.
    ///
    /// ```
    /// let s = demo_server();
    /// let ws = await ws_connect(s.url + "/ws");
    /// await ws.send("hello");
    /// assert(await ws.next() == "hello");
    /// await ws.close();
    /// ```
    ///
    /// asyncio: `websockets.connect`; JavaScript: `new WebSocket(url)`; tokio: `tokio_tungstenite::connect_async`
    "ws_connect(url[, options])" => |lib| {
        lib.engine.register_type_with_name::<Socket>("websocket");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |s: &mut Socket| s.show());
        }
        stream::install::<Socket>(lib);
        let opener = Opener::new(lib);
        let other = opener.clone();
        lib.engine.register_fn("ws_connect", move |url: &str| opener.open(url, &Map::new()));
        lib.engine.register_fn("ws_connect", move |url: &str, map: Map| other.open(url, &map));
    };

    /// Sends a message, a string or a blob. Throws "closed" once either side has closed.
    ///
    /// ```
    /// let ws = await ws_connect(demo_server().url + "/ws");
    /// await ws.send("text");
    /// await ws.send(blob(3, 7));
    /// assert(await ws.next() == "text" && (await ws.next()).len() == 3);
    /// ```
    ///
    /// asyncio: `websockets: ws.send`; JavaScript: `ws.send`; tokio: `SinkExt::send`
    "websocket.send(message)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("send", move |s: &mut Socket, message: Dynamic| s.send(&kernel, &message));
    };

    /// Closes the WebSocket: says goodbye, and waits up to 2 s for the other side to do so. Who waits for the next
    /// message gets `()`. The code is 1000, a normal end, unless told otherwise; 3000 to 4999 are your own. The reason is
    /// a short text for the other side.
    ///
    /// ```
    /// let ws = await ws_connect(demo_server().url + "/ws");
    /// await ws.close(4001, "had enough");
    /// assert(await ws.next() == ());
    /// ```
    ///
    /// asyncio: `websockets: ws.close`; JavaScript: `ws.close`; tokio: `WebSocketStream::close`
    "websocket.close([code[, reason]])" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("close", move |s: &mut Socket| s.close(&kernel, 1000, ""));
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("close", move |s: &mut Socket, code: i64| s.close(&kernel, code, ""));
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("close", move |s: &mut Socket, code: i64, reason: &str| s.close(&kernel, code, reason));
    };

    /// Why the WebSocket was closed, as the other side put it: `#{code, reason}`, and `()` while it is open. The code is
    /// 1000 for a normal end, 1001 for one who goes away, 1011 for a failure; 1005 means that none was given, 1006 that
    /// the connection broke without a goodbye. Most who are told goodbye say the same.
    ///
    /// ```
    /// let server = serve(#{ws: async |socket| await socket.close(4000, "no room")});
    /// let ws = await ws_connect(server.url);
    /// assert(await ws.next() == ());
    /// assert(ws.closed == #{code: 4000, reason: "no room"});
    /// ```
    ///
    /// asyncio: `websockets: ws.close_code`; JavaScript: `CloseEvent.code`; tokio: `Message::Close`
    "websocket.closed" => |lib| {
        lib.engine.register_get("closed", |s: &mut Socket| s.closed());
    };
}

/// The options of `ws_connect`.
const OPTIONS: Choices<'static, Opening> = Choices {
    whose: "ws_connect",
    lists: &[&[
        ("headers", |o, v| options::set(&mut o.headers, options::pairs("headers", v)?)),
        ("timeout", |o, v| options::set(&mut o.timeout, options::limit("timeout", v)?)),
        ("max_message", |o, v| options::set(&mut o.max_message, options::count("max_message", v)? as usize)),
    ]],
    also: &[],
};

/// What it takes to open one.
#[derive(Clone)]
struct Opener {
    kernel: Rc<Kernel>,
    gate: Option<Gate>,
}

impl Opener {
    fn new(lib: &Library) -> Self {
        Self { kernel: lib.kernel.clone(), gate: lib.host.net_gate() }
    }

    fn open(&self, asked: &str, map: &Map) -> Fallible<Future> {
        let kernel = &self.kernel;
        let asked = asked.to_owned();
        // what is wrong with the URL is told to the one who awaits, as what goes wrong later is
        let url = match ws::parse_url(&asked) {
            Ok(url) => url,
            Err(error) => {
                let fail = move |_| async move { Err(raise(&error, &asked)) };
                return Ok(script::io(kernel, "ws_connect", "ws_connect", Waits::Loop, fail));
            }
        };
        let clock = LoopClock { kernel: kernel.clone(), side: Side::Client };
        let mut opening = Opening {
            url,
            headers: Vec::new(),
            timeout: Some(Duration::from_secs(30)),
            max_message: MAX_MESSAGE,
            clock: Some(Rc::new(clock)),
            gate: self.gate.clone(),
        };
        OPTIONS.apply(&mut opening, map)?;
        let (waits, path) = (waits_for(kernel, &opening.url), short(&opening.url));
        let url = opening.url.to_string();
        Ok(script::io(kernel, "ws_connect", format!("WS {path}"), waits, move |_| async move {
            let opened = ws::open(opening).await.map_err(|e| raise(&e, &asked))?;
            Ok(Dynamic::from(Socket { socket: Rc::new(opened), url, path, waits }))
        }))
    }
}

/// A WebSocket, as scripts hold it.
#[derive(Clone)]
pub(super) struct Socket {
    socket: Rc<WebSocket>,
    url: String,
    /// The path, for the views.
    path: String,
    waits: Waits,
}

impl Socket {
    /// One that a client has opened, `inside` if that is of this process.
    pub fn accepted(socket: &Rc<WebSocket>, path: &str, inside: bool) -> Self {
        let waits = if inside { Waits::Inside } else { Waits::Outside };
        Self { socket: socket.clone(), url: path.to_owned(), path: path.to_owned(), waits }
    }

    /// `<websocket ws://127.0.0.1:8000/ws>`.
    pub fn show(&self) -> String {
        let closed = if self.socket.is_over() { ", closed" } else { "" };
        format!("<websocket {}{closed}>", self.url)
    }

    fn send(&self, kernel: &Rc<Kernel>, message: &Dynamic) -> Fallible<Future> {
        let message = match message.read_lock::<Blob>() {
            Some(blob) => Message::Binary(blob.clone()),
            None if message.is_string() => Message::Text(message.to_string()),
            None => {
                let what = article(message.type_name());
                let message = format!("a message is a string or a blob, and this is {what} (for a map: to_json)");
                return Err(error(kind::VALUE, message));
            }
        };
        let (socket, url) = (self.socket.clone(), self.url.clone());
        Ok(script::io(kernel, "send", format!("send to {}", self.path), self.waits, move |_| async move {
            socket.send(message).await.map_err(|e| raise(&e, &url))?;
            Ok(Dynamic::UNIT)
        }))
    }

    fn close(&self, kernel: &Rc<Kernel>, code: i64, reason: &str) -> Fallible<Future> {
        let farewell = Farewell::new(code, reason).map_err(|e| erred(&e))?;
        let socket = self.socket.clone();
        Ok(script::io(kernel, "close", format!("close() of {}", self.path), self.waits, move |_| async move {
            socket.close_with(&farewell).await;
            Ok(Dynamic::UNIT)
        }))
    }

    fn closed(&self) -> Dynamic {
        let Some(Farewell { code, reason }) = self.socket.farewell() else { return Dynamic::UNIT };
        Map::from_iter([("code".into(), i64::from(code).into()), ("reason".into(), reason.into())]).into()
    }
}

impl stream::Stream for Socket {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        let (socket, url) = (self.socket.clone(), self.url.clone());
        script::io(kernel, "next", format!("message of {}", self.path), self.waits, move |_| async move {
            Ok(match socket.next().await.map_err(|e| raise(&e, &url))? {
                Some(Message::Text(text)) => text.into(),
                Some(Message::Binary(bytes)) => Dynamic::from_blob(bytes),
                None => Dynamic::UNIT,
            })
        })
    }
}

/// How a WebSocket prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    value.read_lock::<Socket>().map(|socket| socket.show())
}
