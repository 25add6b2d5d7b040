//! A light scanner of Rhai with the three words.
//!
//! It answers two questions that must be answered on every key, for text that is usually not yet
//! correct: what colour is each piece, and is something still open. It refuses to judge: errors are
//! the parser's, which sees the text once it is sent. One pass, linear in the length of the text.

use std::ops::Range;

/// What a piece of source is, as far as colour and completeness need to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A name: variable, function, property.
    Name,
    /// A word that Rhai reserves and uses.
    Keyword,
    /// `await`, `async` or `spawn`.
    AsyncWord,
    Number,
    /// A string of any sort, or the part of a template between two `${...}`; also a character.
    Text,
    Comment,
    /// `(`, `[`, `{` or `#{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    Operator,
    /// A character that Rhai does not use.
    Other,
}

/// A piece of source and its place, in bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// What the scanner found.
#[derive(Default, Debug)]
pub struct Scan {
    pub tokens: Vec<Token>,
    /// Pairs of brackets that match: index of the opening token, index of the closing one, by which they are in order.
    pub pairs: Vec<(usize, usize)>,
    /// Indices of the opening tokens that nothing closes, outermost first.
    pub open: Vec<usize>,
    /// A template, raw string, block comment, or a string that ends in a backslash, is not closed.
    pub unfinished: bool,
    /// More text cannot mend this: a bracket that closes another sort, a string cut by a newline.
    pub broken: bool,
}

const KEYWORDS: &[&str] = &[
    "as",
    "break",
    "catch",
    "const",
    "continue",
    "do",
    "else",
    "export",
    "false",
    "fn",
    "for",
    "global",
    "if",
    "import",
    "in",
    "is_shared",
    "let",
    "loop",
    "private",
    "return",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "until",
    "while",
    "Fn",
    "call",
    "curry",
];

/// The words that loopscope adds to Rhai.
pub const ASYNC_WORDS: &[&str] = &["async", "await", "spawn"];

/// Longest first, so that the first match is the right one.
const OPERATORS: &[&str] = &[
    "<<=", ">>=", "**=", "..=", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "::", "=>", "->", "+=", "-=", "*=",
    "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "..", "++", "--", "+", "-", "*", "/", "%", "=", "<", ">", "!", "&",
    "|", "^", "~", ".", ",", ";", ":", "?",
];

/// Words that Rhai or loopscope reserve, for completion.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    KEYWORDS.iter().chain(ASYNC_WORDS).copied()
}

impl Scan {
    /// The index of the token that opens what this one closes.
    pub fn opener(&self, close: usize) -> Option<usize> {
        let pair = self.pairs.binary_search_by_key(&close, |(_, close)| *close).ok()?;
        Some(self.pairs[pair].0)
    }
}

/// Cuts `source` into tokens.
pub fn scan(source: &str) -> Scan {
    let mut scanner = Scanner { source, at: 0, brackets: Vec::new(), out: Scan::default() };
    scanner.all();
    scanner.out.open = scanner.brackets.iter().map(|b| b.token).collect();
    scanner.out
}

