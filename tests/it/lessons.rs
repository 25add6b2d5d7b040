//! The lessons: each program does what stands below it, each exercise can be solved and is not solved yet, and the same
//! programs in other languages do the same.
//!
//! `BLESS=1 cargo test lessons` writes what the programs do into `scripts/lessons`, to be read before it is committed.

mod blocks;
mod elsewhere;
mod exercises;
mod names;

use std::path::PathBuf;

use loopscope::lessons::Lesson;
use loopscope::trace::render::Options;

use crate::support::with_stack;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/lessons");

/// The files of the lessons, in their order.
fn files() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(FOLDER).expect("the lessons are there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// A lesson as its file has it now.
fn lesson(file: &std::path::Path) -> Lesson {
    let name = file.file_stem().and_then(|name| name.to_str()).expect("a name");
    let text = std::fs::read_to_string(file).expect("a lesson can be read");
    loopscope::lessons::parse::lesson(name.to_owned().leak(), &text)
}

fn lessons() -> Vec<Lesson> {
    files().iter().map(|file| lesson(file)).collect()
}

/// How lessons show what programs do.
fn options() -> Options {
    Options { width: 80, ..Options::default() }
}

/// Runs something that needs a loop's thread and runtime.
fn on_loop<T: Send + 'static, F: Future<Output = T>>(work: impl FnOnce() -> F + Send + 'static) -> T {
    with_stack(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build_local(Default::default());
        runtime.expect("a runtime").block_on(work())
    })
}
