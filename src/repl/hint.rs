//! What is shown dim behind the cursor: what the command takes, that something has to be awaited first, the signature of
//! the call being typed, or the rest of an entry of the history that begins alike.

use rustyline::history::SearchDirection;

use super::backend::{Function, Names};
use super::scan::{Kind, scan};
use super::{commands, gutter, kind};

/// A hint: text to show, and the text that the right arrow inserts, if any.
#[derive(Debug, PartialEq, Eq)]
pub struct Hint {
    pub shown: String,
    pub insert: Option<String>,
}

impl rustyline::hint::Hint for Hint {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.insert.as_deref()
    }
}

/// The hint for `line` with the cursor at `pos`; `room` is how many columns are left.
pub fn hint(line: &str, pos: usize, names: &Names, context: &rustyline::Context<'_>, room: usize) -> Option<Hint> {
    if line.is_empty() || pos < line.len() {
        return None;
    }
    let told = form(line).or_else(|| unready(line, names)).or_else(|| signature(line, names));
    let hint = told.or_else(|| past(line, context))?;
    fit(hint, room)
}

/// What a command takes, when it has been typed and nothing after it.
fn form(line: &str) -> Option<Hint> {
    let (name, argument) = commands::split(line)?;
    let command = commands::TABLE.iter().find(|c| c.name == name)?;
    let gap = if line.ends_with(' ') { " " } else { "  " };
    let shown = format!("{gap}{}   {}", command.form, command.summary);
    argument.is_empty().then_some(Hint { shown, insert: None })
}

/// Why Tab offers nothing after the dot behind what has to be awaited first.
fn unready(line: &str, names: &Names) -> Option<Hint> {
    let source = commands::split(line).map_or(line, |(_, argument)| argument);
    let object = source.strip_suffix('.')?;
    let shape = kind::of_expression(object, names)?;
    let is_pending = matches!(shape.type_name.as_str(), "future" | "coroutine");
    is_pending.then(|| Hint { shown: "   await it first: (await ...).".to_owned(), insert: None })
}

/// The signature of the innermost call that the line has not closed.
fn signature(line: &str, names: &Names) -> Option<Hint> {
    let source = commands::split(line).map_or(line, |(_, argument)| argument);
    let scan = scan(source);
    let open = *scan.open.last()?;
    let name = scan.tokens.get(open.checked_sub(1)?)?;
    if name.kind != Kind::Name || &source[scan.tokens[open].span.clone()] != "(" {
        return None;
    }
    let before = source[..name.span.start].trim_end().strip_suffix('.');
    let function = called(&source[name.span.clone()], before, names)?;
    let gap = if line.ends_with('(') { "  " } else { "    " };
    Some(Hint { shown: format!("{gap}{}", function.signature), insert: None })
}

/// The function of this name; after a dot the method of what stands before it.
fn called<'a>(name: &str, before: Option<&str>, names: &'a Names) -> Option<&'a Function> {
    let fits = |f: &&Function| f.name == name && f.signature.contains('(');
    let Some(object) = before else {
        return names.functions.iter().find(fits);
    };
    let shape = kind::of_expression(object, names);
    let of_type = shape.and_then(|shape| {
        // the names live longer than the shape
        let all = names.functions.iter().chain(names.methods.iter());
        kind::members(&shape.type_name, names).find(fits).and_then(|found| all.into_iter().find(|f| *f == found))
    });
    let mut methods = names.functions.iter().filter(|f| f.receiver.is_some()).chain(names.methods.iter());
    of_type.or_else(|| methods.find(fits))
}

/// The latest entry of the history that begins with `line`.
fn past(line: &str, context: &rustyline::Context<'_>) -> Option<Hint> {
    let last = context.history().len().checked_sub(1)?;
    let start = context.history_index().min(last);
    let found = context.history().starts_with(line, start, SearchDirection::Reverse).ok()??;
    let rest = found.entry.get(line.len()..).filter(|rest| !rest.is_empty())?;
    let shown = match rest.split_once('\n') {
        Some((first, _)) => format!("{first} ..."),
        None => rest.to_owned(),
    };
    Some(Hint { shown: gutter::strip(&shown), insert: Some(rest.to_owned()) })
}

/// A hint must not wrap: the line would jump up and down while typing.
fn fit(hint: Hint, room: usize) -> Option<Hint> {
    let fits = unicode_width::UnicodeWidthStr::width(hint.shown.as_str()) <= room;
    fits.then_some(hint)
}
