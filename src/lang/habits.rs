//! Habits of other languages that Rhai's parser stumbles over: how each looks around the place of the error, and what
//! is written here instead.

/// So a line looks, in pieces with blanks between them, and what helps.
///
/// The piece with `^` before it is the one at which the parser stopped. `_` stands for any name, `1` for a number or a
/// text, `*` for any piece, `..` for any number of them; `$1` in the advice is what the first of `_` and `1` stands for.
struct Habit(&'static str, &'static str);

const FUNCTION: &str = "a function is `fn name(a, b) { ... }`, and `async fn` if it awaits";
const CLOSURE: &str = "a closure is `|a, b| a + b`, and `async |a| { ... }` if it awaits";
const BRACES: &str = "a block stands in braces: `if x > 0 { ... } else { ... }`, `while x > 0 { ... }`";
const LOOP: &str = "`for i in 0..3 { ... }` goes over 0, 1, 2; a block stands in braces";
const CATCH: &str = "`try { ... } catch (e) { ... }`, in braces; `e` is what was thrown";
const FINALLY: &str = "`defer(|| ...)`, called before the `try`, runs when the function ends, however it ends";
const NOTHING: &str = "`()` is what Rhai has for nothing";
const CLASS: &str = "Rhai has no classes: a map with closures does, as in `#{n: 0, add: |x| this.n += x}`";
const CHOICE: &str = "`if` is an expression: `let x = if a > 0 { 1 } else { 2 };`";
const ELSE_IF: &str = "`if a { ... } else if b { ... } else { ... }`";
const ONE_AT_A_TIME: &str = "`let` makes one variable: `let a = list[0]; let b = list[1];`, `let a = map.a;`";
const IN_BACKTICKS: &str = "a text with values in it stands in backticks: `` `a is ${a}` ``";
const THROW: &str = "`throw \"what is wrong\"`; `try { ... } catch (e) { ... }` catches it";
const HOLD: &str = "`await l.with(async || { ... })` holds a lock; `defer(|| ...)` runs at the end of a function";

/// The first that fits counts.
const TABLE: &[Habit] = &[
    Habit("async ^def", FUNCTION),
    Habit("async ^function", FUNCTION),
    Habit("def ^_", FUNCTION),
    Habit("function ^_", FUNCTION),
    Habit("func ^_", FUNCTION),
    Habit("fun ^_", FUNCTION),
    Habit("async ^(", CLOSURE),
    Habit("async ^_ =>", CLOSURE),
    Habit(") ^=>", CLOSURE),
    Habit("_ ^=>", "a closure is `|$1| ...`, and `async |$1| { ... }` if it awaits"),
    Habit("lambda ^*", CLOSURE),
    Habit("async ^with", HOLD),
    Habit("async ^for", "`for await x in stream { ... }` goes over what arrives"),
    Habit("class ^*", CLASS),
    Habit("^new *", "there is no `new`: a call makes it, as in `queue()`; `throw` takes any value"),
    Habit("^finally", FINALLY),
    Habit("finally ^*", FINALLY),
    Habit("^except", CATCH),
    Habit("except ^*", CATCH),
    Habit("try ^:", CATCH),
    Habit("^null", NOTHING),
    Habit("^nil", NOTHING),
    Habit("^var", "`let x = 1;` makes a variable, `const` one that stays as it is"),
    Habit("let mut ^_", "every variable can change: `let $1 = ...`; `const` makes one that can't"),
    Habit("let _ ^:", "variables have no declared types: `let $1 = ...`"),
    Habit("let ^[", ONE_AT_A_TIME),
    Habit("let ^{", ONE_AT_A_TIME),
    Habit("let ^(", ONE_AT_A_TIME),
    Habit("for ^(", LOOP),
    Habit("for ( ^let", LOOP),
    Habit("for .. ^:", LOOP),
    Habit("if .. ^:", BRACES),
    Habit("while .. ^:", BRACES),
    Habit("else ^:", BRACES),
    Habit("elif ^*", ELSE_IF),
    Habit("elsif ^*", ELSE_IF),
    Habit("{ _ ^:", "a map begins with `#{`: `#{$1: ...}`"),
    Habit("{ \" ^:", "a map begins with `#{`: `#{a: 1, b: 2}`"),
    Habit("not ^*", "`!x` is not, as in `if !x { ... }`"),
    Habit("^and", "`a && b` is and"),
    Habit("^or", "`a || b` is or"),
    Habit("_ ^++", "`$1 += 1` counts up"),
    Habit("_ ^--", "`$1 -= 1` counts down"),
    Habit("^++ _", "`$1 += 1` counts up"),
    Habit("^-- _", "`$1 -= 1` counts down"),
    Habit("f ^\"", IN_BACKTICKS),
    Habit("^f \"", IN_BACKTICKS),
    Habit("^'", "a text stands in double quotes, as in \"hello\"; single quotes hold one character"),
    Habit(". ^await", "`await` stands before what it awaits: `await f()`, `(await f()).x`"),
    Habit("await ^?", "`await f()` throws what goes wrong by itself, and `catch` catches it"),
    Habit("^?", CHOICE),
    Habit("^if .. else", CHOICE),
    Habit("^match", "`switch x { 1 => \"one\", _ => \"many\" }`"),
    Habit("raise ^*", THROW),
    Habit("from ^*", "`import \"file\" as name;`, then `name::f()`"),
    Habit("typeof ^*", "`type_of(x)` is the type of x"),
    Habit("^...", "`a + b` puts arrays together, `a += [x]` and `map += #{b: 2}` add"),
    Habit("if ( .. ) ^_", BRACES),
    Habit("while ( .. ) ^_", BRACES),
    Habit("^print *", "a call takes parentheses: `print(x)`"),
    Habit("spawn ^_ (", "a call takes parentheses: `spawn($1(...))`"),
    Habit("spawn ^async", "a call takes parentheses: `spawn(async { ... })`"),
    Habit("_ ^1", "a call takes parentheses: `$1($2)`"),
];

