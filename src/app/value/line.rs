//! A value on one line.

use rhai::{Array, Dynamic, Map};

use super::Line;
use crate::lang::touch::is_held;
use crate::stdlib;
use crate::term::colour;

/// What is nested deeper is folded to its size.
const DEPTH: usize = 6;

/// The value on a line of at most `room` columns; none if it needs more.
pub fn line(value: &Dynamic, room: usize) -> Option<Line> {
    let mut pen = Pen { line: Line::default(), left: room };
    pen.value(value, DEPTH).then_some(pen.line)
}

/// The value on a line, whatever its length: arrays and maps by their size only.
pub fn folded(value: &Dynamic) -> Line {
    let mut pen = Pen { line: Line::default(), left: usize::MAX };
    pen.value(value, 0);
    pen.line
}

/// A key of a map, in quotes where it needs them.
pub fn key(name: &str) -> String {
    let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    if is_name { name.to_string() } else { format!("{name:?}") }
}

/// What is neither an array nor a map, with its colour.
pub fn scalar(value: &Dynamic) -> (&'static str, String) {
    let code = if value.is_int() || value.is_float() {
        colour::ACCENT
    } else if value.is_string() || value.is_char() {
        colour::TEXT
    } else if value.is_bool() {
        colour::WORD
    } else if value.is_unit() {
        colour::DIM
    } else {
        colour::WARN
    };
    (code, stdlib::inspect(value, 1))
}

struct Pen {
    line: Line,
    left: usize,
}

impl Pen {
    /// Adds a piece; false if there is no room for it.
    fn put(&mut self, code: &'static str, text: &str) -> bool {
        let width = unicode_width::UnicodeWidthStr::width(text);
        let fits = width <= self.left;
        if fits {
            self.left -= width;
            self.line.push(code, text);
        }
        fits
    }

    fn value(&mut self, value: &Dynamic, depth: usize) -> bool {
        if is_held(value) {
            return self.put(colour::DIM, "…");
        }
        if let Some(list) = value.read_lock::<Array>() {
            return self.array(&list, depth);
        }
        if let Some(map) = value.read_lock::<Map>() {
            return self.map(&map, depth);
        }
        let (code, text) = scalar(value);
        self.put(code, &text)
    }

    fn array(&mut self, list: &Array, depth: usize) -> bool {
        if depth == 0 && !list.is_empty() {
            return self.put(colour::DIM, &format!("[… {}]", list.len()));
        }
        self.put("", "[")
            && list.iter().enumerate().all(|(n, item)| self.comma(n) && self.value(item, depth - 1))
            && self.put("", "]")
    }

    fn map(&mut self, map: &Map, depth: usize) -> bool {
        if depth == 0 && !map.is_empty() {
            return self.put(colour::DIM, &format!("#{{… {}}}", map.len()));
        }
        let entry = |pen: &mut Self, name: &str, value| {
            pen.put(colour::NAME, &key(name)) && pen.put("", ": ") && pen.value(value, depth - 1)
        };
        self.put("", "#{")
            && map.iter().enumerate().all(|(n, (name, value))| self.comma(n) && entry(self, name, value))
            && self.put("", "}")
    }

    fn comma(&mut self, n: usize) -> bool {
        n == 0 || self.put("", ", ")
    }
}
