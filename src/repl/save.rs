//! `:save`: the inputs of a session as a script that does the same.
//!
//! Three things differ between a prompt and a script, and are bridged here: an input needs no
//! semicolon at its end; `it` is the last value; and a function may be defined again, where a script
//! may define it once only, so the last definition is the one that is kept.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::scan::{Kind, Scan, scan};

/// An input that worked.
#[derive(Clone, Debug)]
pub struct Entry {
    pub source: String,
    /// It gave a value, which became `it`.
    pub gave_value: bool,
}

/// The script for `entries`.
pub fn script(entries: &[Entry]) -> String {
    let mut later = HashSet::new();
    let mut it_is_used = false;
    let mut blocks: Vec<String> = Vec::new();
    for entry in entries.iter().rev() {
        let source = without_older_definitions(&unmarked(&entry.source), &mut later);
        let found = scan(&source);
        let uses_it = names(&source, &found).any(|name| name == "it");
        blocks.push(statement(&source, &found, entry.gave_value && it_is_used));
        it_is_used = uses_it || (it_is_used && !entry.gave_value);
    }
    blocks.retain(|block| !block.trim().is_empty());
    blocks.reverse();
    format!("// Saved from a loopscope session.\n\n{}\n", blocks.join("\n"))
}

/// A source that need not stand first in a file: a byte-order mark goes, and a `#!` line becomes a comment.
fn unmarked(source: &str) -> Cow<'_, str> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    match source.starts_with("#!") {
        true => format!("// {source}").into(),
        false => source.into(),
    }
}

/// Writes a script. An existing file is replaced only with `replace`, and then as a whole: what
/// fails half-way leaves the old one as it was.
///
/// # Errors
///
/// A line for the user.
pub fn write(path: &Path, text: &str, replace: bool) -> Result<(), String> {
    let explain = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{0} exists; `:save -f {0}` replaces it", path.display())
        }
        _ => format!("{}: {error}", path.display()),
    };
    let target = if replace { beside(path) } else { path.to_owned() };
    let mut file = fs::File::create_new(&target).map_err(explain)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .and_then(|()| if replace { fs::rename(&target, path) } else { Ok(()) });
    written.map_err(|error| {
        let _ = fs::remove_file(&target);
        explain(error)
    })
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}", std::process::id()))
}

fn names<'a>(source: &'a str, scan: &'a Scan) -> impl Iterator<Item = &'a str> {
    scan.tokens.iter().filter(|t| t.kind == Kind::Name).map(|t| &source[t.span.clone()])
}

/// `source` with a semicolon where one is needed, and its value bound to `it` if that is wanted.
fn statement(source: &str, scan: &Scan, bind_it: bool) -> String {
    let code = |t: &&super::scan::Token| t.kind != Kind::Comment;
    let Some(last) = scan.tokens.iter().rev().find(code) else {
        return source.to_owned();
    };
    let mut out = source.to_owned();
    let is_definition = definitions(source).last().is_some_and(|(_, span)| span.end == last.span.end);
    if &source[last.span.clone()] != ";" && !is_definition {
        out.insert(last.span.end, ';');
    }
    if bind_it {
        out.insert_str(last_statement(source, scan), "let it = ");
    }
    out
}

/// Where the last statement of the outermost level begins.
fn last_statement(source: &str, scan: &Scan) -> usize {
    let mut depth = 0;
    let mut start = None;
    let mut fresh = true;
    for token in scan.tokens.iter().filter(|t| t.kind != Kind::Comment) {
        if std::mem::take(&mut fresh) {
            start = Some(token.span.start);
        }
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => {}
        }
        fresh = depth == 0 && &source[token.span.clone()] == ";";
    }
    start.unwrap_or(0)
}

/// `source` without the functions that are in `later`, to which it adds its own.
fn without_older_definitions(source: &str, later: &mut HashSet<(String, usize)>) -> String {
    let mut out = source.to_owned();
    for (key, span) in definitions(source).into_iter().rev() {
        if !later.insert(key) {
            out.replace_range(span, "");
        }
    }
    out
}

/// Name and number of parameters of each function defined at the outermost level, and its place.
fn definitions(source: &str) -> Vec<((String, usize), Range<usize>)> {
    let scan = scan(source);
    let text = |i: usize| scan.tokens.get(i).map_or("", |t| &source[t.span.clone()]);
    let closer = |open: usize| scan.pairs.iter().find(|(o, _)| *o == open).map(|(_, close)| *close);
    let mut found = Vec::new();
    for at in 0..scan.tokens.len() {
        if text(at) != "fn" || text(at + 2) != "(" {
            continue;
        }
        let Some(params_end) = closer(at + 2) else {
            continue;
        };
        let Some(body_end) = closer(params_end + 1) else {
            continue;
        };
        let params = (at + 3..params_end).filter(|i| scan.tokens[*i].kind == Kind::Name).count();
        let mut first = at;
        while first > 0 && matches!(text(first - 1), "async" | "private") {
            first -= 1;
        }
        let span = scan.tokens[first].span.start..scan.tokens[body_end].span.end;
        found.push(((text(at + 1).to_owned(), params), span));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(inputs: &[(&str, bool)]) -> String {
        let entries: Vec<Entry> = inputs
            .iter()
            .map(|(source, gave_value)| Entry { source: (*source).to_owned(), gave_value: *gave_value })
            .collect();
        script(&entries)
    }

    fn value(script: &str) -> i64 {
        rhai::Engine::new().eval(script).unwrap_or_else(|error| panic!("{error}\n{script}"))
    }

    #[test]
    fn it_is_bound_where_a_later_input_uses_it() {
        let script = saved(&[
            ("let a = 20", false),
            ("let b = 1; a + b // sum", true),
            ("let c = 0", false),
            ("it * 2", true),
            ("it + c", true),
        ]);
        assert_eq!(value(&format!("{}it", script.replace("it + c", "let it = it + c"))), 42);
        assert_eq!(script.matches("let it =").count(), 2);
    }

    #[test]
    fn the_last_definition_stays() {
        let script = saved(&[
            ("fn f(a) { a + 1 }", false),
            ("fn f(a) {\n    a + 2\n}\nlet x = 1", false),
            ("fn f(a, b) { a * b } // two", false),
            ("let y = f(40) * f(1, 1)", false),
        ]);
        assert_eq!(value(&format!("{script}y")), 42);
    }

    #[test]
    fn a_definition_needs_no_semicolon() {
        let script = saved(&[("async fn f(a) { a }", false), ("fn g() { 42 } // g", false), ("let x = g()", false)]);
        assert!(script.ends_with("\nasync fn f(a) { a }\nfn g() { 42 } // g\nlet x = g();\n"), "{script}");
    }

    #[test]
    fn comments_and_blocks_do_not_swallow_the_semicolon() {
        let script = saved(&[
            ("let n = 0 // nought", false),
            ("for i in 0..3 { n += i }", false),
            ("if n > 2 { n * 14 } else { 0 }", true),
            ("// only a remark", false),
        ]);
        assert_eq!(value(&format!("{script}n")), 3);
    }
}
