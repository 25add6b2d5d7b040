//! A value that does not fit on a line: its parts below each other, and what is too much counted.

use rhai::{Array, Dynamic, Map};

use super::line::{folded, key, line, scalar};
use super::{Line, MOST, cut};
use crate::lang::touch::is_held;
use crate::term::{colour, quoted};

/// Entries that are shown of an array or map inside another.
const INNER: usize = 12;

/// Columns by which the parts stand to the right.
const STEP: usize = 2;

/// The value on several lines of at most `room` columns.
pub fn fold(value: &Dynamic, room: usize) -> Vec<Line> {
    let mut fold = Fold { lines: Vec::new(), room };
    fold.value(Line::default(), value, 0, "");
    fold.lines
}

struct Fold {
    lines: Vec<Line>,
    room: usize,
}

impl Fold {
    /// Adds a value after `head`, the beginning of its line; `indent` is where its parts' parent stands.
    fn value(&mut self, mut head: Line, value: &Dynamic, indent: usize, end: &str) {
        let left = self.room.saturating_sub(head.width() + end.len());
        if let Some(short) = line(value, left) {
            head.extend(short);
            return self.close(head, end);
        }
        let is_small = self.room.saturating_sub(indent) < 30 || self.lines.len() >= MOST;
        let list = value.read_lock::<Array>().filter(|_| !is_small);
        let map = value.read_lock::<Map>().filter(|_| !is_small);
        match (list, map) {
            (Some(list), _) if self.can_be_seen(&list).all(|item| self.is_short(item)) => {
                self.filled(head, &list, indent, end);
            }
            (Some(list), _) => self.array(head, &list, indent, end),
            (_, Some(map)) => self.map(head, &map, indent, end),
            _ if is_scalar(value) => self.long(head, value, left, end),
            _ => {
                head.extend(folded(value));
                self.close(head, end);
            }
        }
    }

    /// The items that can be seen if each is as short as can be: of a large list there is no need to look at the rest.
    fn can_be_seen<'l>(&self, list: &'l Array) -> impl Iterator<Item = &'l Dynamic> + use<'l> {
        list.iter().take(MOST * self.room)
    }

    /// Whether several of its like fit on a line.
    fn is_short(&self, value: &Dynamic) -> bool {
        is_scalar(value) && line(value, self.room / 2).is_some()
    }

    fn close(&mut self, mut line: Line, end: &str) {
        line.push("", end);
        self.lines.push(line);
    }

    fn array(&mut self, mut head: Line, list: &Array, indent: usize, end: &str) {
        head.push("", "[");
        self.lines.push(head);
        let most = if indent == 0 { MOST } else { INNER };
        for item in list.iter().take(most) {
            self.value(indented(indent + STEP), item, indent + STEP, ",");
        }
        self.rest(list.len().saturating_sub(most), indent);
        self.close(indented(indent), &format!("]{end}"));
    }

    fn map(&mut self, mut head: Line, map: &Map, indent: usize, end: &str) {
        head.push("", "#{");
        self.lines.push(head);
        let most = if indent == 0 { MOST } else { INNER };
        for (name, value) in map.iter().take(most) {
            let mut entry = indented(indent + STEP);
            entry.push(colour::NAME, cut(&key(name), self.room / 2));
            entry.push("", ": ");
            self.value(entry, value, indent + STEP, ",");
        }
        self.rest(map.len().saturating_sub(most), indent);
        self.close(indented(indent), &format!("}}{end}"));
    }

    /// Says how many entries are not shown.
    fn rest(&mut self, count: usize, indent: usize) {
        if count > 0 {
            let mut line = indented(indent + STEP);
            line.push(colour::DIM, format!("… {count} more"));
            self.lines.push(line);
        }
    }

    /// Numbers and such, as many on a line as fit.
    fn filled(&mut self, mut head: Line, list: &Array, indent: usize, end: &str) {
        head.push("", "[");
        self.lines.push(head);
        let most_lines = if indent == 0 { MOST / 2 } else { INNER / 2 };
        let mut current = indented(indent + STEP);
        let (mut shown, mut full) = (0, 0);
        for item in list {
            let (code, text) = scalar(item);
            let text = cut(&text, self.room - indent - STEP - 1);
            let width = unicode_width::UnicodeWidthStr::width(text.as_str());
            if current.width() + width + 1 > self.room {
                full += 1;
                self.lines.push(std::mem::replace(&mut current, indented(indent + STEP)));
            }
            if full == most_lines {
                break;
            }
            current.push(code, text);
            current.push("", ", ");
            shown += 1;
        }
        if full < most_lines {
            self.lines.push(current);
        }
        self.rest(list.len() - shown, indent);
        self.close(indented(indent), &format!("]{end}"));
    }

    /// A long text: some lines of it, and the length of the rest.
    fn long(&mut self, mut head: Line, value: &Dynamic, left: usize, end: &str) {
        let Ok(text) = value.as_immutable_string_ref() else {
            let (code, text) = scalar(value);
            head.push(code, cut(&text, left));
            return self.close(head, end);
        };
        let columns = if self.lines.is_empty() { left * 6 } else { left.max(20) };
        let text_shown = quoted(&text.chars().take(columns).collect::<String>());
        let shown = cut(&text_shown, columns.saturating_sub(20).max(left / 2));
        head.push(colour::TEXT, shown);
        head.push(colour::DIM, format!(" {} characters", text.chars().count()));
        self.close(head, end);
    }
}

fn is_scalar(value: &Dynamic) -> bool {
    !is_held(value) && value.read_lock::<Array>().is_none() && value.read_lock::<Map>().is_none()
}

fn indented(columns: usize) -> Line {
    Line::of("", " ".repeat(columns))
}
