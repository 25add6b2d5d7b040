//! Ctrl-C and termination, and the time limit, while a script runs.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::cli::exit;
use crate::session::{Control, Stop};

/// Lets signals stop the run. A second one, when the first is not heeded, ends the process at once.
pub fn listen(control: &Arc<Control>) {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else {
        return; // then they end the process as they do by themselves
    };
    let control = control.clone();
    let watch = move || {
        let mut asked = false;
        for signal in signals.forever() {
            let code = if signal == SIGINT { exit::INTERRUPTED } else { exit::TERMINATED };
            if asked {
                crate::system::process::leave(i32::from(code));
            }
            asked = true;
            control.ask(if signal == SIGINT { Stop::All } else { Stop::Terminated });
        }
    };
    let _ = thread::Builder::new().name("signals".into()).spawn(watch);
}

/// Stops the run after so long.
pub fn limit(control: &Arc<Control>, timeout: Option<Duration>) {
    let Some(timeout) = timeout else {
        return;
    };
    control.set_limit(timeout);
    let control = control.clone();
    let watch = move || {
        thread::sleep(timeout);
        control.ask(Stop::Timeout);
        // an end that never comes, because a `defer` does not end, is not waited for
        thread::sleep(Duration::from_secs(5));
        crate::system::process::leave(i32::from(exit::TIMEOUT));
    };
    let _ = thread::Builder::new().name("timeout".into()).spawn(watch);
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
