//! Faults 1 to 16: the prompt, on a terminal.

use std::io::Read as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::prompt::{command, history, start, start_wide, ticker};
use crate::pty::{CTRL_C, CTRL_D, Folder, Terminal, UP};

/// Ctrl-C is to be heeded in 200 ms; but tests run on machines that are busy.
const AT_ONCE: Duration = Duration::from_secs(5);

/// The time from Ctrl-C to the prompt.
fn pressed(t: &mut Terminal, what: &str) {
    let start = Instant::now();
    t.types(CTRL_C).sees("cancelled").sees_prompt();
    let took = start.elapsed();
    println!("Ctrl-C ended `{what}` in {took:?}");
    assert!(took < AT_ONCE, "{what}: {took:?}");
}

/// A prompt at which something was run and half a line is typed gets a signal.
fn signalled(name: &str, signal: Signal, code: i32) {
    let folder = Folder::new(name);
    let mut t = start(&folder);
    t.sends("6 * 7").sees("=> 42").sees_prompt().types("half a li").sees("half a li");
    t.signals(signal).exits_with(code);
    assert!(t.is_cooked());
    assert_eq!(history(&folder), "6 * 7\n");
}

#[test]
fn fault_01_sigterm() {
    signalled("fault-01", Signal::TERM, 143);
}

#[test]
fn fault_02_sighup() {
    signalled("fault-02", Signal::HUP, 129);
}

#[test]
fn fault_03_a_panic_in_a_task() {
    let folder = Folder::new("fault-03");
    let mut t = start_wide(&folder);
    t.runs("let kept = 42;");
    t.sends("await spawn(async { await sleep(0.01); __panic(\"boom\") }, \"bad\")")
        .sees("a bug in loopscope")
        .sees("boom");
    t.sees_prompt().sends("__panic(\"bang\")").sees("a bug in loopscope").sees("bang").sees_prompt();
    t.sends("spawn(async { __panic(\"unseen\") }, \"alone\");").sees("unseen");
    t.sends("kept").sees("=> 42").sees_prompt().types(CTRL_D).exits_with(0);
    assert!(t.is_cooked());
    assert_eq!(history(&folder).lines().count(), 5);
}

#[test]
fn fault_04_ctrl_d_while_tasks_run() {
    let folder = Folder::new("fault-04");
    let mut t = start(&folder);
    t.runs(&ticker("ticker", 50)).runs(&ticker("loader", 60)).sees("[ticker] tick 2");
    t.types(CTRL_D).sees("2 tasks still running").sees("1 \"ticker\", 2 \"loader\"").exits_with(0);
    assert!(t.is_cooked());
}

#[test]
fn fault_05_ctrl_c_at_the_prompt() {
    let folder = Folder::new("fault-05");
    let mut t = start(&folder);
    t.types("let broken = (").sees("(").types(CTRL_C).sees_prompt();
    t.sends("2 + 3").sees("=> 5").sees_prompt();
    assert!(!t.transcript().contains("cancel"));
}

#[test]
fn fault_06_ctrl_c_during_a_loop() {
    let folder = Folder::new("fault-06");
    let mut t = start(&folder);
    t.runs("let kept = 42;");
    for forever in ["loop {}", "while true { let x = 1; }", "fn f() { loop {} } f()", "[1].map(|x| loop {})"] {
        t.sends(&format!("print(\"go\"); {forever}")).sees("\ngo\n");
        pressed(&mut t, forever);
        t.sends("kept").sees("=> 42").sees_prompt();
    }
}

#[test]
fn fault_07_ctrl_c_during_a_sleep_or_a_stalled_fetch() {
    let folder = Folder::new("fault-07");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut t = start(&folder);
    t.runs("let kept = 42;").sends("print(\"go\"); await sleep(3600)").sees("\ngo\n");
    pressed(&mut t, "await sleep(3600)");
    t.sends(&format!("await fetch(\"http://{address}/\")"));
    let (mut stream, _) = listener.accept().expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).expect("a request");
    assert!(buffer[..count].starts_with(b"GET / HTTP/1.1\r\n"));
    pressed(&mut t, "a stalled fetch");
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).expect("the socket is closed, which is no time-out");
    t.sends("kept").sees("=> 42").sees_prompt();
}

