//! Habits of other languages that Rhai's parser stumbles over: how each looks around the place of the error, and what
//! is written here instead.

use rhai::Token;

/// So a line looks, in pieces with blanks between them, and what helps.
///
/// The piece with `^` before it is the one at which the parser stopped. `_` stands for any name, `1` for a number or a
/// text, `*` for any piece, `..` for any number of them with all brackets closed, `$` for the end of the line; `$1` in the advice is what the
/// first of `_` and `1` stands for. A keyword is no name.
struct Habit(&'static str, &'static str);

const FUNCTION: &str = "a function is `fn name(a, b) { ... }`, and `async fn` if it awaits";
const CLOSURE: &str = "a closure is `|a, b| a + b`, and `async |a| { ... }` if it awaits";
const BRACES: &str = "a block stands in braces: `if x > 0 { ... } else { ... }`, `while x > 0 { ... }`";
const LOOP: &str =
    "`for i in 0..3 { ... }` goes over 0, 1, 2, and `for x in list { ... }` over an array; a block stands in braces";
const STREAM: &str = "`for await x in stream { ... }` goes over what arrives";
const COUNTED: &str = "`for (x, i) in list { ... }` counts along";
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
const SWITCH: &str =
    "`switch x { 1 => \"one\", 2 | 3 => { ... }, _ => \"many\" }`, without `case`, `break` and `default`";
const SLICE: &str = "`$1.extract(1..3)` is a part of an array, `$1.sub_string(1..3)` of a text";
const MAPPED: &str = "`list.map(|x| x * 2)` makes an array of another, `list.filter(|x| x > 1)` keeps some of it";
const REMOVE: &str = "`map.remove(\"key\")` and `list.remove(0)` take an entry out";
const UNTYPED: &str =
    "variables, parameters and results have no declared types: `let x = 1;`, `fn add(a, b) { a + b }`";
const NO_KEYWORDS: &str = "arguments have no names: `f(1)`; options are a map, as in `fetch(url, #{method: \"POST\"})`";
const EXPORT: &str =
    "what a file defines needs no `pub` or `export`: `import \"file\" as name;` brings all its functions";
const NO_IMPORT: &str =
    "loopscope's functions need no import; `import \"file\" as name;` loads a file, for `name::f()`";
