//! Colours for the line being typed.

use std::collections::HashSet;

use super::backend::Names;
use super::commands;
use super::gutter;
use super::scan::{Kind, Scan, scan};
use super::unknown::unknown;
use crate::term::{Paint, colour, disarm};

/// Beyond this many bytes a line is shown plain: colour on every key would make typing slow.
pub const LIMIT: usize = 4 << 10;

/// The line as shown: coloured, with the gutter drawn. As wide as the buffer, always. With a cursor,
/// the bracket at it and its partner stand out.
pub fn highlight(line: &str, cursor: Option<usize>, names: &Names, paint: Paint) -> String {
    if line.len() > LIMIT || !paint.on {
        return plain(line, paint);
    }
    let mut out = Painter { paint, out: String::with_capacity(line.len() * 2) };
    let code_from = match commands::split(line) {
        None => 0,
        Some((name, argument)) => {
            let code = commands::find(name).is_ok_and(|c| c.takes_code());
            let head = if code { line.len() - argument.len() } else { line.len() };
            let name_end = line.len() - argument.len();
            out.piece(colour::STRONG_NAME, &line[..name_end]);
            if !code {
                out.piece("", &line[name_end..]);
            }
            head
        }
    };
    out.code(&line[code_from..], cursor.and_then(|c| c.checked_sub(code_from)), names);
    out.out
}

/// The line without colours, with the gutter drawn.
pub fn plain(line: &str, paint: Paint) -> String {
    let mut out = Painter { paint, out: String::with_capacity(line.len()) };
    out.piece("", line);
    out.out
}

/// Code in the colours of the prompt.
pub fn code_in_colour(code: &str, paint: Paint) -> String {
    let mut out = Painter { paint, out: String::with_capacity(code.len() * 2) };
    if paint.on {
        out.code(code, None, &Names::default())
    } else {
        out.piece("", code)
    }
    out.out
}

struct Painter {
    paint: Paint,
    out: String,
}

impl Painter {
    fn code(&mut self, source: &str, cursor: Option<usize>, names: &Names) {
        let functions: HashSet<&str> = names.functions.iter().map(|f| f.name.as_str()).collect();
        let scan = scan(source);
        let matched = cursor.and_then(|at| matching(&scan, at));
        let unknown = unknown(source, &scan, cursor, names);
        let closed: HashSet<usize> = scan.pairs.iter().map(|(_, close)| *close).collect();
        let mut at = 0;
        for (i, token) in scan.tokens.iter().enumerate() {
            self.piece("", &source[at..token.span.start]);
            let text = &source[token.span.clone()];
            let called =
                token.kind == Kind::Name && source[token.span.end..].starts_with('(') && functions.contains(text);
            let code = match token.kind {
                _ if matched.is_some_and(|(a, b)| a == i || b == i) => "1;4",
                _ if called => colour::NAME,
                _ if unknown.contains(&i) => colour::WRONG,
                Kind::Close if !closed.contains(&i) => colour::WRONG,
                Kind::Open if scan.open.binary_search(&i).is_ok() => colour::WARN,
                kind => colour_of(kind),
            };
            self.piece(code, text);
            at = token.span.end;
        }
        self.piece("", &source[at..]);
    }

    /// Adds text in one colour; gutters in it are drawn dim.
    fn piece(&mut self, code: &str, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(gutter::MARK) {
            let marks = rest[at..].chars().take_while(|c| *c == gutter::MARK).count();
            self.out.push_str(&self.paint.sgr(code, &disarm(&rest[..at])));
            let shown: String = gutter::SHOWN.chars().chain(std::iter::repeat(' ')).take(marks).collect();
            self.out.push_str(&self.paint.dim(&shown));
            rest = &rest[at + marks * gutter::MARK.len_utf8()..];
        }
        self.out.push_str(&self.paint.sgr(code, &disarm(rest)));
    }
}

fn colour_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Keyword => colour::WORD,
        Kind::AsyncWord => colour::STRONG_WORD,
        Kind::Number => colour::ACCENT,
        Kind::Text => colour::TEXT,
        Kind::Comment => colour::DIM,
        Kind::Name | Kind::Open | Kind::Close | Kind::Operator | Kind::Other => "",
    }
}

/// The pair of brackets of which one is under or just before the cursor.
fn matching(scan: &Scan, cursor: usize) -> Option<(usize, usize)> {
    let at = |place: usize| {
        let token = scan.tokens.iter().position(|t| t.span.contains(&place))?;
        scan.pairs.iter().copied().find(|(a, b)| *a == token || *b == token)
    };
    at(cursor).or_else(|| at(cursor.checked_sub(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("\x1b[") {
            out.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        out + rest
    }

    #[test]
    fn colour_changes_no_character() {
        let names = Names::default();
        for line in ["let a = await f(`x${1}`, 'c') // z", ":time 1 + 1", ":load a b", "((", "é\"", ":"] {
            for pos in 0..=line.len() {
                assert_eq!(plain(&highlight(line, Some(pos), &names, Paint { on: true })), line);
            }
        }
    }

    #[test]
    fn the_gutter_is_drawn_without_colour_too() {
        let line = gutter::lay("`a\nb`");
        for on in [true, false] {
            assert_eq!(plain(&highlight(&line, None, &Names::default(), Paint { on })), "`a\n...   b`");
        }
    }
}
