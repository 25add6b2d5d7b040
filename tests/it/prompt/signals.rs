//! Signals, and a terminal that goes away.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{history, start, ticker};
use crate::pty::{CTRL_D, CTRL_S, CTRL_Z, Folder};

#[test]
fn sigquit_leaves_the_terminal_as_it_was() {
    let folder = Folder::new("sigquit");
    let mut t = start(&folder);
    t.types("half a li").sees("half a li").signals(Signal::QUIT).exits_with(131);
    assert!(t.is_cooked());
    // what the shell writes next begins a line
    assert!(t.transcript().contains("half a li\n"), "{:?}", t.transcript());
}

#[test]
fn signals_that_are_for_no_prompt_leave_the_terminal_as_it_was() {
    let (user, other, alarm) = (Signal::USR1, Signal::USR2, Signal::ALARM);
    for signal in [user, other, alarm, Signal::VTALARM, Signal::PROF, Signal::IO, Signal::XCPU] {
        let folder = Folder::new("other-signals");
        let mut t = start(&folder);
        t.runs("let a = 1;").types("half a li").sees("half a li").signals(signal).exits_with(128 + signal.as_raw());
        assert!(t.is_cooked(), "{signal:?}");
        assert!(history(&folder).ends_with("let a = 1;\n"), "{signal:?}");
    }
    let folder = Folder::new("file-size");
    let mut t = start(&folder);
    t.signals(Signal::XFSZ).sends("6 * 7").sees("=> 42").sees_prompt();
}

#[test]
fn sigterm_during_a_run_leaves_the_terminal_as_it_was() {
    for forever in ["await sleep(100)", "loop {}"] {
        let folder = Folder::new("signal-run");
        let mut t = start(&folder);
        t.sends(&format!("print(\"on\"); {forever}")).sees("\non\n");
        t.signals(Signal::TERM).exits_with(143);
        assert!(t.is_cooked());
    }
}

/// A run that has always more to print than a terminal has room for.
const FLOOD: &str = "let line = \"\"; line.pad(500, 'x'); loop { print(line); await sleep(0) }";

#[test]
fn sigterm_ends_the_prompt_also_where_ctrl_s_has_stopped_the_output() {
    let folder = Folder::new("ctrl-s");
    let mut t = start(&folder);
    t.sends(FLOOD).sees("\nxxx").types(CTRL_S);
    // nothing arrives any more: who prints waits
    let mut before = usize::MAX;
    while before != t.raw().len() {
        before = t.raw().len();
        std::thread::sleep(Duration::from_millis(100));
    }
    t.signals(Signal::TERM).exits_with(143);
    assert!(t.is_cooked());
}

#[test]
fn sigterm_ends_the_prompt_also_where_nobody_reads_its_terminal() {
    let folder = Folder::new("unread");
    let mut t = start(&folder);
    t.sends(FLOOD).sees("\nxxx");
    assert_eq!(t.ends_unread(Duration::from_millis(300), Signal::TERM), Some(143));
}

#[test]
fn ctrl_z_stops_with_an_ordinary_terminal_and_goes_on_with_the_line() {
    let folder = Folder::new("stopped");
    let mut t = start(&folder);
    t.types("6 * 7").sees("6 * 7").types(CTRL_Z);
    let stat = format!("/proc/{}/stat", t.pid().as_raw_pid());
    let is_stopped = || std::fs::read_to_string(&stat).is_ok_and(|s| s.contains(") T "));
    let end = Instant::now() + Duration::from_secs(20);
    while cfg!(target_os = "linux") && !is_stopped() {
        assert!(Instant::now() < end, "not stopped");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(t.is_cooked());
    t.signals(Signal::CONT).sees("loop> 6 * 7").types("\r").sees("=> 42").sees_prompt();
    t.sends("8 * 8").sees("=> 64").sees_prompt().types(CTRL_D).exits_with(0);
    assert!(t.is_cooked());
}

#[test]
fn the_terminal_hangs_up() {
    let folder = Folder::new("hangup");
    let mut t = start(&folder);
    t.runs(&ticker("ticker", 5)).sends("6 * 7").sees("=> 42").sees("[ticker]");
    t.hangs_up().exits();
    assert!(history(&folder).ends_with("6 * 7\n"));
}
