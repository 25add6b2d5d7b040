//! Tests with real sockets on 127.0.0.1: servers that behave, and servers that do not.
//!
//! The misbehaving ones are threads that write raw bytes, so that what arrives is what the test says.

mod children;
mod client;
mod demo_server;
mod faults;
mod gate;
mod redirects;
mod tls;
mod websockets;

use std::cell::Cell;
use std::future::Future;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, LocalOptions};

use super::clock::{Clock, RealClock, Sleep};
use super::{Client, DemoServer, Error, Request, Response};

/// Runs a test on one thread, as loopscope runs scripts; it fails after 20 s.
fn run<T>(test: impl Future<Output = T>) -> T {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_all().build_local(LocalOptions::default()).unwrap();
    let outcome = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(20), test).await });
    runtime.shutdown_background();
    outcome.expect("the test hangs")
}

/// A server that hands every connection to a thread of its own. Gives its URL, with a slash at the end.
fn accepting(serve: impl Fn(TcpStream) + Send + Sync + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for socket in listener.incoming() {
            let serve = serve.clone();
            thread::spawn(move || serve(socket.unwrap()));
        }
    });
    url
}

/// A server that reads the head of each request and then does what the test says with the socket.
fn raw(answer: impl Fn(&str, &mut TcpStream) + Send + Sync + Clone + 'static) -> String {
    accepting(move |mut socket| {
        while let Some(head) = read_head(&mut socket) {
            answer(&head, &mut socket);
        }
    })
}

/// A server that answers these bytes to everybody and then closes the connection.
fn answers(bytes: impl AsRef<[u8]> + Send + Sync + Clone + 'static) -> String {
    raw(move |_, socket| {
        let _ = socket.write_all(bytes.as_ref());
        let _ = socket.shutdown(Shutdown::Write);
    })
}

/// The head of a request up to the empty line, or `None` when the client is gone.
fn read_head(socket: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if socket.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// A request with a timeout that a test can wait for.
fn quick(url: impl Into<String>) -> Request {
    Request { timeout: Some(Duration::from_millis(200)), ..Request::new(url) }
}

/// Fetches and reads the body to its end.
fn read(request: Request) -> Result<Vec<u8>, Error> {
    run(async { Ok(Client::default().fetch(request).await?.bytes().await?.to_vec()) })
}

/// Expects an error of that kind that says all of this.
#[track_caller]
fn expect_error<T>(outcome: Result<T, Error>, kind: &str, says: &[&str]) {
    let error = outcome.err().expect("an error was expected");
    assert_eq!(error.kind(), kind, "{error}");
    for words in says {
        assert!(error.message().contains(words), "{words:?} is missing in: {error}");
    }
}

/// Runs a test against the demo server; gives it a client and the server.
fn with_demo<T, F: Future<Output = T>>(test: impl FnOnce(Client, Rc<DemoServer>) -> F) -> T {
    run(async {
        let server = DemoServer::start(Rc::new(RealClock::new()), Rc::new(|| ())).unwrap();
        test(Client::default(), Rc::new(server)).await
    })
}

/// A clock that runs a thousand times as fast as real time, and counts its sleeps.
struct FastClock {
    start: Instant,
    sleeps: Cell<usize>,
}

impl FastClock {
    fn new() -> Rc<Self> {
        Rc::new(Self { start: Instant::now(), sleeps: Cell::new(0) })
    }
}

impl Clock for FastClock {
    fn sleep(&self, duration: Duration) -> Sleep {
        self.sleeps.set(self.sleeps.get() + 1);
        Box::pin(tokio::time::sleep(duration / 1000))
    }

    fn now(&self) -> Duration {
        self.start.elapsed() * 1000
    }
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).expect("JSON")
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

async fn text(client: &Client, url: String) -> Result<String, Error> {
    client.fetch(Request::new(url)).await?.text().await
}

async fn get(client: &Client, url: String) -> Response {
    client.fetch(Request::new(url)).await.expect("an answer")
}
