//! Listeners: who accepts connections, in which order, and until when.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use rhai::Dynamic;
use tokio::net::TcpListener;
use tokio::sync::Mutex;

use super::{Conn, port_number};
use crate::engine::errors::{self, error, kind};
use crate::engine::local::{Counted, Served};
use crate::engine::script::{self, Waits};
use crate::engine::{Future, Kernel};
use crate::net::Gate;
use crate::net::server::bind;
use crate::net::tcp::Connection;
use crate::stdlib::http::erred;
use crate::stdlib::stream;
use crate::stdlib::values::Fallible;

/// A listener, as scripts hold it.
#[derive(Clone)]
pub struct Listener(Rc<Listening>);

struct Listening {
    port: u16,
    /// None when it was closed.
    socket: RefCell<Option<TcpListener>>,
    /// One accepts at a time, first come, first served.
    accepting: Mutex<()>,
    accepter: RefCell<Option<Waker>>,
    /// None when it was closed.
    counts: Cell<Option<(Served, Counted)>>,
}

pub fn listen(kernel: &Rc<Kernel>, gate: Option<&Gate>, port: i64) -> Fallible<Listener> {
    let listener = bind(port_number(port)?, gate).map_err(|e| erred(&e))?;
    let cannot = |e: std::io::Error| error(kind::IO, format!("can't listen on port {port}: {e}"));
    let port = listener.local_addr().map_err(cannot)?.port();
    let socket = TcpListener::from_std(listener).map_err(cannot)?;
    Ok(Listener(Rc::new(Listening {
        port,
        socket: RefCell::new(Some(socket)),
        accepting: Mutex::default(),
        accepter: RefCell::default(),
        counts: Cell::new(Some((kernel.serves_at(port), kernel.listens()))),
    })))
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.end();
    }
}

impl Listening {
    fn end(&self) {
        self.socket.take();
        drop(self.counts.take());
        if let Some(accepter) = self.accepter.take() {
            accepter.wake();
        }
    }

    /// The next connection; none once it is closed.
    async fn accept(&self) -> std::io::Result<Option<tokio::net::TcpStream>> {
        let _turn = self.accepting.lock().await;
        poll_fn(|cx| {
            *self.accepter.borrow_mut() = Some(cx.waker().clone());
            match &*self.socket.borrow() {
                Some(socket) => socket.poll_accept(cx).map_ok(|(stream, _)| Some(stream)),
                None => Poll::Ready(Ok(None)),
            }
        })
        .await
    }
}

impl Listener {
    pub(super) fn port(&self) -> u16 {
        self.0.port
    }

    pub(super) fn show(&self) -> String {
        let closed = if self.0.socket.borrow().is_none() { ", closed" } else { "" };
        format!("<listener at 127.0.0.1:{}{closed}>", self.0.port)
    }

    pub(super) fn close(&self, kernel: &Rc<Kernel>) -> Future {
        let inner = self.0.clone();
        script::io(kernel, "close", format!("close() of port {}", inner.port), Waits::Loop, move |_| async move {
            inner.end();
            Ok(Dynamic::UNIT)
        })
    }
}

impl stream::Stream for Listener {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        let inner = self.0.clone();
        script::io(kernel, "accept", format!("accept at port {}", inner.port), Waits::Loop, move |script| async move {
            let accepted = inner.accept().await;
            let accepted =
                accepted.map_err(|e| errors::raise(kind::NETWORK, format!("no connection can be accepted: {e}")))?;
            let Some(stream) = accepted else { return Ok(Dynamic::UNIT) };
            let kernel = &script.kernel;
            kernel.local.disturb();
            let connection = Connection::new(stream);
            // a client of this process: one that a script has opened, or one of fetch, which waits for an answer
            let is_ours = connection.peer().is_some_and(|peer| kernel.local.is_client(peer.port()));
            let waits = if is_ours || kernel.is_talking_to_itself() { Waits::Inside } else { Waits::Outside };
            Ok(Dynamic::from(Conn::new(kernel, connection, waits, None)))
        })
    }
}