struct Bracket {
    /// The character that closes it.
    closer: u8,
    /// It is the `${` of a template, which goes on after the closing brace.
    template: bool,
    token: usize,
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    brackets: Vec<Bracket>,
    out: Scan,
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.source[self.at..]
    }

    fn push(&mut self, kind: Kind, end: usize) {
        self.out.tokens.push(Token { kind, span: self.at..end });
        self.at = end;
    }

    fn all(&mut self) {
        while let Some(c) = self.rest().chars().next() {
            let bytes = self.rest().as_bytes();
            let second = bytes.get(1).copied().unwrap_or(0);
            match c {
                '/' if second == b'/' => self.line_comment(),
                '/' if second == b'*' => self.block_comment(),
                '"' => self.quoted('"'),
                '\'' => self.quoted('\''),
                '`' => self.template(1),
                '#' if self.raw_hashes().is_some() => self.raw_string(),
                '#' if second == b'{' => self.open(2, b'}'),
                '(' => self.open(1, b')'),
                '[' => self.open(1, b']'),
                '{' => self.open(1, b'}'),
                ')' | ']' | '}' => self.close(bytes[0]),
                _ if c.is_ascii_digit() => self.number(),
                _ if c.is_alphabetic() || c == '_' => self.word(),
                _ if c.is_whitespace() || c == super::gutter::MARK => self.at += c.len_utf8(),
                _ => self.operator(c),
            }
        }
    }

    fn line_comment(&mut self) {
        let end = self.rest().find('\n').map_or(self.source.len(), |n| self.at + n);
        self.push(Kind::Comment, end);
    }

    fn block_comment(&mut self) {
        let bytes = self.source.as_bytes();
        let (mut at, mut depth) = (self.at + 2, 1);
        while depth > 0 && at < bytes.len() {
            match &bytes[at..] {
                [b'/', b'*', ..] => (at, depth) = (at + 2, depth + 1),
                [b'*', b'/', ..] => (at, depth) = (at + 2, depth - 1),
                _ => at += 1,
            }
        }
        self.out.unfinished |= depth > 0;
        self.push(Kind::Comment, at);
    }

    /// A string or character on one line; a backslash before the newline continues it.
    fn quoted(&mut self, quote: char) {
        let source = self.source;
        let mut chars = source[self.at..].char_indices().skip(1);
        while let Some((n, c)) = chars.next() {
            match c {
                '\\' => self.out.unfinished |= chars.next().is_none(),
                '\n' => {
                    self.out.broken = true;
                    return self.push(Kind::Text, self.at + n);
                }
                c if c == quote => return self.push(Kind::Text, self.at + n + 1),
                _ => {}
            }
        }
        self.out.broken |= !self.out.unfinished;
        self.push(Kind::Text, self.source.len());
    }

    /// The text of a template from here, where `skip` bytes are known to belong to it.
    fn template(&mut self, skip: usize) {
        let bytes = self.source.as_bytes();
        let mut at = self.at + skip;
        while at < bytes.len() {
            match &bytes[at..] {
                [b'\\', b'$', b'{', ..] => at += 3,
                [b'`', b'`', ..] => at += 2,
                [b'`', ..] => return self.push(Kind::Text, at + 1),
                [b'$', b'{', ..] => {
                    self.push(Kind::Text, at);
                    self.open(2, b'}');
                    if let Some(bracket) = self.brackets.last_mut() {
                        bracket.template = true;
                    }
                    return;
                }
                _ => at += 1,
            }
        }
        self.out.unfinished = true;
        self.push(Kind::Text, self.source.len());
    }

    /// How many `#` begin a raw string here, if one begins.
    fn raw_hashes(&self) -> Option<usize> {
        let hashes = self.rest().bytes().take_while(|b| *b == b'#').count();
        (self.rest().as_bytes().get(hashes) == Some(&b'"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().unwrap_or(1);
        let closer = format!("\"{}", "#".repeat(hashes));
        let body = self.at + hashes + 1;
        let end = self.source[body..].find(&closer).map(|n| body + n + closer.len());
        self.out.unfinished |= end.is_none();
        self.push(Kind::Text, end.unwrap_or(self.source.len()));
    }

    fn open(&mut self, len: usize, closer: u8) {
        let token = self.out.tokens.len();
        self.brackets.push(Bracket { closer, template: false, token });
        self.push(Kind::Open, self.at + len);
    }

    fn close(&mut self, closer: u8) {
        let token = self.out.tokens.len();
        self.push(Kind::Close, self.at + 1);
        match self.brackets.pop() {
            Some(bracket) if bracket.closer == closer => {
                self.out.pairs.push((bracket.token, token));
                if bracket.template {
                    self.template(0);
                }
            }
            other => {
                self.out.broken = true;
                self.brackets.extend(other);
            }
        }
    }

    fn number(&mut self) {
        let bytes = self.rest().as_bytes();
        let digits =
            |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count();
        let mut end = if matches!(bytes, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]) {
            bytes.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count()
        } else {
            digits(0)
        };
        let digit_at = |n: usize| bytes.get(n).is_some_and(u8::is_ascii_digit);
        if bytes.get(end) == Some(&b'.') && digit_at(end + 1) {
            end = digits(end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if digit_at(end + 1 + sign) {
                end = digits(end + 1 + sign);
            }
        }
        self.push(Kind::Number, self.at + end);
    }

    fn word(&mut self) {
        let len = self.rest().find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest().len());
        let word = &self.rest()[..len];
        let kind = if ASYNC_WORDS.contains(&word) {
            Kind::AsyncWord
        } else if KEYWORDS.contains(&word) {
            Kind::Keyword
        } else {
            Kind::Name
        };
        self.push(kind, self.at + len);
    }

    fn operator(&mut self, c: char) {
        match OPERATORS.iter().find(|op| self.rest().starts_with(**op)) {
            Some(op) => self.push(Kind::Operator, self.at + op.len()),
            None => self.push(Kind::Other, self.at + c.len_utf8()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(source: &str) -> Vec<(Kind, &str)> {
        scan(source).tokens.iter().map(|t| (t.kind, &source[t.span.clone()])).collect()
    }

    #[test]
    fn words_and_numbers() {
        use Kind::*;
        assert_eq!(
            pieces("let x = await 1_0.5e-3"),
            [(Keyword, "let"), (Name, "x"), (Operator, "="), (AsyncWord, "await"), (Number, "1_0.5e-3"),]
        );
        assert_eq!(pieces("0..3")[1], (Operator, ".."));
        assert_eq!(pieces("1.max")[2], (Name, "max"));
    }

    #[test]
    fn templates_nest() {
        let source = "`a${ `b${c}` + #{d: 1}.d }e`";
        let found = scan(source);
        assert!(found.open.is_empty() && !found.unfinished && !found.broken);
        assert!(pieces(source).contains(&(Kind::Name, "c")));
        assert!(pieces(source).contains(&(Kind::Text, "e`")));
        assert!(scan("`a${b").open.len() == 1);
        assert!(scan("`a").unfinished);
    }

    #[test]
    fn strings_raw_strings_and_comments() {
        assert!(!scan(r##"#"a " b"# + "\"" "##).unfinished);
        assert!(scan("##\"a\"#").unfinished);
        assert!(scan("/* a /* b */ c").unfinished);
        assert!(!scan("/* a /* b */ c */").unfinished);
        assert!(scan("\"abc").broken);
        assert!(scan("\"abc\\").unfinished);
        assert!(scan("(]").broken);
    }

    #[test]
    fn any_text_is_covered_without_a_panic() {
        for text in ["é\u{0}`${`", "'\\", "#", "\u{10fffd}", "}}}", "0x", "1e", "\"\\\n\""] {
            let found = scan(text);
            assert!(found.tokens.iter().all(|t| text.get(t.span.clone()).is_some()), "{text:?}");
        }
    }
}
