//! Servers as scripts hold them: `demo_server()`, and `serve` with a handler of the script's own.

use std::cell::RefCell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use rhai::{Dynamic, FnPtr, Map, NativeCallContext};

use super::super::options::{self, Choices};
use super::super::values::{Fallible, nanos, seconds};
use super::super::{Library, functions};
use super::handler::{Handlers, Serving};
use super::{LoopClock, erred};
use crate::engine::local::{Counted, Served, Side};
use crate::engine::script::{self, Waits};
use crate::engine::{Future, Kernel};
use crate::net::server::{Surroundings, bind};
use crate::net::{self, DemoServer, Gate};

functions! {
    /// Starts an HTTP server to practise on, on a free port of 127.0.0.1, and gives it at once. Its routes are `/json`,
    /// `/delay/MS`, `/status/N`, `/bytes/N`, `/echo`, `/stream/N?interval=MS`, `/events/N?interval=MS`,
    /// `/flaky?fail=0.5&seed=1`, `/site/` (linked pages to crawl), `/redirect/N`, `/gzip` and `/ws` (a WebSocket that
    /// echoes). It ends with the script. Its delays follow the script's clock.
    ///
    /// ```
    /// let s = demo_server();
    /// let t = now();
    /// let rs = await gather(fetch(s.url + "/delay/300"), fetch(s.url + "/delay/200"));
    /// print(`${rs} took ${now() - t} s`);
    /// ```
    ///
    /// asyncio: `aiohttp.test_utils.TestServer`; JavaScript: `http.createServer`; tokio: `axum::serve`
    "demo_server()" => |lib| {
        lib.engine.register_type_with_name::<Server>("server");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |s: &mut Server| s.show());
        }
        lib.kernel.add_awaitable(until_stopped);
        let maker = Maker::new(lib);
        let other = maker.clone();
        lib.engine.register_fn("demo_server", move || maker.demo());
        let maker = other.clone();
        lib.engine.register_fn("serve", move |context: NativeCallContext, handler: FnPtr| {
            maker.kernel.shared.in_env_of(&context, || maker.serve(Handlers::new(handler)))
        });
        lib.engine.register_fn("serve", move |context: NativeCallContext, map: Map| -> Fallible<Server> {
            let handlers = handlers(&map)?;
            other.kernel.shared.in_env_of(&context, || other.serve(handlers))
        });
    };

    /// Starts an HTTP server on 127.0.0.1 and gives it at once; a task runs for each request. The handler is an async
    /// closure from `#{method, path, query, headers, body}` to a string (text), a map or an array (JSON), a blob, `()`
    /// (204), or `response(status, body, headers)`. If it throws, the answer is 500, and that is reported; if the
    /// client goes away, it is cancelled. Options are `handler`, `port` (0: a free one), `max_body` (10 MiB, else 413),
    /// `timeout` (30 s for a client to send a request, else 408), and `ws`, an async closure from a WebSocket, whose
    /// messages end when the client goes away, however it does.
    /// Await the server itself to wait until somebody stops it; it ends with the script.
    ///
    /// ```
    /// let hits = 0;
    /// let server = serve(async |req| {
    ///     hits += 1;
    ///     await sleep(0.1);
    ///     switch req.path {
    ///         "/hello" => "hello, " + req.query.name,
    ///         "/hits" => #{hits: hits},
    ///         _ => response(404, "no such page"),
    ///     }
    /// });
    /// let r = await fetch(server.url + "/hello?name=you");
    /// assert(await r.text() == "hello, you");
    /// assert((await (await fetch(server.url + "/hits")).json()).hits == 2);
    /// assert((await fetch(server.url)).status == 404);
    /// await server.stop();
    /// ```
    ///
    /// asyncio: `aiohttp.web.Application`; JavaScript: `http.createServer(handler).listen`; tokio: `axum::serve`
    "serve(handler)" => |_| {};

    /// The address of the server, without a slash at the end: `http://127.0.0.1:41233`.
    ///
    /// ```
    /// let s = demo_server();
    /// assert(s.url == `http://127.0.0.1:${s.port}`);
    /// ```
    ///
    /// asyncio: `TestServer.make_url`; JavaScript: `server.address()`; tokio: `listener.local_addr()`
    "server.url" => |lib| {
        lib.engine.register_get("url", |s: &mut Server| s.0.server.url());
    };

    /// The port of the server.
    ///
    /// ```
    /// let s = demo_server();
    /// assert(s.port > 0);
    /// ```
    ///
    /// asyncio: `TestServer.port`; JavaScript: `server.address().port`; tokio: `listener.local_addr()`
    "server.port" => |lib| {
        lib.engine.register_get("port", |s: &mut Server| i64::from(s.0.server.port()));
    };

    /// Stops the server: it takes no more connections, its port is free at once. Requests that are under way have
    /// `grace` seconds to end (10, of a demo server 1), then they are cancelled.
    ///
    /// ```
    /// let s = serve(async |req| { await sleep(0.5); "late" });
    /// let asked = spawn(fetch(s.url));
    /// await sleep(0.1);
    /// await s.stop();
    /// assert(await (await asked).text() == "late");
    /// try { await fetch(s.url) } catch (e) { assert(e.error == "network") }
    /// ```
    ///
    /// asyncio: `AppRunner.cleanup`; JavaScript: `server.close()`; tokio: `with_graceful_shutdown`
    "server.stop([grace])" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("stop", move |s: &mut Server| s.stop(&kernel, s.0.grace));
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("stop", move |s: &mut Server, grace: Dynamic| -> Fallible<Future> {
            Ok(s.stop(&kernel, Duration::from_nanos(nanos(seconds(&grace)?)?)))
        });
    };
}

