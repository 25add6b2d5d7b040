//! What stands in the cell of a step, broken into lines.

use std::cell::Cell;

use super::super::code::{Code, Piece};
use super::super::escape::{self, escaped};
use super::super::paint::{Signs, Style};
use super::super::{Options, title};
use super::block;
use super::turns::{Close, Turn};
use crate::trace::event::{Kind, TextId};
use crate::trace::recording::Recording;
use crate::units;

/// Columns of a value, an error or a printed text.
const MAX_VALUE: usize = 60;
/// Lines that statements may take in any column, however wide it is; of more the last ones are shown.
const CODE_LINES: usize = 2;
/// Columns of text that they may take: in narrow columns this makes more lines.
const CODE: usize = 90;
/// Lines that they may take at most, however narrow the column.
const MOST_CODE_LINES: usize = 6;

/// A piece of a line, not yet escaped where it comes from outside.
type Part = (Style, String);

/// Makes the cells.
pub(super) struct Cells<'a> {
    recording: &'a Recording,
    code: Code<'a>,
    ascii: bool,
    ends: Signs,
    /// Whether a text did not fit so far, and whether a block was passed by.
    cut: Cell<bool>,
    blocks: Cell<bool>,
}

impl<'a> Cells<'a> {
    pub(super) fn new(recording: &'a Recording, options: &Options) -> Cells<'a> {
        Cells {
            recording,
            code: Code::new(recording),
            ascii: options.ascii,
            ends: Signs::of(options),
            cut: Cell::default(),
            blocks: Cell::default(),
        }
    }

    /// The signs that occur in cells, and what they mean.
    pub(super) fn legend(&self) -> String {
        let Signs { finished, failed, cancelled, .. } = self.ends;
        format!(
            "{} waits  {} brought by the await  {} printed  {} next turn of the loop  {finished} done  {failed} failed  \
             {cancelled} cancelled",
            self.pause(),
            self.arrow(),
            self.mark(),
            self.again()
        )
    }

    /// Whether something in the cells did not fit.
    pub(super) fn has_cut(&self) -> bool {
        self.cut.get()
    }

    /// Whether a sign in the cells stands for a block.
    pub(super) fn has_blocks(&self) -> bool {
        self.blocks.get()
    }

    /// The text made safe, and cut where it is too wide.
    fn fitted(&self, text: &str, columns: usize) -> String {
        let (text, was_cut) = escape::fit(text, columns, self.ascii);
        self.cut.set(self.cut.get() | was_cut);
        text
    }

    /// The sign of what does not fit, which is shown.
    fn sign_of_cut(&self) -> char {
        self.cut.set(true);
        escape::ellipsis(self.ascii)
    }

    fn pause(&self) -> &'static str {
        if self.ascii { "||" } else { "⏸" }
    }

    fn arrow(&self) -> &'static str {
        if self.ascii { "<-" } else { "←" }
    }

    fn mark(&self) -> &'static str {
        if self.ascii { ">" } else { "»" }
    }

    fn again(&self) -> &'static str {
        if self.ascii { "(again)" } else { "↻" }
    }

    /// The lines of a step's cell, none wider than `width`; `shares` if the column has several tasks.
    pub(super) fn lines(&mut self, turn: &Turn, width: usize, most: usize, shares: bool) -> Vec<Vec<Part>> {
        let mut parts: Vec<Part> = Vec::new();
        if shares {
            let title = format!("{}:", title(self.recording, turn.task, self.ascii));
            parts.push((Style::Task(turn.task), self.fitted(&title, width)));
        }
        if turn.arrival != TextId::NONE {
            let style = if turn.threw { Style::Bad } else { Style::Task(turn.task) };
            let sign = if turn.threw { format!("{} ", self.ends.end(Kind::Failed).0) } else { String::new() };
            parts.push((style, format!("{} {sign}{}", self.arrow(), self.value(turn.arrival))));
        }
        let lines = (CODE / width.max(1)).clamp(CODE_LINES, MOST_CODE_LINES);
        self.statements(turn, width * lines, &mut parts);
        if let Some(milliseconds) = turn.blocked {
            parts.push((Style::Bad, format!("(blocked {})", units::blocked(milliseconds.into()))));
        }
        if let Close::Ended(kind, text, _) = turn.close {
            let (sign, style) = self.ends.end(kind);
            let value = self.value(text);
            parts.push((style, format!("{sign} {value}").trim_end().to_string()));
            if kind == Kind::Cancelled && turn.is_bare {
                parts.push((Style::Dim, "(did not run)".to_string()));
            }
        }
        self.at_most(most, broken(parts, self.mark(), width))
    }

    fn value(&self, text: TextId) -> String {
        let text = self.recording.get_text(text);
        let first = text.trim().lines().next().unwrap_or_default();
        match first.len() < text.trim().len() {
            true => self.fitted(&format!("{first} {}", self.sign_of_cut()), MAX_VALUE),
            false => self.fitted(first, MAX_VALUE),
        }
    }

    /// What the task did, with its prints in their places, and what it waits for.
    fn statements(&mut self, turn: &Turn, room: usize, parts: &mut Vec<Part>) {
        let pieces = match (turn.close, turn.from) {
            (Close::Waits(_, site), from) => self.code.between(from, Some(site)),
            (Close::Ended(Kind::Finished, ..), Some(from)) => self.code.to_end(from, turn.root),
            (Close::Ended(Kind::Failed, _, site), Some(from)) => self.code.thrown(from, site).into(),
            _ => Default::default(),
        };
        let mut prints =
            turn.prints.iter().map(|text| (Style::Task(turn.task), format!("{} {}", self.mark(), self.value(*text))));
        let calls = pieces.iter().filter(|piece| matches!(piece, Piece::Print(_))).count();
        // As many prints as there are calls on the way: each takes the place of its call.
        let in_place = calls == turn.prints.len();
        let mut list: Vec<Part> = Vec::new();
        let mut before = String::new();
        for piece in pieces.iter() {
            match piece {
                Piece::Head(text) | Piece::Code(text) => list.push((Style::Plain, self.safe(text))),
                Piece::Again => list.push((Style::Dim, self.again().to_string())),
                Piece::Print(_) if in_place => list.extend(prints.next()),
                Piece::Print(_) => {}
                Piece::Await(text) => before = self.safe(text),
            }
        }
        let last = match turn.close {
            Close::Waits(label, _) => {
                let label = self.fitted(&self.recording.get_text(label), MAX_VALUE);
                let gap = if before.is_empty() || before.ends_with(' ') { "" } else { " " };
                Some((Style::Plain, format!("{before}{gap}{label} {}", self.pause())))
            }
            _ => None,
        };
        if shorten(&mut list, room) {
            list.insert(0, (Style::Dim, self.sign_of_cut().to_string()));
        }
        join(&mut list);
        parts.append(&mut list);
        parts.extend(prints);
        if let (Some((Style::Plain, text)), Some(_)) = (parts.last_mut(), &last)
            && !text.ends_with([';', '{'])
        {
            text.push(';');
        }
        parts.extend(last);
    }

    fn safe(&self, code: &str) -> String {
        self.blocks.set(self.blocks.get() | code.contains(block(false)));
        let code = if self.ascii { code.replace('…', "..") } else { code.to_string() };
        escaped(&code, self.ascii).into_owned()
    }

    /// Of more lines the first ones and the last: the end of a step says more than its middle.
    fn at_most(&self, most: usize, mut lines: Vec<Vec<Part>>) -> Vec<Vec<Part>> {
        if lines.len() > most {
            let end = lines.pop().unwrap_or_default();
            lines.truncate(most.saturating_sub(2));
            lines.push(vec![(Style::Dim, self.sign_of_cut().to_string())]);
            lines.push(end);
        }
        lines
    }
}

