//! Functions and closures: finding their headers, and marking the bodies of async ones; and loops that await.

use super::{Header, Mark, Open, Rewriter};
use crate::source::Shift;

impl Rewriter {
    pub(super) fn after_async(&mut self) {
        let next = self.skip_blank(self.at + 5);
        if self.word_at(next) == "fn" {
            self.blank(5);
            while self.at < next {
                self.copy();
            }
            self.function(true);
        } else if self.chars.get(next) == Some(&'|') {
            self.blank(5);
            while self.at < next {
                self.copy();
            }
            self.async_closure();
        } else {
            self.copy_n(5);
        }
    }

    /// `for`, and `for await`, whose second word is not for Rhai.
    pub(super) fn after_for(&mut self) {
        let spot = self.here();
        let next = self.skip_blank(self.at + 3);
        let awaits = self.word_at(next) == "await";
        self.copy_n(if awaits { next - self.at } else { 3 });
        if awaits {
            self.loops.insert(spot, self.here());
            self.blank(5);
        }
    }

    /// Writes blanks for the next `n` characters.
    fn blank(&mut self, n: usize) {
        for _ in 0..n {
            self.emit(' ');
        }
        self.at += n;
    }

    /// From `fn` to the end of the parameters; the next `{` then opens the body.
    pub(super) fn function(&mut self, is_async: bool) {
        let at = self.original();
        self.copy_n(2);
        let mut name = String::new();
        let mut params = 0;
        let mut depth = 0;
        while self.at < self.chars.len() {
            match self.peek(0) {
                '(' => {
                    depth += 1;
                    self.copy();
                    if self.chars.get(self.skip_blank(self.at)).is_some_and(|c| *c != ')') {
                        params = 1;
                    }
                }
                ')' => {
                    self.copy();
                    depth -= 1;
                    if depth <= 0 {
                        break;
                    }
                }
                ',' => {
                    let trailing = self.chars.get(self.skip_blank(self.at + 1)) == Some(&')');
                    params += usize::from(!trailing);
                    self.copy();
                }
                '/' if self.peek(1) == '/' => self.line_comment(),
                '/' if self.peek(1) == '*' => self.block_comment(),
                '"' => self.string(),
                '{' | '}' | ';' => break,
                c if c.is_ascii_alphanumeric() || c == '_' => {
                    let word = self.word_at(self.at);
                    self.copy_n(word.chars().count());
                    if depth == 0 {
                        name = word;
                    }
                }
                _ => self.copy(),
            }
        }
        let mark = Mark { name: Some(name.clone()), params, property: None };
        self.headers.push(Header { at, name: Some(name), is_async, end: None });
        self.pending = Some((self.headers.len() - 1, is_async, mark));
    }

    /// `|x, y|` or `||` of an async closure, and the mark after it.
    fn async_closure(&mut self) {
        let at = self.original();
        let property = self.property_before();
        self.copy();
        self.parameters();
        let spot = self.here();
        self.marks.insert(spot, Mark { name: None, params: 0, property });
        self.squeeze('@');
        self.closure_body(Header { at, name: None, is_async: true, end: None });
    }

    /// The body of a closure follows, with braces or without.
    pub(super) fn closure_body(&mut self, header: Header) {
        let (index, is_async) = (self.headers.len(), header.is_async);
        self.headers.push(header);
        match self.chars.get(self.skip_blank(self.at)) {
            Some('{') => self.pending = Some((index, false, Mark::default())), // an async one has its mark already
            Some(_) => self.open.push(Open::Closure(index, is_async)),
            None => {}
        }
    }

    /// The name in `name: ` or `name = `, if that stands before.
    fn property_before(&self) -> Option<String> {
        let before = self.out.trim_end().strip_suffix([':', '='])?.trim_end();
        let before = before.strip_suffix('"').unwrap_or(before);
        before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().map(str::to_string)
    }

    /// Whether nothing but names stands before the next `|`.
    pub(super) fn parameters_follow(&self) -> bool {
        let mut at = self.at;
        loop {
            at = self.skip_blank(at);
            match self.chars.get(at) {
                Some('|') => return true,
                Some(c) if c.is_ascii_alphanumeric() || matches!(c, '_' | ',') => at += 1,
                _ => return false,
            }
        }
    }

    /// The rest of a closure's parameters, and the `|` after them.
    pub(super) fn parameters(&mut self) {
        while self.at < self.chars.len() && self.peek(0) != '|' {
            match self.peek(0) {
                '/' if self.peek(1) == '/' => self.line_comment(),
                '/' if self.peek(1) == '*' => self.block_comment(),
                _ => self.copy(),
            }
        }
        self.copy();
    }

    /// The text around goes on: the bodies of closures without braces that stand here end, and async ones get their brace.
    pub(super) fn end_closures(&mut self) {
        while let Some(&Open::Closure(header, is_async)) = self.open.last() {
            self.open.pop();
            self.headers[header].end = Some(self.original());
            if !is_async {
                continue;
            }
            self.shifts.push(Shift { line: self.line, column: self.column, by: 1 });
            self.shifted += 1;
            self.emit('}');
        }
    }
}
