//! How far the learner has come: a file beside the history.
//!
//! Format: UTF-8, one note a line, `NAME STEP`, `NAME read` or `NAME passed`; the steps are counted from 1. Notes are
//! added at the end, so that sessions share the file, and of steps the last one counts. Lines that make no sense are
//! passed over.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::source::file;

/// What is known of a lesson.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Mark {
    /// The step at which the learner was last, counted from 1; 0 if the lesson was not begun.
    pub step: usize,
    /// The end was reached.
    pub read: bool,
    /// The exercise was passed.
    pub passed: bool,
}

/// The file, and what it says.
#[derive(Debug, Default)]
pub struct Progress {
    path: Option<PathBuf>,
    marks: Vec<(String, Mark)>,
    last: Option<String>,
}

/// A note on a lesson.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Note {
    Step(usize),
    Read,
    Passed,
}

impl Progress {
    /// The progress kept beside this history; without a history it lasts as long as the program.
    pub fn beside(history: Option<&Path>) -> Self {
        let path = history.map(|history| {
            let mut name = history.file_name().unwrap_or_default().to_owned();
            name.push(".lessons");
            history.with_file_name(name)
        });
        let mut progress = Self { path, ..Self::default() };
        let bytes = progress.path.as_ref().and_then(|path| file::read(path).ok()).unwrap_or_default();
        for line in String::from_utf8_lossy(&bytes).lines() {
            if let Some((lesson, note)) = note(line) {
                progress.take(lesson, note);
            }
        }
        progress
    }

    /// What is known of this lesson.
    pub fn of(&self, lesson: &str) -> Mark {
        self.marks.iter().find(|(name, _)| name == lesson).map_or(Mark::default(), |(_, mark)| *mark)
    }

    /// The lesson of the last note.
    pub fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Takes a note.
    ///
    /// # Errors
    /// When it could not be written down; it counts all the same until the program ends.
    pub fn add(&mut self, lesson: &str, note: Note) -> io::Result<()> {
        let known = self.of(lesson);
        self.take(lesson, note);
        let Some(path) = self.path.as_ref().filter(|_| self.of(lesson) != known) else { return Ok(()) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = match note {
            Note::Step(step) => step.to_string(),
            Note::Read => "read".to_owned(),
            Note::Passed => "passed".to_owned(),
        };
        // in front, too, should a write of another session have been cut short
        let line = format!("\n{lesson} {text}\n");
        match file::check(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {} // it is made where it is missing
        }
        OpenOptions::new().append(true).create(true).open(path)?.write_all(line.as_bytes())
    }

    fn take(&mut self, lesson: &str, note: Note) {
        self.last = Some(lesson.to_owned());
        let at = self.marks.iter().position(|(name, _)| name == lesson).unwrap_or_else(|| {
            self.marks.push((lesson.to_owned(), Mark::default()));
            self.marks.len() - 1
        });
        let mark = &mut self.marks[at].1;
        match note {
            Note::Step(step) => mark.step = step,
            Note::Read => mark.read = true,
            Note::Passed => mark.passed = true,
        }
    }
}

fn note(line: &str) -> Option<(&str, Note)> {
    let (lesson, word) = line.trim().split_once(' ')?;
    let note = match word {
        "read" => Note::Read,
        "passed" => Note::Passed,
        step => Note::Step(step.parse().ok().filter(|n| *n > 0)?),
    };
    super::all().iter().any(|l| l.slug == lesson).then_some((lesson, note))
}
