//! The terminal's modes and the signals that concern them.
//!
//! rustyline makes the terminal raw for each line and puts back what it found. Between lines, while a
//! run goes on, the prompt keeps it *quiet*: keys are not echoed into the output, and wait unchanged
//! for the next line (in the ordinary mode Ctrl-D typed ahead would be lost); Ctrl-C still is a
//! signal. What was there before the prompt is put back on every way out: the end of the prompt,
//! each signal that ends a process unless it is caught, Ctrl-Z, and [`restore`] for whoever calls `std::process::exit`.

/// What a signal asks of the prompt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asked {
    /// Ctrl-C during a run.
    Interrupt,
    /// The process goes on after having been stopped: the line must be drawn again.
    Redraw,
    /// Leave with this exit code; the terminal is restored already.
    Leave(i32),
}

#[cfg(unix)]
pub use unix::{
    Modes, can_move, height, input_is_pending, lend, on_signals, restore, restore_in_abort, take_back, width,
};

#[cfg(unix)]
mod unix {
    use std::io::{self, IsTerminal as _};
    use std::sync::{Mutex, OnceLock, PoisonError};
    use std::thread;
    use std::time::Duration;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::termios::{self, Action, LocalModes, OptionalActions, Termios};
    use signal_hook::consts::{
        SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGVTALRM,
        SIGXCPU, SIGXFSZ,
    };
    use signal_hook::iterator::Signals;

    use super::Asked;

    /// What the prompt does something else for than to leave.
    const HEEDED: &[i32] = &[SIGINT, SIGTSTP, SIGCONT, SIGXFSZ];

    /// What ends a process that does not catch it: then the prompt leaves.
    const FATAL: &[i32] = &[
        SIGTERM,
        SIGHUP,
        SIGQUIT,
        SIGUSR1,
        SIGUSR2,
        SIGALRM,
        SIGVTALRM,
        SIGPROF,
        SIGIO,
        SIGXCPU,
        #[cfg(target_os = "linux")]
        rustix::process::Signal::POWER.as_raw(),
    ];

    /// The modes found at the first start of a prompt.
    static FOUND: OnceLock<Termios> = OnceLock::new();

    /// The terminal in the prompt's modes; dropped, as it was before.
    pub struct Modes(());

    impl Modes {
        /// Notes the modes and makes the terminal quiet. `None` when stdin is no terminal, or one
        /// on which rustyline leaves editing to the system.
        pub fn quiet() -> Option<Self> {
            if !can_move() {
                return None;
            }
            let found = termios::tcgetattr(io::stdin()).ok()?;
            let mut quiet = FOUND.get_or_init(|| found).clone();
            quiet.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
            termios::tcsetattr(io::stdin(), OptionalActions::Now, &quiet).ok()?;
            Some(Self(()))
        }
    }

    impl Drop for Modes {
        fn drop(&mut self) {
            restore();
        }
    }

