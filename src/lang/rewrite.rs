//! The pass over the text before Rhai parses it: `async fn` and `async |x|` in Rhai's own words.
//!
//! `async fn f(a) { B }` becomes `fn f(a) {@ B }}`, `async |x| { B }` becomes `|x|@ { B }`, and `async |x| S`, with a
//! single statement, becomes `|x|@ S }`, where `@` is a mark that the token mapper turns into a custom syntax (see
//! [`super::syntax`]). White space gives its room to what is inserted,
//! so that nearly always no column moves; where one must, [`Source::shifts`] knows the way back. `for await x in S` becomes
//! `for       x in S`, and it is noted that it awaits.

mod functions;
mod literals;

use std::collections::HashMap;

use crate::source::{Shift, Source};

/// A line and a column, both from 1, in the text that Rhai sees.
pub type Spot = (usize, usize);

/// What an inserted `@` stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The name of an async function; none for a closure.
    pub name: Option<String>,
    /// How many parameters an async function has.
    pub params: usize,
    /// The property that an async closure is given to, as a method.
    pub property: Option<String>,
}

/// A function or closure header, for messages: where `fn` or `|` stands in the user's text.
#[derive(Clone, Debug)]
pub struct Header {
    pub at: Spot,
    /// The name, if it is a function.
    pub name: Option<String>,
    pub is_async: bool,
    /// Where its body ends, once that is known.
    pub end: Option<Spot>,
}

/// The text for Rhai and what was learnt on the way.
#[derive(Debug)]
pub struct Rewritten {
    pub source: Source,
    pub text: String,
    pub marks: HashMap<Spot, Mark>,
    pub loops: Loops,
    pub headers: Vec<Header>,
}

/// The loops that await: where their `for` stands, and where their `await`.
pub type Loops = HashMap<Spot, Spot>;

/// What is open at a place of the text.
enum Open {
    Plain,
    /// The body of the header with this index; `true` if the function is async.
    Body(usize, bool),
    /// `${` inside a back-tick string.
    Interpolation,
    /// `(` or `[`.
    Parenthesis,
    /// The body of the closure whose header has this index, without braces: it ends where the text around it goes on.
    /// `true` if the closure is async.
    Closure(usize, bool),
}

struct Rewriter {
    chars: Vec<char>,
    at: usize,
    out: String,
    line: usize,
    column: usize,
    /// How far the current line has been shifted.
    shifted: isize,
    shifts: Vec<Shift>,
    marks: HashMap<Spot, Mark>,
    loops: Loops,
    headers: Vec<Header>,
    open: Vec<Open>,
    /// Set between a function's header and its `{`.
    pending: Option<(usize, bool, Mark)>,
}

/// Rewrites a script. Never fails: what is not understood is left for Rhai's parser to complain about. When `is_stopped`
/// says so, what is left of it is left out.
pub fn rewrite(name: &str, original: &str, is_stopped: &dyn Fn() -> bool) -> Rewritten {
    let text = original.strip_prefix('\u{feff}').unwrap_or(original);
    let mut chars: Vec<char> = text.chars().collect();
    if text.starts_with("#!") {
        chars[0] = '/';
        chars[1] = '/';
        if matches!(chars.get(2), Some('/' | '!')) {
            chars[2] = ' '; // `///` would be a comment that must stand before a function
        }
    }
    let mut rewriter = Rewriter {
        out: String::with_capacity(text.len() + 16),
        chars,
        at: 0,
        line: 1,
        column: 1,
        shifted: 0,
        shifts: Vec::new(),
        marks: HashMap::new(),
        loops: HashMap::new(),
        headers: Vec::new(),
        open: Vec::new(),
        pending: None,
    };
    rewriter.code(is_stopped);
    Rewritten {
        source: Source::shifted(name.to_string(), text.to_string(), rewriter.shifts),
        text: rewriter.out,
        marks: rewriter.marks,
        loops: rewriter.loops,
        headers: rewriter.headers,
    }
}

impl Rewriter {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    /// Copies one character.
    fn copy(&mut self) {
        self.emit(self.peek(0));
        self.at += 1;
    }

    fn copy_n(&mut self, n: usize) {
        for _ in 0..n {
            if self.at < self.chars.len() {
                self.copy();
            }
        }
    }

    fn emit(&mut self, c: char) {
        self.out.push(c);
        if c == '\n' {
            self.line += 1;
            self.column = 1;
            self.shifted = 0;
        } else {
            self.column += 1;
        }
    }

    /// Puts `c` in the place of a blank that follows, or inserts it.
    fn squeeze(&mut self, c: char) {
        if matches!(self.peek(0), ' ' | '\t') {
            self.at += 1;
        } else {
            self.shifts.push(Shift { line: self.line, column: self.column, by: 1 });
            self.shifted += 1;
        }
        self.emit(c);
    }

