//! TCP: connections and listeners.

mod listener;

use std::rc::Rc;
use std::time::Duration;

use rhai::Dynamic;

use super::http::waits_at;
use super::values::{Fallible, bytes};
use super::{functions, stream};
use crate::engine::errors::{self, error, kind};
use crate::engine::script::{self, Waits};
use crate::engine::{Future, Kernel};
use crate::lang::Raise;
use crate::net::tcp::{self, Connection};
use crate::net::{Error, Gate};
use listener::{Listener, listen};

functions! {
    /// Opens a TCP connection: bytes in both directions. It is a stream of blobs, as they arrive. Throws "network" when
    /// nobody listens there, "timeout" when there is no answer within 10 s. It is closed when no variable holds it.
    ///
    /// ```
    /// let server = tcp_listen(0);
    /// spawn(server.for_each(async |c| { await c.write("you said " + await c.read_line() + "\n"); await c.close() }));
    /// let c = await tcp_connect("127.0.0.1", server.port);
    /// await c.write("hello\n");
    /// assert(await c.read_line() == "you said hello");
    /// assert(await c.read_line() == ());
    /// await server.close();
    /// ```
    ///
    /// asyncio: `asyncio.open_connection`; JavaScript: `net.connect`; tokio: `TcpStream::connect`
    "tcp_connect(host, port)" => |lib| {
        lib.engine.register_type_with_name::<Conn>("connection");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |c: &mut Conn| c.show());
        }
        stream::install::<Conn>(lib);
        let (kernel, gate) = (lib.kernel.clone(), lib.host.net_gate());
        lib.engine.register_fn("tcp_connect", move |host: &str, port: i64| connect(&kernel, gate.clone(), host, port));
    };

    /// Listens on a port of 127.0.0.1 (0: a free one) and gives at once a stream of connections: give each a task of its
    /// own. Throws "io" when the port is taken.
    ///
    /// ```
    /// let server = tcp_listen(0);
    /// let client = spawn(tcp_connect("127.0.0.1", server.port));
    /// let c = await server.next();
    /// await c.write("welcome");
    /// assert((await (await client).read()).as_string() == "welcome");
    /// await server.close();
    /// ```
    ///
    /// asyncio: `asyncio.start_server`; JavaScript: `net.createServer`; tokio: `TcpListener::bind`
    "tcp_listen(port)" => |lib| {
        lib.engine.register_type_with_name::<Listener>("listener");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |l: &mut Listener| l.show());
        }
        stream::install::<Listener>(lib);
        let (kernel, gate) = (lib.kernel.clone(), lib.host.net_gate());
        lib.engine.register_fn("tcp_listen", move |port: i64| listen(&kernel, gate.as_ref(), port));
    };

    /// The port on which it listens.
    ///
    /// ```
    /// assert(tcp_listen(0).port > 0);
    /// ```
    ///
    /// asyncio: `server.sockets[0].getsockname()`; JavaScript: `server.address().port`; tokio: `listener.local_addr()`
    "listener.port" => |lib| {
        lib.engine.register_get("port", |l: &mut Listener| i64::from(l.port()));
    };

    /// Listens no more; the port is free. Who waits for the next connection gets `()`. Connections that there are go on.
    /// `stop` does the same.
    ///
    /// ```
    /// let server = tcp_listen(0);
    /// await server.close();
    /// assert(await server.next() == ());
    /// ```
    ///
    /// asyncio: `server.close`; JavaScript: `server.close`; tokio: dropping the listener
    "listener.close()" => |lib| {
        for name in ["close", "stop"] {
            let kernel = lib.kernel.clone();
            lib.engine.register_fn(name, move |l: &mut Listener| l.close(&kernel));
        }
    };

    /// What has come, as a blob of at least one byte (and at most `n`, else 64 KiB), or `()` at the end. How it is cut
    /// is chance.
    ///
    /// ```
    /// let server = tcp_listen(0);
    /// spawn(server.for_each(async |c| { await c.write("hello") }));
    /// let c = await tcp_connect("127.0.0.1", server.port);
    /// assert((await c.read(2)).as_string() == "he");
    /// await server.close();
    /// ```
    ///
    /// asyncio: `StreamReader.read`; JavaScript: `socket.on("data")`; tokio: `AsyncReadExt::read`
    "connection.read([n])" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("read", move |c: &mut Conn| c.read(&kernel, PIECE));
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("read", move |c: &mut Conn, n: i64| -> Fallible<Future> {
            match usize::try_from(n) {
                Ok(n) if n > 0 => Ok(c.read(&kernel, n)),
                _ => Err(error(kind::VALUE, format!("read needs a number of bytes from 1 on, and this is {n}"))),
            }
        });
    };

    /// The next line, a string without its newline (LF or CR LF), or `()` at the end. Throws "value" if it is not UTF-8.
    ///
    /// ```
    /// let server = tcp_listen(0);
    /// spawn(server.for_each(async |c| { await c.write("one\r\ntwo"); await c.close() }));
    /// let c = await tcp_connect("127.0.0.1", server.port);
    /// assert([await c.read_line(), await c.read_line(), await c.read_line()] == ["one", "two", ()]);
    /// await server.close();
    /// ```
    ///
    /// asyncio: `StreamReader.readline`; JavaScript: `readline.createInterface`; tokio: `AsyncBufReadExt::read_line`
    "connection.read_line()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("read_line", move |c: &mut Conn| c.io(&kernel, "read_line", "read from", |c| async move {
            Ok(c.read_line().await?.map_or(Dynamic::UNIT, Dynamic::from))
        }));
    };

    /// Just `n` bytes as a blob. Throws "network" if the connection ends before.
    ///
    /// ```
    /// let server = tcp_listen(0);
    /// spawn(server.for_each(async |c| { await c.write("abcdef") }));
    /// let c = await tcp_connect("127.0.0.1", server.port);
    /// assert((await c.read_exact(4)).as_string() == "abcd");
    /// await server.close();
    /// ```
    ///
    /// asyncio: `StreamReader.readexactly`; JavaScript: `socket.read(n)`; tokio: `AsyncReadExt::read_exact`
    "connection.read_exact(n)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("read_exact", move |c: &mut Conn, n: i64| -> Fallible<Future> {
            let n = usize::try_from(n)
                .map_err(|_| error(kind::VALUE, format!("read_exact needs a number of bytes, and this is {n}")))?;
            Ok(c.io(&kernel, "read_exact", "read from", move |c| async move {
                Ok(Dynamic::from_blob(c.read_exact(n).await?))
            }))
        });
    };

    /// Sends a string or a blob; ready when the system has taken all of it.
    ///
    /// ```
    /// let server = tcp_listen(0);
    /// let client = spawn(tcp_connect("127.0.0.1", server.port));
    /// let c = await server.next();
    /// await c.write("text");
    /// await c.write(blob(2, 255));
    /// assert((await (await client).read_exact(6)).len() == 6);
    /// await server.close();
    /// ```
    ///
    /// asyncio: `StreamWriter.write` and `drain`; JavaScript: `socket.write`; tokio: `AsyncWriteExt::write_all`
    "connection.write(data)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("write", move |c: &mut Conn, data: Dynamic| -> Fallible<Future> {
            let bytes = bytes("write", &data)?;
            Ok(c.io(&kernel, "write", "write to", move |c| async move {
                c.write(&bytes).await?;
                Ok(Dynamic::UNIT)
            }))
        });
    };

    /// Closes the connection, once what is being written is sent. Who reads from it gets `()`.
    ///
    /// ```
    /// let server = tcp_listen(0);
    /// let c = await tcp_connect("127.0.0.1", server.port);
    /// await c.close();
    /// try { await c.write("late") } catch (e) { assert(e.error == "closed") }
    /// await server.close();
    /// ```
    ///
    /// asyncio: `StreamWriter.close` and `wait_closed`; JavaScript: `socket.end`; tokio: `AsyncWriteExt::shutdown`
    "connection.close()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("close", move |c: &mut Conn| c.io(&kernel, "close", "close", |c| async move {
            c.close().await;
            Ok(Dynamic::UNIT)
        }));
    };

    /// The address of the other side: `127.0.0.1:41233`.
    ///
    /// ```
    /// let server = tcp_listen(0);
    /// let c = await tcp_connect("127.0.0.1", server.port);
    /// assert(c.peer == `127.0.0.1:${server.port}`);
    /// await server.close();
    /// ```
    ///
    /// asyncio: `writer.get_extra_info("peername")`; JavaScript: `socket.remoteAddress`; tokio: `stream.peer_addr()`
    "connection.peer" => |lib| {
        lib.engine.register_get("peer", |c: &mut Conn| c.0.peer.clone());
    };
}

