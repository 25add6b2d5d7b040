//! Habits of other languages that Rhai's parser stumbles over: how each looks around the place of the error, and what
//! is written here instead.

mod table;

use rhai::Token;

use table::{BRACES, CALL, Habit, TABLE};

/// What helps somebody who wrote this line, at which the parser stopped in this column, from 1, and said this.
pub fn advice(message: &str, line: &str, column: usize) -> Option<String> {
    let pieces = pieces(line);
    let at = pieces.iter().position(|piece| piece.column == column)?;
    // in a list two things side by side lack a comma, or a colon, rather than parentheses
    let is_in_list = message.starts_with("Expecting ','") || message.starts_with("Expecting ':'");
    advice_at(&pieces, at, if is_in_list { CALL } else { "" })
}

/// The same where the parser misses a `;` in front of the first piece of a line: the end of the last one before it that
/// is not empty, and the number of that from 1.
pub fn advice_before(lines: &[&str]) -> Option<String> {
    let (number, line) = lines.iter().enumerate().rfind(|(_, line)| !line.trim().is_empty())?;
    let pieces = pieces(line);
    let here = advice_at(&pieces, pieces.len() - 1, "");
    here.or_else(|| Some(format!("a statement ends with `;`: there is none at the end of line {}", number + 1)))
}

/// What helps where the parser says this, whatever the line looks like.
pub fn advice_on(message: &str) -> Option<&'static str> {
    let is_reserved = message.ends_with("is a reserved keyword");
    match message.starts_with("Expecting '{' to start a statement block") {
        true => Some(BRACES),
        false => is_reserved.then_some("Rhai keeps this word for itself: as a name, take another one"),
    }
}

fn advice_at(pieces: &[Piece], at: usize, but: &str) -> Option<String> {
    TABLE.iter().filter(|Habit(_, help)| *help != but).find_map(|Habit(look, help)| {
        let found = stands(look, pieces, at)?;
        let filled = |help: String, (n, text): (usize, &&str)| help.replace(&format!("${}", n + 1), text);
        Some(found.iter().enumerate().fold((*help).to_string(), filled))
    })
}

/// A word, a number, a text or a sign, and the column where it begins; the last is empty, at the end of the line.
struct Piece<'a> {
    text: &'a str,
    column: usize,
}

const LONG_SIGNS: &[&str] = &["...", "=>", "->", "++", "--", "..", "::", "==", "&&", "||", "#{", "(*"];

fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut rest, mut column) = (line, 1);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' | '`' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            _ if is_of_word(first) => rest.find(|c| !is_of_word(c)).unwrap_or(rest.len()),
            _ => LONG_SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(first.len_utf8(), |sign| sign.len()),
        };
        // a number may have a point in it
        let point = rest[length..].starts_with('.') && rest[length + 1..].starts_with(|c: char| c.is_ascii_digit());
        let length = match first.is_ascii_digit() && point {
            true => rest[length + 1..].find(|c| !is_of_word(c)).map_or(rest.len(), |end| length + 1 + end),
            false => length,
        };
        let (text, after) = rest.split_at(length);
        if !first.is_whitespace() {
            found.push(Piece { text, column });
        }
        column += text.chars().count();
        rest = after;
    }
    found.push(Piece { text: rest, column });
    found
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// What the wildcards stand for, if the pieces around that one look so.
fn stands<'a>(look: &str, pieces: &[Piece<'a>], at: usize) -> Option<Vec<&'a str>> {
    let look: Vec<&str> = look.split(' ').collect();
    let caret = look.iter().position(|part| part.starts_with('^'))?;
    let mut found = Vec::new();
    let before = fits(look[..caret].iter().rev(), pieces[..at].iter().rev(), (CLOSE, OPEN), &mut found);
    found.reverse();
    let at_caret = look[caret].trim_start_matches('^');
    let rest = std::iter::once(&at_caret).chain(&look[caret + 1..]);
    let after = fits(rest, pieces[at..].iter(), (OPEN, CLOSE), &mut found);
    (before && after).then_some(found)
}

const OPEN: &[&str] = &["(", "[", "{", "#{", "(*"];
const CLOSE: &[&str] = &[")", "]", "}"];

/// The brackets that lead into others in the direction of reading, and those that lead out again.
type Brackets = (&'static [&'static str], &'static [&'static str]);

/// Whether the pieces begin as the parts say.
fn fits<'a: 'p, 'p, 'l>(
    parts: impl Iterator<Item = &'l &'l str>,
    mut pieces: impl Iterator<Item = &'p Piece<'a>>,
    brackets: Brackets,
    found: &mut Vec<&'a str>,
) -> bool {
    let mut is_gap = false;
    for part in parts {
        if *part == ".." {
            is_gap = true;
            continue;
        }
        let piece = if is_gap { next_like(&mut pieces, part, brackets) } else { pieces.next() };
        let Some(piece) = piece.filter(|p| is_like(p.text, part)) else { return false };
        if matches!(*part, "_" | "1") {
            found.push(piece.text);
        }
        is_gap = false;
    }
    true
}

/// The first piece that is like the part and in no brackets that begin on the way.
fn next_like<'a: 'p, 'p>(
    pieces: &mut impl Iterator<Item = &'p Piece<'a>>,
    part: &str,
    (into, out): Brackets,
) -> Option<&'p Piece<'a>> {
    let mut depth = 0_usize;
    for piece in pieces {
        if depth == 0 && is_like(piece.text, part) {
            return Some(piece);
        }
        if into.contains(&piece.text) {
            depth += 1;
        } else if out.contains(&piece.text) {
            depth = depth.checked_sub(1)?;
        }
    }
    None
}

fn is_like(text: &str, part: &str) -> bool {
    let first = text.chars().next().unwrap_or_default();
    match part {
        "*" => !text.is_empty(),
        "$" => text.is_empty(),
        "_" => is_of_word(first) && !first.is_ascii_digit() && Token::lookup_symbol_from_syntax(text).is_none(),
        "1" => first.is_ascii_digit() || matches!(first, '"' | '`'),
        "\"" | "'" => text.starts_with(part),
        _ => text == part,
    }
}

