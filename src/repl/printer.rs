//! The one door to the terminal for everything that is not the line being typed.
//!
//! While a line is being edited, what tasks print is kept here and taken by the highlighter when
//! rustyline next draws the prompt: it goes between clearing the old line and drawing the new one, so
//! the two never mix, a thousand lines cost one drawing, and nothing is left in rustyline's channel
//! when Enter comes first. rustyline's external printer only wakes the editor, with a text that moves
//! nothing. Its `print` can block until the editor looks, so that happens on a thread of its own.
//!
//! While no line is edited, printing writes at once, on the thread that prints: the order is kept and
//! a slow terminal slows the printer down instead of filling memory.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

use super::paint::Paint;
use super::terminal;
use crate::term::escape_keep_sgr;

/// Cursor up and down again: the editor clears its line, prints this, and draws prompt and line.
const NUDGE: &str = "\x1b[A\n";

/// Least time between two drawings on behalf of background output.
const FRAME: Duration = Duration::from_millis(30);

/// Bytes kept while the editor does not draw (it pages completions, say); then the oldest go.
const KEEP: usize = 4 << 20;

/// Where background tasks and the foreground run print. Clones share one terminal.
#[derive(Clone)]
pub struct Sink {
    shared: Arc<Shared>,
    paint: Paint,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    out_is_terminal: bool,
    err_is_terminal: bool,
}

#[derive(Default)]
struct State {
    /// There is an editor that draws what is pending.
    attached: bool,
    editing: bool,
    /// A nudge is on its way and nothing was drawn since.
    nudged: bool,
    redraw: bool,
    closed: bool,
    /// Another program has the terminal.
    held: bool,
    /// Columns of the line that is shown while a run takes long.
    status: usize,
    /// There are no colours.
    plain: bool,
    /// Something else is drawn there, which moves.
    busy: bool,
    /// Something could not be written, and that was told.
    lost: bool,
    pending: String,
    dropped: usize,
}

/// Which stream a text belongs to when it is not the terminal.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