/// How much `read` gives at most.
const PIECE: usize = 64 << 10;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

fn port_number(port: i64) -> Fallible<u16> {
    u16::try_from(port)
        .map_err(|_| error(kind::VALUE, format!("a port is a number from 0 to 65535, and this is {port}")))
}

fn raise(error: &Error) -> Raise {
    errors::raise(error.kind(), error.message())
}

fn connect(kernel: &Rc<Kernel>, gate: Option<Gate>, host: &str, port: i64) -> Fallible<Future> {
    let port = port_number(port)?;
    let waits = waits_at(kernel, host, port);
    let host = host.to_owned();
    Ok(script::io(kernel, "tcp_connect", format!("connect to {host}:{port}"), waits, move |script| async move {
        let made = tcp::connect(&host, port, gate.as_ref(), CONNECT_TIMEOUT).await.map_err(|e| raise(&e))?;
        let port = made.local().filter(|_| waits == Waits::Inside).map(|address| address.port());
        Ok(Dynamic::from(Conn::new(&script.kernel, made, waits, port)))
    }))
}

/// A connection, as scripts hold it.
#[derive(Clone)]
struct Conn(Rc<Inner>);

struct Inner {
    connection: Rc<Connection>,
    peer: String,
    waits: Waits,
    kernel: Rc<Kernel>,
    /// The port of this side, if the other is a listener of this process.
    port: Option<u16>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(port) = self.port {
            self.kernel.local.clients.borrow_mut().remove(&port);
        }
        self.kernel.local.disturb();
    }
}

