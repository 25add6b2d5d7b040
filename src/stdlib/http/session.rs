//! `http_client`: a session, with defaults for all its requests and with cookies; and URLs put together.

use std::rc::Rc;

use rhai::{Dynamic, Map};
use url::Url;

use super::super::options::{text, wrong};
use super::super::values::Fallible;
use super::super::{Library, functions};
use super::{erred, options, send};
use crate::engine::{Future, Kernel};
use crate::net::error::quoted;
use crate::net::{self, Client, Cookies};

functions! {
    /// A session for HTTP requests: what its options say holds for each of them, and cookies that servers set are kept
    /// and sent back. Options are those of `fetch`, which each request may override (headers one by one), and
    /// `base_url`: URLs that are not complete are appended to it.
    ///
    /// ```
    /// let s = demo_server();
    /// let api = http_client(#{base_url: s.url, headers: #{accept: "application/json"}, timeout: 5});
    /// let r = await api.get("/echo", #{query: #{q: 1}});
    /// assert((await r.json()).headers.accept == "application/json");
    /// ```
    ///
    /// asyncio: `aiohttp.ClientSession(base_url, headers=...)`; JavaScript: `axios.create({baseURL, headers})`; tokio: `reqwest::Client::builder()`
    "http_client([options])" => |_| {};

    /// Sends a GET request and gives the response.
    ///
    /// ```
    /// let api = http_client(#{base_url: demo_server().url});
    /// assert((await (await api.get("/json")).json()).threads == 1);
    /// ```
    ///
    /// asyncio: `session.get`; JavaScript: `axios.get`; tokio: `reqwest: client.get(url).send()`
    "http_client.get(url[, options])" => |_| {};

    /// Sends a POST request and gives the response.
    ///
    /// ```
    /// let api = http_client(#{base_url: demo_server().url});
    /// let r = await api.post("/echo", #{json: #{name: "ada"}});
    /// assert((await r.json()).body == `{"name":"ada"}`);
    /// ```
    ///
    /// asyncio: `session.post`; JavaScript: `axios.post`; tokio: `reqwest: client.post(url).send()`
    "http_client.post(url[, options])" => |_| {};

    /// Sends a PUT request and gives the response.
    ///
    /// ```
    /// let api = http_client(#{base_url: demo_server().url});
    /// assert((await (await api.put("/echo", #{body: "x"})).json()).method == "PUT");
    /// ```
    ///
    /// asyncio: `session.put`; JavaScript: `axios.put`; tokio: `reqwest: client.put(url).send()`
    "http_client.put(url[, options])" => |_| {};

    /// Sends a DELETE request and gives the response.
    ///
    /// ```
    /// let api = http_client(#{base_url: demo_server().url});
    /// assert((await (await api.delete("/echo")).json()).method == "DELETE");
    /// ```
    ///
    /// asyncio: `session.delete`; JavaScript: `axios.delete`; tokio: `reqwest: client.delete(url).send()`
    "http_client.delete(url[, options])" => |_| {};

    /// Sends a request with any method and gives the response.
    ///
    /// ```
    /// let api = http_client(#{base_url: demo_server().url});
    /// assert((await (await api.request("PATCH", "/echo")).json()).method == "PATCH");
    /// ```
    ///
    /// asyncio: `session.request`; JavaScript: `axios.request`; tokio: `reqwest: client.request(method, url).send()`
    "http_client.request(method, url[, options])" => |_| {};

    /// The URL that a link stands for on the page with this URL, by the rules of browsers.
    ///
    /// ```
    /// assert(url_join("http://h.org/a/b.html", "c.html?x=1") == "http://h.org/a/c.html?x=1");
    /// assert(url_join("http://h.org/a/b.html", "/top") == "http://h.org/top");
    /// assert(url_join("http://h.org/a/", "//other.org/") == "http://other.org/");
    /// ```
    ///
    /// asyncio: `urllib.parse.urljoin`; JavaScript: `new URL(href, base)`; tokio: `url::Url::join`
    "url_join(base, href)" => |lib| {
        lib.engine.register_fn("url_join", |base: &str, href: &str| url_join(base, href));
    };
}

