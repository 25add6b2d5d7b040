//! Whether Enter sends the input or opens another line.

use super::commands;
use super::foreign;
use super::scan::{Kind, Scan, scan};

/// Words after which an input cannot end. `return`, `throw`, `break` and `continue` can.
const EXPECT_MORE: &[&str] = &[
    "as", "async", "await", "catch", "const", "do", "else", "export", "fn", "for", "if", "import", "in", "let", "loop",
    "private", "spawn", "switch", "try", "until", "while",
];

/// Operators after which nothing can make an input right, outside of brackets, or that end one.
const LAST: &[&str] = &[";", "++", "--", "?", ":", "=>", "->", ","];

/// Whether `input` (without gutter) needs further lines.
///
/// Wrong text counts as complete, so that the parser can say what is wrong; and two empty lines at
/// the end send anything, so that nobody is trapped.
pub fn is_incomplete(input: &str) -> bool {
    let source = match commands::split(input) {
        Some((name, argument)) => match commands::find(name) {
            Ok(command) if command.takes_code() => argument,
            _ => return false,
        },
        None => input,
    };
    if ends_in_two_empty_lines(source) {
        return false;
    }
    let scan = scan(source);
    !scan.broken
        && !foreign::looks_so(source, &scan)
        && (scan.unfinished || !scan.open.is_empty() || expects_more(source, &scan))
}

fn ends_in_two_empty_lines(source: &str) -> bool {
    let mut lines = source.rsplit('\n');
    let mut empty = || lines.next().is_some_and(|line| line.trim().is_empty());
    empty() && empty() && source.matches('\n').count() >= 2
}

fn expects_more(source: &str, scan: &Scan) -> bool {
    let code = |i: &usize| scan.tokens[*i].kind != Kind::Comment;
    let Some(last) = (0..scan.tokens.len()).rev().find(code) else {
        return false;
    };
    let text = &source[scan.tokens[last].span.clone()];
    match scan.tokens[last].kind {
        Kind::Operator => !LAST.contains(&text),
        // `x.await`, as in Rust
        Kind::AsyncWord if last > 0 && &source[scan.tokens[last - 1].span.clone()] == "." => false,
        Kind::Keyword | Kind::AsyncWord => EXPECT_MORE.contains(&text),
        Kind::Close => {
            // `try {}` needs its catch, `do {}` its while.
            let before = scan.opener(last).and_then(|open| (0..open).rev().find(code));
            before.is_some_and(|i| matches!(&source[scan.tokens[i].span.clone()], "try" | "do"))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_incomplete;

    #[test]
    fn these_need_more() {
        for text in [
            "fn f() {",
            "[1,",
            "1 +",
            "a.",
            "x ??",
            "let x =",
            "`a",
            "`a${1",
            "/* a",
            "#\"a",
            "\"a\\",
            "await",
            "f(\n1",
            "let f = |x|",
            "try { 1 }",
            "do { 1 }",
            "1 + // note",
            ":time await gather([",
            "if a { 1 } else",
        ] {
            assert!(is_incomplete(text), "{text:?}");
        }
    }

    #[test]
    fn these_are_sent() {
        for text in [
            "",
            "1 + 1",
            "let x = 1;",
            "fn f() {}",
            "(]",
            "\"abc",
            "'",
            "f(\n\n",
            "return",
            "// a (",
            ":load (",
            ":tasks",
            "x++",
            "`a ${ \"}\" } b`",
            "try { 1 } catch { 2 }",
            "foo(\"abc",
            "?",
            "t0.await",
            "let f = (x) =>",
            "def foo():",
            "async def foo():",
            "function foo() {",
            "async function foo() {",
            "for i in range(3):",
            "let x = 1,",
        ] {
            assert!(!is_incomplete(text), "{text:?}");
        }
    }
}
