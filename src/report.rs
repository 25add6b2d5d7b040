//! Errors and warnings for people: the source line, a caret under the right column, how the
//! program got there, and what to do.
//!
//! A [`Report`] is plain data, filled in by whoever finds the fault; [`Report::render`] turns it
//! into text in rustc's manner. The drawing of annotated lines is left to `annotate-snippets`. What
//! it can't be trusted with is done before, in `excerpt`: making hostile characters visible while
//! the carets stay under what they point at, clamping places that lie outside the text, and cutting
//! lines of thousands of characters to the part that matters.

mod excerpt;
mod layout;

pub use crate::source::{Place, Source};
use crate::term::{self, Stream};

/// The width assumed where the stream has none, as in rustc.
const DEFAULT_WIDTH: usize = 140;

/// How grave it is: the word before the title, and its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    /// The script cannot go on, or a task failed.
    Error,
    /// It goes on, but surely not as meant.
    Warning,
    /// Every task waits for another one.
    Deadlock,
}

/// Something to tell the user, with all that helps to understand it.
///
/// All text may come from outside; what a terminal would obey is shown escaped.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Error, warning or deadlock.
    pub level: Level,
    /// What happened. Can have several lines, as what a script throws can.
    pub title: String,
    /// Where it happened, and a label (may be empty) to write beside the carets.
    pub primary: Option<(Place, String)>,
    /// Places that have to do with it, each with its label.
    pub others: Vec<(Place, String)>,
    /// Lines under the title, indented, for what has no source to show.
    pub body: Vec<String>,
    /// `= awaited in ...`, innermost first. When there are many, those in the middle are counted
    /// instead of shown; so it is with `body`.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// Where to learn more: `:learn blocking`.
    pub lesson: Option<String>,
}

impl Report {
    /// A report of which only level and title are known.
    pub fn new(level: Level, title: impl Into<String>) -> Self {
        Self {
            level,
            title: title.into(),
            primary: None,
            others: Vec::new(),
            body: Vec::new(),
            notes: Vec::new(),
            help: None,
            lesson: None,
        }
    }

    /// `error: title`
    pub fn error(title: impl Into<String>) -> Self {
        Self::new(Level::Error, title)
    }

    /// `warning: title`
    pub fn warning(title: impl Into<String>) -> Self {
        Self::new(Level::Warning, title)
    }

    /// `deadlock: title`
    pub fn deadlock(title: impl Into<String>) -> Self {
        Self::new(Level::Deadlock, title)
    }

    /// Marks `place` with carets, and writes `label` beside them unless it is empty.
    pub fn at(mut self, place: Place, label: impl Into<String>) -> Self {
        self.primary = Some((place, label.into()));
        self
    }

    /// Marks a further place with dashes.
    pub fn also(mut self, place: Place, label: impl Into<String>) -> Self {
        self.others.push((place, label.into()));
        self
    }

    /// Adds an indented line under the title.
    pub fn line(mut self, text: impl Into<String>) -> Self {
        self.body.push(text.into());
        self
    }

    /// Adds a `= ...` line.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds a `= ...` line for each of `texts`.
    pub fn notes(mut self, texts: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.notes.extend(texts.into_iter().map(Into::into));
        self
    }

    /// Sets what to do about it.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Points to the lesson called `name`.
    pub fn lesson(mut self, name: &str) -> Self {
        self.lesson = Some(format!(":learn {name}"));
        self
    }

    /// The report as text for standard error, at its width, with a newline at the end.
    pub fn render(&self, colour: bool) -> String {
        let width = term::width(Stream::Stderr).unwrap_or(DEFAULT_WIDTH);
        self.render_within(width, colour)
    }

    /// The report as text for `width` columns, with a newline at the end. Only source lines are cut
    /// to the width: messages are left for the terminal to wrap, so that they can be copied.
    pub fn render_within(&self, width: usize, colour: bool) -> String {
        layout::render(self, width, colour)
    }
}

#[cfg(test)]
mod tests;
