//! The course: what a lesson is, and how it is found.
//!
//! A lesson is a Markdown file of `scripts/lessons`, named `NN-name.md`, and is a part of the program. [`parse`] says what
//! Markdown it may have; [`show`] draws it on a terminal, [`run`] runs its blocks and checks, [`progress`] remembers
//! how far the learner has come. The prompt's side is `repl::learn`.

pub mod parse;
pub mod progress;
pub mod run;
pub mod show;

use std::sync::LazyLock;

use crate::near::nearest;

pub use parse::{Exercise, Item, Lesson, Program, Step};

include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

static LESSONS: LazyLock<Vec<Lesson>> =
    LazyLock::new(|| TEXTS.iter().map(|(name, text)| parse::lesson(name, text)).collect());

/// All lessons, in their order.
pub fn all() -> &'static [Lesson] {
    &LESSONS
}

/// The lesson with this number, with this name, or the only one whose name begins so.
///
/// # Errors
/// A line for the user: the candidates, or the nearest name.
pub fn find(wanted: &str) -> Result<&'static Lesson, String> {
    let is_wanted = |l: &&Lesson| l.slug == wanted || wanted.parse() == Ok(l.number);
    if let Some(lesson) = all().iter().find(is_wanted) {
        return Ok(lesson);
    }
    let fitting: Vec<&Lesson> = all().iter().filter(|l| !wanted.is_empty() && l.slug.starts_with(wanted)).collect();
    match fitting.as_slice() {
        [lesson] => Ok(lesson),
        [] => Err(match nearest(wanted, all().iter().map(|l| l.slug)) {
            Some(near) => format!("no lesson {wanted}; did you mean {near}?"),
            None => format!("no lesson {wanted}: there are 1 to {}, and each has a name", all().len()),
        }),
        several => {
            let names: Vec<&str> = several.iter().map(|l| l.slug).collect();
            Err(format!("{wanted} could be {}", names.join(" or ")))
        }
    }
}

#[cfg(test)]
mod tests;