impl Sink {
    /// A sink for this process's stdout and stderr.
    pub fn new(paint: Paint) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            out_is_terminal: io::stdout().is_terminal(),
            err_is_terminal: io::stderr().is_terminal(),
        };
        Self { shared: Arc::new(shared), paint }
    }

    /// Prints what a script prints. `label` is the task's name when it is not the foreground run.
    pub fn print(&self, label: Option<&str>, text: &str) {
        let text = match label {
            Some(label) => {
                let label = self.paint.dim(&format!("[{label}] "));
                text.split('\n').map(|line| format!("{label}{line}\n")).collect()
            }
            None => format!("{text}\n"),
        };
        self.emit(Stream::Out, &text);
    }

    /// Prints what loopscope itself says: a rendered report, a warning.
    pub fn notice(&self, text: &str) {
        self.emit(Stream::Err, &format!("{}\n", text.trim_end_matches('\n')));
    }

    /// Whether stdout is a terminal.
    pub fn out_is_terminal(&self) -> bool {
        self.shared.out_is_terminal
    }

    fn emit(&self, stream: Stream, text: &str) {
        let terminal = match stream {
            Stream::Out => self.shared.out_is_terminal,
            Stream::Err => self.shared.err_is_terminal,
        };
        if !terminal {
            return self.write_elsewhere(stream, text);
        }
        let text = escape_keep_sgr(text);
        let mut state = self.lock();
        if !state.editing && !state.held {
            // Under the lock, so that the editor cannot begin to draw in between.
            state.clear_status();
            return write_now(stream, &text);
        }
        state.pending.push_str(&text);
        state.drop_oldest();
        self.shared.changed.notify_one();
    }

    /// Draws a line that is not to stay: the next text takes its place.
    pub(super) fn status(&self, text: &str) {
        let mut state = self.lock();
        if !self.shared.err_is_terminal || state.editing || state.held || state.busy {
            return;
        }
        let room = usize::from(terminal::width()).saturating_sub(1);
        let columns = text.width();
        if columns > room || !terminal::can_move() {
            return;
        }
        state.clear_status();
        state.status = columns;
        state.plain = !self.paint.on;
        write_now(Stream::Err, &self.paint.dim(text));
    }

    /// Takes that line away.
    pub(super) fn clear_status(&self) {
        self.lock().clear_status();
    }

    /// Whether something that moves is drawn by someone else: bars.
    pub fn keep_status_off(&self, off: bool) {
        let mut state = self.lock();
        state.clear_status();
        state.busy = off;
    }

    /// Keeps what is printed until [`Sink::release`]: another program has the terminal.
    pub(super) fn hold(&self) {
        self.lock().held = true;
    }

    /// The terminal is the prompt's again.
    pub(super) fn release(&self) {
        let mut state = self.lock();
        state.held = false;
        self.show(&state.take());
    }

    /// Writes what was kept to the terminal: only what goes there is kept, whichever stream that is.
    fn show(&self, text: &str) {
        if !text.is_empty() {
            write_now(if self.shared.out_is_terminal { Stream::Out } else { Stream::Err }, text);
        }
    }

    /// Writes where no terminal is. What a script prints into a full disk is lost: that is told once.
    fn write_elsewhere(&self, stream: Stream, text: &str) {
        let Err(error) = try_write(stream, text) else { return };
        if stream == Stream::Out && !std::mem::replace(&mut self.lock().lost, true) {
            self.notice(
                &self
                    .paint
                    .warn(&format!("warning: what is printed is lost: cannot write to standard output: {error}")),
            );
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From here on the terminal belongs to the editor.
    pub(super) fn begin_editing(&self) {
        let mut state = self.lock();
        state.clear_status();
        state.editing = state.attached;
    }

    /// The line is done; what was printed meanwhile is shown now.
    pub(super) fn end_editing(&self) {
        let mut state = self.lock();
        state.editing = false;
        self.show(&state.take());
    }

    /// The prompt ends in the middle of a line: what comes next begins a line of its own.
    pub(super) fn leave_line(&self) {
        if std::mem::take(&mut self.lock().editing) {
            self.show("\r\n");
        }
        self.end_editing();
    }

    /// What is to be drawn above the prompt now. The caller draws it.
    pub(super) fn take_pending(&self) -> String {
        let mut state = self.lock();
        state.nudged = false;
        if state.editing { state.take() } else { String::new() }
    }

    /// Has the editor draw prompt and line again, if a line is being edited.
    pub(super) fn redraw(&self) {
        self.lock().redraw = true;
        self.shared.changed.notify_one();
    }

    /// Starts the thread that wakes the editor through `printer`.
    pub(super) fn wake_through(&self, mut printer: impl rustyline::ExternalPrinter + Send + 'static) {
        self.lock().attached = true;
        let sink = self.clone();
        let wake = move || {
            while sink.wait_for_work() {
                if printer.print(NUDGE.to_owned()).is_err() {
                    return;
                }
                thread::sleep(FRAME);
            }
        };
        // Without the thread, output is shown at the next key instead.
        let _ = thread::Builder::new().name("prompt-printer".to_owned()).spawn(wake);
    }

    fn wait_for_work(&self) -> bool {
        let idle = |state: &mut State| !state.closed && !state.wants_drawing();
        let mut state = self.shared.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        state.nudged = true;
        state.redraw = false;
        !state.closed
    }

    /// Ends the thread of [`Sink::wake_through`].
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl State {
    fn clear_status(&mut self) {
        let columns = std::mem::take(&mut self.status);
        if columns > 0 && self.plain {
            // without an escape sequence, where there are to be none
            write_now(Stream::Err, &format!("\r{}\r", " ".repeat(columns)));
        } else if columns > 0 {
            write_now(Stream::Err, "\r\x1b[K");
        }
    }

    fn wants_drawing(&self) -> bool {
        self.editing && !self.nudged && (self.redraw || !self.pending.is_empty())
    }

    fn drop_oldest(&mut self) {
        if self.pending.len() <= KEEP {
            return;
        }
        let half = self.pending.len() / 2;
        let bytes = self.pending.as_bytes();
        let cut = bytes[half..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| half + n + 1);
        self.dropped += self.pending.drain(..cut).filter(|c| *c == '\n').count();
    }

    fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.pending);
        match std::mem::take(&mut self.dropped) {
            0 => text,
            n => format!("[... {n} lines not shown]\n{text}"),
        }
    }
}

/// Writes and flushes. Errors are nobody's to handle here: a closed terminal ends the prompt by
/// itself, at its next read.
fn write_now(stream: Stream, text: &str) {
    let _ = try_write(stream, text);
}

fn try_write(stream: Stream, text: &str) -> io::Result<()> {
    match stream {
        Stream::Out => {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes()).and_then(|()| out.flush())
        }
        Stream::Err => io::stderr().lock().write_all(text.as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_keeps_the_newest_lines_and_counts_the_rest() {
        let mut state = State::default();
        for n in 0..600_000 {
            state.pending.push_str(&format!("line {n}\n"));
            state.drop_oldest();
        }
        let text = state.take();
        let (first, rest) = text.split_once('\n').expect("lines");
        let dropped: usize = first.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("a count");
        assert!(rest.starts_with(&format!("line {dropped}\n")));
        assert!(rest.ends_with("line 599999\n") && rest.len() <= KEEP);
    }
}
