//! A text of Rhai as tokens, as far as brackets, loops and async bodies go.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// A name, a keyword, a number.
    Word,
    /// A string or a character.
    Text,
    Open,
    Close,
    Comma,
    Semi,
    /// Operators, a character each.
    Sign,
}

/// A token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) at: Range<usize>,
    /// Of a bracket: the other one. Else itself.
    pub(super) mate: usize,
    /// The bracket around it.
    pub(super) parent: Option<usize>,
}

/// A loop: its keyword, and the brackets of its block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loop {
    pub(super) keyword: usize,
    pub(super) open: usize,
    pub(super) close: usize,
}

/// An async body: from its first word on (`whole`), and what is in it (`inner`).
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) whole: Range<usize>,
    pub(super) inner: Range<usize>,
}

/// The tokens of a text.
pub(super) struct Tokens<'a> {
    pub(super) text: &'a str,
    pub(super) list: Vec<Token>,
    pub(super) loops: Vec<Loop>,
    /// The first is the whole text.
    pub(super) bodies: Vec<Body>,
}

impl<'a> Tokens<'a> {
    /// Reads a text. What is not balanced is taken as well as can be.
    pub(super) fn new(text: &'a str) -> Tokens<'a> {
        let mut tokens = Tokens { text, list: scan(text), loops: Vec::new(), bodies: Vec::new() };
        tokens.pair();
        let all = 0..tokens.list.len();
        tokens.bodies.push(Body { whole: all.clone(), inner: all.clone() });
        for index in all {
            match tokens.word(index) {
                "for" | "while" | "loop" | "do" => tokens.add_loop(index),
                "async" => tokens.add_body(index),
                _ => {}
            }
        }
        tokens
    }

    /// The text of a token; "" past the end.
    pub(super) fn word(&self, index: usize) -> &'a str {
        self.list.get(index).map_or("", |token| &self.text[token.at.clone()])
    }

    /// Whether a block, not a map, begins here.
    pub(super) fn is_block(&self, index: usize) -> bool {
        self.word(index) == "{"
    }

    /// The token at a line and column, both from 1, or the first one after it.
    pub(super) fn at(&self, line: u32, column: u32) -> Option<usize> {
        let text = self.text.strip_prefix('\u{FEFF}').unwrap_or(self.text);
        let base = self.text.len() - text.len();
        let mut start = 0;
        for _ in 1..line {
            start += text[start..].find('\n')? + 1;
        }
        let column = column.saturating_sub(1) as usize;
        let within = text[start..].char_indices().nth(column).map_or(text.len() - start, |(at, _)| at);
        let offset = base + start + within;
        let index = self.list.partition_point(|token| token.at.end <= offset);
        (index < self.list.len()).then_some(index)
    }

    /// The number of the innermost body around a token.
    pub(super) fn body_of(&self, token: usize) -> usize {
        let around = |body: &Body| body.whole.contains(&token);
        self.bodies.iter().rposition(around).unwrap_or(0)
    }

    /// From `index` on the first block at the same level, before a statement ends.
    pub(super) fn block_after(&self, mut index: usize) -> Option<usize> {
        while let Some(token) = self.list.get(index) {
            match token.kind {
                Kind::Open if self.is_block(index) => return Some(index),
                Kind::Open => index = token.mate.max(index),
                Kind::Close | Kind::Semi => return None,
                _ => {}
            }
            index += 1;
        }
        None
    }

    fn pair(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        let end = self.list.len();
        for index in 0..end {
            let mate = match self.list[index].kind {
                Kind::Close => open.pop(),
                _ => None,
            };
            self.list[index].parent = open.last().copied();
            match (self.list[index].kind, mate) {
                (Kind::Open, _) => {
                    self.list[index].mate = end;
                    open.push(index);
                }
                (Kind::Close, Some(mate)) => {
                    self.list[index].mate = mate;
                    self.list[mate].mate = index;
                }
                _ => self.list[index].mate = index,
            }
        }
    }

    fn add_loop(&mut self, keyword: usize) {
        if let Some(open) = self.block_after(keyword + 1) {
            self.loops.push(Loop { keyword, open, close: self.list[open].mate });
        }
    }

    fn add_body(&mut self, word: usize) {
        let after = match self.word(word + 1) {
            "fn" => self.block_after(word + 2).unwrap_or(word + 2),
            "|" => self.next_bar(word + 2) + 1,
            _ => word + 1,
        };
        let (inner, end) = match self.is_block(after) {
            true => (after + 1..self.list[after].mate, self.list[after].mate + 1),
            false => (after..self.end_of_expression(after), self.end_of_expression(after)),
        };
        self.bodies.push(Body { whole: word..end.min(self.list.len()), inner });
    }

    fn next_bar(&self, from: usize) -> usize {
        (from..self.list.len()).find(|index| self.word(*index) == "|").unwrap_or(from)
    }

    fn end_of_expression(&self, mut index: usize) -> usize {
        while let Some(token) = self.list.get(index) {
            match token.kind {
                Kind::Comma | Kind::Semi | Kind::Close => return index,
                Kind::Open => index = token.mate,
                _ => {}
            }
            index += 1;
        }
        self.list.len()
    }
}

fn scan(text: &str) -> Vec<Token> {
    let mut list = Vec::new();
    let mut at = if text.starts_with("#!") { text.find('\n').unwrap_or(text.len()) } else { 0 };
    while let Some(c) = text[at..].chars().next() {
        let (kind, len) = match c {
            c if c.is_whitespace() || c == '\u{FEFF}' => (None, c.len_utf8()),
            '/' if text[at..].starts_with("//") => (None, text[at..].find('\n').unwrap_or(text.len() - at)),
            '/' if text[at..].starts_with("/*") => (None, comment(&text[at..])),
            '"' | '\'' => (Some(Kind::Text), quoted(&text[at..], c)),
            '`' => (Some(Kind::Text), template(&text[at..])),
            '#' if text[at..].starts_with("#{") => (Some(Kind::Open), 2),
            '(' | '[' | '{' => (Some(Kind::Open), 1),
            ')' | ']' | '}' => (Some(Kind::Close), 1),
            ',' => (Some(Kind::Comma), 1),
            ';' => (Some(Kind::Semi), 1),
            c if is_word(c) => (Some(Kind::Word), text[at..].find(|c| !is_word(c)).unwrap_or(text.len() - at)),
            c => (Some(Kind::Sign), c.len_utf8()),
        };
        if let Some(kind) = kind {
            list.push(Token { kind, at: at..at + len, mate: 0, parent: None });
        }
        at += len;
    }
    list
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of a comment, which may hold others.
fn comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let step = match rest {
            rest if rest.starts_with("/*") => {
                depth += 1;
                2
            }
            rest if rest.starts_with("*/") => {
                depth -= 1;
                2
            }
            rest => rest.chars().next().map_or(1, char::len_utf8),
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// The length of a text in quotes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a text in backticks, with the code in its `${}`.
fn template(text: &str) -> usize {
    let mut at = 1;
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with('`') {
            return at + 1;
        }
        at += match rest {
            rest if rest.starts_with("\\${") => 3,
            rest if rest.starts_with("${") => 1 + braces(&rest[1..]),
            rest => rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    text.len()
}

/// The length of a piece of code in braces.
fn braces(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        at += match c {
            '"' => quoted(&text[at..], c),
            '`' => template(&text[at..]),
            c => c.len_utf8(),
        };
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}
