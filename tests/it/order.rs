//! Time and order under control (SPEC 7): seeds, replay tokens, speed, and step mode.

mod clock;
mod inspect;
mod prompt;
mod seeds;
mod steps;

use std::io::Write as _;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::pty::Folder;
use crate::support::unindented;

/// A script in a folder of its own.
struct Saved {
    folder: Folder,
}

impl Saved {
    fn new(text: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("order-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let saved = Self { folder: Folder::new(&name) };
        saved.write(text);
        saved
    }

    fn write(&self, text: &str) {
        std::fs::write(self.folder.path().join("s.rhai"), unindented(text)).expect("written");
    }

    /// Runs it with these options, and with these lines on its stdin.
    fn run(&self, options: &[&str], stdin: &str) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_loopscope"))
            .arg("run")
            .args(options)
            .arg("s.rhai")
            .env("NO_COLOR", "1")
            .env_remove("COLUMNS")
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        // it may end before it has read all
        let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
        let Output { status, stdout, stderr } = child.wait_with_output().expect("the program ends");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        Ran { stdout: text(stdout), stderr: text(stderr), code: status.code().unwrap_or(-1) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Ran {
    stdout: String,
    stderr: String,
    code: i32,
}

impl Ran {
    #[track_caller]
    fn says(&self, part: &str) -> &Self {
        assert!(self.stderr.contains(part), "expected on stderr: {part}\n{self:#?}");
        self
    }

    #[track_caller]
    fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// The token that was told.
    #[track_caller]
    fn token(&self) -> String {
        let (_, rest) = self.stderr.split_once("--replay ").unwrap_or_else(|| panic!("no token\n{self:#?}"));
        rest.split('`').next().unwrap_or_default().to_string()
    }
}
