//! The file that keeps what was typed.

use super::{command, history, start};
use crate::pty::{CTRL_C, CTRL_D, Folder, Terminal, UP};

#[test]
fn bytes_in_the_history_spoil_one_entry_only() {
    let folder = Folder::new("spoilt");
    let before = b"let first = 1\nbad \xff\nlet last = 3\n";
    std::fs::write(folder.path().join("history"), before).expect("written");
    let mut t = start(&folder);
    t.types(UP).sees("let last = 3").types(UP).types(UP).sees("let first = 1");
    t.types(CTRL_C).sends("8 * 8").sees("=> 64").sees_prompt();
    let bytes = std::fs::read(folder.path().join("history")).expect("history");
    assert!(bytes.starts_with(before) && bytes.ends_with(b"8 * 8\n"));
}

#[test]
fn eight_prompts_share_a_history() {
    let folder = Folder::new("eight");
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
fn a_home_that_cannot_be_written_is_one_warning() {
    let folder = Folder::new("readonly");
    let home = command(&folder).env_remove("LOOPSCOPE_HISTORY").env_remove("XDG_STATE_HOME").env("HOME", "/proc/none");
    let mut t = Terminal::start(home);
    t.sees_prompt().sends("1 + 1").sees("=> 2").sees("warning: history is not saved").sees_prompt();
    t.sends("2 + 2").sees("=> 4").sees_prompt().types(UP).sees("2 + 2");
    assert_eq!(t.transcript().matches("not saved").count(), 1);
}

#[test]
fn a_full_disk_is_one_warning() {
    let folder = Folder::new("full");
    let mut t = Terminal::start(command(&folder).env("LOOPSCOPE_HISTORY", "/dev/full"));
    t.sees_prompt().sends("1 + 1").sees("=> 2").sees("history is not saved").sees_prompt();
    t.sends("2 + 2").sees("=> 4").sees_prompt();
    t.sends(":save -f /proc/x.rhai").sees("not saved: /proc/x.rhai").sees_prompt();
    assert_eq!(t.transcript().matches("history is not saved").count(), 1);
}
