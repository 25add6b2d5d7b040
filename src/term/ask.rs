//! A question to the person at the terminal, without a line editor.

use std::io::{self, IsTerminal as _};

/// Whether there is a person to answer: both the input and what loopscope says are on a terminal.
pub fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Reads a line. None at the end of the input, and when `given_up` says so. Keys that were pressed before the question is
/// seen are no answer: [`forget_keys`] before you show it; later would take a quick answer for one of those.
#[cfg(unix)]
pub fn read_line(given_up: impl Fn() -> bool) -> Option<String> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    /// So many moments one waits for the signal of a terminal that has gone: then nobody has said no.
    const PATIENCE: u32 = 20;
    const MOMENT: i64 = 50_000_000;
    let moment = Timespec { tv_sec: 0, tv_nsec: MOMENT };
    let (stdin, mut gone) = (io::stdin(), 0);
    while !given_up() {
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        if matches!(poll(&mut fds, Some(&moment)), Ok(ready) if ready > 0) {
            if fds[0].revents().contains(PollFlags::HUP) && gone < PATIENCE {
                gone += 1;
                std::thread::sleep(std::time::Duration::from_nanos(MOMENT.unsigned_abs()));
                continue;
            }
            let mut line = [0; 4096];
            // past the buffer of std, which may have read ahead
            return match rustix::io::read(&stdin, &mut line) {
                Ok(0) | Err(_) => None,
                Ok(count) => Some(String::from_utf8_lossy(&line[..count]).into_owned()),
            };
        }
    }
    None
}

#[cfg(not(unix))]
pub fn read_line(_: impl Fn() -> bool) -> Option<String> {
    let mut line = String::new();
    io::stdin().read_line(&mut line).ok().filter(|count| *count > 0)?;
    Some(line)
}

/// Forgets the keys that were pressed and that nobody has read.
#[cfg(unix)]
pub fn forget_keys() {
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush);
}

#[cfg(not(unix))]
pub fn forget_keys() {}