const THROWN: &str = "a call throws what goes wrong by itself, and `catch` catches it: no `?` is needed";
const TUPLE: &str = "several values stand in an array: `[1, 2]`";
const COMPARE: &str = "`==` and `!=` compare; `x == ()` tells whether it is nothing, `type_of(x)` gives the type";
const SHARED: &str = "blocks and closures share the variables around them; a function has its own, and parameters";

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
    Habit("async ^move", "`async { ... }` and `async |x| ...` capture what they use by themselves, without `move`"),
    Habit(") ^=>", CLOSURE),
    Habit("_ ^=>", "a closure is `|$1| ...`, and `async |$1| { ... }` if it awaits"),
    Habit("( _ ^, .. ) =>", CLOSURE),
    Habit("lambda ^*", CLOSURE),
    Habit("async ^with", HOLD),
    Habit("with ^open", "`await read_file(path)` reads a file, `for await line in file_lines(path) { ... }` its lines"),
    Habit("with ^*", HOLD),
    Habit("async ^for", STREAM),
    Habit("for await ^(", STREAM),
    Habit("for await ( ^*", STREAM),
    Habit("class ^*", CLASS),
    Habit("struct ^_", CLASS),
    Habit("enum ^_", CLASS),
    Habit("interface ^_", CLASS),
    Habit("impl ^_", CLASS),
    Habit("trait ^_", CLASS),
    Habit("^new *", "there is no `new`: a call makes it, as in `queue()`; `throw` takes any value"),
    Habit("^yield", "there are no generators: a `queue()` hands items over, and `for await x in q { ... }` takes them"),
    Habit("^finally", FINALLY),
    Habit("finally ^*", FINALLY),
    Habit("^except", CATCH),
    Habit("except ^*", CATCH),
    Habit("try ^:", CATCH),
    Habit("catch ^_", CATCH),
    Habit("catch ( _ ^_", CATCH),
    Habit("^null", NOTHING),
    Habit("^nil", NOTHING),
    Habit("^var", "`let x = 1;` makes a variable, `const` one that stays as it is"),
    Habit("let mut ^_", "every variable can change: `let $1 = ...`; `const` makes one that can't"),
    Habit("let _ ^:", "variables have no declared types: `let $1 = ...`"),
    Habit("fn _ ( .. ^:", UNTYPED),
    Habit("fn .. ^->", UNTYPED),
    Habit(
        "fn _ ( .. _ ^=",
        "parameters have no defaults: a function of the same name with fewer of them may stand beside it",
    ),
    Habit("let ^[", ONE_AT_A_TIME),
    Habit("let ^{", ONE_AT_A_TIME),
    Habit("let ^(", ONE_AT_A_TIME),
    Habit("let _ ^,", ONE_AT_A_TIME),
    Habit("const ^[", ONE_AT_A_TIME),
    Habit("const ^{", ONE_AT_A_TIME),
    Habit("_ ^, _ =", ONE_AT_A_TIME),
    Habit("for ^(", LOOP),
    Habit("for ( ^let", LOOP),
    Habit("for ( ^const", LOOP),
    Habit("for ( _ ^=", LOOP),
    Habit("for _ ^of", LOOP),
    Habit("for _ ^, .. in", COUNTED),
    Habit("for .. ^:", LOOP),
    Habit("if .. ^:", BRACES),
    Habit("while .. ^:", BRACES),
    Habit("else ^:", BRACES),
    Habit("elif ^*", ELSE_IF),
    Habit("elsif ^*", ELSE_IF),
    Habit("elseif ^*", ELSE_IF),
    Habit("elif ( .. ) ^{", ELSE_IF),
    Habit("elseif ( .. ) ^{", ELSE_IF),
    Habit("^case *", SWITCH),
    Habit("^default :", SWITCH),
    Habit("switch .. { .. ^:", SWITCH),
    Habit("switch .. { .. ^;", "commas stand between the cases: `switch x { 1 => \"one\", _ => \"many\" }`"),
    Habit("{ _ ^:", "a map begins with `#{`: `#{$1: ...}`"),
    Habit("{ \" ^:", "a map begins with `#{`: `#{a: 1, b: 2}`"),
    Habit("_ [ 1 ^:", SLICE),
    Habit("_ [ - 1 ^:", SLICE),
    Habit("_ [ _ ^:", SLICE),
    Habit("_ [ ^:", SLICE),
    Habit("_ [ ^::", SLICE),
    Habit("[ .. ^for", MAPPED),
    Habit("( .. ^for", MAPPED),
    Habit("_ ^: _ =", "variables have no declared types: `let $1 = ...`"),
    Habit("if ( _ ^=", "`==` compares, as in `if $1 == 1 { ... }`"),
    Habit("while ( _ ^=", "`==` compares, as in `while $1 == 1 { ... }`"),
    Habit("( _ ^=", NO_KEYWORDS),
    Habit(", _ ^=", NO_KEYWORDS),
    Habit("( 1 ^,", TUPLE),
    Habit("( _ ^,", TUPLE),
    Habit("^not in", "`x !in list` tells that it is not in there"),
    Habit("^1 not in", "`x !in list` tells that it is not in there"),
    Habit("not ^*", "`!x` is not, as in `if !x { ... }`"),
    Habit("^is", COMPARE),
    Habit("^instanceof", COMPARE),
    Habit("^and", "`a && b` is and"),
    Habit("^or", "`a || b` is or"),
    Habit("_ ^++", "`$1 += 1` counts up"),
    Habit("_ ^--", "`$1 -= 1` counts down"),
    Habit("^++ _", "`$1 += 1` counts up"),
    Habit("^-- _", "`$1 -= 1` counts down"),
    Habit("f ^\"", IN_BACKTICKS),
    Habit("^f \"", IN_BACKTICKS),
    Habit("f ^'", IN_BACKTICKS),
    Habit("^'", "a text stands in double quotes, as in \"hello\"; single quotes hold one character"),
    Habit("^# [", "there are no attributes; what `main` does stands at the top level, which may await"),
    Habit("^#", "a comment begins with `//`"),
    Habit(". ^await", "`await` stands before what it awaits: `await f()`, `(await f()).x`"),
    Habit("await .. ^?", THROWN),
    Habit("await ^?", THROWN),
    Habit(") ^? ;", THROWN),
    Habit(") ^? $", THROWN),
    Habit("_ ^? $", "at the prompt `:help $1` explains what `$1` is"),
    Habit("_ ^?", CHOICE),
    Habit("1 ^?", CHOICE),
    Habit(") ^?", CHOICE),
    Habit("] ^?", CHOICE),
    Habit("^? _", "at the prompt `:help $1` explains what `$1` is"),
    Habit("^?", "`?` is no operator; `x?.name` is () where x is (), and `x ?? y` is y then"),
    Habit("^if .. else", CHOICE),
    Habit("^match", SWITCH),
    Habit("raise ^*", THROW),
    Habit("from ^*", NO_IMPORT),
    Habit("import _ ^$", NO_IMPORT),
    Habit("import _ ^,", NO_IMPORT),
    Habit("^use", NO_IMPORT),
    Habit("pub ^*", EXPORT),
    Habit("export ^fn", EXPORT),
    Habit("export ^async", EXPORT),
    Habit("^typeof", "`type_of(x)` is the type of x"),
    Habit("typeof ^*", "`type_of(x)` is the type of x"),
    Habit("_ ^as _", "`x.to_int()`, `x.to_float()` and `x.to_string()` convert"),
    Habit(
        "^& _",
        "there are no references: `$1` by itself; arrays and maps are copied, queues, locks and tasks shared",
    ),
    Habit("vec ! ^[", "an array is `[1, 2]`"),
    Habit("join ^!", "`await gather([a, b])` runs both, and gives both values"),
    Habit("select ^!", "`await race([a, b])` gives the first to finish, and cancels the others"),
    Habit("del ^*", REMOVE),
    Habit("delete ^*", REMOVE),
    Habit("global ^_", SHARED),
    Habit("nonlocal ^_", SHARED),
    Habit("loop ^.", "the loop runs by itself: `await main()` at the top level"),
    Habit("^(*", "there is no `*list` for arguments: `gather(list)` takes an array as it is"),
    Habit("^...", "`a + b` puts arrays together, `a += [x]` and `map += #{b: 2}` add"),
    Habit("if ( .. ) ^_", BRACES),
    Habit("while ( .. ) ^_", BRACES),
    Habit("^print 1", "a call takes parentheses: `print(x)`"),
    Habit("^print '", "a call takes parentheses: `print(\"hello\")`"),
    Habit("^print _", "a call takes parentheses: `print($1)`"),
    Habit("help ^_", "at the prompt `:help $1` explains what `$1` is"),
    Habit("assert ^*", "a call takes parentheses: `assert(x == 1)`"),
    Habit("spawn ^_ (", "a call takes parentheses: `spawn($1(...))`"),
    Habit("spawn ^async", "a call takes parentheses: `spawn(async { ... })`"),
    Habit("_ ^_ = *", "`let $2 = ...` makes a variable"),
    Habit("_ ^1", "a call takes parentheses: `$1($2)`"),
];

/// What helps somebody who wrote this line, at which the parser stopped in this column, from 1.
pub fn advice(line: &str, column: usize) -> Option<String> {
    let pieces = pieces(line);
    let at = pieces.iter().position(|piece| piece.column == column)?;
    advice_at(&pieces, at)
}

/// The same where the parser misses a `;` in front of the first piece of a line: the end of the last one before it that
/// is not empty, and the number of that from 1.
pub fn advice_before(lines: &[&str]) -> Option<String> {
    let (number, line) = lines.iter().enumerate().rfind(|(_, line)| !line.trim().is_empty())?;
    let pieces = pieces(line);
    let here = advice_at(&pieces, pieces.len() - 1);
    here.or_else(|| Some(format!("a statement ends with `;`: there is none at the end of line {}", number + 1)))
}

/// What helps where the parser says this, whatever the line looks like.
pub fn advice_on(message: &str) -> Option<String> {
    message.starts_with("Expecting '{' to start a statement block").then(|| BRACES.to_string())
}

fn advice_at(pieces: &[Piece], at: usize) -> Option<String> {
    TABLE.iter().find_map(|Habit(look, help)| {
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