impl Conn {
    fn new(kernel: &Rc<Kernel>, connection: Connection, waits: Waits, port: Option<u16>) -> Self {
        if let Some(port) = port {
            kernel.local.clients.borrow_mut().insert(port);
        }
        let peer = connection.peer().map_or_else(|| "somebody".to_owned(), |peer| peer.to_string());
        Self(Rc::new(Inner { connection: Rc::new(connection), peer, waits, kernel: kernel.clone(), port }))
    }

    fn show(&self) -> String {
        let closed = if self.0.connection.is_closed() { ", closed" } else { "" };
        format!("<connection to {}{closed}>", self.0.peer)
    }

    /// A future that does something with the connection.
    fn io<F>(
        &self,
        kernel: &Rc<Kernel>,
        name: &'static str,
        what: &str,
        work: impl FnOnce(Rc<Connection>) -> F + 'static,
    ) -> Future
    where
        F: std::future::Future<Output = Result<Dynamic, Error>> + 'static,
    {
        let this = self.clone();
        script::io(kernel, name, format!("{what} {}", this.0.peer), this.0.waits, move |_| async move {
            // keeps the value, and so the connection's place among those of this process
            let connection = this.0.connection.clone();
            work(connection).await.map_err(|e| raise(&e))
        })
    }

    fn read(&self, kernel: &Rc<Kernel>, most: usize) -> Future {
        self.io(kernel, "read", "read from", move |c| async move {
            Ok(c.read(most).await?.map_or(Dynamic::UNIT, Dynamic::from_blob))
        })
    }
}

impl stream::Stream for Conn {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        self.read(kernel, PIECE)
    }
}

/// How these values print.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    let connection = value.read_lock::<Conn>().map(|c| c.show());
    connection.or_else(|| value.read_lock::<Listener>().map(|l| l.show()))
}
