//! HTTP: `fetch` and its response, sessions, a server to practise on, and servers of one's own. The network itself is in [`crate::net`]; here values of
//! scripts are turned into its types and back.

use std::rc::Rc;
use std::time::Duration;

use rhai::{Dynamic, Map};
use url::Url;

use super::functions;
use super::values::Fallible;
use crate::engine::errors::{self, error_value};
use crate::engine::local::Side;
use crate::engine::script::{self, Waits};
use crate::engine::{Future, Kernel};
use crate::lang::Raise;
use crate::net::clock::Sleep;
use crate::net::{self, Client, Clock, Cookies};
use response::Response;

mod body;
mod handler;
pub(super) mod options;
pub(super) mod reply;
pub(super) mod response;
pub(super) mod server;
pub(super) mod session;

functions! {
    /// Sends an HTTP request and gives the response once its head is there; read the body by `await r.text()`,
    /// `r.json()` and the like. Any status is a success: see `r.ok` and `r.raise()`. Options are `method`, `headers`,
    /// `query`, `body` (a string or a blob), `json` (any value), `form` (a map), `timeout` (30 s, for all of it),
    /// `redirects` (10), `max_body` (10 MiB), `basic_auth` (`[user, password]`) and `bearer`.
    ///
    /// ```
    /// let s = demo_server();
    /// let r = await fetch(s.url + "/json");
    /// assert(r.ok && (await r.json()).threads == 1);
    /// let r = await fetch(s.url + "/echo", #{method: "PUT", json: [1, 2], query: #{q: "a b"}, timeout: 5});
    /// let seen = await r.json();
    /// assert(seen.body == "[1,2]" && seen.query.q == "a b");
    /// ```
    ///
    /// asyncio: `aiohttp.ClientSession.request`; JavaScript: `fetch`; tokio: `reqwest::Client::execute`
    "fetch(url[, options])" => |lib| {
        let clock = LoopClock { kernel: lib.kernel.clone(), side: Side::Client };
        let options = net::Options { clock: Some(Rc::new(clock)), gate: lib.host.net_gate(), ..net::Options::default() };
        let client = Rc::new(Client::new(options));
        session::install(lib, &client);
        let (kernel, same) = (lib.kernel.clone(), client.clone());
        lib.engine.register_fn("fetch", move |url: &str| send(&kernel, &same, None, net::Request::new(url)));
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("fetch", move |url: &str, map: Map| -> Fallible<Future> {
            Ok(send(&kernel, &client, None, options::request("fetch", url, &map)?))
        });
    };
}

/// The longest that a URL may be in the views, in characters.
const SHOWN: usize = 36;

/// A future of the response.
fn send(kernel: &Rc<Kernel>, client: &Rc<Client>, cookies: Option<&Rc<Cookies>>, request: net::Request) -> Future {
    let asked = request.url.clone();
    // what is wrong with the data is told to the one who awaits, as what goes wrong later is
    let checked = match request.check() {
        Ok(checked) => checked,
        Err(error) => {
            let fail = move |_| async move { Err(raise(&error, &asked)) };
            return script::io(kernel, "fetch", "fetch", Waits::Loop, fail);
        }
    };
    let waits = waits_for(kernel, checked.url());
    let label = format!("{} {}", checked.method(), short(checked.url()));
    let (client, cookies) = (client.clone(), cookies.cloned());
    script::io(kernel, "fetch", label, waits, move |script| async move {
        let leave = |url: &Url| {
            if waits_for(&script.kernel, url) == Waits::Outside {
                script.now_waits(Waits::Outside);
            }
        };
        match client.follow(checked, cookies.as_deref(), leave).await {
            Ok(response) => Ok(Dynamic::from(Response::new(&script.kernel, response))),
            Err(error) => Err(raise(&error, &asked)),
        }
    })
}

/// Whom one waits for who waits for this URL: a server of this process, or the world.
pub(super) fn waits_for(kernel: &Kernel, url: &Url) -> Waits {
    waits_at(kernel, url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
}

/// The same for a host and a port.
pub(super) fn waits_at(kernel: &Kernel, host: &str, port: u16) -> Waits {
    let here = matches!(host, "127.0.0.1" | "localhost" | "::1" | "[::1]") && kernel.local.is_served(port);
    if here { Waits::Inside } else { Waits::Outside }
}

/// The path and the query of a URL, cut where they are long.
pub(super) fn short(url: &Url) -> String {
    cut(&url[url::Position::BeforePath..url::Position::AfterQuery])
}

/// The same of a request.
fn short_path(uri: &hyper::Uri) -> String {
    cut(uri.path_and_query().map_or("*", |path| path.as_str()))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The error of a request as a script sees it: `#{error, message, url}`.
pub(super) fn raise(error: &net::Error, url: &str) -> Raise {
    Raise::error(failure(error.kind(), error.message(), url).into())
}

fn failure(kind: &str, message: impl Into<String>, url: &str) -> Map {
    let mut map = error_value(kind, message);
    map.insert("url".into(), url.into());
    map
}

/// An error of the network, for a function that Rhai calls.
pub(super) fn erred(error: &net::Error) -> Box<rhai::EvalAltResult> {
    errors::error(error.kind(), error.message())
}

/// How a value of these files prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    let response = value.read_lock::<Response>().map(|r| r.show());
    let response = response.or_else(|| value.read_lock::<reply::Reply>().map(|r| r.show()));
    let response = response.or_else(|| value.read_lock::<session::Session>().map(|s| s.show()));
    response.or_else(|| body::show(value)).or_else(|| server::show(value))
}

/// What else there is to see of a value of these files.
pub(super) fn details(value: &Dynamic) -> Vec<(String, String)> {
    value.read_lock::<Response>().map_or_else(Vec::new, |r| r.details())
}

/// The loop's clock, as the network layer asks for it.
pub(super) struct LoopClock {
    pub kernel: Rc<Kernel>,
    pub side: Side,
}

impl Clock for LoopClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(self.kernel.sleep(duration, self.side))
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.kernel.clock.read())
    }

    fn may_stand_still(&self) -> bool {
        self.kernel.clock.is_virtual()
    }
}
