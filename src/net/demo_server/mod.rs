//! The server behind `demo_server()`: an HTTP server to practise on, without internet.
//!
//! It runs in the process and on the thread of the script, so that a script and its server are one program, and so
//! that its delays follow the script's clock, virtual or not. What protects it from odd clients (time to send a
//! request, size of a body) is measured in real time instead: a client outside knows nothing of the script's clock.
//! Answers carry no date and nothing random: the same requests get the same answers.

mod echo;
mod outgoing;
mod reply;
mod routes;
mod site;

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, TcpListener as StdListener, UdpSocket};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use self::routes::Routes;
use super::clock::Clock;

/// How long a client may take to send the head of a request, and how long a connection may idle. Real time.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long [`DemoServer::stop`] lets answers that are under way continue, on the script's clock.
const GRACE: Duration = Duration::from_secs(1);

/// A running server. Dropping it ends it and cuts its connections.
pub struct DemoServer {
    port: u16,
    stopping: watch::Sender<bool>,
    stopped: watch::Receiver<bool>,
    accepting: JoinHandle<()>,
}

impl DemoServer {
    /// Starts a server on a free port of 127.0.0.1; it accepts connections from this moment.
    ///
    /// `clock` times its delays. `on_activity` is called when a connection or a request arrives, and when an answer or
    /// a piece of one is handed to a connection. Fails if no socket can be had. Must be called on a tokio
    /// `LocalRuntime` or within a `LocalSet`.
    pub fn start(clock: Rc<dyn Clock>, on_activity: Rc<dyn Fn()>) -> io::Result<Self> {
        Self::start_on(0, clock, on_activity)
    }

    /// [`DemoServer::start`] on a certain port; fails if that is taken.
    pub fn start_on(port: u16, clock: Rc<dyn Clock>, on_activity: Rc<dyn Fn()>) -> io::Result<Self> {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let listener = TcpListener::from_std(listener)?;
        // Now: later there may be none left.
        let spare = spare_file();
        let (stopping, until) = watch::channel(false);
        let (done, stopped) = watch::channel(false);
        let accepting = tokio::task::spawn_local(async move {
            let routes = Rc::new(Routes::new(port, clock, on_activity));
            accept(listener, spare, routes, until).await;
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

    /// When awaited, refuses new connections, lets answers under way continue for a second of the script's clock,
    /// and is ready when all connections are closed. Can be called repeatedly.
    pub fn stop(&self) -> impl Future<Output = ()> + use<> {
        let (stopping, mut stopped) = (self.stopping.clone(), self.stopped.clone());
        async move {
            stopping.send_replace(true);
            // An error means that the server was dropped, which is as good.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        }
    }
}

impl Drop for DemoServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Takes connections until told to stop, then sees them off.
async fn accept(listener: TcpListener, mut spare: Option<UdpSocket>, routes: Rc<Routes>, until: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    let mut stop = pin!(told(until.clone()));
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    routes.note_activity();
                    connections.spawn_local(serve(stream, Rc::clone(&routes), until.clone()));
                }
                // Out of files, or the client is gone already.
                Err(_) => {
                    spare = turn_away(&listener, spare).await;
                    routes.note_activity();
                }
            }
        }
    }
    drop(listener);
    let all_closed = async { while connections.join_next().await.is_some() {} };
    tokio::select! {
        () = all_closed => {}
        () = routes.clock().sleep(GRACE) => {}
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

/// Serves one connection, request by request; told to stop, it finishes the current one.
async fn serve(stream: TcpStream, routes: Rc<Routes>, until: watch::Receiver<bool>) {
    // Answers are small: without this each would wait for the acknowledgement of the one before. Failing is harmless.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| Rc::clone(&routes).answer(request));
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), service)
    );
    // What a client does wrong is the client's affair: hyper answers 400 where it can, and the connection ends.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = told(until) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

/// Ready when the server is told to stop.
async fn told(mut until: watch::Receiver<bool>) {
    // An error means that the server was dropped; then this task is being cancelled, too.
    let _ = until.wait_for(|stop| *stop).await;
}
