//! The client under `fetch`: pooled connections, one deadline a request, redirects hop by hop.
//!
//! A [`Client`] costs nothing until it is used. The first `http://` URL makes a client without certificates, the
//! first `https://` URL one that reads the system's roots (or those that SSL_CERT_FILE names), on a blocking thread
//! because that takes milliseconds. Proxy settings of the environment are not looked at.
//!
//! Dropping the future of [`Client::fetch`], or a [`Body`], closes the connection that was in use.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use tokio::sync;
use url::Url;

use super::certificates;
use super::clock::Clock;
use super::connect::{Gate, HOP, Hop, Resolver, Watch};
use super::cookies::Cookies;
use super::deadline::{Deadline, Elapsed};
use super::diagnose::{self, Situation, Stage};
use super::error::Error;
use super::redirect::Chain;
use super::request::{Checked, Prepared, Request};
use super::response::{Body, Response};

/// What all requests of a client share.
pub struct Options {
    /// The script's clock, for timeouts and elapsed times; `None` is real time.
    pub clock: Option<Rc<dyn Clock>>,
    /// Asked before every hop and every connection; `None` allows all.
    pub gate: Option<Gate>,
    /// For the name lookup, the connection and the TLS handshake together, in real time.
    pub connect_timeout: Duration,
    /// The header `user-agent`, unless a request sets it.
    pub user_agent: String,
}

impl Default for Options {
    /// Real time, everything allowed, 10 s to connect.
    fn default() -> Self {
        Self {
            clock: None,
            gate: None,
            connect_timeout: Duration::from_secs(10),
            user_agent: concat!("loopscope/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// A pool of connections. One serves a whole event loop; it must not outlive the tokio runtime that it was used in.
#[derive(Default)]
pub struct Client {
    options: Options,
    pools: RefCell<Rc<Pools>>,
    /// That of the gate under which these were opened.
    edition: Cell<u32>,
}

#[derive(Default)]
struct Pools {
    plain: OnceCell<reqwest::Client>,
    secure: sync::OnceCell<reqwest::Client>,
}

impl Client {
    /// A client that has not done anything yet.
    pub fn new(options: Options) -> Self {
        let edition = options.gate.as_ref().map_or(0, Gate::edition);
        Self { options, pools: RefCell::default(), edition: Cell::new(edition) }
    }

    /// Sends a request, follows redirects, and returns when the head of the answer is there; the body follows when it
    /// is read. Any status is a success.
    ///
    /// Errors, by kind: "value" for a request that makes no sense, "permission" for a refusal of the gate, "timeout",
    /// "network" for a connection that failed, "http" for an answer or a redirect that makes no sense.
    pub async fn fetch(&self, request: Request) -> Result<Response, Error> {
        self.follow(request.check()?, None, |_| ()).await
    }

    /// [`Client::fetch`] of a request that was checked already. `cookies` are sent, and kept, if there are any.
    /// `on_redirect` is told where each redirect leads.
    pub async fn follow(
        &self,
        request: Checked,
        cookies: Option<&Cookies>,
        mut on_redirect: impl FnMut(&Url),
    ) -> Result<Response, Error> {
        let started = Stopwatch::start(self.options.clock.as_ref());
        let mut deadline = Deadline::new(request.timeout, self.options.clock.as_ref());
        let mut chain = Chain::new(request.redirects);
        let mut hop = request.prepared;
        loop {
            let answer = self.send(&hop, cookies, &mut deadline).await?;
            match chain.next(&hop, answer.status(), answer.headers())? {
                Some(next) => {
                    on_redirect(&next.url);
                    hop = next;
                }
                None => {
                    let body = Body::new(deadline, request.max_body);
                    return Ok(Response::new(answer, hop.url, started.elapsed(), body));
                }
            }
        }
    }

    /// Closes idle connections, and opens new ones from now on, if the gate has become another: it is not asked again
    /// about connections that are open.
    fn heed_gate(&self) {
        let edition = self.options.gate.as_ref().map_or(0, Gate::edition);
        if self.edition.replace(edition) != edition {
            self.pools.take();
        }
    }

    /// One hop, up to the head of the answer.
    async fn send(
        &self,
        sent: &Prepared,
        cookies: Option<&Cookies>,
        deadline: &mut Deadline,
    ) -> Result<reqwest::Response, Error> {
        self.heed_gate();
        let hop = Arc::new(Hop::new(&sent.url, self.options.gate.clone())?);
        let sending = async {
            let client = self.client_for(sent.url.scheme()).await?;
            let mut request = reqwest::Request::new(sent.method.clone(), sent.url.clone());
            *request.headers_mut() = sent.headers.clone();
            if let Some(cookies) = cookies {
                cookies.put_into(request.headers_mut(), &sent.url);
            }
            if !sent.body.is_empty() {
                *request.body_mut() = Some(sent.body.clone().into());
            }
            let outcome = HOP.scope(Arc::clone(&hop), client.execute(request)).await;
            outcome.map_err(|error| {
                let timeout = self.options.connect_timeout;
                diagnose::failure(&error, Situation { url: &sent.url, stage: Stage::Head(hop.phase()), timeout })
            })
        };
        match deadline.race(sending).await {
            Ok(Ok(answer)) => {
                if let Some(cookies) = cookies {
                    cookies.take_from(answer.headers(), &sent.url);
                }
                Ok(answer)
            }
            Ok(Err(error)) => Err(error),
            Err(Elapsed) => {
                let stage = Stage::Head(hop.phase());
                Err(diagnose::elapsed(Situation { url: &sent.url, stage, timeout: deadline.limit() }))
            }
        }
    }

    async fn client_for(&self, scheme: &str) -> Result<reqwest::Client, Error> {
        let pools = Rc::clone(&self.pools.borrow());
        if scheme == "https" {
            let making = pools.secure.get_or_try_init(|| async {
                let builder = self.builder();
                certificates::reading(move || builder.build()).await
            });
            return making.await.cloned();
        }
        if let Some(client) = pools.plain.get() {
            return Ok(client.clone());
        }
        // Without certificates nothing needs to be read from disk.
        let built = self.builder().tls_certs_only([]).build();
        let client = built.map_err(|error| diagnose::no_client(&error))?;
        Ok(pools.plain.get_or_init(|| client).clone())
    }

    fn builder(&self) -> reqwest::ClientBuilder {
        // Fails if a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .user_agent(&self.options.user_agent)
            .connect_timeout(self.options.connect_timeout)
            .dns_resolver(Arc::new(Resolver))
            .connector_layer(Watch)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .tcp_nodelay(true)
    }
}

/// Time since a moment, on the script's clock or in reality.
enum Stopwatch {
    Real(Instant),
    Script(Rc<dyn Clock>, Duration),
}

impl Stopwatch {
    fn start(clock: Option<&Rc<dyn Clock>>) -> Self {
        match clock {
            Some(clock) => Self::Script(Rc::clone(clock), clock.now()),
            None => Self::Real(Instant::now()),
        }
    }

    fn elapsed(&self) -> Duration {
        match self {
            Self::Real(start) => start.elapsed(),
            Self::Script(clock, start) => clock.now().saturating_sub(*start),
        }
    }
}
