//! What the programs of lessons do.

use loopscope::lessons::run::{Ran, program};
use loopscope::lessons::{Lesson, Program};
use loopscope::limits::Limits;

use super::{files, lesson, on_loop, options};

/// The programs of a lesson, with what they do.
fn ran(lesson: &Lesson) -> Vec<(Program, Ran)> {
    let programs: Vec<Program> = lesson.steps.iter().filter_map(|step| step.program.clone()).collect();
    on_loop(async || {
        let mut done = Vec::new();
        for one in programs {
            let ran = program(&one, Limits::default(), &options()).await;
            done.push((one, ran));
        }
        done
    })
}

/// A file with what its programs do, in place of what it says that they do.
fn blessed(text: &str, done: &[(Program, Ran)]) -> String {
    let (mut out, mut rest, mut done) = (String::new(), text, done.iter());
    while let Some(at) = rest.find("\n```rhai\n").into_iter().chain(rest.find("\n```rhai virtual\n")).min() {
        let end = at + 4 + rest[at + 4..].find("\n```\n").expect("a block ends") + 5;
        out += &rest[..end];
        rest = &rest[end..];
        for kind in ["output", "says", "lanes"] {
            if let Some(block) = rest.strip_prefix(&format!("\n```{kind}\n")) {
                rest = block.split_once("```\n").expect("a block ends").1;
            }
        }
        let (program, ran) = done.next().expect("as many as there are");
        let lanes = if program.lanes.is_some() { &ran.lanes } else { "" };
        for (kind, text) in [("output", ran.output.as_str()), ("says", &ran.says), ("lanes", lanes)] {
            if !text.is_empty() {
                out += &format!("\n```{kind}\n{text}```\n");
            }
        }
    }
    out + rest
}

#[test]
fn each_program_does_what_stands_below_it() {
    let blessing = std::env::var_os("BLESS").is_some_and(|v| v == "1");
    let mut wrong = String::new();
    for file in files() {
        let done = ran(&lesson(&file));
        if blessing {
            let text = std::fs::read_to_string(&file).expect("a lesson can be read");
            std::fs::write(&file, blessed(&text, &done)).expect("a lesson can be written");
            continue;
        }
        for (program, ran) in done {
            let lanes = program.lanes.as_ref().map_or(ran.lanes.clone(), String::clone);
            let said = Ran { output: program.output.clone(), says: program.says.clone(), lanes, stop: None };
            if said != ran {
                wrong += &format!("\n{}: expected {said:#?}\ngot {ran:#?}\n", program.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}\n(BLESS=1 takes what was got as what is expected)");
}

#[test]
fn lanes_that_are_shown_are_there() {
    for file in files() {
        for step in lesson(&file).steps {
            if let Some(Program { name, lanes: Some(lanes), .. }) = step.program {
                assert!(lanes.contains(" s virtual"), "{name}");
            }
        }
    }
}
