//! Large values and little memory.

use std::time::{Duration, Instant};

use pty_process::blocking::Command;

use super::{command, config, history, start};
use crate::pty::{CTRL_C, CTRL_D, Folder, Terminal};
use crate::support::Script;

/// It is to take 200 ms; but tests run on machines that are busy.
const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn ctrl_c_stops_calls_that_take_long() {
    let folder = Folder::new("long-calls");
    let mut t = start(&folder);
    t.runs("let h = \"<div>\"; for i in 0..15 { h += h }").runs("let a = []; a.pad(3_900_000, 1.5);");
    for call in
        ["loop { html_select(h, \"div div div\") }", "loop { html_select(h, \"x div\") }", "loop { to_json(a) }"]
    {
        t.sends(&format!("print(\"go\"); {call}")).sees("\ngo\n");
        std::thread::sleep(Duration::from_millis(1100)); // or it would count as the second of two
        let start = Instant::now();
        t.types(CTRL_C).sees("cancelled").sees_prompt();
        println!("Ctrl-C ended `{call}` in {:?}", start.elapsed());
        assert!(start.elapsed() < AT_ONCE, "{call}: {:?}", start.elapsed());
    }
}

#[test]
fn what_html_select_finds_is_bounded() {
    Script::new("let h = ``; h.pad(4_000, `<div>`); html_select(h, `div`)")
        .flag("--limit=string=1M")
        .fails("too large: what html_select finds comes to more than 1 MiB");
}

#[test]
fn a_large_variable_is_shown_as_it_stands() {
    let folder = Folder::new("large");
    let mut t = start(&folder);
    t.runs("let a = []; a.pad(1_000_000, #{n: 1}); 41").sends("a").sees("… 999960 more rows");
    t.sees("`it` is what it was before; `a` has this one").sees_prompt();
    t.sends("it + 1").sees("=> 42").sees_prompt().sends(":type a").sees("=> array").sees_prompt();
    t.runs("let b = []; b.pad(1_000_000, 7);").sends("b").sees("7, 7, 7").sees("more").sees_prompt();
    t.sends("[b.len()]").sees("=> [1000000]").sees_prompt().sends("it[0]").sees("=> 1000000");
}

/// The program where addresses are limited to so many KiB beyond those of the loop's stack.
#[cfg(target_os = "linux")]
fn limited(folder: &Folder, beyond: usize) -> Command {
    let limit = loopscope::session::engine::STACK / 1024 + beyond;
    let line = format!("ulimit -v {limit}; exec \"$0\"");
    Command::new("sh")
        .args(["-c", &line, env!("CARGO_BIN_EXE_loopscope")])
        .env("HOME", folder.path())
        .env("LOOPSCOPE_HISTORY", folder.path().join("history"))
        .env("LOOPSCOPE_CONFIG", config(folder))
        .env("TERM", "xterm-256color")
        .current_dir(folder.path())
}

#[cfg(target_os = "linux")]
#[test]
fn where_addresses_are_few_a_script_is_told_and_the_session_lives() {
    let folder = Folder::new("addresses");
    let mut t = Terminal::start(limited(&folder, 3_000_000));
    t.sees_prompt();
    t.sends("let a = []; for i in 0..100 { a.push(blob(50_000_000)) }").sees("out of memory");
    t.sees_prompt().runs("a = ();").sends("6 * 7").sees("=> 42").sees_prompt().types(CTRL_D).exits_with(0);
    assert!(t.is_cooked());
}

#[cfg(target_os = "linux")]
#[test]
fn what_one_operation_doubles_is_told_of_before_the_system_ends_it() {
    let folder = Folder::new("few-addresses");
    let mut t = Terminal::start(limited(&folder, 1_475_000));
    t.sees_prompt().runs("let kept = 42;");
    for text in [
        "{ let s = \"\"; s.pad(60_000_000, \"x\"); let l = []; loop { l.push(s.to_upper()) } }",
        "{ let h = \"\"; h.pad(5_000_000, \"<p>\"); html_select(h, \"p\").len() }",
    ] {
        t.sends(text).sees("out of memory: the process uses more than it may").sees_prompt();
    }
    t.sends("kept").sees("=> 42").sees_prompt();
    t.sends("{ let s = \"\"; s.pad(20_000_000, \"x\"); s.len() }").sees("=> 20000000").sees_prompt();
}

#[cfg(target_os = "linux")]
#[test]
fn where_there_is_no_thread_the_limit_is_named() {
    let folder = Folder::new("no-thread");
    let mut t = Terminal::start(limited(&folder, 10_000));
    t.sees("can't start the loop's thread").sees("(`ulimit -v`): allow more").exits_with(1);
}

#[cfg(target_os = "linux")]
#[test]
fn an_abort_leaves_the_terminal_as_it_was() {
    let folder = Folder::new("abort");
    let mut t = Terminal::start(command(&folder));
    t.sees_prompt().runs("let a = 1;").types("half a li").sees("half a li");
    t.signals(rustix::process::Signal::ABORT).exits_with(134);
    assert!(t.is_cooked());
    assert!(t.transcript().contains("this session was aborted"), "{}", t.transcript());
    assert!(history(&folder).ends_with("let a = 1;\n"));
}
