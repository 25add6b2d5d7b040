//! HTTP: `fetch` and its response, and a server to practise on. The network itself is in [`crate::net`]; here values of
//! scripts are turned into its types and back.

use std::rc::Rc;
use std::time::Duration;

use rhai::{Dynamic, Map};
use url::Url;

use super::functions;
use super::values::Fallible;
use crate::engine::errors::error_value;
use crate::engine::local::Side;
use crate::engine::script::{self, Waits};
use crate::engine::{Future, Kernel};
use crate::lang::Raise;
use crate::net::clock::Sleep;
use crate::net::{self, Client, Clock};
use response::Response;

mod body;
pub(super) mod demo;
mod options;
pub(super) mod response;

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
        let (kernel, same) = (lib.kernel.clone(), client.clone());
        lib.engine.register_fn("fetch", move |url: &str| fetch(&kernel, &same, net::Request::new(url)));
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("fetch", move |url: &str, map: Map| -> Fallible<Future> {
            Ok(fetch(&kernel, &client, options::request(url, &map)?))
        });
    };
}

/// The longest that a URL may be in the views, in characters.
const SHOWN: usize = 36;

fn fetch(kernel: &Rc<Kernel>, client: &Rc<Client>, request: net::Request) -> Future {
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
    let client = client.clone();
    script::io(kernel, "fetch", label, waits, move |script| async move {
        let leave = |url: &Url| {
            if waits_for(&script.kernel, url) == Waits::Outside {
                script.now_waits(Waits::Outside);
            }
        };
        match client.follow(checked, leave).await {
            Ok(response) => Ok(Dynamic::from(Response::new(&script.kernel, response))),
            Err(error) => Err(raise(&error, &asked)),
        }
    })
}

/// Whom one waits for who waits for this URL: a server of this process, or the world.
fn waits_for(kernel: &Kernel, url: &Url) -> Waits {
    let ports = kernel.local.ports.borrow();
    let here = !ports.is_empty()
        && matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
        && url.port_or_known_default().is_some_and(|port| ports.contains(&port));
    if here { Waits::Inside } else { Waits::Outside }
}

/// The path and the query of a URL, cut where they are long.
fn short(url: &Url) -> String {
    let text = &url[url::Position::BeforePath..url::Position::AfterQuery];
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The error of a request as a script sees it: `#{error, message, url}`.
fn raise(error: &net::Error, url: &str) -> Raise {
    Raise::error(failure(error.kind(), error.message(), url).into())
}

fn failure(kind: &str, message: impl Into<String>, url: &str) -> Map {
    let mut map = error_value(kind, message);
    map.insert("url".into(), url.into());
    map
}

/// How a value of this file prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    let response = value.read_lock::<Response>().map(|r| r.show());
    response.or_else(|| body::show(value)).or_else(|| demo::show(value))
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
