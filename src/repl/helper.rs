//! rustyline's view of the prompt: completion, hints, colours and validation behind one type.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::sync::Arc;

use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Result};
use unicode_width::UnicodeWidthStr as _;

use super::backend::{Backend, Names};
use super::hint::{Hint, hint};
use super::pace::{Pace, last_screen};
use super::printer::Sink;
use super::{complete, gutter, highlight, menu, terminal, validate};
use crate::term::{Paint, colour};

/// Answers rustyline's questions about the line being typed.
pub struct PromptHelper {
    pub backend: Arc<dyn Backend>,
    pub sink: Sink,
    pub paint: Paint,
    /// How fast the keys come.
    pub pace: Arc<Pace>,
    /// Whether there are hints behind the cursor.
    pub hints: bool,
    /// The names when the line began.
    pub names: Arc<Names>,
    /// The line as last seen, to have it when reading it fails.
    pub seen: RefCell<String>,
    /// The line is drawn for the last time, without a cursor.
    pub sent: Cell<bool>,
    /// Whether Tab lists what fits, and does not go through it.
    pub lists: bool,
    /// The line for which it was listed, as long as that stays: another Tab would list the same.
    pub listed: RefCell<Option<(String, usize)>>,
}

impl rustyline::Helper for PromptHelper {}

impl Completer for PromptHelper {
    type Candidate = Pair;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let names = self.backend.names();
        let (columns, rows) = (terminal::width(), terminal::height());
        let (start, found) = complete::complete(line, pos, &names, self.backend.as_ref(), columns);
        let here = Some((line.to_owned(), pos));
        if self.lists && *self.listed.borrow() == here {
            return Ok((start, Vec::new()));
        }
        self.listed.replace(here);
        Ok((start, menu::fitted(found, &line[start..pos], columns.into(), rows.into())))
    }
}

impl Hinter for PromptHelper {
    type Hint = Hint;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<Hint> {
        self.note(line, pos);
        let hint = if self.hints && !self.pace.is_rush() { self.hint_for(line, pos, context) } else { None };
        self.pace.worked_out();
        hint
    }
}

impl PromptHelper {
    /// Notes the line as it is now.
    fn note(&self, line: &str, pos: usize) {
        let mut seen = self.seen.borrow_mut();
        match line.get(seen.len()..) {
            // typed at the end: to compare the rest at each key would take long
            Some(typed) if self.pace.is_rush() && pos == line.len() => seen.push_str(typed),
            _ => line.clone_into(&mut seen),
        }
        if self.listed.borrow().as_ref().is_some_and(|(listed, at)| listed != line || *at != pos) {
            self.listed.take();
        }
    }

    fn hint_for(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<Hint> {
        if line.len() > highlight::LIMIT {
            return None;
        }
        let columns = usize::from(terminal::width());
        let last = line.rsplit('\n').next().unwrap_or_default();
        let used = last.width() + if last.len() == line.len() { super::PROMPT.width() } else { 0 };
        let room = columns.saturating_sub(used % columns + 1);
        hint(line, pos, &self.names, context, room)
    }

    /// The line as it is drawn while its keys come in a rush: plain, and no more of it than the screen has room for.
    fn in_a_rush<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        // a row that has just begun scrolls the screen
        let rows = usize::from(terminal::height()) + usize::from(gutter::is_all_before(line, pos));
        match last_screen(line, super::PROMPT.width(), terminal::width().into(), rows) {
            0 => Cow::Owned(highlight::plain(line, self.paint)),
            // over the prompt, which is further up
            from => Cow::Owned(format!("\r{}", highlight::plain(&line[from..], self.paint))),
        }
    }
}

impl Highlighter for PromptHelper {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        let at_end = pos == line.len();
        if self.pace.drawn() && !self.sent.get() {
            // in full when it is over
            self.sink.redraw();
            if at_end {
                return self.in_a_rush(line, pos);
            }
        }
        if at_end && self.pace.has_rushed() && line.len() > highlight::LIMIT {
            return self.in_a_rush(line, pos);
        }
        Cow::Owned(highlight::highlight(line, (!self.sent.get()).then_some(pos), &self.names, self.paint))
    }

    /// Called when the old line has been cleared and the new one is about to be drawn: the place for
    /// what background tasks have printed.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        Cow::Owned(format!("{}{}", self.sink.take_pending(), self.paint.sgr(colour::HEADING, prompt)))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.paint.dim(hint))
    }

    fn highlight_char(&self, line: &str, _: usize, kind: CmdKind) -> bool {
        self.sent.set(kind == CmdKind::ForcedRefresh);
        if self.pace.is_rush() {
            // The key is drawn by itself, if it is not the first of a row.
            self.sink.redraw();
            return false;
        }
        // Long lines are plain, and rustyline may draw a key by itself.
        kind != CmdKind::ForcedRefresh && line.len() <= highlight::LIMIT && self.paint.on
    }
}

impl Validator for PromptHelper {
    fn validate(&self, context: &mut ValidationContext) -> Result<ValidationResult> {
        if validate::is_incomplete(&gutter::strip(context.input())) {
            Ok(ValidationResult::Incomplete)
        } else {
            Ok(ValidationResult::Valid(None))
        }
    }
}
