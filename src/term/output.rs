//! [`Out`]: a standard stream that never panics.
//!
//! `println!` panics when the reader has gone (`loopscope run x.rhai | head -1`) or the disk is
//! full. Here the first is the normal end of a program's output, [`Fault::Closed`], and the second
//! a [`Fault::Failed`] that the caller reports before it exits with 1.

mod tty;

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

use super::{ColorChoice, Stream, escape, escape_keep_sgr};

/// Bytes kept before they are written where nobody watches.
const BLOCK: usize = 64 * 1024;

/// Bytes written in one go, between two looks at whether the rest is still wanted.
const PIECE: usize = 16 * 1024;

/// What takes the place of the rest of a text that is left.
const LEFT: &[u8] = b"\n";

/// How long to wait for a reader that is slow on a stream which was set non-blocking, as other
/// programs sharing the terminal do.
const FULL_PIPE_PAUSE: Duration = Duration::from_millis(1);

/// Why a stream takes no more output. Once one has come, every later write gives it again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The reader has gone: stop, quietly. Nothing was wrong with the program.
    Closed,
    /// The stream is broken (disk full, I/O error); the text says which stream, and why.
    Failed(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Closed => f.write_str("the reader of the output has gone"),
            Fault::Failed(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Fault {}

/// A handle for one of the standard streams, buffered by line on a terminal and on standard error,
/// and by block elsewhere: there, output appears when [`Out::flush`] is called, which the event
/// loop does whenever it is idle. Shared by reference, from any thread.
pub struct Out {
    name: &'static str,
    by_line: bool,
    is_terminal: bool,
    colour: bool,
    /// Whether what is being printed on a terminal is to be left.
    is_stopped: OnceLock<Box<dyn Fn() -> bool + Send + Sync>>,
    state: Mutex<State>,
}

struct State {
    sink: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    fault: Option<Fault>,
}

impl Out {
    /// The handle for `stream`, coloured as `color` says. Make one for each and keep it: two would not share their buffers,
    /// and what is written through them would arrive out of order.
    pub fn new(stream: Stream, color: ColorChoice) -> Self {
        let colour = color.enabled(stream);
        Self::over(sink(stream), stream, stream.is_terminal(), colour)
    }

    fn over(sink: Box<dyn Write + Send>, stream: Stream, is_terminal: bool, colour: bool) -> Self {
        let state = State { sink, buffer: Vec::new(), fault: None };
        Self {
            name: stream.name(),
            by_line: is_terminal || stream == Stream::Stderr,
            is_terminal,
            colour,
            is_stopped: OnceLock::new(),
            state: Mutex::new(state),
        }
    }

    /// Whether a person reads it, so that a progress bar makes sense.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether to colour what is written here.
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// A long text that is being printed on a terminal is left where it is once this says so. The first word counts.
    pub fn stop_when(&self, is_stopped: impl Fn() -> bool + Send + Sync + 'static) {
        if self.is_terminal {
            let _ = self.is_stopped.set(Box::new(is_stopped));
        }
    }

    /// Writes what a script printed: on a terminal without live escape sequences, except for the
    /// colours of `style()` where there may be some; elsewhere as it is.
    ///
    /// # Errors
    /// The [`Fault`] that ended the stream, now or before.
    pub fn print(&self, text: &str) -> Result<(), Fault> {
        let text = match (self.is_terminal, self.colour) {
            (true, true) => escape_keep_sgr(text),
            (true, false) => escape(text),
            (false, _) => text.into(),
        };
        self.write(text.as_bytes())
    }

    /// Writes `bytes` unchanged.
    ///
    /// # Errors
    /// The [`Fault`] that ended the stream, now or before.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Fault> {
        let mut state = self.lock();
        state.check()?;
        state.buffer.extend_from_slice(bytes);
        if state.buffer.len() >= BLOCK || (self.by_line && bytes.contains(&b'\n')) {
            state.drain(self)?;
        }
        Ok(())
    }

    /// Sends everything on its way. Call it when idle, before waiting for input, and at the end:
    /// a full disk may show only here.
    ///
    /// # Errors
    /// The [`Fault`] that ended the stream, now or before.
    pub fn flush(&self) -> Result<(), Fault> {
        let mut state = self.lock();
        state.check()?;
        if state.buffer.is_empty() {
            return Ok(());
        }
        state.drain(self)
    }

    /// What ended the stream, if something has.
    pub fn fault(&self) -> Option<Fault> {
        self.lock().fault.clone()
    }

    /// A thread that panicked while it held the lock leaves nothing worse than half a line.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        // Whoever wants to know has called `flush`.
        let _ = self.flush();
    }
}

impl State {
    fn check(&self) -> Result<(), Fault> {
        self.fault.clone().map_or(Ok(()), Err)
    }

    /// Writes the buffer out and notes what went wrong; the buffer is empty afterwards.
    fn drain(&mut self, of: &Out) -> Result<(), Fault> {
        let is_stopped = of.is_stopped.get().map(|is_stopped| &**is_stopped as &dyn Fn() -> bool);
        let result = send(self.sink.as_mut(), &self.buffer, is_stopped);
        self.buffer.clear();
        result.map_err(|error| {
            let fault = match error.kind() {
                ErrorKind::BrokenPipe => Fault::Closed,
                _ => Fault::Failed(format!("cannot write to {}: {error}", of.name)),
            };
            self.fault.insert(fault).clone()
        })
    }
}

/// Where the output of a stream goes: one that waits for a terminal never waits without an end.
pub fn sink(stream: Stream) -> Box<dyn Write + Send> {
    tty::sink(stream)
}

/// `write_all` and `flush` that also outlast a full non-blocking pipe: `write_all` gives up there,
/// without saying how much it wrote. The rest of a long text is left out when `is_stopped` says so, if there is one.
///
/// # Errors
/// Those of the sink.
pub fn send(sink: &mut dyn Write, mut bytes: &[u8], is_stopped: Option<&dyn Fn() -> bool>) -> io::Result<()> {
    let most = if is_stopped.is_some() { PIECE } else { usize::MAX };
    let mut is_stopped = is_stopped.filter(|_| bytes.len() > PIECE);
    loop {
        let piece = &bytes[..bytes.len().min(most)];
        let result = if piece.is_empty() { sink.flush().map(|()| 0) } else { sink.write(piece) };
        match result {
            Ok(0) if bytes.is_empty() => return Ok(()),
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(FULL_PIPE_PAUSE),
            Err(error) => return Err(error),
        }
        if !bytes.is_empty() && is_stopped.is_some_and(|is_stopped| is_stopped()) {
            (bytes, is_stopped) = (LEFT, None);
        }
    }
}

#[cfg(test)]
mod tests;