#[cfg(test)]
mod tests {
    use super::table::{CHOICE, CLOSURE, LOOP, MAPPED, NO_IMPORT, NO_KEYWORDS, SLICE, THROWN};
    use super::*;

    /// The advice where the parser stops at the `^`, which is no part of the line.
    fn said(marked: &str) -> String {
        let column = marked.chars().take_while(|c| *c != '^').count() + 1;
        advice("", &marked.replace('^', ""), column).unwrap_or_default()
    }

    #[test]
    fn each_look_has_one_place() {
        for Habit(look, _) in TABLE {
            assert_eq!(look.matches('^').count(), 1, "{look}");
        }
    }

    #[test]
    fn what_is_written_is_part_of_the_advice() {
        assert_eq!(said("if (a == 1) ^print(a)"), BRACES);
        assert_eq!(said("while (a) ^step();"), BRACES);
        assert_eq!(said("await sleep ^1.5;"), "a call takes parentheses: `sleep(1.5)`");
        assert_eq!(said("let t = spawn ^get(0.1)"), "a call takes parentheses: `spawn(get(...))`");
        assert_eq!(said("x = 3; total^++;"), "`total += 1` counts up");
        assert_eq!(said("let x = { a^: 1 }"), "a map begins with `#{`: `#{a: ...}`");
        assert_eq!(said("let y = xs[1^:3]"), SLICE.replace("$1", "xs"));
        assert_eq!(said("if (f(a) == 1) ^print(a)"), BRACES);
        assert_eq!(said("let y = [f(x) ^for x in xs]"), MAPPED);
        assert_eq!(said("int ^x = 5"), "`let x = ...` makes a variable");
        assert_eq!(said("sleep^?"), "at the prompt `:help sleep` explains what `sleep` is");
        assert_eq!(said("^?sleep"), said("sleep^?"));
        assert_eq!(said("a ^? 1 : 2"), CHOICE);
        assert_eq!(said("(a > 1) ^? 1 : 2"), CHOICE);
        assert_eq!(said("let r = await fetch(u)^?;"), THROWN);
        assert_eq!(said("sleep(seconds^=1)"), NO_KEYWORDS);
        assert_eq!(said("(a^, b) => a + b"), CLOSURE);
        assert_eq!(said("let f = n ^=> n"), "a closure is `|n| ...`, and `async |n| { ... }` if it awaits");
    }

    #[test]
    fn only_what_looks_so_is_advised() {
        for marked in
            ["let x = ^)", "^1", "", "^", "print(1) ^2", "é ü ^;", "\"if\" ^:", "x ^:", "if ^1 { }", "[a ^: 1]"]
        {
            assert_eq!(said(marked), "", "{marked}");
        }
        assert_eq!(said("for i in range(3)^:"), LOOP);
        assert_eq!(said("let x = 1 ^if a else 2"), CHOICE);
        assert_eq!(said("1 ^if a"), "");
        assert_eq!(advice("Expecting ',' to separate the arguments", "f(x \"a\")", 5), None);
        assert_eq!(said("let y = [1]; f(2) ^for x in y { }"), "");
        assert_eq!(said("fn f(x) { let m = { a^: 1 } }"), "a map begins with `#{`: `#{a: ...}`");
        assert_eq!(said("if b { let m = { a^: 1 } }"), "a map begins with `#{`: `#{a: ...}`");
    }

    #[test]
    fn a_semicolon_may_be_missing_in_a_line_before() {
        assert_eq!(
            advice_before(&["let x = 1", ""]).unwrap(),
            "a statement ends with `;`: there is none at the end of line 1"
        );
        assert_eq!(advice_before(&["import asyncio"]).unwrap(), NO_IMPORT);
        assert_eq!(advice_before(&[""]), None);
    }
}
