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
use crate::source::file;

/// An input that worked, or has left something in the session. What of it is to be saved is worked out when that is
/// asked for: with a long source it takes long.
#[derive(Clone, Debug, Default)]
pub struct Input {
    pub source: String,
    /// It gave a value, which became `it`.
    pub gave_value: bool,
    /// Where what it imports is looked for, if it was read from a file.
    pub folder: Option<PathBuf>,
    /// It ended early: the variables that were there then.
    pub left: Option<Vec<String>>,
}

impl Input {
    /// What was typed.
    pub fn typed(source: &str) -> Self {
        Self { source: source.to_owned(), ..Self::default() }
    }

    /// What was read from a file.
    pub fn loaded(source: String, path: &str) -> Self {
        let folder = Path::new(path).parent().unwrap_or(Path::new(""));
        Self { source, folder: Some(folder.to_owned()), ..Self::default() }
    }
}

/// A source that does what an input did.
#[derive(Clone, Debug)]
pub struct Entry {
    pub source: String,
    /// It gave a value, which became `it`.
    pub gave_value: bool,
}

/// What is to be saved of the inputs from this one on.
pub fn entries(inputs: &[Input], from: usize) -> Vec<Entry> {
    let mut older = HashSet::new();
    let mut entries = Vec::new();
    for (index, input) in inputs.iter().enumerate() {
        let source = match &input.folder {
            Some(folder) => importing_from(&input.source, folder),
            None => Cow::Borrowed(input.source.as_str()),
        };
        let kept = match &input.left {
            Some(left) => {
                let left: HashSet<&str> = left.iter().map(String::as_str).collect();
                survived(&source, &older, |name| left.contains(name))
            }
            None => Some(source.into_owned()),
        };
        let Some(source) = kept else { continue };
        older.extend(declared(&source, &scan(&source)).map(|(name, _)| name.to_owned()));
        if index >= from {
            entries.push(Entry { source, gave_value: input.gave_value });
        }
    }
    entries
}

/// The script for `entries`; its head says how it runs the same, if that takes these options of the command line.
pub fn script(entries: &[Entry], flags: &str) -> String {
    let mut later = HashSet::new();
    let mut it_is_used = false;
    let mut blocks: Vec<String> = Vec::new();
    for entry in entries.iter().rev() {
        let source = without_older_definitions(&up_to_return(&unmarked(&entry.source)), &mut later);
        let found = scan(&source);
        let uses_it = names(&source, &found).any(|name| name == "it");
        blocks.push(statement(&source, &found, entry.gave_value && it_is_used));
        it_is_used = uses_it || (it_is_used && !entry.gave_value);
    }
    blocks.retain(|block| !block.trim().is_empty());
    blocks.reverse();
    let how = match flags {
        "" => String::new(),
        flags => format!("// Runs the same with: loopscope run {flags} FILE\n"),
    };
    format!("// Saved from a loopscope session.\n{how}\n{}\n", blocks.join("\n"))
}

/// A source that need not stand first in a file: a byte-order mark goes, and a `#!` line becomes a comment.
fn unmarked(source: &str) -> Cow<'_, str> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    match source.starts_with("#!") {
        true => format!("// {source}").into(),
        false => source.into(),
    }
}

/// A source as one that stands in another folder: what it imports is where it was, in `folder`.
pub fn importing_from<'a>(source: &'a str, folder: &Path) -> Cow<'a, str> {
    let tokens = scan(source).tokens;
    let text = |at: usize| tokens.get(at).map_or("", |t| &source[t.span.clone()]);
    let path_at = |at: usize| {
        let path = text(at).strip_prefix('"')?.strip_suffix('"')?;
        (text(at - 1) == "import" && Path::new(path).is_relative() && !path.contains('\\')).then_some(path)
    };
    let mut out = Cow::Borrowed(source);
    for at in (1..tokens.len()).rev() {
        if let Some(path) = path_at(at) {
            let there = format!("{:?}", folder.join(path).display().to_string());
            out.to_mut().replace_range(tokens[at].span.clone(), &there);
        }
    }
    out
}

