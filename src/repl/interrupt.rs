//! Ctrl-C: clears the line, cancels the run, or, twice within a second, everything.
//!
//! While a line is edited Ctrl-C is a key, else a signal; and a second press may come just when the
//! run has ended and the editor has not begun. So one object counts the presses, whoever sees them.

use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::backend::{Backend, Fate, Outcome};
use super::printer::Sink;
use super::steer::Question;
use super::tasks::list;
use crate::term::Paint;

/// Two presses within this time cancel all tasks.
const TWICE: Duration = Duration::from_secs(1);

/// What reaches the prompt while it waits for a run.
pub enum News {
    Interrupt,
    /// The run is stopped, and asks what to do.
    Asked(Question),
    /// The run of that number has ended.
    Done(u64, Outcome),
}

/// Counts the presses of Ctrl-C and acts on them.
pub struct Interrupts {
    pub backend: Arc<dyn Backend>,
    pub sink: Sink,
    pub paint: Paint,
    state: Mutex<State>,
}

struct State {
    last: Option<Instant>,
    /// Set while a run goes on: it is told of presses.
    run: Option<Sender<News>>,
    /// The last run that the prompt has left before it had ended.
    left: Option<Arc<Fate>>,
}

impl Interrupts {
    pub fn new(backend: Arc<dyn Backend>, sink: Sink, paint: Paint) -> Self {
        Self { backend, sink, paint, state: Mutex::new(State { last: None, run: None, left: None }) }
    }

    /// The signal has come.
    pub fn signalled(&self) {
        let state = self.lock();
        match &state.run {
            Some(run) => drop(run.send(News::Interrupt)),
            None => {
                drop(state);
                self.at_prompt(true);
            }
        }
    }

    /// A run begins, and is told of presses through `run`.
    pub fn run_begins(&self, run: Sender<News>) {
        self.lock().run = Some(run);
    }

    /// The run has ended, or is left to itself: from here on presses count as at the prompt.
    pub fn run_ended(&self, left: Option<Arc<Fate>>) {
        let mut state = self.lock();
        state.run = None;
        state.left = left.or(state.left.take());
    }

    /// Whether a run that was left has not ended, which others wait for.
    pub fn is_behind(&self) -> bool {
        self.lock().left.as_ref().is_some_and(|left| !left.is_over())
    }

    /// A press during a run cancels it.
    pub fn in_run(&self) {
        if self.is_second() {
            self.cancel_everything(true);
        } else {
            self.backend.cancel_foreground();
        }
    }

    /// A press at the prompt. On a line with text it only clears that.
    pub fn at_prompt(&self, line_was_empty: bool) {
        if self.is_second() && line_was_empty {
            self.cancel_everything(self.is_behind());
        }
    }

    /// Something was sent: the next press is a first one.
    pub fn forget(&self) {
        self.lock().last = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_second(&self) -> bool {
        let now = Instant::now();
        let before = self.lock().last.replace(now);
        before.is_some_and(|before| now - before <= TWICE)
    }

    fn cancel_everything(&self, in_run: bool) {
        // the loop answers no questions while it runs what was typed, such as the `defer`s of that
        let tasks = if in_run { None } else { Some(self.backend.tasks()) };
        let there_are = !in_run || self.backend.doing().tasks > 0;
        self.backend.cancel_all();
        let text = match tasks {
            Some(Ok(tasks)) if tasks.is_empty() => return,
            Some(Ok(tasks)) => format!("cancelling all: {}", list(&tasks)),
            Some(Err(busy)) => format!("{busy}; cancelling all"),
            None if there_are => "cancelling all tasks".to_owned(),
            None => return,
        };
        self.sink.notice(&self.paint.warn(&text));
    }
}
