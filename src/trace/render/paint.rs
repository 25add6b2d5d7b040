//! Signs and colours, the same in every view.
//!
//! The colours are of the 256-colour table and of middle brightness, so that they can be read on a dark and on a
//! light ground. Red is left for failure. What they say, the signs say without them.

use std::fmt::Write;

use colored::Color;

use super::Options;
use super::escape;
use crate::trace::event::Kind;

/// The colours of tasks 1, 2, 3 ... in turn; neighbours differ well.
const PALETTE: [u8; 8] = [33, 166, 29, 170, 136, 30, 99, 168];
/// The same on white, for pictures; the first is that of main.
const ON_WHITE: [&str; 9] =
    ["#475569", "#1d6fd1", "#cf6a12", "#1f9254", "#b04bc4", "#97780c", "#10889a", "#7350d8", "#c2477a"];
const RED: u8 = 196;
const GREEN: u8 = 28;
const MUSTARD: u8 = 136;

/// The colours of tasks 1, 2, 3 ... in turn, as `#0087ff`, for views that are no terminal.
pub fn task_colours() -> impl Iterator<Item = String> {
    PALETTE.into_iter().map(|code| {
        // 16 to 231 are a cube of six steps each of red, green and blue.
        let step = |size: u8| [0, 95, 135, 175, 215, 255][usize::from((code - 16) / size % 6)];
        format!("#{:02x}{:02x}{:02x}", step(36), step(6), step(1))
    })
}

/// The colour of a task in pictures, as `#rrggbb`.
pub fn hex(task: u32) -> &'static str {
    let others = ON_WHITE.len() - 1;
    match task {
        0 => ON_WHITE[0],
        task => ON_WHITE[1 + (task as usize - 1) % others],
    }
}

/// What a piece of a line is drawn in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Style {
    /// The terminal's own colour.
    Plain,
    /// Less than what matters.
    Dim,
    /// The colour of a task; main has the terminal's own.
    Task(u32),
    /// Success.
    Good,
    /// Failure.
    Bad,
    /// Neither.
    Gone,
}

impl Style {
    fn code(self) -> Option<String> {
        let colour = match self {
            Style::Plain | Style::Task(0) => return None,
            Style::Dim => return Some("2".to_string()),
            Style::Task(task) => PALETTE[(task as usize - 1) % PALETTE.len()],
            Style::Good => GREEN,
            Style::Bad => RED,
            Style::Gone => MUSTARD,
        };
        Some(Color::AnsiColor(colour).to_fg_str().into_owned())
    }
}

/// The signs of the lanes, each one column wide.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signs {
    /// It runs.
    pub running: char,
    /// It could run, but another one does.
    pub ready: char,
    /// It waits.
    pub waiting: char,
    /// It ended with a value.
    pub finished: char,
    /// It ended with an error.
    pub failed: char,
    /// It was cancelled.
    pub cancelled: char,
}

const BLOCKS: Signs =
    Signs { running: '█', ready: '▒', waiting: '░', finished: '✔', failed: '✖', cancelled: '⊘' };

const ASCII: Signs = Signs { running: '#', ready: '%', waiting: '.', finished: '+', failed: 'X', cancelled: '/' };

impl Signs {
    /// The signs that the options ask for.
    pub fn of(options: &Options) -> Signs {
        if options.ascii { ASCII } else { BLOCKS }
    }

    /// The sign of an end, and what it is drawn in.
    pub fn end(&self, kind: Kind) -> (char, Style) {
        match kind {
            Kind::Failed => (self.failed, Style::Bad),
            Kind::Cancelled => (self.cancelled, Style::Gone),
            _ => (self.finished, Style::Good),
        }
    }
}

/// A line of the terminal under construction: pieces in colours, and how wide they are.
pub struct Line {
    colour: bool,
    text: String,
    columns: usize,
    style: Style,
}

impl Line {
    /// An empty line; without `colour` it stays free of escape sequences.
    pub fn new(colour: bool) -> Line {
        Line { colour, text: String::new(), columns: 0, style: Style::Plain }
    }

    /// Appends a piece, which must be safe already, see [`escape::escaped`].
    pub fn push(&mut self, style: Style, piece: &str) {
        if !piece.is_empty() {
            self.switch(style);
            self.text.push_str(piece);
            self.columns += escape::width(piece);
        }
    }

    /// Appends one sign, one column wide.
    pub fn sign(&mut self, style: Style, sign: char) {
        self.switch(style);
        self.text.push(sign);
        self.columns += 1;
    }

    /// Appends blanks up to this column.
    pub fn pad(&mut self, column: usize) {
        for _ in self.columns..column {
            self.sign(Style::Plain, ' ');
        }
    }

    /// Columns taken so far.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The line without blanks at its end, and a newline.
    pub fn finish(mut self) -> String {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.switch(Style::Plain);
        self.text.push('\n');
        self.text
    }

    fn switch(&mut self, style: Style) {
        if !self.colour || self.style == style {
            return;
        }
        if self.style.code().is_some() {
            self.text.push_str("\x1b[0m");
        }
        if let Some(code) = style.code() {
            let _ = write!(self.text, "\x1b[{code}m");
        }
        self.style = style;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_switched_only_where_it_changes_and_off_at_the_end() {
        let mut line = Line::new(true);
        for _ in 0..2 {
            line.push(Style::Task(1), "ab");
        }
        line.pad(6);
        line.push(Style::Bad, "✖");
        assert_eq!(line.columns(), 7);
        assert_eq!(line.finish(), "\x1b[38;5;33mabab\x1b[0m  \x1b[38;5;196m✖\x1b[0m\n");
    }

    #[test]
    fn without_colour_there_are_no_escape_sequences() {
        let mut line = Line::new(false);
        line.push(Style::Bad, "a");
        line.pad(9);
        assert_eq!(line.finish(), "a\n");
    }

    #[test]
    fn colours_of_the_table_have_their_names_on_the_web() {
        let colours: Vec<String> = task_colours().take(3).collect();
        assert_eq!(colours, ["#0087ff", "#d75f00", "#00875f"]);
    }

    #[test]
    fn signs_are_one_column_wide() {
        for signs in [BLOCKS, ASCII] {
            let Signs { running, ready, waiting, finished, failed, cancelled } = signs;
            for sign in [running, ready, waiting, finished, failed, cancelled] {
                assert_eq!(escape::width(&sign.to_string()), 1);
            }
        }
    }

    /// The contrast of a colour of the cube with white and with black, the lesser of the two, as the web's guidelines
    /// have it.
    fn contrast(code: u8) -> f64 {
        let part = |size: u8| {
            let value = f64::from([0u8, 95, 135, 175, 215, 255][usize::from((code - 16) / size % 6)]) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        let light = 0.2126 * part(36) + 0.7152 * part(6) + 0.0722 * part(1) + 0.05;
        (1.05 / light).min(light / 0.05)
    }

    #[test]
    fn colours_can_be_read_on_white_and_on_black() {
        assert!(contrast(GREEN) > 3.5 && contrast(RED) > 3.5);
        let faint: Vec<u8> = PALETTE.into_iter().chain([MUSTARD]).filter(|code| contrast(*code) < 3.2).collect();
        assert_eq!(faint, [0; 0]);
    }
}