    /// Puts back the modes that the first prompt found; does nothing without one. From any thread.
    pub fn restore() {
        let Some(found) = FOUND.get() else { return };
        let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, found);
        // Bracketed paste off, cursor visible. Not through std's handle: another thread that is stuck in a write holds
        // its lock.
        let usual = b"\x1b[?2004l\x1b[?25h";
        if io::stdout().is_terminal() {
            let _ = rustix::io::write(rustix::stdio::stdout(), usual);
        } else if io::stderr().is_terminal() && can_move() {
            let _ = rustix::io::write(rustix::stdio::stderr(), usual);
        }
    }

    /// The same for a process that is being aborted, which may not take a lock, nor memory; and a line that says so.
    pub fn restore_in_abort() {
        let say = |text| {
            let _ = rustix::io::write(rustix::stdio::stderr(), text);
        };
        if let Some(found) = FOUND.get() {
            let _ = termios::tcsetattr(rustix::stdio::stdin(), OptionalActions::Now, found);
            say(b"\x1b[?2004l\x1b[?25h\r\nloopscope: this session was aborted; the history is saved\r\n");
        }
        say(b"loopscope: aborted; where memory was short, `--limit memory=N` stops a script before that\n");
    }

    /// The modes of the prompt, while the terminal is lent to another program.
    static LENT: Mutex<Option<Termios>> = Mutex::new(None);

    /// Gives the terminal to another program, as it was found.
    pub fn lend() {
        *LENT.lock().unwrap_or_else(PoisonError::into_inner) = termios::tcgetattr(io::stdin()).ok();
        restore();
    }

    /// The other program is done.
    pub fn take_back() {
        if let Some(ours) = LENT.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &ours);
        }
    }

    /// Whether the terminal is one on which rustyline edits lines itself.
    pub fn can_move() -> bool {
        let term = std::env::var("TERM").unwrap_or_else(|_| "xterm".to_owned());
        !["", "dumb", "cons25", "emacs"].contains(&term.as_str())
    }

    /// Columns of the terminal; 80 when unknown.
    pub fn width() -> u16 {
        let columns = |size: termios::Winsize| (size.ws_col > 0).then_some(size.ws_col);
        let out = termios::tcgetwinsize(io::stdout()).ok().and_then(columns);
        out.or_else(|| termios::tcgetwinsize(io::stdin()).ok().and_then(columns)).unwrap_or(80)
    }

    /// Rows of the terminal; 24 when unknown.
    pub fn height() -> u16 {
        let rows = |size: termios::Winsize| (size.ws_row > 0).then_some(size.ws_row);
        termios::tcgetwinsize(io::stdout()).ok().and_then(rows).unwrap_or(24)
    }

    /// Whether more input arrives on stdin within `moment`, of less than a second: a paste is going on.
    pub fn input_is_pending(moment: Duration) -> bool {
        let moment = Timespec { tv_sec: 0, tv_nsec: moment.subsec_nanos().into() };
        let stdin = io::stdin();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        poll(&mut fds, Some(&moment)).is_ok_and(|ready| ready > 0)
    }

    /// Calls `ask` on a thread of its own for each signal that concerns the prompt. To be called
    /// before the first line is read: rustyline puts back the handlers that it found.
    pub fn on_signals(mut ask: impl FnMut(Asked) + Send + 'static) -> io::Result<()> {
        let mut signals = Signals::new(HEEDED.iter().chain(FATAL))?;
        let serve = move || {
            for signal in signals.forever() {
                match signal {
                    SIGINT => ask(Asked::Interrupt),
                    SIGTSTP => stop(),
                    SIGCONT => ask(Asked::Redraw),
                    SIGXFSZ => {} // the write fails, and says so
                    fatal => {
                        leave_in_time(128 + fatal);
                        // Ctrl-S has stopped all output, perhaps: then whoever writes would wait for ever
                        let _ = termios::tcflow(io::stdin(), Action::OOn);
                        restore();
                        ask(Asked::Leave(128 + fatal));
                    }
                }
            }
        };
        thread::Builder::new().name("prompt-signals".to_owned()).spawn(serve).map(drop)
    }

    /// So long leaving may take, the `defer`s of tasks included.
    const LEAVING: Duration = Duration::from_secs(2);

    /// Leaves when that time is over: a terminal that takes no more output holds up whoever writes, and whoever waits
    /// for one who writes.
    fn leave_in_time(code: i32) {
        let leave = move || {
            thread::sleep(LEAVING);
            crate::system::process::leave_at_once(code);
        };
        let _ = thread::Builder::new().name("prompt-leaving".to_owned()).spawn(leave);
    }

    /// Stops this process as Ctrl-Z does, with the terminal as the shell left it.
    fn stop() {
        // The editor raises the signal itself, and makes the terminal raw again right after: let it.
        thread::sleep(Duration::from_millis(30));
        let ours = termios::tcgetattr(io::stdin());
        restore();
        let _ = signal_hook::low_level::emulate_default_handler(SIGTSTP);
        if let Ok(ours) = ours {
            let _ = termios::tcsetattr(io::stdin(), OptionalActions::Now, &ours);
        }
    }
}

#[cfg(not(unix))]
pub use other::{Modes, can_move, height, input_is_pending, lend, on_signals, restore, take_back, width};

/// Elsewhere rustyline's own restoring is all there is, and Ctrl-C during a run ends the process.
#[cfg(not(unix))]
mod other {
    use super::Asked;

    pub struct Modes(());

    impl Modes {
        pub fn quiet() -> Option<Self> {
            Some(Self(()))
        }
    }

    pub fn can_move() -> bool {
        true
    }

    pub fn restore() {}

    pub fn lend() {}

    pub fn take_back() {}

    pub fn width() -> u16 {
        80
    }

    pub fn height() -> u16 {
        24
    }

    pub fn input_is_pending(_: std::time::Duration) -> bool {
        false
    }

    pub fn on_signals(_: impl FnMut(Asked) + Send + 'static) -> std::io::Result<()> {
        Ok(())
    }
}