fn url_join(base: &str, href: &str) -> Fallible<String> {
    let wrong = |text: &str, e: url::ParseError, what: &str| {
        wrong(format!("url_join: {} is not {what}: {e}", quoted(text, 200)))
    };
    let base = Url::parse(base.trim()).map_err(|e| wrong(base, e, "a complete URL, as in \"http://h.org/page\""))?;
    let joined = base.join(href.trim()).map_err(|e| wrong(href, e, "a link"))?;
    Ok(joined.into())
}

/// A session, as scripts hold it.
#[derive(Clone)]
pub(super) struct Session(Rc<Inner>);

struct Inner {
    kernel: Rc<Kernel>,
    client: Rc<Client>,
    cookies: Rc<Cookies>,
    base_url: Option<String>,
    defaults: Map,
}

/// Registers sessions that use this client.
pub(super) fn install(lib: &mut Library, client: &Rc<Client>) {
    lib.engine.register_type_with_name::<Session>("http_client");
    for name in ["to_string", "to_debug"] {
        lib.engine.register_fn(name, |s: &mut Session| s.show());
    }
    for with_options in [false, true] {
        let (kernel, client) = (lib.kernel.clone(), client.clone());
        let make = move |map: Map| Session::new(&kernel, &client, map);
        match with_options {
            true => lib.engine.register_fn("http_client", make),
            false => lib.engine.register_fn("http_client", move || make(Map::new())),
        };
    }
    for method in ["get", "post", "put", "delete"] {
        lib.engine.register_fn(method, move |s: &mut Session, url: &str| s.request(method, method, url, &Map::new()));
        lib.engine
            .register_fn(method, move |s: &mut Session, url: &str, map: Map| s.request(method, method, url, &map));
    }
    lib.engine.register_fn("request", |s: &mut Session, method: &str, url: &str| {
        s.request("request", method, url, &Map::new())
    });
    lib.engine.register_fn("request", |s: &mut Session, method: &str, url: &str, map: Map| {
        s.request("request", method, url, &map)
    });
}

impl Session {
    fn new(kernel: &Rc<Kernel>, client: &Rc<Client>, mut defaults: Map) -> Fallible<Self> {
        let base_url = match defaults.remove("base_url") {
            Some(url) => Some(text("base_url", &url)?),
            None => None,
        };
        // what is wrong with them is said here, and not at each request
        options::check("http_client", &["base_url"], &defaults)?;
        if let Some(url) = &base_url {
            net::Request::new(url).check().map_err(|e| erred(&e))?;
        }
        let (kernel, client) = (kernel.clone(), client.clone());
        Ok(Self(Rc::new(Inner { kernel, client, cookies: Rc::default(), base_url, defaults })))
    }

    /// `<http_client of http://127.0.0.1:8000>`.
    pub fn show(&self) -> String {
        let of = self.0.base_url.as_ref().map_or(String::new(), |url| format!(" of {url}"));
        format!("<http_client{of}>")
    }

    fn request(&self, function: &str, method: &str, url: &str, own: &Map) -> Fallible<Future> {
        let inner = &self.0;
        let mut all = inner.defaults.clone();
        if options::has_body(own) {
            options::remove_bodies(&mut all);
        }
        for (name, value) in own {
            match (name.as_str(), all.get("headers").cloned()) {
                ("headers", Some(defaults)) => drop(all.insert("headers".into(), merged(defaults, value))),
                _ => drop(all.insert(name.clone(), value.clone())),
            }
        }
        all.insert("method".into(), method.into());
        let whose = format!("http_client.{function}");
        let request = options::request(&whose, &self.complete(url), &all)?;
        Ok(send(&inner.kernel, &inner.client, Some(&inner.cookies), request))
    }

    fn complete(&self, url: &str) -> String {
        match &self.0.base_url {
            Some(base) if Url::parse(url).is_err() => match url.is_empty() || url.starts_with('?') {
                true => format!("{base}{url}"),
                false => format!("{}/{}", base.trim_end_matches('/'), url.trim_start_matches('/')),
            },
            _ => url.to_owned(),
        }
    }
}

/// The headers of a session with those of a request, which win.
fn merged(defaults: Dynamic, own: &Dynamic) -> Dynamic {
    let (Some(mut all), Some(own)) = (defaults.try_cast::<Map>(), own.read_lock::<Map>()) else {
        return own.clone();
    };
    all.retain(|name, _| !own.keys().any(|other| other.eq_ignore_ascii_case(name)));
    all.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
    all.into()
}
