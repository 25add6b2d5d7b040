//! Ctrl-C and termination, and the time limit, while a script runs.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;

use crate::cli::{Options, exit};
use crate::report::Report;
use crate::session::{Control, Stop};
use crate::term::Stream;

/// A file that grows beyond what the system allows (`ulimit -f`) is an error of whoever writes it, not the end of the
/// process.
pub fn outlive_large_files() {
    // a handler that does as good as nothing; without one the process ends as it does by itself
    let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
}

/// Lets signals stop the run. A second one, when the first is not heeded, ends the process at once.
pub fn listen(control: &Arc<Control>) {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        return; // then they end the process as they do by themselves
    };
    let control = control.clone();
    let watch = move || {
        let mut asked = false;
        for signal in signals.forever() {
            let (stop, code) = match signal {
                SIGINT => (Stop::All, exit::INTERRUPTED),
                SIGHUP => (Stop::HungUp, exit::HUNG_UP),
                _ => (Stop::Terminated, exit::TERMINATED),
            };
            if asked {
                crate::system::process::leave(i32::from(code));
            }
            asked = true;
            control.ask(stop);
        }
    };
    let _ = thread::Builder::new().name("signals".into()).spawn(watch);
}

/// What is done for a command when its time limit has come.
pub struct Overtime {
    /// So long it may take to come to an end.
    grace: Duration,
    /// What does not end, and why that may be: told when it is left.
    what: &'static str,
    help: fn(&Control) -> &'static str,
}

/// The `defer`s of a script run, and what was recorded is drawn and written.
pub const SCRIPT: Overtime = Overtime {
    grace: Duration::from_secs(1),
    what: "the script",
    help: |control| match control.runs_defers() {
        true => "a `defer` takes longer, or never ends: it was left as it was",
        false => "a call takes longer that can't be broken off: the script was left as it was",
    },
};
/// The runs of an exploration are broken off, and what was found so far is put together.
pub const EXPLORATION: Overtime = Overtime {
    grace: Duration::from_secs(5),
    what: "the exploration",
    help: |_| "a call in the script takes longer, and can't be broken off: what was found so far is lost",
};

/// The time limit of a script, until it is dropped.
pub struct Limit(#[expect(dead_code)] mpsc::Sender<()>);

/// Stops the run after the options' `--timeout`. An end that does not come within the overtime is not waited for.
pub fn limit(control: &Arc<Control>, overtime: &'static Overtime, options: &Options) -> Option<Limit> {
    let timeout = options.timeout?;
    let color = options.color;
    let lost = (!options.trace.is_empty()).then(|| {
        let files: Vec<String> = options.trace.iter().map(|file| file.display().to_string()).collect();
        format!("not written: {}", files.join(", "))
    });
    control.set_limit(timeout);
    let control = control.clone();
    let (limit, ended) = mpsc::channel();
    let watch = move || {
        let has_come = |after| ended.recv_timeout(after) == Err(RecvTimeoutError::Timeout);
        if !has_come(timeout) {
            return;
        }
        control.ask(Stop::Timeout);
        if has_come(overtime.grace) {
            let (what, grace) = (overtime.what, overtime.grace.as_secs());
            let report = Report::error(format!("{what} did not end within {grace} s of its --timeout"));
            let report = lost.into_iter().fold(report, Report::note).help((overtime.help)(&control));
            let _ = io::stderr().write_all(report.render(color.enabled(Stream::Stderr)).as_bytes());
            crate::system::process::leave(i32::from(exit::TIMEOUT));
        }
    };
    let _ = thread::Builder::new().name("timeout".into()).spawn(watch);
    Some(Limit(limit))
}

/// The time limit of one run at the prompt, which it ends as Ctrl-C does: what goes on in the background is not of the run.
pub struct RunLimit {
    limit: Duration,
    control: Arc<Control>,
    over: mpsc::Sender<()>,
    thread: JoinHandle<bool>,
}

impl RunLimit {
    /// The run begins.
    pub fn begin(control: &Arc<Control>, limit: Option<Duration>) -> Option<Self> {
        let limit = limit?;
        let (over, wait) = mpsc::channel();
        let to_stop = control.clone();
        let watch = move || {
            let reached = wait.recv_timeout(limit) == Err(RecvTimeoutError::Timeout);
            if reached {
                to_stop.ask(Stop::Foreground);
            }
            reached
        };
        let thread = thread::Builder::new().name("timeout".into()).spawn(watch).ok()?;
        Some(Self { limit, control: control.clone(), over, thread })
    }

    /// The run has ended: the limit, if it was reached.
    pub fn end(self) -> Option<Duration> {
        drop(self.over);
        let reached = self.thread.join().unwrap_or(false);
        if reached {
            self.control.end(); // a stop that came too late is not for the next run
        }
        reached.then_some(self.limit)
    }
}