#[test]
fn fault_08_ctrl_c_under_run() {
    let script = "defer(|| print(\"tidied\")); defer(async || { await sleep(0.01); print(\"later\") }); print(\"go\");";
    for forever in
        ["await sleep(3600)", "loop { await sleep(0) }", "await gather([sleep(3600), async { await sleep(9) }])"]
    {
        let mut child = Command::new(env!("CARGO_BIN_EXE_loopscope"))
            .args(["eval", &format!("{script} {forever}")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut out = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        std::io::BufRead::read_line(&mut out, &mut line).expect("a line");
        assert_eq!(line, "go\n");
        kill_process(Pid::from_child(&child), Signal::INT).expect("it is there");
        let mut rest = String::new();
        out.read_to_string(&mut rest).expect("the rest");
        assert_eq!(rest, "later\ntidied\n", "{forever}");
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{forever}");
    }
}

#[test]
fn fault_09_lines_in_one_write() {
    let folder = Folder::new("fault-09");
    let mut t = start(&folder);
    t.types("let a = 1\rlet b = 2; await sleep(0.1)\ra + b + 39\r").sees("=> 42");
    t.types(format!("7 * 8\r{CTRL_D}")).sees("=> 56").exits_with(0);
    assert_eq!(history(&folder).lines().count(), 4);
}

#[test]
fn fault_10_a_byte_that_is_not_utf8() {
    let folder = Folder::new("fault-10");
    let mut t = start(&folder);
    t.types("let name = 4").sees("= 4").types(b"\xe9\r").sees("not UTF-8").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt();
    t.types(UP).types(UP).sees("let name = 4");
}

#[test]
fn fault_11_a_megabyte_is_pasted() {
    let folder = Folder::new("fault-11");
    let mut t = start(&folder);
    let long = "1+".repeat(500_000);
    t.sends(&format!("\"{long}\"")).sees("refused: more than 128 KiB").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt();
    t.pastes(&format!("\"{long}\".len")).types("\r").sees("=> 1000000").sees_prompt();
    t.sends("7 * 8").sees("=> 56");
}

#[test]
fn fault_11_long_lines_come_key_by_key() {
    let folder = Folder::new("fault-11-keys");
    let mut t = start(&folder);
    t.sends(&format!("[{}].len()", "1, ".repeat(8_000))).sees("=> 8000").sees_prompt();
    t.shows("the end of the line", |screen| screen.contains("1, 1, ].len()\n=> 8000\n"));
    // what was not drawn in full while it came is, once no more keys come
    let line = format!("let text = \"{}\"; texd", "x".repeat(600));
    t.types(&line).shows_in(vt100::Color::Idx(1), "texd").types("\x7ft.len()\r").sees("=> 600").sees_prompt();
    // and the cursor may go back into it
    t.types(format!("\"{}\".len()", "y".repeat(3_000))).sees("yyy").types("\x01").types("1 + \r").sees("=> 3001");
}

#[test]
fn fault_12_bytes_in_the_history_that_are_not_utf8() {
    let folder = Folder::new("fault-12");
    let before = b"let first = 1\nbad \xff\nlet last = 3\n";
    std::fs::write(folder.path().join("history"), before).expect("written");
    let mut t = start(&folder);
    t.types(UP).sees("let last = 3").types(UP).types(UP).sees("let first = 1");
    t.types(CTRL_C).sends("8 * 8").sees("=> 64").sees_prompt();
    let bytes = std::fs::read(folder.path().join("history")).expect("history");
    assert!(bytes.starts_with(before) && bytes.ends_with(b"8 * 8\n"));
}

#[test]
fn fault_13_eight_prompts_at_once() {
    let folder = Folder::new("fault-13");
    std::thread::scope(|scope| {
        for session in 0..8 {
            let folder = &folder;
            scope.spawn(move || {
                let mut t = start(folder);
                let lines: String = (0..200).map(|n| format!("{session} * 1000 + {n}\r")).collect();
                t.types(lines).sees(&format!("=> {}", session * 1000 + 199)).types(CTRL_D).exits_with(0);
            });
        }
    });
    let text = history(&folder);
    let mut lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1600);
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), 1600);
}

