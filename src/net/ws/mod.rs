//! WebSockets (RFC 6455): to connect to one ([`open`]), to let one in ([`accept`]), and the socket that both give.
//!
//! One reads at a time, one sends at a time, each first come, first served. Pings are answered while somebody reads.

mod accept;
mod fault;
mod open;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Mutex;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message as Frame};

pub use accept::{accept, echo, let_in, wants};
pub use open::{Opening, open, parse_url};

use self::fault::is_gone;
use super::error::Error;

/// The most bytes that a message may have, unless told otherwise.
pub const MAX_MESSAGE: usize = 16 << 20;

/// How long one who closes waits for the other side to agree. Real time.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long the other side is given to hear what it did wrong. Real time.
const REPROACH: Duration = Duration::from_millis(500);

/// How many pings are answered before everything must have been handed to the system: 140 KB at most.
const MAX_ANSWERS: usize = 1024;

/// How long one who has sent so many may take to read the answers. Real time.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is sent and received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

trait Io: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

type Frames = WebSocketStream<Box<dyn Io>>;

/// A step on the way of what is sent.
type Sending = fn(Pin<&mut Frames>, &mut Context) -> Poll<Result<(), WsError>>;

/// Why a WebSocket was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Farewell {
    /// 1000 is a normal end; 1005 that the other side gave none, 1006 that the connection broke.
    pub code: u16,
    pub reason: String,
}

impl Farewell {
    /// What this side may say.
    ///
    /// Errors have the kind "value".
    pub fn new(code: i64, reason: &str) -> Result<Self, Error> {
        // a frame of control has at most 125 bytes
        const LONGEST: usize = 123;
        let allowed = u16::try_from(code).ok().filter(|code| CloseCode::from(*code).is_allowed());
        let Some(code) = allowed else {
            return Err(Error::value(format!(
                "{code} can't be sent as the code of close: 1000 is a normal end, 1001 going away, 1008 against the \
                 rules, 1011 a failure, and 3000 to 4999 are your own"
            )));
        };
        match reason.len() {
            0..=LONGEST => Ok(Self { code, reason: reason.to_owned() }),
            len => Err(Error::value(format!("the reason of close has {len} bytes, and at most {LONGEST} are allowed"))),
        }
    }

    fn of(frame: Option<CloseFrame>) -> Self {
        match frame {
            Some(frame) => Self { code: frame.code.into(), reason: frame.reason.to_string() },
            None => Self { code: CloseCode::Status.into(), reason: String::new() },
        }
    }
}

/// An open WebSocket. Dropping it closes the connection.
pub struct WebSocket {
    /// None when it is over.
    frames: RefCell<Option<Frames>>,
    /// One sends at a time, first come, first served.
    sending: Mutex<()>,
    /// One reads at a time, first come, first served.
    turn: Mutex<()>,
    /// Whether somebody waits for the next message, and who is to be woken when it is over.
    reading: Cell<bool>,
    reader: RefCell<Option<Waker>>,
    /// Who closes, and waits for the reader to see the end.
    closer: RefCell<Option<Waker>>,
    /// Closed by this side.
    closed: Cell<bool>,
    /// What the other side has said at the end.
    farewell: RefCell<Option<Farewell>>,
    /// By a server. That a client goes away without a word is no failure of the server.
    let_in: bool,
    max_message: usize,
    /// How many pings came since everything was handed to the system.
    unanswered: Cell<usize>,
}

/// Somebody reads.
struct Reading<'a>(&'a WebSocket);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.reading.set(false);
        wake(&self.0.closer);
    }
}

impl WebSocket {
    fn new(frames: Frames, max_message: usize, let_in: bool) -> Self {
        Self {
            frames: RefCell::new(Some(frames)),
            sending: Mutex::default(),
            turn: Mutex::default(),
            reading: Cell::new(false),
            reader: RefCell::default(),
            closer: RefCell::default(),
            closed: Cell::new(false),
            farewell: RefCell::default(),
            let_in,
            max_message,
            unanswered: Cell::new(0),
        }
    }

