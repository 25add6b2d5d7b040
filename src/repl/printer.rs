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

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread;
use std::time::Duration;

use unicode_width::UnicodeWidthStr as _;

use super::terminal;
use crate::term::{Paint, Stream, escape_keep_sgr, send, sink};

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
    door: Door,
}

/// The streams, and whether what is being printed is to be left.
struct Door {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    is_stopped: Box<dyn Fn() -> bool + Send>,
}

impl Default for Door {
    fn default() -> Self {
        Self { out: sink(Stream::Stdout), err: sink(Stream::Stderr), is_stopped: Box::new(|| false) }
    }
}

impl Door {
    /// Writes and flushes; on a terminal a long text is left in its midst where that is wanted.
    fn write(&mut self, stream: Stream, text: &str, is_terminal: bool) -> io::Result<()> {
        let sink = match stream {
            Stream::Stdout => &mut self.out,
            Stream::Stderr => &mut self.err,
        };
        let is_stopped: Option<&dyn Fn() -> bool> = if is_terminal { Some(&*self.is_stopped) } else { None };
        send(sink.as_mut(), text.as_bytes(), is_stopped)
    }
}

impl Sink {
    /// A sink for this process's stdout and stderr.
    pub fn new(paint: Paint) -> Self {
        let shared = Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            out_is_terminal: Stream::Stdout.is_terminal(),
            err_is_terminal: Stream::Stderr.is_terminal(),
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
        self.emit(Stream::Stdout, &text);
    }

    /// Prints what loopscope itself says: a rendered report, a warning.
    pub fn notice(&self, text: &str) {
        self.emit(Stream::Stderr, &format!("{}\n", text.trim_end_matches('\n')));
    }

    /// Whether stdout is a terminal.
    pub fn out_is_terminal(&self) -> bool {
        self.shared.out_is_terminal
    }

    fn emit(&self, stream: Stream, text: &str) {
        let terminal = match stream {
            Stream::Stdout => self.shared.out_is_terminal,
            Stream::Stderr => self.shared.err_is_terminal,
        };
        if !terminal {
            return self.write_elsewhere(stream, text);
        }
        let text = escape_keep_sgr(text);
        let mut state = self.lock();
        if !state.editing && !state.held {
            // Under the lock, so that the editor cannot begin to draw in between.
            state.clear_status();
            return state.write(stream, &text);
        }
        state.pending.push_str(&text);
        state.drop_oldest();
        self.shared.changed.notify_one();
    }

    /// Draws a line that is not to stay: the next text takes its place.
    pub(super) fn status(&self, text: &str) {
        let Some(mut state) = self.free() else { return };
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
        state.write(Stream::Stderr, &self.paint.dim(text));
    }

    /// Takes that line away.
    pub(super) fn clear_status(&self) {
        self.lock().clear_status();
    }

    /// The same for who can't wait: somebody who prints takes it away, too.
    pub(super) fn try_clear_status(&self) {
        if let Some(mut state) = self.free() {
            state.clear_status();
        }
    }

    /// A long text that is being printed is left where it is once this says so.
    pub fn stop_when(&self, is_stopped: impl Fn() -> bool + Send + 'static) {
        self.lock().door.is_stopped = Box::new(is_stopped);
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
        let kept = state.take();
        self.show(&mut state, &kept);
    }

    /// Writes what was kept to the terminal: only what goes there is kept, whichever stream that is.
    fn show(&self, state: &mut State, text: &str) {
        if !text.is_empty() {
            state.write(if self.shared.out_is_terminal { Stream::Stdout } else { Stream::Stderr }, text);
        }
    }

    /// Writes where no terminal is. What a script prints into a full disk is lost: that is told once.
    fn write_elsewhere(&self, stream: Stream, text: &str) {
        let mut state = self.lock();
        let Err(error) = state.door.write(stream, text, false) else { return };
        if stream == Stream::Stdout && !std::mem::replace(&mut state.lost, true) {
            drop(state);
            self.notice(
                &self
                    .paint
                    .warn(&format!("warning: what is printed is lost: cannot write to standard output: {error}")),
            );
        }
    }

    /// The state, unless somebody prints: that may take long on a slow terminal.
    fn free(&self) -> Option<MutexGuard<'_, State>> {
        match self.shared.state.try_lock() {
            Ok(state) => Some(state),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
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
        let kept = state.take();
        self.show(&mut state, &kept);
    }

    /// The prompt ends in the middle of a line: what comes next begins a line of its own.
    pub(super) fn leave_line(&self) {
        let mut state = self.lock();
        if std::mem::take(&mut state.editing) {
            self.show(&mut state, "\r\n");
        }
        drop(state);
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
    /// Writes to the terminal. Errors are nobody's to handle here: a closed terminal ends the prompt by itself, at its
    /// next read.
    fn write(&mut self, stream: Stream, text: &str) {
        let _ = self.door.write(stream, text, true);
    }

    fn clear_status(&mut self) {
        let columns = std::mem::take(&mut self.status);
        if columns > 0 && self.plain {
            // without an escape sequence, where there are to be none
            self.write(Stream::Stderr, &format!("\r{}\r", " ".repeat(columns)));
        } else if columns > 0 {
            self.write(Stream::Stderr, "\r\x1b[K");
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
