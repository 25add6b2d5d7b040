//! The file that is named in the place of a command, and what was meant if there is none.

use std::ffi::OsString;
use std::path::Path;

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::super::{Exit, Script, Surroundings};
use super::{Line, usage};
use crate::{near, term};

/// The script that a word in the place of a command names, if it does.
pub(super) fn file(word: OsString, surroundings: Surroundings<'_>) -> Result<Script, Exit> {
    let path = Path::new(&word);
    // A pipe will do, too, such as `<(generate-script)` gives.
    if word == "-" || (path.exists() && !path.is_dir()) {
        return Ok(word.into());
    }
    let text = word.to_string_lossy();
    // clap would drop escape sequences without a trace.
    let shown = term::escape(&text);
    if path.is_dir() {
        let message = format!("'{shown}' is a directory; expected a script or a command");
        return Err(usage(ErrorKind::InvalidSubcommand, &message));
    }
    let mut message = format!("no command and no file is called '{shown}'");
    if let Some(tip) = tip(&text, surroundings) {
        message.push_str("\n\n  tip: ");
        message.push_str(&term::escape(&tip));
    }
    Err(usage(ErrorKind::InvalidSubcommand, &message))
}

/// What the user may have meant by `word`.
fn tip(word: &str, surroundings: Surroundings<'_>) -> Option<String> {
    if word.contains([';', '(', '{', ' ']) {
        return Some(String::from("to run code, use `loopscope eval 'CODE'`"));
    }
    let line = Line::command();
    let files = neighbours(Path::new(word));
    let commands = line.get_subcommands().map(|c| ("", c.get_name()));
    let examples = surroundings.examples.iter().map(|&e| ("examples ", e));
    let files = files.iter().map(|file| ("", file.as_str()));
    // Of equals the first counts: commands before examples before files.
    let (_, before, name) = commands
        .chain(examples)
        .chain(files)
        .filter_map(|(before, name)| Some((distance(word, name)?, before, name)))
        .min_by_key(|(distance, ..)| *distance)?;
    Some(format!("did you mean `loopscope {before}{name}`?"))
}

/// How many letters lie between a word and a name that it may be meant for. The ending of scripts
/// counts for nothing where only one has it, and the start of a name is near it, as the last of what is.
fn distance(word: &str, name: &str) -> Option<usize> {
    let stem = name.strip_suffix(".rhai").unwrap_or(name);
    let letters = [name, stem].iter().filter_map(|name| near::distance(word, name)).min();
    letters.or_else(|| (word.len() >= 3 && name.starts_with(word)).then(|| near::allowed(word)))
}

/// The scripts in the folder where `path` would be.
fn neighbours(path: &Path) -> Vec<String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let listed = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let Ok(entries) = listed.read_dir() else {
        return Vec::new();
    };
    let mut scripts: Vec<_> = entries
        .flatten()
        .map(|entry| folder.join(entry.file_name()))
        .filter_map(|path| path.to_str().map(str::to_owned))
        .filter(|path| path.ends_with(".rhai"))
        .collect();
    scripts.sort();
    scripts
}
