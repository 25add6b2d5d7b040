//! The bundled examples: each says what it has always said.
//!
//! They are found by walking `scripts/examples`. Beside `NAME.rhai` lie `NAME.out` (what it prints), `NAME.err` (what
//! loopscope says; without the file: nothing) and `NAME.exit` (the exit code; without the file: 0), all on the virtual
//! clock. `BLESS=1 cargo test scripts` writes these anew, to be read before they are committed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/examples");

/// What came of a run, as it lies beside the script.
#[derive(PartialEq, Eq, Debug)]
struct Outcome {
    out: String,
    err: String,
    exit: String,
}

impl Outcome {
    /// What goes into which of the files beside a script.
    fn parts(&self) -> [(&'static str, &str); 3] {
        [("out", &self.out), ("err", &self.err), ("exit", &self.exit)]
    }
}

/// Runs a script in its folder, so that reports name it as they would for its reader.
fn run(script: &Path) -> Outcome {
    let name = script.file_name().expect("a script has a name");
    let output = Command::new(env!("CARGO_BIN_EXE_loopscope"))
        .args(["run", "--virtual-time", "--timeout", "60"])
        .arg(name)
        .current_dir(FOLDER)
        .stdin(Stdio::null())
        .output()
        .expect("loopscope starts");
    let exit = match output.status.code() {
        Some(0) => String::new(),
        Some(code) => format!("{code}\n"),
        None => format!("{}\n", output.status),
    };
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    Outcome { out: text(output.stdout), err: text(output.stderr), exit }
}

/// What lies beside a script; a file that is not there is empty.
fn expected(script: &Path) -> Outcome {
    let read = |ending| fs::read_to_string(script.with_extension(ending)).unwrap_or_default();
    Outcome { out: read("out"), err: read("err"), exit: read("exit") }
}

fn bless(script: &Path, outcome: &Outcome) {
    for (ending, text) in outcome.parts() {
        let path = script.with_extension(ending);
        if ending != "out" && text.is_empty() {
            let _ = fs::remove_file(path); // it need not be there
        } else {
            fs::write(path, text).expect("the folder can be written to");
        }
    }
}

fn files(ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).expect("the examples are there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|e| e == ending));
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

#[test]
fn each_example_says_what_lies_beside_it() {
    let blessing = std::env::var_os("BLESS").is_some_and(|v| v == "1");
    let mut wrong = String::new();
    for script in files("rhai") {
        let outcome = run(&script);
        if blessing {
            bless(&script, &outcome);
            continue;
        }
        let expected = expected(&script);
        for ((ending, want), (_, got)) in expected.parts().into_iter().zip(outcome.parts()) {
            if want != got {
                wrong += &format!("\n{}.{ending}\n--- expected\n{want}--- got\n{got}", name(&script));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}\n(BLESS=1 takes what was got as what is expected)");
}

#[test]
fn ten_runs_are_equal() {
    for example in ["producer_consumer", "deadlock"] {
        let script = Path::new(FOLDER).join(example).with_extension("rhai");
        let first = run(&script);
        for _ in 1..10 {
            assert_eq!(run(&script), first, "{example}");
        }
    }
}

#[test]
fn each_example_begins_by_saying_what_it_shows() {
    let scripts = files("rhai");
    assert!(scripts.len() >= 8, "{scripts:?}");
    for script in &scripts {
        let text = fs::read_to_string(script).expect("an example can be read");
        let comments = text.lines().take_while(|line| line.starts_with("// ")).count();
        assert!((1..=3).contains(&comments), "{}: {comments} lines of comment", name(script));
        let summary = text.lines().next().unwrap_or_default();
        assert!(summary.chars().count() <= 84, "{}: the first line is too long for a list", name(script));
        let long = text.lines().position(|line| line.chars().count() > 120);
        assert_eq!(long, None, "{}: index of a line that is too long", name(script));
    }
}

#[test]
fn no_expectation_is_without_its_script_nor_the_reverse() {
    let names = |ending| files(ending).iter().map(|path| name(path)).collect::<BTreeSet<_>>();
    assert_eq!(names("rhai"), names("out"));
    assert!(names("err").is_subset(&names("rhai")));
    assert!(names("exit").is_subset(&names("rhai")));
}

#[test]
fn check_runs_nothing_and_says_what_is_hardly_meant() {
    let output = Command::new(env!("CARGO_BIN_EXE_loopscope"))
        .args(["check", "lost_update.rhai", "blocking.rhai"])
        .current_dir(FOLDER)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && output.stdout.is_empty(), "{said}");
    for part in ["--> lost_update.rhai:10:5", "lint: lost-update", "--> blocking.rhai:", "lint: blocking-sleep"] {
        assert!(said.contains(part), "expected {part}\n{said}");
    }
}