    /// Whether nothing comes and goes any more.
    pub fn is_over(&self) -> bool {
        self.closed.get() || self.frames.borrow().is_none()
    }

    /// Why it was closed; `None` while it is open.
    pub fn farewell(&self) -> Option<Farewell> {
        match self.frames.borrow().is_none() {
            true => self.farewell.borrow().clone(),
            false => None,
        }
    }

    /// The next message, or `None` when either side has closed. When the future is dropped nothing is lost.
    ///
    /// Errors, by kind: "network" for a connection that broke, "limit" for a message that is too large, "http" for one
    /// that is malformed, or for pings whose answers are not read. Each ends the connection. Where a server has let somebody in, a connection that broke is the end
    /// of what comes.
    pub async fn next(&self) -> Result<Option<Message>, Error> {
        let _turn = self.turn.lock().await;
        self.reading.set(true);
        let reading = Reading(self);
        let outcome = self.read().await;
        drop(reading);
        if !matches!(outcome, Ok(Some(_))) {
            self.end();
        }
        outcome
    }

    async fn read(&self) -> Result<Option<Message>, Error> {
        loop {
            return match poll_fn(|cx| self.poll_frame(cx)).await {
                None => Ok(None),
                Some(Ok(Frame::Text(text))) => Ok(Some(Message::Text(text.to_string()))),
                Some(Ok(Frame::Binary(bytes))) => Ok(Some(Message::Binary(bytes.into()))),
                Some(Ok(Frame::Close(_))) => {
                    // agrees to it; if the other side is gone, that is as good
                    drop(self.write(None).await);
                    Ok(None)
                }
                Some(Ok(Frame::Ping(_))) => match self.has_answered().await {
                    true => continue,
                    false => Err(fault::flooded(self.unanswered.get())),
                },
                Some(Ok(_)) => continue,
                Some(Err(_)) if self.closed.get() => Ok(None),
                Some(Err(error)) if self.let_in && is_gone(&error) => Ok(None),
                Some(Err(error)) => {
                    self.reproach(&error).await;
                    Err(self.explain(&error))
                }
            };
        }
    }

    /// A ping came, and the next frame that is read sends the answer. Once in a while one waits until all were taken, so
    /// that they do not pile up; false if the other side takes none.
    async fn has_answered(&self) -> bool {
        self.unanswered.set(self.unanswered.get() + 1);
        if self.unanswered.get() < MAX_ANSWERS || self.closed.get() {
            return true;
        }
        let handing_over = async {
            let _turn = self.sending.lock().await;
            self.write(None).await
        };
        // what else goes wrong is seen by the one who reads on
        tokio::time::timeout(PATIENCE, handing_over).await.is_ok()
    }

    /// Tells the other side what it did wrong, with the code that RFC 6455 has for it, and gives it a moment to hear it.
    async fn reproach(&self, error: &WsError) {
        let Some(reproach) = fault::reproach(error, self.max_message) else { return };
        let telling = async {
            let _turn = self.sending.lock().await;
            self.write(Some(Frame::Close(Some(reproach)))).await.ok()?;
            let mut stream = self.frames.take()?.into_inner();
            self.end();
            stream.shutdown().await.ok()?;
            // to close while something is unread would take back what was said
            let mut unread = [0; 4096];
            while stream.read(&mut unread).await.ok()? > 0 {}
            Some(())
        };
        // whether it has heard it or not, it is over
        drop(tokio::time::timeout(REPROACH, telling).await);
    }

    fn poll_frame(&self, cx: &mut Context) -> Poll<Option<Result<Frame, WsError>>> {
        *self.reader.borrow_mut() = Some(cx.waker().clone());
        let polled = match &mut *self.frames.borrow_mut() {
            Some(frames) => Pin::new(frames).poll_next(cx),
            None => Poll::Ready(None),
        };
        if let Poll::Ready(Some(Ok(Frame::Close(frame)))) = &polled {
            *self.farewell.borrow_mut() = Some(Farewell::of(frame.clone()));
        }
        polled
    }