/// Takes statements away from the front until the rest fits; tells whether it did.
fn shorten(list: &mut Vec<Part>, room: usize) -> bool {
    let width = |list: &[Part]| list.iter().map(|(_, text)| escape::width(text) + 2).sum::<usize>();
    let mut was_cut = false;
    let is_code = |part: &Part| part.0 == Style::Plain;
    while width(list) > room {
        let Some(index) = list.iter().position(is_code) else {
            break;
        };
        list.remove(index);
        was_cut = true;
    }
    was_cut
}

/// Puts semicolons between statements.
fn join(list: &mut [Part]) {
    for index in 1..list.len() {
        let (before, rest) = list.split_at_mut(index);
        if let Some((Style::Plain, text)) = before.last_mut()
            && rest[0].0 == Style::Plain
            && !text.ends_with('{')
        {
            text.push(';');
        }
    }
}

/// Distributes the parts over lines, with a blank between them; a part goes on the next line if it does not fit.
/// What is printed (it begins with `mark`) has lines of its own, but for the sign of the end.
fn broken(parts: Vec<Part>, mark: &str, width: usize) -> Vec<Vec<Part>> {
    let mut lines: Vec<Vec<Part>> = vec![Vec::new()];
    let mut used = 0;
    let mut printed = false;
    for (style, text) in parts {
        let prints = text.starts_with(mark);
        let is_end = matches!(style, Style::Good | Style::Bad | Style::Gone);
        let breaks = used > 0 && (prints || (printed && !is_end));
        printed = prints;
        for (index, piece) in wrapped(&text, width).into_iter().enumerate() {
            let columns = escape::width(&piece);
            let gap = usize::from(used > 0);
            if index > 0 || (breaks && index == 0) || used + gap + columns > width {
                lines.push(Vec::new());
                used = 0;
            } else if gap > 0 {
                let line = lines.last_mut();
                line.into_iter().for_each(|line| line.push((Style::Plain, " ".to_string())));
                used += 1;
            }
            used += columns;
            lines.last_mut().into_iter().for_each(|line| line.push((style, piece.clone())));
        }
    }
    lines
}

/// A text in lines of so many columns, broken at blanks where there are any.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_inclusive(' ') {
        let mut word = word;
        let used = lines.last().map_or(0, |line| escape::width(line));
        if used > 0 && used + escape::width(word.trim_end()) > width {
            lines.push(String::new());
        }
        while escape::width(word.trim_end()) > width {
            let end = cut_at(word, width);
            lines.last_mut().into_iter().for_each(|line| line.push_str(&word[..end]));
            lines.push(String::new());
            word = &word[end..];
        }
        lines.last_mut().into_iter().for_each(|line| line.push_str(word));
    }
    for line in &mut lines {
        line.truncate(line.trim_end().len());
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// Where a word must be cut so that its beginning fits; after its first character at least.
fn cut_at(word: &str, width: usize) -> usize {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
    let fits = ends.clone().take_while(|end| escape::width(&word[..*end]) <= width).last();
    fits.or(ends.clone().next()).unwrap_or(word.len())
}
