//! What the views show of some examples: a golden for each view and format, on the virtual clock.
//!
//! Beside this file lies a folder with `EXAMPLE.VIEW` for what is written to the terminal, and `EXAMPLE.ENDING` for each
//! format of `--trace`. `BLESS=1 cargo test views` writes these anew, to be read before they are committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::pty::Folder;
use loopscope::trace::render::FORMATS;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const EXAMPLES: [&str; 3] = ["gather_errors", "lost_update", "producer_consumer"];
const VIEWS: [&str; 3] = ["lanes", "steps", "log"];

fn loopscope(args: &[&str], folder: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
    command.args(args).current_dir(folder).env("NO_COLOR", "1").stdin(Stdio::null());
    let output = command.output().expect("loopscope starts");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

/// Every view and format of an example, by its ending; made by one run, and by `view` from what that run has saved.
fn views(example: &str, folder: &Path) -> BTreeMap<String, String> {
    let script = format!("{example}.rhai");
    fs::copy(format!("{ROOT}/scripts/examples/{script}"), folder.join(&script)).expect("an example");
    let files: Vec<String> = FORMATS.iter().map(|format| format!("run.{}", format.ending)).collect();
    let traces: Vec<&str> = files.iter().flat_map(|file| ["--trace", file]).collect();
    loopscope(&[&["run", "--virtual-time"], &traces[..], &[&script]].concat(), folder);
    let read = |file: &String| fs::read_to_string(folder.join(file)).expect("a trace");
    let endings = FORMATS.iter().map(|format| format.ending.to_string());
    let mut all: BTreeMap<String, String> = endings.zip(files.iter().map(read)).collect();
    for view in VIEWS {
        let option = format!("--{view}");
        all.insert(view.to_string(), loopscope(&["view", &option, "run.jsonl"], folder));
    }
    loopscope(&[&["view", "run.jsonl"], &traces[..]].concat(), folder);
    for (file, before) in files.iter().zip(FORMATS.iter().map(|format| &all[format.ending])) {
        assert!(read(file) == *before, "{example}: {file} is not the same from the saved recording");
    }
    all
}

fn golden(example: &str, ending: &str) -> PathBuf {
    Path::new(ROOT).join("tests/it/views").join(format!("{example}.{ending}"))
}

#[test]
fn each_view_of_each_example_is_as_it_was() {
    let blessing = std::env::var_os("BLESS").is_some_and(|v| v == "1");
    let folder = Folder::new("views-goldens");
    let mut wrong = String::new();
    for example in EXAMPLES {
        let mut all = views(example, folder.path());
        all.remove("html"); // mostly the player, which is the same in all pages
        for (ending, text) in all {
            let path = golden(example, &ending);
            if blessing {
                fs::write(path, text).expect("the folder can be written to");
                continue;
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            if expected != text {
                wrong += &format!("\n{example}.{ending}\n--- expected\n{expected}--- got\n{text}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}\n(BLESS=1 takes what was got as what is expected)");
}

#[test]
fn ten_runs_are_equal() {
    let folder = Folder::new("views-ten");
    let first = views("producer_consumer", folder.path());
    for _ in 1..10 {
        assert!(views("producer_consumer", folder.path()) == first);
    }
}

#[test]
fn where_the_locale_is_not_utf8_lanes_are_in_ascii() {
    let lanes = |locale: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
        command.args(["--virtual-time", "--lanes", "eval", "await gather(sleep(1), sleep(2));"]);
        let output = command.env("NO_COLOR", "1").env("LC_ALL", locale).output().expect("loopscope starts");
        String::from_utf8(output.stderr).expect("output is UTF-8")
    };
    assert!(lanes("C").is_ascii() && lanes("C").contains("main"), "{}", lanes("C"));
    assert!(lanes("C.UTF-8").contains('█'));
}

#[test]
fn of_a_recording_that_was_cut_off_what_there_is_is_shown() {
    let folder = Folder::new("cut");
    let saved = loopscope(
        &["--virtual-time", "--trace", "run.jsonl", "eval", "await gather(sleep(1), sleep(2));"],
        folder.path(),
    );
    assert_eq!(saved, "[(), ()]\n");
    let file = folder.path().join("run.jsonl");
    let whole = fs::read_to_string(&file).expect("a trace");
    let view = |text: &str| {
        fs::write(&file, text).expect("a trace");
        let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
        let output = command.arg("view").arg(&file).output().expect("loopscope starts");
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        (text(output.stdout), text(output.stderr), output.status.code())
    };
    let (lanes, warning, code) = view(&whole[..whole.len() - 9]);
    assert!(lanes.contains("main") && lanes.contains("sleep(2)"), "{lanes}");
    assert!(warning.contains("warning: ") && warning.contains("the file was cut off there"), "{warning}");
    assert_eq!(code, Some(0));
    let (lanes, error, code) = view(&whole.replacen("\"event\"", "\"event", 1));
    assert!(lanes.is_empty() && error.starts_with("error: "), "{lanes}{error}");
    assert_eq!(code, Some(1));
}