#[test]
fn fault_14_the_disk_is_full() {
    let folder = Folder::new("fault-14");
    std::fs::write(folder.path().join("history"), "let old = 1\n").expect("written");
    std::fs::write(folder.path().join("old.rhai"), "print(\"old\")\n").expect("written");
    // no file may become larger than this: as a disk that is full, and without one
    let limited = "ulimit -f 8; exec \"$0\"";
    let mut shell = pty_process::blocking::Command::new("sh").args(["-c", limited, env!("CARGO_BIN_EXE_loopscope")]);
    for (name, value) in [("HOME", ""), ("LOOPSCOPE_HISTORY", "history"), ("LOOPSCOPE_CONFIG", "config")] {
        shell = shell.env(name, folder.path().join(value));
    }
    let mut t = Terminal::start(shell.env("TERM", "xterm-256color").current_dir(folder.path()));
    let long = "x".repeat(40_000);
    t.sees_prompt().pastes(&format!("let long = \"{long}\"")).types("\r");
    t.sees("warning: history is not saved in ").sees("large (os error").sees_prompt();
    t.sends("long.len()").sees("=> 40000").sees_prompt();
    t.sends(":save -f old.rhai").sees("not saved: old.rhai: File too large").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt().types(CTRL_D).exits_with(0);
    assert_eq!(t.transcript().matches("history is not saved").count(), 1);
    assert_eq!(std::fs::read_to_string(folder.path().join("old.rhai")).expect("there"), "print(\"old\")\n");
    assert!(history(&folder).starts_with("let old = 1\nlong.len()\n"), "{}", history(&folder));
    let names =
        std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|f| f.file_name()).collect::<Vec<_>>();
    assert_eq!(names.len(), 2, "nothing half-written stays: {names:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn fault_14_the_history_is_on_a_full_device() {
    let folder = Folder::new("fault-14-device");
    let mut t = Terminal::start(command(&folder).env("LOOPSCOPE_HISTORY", "/dev/full"));
    t.sees("history is not saved").sees_prompt().sends("1 + 1").sees("=> 2").sees_prompt();
    t.sends("2 + 2").sees("=> 4").sees_prompt();
    t.sends(":save -f /proc/x.rhai").sees("not saved: /proc/x.rhai").sees_prompt();
    assert_eq!(t.transcript().matches("history is not saved").count(), 1);
}

#[test]
fn fault_15_a_home_that_cannot_be_written() {
    let folder = Folder::new("fault-15");
    let home = command(&folder).env_remove("LOOPSCOPE_HISTORY").env_remove("XDG_STATE_HOME").env("HOME", "/proc/none");
    let mut t = Terminal::start(home);
    t.sees_prompt().sends("1 + 1").sees("=> 2").sees("warning: history is not saved").sees_prompt();
    t.sends("2 + 2").sees("=> 4").sees_prompt().types(UP).sees("2 + 2");
    assert_eq!(t.transcript().matches("not saved").count(), 1);
}

#[test]
fn fault_16_lines_printed_while_one_is_typed() {
    // 200 lines a second, and 1,000
    for milliseconds in [5, 1] {
        let folder = Folder::new("fault-16");
        let mut t = start(&folder);
        t.runs(&ticker("ticker", milliseconds)).sees("[ticker]");
        let pause = Duration::from_millis(8);
        t.types_slowly("let typed = \"quite a long line that wraps at the edge of this terminal, \"", pause);
        t.types_slowly("; typed.leX", pause).types("\x7f").types_slowly("n", pause);
        // the emulator joins the rows of a line that wraps
        let line = "let typed = \"quite a long line that wraps at the edge of this terminal, \"; typed.len";
        t.shows_line(&format!("loop> {line}"));
        t.types("\r").sees("=> 59").sees_prompt();
        t.sends(":cancel 1").sees("cancelled task 1 \"ticker\"");
        crate::prompt::assert_in_order(&t.transcript(), 50);
    }
}