/// How long answers under way may go on when a server is stopped, unless told otherwise.
const GRACE: Duration = Duration::from_secs(10);
const DEMO_GRACE: Duration = Duration::from_secs(1);

/// The options of `serve`.
const OPTIONS: Choices<'static, Handlers> = Choices {
    whose: "serve",
    lists: &[&[
        ("handler", |h, v| options::set(&mut h.handler, Some(options::function("handler", v)?))),
        ("ws", |h, v| options::set(&mut h.ws, Some(options::function("ws", v)?))),
        ("port", |h, v| options::set(&mut h.port, options::port("port", v)?)),
        ("max_body", |h, v| options::set(&mut h.max_body, options::count("max_body", v)?)),
        ("timeout", |h, v| options::set(&mut h.timeout, options::timeout("timeout", v)?)),
    ]],
    also: &[],
};

fn handlers(map: &Map) -> Fallible<Handlers> {
    let mut handlers = Handlers::default();
    OPTIONS.apply(&mut handlers, map)?;
    match handlers.handler.is_some() || handlers.ws.is_some() {
        true => Ok(handlers),
        false => {
            Err(options::wrong("serve needs a handler: `serve(#{port: 8000, handler: async |req| \"hello\"})`".into()))
        }
    }
}

/// The servers that have not been stopped: they run whether or not the script keeps them in a variable.
type Running = RefCell<Vec<Server>>;

/// A server, as scripts hold it.
#[derive(Clone)]
pub(super) struct Server(Rc<Inner>);

struct Inner {
    server: net::Server,
    title: &'static str,
    grace: Duration,
    kernel: Rc<Kernel>,
    running: Weak<Running>,
    /// None when it has stopped.
    served: RefCell<Option<Served>>,
    listens: RefCell<Option<Counted>>,
}

/// What it takes to make servers.
#[derive(Clone)]
struct Maker {
    kernel: Rc<Kernel>,
    running: Rc<Running>,
    gate: Option<Gate>,
}

impl Maker {
    fn new(lib: &Library) -> Self {
        Self { kernel: lib.kernel.clone(), running: Rc::default(), gate: lib.host.net_gate() }
    }

