//! What happens between a URL and a connection: the permission check, the name lookup, and a note of how far it came.
//!
//! reqwest keeps one resolver and one connector for all requests, and tells neither for which request it calls them. A
//! task-local value does: each hop runs in its scope, and reqwest starts lookups and connections from within the
//! request's own future. So permissions see the port as well as the address to be connected to, and a timeout
//! can say what it interrupted.

use std::error::Error as StdError;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpStream;
use tower_layer::Layer;
use tower_service::Service;
use url::{Host, Url};

use super::diagnose::{self, Situation, Stage};
use super::error::Error;

tokio::task_local! {
    /// The hop on whose behalf the current code runs.
    pub(crate) static HOP: Arc<Hop>;
}

/// Where a request wants to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The host as the URL has it, normalised: lower case, `2130706433` as `127.0.0.1`, IPv6 without brackets.
    pub host: &'a str,
    /// The port, also where the URL leaves it out.
    pub port: u16,
    /// The address to be connected to, once it is known; an IPv4 address in IPv6 clothes is shown as IPv4.
    pub address: Option<IpAddr>,
    /// Whether somebody wants to listen there.
    pub listens: bool,
}

/// Decides whether a request may go somewhere; the error is the reason, for the script's author.
///
/// It is asked before each hop (`address` is known only if the host is one), and again for each address that a
/// name stands for, before connecting. If one of several addresses is refused, so is the request.
/// Connections that are open already are not asked about again; but a client opens new ones for requests that begin
/// after the gate has become [another](Gate::edition).
#[derive(Clone)]
pub struct Gate {
    ask: Arc<Ask>,
    edition: Arc<AtomicU32>,
}

type Ask = dyn Fn(&Target<'_>) -> Result<(), String> + Send + Sync;

impl Gate {
    /// A gate that asks this. Whoever changes what is answered adds one to `edition`.
    pub fn new(
        ask: impl Fn(&Target<'_>) -> Result<(), String> + Send + Sync + 'static,
        edition: Arc<AtomicU32>,
    ) -> Self {
        Self { ask: Arc::new(ask), edition }
    }

    /// Whether one may go there.
    ///
    /// # Errors
    /// Why not.
    pub fn ask(&self, target: &Target<'_>) -> Result<(), String> {
        (self.ask)(target)
    }

    /// Another number means that another answer may be given.
    pub fn edition(&self) -> u32 {
        self.edition.load(Ordering::Acquire)
    }
}

/// How far a hop has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Sending = 0,
    Resolving = 1,
    Connecting = 2,
}

/// One request to one server.
pub(crate) struct Hop {
    port: u16,
    gate: Option<Gate>,
    phase: AtomicU8,
}

impl Hop {
    /// A hop to this URL, after asking the gate. Errors have the kind "permission".
    pub fn new(url: &Url, gate: Option<Gate>) -> Result<Self, Error> {
        let port = url.port_or_known_default().unwrap_or(80);
        if let Some(gate) = &gate {
            let (host, address) = match url.host() {
                Some(Host::Ipv4(ip)) => (ip.to_string(), Some(IpAddr::V4(ip))),
                Some(Host::Ipv6(ip)) => (ip.to_string(), Some(IpAddr::V6(ip))),
                Some(Host::Domain(name)) => (name.to_owned(), None),
                None => (String::new(), None),
            };
            ask(gate, &host, port, address).map_err(|denied| Error::permission(denied.0))?;
        }
        Ok(Self { port, gate, phase: AtomicU8::new(Phase::Sending as u8) })
    }

    /// How far it has come.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            1 => Phase::Resolving,
            2 => Phase::Connecting,
            _ => Phase::Sending,
        }
    }

    fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }
}

fn ask(gate: &Gate, host: &str, port: u16, address: Option<IpAddr>) -> Result<(), Denied> {
    let address = address.map(|ip| ip.to_canonical());
    gate.ask(&Target { host, port, address, listens: false }).map_err(Denied)
}

