//! Comments and the kinds of strings: they stay as they are.

use super::{Open, Rewriter};
use crate::source::Shift;

impl Rewriter {
    pub(super) fn line_comment(&mut self) {
        while self.at < self.chars.len() && self.peek(0) != '\n' {
            self.copy();
        }
    }

    pub(super) fn block_comment(&mut self) {
        let mut depth = 0usize;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => {
                    depth += 1;
                    self.copy_n(2);
                }
                ('*', '/') => {
                    depth -= 1;
                    self.copy_n(2);
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.copy(),
            }
        }
    }

    pub(super) fn string(&mut self) {
        self.copy();
        while self.at < self.chars.len() {
            match self.peek(0) {
                '\\' => self.copy_n(2),
                '"' => return self.copy(),
                _ => self.copy(),
            }
        }
    }

    pub(super) fn char_literal(&mut self) {
        self.copy();
        while self.at < self.chars.len() {
            match self.peek(0) {
                '\\' => self.copy_n(2),
                '\'' => return self.copy(),
                '\n' => return,
                _ => self.copy(),
            }
        }
    }

    /// `\${`, which is a dollar and a brace. Rhai does not count the dollar among the columns.
    fn escaped_dollar(&mut self) {
        self.copy_n(3);
        self.column -= 1;
        self.shifts.push(Shift { line: self.line, column: self.column - 1, by: -1 });
        self.shifted -= 1;
    }

    /// The rest of a back-tick string, up to its end or to the next `${`.
    pub(super) fn back_tick(&mut self) {
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('\\', '$') if self.peek(2) == '{' => self.escaped_dollar(),
                ('`', '`') => self.copy_n(2),
                ('`', _) => return self.copy(),
                ('$', '{') => {
                    self.open.push(Open::Interpolation);
                    return self.copy_n(2);
                }
                _ => self.copy(),
            }
        }
    }

    /// `#"..."#` with any number of `#`. False if this `#` starts something else.
    pub(super) fn raw_string(&mut self) -> bool {
        let hashes = (0..).take_while(|&i| self.peek(i) == '#').count();
        if self.peek(hashes) != '"' {
            return false;
        }
        self.copy_n(hashes + 1);
        while self.at < self.chars.len() {
            if self.peek(0) == '"' && (1..=hashes).all(|i| self.peek(i) == '#') {
                self.copy_n(hashes + 1);
                return true;
            }
            self.copy();
        }
        true
    }
}