    fn here(&self) -> Spot {
        (self.line, self.column)
    }

    /// The spot in the user's text.
    fn original(&self) -> Spot {
        (self.line, self.column.saturating_add_signed(-self.shifted))
    }

    fn code(&mut self, is_stopped: &dyn Fn() -> bool) {
        const STRETCH: usize = 16 << 10;
        let mut next_look = STRETCH;
        while self.at < self.chars.len() {
            if self.at >= next_look {
                if is_stopped() {
                    return;
                }
                next_look = self.at + STRETCH;
            }
            match self.peek(0) {
                '/' if self.peek(1) == '/' => self.line_comment(),
                '/' if self.peek(1) == '*' => self.block_comment(),
                '"' => self.string(),
                '\'' => self.char_literal(),
                '`' => {
                    self.copy();
                    self.back_tick();
                }
                '#' if self.raw_string() => {}
                '{' => self.open_brace(),
                '}' => self.close_brace(),
                '(' | '[' => {
                    self.open.push(Open::Parenthesis);
                    self.copy();
                }
                ')' | ']' => {
                    self.end_closures();
                    if let Some(Open::Parenthesis) = self.open.last() {
                        self.open.pop();
                    }
                    self.copy();
                }
                ',' | ';' => {
                    self.end_closures();
                    self.copy();
                }
                '|' => self.bar(),
                c if c.is_ascii_alphabetic() || c == '_' => self.word(),
                c if c.is_ascii_digit() => self.number(),
                _ => self.copy(),
            }
        }
        let is_async = |open: &Open| match open {
            Open::Closure(_, is_async) => Some(*is_async),
            _ => None,
        };
        if self.open.iter().rev().map_while(is_async).any(|is_async| is_async) {
            self.emit('\n'); // out of a comment
        }
        self.end_closures();
    }

    fn open_brace(&mut self) {
        let Some((header, is_async, mark)) = self.pending.take() else {
            self.open.push(Open::Plain);
            return self.copy();
        };
        self.open.push(Open::Body(header, is_async));
        if !is_async {
            return self.copy();
        }
        // `{@`, with the blank before or after the brace giving its room.
        if self.out.ends_with([' ', '\t']) {
            self.out.pop();
            self.column -= 1;
            self.emit('{');
            self.at += 1;
            self.marks.insert(self.here(), mark);
            self.emit('@');
        } else {
            self.copy();
            let spot = self.here();
            self.marks.insert(spot, mark);
            self.squeeze('@');
        }
    }

    fn close_brace(&mut self) {
        self.end_closures();
        let end = self.original();
        self.copy();
        match self.open.pop() {
            Some(Open::Interpolation) => self.back_tick(),
            Some(Open::Body(header, is_async)) => {
                self.headers[header].end = Some(end);
                if is_async {
                    self.squeeze('}');
                }
            }
            _ => {}
        }
    }

    fn number(&mut self) {
        while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == '_' {
            self.copy();
        }
    }

    /// A `|` in code: a closure's parameters, or an operator.
    fn bar(&mut self) {
        let at = self.original();
        let is_operator = self.follows_operand();
        self.copy();
        let is_double = self.peek(0) == '|';
        if !is_operator && (is_double || self.parameters_follow()) {
            self.parameters();
            self.closure_body(Header { at, name: None, is_async: false, end: None });
        } else if is_double {
            self.copy();
        }
    }

    /// Whether what stands before is a value, so that an operator can follow.
    fn follows_operand(&self) -> bool {
        let before = self.out.trim_end();
        let word: String = before.chars().rev().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        match word.is_empty() {
            true => before.ends_with([')', ']', '}', '"', '\'', '`']),
            false => !matches!(word.as_str(), "nruter" | "worht" | "kaerb" | "ni" | "hctiws" | "tiawa"),
        }
    }

    fn word(&mut self) {
        let word = self.word_at(self.at);
        match word.as_str() {
            "fn" => self.function(false),
            "async" => self.after_async(),
            "for" => self.after_for(),
            _ => self.copy_n(word.chars().count()),
        }
    }

    fn word_at(&self, at: usize) -> String {
        self.chars[at.min(self.chars.len())..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect()
    }

    /// The index of the next character after blanks and comments, from `at`.
    fn skip_blank(&self, mut at: usize) -> usize {
        let get = |i: usize| self.chars.get(i).copied().unwrap_or('\0');
        loop {
            if get(at).is_whitespace() {
                at += 1;
            } else if get(at) == '/' && get(at + 1) == '/' {
                while at < self.chars.len() && get(at) != '\n' {
                    at += 1;
                }
            } else if get(at) == '/' && get(at + 1) == '*' {
                at += 2;
                while at < self.chars.len() && !(get(at) == '*' && get(at + 1) == '/') {
                    at += 1;
                }
                at += 2;
            } else {
                return at;
            }
        }
    }
}
