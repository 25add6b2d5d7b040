//! Each lesson ends with one program in four languages, which all print the same. Those in Python and JavaScript are
//! run where there is an interpreter; those in Rust are only looked at.

use std::path::Path;
use std::process::Command;

use loopscope::lessons::{Item, Lesson};

use super::lessons;

/// The program of a language.
fn code<'a>(lesson: &'a Lesson, language: &str) -> &'a str {
    let items = lesson.steps.iter().flat_map(|step| &step.items);
    let mut found = items.filter_map(|item| match item {
        Item::Code { language: l, text } if l == language => Some(text.as_str()),
        _ => None,
    });
    let code = found.next_back();
    code.unwrap_or_else(|| panic!("{} has nothing in {language}", lesson.slug))
}

/// What the last program of a lesson prints, which is that of the section `Elsewhere`.
fn printed(lesson: &Lesson) -> &str {
    lesson.steps.iter().rev().find_map(|step| step.program.as_ref()).map_or("", |program| &program.output)
}

/// Runs the programs of a language with an interpreter, one after another: their order depends on real sleeps, which a
/// busy machine would stretch.
fn run_all(interpreter: &'static str, language: &'static str, ending: &'static str) {
    if Command::new(interpreter).arg("--version").output().is_err() {
        return;
    }
    let run = |lesson: Lesson| {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(lesson.slug).with_extension(ending);
        std::fs::write(&file, code(&lesson, language)).expect("a file can be written");
        let output = Command::new(interpreter).arg(&file).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(String::from_utf8_lossy(&output.stdout), printed(&lesson), "{}: {said}", lesson.slug);
    };
    lessons().into_iter().for_each(run);
}

#[test]
fn in_python() {
    run_all("python3", "python", "py");
}

#[test]
fn in_javascript() {
    run_all("node", "javascript", "mjs");
}

#[test]
fn in_rust() {
    for lesson in lessons() {
        let text = code(&lesson, "rust");
        assert!(text.contains("#[tokio::main(flavor = \"current_thread\")]"), "{}", lesson.slug);
        assert!(!printed(&lesson).is_empty(), "{}", lesson.slug);
    }
}
