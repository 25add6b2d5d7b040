//! The prompt of the built program, through a pseudo-terminal.

mod comfort;
mod commands;
mod control;
mod editing;
mod faults;
mod interrupts;
mod large;
mod learn;
mod output;
mod sessions;
mod signals;

use std::path::PathBuf;

use pty_process::blocking::Command;

use crate::pty::{Folder, Terminal};

/// The program, with a home and a history of its own.
pub fn command(folder: &Folder) -> Command {
    Command::new(env!("CARGO_BIN_EXE_loopscope"))
        .env("HOME", folder.path())
        .env("LOOPSCOPE_HISTORY", folder.path().join("history"))
        .env("LOOPSCOPE_CONFIG", config(folder))
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .current_dir(folder.path())
}

/// A file of settings, without the spinner: whether it is seen depends on how busy the machine is.
fn config(folder: &Folder) -> PathBuf {
    let path = folder.path().join("config");
    if !path.exists() {
        std::fs::write(&path, "spinner = off\n").expect("the settings are written");
    }
    path
}

/// A prompt that waits for its first line.
pub fn start(folder: &Folder) -> Terminal {
    ready(Terminal::start(command(folder)))
}

/// The same on a terminal in which long lines fit.
pub fn start_wide(folder: &Folder) -> Terminal {
    ready(Terminal::start_sized(command(folder), 200, 50))
}

fn ready(mut terminal: Terminal) -> Terminal {
    terminal.sees_prompt();
    terminal
}

pub fn history(folder: &Folder) -> String {
    let bytes = std::fs::read(folder.path().join("history")).expect("a history file");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A line that spawns a task that counts aloud, all so many milliseconds.
pub fn ticker(name: &str, milliseconds: u32) -> String {
    let pause = f64::from(milliseconds) / 1000.0;
    format!("spawn(async {{ let n = 0; loop {{ n += 1; print(`tick ${{n}}`); await sleep({pause}) }} }}, \"{name}\");")
}

/// The ticks are all there, each once, in order, and so many at least.
pub fn assert_in_order(transcript: &str, least: usize) {
    let ticks = transcript.lines().filter_map(|l| l.split("[ticker] tick ").nth(1));
    let numbers: Vec<usize> = ticks.map(|n| n.trim().parse().expect("a whole number")).collect();
    assert!(numbers.len() >= least);
    for (n, found) in numbers.iter().enumerate() {
        assert_eq!(n + 1, *found);
    }
}
