//! Connections of TCP, read by pieces, lines and lengths.
//!
//! One task may read while another writes; of several that read, the first is served first. What was read and not taken
//! is kept, so a read that is given up loses nothing.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, MutexGuard};
use url::Url;

use super::connect::{Gate, dial};
use super::error::{Error, quoted};
use crate::units;

/// How much is read at once.
const PIECE: usize = 64 << 10;
/// The longest line, and the largest `read_exact`, in bytes.
const LONGEST: usize = 64 << 20;

/// A connection. Dropping it closes it.
pub struct Connection {
    /// None when it was closed.
    stream: RefCell<Option<TcpStream>>,
    read: RefCell<BytesMut>,
    /// The other side has said that nothing more comes.
    ended: Cell<bool>,
    reading: Mutex<()>,
    reader: RefCell<Option<Waker>>,
    writing: Mutex<()>,
    peer: Option<SocketAddr>,
    local: Option<SocketAddr>,
}

/// A connection to a host, a name or an address, after asking the gate; `timeout` is real time.
///
/// Errors, by kind: "value" for what is no host, "permission", "network", "timeout".
pub async fn connect(host: &str, port: u16, gate: Option<&Gate>, timeout: Duration) -> Result<Connection, Error> {
    let bracketed = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() };
    // the scheme is not looked at, but for the rules by which hosts are written
    let url = Url::parse(&format!("http://{bracketed}:{port}/"));
    let is_host = !host.is_empty() && !host.contains(['/', '@', '?', '#', '\\']);
    match url {
        Ok(url) if is_host => Ok(Connection::new(dial(&url, gate, timeout).await?)),
        _ => Err(Error::value(format!(
            "{} is not a host: expected a name or an address, as in tcp_connect(\"127.0.0.1\", 8000)",
            quoted(host, 100)
        ))),
    }
}

impl Connection {
    /// A connection over this socket.
    pub fn new(stream: TcpStream) -> Self {
        // Failing is harmless: small messages are only slower then.
        let _ = stream.set_nodelay(true);
        let (peer, local) = (stream.peer_addr().ok(), stream.local_addr().ok());
        Self {
            stream: RefCell::new(Some(stream)),
            read: RefCell::default(),
            ended: Cell::new(false),
            reading: Mutex::default(),
            reader: RefCell::default(),
            writing: Mutex::default(),
            peer,
            local,
        }
    }

    /// The address of the other side.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// The address of this side.
    pub fn local(&self) -> Option<SocketAddr> {
        self.local
    }

    /// Whether this side has closed it.
    pub fn is_closed(&self) -> bool {
        self.stream.borrow().is_none()
    }

    /// What has come, at most `most` bytes and at least one; `None` at the end.
    ///
    /// Errors of all reads, by kind: "closed" after [`Connection::close`], "network" for a connection that broke.
    pub async fn read(&self, most: usize) -> Result<Option<Vec<u8>>, Error> {
        let _reading = self.begin_read().await?;
        while self.read.borrow().is_empty() {
            if !self.fill().await? {
                return Ok(None);
            }
        }
        let mut read = self.read.borrow_mut();
        let len = read.len().min(most);
        Ok(Some(read.split_to(len).into()))
    }

    /// The next line, without LF or CR LF; what follows the last of them is a line, too. `None` at the end.
    ///
    /// Errors besides: "value" for a line that is not UTF-8, which is not taken; "limit" for one without an end.
    pub async fn read_line(&self) -> Result<Option<String>, Error> {
        let _reading = self.begin_read().await?;
        let mut searched = 0;
        let (length, taken) = loop {
            {
                let read = self.read.borrow();
                if let Some(at) = read[searched..].iter().position(|byte| *byte == b'\n') {
                    let end = searched + at;
                    break (end - usize::from(read[..end].ends_with(b"\r")), end + 1);
                }
                searched = read.len();
            }
            if searched > LONGEST {
                return Err(Error::limit(format!(
                    "{} came without the end of a line: read it by read()",
                    units::bytes(searched)
                )));
            }
            if !self.fill().await? {
                match self.read.borrow().len() {
                    0 => return Ok(None),
                    rest => break (rest, rest),
                }
            }
        };
        let mut read = self.read.borrow_mut();
        let line = std::str::from_utf8(&read[..length]).map(str::to_owned);
        let line = line.map_err(|_| Error::value("this line is not UTF-8 text: read it by read() or read_exact(n)"))?;
        read.advance(taken);
        Ok(Some(line))
    }

