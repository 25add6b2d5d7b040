//! Programs that are not ours, for tests of what both sides say to each other; and scripts that run meanwhile.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::support::unindented;

/// Whether there is such a program; says so if not.
pub fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        println!("skipped: no {program} here");
    }
    found
}

/// What a program in Python prints; none if there is no Python.
pub fn python(text: &str) -> Option<String> {
    interpreted("python3", "-c", text)
}

/// The same in JavaScript.
pub fn node(text: &str) -> Option<String> {
    interpreted("node", "-e", text)
}

fn interpreted(program: &str, option: &str, text: &str) -> Option<String> {
    if !has(program) {
        return None;
    }
    let output = Command::new(program).args([option, &unindented(text)]).output().expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {errors}\n{text}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A program that runs beside the test, and ends with it.
pub struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
}

impl Running {
    /// A script on the real clock.
    pub fn script(text: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
        let mut running = Self::start(command.args(["run", "-"]).env("NO_COLOR", "1").stdin(Stdio::piped()));
        let mut stdin = running.child.stdin.take().expect("stdin is a pipe");
        stdin.write_all(text.as_bytes()).expect("the script is read");
        running
    }

    /// A program in Python; none if there is no Python.
    pub fn python(text: &str) -> Option<Self> {
        has("python3").then(|| Self::start(Command::new("python3").args(["-u", "-c", &unindented(text)])))
    }

    /// What a command starts.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        Self { child, lines }
    }

    /// The next line that it prints.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
