//! Bad input, which is survived.

use std::fs;
use std::process::{Command, Stdio};

use super::{command, start};
use crate::pty::{Folder, Terminal};

#[test]
fn parentheses_without_end_are_an_error() {
    let folder = Folder::new("parentheses");
    let mut t = start(&folder);
    t.pastes(&"(".repeat(100_000)).types("\r\r\r").sees("error").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt();
}

#[test]
fn recursion_without_end_is_an_error() {
    let folder = Folder::new("recursion");
    let mut t = start(&folder);
    t.runs("let kept = 42; fn deep(n) { deep(n + 1) + 1 }");
    t.sends("deep(0)").sees("error: call too deep").sees_prompt();
    t.sends("await spawn(async { deep(0) })").sees("error: call too deep").sees_prompt();
    t.sends("kept").sees("=> 42").sees_prompt();
}

#[test]
fn a_script_that_opens_all_there_is_leaves_the_prompt_its_own() {
    let folder = Folder::new("descriptors");
    let limited = format!("ulimit -n 40; exec {}", env!("CARGO_BIN_EXE_loopscope"));
    let shell = pty_process::blocking::Command::new("sh").args(["-c", &limited]);
    let settings =
        [("HOME", "."), ("TERM", "xterm-256color"), ("LOOPSCOPE_HISTORY", "history"), ("LOOPSCOPE_CONFIG", "")];
    let mut t = Terminal::start(settings.into_iter().fold(shell.current_dir(folder.path()), |c, (k, v)| c.env(k, v)));
    t.sees_prompt().runs("let open = [];");
    t.sends("loop { open.push(tcp_listen(0)) }").sees("Too many open files").sees_prompt();
    t.sends("open.len() > 5").sees("=> true").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt();
    t.types(crate::pty::CTRL_D).exits_with(0);
    assert!(fs::read_to_string(folder.path().join("history")).expect("read").contains("6 * 7"));
}

fn fifo(folder: &Folder, name: &str) {
    let made = Command::new("mkfifo").arg(folder.path().join(name)).status().expect("mkfifo is there");
    assert!(made.success());
}

#[test]
fn devices_and_pipes_are_no_scripts() {
    let folder = Folder::new("devices");
    fifo(&folder, "fifo");
    let mut t = start(&folder);
    for file in ["/dev/zero", "fifo", "/dev/tty"] {
        for name in [":load", ":run"] {
            t.sends(&format!("{name} {file}")).sees(&format!("{file}: it is a pipe, a device")).sees_prompt();
        }
    }
    fs::File::create(folder.path().join("large")).and_then(|f| f.set_len(1 << 40)).expect("a file with a hole");
    t.sends(":load large").sees("large: it has more than 64 MiB").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt();
}

#[test]
fn a_script_is_read_within_bounds() {
    let program = env!("CARGO_BIN_EXE_loopscope");
    let told = |file: &str| {
        let output = Command::new(program).args(["run", file]).output().expect("the program runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = told("/dev/zero");
    assert!(code == Some(2) && said.contains("can't read /dev/zero: it is a pipe, a device"), "{said}");
    let zeros = fs::File::open("/dev/zero").expect("a device");
    let output = Command::new(program).args(["run", "-"]).stdin(zeros).output().expect("the program runs");
    assert!(String::from_utf8_lossy(&output.stderr).contains("it has more than 64 MiB"), "{output:?}");
    // as `<(...)` of a shell gives it
    let folder = Folder::new("process-substitution");
    fifo(&folder, "fifo");
    let path = folder.path().join("fifo");
    let child = Command::new(program).arg("run").arg(&path).stdout(Stdio::piped()).spawn().expect("the program runs");
    fs::write(&path, "print(6 * 7)").expect("somebody reads it");
    assert_eq!(child.wait_with_output().expect("it ends").stdout, b"42\n");
}

#[test]
fn a_history_or_settings_that_are_a_pipe_hold_nobody_up() {
    let folder = Folder::new("fifos");
    for name in ["history", "config", "history.lessons"] {
        fifo(&folder, name);
    }
    let mut t = Terminal::start_sized(command(&folder), 200, 50);
    t.sees("config: it is a pipe").sees("history is not saved in").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt().sends(":set banner off").sees("it is a pipe").sees_prompt();
    t.sends("7 * 7").sees("=> 49").sees_prompt();
    assert_eq!(t.transcript().matches("history is not saved").count(), 1);
}
