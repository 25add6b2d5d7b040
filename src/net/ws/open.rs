//! The client's side of a WebSocket: from a URL to the socket.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{HeaderMap, HeaderName};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::ConfigVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::Error as WsError;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use url::Url;

use super::{Io, WebSocket, config};
use crate::net::certificates;
use crate::net::clock::Clock;
use crate::net::connect::{Gate, Phase, dial};
use crate::net::deadline::{Deadline, Elapsed};
use crate::net::diagnose::{self, Situation, Stage};
use crate::net::error::{Error, quoted, seconds};
use crate::net::request::{move_userinfo, parse_headers};

/// What is to be opened, and how.
pub struct Opening {
    /// See [`parse_url`].
    pub url: Url,
    /// Names and values of further headers.
    pub headers: Vec<(String, String)>,
    /// Until the connection stands; `None` is no limit.
    pub timeout: Option<Duration>,
    /// The most bytes that a message may have.
    pub max_message: usize,
    /// The script's clock.
    pub clock: Option<Rc<dyn Clock>>,
    /// Asked before connecting.
    pub gate: Option<Gate>,
}

/// The URL of a WebSocket: `ws://`, `wss://`, or `http://` and `https://` in their place.
///
/// Errors have the kind "value".
pub fn parse_url(text: &str) -> Result<Url, Error> {
    let shown = quoted(text, 200);
    let mut url = Url::parse(text.trim()).map_err(|error| {
        Error::value(format!("{shown} is not a complete URL ({error}): write it as in \"ws://127.0.0.1:8000/ws\""))
    })?;
    let scheme = match url.scheme() {
        "ws" | "http" => "ws",
        "wss" | "https" => "wss",
        other => {
            return Err(Error::value(format!(
                "ws_connect cannot open {shown}: the scheme must be ws or wss, not \"{other}\""
            )));
        }
    };
    url.set_fragment(None);
    url.set_scheme(scheme).map_err(|()| Error::value(format!("{shown} is not the URL of a WebSocket")))?;
    Ok(url)
}

/// Opens a WebSocket.
///
/// Errors, by kind: "value" for headers that make no sense, "permission" for a refusal of the gate, "timeout",
/// "network" for a connection that failed, "http" for a server that answers something else.
pub async fn open(mut opening: Opening) -> Result<WebSocket, Error> {
    let mut headers = parse_headers(&opening.headers)?;
    move_userinfo(&mut opening.url, &mut headers);
    let mut deadline = Deadline::new(opening.timeout, opening.clock.as_ref());
    match deadline.race(shake_hands(&opening, headers)).await {
        Ok(outcome) => outcome,
        Err(Elapsed) => Err(Error::timeout(format!(
            "timed out after {} while opening the WebSocket {}",
            seconds(deadline.limit()),
            opening.url
        ))),
    }
}

async fn shake_hands(opening: &Opening, headers: HeaderMap) -> Result<WebSocket, Error> {
    const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
    let url = &opening.url;
    let stream = dial(url, opening.gate.as_ref(), CONNECT_TIMEOUT).await?;
    let stream: Box<dyn Io> = match url.scheme() {
        "wss" => Box::new(secure(url, stream).await?),
        _ => Box::new(stream),
    };
    let mut request = url.as_str().into_client_request().map_err(|error| explain(url, &error))?;
    let mut last: Option<HeaderName> = None;
    for (name, value) in headers {
        match name {
            Some(name) => {
                request.headers_mut().insert(name.clone(), value);
                last = Some(name);
            }
            // another value of the same name
            None => drop(last.as_ref().map(|name| request.headers_mut().append(name, value))),
        }
    }
    let outcome = client_async_with_config(request, stream, Some(config(opening.max_message))).await;
    let (frames, _) = outcome.map_err(|error| explain(url, &error))?;
    Ok(WebSocket::new(frames, opening.max_message, false))
}

async fn secure(url: &Url, stream: TcpStream) -> Result<impl Io + use<>, Error> {
    // Fails if a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = certificates::reading(ClientConfig::with_platform_verifier).await?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|error| Error::value(format!("{url}: {error}")))?;
    let at = Situation { url, stage: Stage::Head(Phase::Connecting), timeout: Duration::MAX };
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    connecting.await.map_err(|error| diagnose::connecting(&error, at))
}

fn explain(url: &Url, error: &WsError) -> Error {
    match error {
        WsError::Http(answer) => Error::http(format!(
            "{url} answered {} instead of opening a WebSocket: is the path right?",
            answer.status()
        )),
        WsError::Protocol(ProtocolError::HandshakeIncomplete) => Error::network(format!(
            "the other side closed the connection instead of opening the WebSocket {url}: is the path right{}?",
            if url.scheme() == "ws" { ", and is this port not for wss://" } else { "" }
        )),
        WsError::Protocol(reason) => Error::http(format!(
            "{url} did not answer as a WebSocket does ({reason}): does it speak HTTP on this port?"
        )),
        WsError::Io(reason) => Error::network(format!("the connection for {url} broke: {reason}")),
        other => Error::http(format!("the WebSocket {url} cannot be opened: {other}")),
    }
}
