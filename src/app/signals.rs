//! Ctrl-C and termination, and the time limit, while a script runs.

use std::sync::Arc;
use std::thread;
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
                std::process::exit(i32::from(code));
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
        std::process::exit(i32::from(exit::TIMEOUT));
    };
    let _ = thread::Builder::new().name("timeout".into()).spawn(watch);
}
