//! What people type who are used to other prompts and other languages.

use super::scan::{Kind, Scan};
use crate::words::has;

/// Commands of other programs, and what there is here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("exit bye q! wq x", ":quit, or Ctrl-D, leaves"),
    ("clear cls", "Ctrl-L clears the screen, :reset forgets what the session has"),
    ("? h! man doc info", ":help lists them, :help NAME explains one"),
    ("ls dir cd pwd !", "`await list_dir(\".\")` lists a folder, `await run_process(program, [args])` runs a program"),
    ("open source o", ":load FILE runs a file here, :run FILE by itself"),
    ("w write", ":save FILE writes this session as a script"),
    ("kill stop", ":cancel ID cancels a task, :cancel all all of them"),
    ("ps jobs", ":tasks lists the tasks"),
    ("u undo", ":edit opens the last input in your editor"),
];

/// What there is instead of a command of this name.
pub fn command(name: &str) -> Option<&'static str> {
    ELSEWHERE.iter().find(|(names, _)| has(names, name)).map(|(_, here)| *here)
}

/// The word of an input by which other prompts are left or explained, and what there is here.
pub fn word(input: &str) -> Option<(&str, &'static str)> {
    let word = input.trim_end_matches(';').trim_end_matches("()");
    match word {
        "exit" | "quit" => Some((word, ":quit, or Ctrl-D, leaves")),
        "help" | "?" => Some((word, ":help lists commands")),
        _ => None,
    }
}

/// Whether it looks as nothing in Rhai does, such as `function f() {` or `async def`, so that more text is in vain: two
/// names side by side, or an `async` before what can't be.
pub fn looks_so(source: &str, scan: &Scan) -> bool {
    scan.tokens.windows(2).any(|pair| {
        let [first, second] = pair else { return false };
        let is_one_line = !source[first.span.end..second.span.start].contains('\n');
        let second_text = &source[second.span.clone()];
        match (first.kind, second.kind) {
            (Kind::Name, Kind::Name) => is_one_line,
            (Kind::AsyncWord, Kind::Name | Kind::Keyword | Kind::Open) if &source[first.span.clone()] == "async" => {
                is_one_line && !matches!(second_text, "fn" | "{")
            }
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::scan::scan;
    use super::*;

    #[test]
    fn a_program_is_not_taken_for_another_language_half_way() {
        for (name, text) in crate::examples::all() {
            for (at, _) in text.match_indices('\n') {
                let scan = scan(&text[..at]);
                assert!(!looks_so(&text[..at], &scan), "{name} up to {at}");
            }
        }
    }
}