/// Writes a script. An existing file is replaced only with `replace`, and then as a whole: what
/// fails half-way leaves the old one as it was.
///
/// # Errors
///
/// A line for the user.
pub fn write(path: &Path, text: &str, replace: bool) -> Result<(), String> {
    if path.is_dir() {
        return Err(format!("{0} is a folder: name a file in it, such as {0}/session.rhai", path.display()));
    }
    let explain = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{0} exists; `:save -f {0}` replaces it", path.display())
        }
        _ => format!("{}: {error}", path.display()),
    };
    let written = match replace {
        true => file::replace(path, |out| out.write_all(text.as_bytes())),
        false => fs::File::create_new(path).and_then(|mut new| {
            let written = new.write_all(text.as_bytes()).and_then(|()| new.sync_all());
            written.inspect_err(|_| drop(fs::remove_file(path)))
        }),
    };
    written.map_err(explain)
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
    statements(source, scan).last().map_or(0, |span| span.start)
}

/// The statements of the outermost level. One that begins with a word such as `if` or `fn`, or with a block, ends where
/// its last block does, the others with a semicolon.
fn statements(source: &str, scan: &Scan) -> Vec<Range<usize>> {
    const BLOCKS: &[&str] = &["{", "if", "for", "while", "loop", "switch", "try", "fn", "private"];
    let tokens: Vec<_> = scan.tokens.iter().enumerate().filter(|(_, t)| t.kind != Kind::Comment).collect();
    let text = |at: usize| tokens.get(at).map_or("", |(_, t)| &source[t.span.clone()]);
    let is_block_end = |at: usize| {
        let open = scan.opener(tokens[at].0).map(|open| &source[scan.tokens[open].span.clone()]);
        open == Some("{") && !matches!(text(at + 1), "else" | "catch")
    };
    let (mut found, mut depth, mut first) = (Vec::new(), 0usize, None);
    for (at, (_, token)) in tokens.iter().enumerate() {
        let begin = *first.get_or_insert(at);
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        let is_block = BLOCKS.contains(&text(begin)) || (text(begin) == "async" && text(begin + 1) == "fn");
        let ends = text(at) == ";" || (is_block && token.kind == Kind::Close && is_block_end(at));
        if depth == 0 && (ends || at + 1 == tokens.len()) {
            found.push(tokens[begin].1.span.start..token.span.end);
            first = None;
        }
    }
    found
}

/// A `return` of the outermost level ends an input, and would end the script: what it gives stays, and what stands behind
/// it goes.
fn up_to_return(source: &str) -> Cow<'_, str> {
    const RETURN: &str = "return";
    let is_return = |text: &str| {
        text.strip_prefix(RETURN).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    match statements(source, &scan(source)).into_iter().find(|span| is_return(&source[span.clone()])) {
        Some(span) => format!("{}{}", &source[..span.start], source[span.start + RETURN.len()..span.end].trim()).into(),
        None => source.into(),
    }
}

/// The variables that a statement of the outermost level declares.
fn declared<'a>(source: &'a str, scan: &Scan) -> impl Iterator<Item = (&'a str, Range<usize>)> {
    statements(source, scan).into_iter().filter_map(|span| {
        let mut words = source[span.clone()].split(|c: char| !c.is_alphanumeric() && c != '_');
        matches!(words.next(), Some("let" | "const")).then_some(())?;
        Some((words.find(|word| !word.is_empty())?, span))
    })
}

/// What an input that ended early has left in the session, as a source: all up to the last variable that it declared
/// (`is_there` says which are there), and the functions behind that. None if it is nothing, or if an older input has
/// declared variables of the same names, so that one can't tell.
fn survived(source: &str, older: &HashSet<String>, is_there: impl Fn(&str) -> bool) -> Option<String> {
    let source = unmarked(source);
    let is_new = |name: &str| is_there(name) && !older.contains(name);
    let last = declared(&source, &scan(&source)).filter(|(name, _)| is_new(name)).last();
    let end = last.map_or(0, |(_, span)| span.end);
    let behind = definitions(&source).into_iter().filter(|(_, span)| span.start >= end);
    let mut kept = source[..end].to_owned();
    for (_, span) in behind {
        kept.push_str(if kept.is_empty() { "" } else { "\n" });
        kept.push_str(&source[span]);
    }
    (!kept.is_empty()).then_some(kept)
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
    let mut pairs = scan.pairs.clone();
    pairs.sort_unstable();
    let closer = |open: usize| pairs.binary_search_by_key(&open, |(open, _)| *open).ok().map(|at| pairs[at].1);
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
mod tests;
