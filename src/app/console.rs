//! Where a script's output goes when there is no prompt: prints to stdout, what loopscope says to stderr.

use std::cell::{Cell, RefCell};
use std::io::IsTerminal as _;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use super::views::{self, Tail};
use crate::cli::{Options, Script, exit};
use crate::engine::Kernel;
use crate::host::Host;
use crate::permissions::{Access, Denied, Permissions, current_folder};
use crate::report::Report;
use crate::session::{Control, Speaker, Stop};
use crate::term::{Fault, Out, Stream, ask};
use indicatif::MultiProgress;

/// The two standard streams of a run.
pub struct Console {
    pub out: Out,
    pub err: Out,
    args: Vec<String>,
    /// The switch to stop the run by when nobody reads its output any more.
    control: RefCell<Option<Arc<Control>>>,
    /// What `--log` has shown; none if it was not asked for.
    tail: Option<Tail>,
    permissions: Arc<Permissions>,
    /// Of `--seed`.
    seed: Option<u64>,
    /// On stderr; hidden where that is no terminal.
    bars: MultiProgress,
    /// Whether there has been a bar.
    has_bars: Cell<bool>,
}

impl Console {
    pub fn new(options: &Options, args: Vec<String>) -> Rc<Self> {
        Rc::new(Self {
            out: Out::new(Stream::Stdout, options.color),
            err: Out::new(Stream::Stderr, options.color),
            args,
            control: RefCell::default(),
            tail: options.log.then(Tail::default),
            permissions: Permissions::new(&options.permissions, current_folder().ok().as_deref()),
            seed: options.order.seed,
            bars: MultiProgress::new(),
            has_bars: Cell::new(false),
        })
    }

    /// Lets the script read below its own folder.
    pub fn may_read_beside(&self, script: &Script) {
        if let Script::File(path) = script {
            self.permissions.add_root(path.parent().unwrap_or(Path::new("")));
        }
    }

    /// Writes while no bar is drawn.
    fn beside_bars<T>(&self, write: impl FnOnce() -> T) -> T {
        match self.has_bars.get() {
            true => self.bars.suspend(write),
            false => write(),
        }
    }

    /// The switch to stop the run by.
    pub fn attach(&self, control: Arc<Control>) {
        let asked = control.clone();
        self.out.stop_when(move || asked.is_asked());
        *self.control.borrow_mut() = Some(control);
    }

    /// Writes a line to stderr.
    pub fn say(&self, text: &str) {
        // nobody is left to tell that stderr is broken
        let _ = self.beside_bars(|| self.err.write(text.as_bytes()));
    }

    /// Whether the reader of stdout has gone.
    pub fn is_unread(&self) -> bool {
        self.out.fault() == Some(Fault::Closed)
    }

    /// What went wrong with stdout, if anything. A reader that has gone is not wrong.
    pub fn fault(&self) -> Option<String> {
        match self.out.flush().err().or_else(|| self.out.fault()) {
            Some(Fault::Failed(reason)) => Some(reason),
            Some(Fault::Closed) | None => None,
        }
    }

    /// The code to leave with where this one was meant: what is wrong with stdout, if anything, is told, and a failure,
    /// which has also stopped the run.
    pub fn leave_with(&self, code: u8) -> u8 {
        match self.fault() {
            None => code,
            Some(reason) => {
                self.report(&Report::error(reason));
                exit::FAILED
            }
        }
    }
}

impl Host for Console {
    fn print(&self, _: u32, _: &str, text: &str) {
        let write = || {
            let written = self.out.print(text).and_then(|()| self.out.write(b"\n"));
            if self.has_bars.get() { written.and_then(|()| self.out.flush()) } else { written }
        };
        if self.beside_bars(write).is_err()
            && let Some(control) = &*self.control.borrow()
        {
            control.ask(Stop::All);
        }
    }

    fn args(&self) -> Vec<String> {
        self.args.clone()
    }

    fn colour(&self) -> bool {
        self.out.colour()
    }

    fn permissions(&self) -> Arc<Permissions> {
        self.permissions.clone()
    }

    fn allow(&self, access: &Access) -> Result<(), Denied> {
        self.permissions.check_or_ask(access, |question| {
            if !ask::somebody_is_there() {
                return None;
            }
            let _ = self.out.flush();
            ask::forget_keys();
            self.say(&format!("{}\n{}", question.text, question.prompt));
            let _ = self.err.flush();
            ask::read_line(|| self.interrupted())
        })
    }

    fn seed(&self) -> Option<u64> {
        self.seed
    }

    fn bars(&self) -> Option<MultiProgress> {
        let seen = std::io::stderr().is_terminal();
        self.has_bars.set(seen);
        seen.then(|| self.bars.clone())
    }

    fn interrupted(&self) -> bool {
        self.control.borrow().as_ref().is_some_and(|c| c.is_asked())
    }
}

impl Speaker for Console {
    fn report(&self, report: &Report) {
        let _ = self.out.flush();
        if !self.is_unread() {
            self.say(&report.render(self.err.colour()));
        }
    }

    fn idle(&self) {
        let _ = self.out.flush();
    }

    fn follow(&self, kernel: &Kernel) {
        if let Some(tail) = &self.tail {
            self.say(&tail.next(kernel, &views::options(self.err.colour())));
        }
    }

    fn host(self: Rc<Self>) -> Rc<dyn Host> {
        self
    }
}