    fn clock(&self) -> Rc<LoopClock> {
        Rc::new(LoopClock { kernel: self.kernel.clone(), side: Side::Server })
    }

    fn on_activity(&self) -> Rc<dyn Fn()> {
        let kernel = self.kernel.clone();
        Rc::new(move || kernel.local.disturb())
    }

    fn demo(&self) -> Fallible<Server> {
        let listener = bind(0, self.gate.as_ref()).map_err(|e| erred(&e))?;
        let server = DemoServer::start_at(listener, self.clock(), self.on_activity()).map_err(|e| erred(&e))?;
        Ok(self.keep(server.into_server(), "demo server", DEMO_GRACE, None))
    }

    fn serve(&self, handlers: Handlers) -> Fallible<Server> {
        if let Some(handler) = &handlers.handler {
            self.kernel.expect_parameters(handler, 1, "serve", "`async |req| ...`")?;
        }
        if let Some(ws) = &handlers.ws {
            self.kernel.expect_parameters(ws, 1, "the option ws of serve", "`async |socket| ...`")?;
        }
        let listener = bind(handlers.port, self.gate.as_ref()).map_err(|e| erred(&e))?;
        let around = Surroundings {
            clock: self.clock(),
            on_activity: self.on_activity(),
            head_timeout: handlers.timeout,
            date: !self.kernel.clock.is_virtual(),
        };
        let serving = Rc::new(Serving::new(&self.kernel, handlers));
        let server = net::Server::start(listener, around, serving);
        let server = server.map_err(|e| erred(&net::Error::io(format!("can't start the server: {e}"))))?;
        Ok(self.keep(server, "server", GRACE, Some(self.kernel.listens())))
    }

    fn keep(&self, server: net::Server, title: &'static str, grace: Duration, listens: Option<Counted>) -> Server {
        let served = RefCell::new(Some(self.kernel.serves_at(server.port())));
        let server = Server(Rc::new(Inner {
            server,
            title,
            grace,
            kernel: self.kernel.clone(),
            running: Rc::downgrade(&self.running),
            served,
            listens: RefCell::new(listens),
        }));
        self.running.borrow_mut().push(server.clone());
        let inner = Rc::downgrade(&server.0);
        self.kernel.at_restart(move || {
            if let Some(inner) = inner.upgrade() {
                inner.forget();
            }
        });
        server
    }
}

impl Server {
    fn show(&self) -> String {
        let stopped = if self.0.served.borrow().is_none() { ", stopped" } else { "" };
        format!("<{} at {}{stopped}>", self.0.title, self.0.server.url())
    }

    fn stop(&self, kernel: &Rc<Kernel>, grace: Duration) -> Future {
        let inner = self.0.clone();
        let label = format!("stop() of the {}", inner.title);
        script::io(kernel, "stop", label, Waits::Inside, move |_| async move {
            inner.listens.take();
            inner.server.stop(grace).await;
            inner.forget();
            Ok(Dynamic::UNIT)
        })
    }
}

impl Inner {
    /// The server is not kept running any more.
    fn forget(self: &Rc<Self>) {
        self.listens.take();
        self.served.take();
        if let Some(running) = self.running.upgrade() {
            running.borrow_mut().retain(|other| !Rc::ptr_eq(&other.0, self));
        }
    }
}

/// Awaiting a server waits until it is stopped.
fn until_stopped(value: &Dynamic) -> Option<Dynamic> {
    let server = value.read_lock::<Server>()?.clone();
    let label = format!("the {} at {}", server.0.title, server.0.server.url());
    let work = move |_| async move {
        server.0.server.stopped().await;
        Ok(Dynamic::UNIT)
    };
    let kernel = value.read_lock::<Server>()?.0.kernel.clone();
    Some(Dynamic::from(script::io(&kernel, "serve", label, Waits::Loop, work)))
}

/// How a server prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    value.read_lock::<Server>().map(|server| server.show())
}
