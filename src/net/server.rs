//! A server of HTTP on 127.0.0.1: it takes connections, reads requests, and sees all off when it is stopped. What is
//! answered is the affair of a [`Service`].
//!
//! It runs in the process and on the thread of the script, so that a script and its server are one program. What
//! protects it from odd clients (the time to send a request, the size of a body) is measured in real time: a client
//! outside knows nothing of the script's clock.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener as StdListener, UdpSocket};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};

use super::clock::Clock;
use super::connect::{Gate, Target};
use super::error::Error;

/// How long a client may take to send the head of a request, and how long a connection may idle. Real time.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// An answer that is being made.
pub type Answering<B> = Pin<Box<dyn Future<Output = Result<Response<B>, Infallible>>>>;

/// What takes a connection over when it stops speaking HTTP; with what the client has sent already.
pub type Handover = Box<dyn FnOnce(TcpStream, Bytes) -> Pin<Box<dyn Future<Output = ()>>>>;

/// Answers the requests of a server.
pub trait Service: 'static {
    /// The body of an answer.
    type Body: Body<Data = Bytes, Error = Infallible> + 'static;

    /// The answer to a request. Dropped when the client goes away.
    fn answer(self: Rc<Self>, request: Request<Incoming>, link: &Rc<Link>) -> Answering<Self::Body>;
}

/// What a server needs of its surroundings.
#[derive(Clone)]
pub struct Surroundings {
    /// Times the last moments of answers when the server is stopped.
    pub clock: Rc<dyn Clock>,
    /// Called when a connection arrives, and when one ends.
    pub on_activity: Rc<dyn Fn()>,
    /// See [`HEAD_TIMEOUT`].
    pub head_timeout: Duration,
    /// Whether answers carry the header `date`.
    pub date: bool,
}

/// A connection, as a service sees it.
pub struct Link {
    handover: RefCell<Option<Handover>>,
    until: Until,
    /// Whether a whole head of a request has come.
    begun: Cell<bool>,
}

impl Link {
    /// Lets another protocol have the connection after the answer, which must have the status 101.
    pub fn hand_over(&self, to: Handover) {
        *self.handover.borrow_mut() = Some(to);
    }

    /// Ready when the server is told to stop.
    pub fn told_to_stop(&self) -> impl Future<Output = ()> + use<> {
        let until = self.until.clone();
        async move {
            told(until).await;
        }
    }
}

/// How long answers under way may go on, once the server is told to stop.
type Until = watch::Receiver<Option<Duration>>;

/// A running server. Dropping it ends it and cuts its connections.
pub struct Server {
    port: u16,
    stopping: watch::Sender<Option<Duration>>,
    stopped: watch::Receiver<bool>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Starts a server on this listener; connections are accepted from this moment. Must be called on a tokio
    /// `LocalRuntime` or within a `LocalSet`.
    pub fn start<S: Service>(listener: StdListener, around: Surroundings, service: Rc<S>) -> io::Result<Self> {
        let port = listener.local_addr()?.port();
        let listener = TcpListener::from_std(listener)?;
        // Now: later there may be none left.
        let spare = spare_file();
        let (stopping, until) = watch::channel(None);
        let (done, stopped) = watch::channel(false);
        let accepting = tokio::task::spawn_local(async move {
            accept(listener, spare, around, service, until).await;
            done.send_replace(true);
        });
        Ok(Self { port, stopping, stopped, accepting })
    }

    /// The address, without a slash at the end: `http://127.0.0.1:40123`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// When awaited, refuses new connections, lets answers under way go on for `grace` of the script's clock, and is
    /// ready when all connections are closed. Can be called repeatedly.
    pub fn stop(&self, grace: Duration) -> impl Future<Output = ()> + use<> {
        let (stopping, stopped) = (self.stopping.clone(), self.stopped());
        async move {
            stopping.send_replace(Some(grace));
            stopped.await;
        }
    }

