//! Bodies of answers that are made while they are sent, so that a gigabyte takes no memory and a stream takes time.

use std::convert::Infallible;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::net::clock::{Clock, Sleep};

/// The content of `/bytes/N`: byte number i is i modulo 251, a prime, so that a lost or doubled block is noticed.
static BLOCK: [u8; BLOCK_LEN] = {
    let mut block = [0; BLOCK_LEN];
    let mut i = 0;
    while i < BLOCK_LEN {
        block[i] = (i % 251) as u8;
        i += 1;
    }
    block
};
const BLOCK_LEN: usize = 251 * 128;

/// The body of an answer; tells the server of each piece that is handed to the connection.
pub(super) struct Outgoing {
    content: Content,
    on_activity: Rc<dyn Fn()>,
}

pub(super) enum Content {
    /// What is there already.
    Whole(Bytes),
    /// So many bytes of [`BLOCK`], repeated.
    Counted(u64),
    /// One piece after another, with pauses between.
    Paced(Paced),
}

/// Pieces made by a function of their number, from 1.
pub(super) struct Paced {
    pub clock: Rc<dyn Clock>,
    pub interval: Duration,
    pub count: u64,
    pub make: fn(number: u64, count: u64) -> String,
    /// How many were sent.
    pub sent: u64,
    pub pause: Option<Sleep>,
}

impl Outgoing {
    pub fn new(content: Content, on_activity: Rc<dyn Fn()>) -> Self {
        Self { content, on_activity }
    }
}

impl Content {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(std::mem::take(bytes))),
            Self::Counted(0) => Poll::Ready(None),
            Self::Counted(left) => {
                let len = (*left).min(BLOCK_LEN as u64);
                *left -= len;
                Poll::Ready(Some(Bytes::from_static(&BLOCK[..len as usize])))
            }
            Self::Paced(paced) => paced.poll_next(cx),
        }
    }
}

impl Paced {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.sent == self.count {
            return Poll::Ready(None);
        }
        if self.sent > 0 && !self.interval.is_zero() {
            let pause = self.pause.get_or_insert_with(|| self.clock.sleep(self.interval));
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        self.sent += 1;
        Poll::Ready(Some((self.make)(self.sent, self.count).into()))
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = ready!(self.content.poll_next(cx));
        if piece.is_some() {
            (self.on_activity)();
        }
        Poll::Ready(piece.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(bytes) => bytes.is_empty(),
            Content::Counted(left) => *left == 0,
            Content::Paced(paced) => paced.sent == paced.count,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Content::Counted(left) => SizeHint::with_exact(*left),
            Content::Paced(_) => SizeHint::default(),
        }
    }
}