/// The gate's refusal, on its way through reqwest.
#[derive(Debug)]
pub(crate) struct Denied(pub String);

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Denied {}

/// The system's name lookup (on tokio's blocking threads), followed by the gate.
pub(crate) struct Resolver;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        // Read now: the future may be polled elsewhere, should another connection become free first.
        let hop = HOP.try_with(Arc::clone).ok();
        Box::pin(async move { Ok(Box::new(lookup(name.as_str(), hop.as_deref()).await?.into_iter()) as Addrs) })
    }
}

/// The addresses of a name, with port 0, each after asking the gate of the hop.
async fn lookup(name: &str, hop: Option<&Hop>) -> Result<Vec<SocketAddr>, Box<dyn StdError + Send + Sync>> {
    if let Some(hop) = hop {
        hop.enter(Phase::Resolving);
    }
    // Not looked up: that takes a thread and real time, during which a virtual clock would move on.
    let addresses: Vec<SocketAddr> = match name {
        "localhost" => vec![(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()],
        name => tokio::net::lookup_host((name, 0)).await?.collect(),
    };
    if let Some(hop) = hop {
        for address in &addresses {
            if let Some(gate) = &hop.gate {
                ask(gate, name, hop.port, Some(address.ip()))?;
            }
        }
        hop.enter(Phase::Connecting);
    }
    Ok(addresses)
}

/// A connection to the host and the port of a URL, without anything of its scheme, within `limit` of real time.
///
/// Errors, by kind: "permission" for a refusal of the gate, "network", "timeout".
pub(crate) async fn dial(url: &Url, gate: Option<&Gate>, limit: Duration) -> Result<TcpStream, Error> {
    let hop = Hop::new(url, gate.cloned())?;
    let connecting = async {
        let mut addresses: Vec<SocketAddr> = match url.host() {
            Some(Host::Ipv4(ip)) => vec![(ip, 0).into()],
            Some(Host::Ipv6(ip)) => vec![(ip, 0).into()],
            Some(Host::Domain(name)) => lookup(name, Some(&hop)).await?,
            None => Vec::new(),
        };
        hop.enter(Phase::Connecting);
        addresses.iter_mut().for_each(|address| address.set_port(hop.port));
        let stream = TcpStream::connect(&addresses[..]).await?;
        // Failing is harmless: small messages are only slower then.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    };
    let outcome: Result<Result<_, Box<dyn StdError + Send + Sync>>, _> = tokio::time::timeout(limit, connecting).await;
    let at = Situation { url, stage: Stage::Head(hop.phase()), timeout: limit };
    match outcome {
        Ok(connected) => connected.map_err(|error| diagnose::connecting(&*error, at)),
        Err(_) => Err(diagnose::elapsed(at)),
    }
}

/// Wraps reqwest's connector in [`Watched`].
#[derive(Clone)]
pub(crate) struct Watch;

impl<S> Layer<S> for Watch {
    type Service = Watched<S>;

    fn layer(&self, inner: S) -> Watched<S> {
        Watched { inner }
    }
}

/// A connector that tells the hop when a connection is begun and made.
#[derive(Clone)]
pub(crate) struct Watched<S> {
    inner: S,
}

impl<S, R> Service<R> for Watched<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Watching<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let hop = HOP.try_with(Arc::clone).ok();
        if let Some(hop) = &hop {
            hop.enter(Phase::Connecting);
        }
        Watching { connecting: Box::pin(self.inner.call(request)), hop }
    }
}

/// A connection that is being made.
pub(crate) struct Watching<F> {
    connecting: std::pin::Pin<Box<F>>,
    hop: Option<Arc<Hop>>,
}

impl<F: Future> Future for Watching<F> {
    type Output = F::Output;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let done = self.connecting.as_mut().poll(cx);
        if done.is_ready()
            && let Some(hop) = self.hop.take()
        {
            hop.enter(Phase::Sending);
        }
        done
    }
}
