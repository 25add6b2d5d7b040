//! The end that nobody can avert: Rust aborts the process where memory that it asks for is not to be had, and on a stack
//! that is used up. The terminal is given back all the same.

use loopscope::repl::terminal_after_abort;
use signal_hook::consts::SIGABRT;
use signal_hook::low_level::{emulate_default_handler, register};

/// From now on, whoever aborts the process gives the terminal back.
pub fn listen() {
    // SAFETY: the action may run in the middle of anything, with any lock held and no memory left. It reads cells that are
    // written once, and makes system calls that POSIX allows in a handler of signals (`tcsetattr`, `write`, and those by
    // which the process then ends): it takes no lock, allocates nothing, and can't panic.
    #[allow(unsafe_code)]
    let listening = unsafe { register(SIGABRT, end) };
    drop(listening); // without it the process ends all the same
}

fn end() {
    terminal_after_abort();
    let _ = emulate_default_handler(SIGABRT);
}
