//! From a failure deep inside reqwest to words from which one can learn.
//!
//! reqwest's own message is "error sending request", with the reason five levels down, in types of four crates. This
//! file walks that chain once, notes what it recognises, and decides by what was going on at the time.

use std::error::Error as StdError;
use std::io::{self, ErrorKind};
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};
use url::Url;

use super::connect::{Denied, Phase};
use super::error::{Error, quoted, seconds};
use crate::units;

/// What was going on.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// Between the call and the head of the answer, that far.
    Head(Phase),
    /// In the body, after that many bytes (decompressed).
    Body(u64),
}

/// Where it failed.
pub(crate) struct Situation<'a> {
    pub url: &'a Url,
    pub stage: Stage,
    /// The timeout that applies: of the whole request, or of the connecting.
    pub timeout: Duration,
}

impl Situation<'_> {
    /// `host:port`, as one would type it.
    fn server(&self) -> String {
        let port = self.url.port_or_known_default().unwrap_or(80);
        format!("{}:{port}", self.url.host_str().unwrap_or_default())
    }
}

/// What the chain of causes tells.
#[derive(Default)]
struct Causes<'a> {
    denied: Option<&'a Denied>,
    tls: Option<&'a rustls::Error>,
    hyper: Option<&'a hyper::Error>,
    /// Of the first I/O error, which is the one that the operating system or the decoder gave.
    io: Option<&'a io::Error>,
    /// The text of the innermost cause.
    last: String,
}

impl<'a> Causes<'a> {
    fn of(error: &'a (dyn StdError + 'static)) -> Self {
        let mut found = Self::default();
        let mut next = Some(error);
        while let Some(cause) = next {
            found.denied = found.denied.or(cause.downcast_ref());
            found.tls = found.tls.or(cause.downcast_ref());
            found.hyper = found.hyper.or(cause.downcast_ref());
            let io = cause.downcast_ref::<io::Error>();
            found.io = found.io.or(io);
            found.last = cause.to_string();
            // `source` of an I/O error skips the error that it wraps.
            next = match io.and_then(io::Error::get_ref) {
                Some(wrapped) => Some(wrapped),
                None => cause.source(),
            };
        }
        found
    }

    fn io_kind(&self) -> Option<ErrorKind> {
        self.io.map(io::Error::kind)
    }
}

/// What reqwest's error means.
pub(crate) fn failure(error: &reqwest::Error, at: Situation<'_>) -> Error {
    let causes = Causes::of(error);
    if let Some(denied) = causes.denied {
        return Error::permission(denied.0.clone());
    }
    if let Some(error) = causes.io.filter(|error| out_of_files(error)) {
        return too_many_files(&at, error);
    }
    match at.stage {
        Stage::Body(received) => body_failure(&causes, &at, received),
        Stage::Head(_) if error.is_dns() => no_address(&causes, &at),
        Stage::Head(_) if causes.tls.is_some() => tls_failure(&causes, &at),
        Stage::Head(_) if error.is_connect() => no_connection(&causes, &at, error.is_timeout()),
        Stage::Head(_) => no_head(&causes, &at),
    }
}

/// What it means that a connection without reqwest could not be made.
pub(crate) fn connecting(error: &(dyn StdError + 'static), at: Situation<'_>) -> Error {
    let causes = Causes::of(error);
    if let Some(denied) = causes.denied {
        return Error::permission(denied.0.clone());
    }
    if let Some(error) = causes.io.filter(|error| out_of_files(error)) {
        return too_many_files(&at, error);
    }
    match at.stage {
        Stage::Head(Phase::Resolving) => no_address(&causes, &at),
        _ if causes.tls.is_some() => tls_failure(&causes, &at),
        _ => no_connection(&causes, &at, false),
    }
}

/// The deadline passed.
pub(crate) fn elapsed(at: Situation<'_>) -> Error {
    let (server, url, limit) = (at.server(), at.url, seconds(at.timeout));
    Error::timeout(match at.stage {
        Stage::Head(Phase::Resolving) => {
            format!("timed out after {limit} while looking up the address of {server}, for {url}")
        }
        Stage::Head(Phase::Connecting) => {
            format!("timed out after {limit} while connecting to {server}, for {url}")
        }
        Stage::Head(Phase::Sending) => format!(
            "timed out after {limit}: {server} took the connection, but sent no answer to the request for {url}"
        ),
        Stage::Body(received) => {
            format!("timed out after {limit} in the body of {url}: {} had come", units::bytes(received))
        }
    })
}

/// The client itself could not be made: there are no certificates, or they cannot be read.
pub(crate) fn no_client(error: &(dyn StdError + 'static)) -> Error {
    let reason = Causes::of(error).last;
    Error::network(format!(
        "https is not possible here: {reason}; install the system's root certificates (package ca-certificates), \
         or set SSL_CERT_FILE to a file with certificates in PEM format"
    ))
}

fn out_of_files(error: &io::Error) -> bool {
    // EMFILE and ENFILE have these numbers on Linux, macOS and the BSDs; std has no kind for them.
    cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24))
}

fn too_many_files(at: &Situation<'_>, error: &io::Error) -> Error {
    Error::network(format!(
        "cannot connect to {}: {error}; each connection is an open file, so let fewer run at once, \
         for example with a semaphore(20), or raise the limit with `ulimit -n`",
        at.server()
    ))
}

