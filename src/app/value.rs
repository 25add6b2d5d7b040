//! A value as the prompt shows it: on one line where it fits, else folded; arrays of maps as tables, and with colour.
//!
//! `line` makes one line, `fold` several, `table` columns. All give [`Line`]s of pieces with a colour each, so that
//! widths are counted before colours are put in.

mod fold;
mod line;
mod table;

use rhai::{Array, Dynamic};
use unicode_width::UnicodeWidthStr as _;

use crate::engine::TaskRef;
use crate::session::{Session, inspect};
use crate::stdlib;
use crate::term::{Paint, colour};
use crate::trace::render::escape::fitted;

/// What stands before a value.
const MARK: usize = "=> ".len();

/// Rows and lines that a value takes at most: about a screen.
const MOST: usize = 40;

/// A piece of a line, with the SGR code of its colour; "" is none.
struct Piece {
    code: &'static str,
    text: String,
}

/// A line of a value.
#[derive(Default)]
struct Line {
    pieces: Vec<Piece>,
}

impl Line {
    fn of(code: &'static str, text: impl Into<String>) -> Self {
        let mut line = Self::default();
        line.push(code, text);
        line
    }

    fn push(&mut self, code: &'static str, text: impl Into<String>) {
        self.pieces.push(Piece { code, text: text.into() });
    }

    fn extend(&mut self, other: Line) {
        self.pieces.extend(other.pieces);
    }

    fn width(&self) -> usize {
        self.pieces.iter().map(|p| p.text.width()).sum()
    }

    fn paint(&self, paint: Paint) -> String {
        self.pieces.iter().map(|p| paint.sgr(p.code, &p.text)).collect()
    }
}

/// The value as text of at most `width` columns, the mark before it not counted but left room for.
pub fn text(session: &Session, value: &Dynamic, width: u16, paint: Paint) -> String {
    let room = usize::from(width).saturating_sub(MARK + 1).max(20);
    let lines = match value.read_lock::<Array>().and_then(|list| table::table(&list, room)) {
        Some(lines) => lines,
        None => match line::line(value, room) {
            Some(line) => vec![line],
            None => fold::fold(value, room),
        },
    };
    let below = own_view(session, value, room);
    let indent = format!("\n{}", " ".repeat(MARK));
    let shown: Vec<String> = lines.into_iter().chain(below).map(|line| line.paint(paint)).collect();
    shown.join(&indent)
}

/// What stands below a thing that is more than its name.
fn own_view(session: &Session, value: &Dynamic, room: usize) -> Vec<Line> {
    let of_library = stdlib::details(value).into_iter().map(|(name, text)| {
        let mut line = Line::of(colour::NAME, cut(&format!("{name}: "), room / 2));
        line.push("", cut(&crate::term::escape(&text), room.saturating_sub(line.width())));
        line
    });
    let of_task = value.read_lock::<TaskRef>().map(|task| task_view(session, &task));
    of_library.chain(of_task).collect()
}

fn task_view(session: &Session, task: &TaskRef) -> Line {
    let mut parts = Vec::new();
    if let Some(place) = session.kernel.place(task.spawned) {
        parts.push(format!("spawned at {}", inspect::line_of(&place)));
    }
    parts.push(match task.is_done() {
        true => "`await it` gives its value".to_string(),
        false => format!("`:why {}` says more", task.id),
    });
    Line::of(colour::DIM, parts.join("; "))
}

/// `text` cut to so many columns, with `…` where something is missing.
fn cut(text: &str, columns: usize) -> String {
    fitted(text, columns, false)
}

#[cfg(test)]
mod tests;