    /// Just so many bytes. Errors besides: "network" if the connection ends before; "limit" for too many.
    pub async fn read_exact(&self, count: usize) -> Result<Vec<u8>, Error> {
        if count > LONGEST {
            return Err(Error::limit(format!(
                "read_exact takes at most {}: read piece by piece",
                units::bytes(LONGEST)
            )));
        }
        let _reading = self.begin_read().await?;
        while self.read.borrow().len() < count {
            if !self.fill().await? {
                let came = self.read.borrow().len();
                return Err(Error::network(format!("the connection ended after {came} of {count} bytes")));
            }
        }
        Ok(self.read.borrow_mut().split_to(count).into())
    }

    /// One reads at a time.
    async fn begin_read(&self) -> Result<MutexGuard<'_, ()>, Error> {
        match self.is_closed() {
            true => Err(closed()),
            false => Ok(self.reading.lock().await),
        }
    }

    /// Reads what has come; false at the end.
    async fn fill(&self) -> Result<bool, Error> {
        if self.ended.get() {
            return Ok(false);
        }
        let count = poll_fn(|cx| self.poll_fill(cx)).await.map_err(|error| broke(&error))?;
        self.ended.set(count == 0);
        Ok(count > 0)
    }

    fn poll_fill(&self, cx: &mut Context) -> Poll<io::Result<usize>> {
        *self.reader.borrow_mut() = Some(cx.waker().clone());
        // closed by another task of ours: that is an end, too
        let mut stream = self.stream.borrow_mut();
        let Some(stream) = &mut *stream else {
            return Poll::Ready(Ok(0));
        };
        let mut read = self.read.borrow_mut();
        let before = read.len();
        read.resize(before + PIECE, 0);
        let mut space = ReadBuf::new(&mut read[before..]);
        let polled = Pin::new(stream).poll_read(cx, &mut space);
        let count = space.filled().len();
        read.truncate(before + count);
        polled.map_ok(|()| count)
    }

    /// Sends all of it; ready when the system has taken it. Given up, a part of it may have been sent.
    ///
    /// Errors, by kind: "closed" after [`Connection::close`], "network" for a connection that broke.
    pub async fn write(&self, mut bytes: &[u8]) -> Result<(), Error> {
        let _turn = self.writing.lock().await;
        while !bytes.is_empty() {
            let count = poll_fn(|cx| match &mut *self.stream.borrow_mut() {
                Some(stream) => Pin::new(stream).poll_write(cx, bytes).map_err(|error| broke(&error)),
                None => Poll::Ready(Err(closed())),
            });
            bytes = &bytes[count.await?..];
        }
        match self.is_closed() {
            true => Err(closed()),
            false => Ok(()),
        }
    }

    /// Closes it, once what is being written is sent. Who reads gets the end. Closing twice does nothing.
    pub async fn close(&self) {
        let _turn = self.writing.lock().await;
        // what cannot be sent any more nobody misses
        drop(
            poll_fn(|cx| match &mut *self.stream.borrow_mut() {
                Some(stream) => Pin::new(stream).poll_shutdown(cx),
                None => Poll::Ready(Ok(())),
            })
            .await,
        );
        drop(self.stream.take());
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

fn closed() -> Error {
    Error::closed("this connection was closed by close()")
}

fn broke(error: &io::Error) -> Error {
    Error::network(match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionAborted => {
            "the other side has closed the connection".to_owned()
        }
        _ => format!("the connection broke: {error}"),
    })
}
