//! A piece of source text with its name, and the way back from positions that Rhai reports to those that the user typed.

pub mod file;

use std::cell::OnceCell;
use std::fmt;
use std::rc::Rc;

use rhai::Position;

/// A text that places point into: a script, a module, a line typed at the prompt.
#[derive(PartialEq, Eq, Debug, Default)]
pub struct Source {
    /// What the user calls it: a path, or something like `<prompt 3>`.
    pub name: String,
    /// The whole text as the user wrote it, with whatever line ends it has.
    pub text: String,
    /// Characters that the token pass inserted, in the order of their places.
    pub(crate) shifts: Vec<Shift>,
    /// Where its lines begin, in bytes, once that was needed: each place of an error on its way asks for a line.
    starts: OnceCell<Vec<usize>>,
}

/// Beyond this column of this line, what Rhai sees stands `by` columns further right than what the user typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shift {
    pub line: usize,
    pub column: usize,
    pub by: isize,
}

/// Whether the text of this name was typed at the prompt.
pub fn is_typed(name: &str) -> bool {
    name.starts_with("<prompt ")
}

impl Source {
    /// A source to share among places.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Rc<Self> {
        Rc::new(Self::shifted(name.into(), text.into(), Vec::new()))
    }

    /// A source whose text the token pass has changed at these places.
    pub(crate) fn shifted(name: String, text: String, shifts: Vec<Shift>) -> Self {
        Self { name, text, shifts, starts: OnceCell::new() }
    }

    /// Line and column, from 1, of a position that Rhai reports. The start of line 1 if it has none.
    pub fn locate(&self, pos: Position) -> (usize, usize) {
        let line = pos.line().unwrap_or(1);
        let column = pos.position().unwrap_or(1).max(1);
        let of_line = &self.shifts[self.shifts.partition_point(|s| s.line < line)..];
        let before = of_line.iter().take_while(|s| s.line == line).filter(|s| s.column < column);
        let shift: isize = before.map(|s| s.by).sum();
        (line, column.saturating_add_signed(-shift).max(1))
    }

    /// The text of a line (from 1), without its line break.
    pub fn line(&self, line: usize) -> &str {
        let starts = self.starts.get_or_init(|| {
            let ends = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(ends).collect()
        });
        let Some(start) = starts.get(line.saturating_sub(1)) else { return "" };
        let end = starts.get(line.max(1)).map_or(self.text.len(), |next| next - 1);
        let text = &self.text[*start..end];
        if end < self.text.len() { text.strip_suffix('\r').unwrap_or(text) } else { text }
    }
}

/// A stretch of one line of a source.
///
/// Places outside the text are taken for the nearest one inside: past the end of a line is just
/// behind its last character, past the last line is the end of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The text that it is in.
    pub source: Rc<Source>,
    /// From 1; 0 means that the line is not known, so that only the source is named.
    pub line: usize,
    /// In characters, from 1, a byte-order mark not counted; 0 means the whole line.
    pub column: usize,
    /// In characters; what goes past the end of the line is not marked. 0 is taken for 1.
    pub len: usize,
}

fn is_of_name(c: &char) -> bool {
    c.is_alphanumeric() || *c == '_'
}

impl Place {
    /// Whether a dot stands before it.
    pub fn is_after_dot(&self) -> bool {
        let before: String = self.source.line(self.line).chars().take(self.column.saturating_sub(1)).collect();
        before.trim_end().ends_with('.')
    }

    /// The name behind it and a dot, as `sleep` is where it stands at `asyncio` in `asyncio.sleep(1)`.
    pub fn member(&self) -> Option<String> {
        let behind = self.behind();
        let name: String = behind.strip_prefix('.')?.chars().take_while(is_of_name).collect();
        (!name.is_empty()).then_some(name)
    }

    /// Whether something is assigned to it.
    pub fn is_assigned(&self) -> bool {
        let operator: String = self.behind().trim_start().chars().take_while(|c| "=+-*/%<>!&|^".contains(*c)).collect();
        matches!(&*operator, "=" | "+=" | "-=" | "*=" | "/=" | "%=")
    }