/// What helps somebody who wrote this line, at which the parser stopped in this column, from 1.
pub fn advice(line: &str, column: usize) -> Option<String> {
    let pieces = pieces(line);
    let at = pieces.iter().position(|piece| piece.column == column)?;
    TABLE.iter().find_map(|Habit(look, help)| {
        let found = stands(look, &pieces, at)?;
        let filled = |help: String, (n, text): (usize, &&str)| help.replace(&format!("${}", n + 1), text);
        Some(found.iter().enumerate().fold((*help).to_string(), filled))
    })
}

/// A word, a number, a text or a sign, and the column where it begins.
struct Piece<'a> {
    text: &'a str,
    column: usize,
}

const LONG_SIGNS: &[&str] = &["...", "=>", "++", "--", "..", "::", "==", "&&", "||", "#{"];

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
    let before = fits(look[..caret].iter().rev(), pieces[..at].iter().rev(), &mut found);
    found.reverse();
    let at_caret = look[caret].trim_start_matches('^');
    let after = fits(std::iter::once(&at_caret).chain(&look[caret + 1..]), pieces[at..].iter(), &mut found);
    (before && after).then_some(found)
}

/// Whether the pieces begin as the parts say.
fn fits<'a: 'p, 'p, 'l>(
    parts: impl Iterator<Item = &'l &'l str>,
    mut pieces: impl Iterator<Item = &'p Piece<'a>>,
    found: &mut Vec<&'a str>,
) -> bool {
    let mut is_gap = false;
    for part in parts {
        if *part == ".." {
            is_gap = true;
            continue;
        }
        let piece = if is_gap { pieces.find(|p| is_like(p.text, part)) } else { pieces.next() };
        let Some(piece) = piece.filter(|p| is_like(p.text, part)) else { return false };
        if matches!(*part, "_" | "1") {
            found.push(piece.text);
        }
        is_gap = false;
    }
    true
}

fn is_like(text: &str, part: &str) -> bool {
    let first = text.chars().next().unwrap_or_default();
    match part {
        "*" => true,
        "_" => is_of_word(first) && !first.is_ascii_digit(),
        "1" => first.is_ascii_digit() || matches!(first, '"' | '`'),
        "\"" | "'" => text.starts_with(part),
        _ => text == part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The advice where the parser stops at the `^`, which is no part of the line.
    fn said(marked: &str) -> String {
        let column = marked.chars().take_while(|c| *c != '^').count() + 1;
        advice(&marked.replace('^', ""), column).unwrap_or_default()
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
        assert_eq!(said("let f = n ^=> n"), "a closure is `|n| ...`, and `async |n| { ... }` if it awaits");
    }

    #[test]
    fn only_what_looks_so_is_advised() {
        for marked in ["let x = ^)", "^1", "", "^", "print(1) ^2", "é ü ^;", "\"if\" ^:", "x ^:"] {
            assert_eq!(said(marked), "", "{marked}");
        }
        assert_eq!(said("for i in range(3)^:"), LOOP);
        assert_eq!(said("let x = 1 ^if a else 2"), CHOICE);
        assert_eq!(said("1 ^if a"), "");
    }
}
