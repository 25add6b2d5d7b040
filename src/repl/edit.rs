//! `:edit`: an input written in the user's own editor.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use super::highlight::code_in_colour;
use super::session::{Flow, Session};
use super::terminal;
use crate::words::words;

/// Opens the last input, or a file, in the editor; what is saved there is run.
pub fn edit(session: &mut Session, _: &str) -> Flow {
    let before = session.history.last_code().unwrap_or_default().to_owned();
    match in_editor(session, &before) {
        Err(why) => session.complain(&why),
        Ok(None) => session.remark("nothing was saved, so nothing was run"),
        Ok(Some(text)) if text.trim().is_empty() => session.remark("nothing to run"),
        Ok(Some(text)) => {
            let text = text.trim_end();
            session.say(&code_in_colour(text, session.paint));
            session.history.add(text);
            session.run_input(text);
        }
    }
    Flow::Continue
}

/// The text after the user has edited it; none if it was not saved.
fn in_editor(session: &Session, before: &str) -> Result<Option<String>, String> {
    let mut command = editor(session.settings.get("editor"))?;
    let draft = Draft::new(before).map_err(|error| format!("no file to edit: {error}"))?;
    let written = draft.written();
    // what tasks print meanwhile is not for the editor's screen
    session.sink.hold();
    terminal::lend();
    let status = command.1.arg(&draft.0).status();
    terminal::take_back();
    session.sink.release();
    match status {
        Ok(status) if status.success() && draft.written() == written => Ok(None),
        Ok(status) if status.success() => {
            let text = fs::read_to_string(&draft.0).map_err(|error| format!("not read: {error}"))?;
            Ok(Some(text.replace("\r\n", "\n")))
        }
        Ok(status) => Err(format!("{} ended with {status}; nothing was run", command.0)),
        Err(error) => {
            Err(format!("can't start the editor {}: {error}; `:set editor NAME`, or $EDITOR, says which", command.0))
        }
    }
}

/// The editor's name, and the command that starts it.
fn editor(set: &str) -> Result<(String, Command), String> {
    let from = |name: &str| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    let usual = if cfg!(windows) { "notepad" } else { "vi" };
    let set = Some(set.to_owned()).filter(|v| !v.trim().is_empty());
    let line = set.or_else(|| from("VISUAL")).or_else(|| from("EDITOR")).unwrap_or_else(|| usual.to_owned());
    let words = words(&line).map_err(|why| format!("the editor {line:?}: {why}"))?;
    let mut words = words.into_iter();
    let name = words.next().ok_or("no editor is set")?;
    let mut command = Command::new(&name);
    command.args(words);
    Ok((name, command))
}

/// A file for the editor, for the user's eyes only, that goes when it is dropped.
struct Draft(PathBuf);

impl Draft {
    fn new(text: &str) -> io::Result<Self> {
        let folder = std::env::temp_dir();
        let mut number = 0;
        loop {
            let path = folder.join(format!("loopscope-{}-{number}.rhai", std::process::id()));
            match create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
                Err(error) => return Err(error),
                Ok(mut file) => {
                    let draft = Self(path);
                    if !text.is_empty() {
                        writeln!(file, "{text}")?;
                    }
                    return Ok(draft);
                }
            }
        }
    }
}

impl Draft {
    /// When it was written, and how long it is: what saving changes.
    fn written(&self) -> Option<(SystemTime, u64)> {
        let data = fs::metadata(&self.0).ok()?;
        Some((data.modified().ok()?, data.len()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn create(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