    /// Ready when the server has been stopped.
    pub fn stopped(&self) -> impl Future<Output = ()> + use<> {
        let mut stopped = self.stopped.clone();
        // An error means that the server was dropped, which is as good.
        async move { drop(stopped.wait_for(|stopped| *stopped).await) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A socket that listens on 127.0.0.1, after asking the gate; port 0 is any that is free.
///
/// Errors: kind "permission" for a refusal, "io" for a port that cannot be had.
pub fn bind(port: u16, gate: Option<&Gate>) -> Result<StdListener, Error> {
    let ask = |port| match gate {
        Some(gate) => {
            let address = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
            gate.ask(&Target { host: "127.0.0.1", port, address, listens: true }).map_err(Error::permission)
        }
        None => Ok(()),
    };
    if port != 0 {
        ask(port)?;
    }
    let listener = listen(port).map_err(|error| no_port(port, &error))?;
    if port == 0 {
        ask(listener.local_addr().map_err(|error| no_port(port, &error))?.port())?;
    }
    Ok(listener)
}

fn listen(port: u16) -> io::Result<StdListener> {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn no_port(port: u16, error: &io::Error) -> Error {
    Error::io(match error.kind() {
        io::ErrorKind::AddrInUse => {
            format!("port {port} of 127.0.0.1 is taken: another program (or server) listens there; 0 takes a free one")
        }
        io::ErrorKind::PermissionDenied => {
            format!("port {port} of 127.0.0.1 needs the rights of an administrator: take one from 1024 on, or 0")
        }
        _ => format!("cannot listen on port {port} of 127.0.0.1: {error}"),
    })
}

/// Takes connections until told to stop, then sees them off.
async fn accept<S: Service>(
    listener: TcpListener,
    mut spare: Option<UdpSocket>,
    around: Surroundings,
    service: Rc<S>,
    until: Until,
) {
    let mut connections = JoinSet::new();
    let crowd = Rc::new(Notify::new());
    let mut stop = pin!(told(until.clone()));
    let grace = loop {
        tokio::select! {
            grace = &mut stop => break grace,
            Some(_) = connections.join_next() => (around.on_activity)(),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    (around.on_activity)();
                    let (service, crowd) = (Rc::clone(&service), Rc::clone(&crowd));
                    connections.spawn_local(converse(stream, around.clone(), service, until.clone(), crowd));
                }
                // Out of files, or the client is gone already.
                Err(_) => {
                    crowd.notify_waiters();
                    spare = turn_away(&listener, spare).await;
                    (around.on_activity)();
                }
            }
        }
    };
    drop(listener);
    let all_closed = async { while connections.join_next().await.is_some() {} };
    tokio::select! {
        () = all_closed => {}
        () = around.clock.sleep(grace) => {}
    }
    connections.shutdown().await;
}

/// An open file to be closed when no more can be opened.
fn spare_file() -> Option<UdpSocket> {
    UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).ok()
}

/// No file is left for a connection. The clients are in this process, too, as a rule, and hold the files that are
/// missing while they wait for an answer. So one of them is turned away, which frees a file for another; gives the
/// next spare file.
async fn turn_away(listener: &TcpListener, spare: Option<UdpSocket>) -> Option<UdpSocket> {
    const PAUSE: Duration = Duration::from_millis(10);
    let Some(spare) = spare else {
        tokio::time::sleep(PAUSE).await;
        return spare_file();
    };
    drop(spare);
    // Accepted and dropped at once: the client sees the connection closed.
    drop(tokio::time::timeout(PAUSE, listener.accept()).await);
    let spare = spare_file();
    tokio::task::yield_now().await;
    spare
}

/// Serves one connection, request by request. Told to stop, or that others wait for its file, it finishes the current
/// one.
async fn converse<S: Service>(
    stream: TcpStream,
    around: Surroundings,
    service: Rc<S>,
    until: Until,
    crowd: Rc<Notify>,
) {
    // Answers are small: without this each would wait for the acknowledgement of the one before. Failing is harmless.
    let _ = stream.set_nodelay(true);
    let link = Rc::new(Link { handover: RefCell::default(), until: until.clone(), begun: Cell::new(false) });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(around.head_timeout)
        .auto_date_header(around.date)
        .serve_connection(
            TokioIo::new(stream),
            service_fn(|request| {
                link.begun.set(true);
                Rc::clone(&service).answer(request, &link)
            }),
        );
    let mut stop = pin!(told(until));
    let mut crowded = pin!(crowd.notified());
    let (mut stopping, mut makes_room) = (false, false);
    let ended = poll_fn(|cx| {
        // one that has not begun is no idle one: its request is on its way
        if !makes_room && link.begun.get() && crowded.as_mut().poll(cx).is_ready() {
            makes_room = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        if !stopping && stop.as_mut().poll(cx).is_ready() {
            stopping = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        let polled = connection.poll_without_shutdown(cx);
        // who has sent part of a first request, and not the rest, is not waited for
        if stopping && polled.is_pending() && !link.begun.get() { Poll::Ready(Ok(())) } else { polled }
    })
    .await;
    let parts = connection.into_parts();
    let stream = parts.io.into_inner();
    match (ended, link.handover.take()) {
        (Ok(()), Some(handover)) => handover(stream, parts.read_buf).await,
        (Ok(()), None) => see_off(stream, b"").await,
        // An idle connection ends without a word; one that has begun a request is told why.
        (Err(error), _) if error.is_timeout() && !parts.read_buf.is_empty() => see_off(stream, SLOW_HEAD).await,
        // What else a client does wrong hyper has answered with 400 where it can.
        (Err(_), _) => see_off(stream, b"").await,
    }
}

const SLOW_HEAD: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\n\
    content-length: 40\r\n\r\nthe head of the request came too slowly\n";

/// Sends the last words and closes the connection. What still arrives is read for a moment: else the client's system
/// would throw away what it has not read of the answer.
async fn see_off(mut stream: TcpStream, words: &[u8]) {
    const MOMENT: Duration = Duration::from_millis(100);
    let closing = async {
        stream.write_all(words).await?;
        stream.shutdown().await?;
        let mut rest = [0; 4096];
        while stream.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    // The client may be gone; then there is nobody to tell.
    drop(tokio::time::timeout(MOMENT, closing).await);
}

/// Ready when the server is told to stop; gives the grace.
async fn told(mut until: Until) -> Duration {
    // An error means that the server was dropped; then this task is being cancelled, too.
    match until.wait_for(Option::is_some).await {
        Ok(grace) => grace.unwrap_or_default(),
        Err(_) => std::future::pending().await,
    }
}
