//! What a session of the prompt says, and where its prints go: above the line that is being typed.

use std::cell::{Cell, OnceCell, RefCell};
use std::io::IsTerminal as _;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressDrawTarget};

use super::views::{self, Tail};
use crate::cli;
use crate::engine::Kernel;
use crate::explore::{Explored, Findings};
use crate::host::Host;
use crate::permissions::{Access, Denied, Permissions};
use crate::repl::backend::{Run, RunKind};
use crate::repl::{self, Asker, Sink};
use crate::report::Report;
use crate::session::{Control, KEPT, Speaker};
use crate::term::Stream;

/// What the session says, and where its prints go.
pub struct Voice {
    sink: Sink,
    /// Whether a foreground run is going on.
    pub running: Cell<bool>,
    /// What `args()` gives to the script of `:run`.
    args: RefCell<Vec<String>>,
    pub control: OnceCell<Arc<Control>>,
    colour: bool,
    colour_err: bool,
    tail: Tail,
    /// Whether events are shown while they happen.
    log: Cell<bool>,
    /// How many tasks have not ended.
    pub tasks: Arc<AtomicUsize>,
    permissions: Arc<Permissions>,
    /// Where the run that goes on asks for leave.
    asker: RefCell<Option<Asker>>,
    /// Of `--seed`.
    seed: Option<u64>,
    /// The bars of the foreground run.
    bars: RefCell<Option<MultiProgress>>,
    /// What scripts have explored since somebody last asked.
    explored: RefCell<Vec<(Findings, Explored)>>,
}

impl Voice {
    /// A voice that writes to this sink.
    pub fn new(sink: Sink, options: &cli::Options, permissions: Arc<Permissions>) -> Self {
        Self {
            sink,
            running: Cell::new(false),
            args: RefCell::default(),
            control: OnceCell::new(),
            colour: options.color.enabled(Stream::Stdout),
            colour_err: options.color.enabled(Stream::Stderr),
            tail: Tail::default(),
            log: Cell::new(options.log),
            tasks: Arc::default(),
            permissions,
            asker: RefCell::default(),
            seed: options.order.seed,
            bars: RefCell::default(),
            explored: RefCell::default(),
        }
    }

    /// Takes what scripts have explored, the oldest first.
    pub fn take_explored(&self) -> Vec<(Findings, Explored)> {
        self.explored.take()
    }

    /// A foreground run begins.
    pub fn begin(&self, run: &Run) {
        self.running.set(true);
        self.permissions.forget_refused();
        *self.asker.borrow_mut() = Some(run.ask.clone());
        if let RunKind::Load { path } | RunKind::Script { path, .. } = &run.kind {
            self.permissions.add_root(Path::new(path).parent().unwrap_or(Path::new("")));
        }
        *self.args.borrow_mut() = match &run.kind {
            RunKind::Script { args, .. } => args.clone(),
            _ => Vec::new(),
        };
    }

    /// It is over: the terminal belongs to the line that is typed next.
    pub fn end(&self) {
        self.running.set(false);
        if let Some(bars) = self.bars.take() {
            let _ = bars.clear(); // what can't be drawn on need not be cleared
            bars.set_draw_target(ProgressDrawTarget::hidden());
            self.sink.keep_status_off(false);
        }
    }

    /// Shows events while they happen from here on, or not.
    pub fn log(&self, on: bool, kernel: &Kernel) {
        self.tail.skip(kernel);
        self.log.set(on);
    }

    /// Writes while no bar is drawn.
    fn beside_bars(&self, write: impl FnOnce()) {
        match &*self.bars.borrow() {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }
}

impl Host for Voice {
    fn print(&self, task: u32, name: &str, text: &str) {
        // tasks of the run that is going on print like main
        let own = task == 0 || (self.running.get() && self.control.get().is_some_and(|c| c.is_foreground(task)));
        self.beside_bars(|| self.sink.print((!own).then_some(name), text));
    }

    fn explored(&self, findings: Findings, explored: Explored) {
        let mut list = self.explored.borrow_mut();
        if list.len() == KEPT {
            list.remove(0); // a loop that explores is no reason to keep all that it has found
        }
        list.push((findings, explored));
    }

    fn args(&self) -> Vec<String> {
        self.args.borrow().clone()
    }

    fn colour(&self) -> bool {
        self.colour
    }

    fn permissions(&self) -> Arc<Permissions> {
        self.permissions.clone()
    }

    fn allow(&self, access: &Access) -> Result<(), Denied> {
        self.permissions.check_or_ask(access, |question| {
            // while a line is being typed the terminal is not free: what tasks in the background want is denied
            let asker = self.asker.borrow().clone().filter(|_| self.running.get() && std::io::stdin().is_terminal())?;
            let (send, answer) = mpsc::channel();
            (asker.0)(repl::Question {
                text: question.text.clone(),
                prompt: question.prompt.clone(),
                fresh: true,
                answer: Box::new(move |line| drop(send.send(line))),
            });
            loop {
                match answer.recv_timeout(Duration::from_millis(20)) {
                    Ok(line) => return line,
                    Err(mpsc::RecvTimeoutError::Timeout) if !self.interrupted() => {}
                    Err(_) => return None,
                }
            }
        })
    }

    fn seed(&self) -> Option<u64> {
        self.seed
    }

    fn bars(&self) -> Option<MultiProgress> {
        let seen = self.running.get() && std::io::stderr().is_terminal();
        seen.then(|| {
            self.sink.keep_status_off(true);
            self.bars.borrow_mut().get_or_insert_with(MultiProgress::new).clone()
        })
    }

    fn interrupted(&self) -> bool {
        self.control.get().is_some_and(|c| c.is_asked())
    }
}

impl Speaker for Voice {
    fn report(&self, report: &Report) {
        self.beside_bars(|| self.sink.notice(&report.render(self.colour_err)));
    }

    fn follow(&self, kernel: &Kernel) {
        self.tasks.store(kernel.task_count(), Ordering::Relaxed);
        if self.log.get() {
            let lines = self.tail.next(kernel, &views::options(self.colour_err));
            if !lines.is_empty() {
                self.beside_bars(|| self.sink.notice(&lines));
            }
        }
    }

    fn host(self: Rc<Self>) -> Rc<dyn Host> {
        self
    }
}
