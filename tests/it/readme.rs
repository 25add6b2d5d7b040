//! The README says what is true: its snippets run, and its commands answer what it shows.
//!
//! `BLESS=1 cargo test readme` writes what the commands answer into the README.

use std::io::Write as _;
use std::process::{Command, Stdio};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const LOOPSCOPE: &str = env!("CARGO_BIN_EXE_loopscope");

fn readme() -> String {
    std::fs::read_to_string(format!("{ROOT}/README.md")).expect("the README is there")
}

/// The code blocks of a language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect()
}

/// Runs a line of a shell in the project's folder; gives what it writes, be it to stdout or to stderr.
fn shell(line: &str) -> String {
    let line = format!("exec 2>&1; loopscope() {{ \"$LOOPSCOPE\" \"$@\"; }}; {line}");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).env("LOOPSCOPE", LOOPSCOPE).env("NO_COLOR", "1").current_dir(ROOT);
    let output = shell.stdin(Stdio::null()).output().expect("a shell starts");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The README with the answers to its commands: in a block of `console`, what follows a line with `$`.
fn answered(text: &str) -> String {
    let mut answered = String::new();
    let (mut console, mut answer) = (false, false);
    for line in text.lines() {
        if line.starts_with("```") {
            (console, answer) = (line == "```console", false);
        }
        answer |= console && line.starts_with("$ ");
        if let Some(command) = line.strip_prefix("$ ").filter(|_| console) {
            answered += &format!("{line}\n{}", shell(command));
        } else if !answer {
            answered += line;
            answered.push('\n');
        }
    }
    answered
}

#[test]
fn commands_answer_what_it_shows() {
    let text = readme();
    assert!(blocks(&text, "console").len() >= 3);
    if is_blessing() {
        let text = with_commands(&with_cheat_sheet(&text));
        let answered = answered(&text);
        std::fs::write(format!("{ROOT}/README.md"), answered).expect("the README can be written");
        return;
    }
    let answered = answered(&text);
    for (says, is) in text.lines().zip(answered.lines()) {
        assert_eq!(says, is, "BLESS=1 takes what it is as what the README says");
    }
    assert_eq!(text.lines().count(), answered.lines().count());
}

fn is_blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|v| v == "1")
}

/// The README with the cheat sheet as `:help cheatsheet` has it.
fn with_cheat_sheet(text: &str) -> String {
    let (before, rest) = text.split_once("\n## Coming from\n\n").expect("a section for it");
    let (_, after) = rest.split_once("\n\n").expect("text after it");
    format!("{before}\n## Coming from\n\n{}\n{after}", loopscope::cheatsheet::markdown())
}

/// The README with the commands of the prompt as `:help` has them.
fn with_commands(text: &str) -> String {
    let (head, section) = text.split_once("\n## At the prompt\n").expect("a section for them");
    let (before, rest) = section.split_once("\n| | |\n").expect("a table");
    let (_, after) = rest.split_once("\n\n").expect("text after it");
    format!("{head}\n## At the prompt\n{before}\n{}\n{after}", loopscope::repl::help::markdown())
}

#[test]
fn it_has_all_commands_of_the_prompt() {
    let text = readme();
    let is_new = is_blessing() || text == with_commands(&text);
    assert!(is_new, "BLESS=1 writes the commands into the README");
}

#[test]
fn it_says_what_each_folder_is() {
    let text = readme();
    for entry in std::fs::read_dir(format!("{ROOT}/src")).expect("the source is there").flatten() {
        let name = entry.file_name().into_string().expect("UTF-8");
        let is_part = std::path::Path::new(&format!("{ROOT}/src/{}.rs", name)).exists();
        if entry.path().is_dir() || is_part {
            assert!(text.contains(&format!("`src/{name}`")), "src/{name}");
        }
    }
}

#[test]
fn it_has_the_cheat_sheet() {
    let text = readme();
    let is_new = is_blessing() || text == with_cheat_sheet(&text);
    assert!(is_new, "BLESS=1 writes the cheat sheet into the README");
}

#[test]
fn snippets_run() {
    let text = readme();
    let snippets = blocks(&text, "rhai");
    assert!(snippets.len() >= 3);
    for snippet in snippets {
        let mut child = Command::new(LOOPSCOPE)
            .args(["run", "--virtual-time", "--timeout", "60", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("loopscope starts");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        stdin.write_all(snippet.as_bytes()).expect("loopscope reads the script");
        drop(stdin);
        let output = child.wait_with_output().expect("loopscope ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{snippet}\n{said}");
    }
}

#[test]
fn files_that_it_names_exist() {
    let text = readme();
    let words = text.split(|c: char| c.is_whitespace() || "`(),;:".contains(c));
    let paths = words.filter(|w| ["src/", "scripts/", "tests/", "benches/", ".ci/"].iter().any(|p| w.starts_with(p)));
    for path in paths {
        let module = format!("{ROOT}/{path}.rs"); // a folder, or a file and the folder of its parts
        assert!([format!("{ROOT}/{path}"), module].iter().any(|p| std::path::Path::new(p).exists()), "{path}");
    }
}
