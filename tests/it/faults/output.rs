//! Faults 17 to 22: what becomes of the output, and what is in it.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};

use rustix::process::Signal;

use crate::pty::{Folder, Terminal};

/// Prints without end, until nobody reads it any more.
const ENDLESS: &str = "let n = 0; loop { n += 1; print(`line ${n}`); if n % 100 == 0 { await sleep(0) } }";

fn loopscope(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn fault_17_the_reader_of_the_output_goes() {
    let mut child = loopscope(&["eval", ENDLESS]).spawn().expect("started");
    let mut reader = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    let mut first = String::new();
    std::io::BufRead::read_line(&mut reader, &mut first).expect("a line");
    drop(reader); // as `head -1` does
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((first.as_str(), said(&output).as_str()), ("line 1\n", ""));
    let by_pipe = output.status.signal() == Some(Signal::PIPE.as_raw());
    assert!(by_pipe || matches!(output.status.code(), Some(0 | 141)), "{:?}", output.status);
}

#[cfg(target_os = "linux")]
#[test]
fn fault_18_the_disk_is_full() {
    let full = || OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/examples/lost_update.rhai");
    for args in [
        &["eval", "print(\"x\")"][..],
        &["eval", ENDLESS],
        &["run", script],
        &["explore", script],
        &["explore", "--json", script],
        &["examples"],
        &["examples", "hello", "--show"],
        &["learn"],
        &["learn", "1"],
        &["demo-server"],
        &["completions", "bash"],
        &["help", "run"],
        &["--help"],
        &["--version"],
    ] {
        let output = loopscope(args).stdout(full()).output().expect("it ends");
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let reason = "error: cannot write to standard output: No space left on device (os error 28)\n";
        assert!(said(&output).ends_with(reason), "{args:?}: {}", said(&output));
    }
}

#[test]
fn fault_19_nothing_to_read() {
    let null = loopscope(&[]).output().expect("it ends");
    assert_eq!((null.status.code(), null.stdout.as_slice()), (Some(0), &b""[..]), "{}", said(&null));
    let closed = Command::new("sh")
        .args(["-c", "exec \"$1\" <&-", "sh", env!("CARGO_BIN_EXE_loopscope")])
        .stdin(Stdio::null())
        .output()
        .expect("it ends");
    assert_eq!(closed.status.code(), Some(0), "{}", said(&closed));
}

#[test]
fn fault_20_what_is_piped_is_not_utf8() {
    let mut child = loopscope(&[]).stdin(Stdio::piped()).spawn().expect("started");
    child.stdin.take().expect("a pipe").write_all(b"print(1);\nlet a = 2;\nprint(\"\xff\");\n").expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert_ne!(output.status.code(), Some(0));
    assert!(said(&output).contains("line 3") && output.stdout.is_empty(), "{}", said(&output));
}

/// A script that fails with a caret below it, after a warning.
const COLOURFUL: &str = "async fn f() {} f(); print(style(\"x\", \"red\")); throw \"oh\"";

#[test]
fn fault_21_no_escape_bytes_where_there_are_to_be_none() {
    let folder = Folder::new("fault-21");
    let log = folder.path().join("log");
    for (name, value, to_file) in [("NO_COLOR", "1", false), ("TERM", "dumb", false), ("TERM", "xterm", true)] {
        let mut command = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_loopscope"))
            .args(["eval", COLOURFUL])
            .env_remove("NO_COLOR")
            .env("TERM", "xterm")
            .env(name, value);
        if to_file {
            command = command.stderr(File::create(&log).expect("created"));
        }
        let mut terminal = Terminal::start(command);
        terminal.exits_with(1);
        if to_file {
            let text = std::fs::read_to_string(&log).expect("read");
            assert!(text.contains("error: oh") && !text.contains('\x1b'), "{text}");
        } else {
            terminal.sees("error: oh").ends();
            assert!(!terminal.raw().contains(&0x1b), "{name}={value}");
        }
    }
    // and with a terminal that has colours there are some
    let command = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_loopscope"));
    let mut terminal =
        Terminal::start(command.args(["eval", COLOURFUL]).env_remove("NO_COLOR").env("TERM", "xterm-256color"));
    terminal.sees("error: oh").exits_with(1);
    assert!(terminal.has_colours());
}

/// What would retitle the window, clear the screen and turn the line around; and how it is shown.
const EVIL: &str = "\\x1b]0;x\\x07\\x1b[2J\\u009b2J\\u202e";
const SHOWN: &str = "\\u{1b}]0;x\\u{7}\\u{1b}[2J\\u{9b}2J\\u{202e}";

#[test]
fn fault_22_escape_sequences_from_outside_are_shown() {
    let folder = Folder::new("fault-22");
    let mut t = crate::prompt::start_wide(&folder);
    t.runs(&format!("let evil = \"{EVIL}\"; let title = \"\\x1b]0;x\\x07\";"));
    // printed, thrown, and in the background
    t.sends("print(evil)").sees(&format!("\n{SHOWN}\n"));
    t.sends("throw evil").sees(&format!("error: {SHOWN}\n")).sees_prompt();
    t.sends("spawn(async { await sleep(0.01); print(evil) }, evil);").sees(SHOWN).sees(&format!("] {SHOWN}\n"));
    t.sends("spawn(async { throw evil }, \"bad\"); await sleep(0.01)").sees(SHOWN).sees_prompt();
    // a value, a key, the name of a variable's value
    t.sends("[evil]").sees(SHOWN).sees_prompt().sends("#{\"\\x1b[2J\": 1}").sees("\\u{1b}[2J").sees_prompt();
    t.sends("[#{\"\\x1b[2J\": evil}, #{\"\\x1b[2J\": 1}]").sees("\\u{1b}[2J").sees_prompt();
    t.sends(":vars").sees("evil").sees("\\u{1b}").sees_prompt();
    // a body, a header, a file name
    t.runs("let s = serve(async |r| response(200, evil, #{\"x-evil\": \"a\\u009bb\"}));");
    t.sends("let r = await fetch(s.url); print(await r.text()); r")
        .sees(SHOWN)
        .sees("=> <response 200 OK")
        .sees_prompt();
    t.sends("let d = await temp_dir(); await write_file(d + \"/\" + title, \"x\"); print((await list_dir(d))[0])");
    t.sees("\\u{1b}]0;x\\u{7}").sees_prompt();
    t.sends("await read_file(d + \"/none\" + title)").sees("error").sees_prompt();
    // the string itself is as it was
    t.sends("(await (await fetch(s.url)).text()) == evil && evil.len() == 14").sees("=> true").sees_prompt();
    let live = [&b"\x1b]0;"[..], b"\x1b[2J", b"\xc2\x9b", b"\xe2\x80\xae"];
    let raw = t.raw();
    for sequence in live {
        assert!(!raw.windows(sequence.len()).any(|w| w == sequence), "{sequence:?}");
    }
    // what the script styles stays styled
    t.sends("print(style(\"warm\", \"red\"))").sees("\nwarm").shows_in(vt100::Color::Idx(1), "warm");
}
