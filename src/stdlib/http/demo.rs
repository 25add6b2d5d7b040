//! `demo_server()`: a server to practise on, without internet.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use rhai::Dynamic;

use super::super::functions;
use super::super::values::Fallible;
use super::LoopClock;
use crate::engine::errors::{error, kind};
use crate::engine::local::Side;
use crate::engine::script::{self, Waits};
use crate::engine::{Future, Kernel};
use crate::net::DemoServer;

functions! {
    /// Starts an HTTP server to practise on, on a free port of 127.0.0.1, and gives it at once. Its routes are `/json`,
    /// `/delay/MS`, `/status/N`, `/bytes/N`, `/echo`, `/stream/N?interval=MS`, `/events/N?interval=MS`,
    /// `/flaky?fail=0.5&seed=1`, `/site/` (linked pages to crawl), `/redirect/N` and `/gzip`. It ends with the script.
    /// Its delays follow the script's clock.
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
        let (kernel, running) = (lib.kernel.clone(), Rc::<Running>::default());
        lib.engine.register_fn("demo_server", move || start(&kernel, &running));
    };

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

    /// Stops the server: it takes no more connections; answers that are under way have a second to end.
    ///
    /// ```
    /// let s = demo_server();
    /// await s.stop();
    /// try { await fetch(s.url) } catch (e) { assert(e.error == "network") }
    /// ```
    ///
    /// asyncio: `TestServer.close`; JavaScript: `server.close()`; tokio: `with_graceful_shutdown`
    "server.stop()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("stop", move |s: &mut Server| s.stop(&kernel));
    };
}

/// The servers that have not been stopped: they run whether or not the script keeps them in a variable.
type Running = RefCell<Vec<Server>>;

/// A demo server, as scripts hold it.
#[derive(Clone)]
struct Server(Rc<Inner>);

struct Inner {
    server: DemoServer,
    running: Weak<Running>,
    stopped: Cell<bool>,
}

fn start(kernel: &Rc<Kernel>, running: &Rc<Running>) -> Fallible<Server> {
    let clock = LoopClock { kernel: kernel.clone(), side: Side::Server };
    let told = kernel.clone();
    let server = DemoServer::start(Rc::new(clock), Rc::new(move || told.local.disturb()))
        .map_err(|e| error(kind::IO, format!("can't start the demo server: {e}")))?;
    kernel.local.ports.borrow_mut().insert(server.port());
    let server = Server(Rc::new(Inner { server, running: Rc::downgrade(running), stopped: Cell::new(false) }));
    running.borrow_mut().push(server.clone());
    Ok(server)
}

impl Server {
    fn show(&self) -> String {
        let stopped = if self.0.stopped.get() { ", stopped" } else { "" };
        format!("<demo server at {}{stopped}>", self.0.server.url())
    }

    fn stop(&self, kernel: &Rc<Kernel>) -> Future {
        let inner = self.0.clone();
        script::io(kernel, "stop", "stop() of the demo server", Waits::Inside, move |script| async move {
            inner.server.stop().await;
            inner.stopped.set(true);
            script.kernel.local.ports.borrow_mut().remove(&inner.server.port());
            if let Some(running) = inner.running.upgrade() {
                running.borrow_mut().retain(|other| !Rc::ptr_eq(&other.0, &inner));
            }
            Ok(Dynamic::UNIT)
        })
    }
}

/// How a server prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    value.read_lock::<Server>().map(|server| server.show())
}