fn no_address(causes: &Causes<'_>, at: &Situation<'_>) -> Error {
    let host = at.url.host_str().unwrap_or_default();
    let reason = causes.last.trim_start_matches("failed to lookup address information: ");
    Error::network(format!(
        "cannot find the host {}: {reason}; is the name spelled right, and is there a network?",
        quoted(host, 100)
    ))
}

fn no_connection(causes: &Causes<'_>, at: &Situation<'_>, timed_out: bool) -> Error {
    let server = at.server();
    match causes.io_kind() {
        Some(ErrorKind::ConnectionRefused) => Error::network(format!(
            "connection refused by {server}: nothing listens there; is the server running, and is the port right?"
        )),
        _ if timed_out => Error::timeout(format!(
            "no connection to {server} within {}: the host does not answer, or a firewall drops what is sent to it",
            seconds(at.timeout)
        )),
        Some(ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof) if at.url.scheme() == "https" => {
            Error::network(format!("{server} closed the connection during the TLS handshake"))
        }
        _ => Error::network(format!("cannot connect to {server}: {}", causes.last)),
    }
}

fn no_head(causes: &Causes<'_>, at: &Situation<'_>) -> Error {
    let (server, url) = (at.server(), at.url);
    match (causes.hyper, causes.io_kind()) {
        (Some(error), _) if error.is_parse() => Error::http(format!(
            "{server} sent something that is not a valid HTTP answer ({}) to the request for {url}; \
             does it speak HTTP on this port{}?",
            causes.last,
            if url.scheme() == "http" { ", and not https" } else { "" }
        )),
        (Some(error), _) if error.is_incomplete_message() => Error::network(format!(
            "{server} closed the connection before it had answered the request for {url}{}",
            or_secure(url)
        )),
        (_, Some(ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted)) => Error::network(
            format!("connection reset by {server} before it had answered the request for {url}{}", or_secure(url)),
        ),
        _ => Error::network(format!("the request for {url} failed: {}", causes.last)),
    }
}

/// Servers of https often close without a word what does not begin with TLS.
fn or_secure(url: &Url) -> &'static str {
    if url.scheme() == "http" { "; if this port is for https://, write that" } else { "" }
}

fn body_failure(causes: &Causes<'_>, at: &Situation<'_>, received: u64) -> Error {
    let (url, received, last) = (at.url, units::bytes(received), &causes.last);
    match (causes.hyper.is_some(), causes.io_kind()) {
        (true, Some(ErrorKind::UnexpectedEof)) => Error::network(format!(
            "the body of {url} is truncated: the server closed the connection after {received}, before its end"
        )),
        (true, Some(ErrorKind::InvalidInput | ErrorKind::InvalidData)) => Error::http(format!(
            "the body of {url} is malformed after {received}: bad chunk size or chunk ending ({last})"
        )),
        (_, Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted)) => {
            Error::network(format!("connection reset by the server in the body of {url}, after {received}"))
        }
        (false, Some(ErrorKind::UnexpectedEof)) => Error::http(format!(
            "the compressed body of {url} is truncated: it ends after {received}, before the compression does"
        )),
        (false, Some(_)) => Error::http(format!(
            "the body of {url} cannot be decompressed after {received}: {last}; \
             it is not what its header content-encoding says"
        )),
        _ => Error::network(format!("the body of {url} broke off after {received}: {last}")),
    }
}

fn tls_failure(causes: &Causes<'_>, at: &Situation<'_>) -> Error {
    let (server, reason) = (at.server(), &causes.last);
    Error::network(match causes.tls {
        Some(rustls::Error::InvalidCertificate(problem)) => {
            format!("the certificate of {server} is not trusted: {}", certificate_problem(problem))
        }
        Some(rustls::Error::InvalidMessage(_)) => {
            format!("{server} does not speak TLS ({reason}): is this port for http:// rather than https://?")
        }
        Some(rustls::Error::AlertReceived(AlertDescription::UnrecognisedName)) => {
            format!("{server} does not serve a site of that name (TLS alert: unrecognised name)")
        }
        _ => format!("the TLS handshake with {server} failed: {reason}"),
    })
}

fn certificate_problem(problem: &CertificateError) -> String {
    use CertificateError as E;
    match problem {
        E::Expired | E::ExpiredContext { .. } => {
            format!("it has expired ({problem}); if the server is not yours, check the clock of this machine")
        }
        E::NotValidYet | E::NotValidYetContext { .. } => {
            format!("it is not valid yet ({problem}); is the clock of this machine right?")
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            format!("it was issued for another name ({problem})")
        }
        E::UnknownIssuer => "no authority that this system knows has signed it; if it is your own (self-signed), \
                             set SSL_CERT_FILE to a PEM file with the certificate of its issuer"
            .to_owned(),
        E::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "it is the certificate of an authority (CA:TRUE), and a server needs one of its own that is signed by it; \
             make one with `-addext basicConstraints=critical,CA:FALSE`"
                .to_owned()
        }
        E::Revoked => "its issuer has revoked it".to_owned(),
        _ => problem.to_string(),
    }
}