    /// Sends a message; ready when the system has taken it.
    ///
    /// Errors, by kind: "closed" if either side has closed, "network" for a connection that broke.
    pub async fn send(&self, message: Message) -> Result<(), Error> {
        let _turn = self.sending.lock().await;
        if self.is_over() {
            return Err(Error::closed("this WebSocket is closed: nothing can be sent any more"));
        }
        let frame = match message {
            Message::Text(text) => Frame::text(text),
            Message::Binary(bytes) => Frame::binary(bytes),
        };
        self.write(Some(frame)).await.map_err(|error| self.explain(&error))
    }

    /// Hands a frame to the connection, and everything to the system.
    async fn write(&self, frame: Option<Frame>) -> Result<(), WsError> {
        let poll = |cx: &mut Context, step: Sending| match &mut *self.frames.borrow_mut() {
            Some(frames) => step(Pin::new(frames), cx),
            None => Poll::Ready(Err(WsError::AlreadyClosed)),
        };
        if let Some(frame) = frame {
            poll_fn(|cx| poll(cx, |frames, cx| frames.poll_ready(cx))).await?;
            if let Some(frames) = &mut *self.frames.borrow_mut() {
                Pin::new(frames).start_send(frame)?;
            }
        }
        poll_fn(|cx| poll(cx, |frames, cx| frames.poll_flush(cx))).await?;
        self.unanswered.set(0);
        Ok(())
    }

    /// Says goodbye, waits a moment for the other side to do so, too, and closes the connection. Messages that were not
    /// read are lost. Who waits for the next one gets `None`.
    pub async fn close(&self) {
        self.close_as(CloseCode::Normal, "").await;
    }

    /// The same, where what was to serve the other side has failed.
    pub async fn close_failed(&self) {
        self.close_as(CloseCode::Error, "").await;
    }

    /// The same, where this side goes away and takes its server with it.
    pub async fn close_leaving(&self) {
        self.close_as(CloseCode::Away, "").await;
    }

    /// The same, saying why.
    pub async fn close_with(&self, farewell: &Farewell) {
        self.close_as(farewell.code.into(), &farewell.reason).await;
    }

    async fn close_as(&self, code: CloseCode, reason: &str) {
        if self.closed.replace(true) {
            return;
        }
        let farewell = async {
            let _turn = self.sending.lock().await;
            if self.write(Some(Frame::Close(Some(CloseFrame { code, reason: reason.into() })))).await.is_err() {
                return;
            }
            // somebody else may read; then that one sees the end
            while poll_fn(|cx| match self.reading.get() && self.frames.borrow().is_some() {
                true => {
                    *self.closer.borrow_mut() = Some(cx.waker().clone());
                    Poll::Pending
                }
                false => self.poll_frame(cx),
            })
            .await
            .is_some_and(|frame| frame.is_ok())
            {}
        };
        // whether it has agreed or not, it is over
        drop(tokio::time::timeout(FAREWELL, farewell).await);
        self.end();
    }

    fn end(&self) {
        drop(self.frames.take());
        let broken = || Farewell { code: CloseCode::Abnormal.into(), reason: String::new() };
        self.farewell.borrow_mut().get_or_insert_with(broken);
        wake(&self.reader);
        wake(&self.closer);
    }

    fn explain(&self, error: &WsError) -> Error {
        fault::explain(error, self.max_message)
    }
}

fn wake(waker: &RefCell<Option<Waker>>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

fn config(max_message: usize) -> WebSocketConfig {
    // a buffer of the usual 128 KiB would be much for a chat
    WebSocketConfig::default()
        .read_buffer_size(16 << 10)
        .write_buffer_size(0)
        .max_message_size(Some(max_message))
        .max_frame_size(Some(max_message))
}