    /// What stands in its line behind the name at which it begins.
    fn behind(&self) -> String {
        self.source.line(self.line).chars().skip(self.column.saturating_sub(1)).skip_while(is_of_name).collect()
    }

    /// The `len` characters from `line` and `column` on, both from 1.
    pub fn new(source: &Rc<Source>, line: usize, column: usize, len: usize) -> Self {
        Self { source: Rc::clone(source), line, column, len }
    }

    /// The place of a position that Rhai reports; as long as the call, name or statement that stands there.
    pub fn of(source: &Rc<Source>, pos: Position) -> Self {
        // Rhai counts to here; what is further is somewhere behind it
        const MOST: Option<usize> = Some(u16::MAX as usize);
        let (line, column) = source.locate(pos);
        match pos {
            _ if pos.line() == MOST => Self::new(source, 0, 0, 1),
            _ if pos.position() == MOST => Self::new(source, line, 0, 1),
            _ => Self::at(source, line, column),
        }
    }

    /// The place at a line and column; as long as the call, name or statement that stands there.
    pub fn at(source: &Rc<Source>, line: usize, column: usize) -> Self {
        let rest: Vec<char> = source.line(line).chars().skip(column.saturating_sub(1)).collect();
        Self::new(source, line, column, extent(&rest))
    }

    /// The text that it covers.
    pub fn text(&self) -> String {
        self.source.line(self.line).chars().skip(self.column.saturating_sub(1)).take(self.len).collect()
    }
}

/// `demo.rhai:5:17`; what is not known is left out.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source.name)?;
        match (self.line, self.column) {
            (0, _) => Ok(()),
            (line, 0) => write!(f, ":{line}"),
            (line, column) => write!(f, ":{line}:{column}"),
        }
    }
}

/// How much of a line belongs to what starts it: a name with its call, a `throw` with what it throws.
fn extent(rest: &[char]) -> usize {
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let word = rest.iter().take_while(|c| is_word(c)).count();
    if word == 0 {
        return 1;
    }
    let name: String = rest[..word].iter().collect();
    match name.as_str() {
        "throw" => statement(rest),
        _ if rest.get(word) == Some(&'(') => word + closing(&rest[word..]),
        _ if rest.get(word) == Some(&'.') => {
            let next = rest[word + 1..].iter().take_while(|c| is_word(c)).count();
            let end = word + 1 + next;
            match (next, rest.get(end)) {
                (0, _) => word,
                (_, Some('(')) => end + closing(&rest[end..]),
                _ => end,
            }
        }
        _ => word,
    }
}

/// The length of `(...)` with its brackets; just the bracket if it does not end on this line.
fn closing(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut quote = None;
    for (i, c) in rest.iter().enumerate() {
        match (quote, c) {
            (Some(q), c) if *c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(*c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth -= 1;
                if depth == 0 {
                    return i + 1;
                }
            }
            _ => {}
        }
    }
    1
}

/// The length of a statement that starts here: to its `;`, to the `}` around it, or to the end of the line.
fn statement(rest: &[char]) -> usize {
    let mut depth = 0;
    let mut quote = None;
    for (i, c) in rest.iter().enumerate() {
        match (quote, c) {
            (Some(q), c) if *c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '`') => quote = Some(*c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']') => depth -= 1,
            (None, '}') if depth > 0 => depth -= 1,
            (None, ';' | '}') if depth == 0 => return trimmed(&rest[..i]),
            _ => {}
        }
    }
    trimmed(rest)
}

fn trimmed(chars: &[char]) -> usize {
    chars.len() - chars.iter().rev().take_while(|c| c.is_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_the_text() {
        for text in ["", "a", "a\n", "a\nb", "a\r\nb\r\n", "\n\n", "a\r", "a\rb\n\r\nc", "ä\n€\n"] {
            let source = Source::new("s", text);
            let lines: Vec<&str> = text.lines().collect();
            for line in 0..=lines.len() + 1 {
                let wanted = lines.get(line.max(1) - 1).copied().unwrap_or("");
                assert_eq!(source.line(line), wanted, "line {line} of {text:?}");
            }
        }
    }
}
