//! The history file: every entry appended at once, never rewritten, shared by all sessions.
//!
//! Format: UTF-8, one entry a line, oldest first; in an entry `\` is written `\\`, a newline `\n` and
//! a carriage return `\r`. Bytes that are not UTF-8 spoil their own line only. An entry is one write
//! to the end of the file under a lock, so sessions never mix; a write that fails half-way is cut off
//! again. What other sessions add is picked up before each prompt, and sorted before this session's
//! own entries, so that Up always gives what was typed here last.
//!
//! The place: `$LOOPSCOPE_HISTORY`, or `loopscope/history` below the platform's state directory. An
//! empty `LOOPSCOPE_HISTORY` keeps no history.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustyline::history::{History as _, MemHistory};

use super::gutter;
use super::place::{self, Usual};
use crate::source::file;
use crate::term::is_live;

/// Entries kept in memory.
pub const KEEP: usize = 10_000;

/// Only this much of the end of a file is read.
const READ: u64 = 1 << 20;

/// The entries of all sessions, and the file behind them.
pub struct History {
    path: Option<PathBuf>,
    /// Everything before this byte of the file is known.
    offset: u64,
    /// Entries found in the file.
    earlier: Vec<String>,
    /// Entries of this session.
    own: Vec<String>,
    /// Entries of others were found that the editor does not have.
    stale: bool,
    /// So many of its own the editor has.
    given: usize,
    /// Why entries are not kept, once it is known; said once.
    trouble: Option<String>,
    warned: bool,
}

impl History {
    /// Opens the history of `path`; `None` keeps entries in memory only.
    pub fn open(path: Option<PathBuf>) -> Self {
        let mut history = Self {
            path,
            offset: 0,
            earlier: Vec::new(),
            own: Vec::new(),
            stale: true,
            given: 0,
            trouble: None,
            warned: false,
        };
        history.pick_up();
        history
    }

    /// Whether nobody has ever typed anything here.
    pub fn is_empty(&self) -> bool {
        self.earlier.is_empty() && self.own.is_empty()
    }

    /// The last `n` entries, oldest first.
    pub fn last(&self, n: usize) -> impl Iterator<Item = &str> {
        let skip = (self.earlier.len() + self.own.len()).saturating_sub(n);
        self.earlier.iter().chain(&self.own).skip(skip).map(String::as_str)
    }

    /// The last entry that is no command.
    pub fn last_code(&self) -> Option<&str> {
        self.newest_first().find(|entry| !entry.starts_with(':'))
    }

    /// The last `n` entries that contain `part`, oldest first.
    pub fn search(&self, part: &str, n: usize) -> Vec<&str> {
        let part = part.to_lowercase();
        let mut found: Vec<&str> =
            self.newest_first().filter(|entry| entry.to_lowercase().contains(&part)).take(n).collect();
        found.reverse();
        found
    }

    fn newest_first(&self) -> impl Iterator<Item = &str> {
        self.own.iter().rev().chain(self.earlier.iter().rev()).map(String::as_str)
    }

    /// Keeps an entry, here and in the file.
    pub fn add(&mut self, entry: &str) {
        if entry.trim().is_empty() {
            return;
        }
        if let Err(error) = self.append(entry) {
            self.trouble(&error);
        }
        self.own.push(entry.to_owned());
    }

    /// A warning that the user has not seen yet.
    pub fn take_warning(&mut self) -> Option<String> {
        let trouble = self.trouble.take()?;
        (!std::mem::replace(&mut self.warned, true)).then_some(trouble)
    }

    /// Brings the editor's history up to date.
    pub fn sync(&mut self, editor: &mut MemHistory) {
        self.pick_up();
        if std::mem::take(&mut self.stale) {
            let _ = editor.clear();
            self.given = 0;
            for entry in &self.earlier {
                let _ = editor.add_owned(gutter::lay(entry));
            }
        }
        for entry in &self.own[self.given..] {
            let _ = editor.add_owned(gutter::lay(entry));
        }
        self.given = self.own.len();
    }

    fn trouble(&mut self, error: &io::Error) {
        if let Some(path) = &self.path {
            self.trouble = Some(format!("history is not saved in {}: {error}", path.display()));
        }
    }

    /// Reads what others have appended since the last look.
    fn pick_up(&mut self) {
        let Some(path) = &self.path else { return };
        let found = file::check(path).and_then(|()| File::open(path)).and_then(|mut file| {
            let len = file.metadata()?.len();
            let entries = if len == self.offset { Vec::new() } else { read_new(&mut file, self.offset, len)? };
            Ok((entries, len))
        });
        match found {
            Ok((entries, end)) => self.take_in(entries, end),
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.offset = 0,
            Err(error) => self.trouble(&error),
        }
    }

    fn take_in(&mut self, entries: Vec<String>, end: u64) {
        self.offset = end;
        self.stale |= !entries.is_empty();
        self.earlier.extend(entries);
        let surplus = self.earlier.len().saturating_sub(KEEP);
        self.earlier.drain(..surplus);
    }

    fn append(&mut self, entry: &str) -> io::Result<()> {
        let Some(path) = self.path.clone() else {
            return Ok(());
        };
        let mut file = open_for_append(&path)?;
        lock(&file, Duration::from_millis(100));
        let end = file.seek(SeekFrom::End(0))?;
        if end != self.offset {
            let entries = read_new(&mut file, self.offset, end)?;
            self.take_in(entries, end);
        }
        let mut line = String::new();
        if end > 0 && !ends_with_newline(&mut file)? {
            line.push('\n');
        }
        line.push_str(&encode(entry));
        line.push('\n');
        if let Err(error) = file.write_all(line.as_bytes()) {
            let _ = file.set_len(end);
            return Err(error);
        }
        self.offset = end + line.len() as u64;
        Ok(())
    }
}

/// Where the history is kept.
pub fn default_path() -> Option<PathBuf> {
    let usual = Usual { windows: "LOCALAPPDATA", xdg: "XDG_STATE_HOME", home: ".local/state" };
    place::of("LOOPSCOPE_HISTORY", &usual, "history")
}

fn open_for_append(path: &Path) -> io::Result<File> {
    match file::check(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {} // it is made where it is missing
    }
    let mut options = OpenOptions::new();
    options.append(true).read(true).create(true);
    // What was typed may hold secrets: for the user's eyes only.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            options.open(path)
        }
        opened => opened,
    }
}

/// Waits for the lock, but not longer than this: appending is safe without it on a local disk, and a
/// stopped session that holds it must not stop this one. Released when the file is closed.
pub(super) fn lock(file: &File, patience: Duration) {
    let end = Instant::now() + patience;
    while let Err(fs::TryLockError::WouldBlock) = file.try_lock()
        && Instant::now() < end
    {
        thread::sleep(Duration::from_millis(2));
    }
}

fn ends_with_newline(file: &mut File) -> io::Result<bool> {
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last[0] == b'\n')
}

/// The entries between two places of the file; of many only the newest.
fn read_new(file: &mut File, from: u64, end: u64) -> io::Result<Vec<String>> {
    // A file that has shrunk was replaced.
    let from = if from > end { 0 } else { from };
    let start = from.max(end.saturating_sub(READ));
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(end - start).read_to_end(&mut bytes)?;
    let mut lines = bytes.split(|b| *b == b'\n');
    if start > from {
        lines.next();
    }
    let lines: Vec<&[u8]> = lines.filter(|line| !line.is_empty()).collect();
    let newest = &lines[lines.len().saturating_sub(KEEP)..];
    // others may have written to it; the return is part of an entry
    let harmless = |entry: String| entry.replace(|c| is_live(c) && c != '\r', "\u{fffd}");
    let entries = newest.iter().map(|line| harmless(decode(&String::from_utf8_lossy(line))));
    Ok(entries.collect())
}

fn encode(entry: &str) -> String {
    entry.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r")
}

fn decode(line: &str) -> String {
    if !line.contains('\\') {
        return line.to_owned();
    }
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('\\') | None => out.push('\\'),
                Some(other) => out.extend(['\\', other]),
            },
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use rustyline::history::SearchDirection;

    use super::*;

    fn temporary(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("loopscope-history-{}-{name}", std::process::id()));
        let _ = fs::remove_file(&path);
        path
    }

    #[test]
    fn encoding_is_lossless() {
        for entry in ["a\\nb", "a\nb", "\\", "a\r\n\\\\n", "ordinary"] {
            assert_eq!(decode(&encode(entry)), entry);
            assert!(!encode(entry).contains('\n'));
        }
    }

    #[test]
    fn sessions_share_a_file_and_own_entries_come_last() {
        let path = temporary("share");
        let (mut a, mut b) = (History::open(Some(path.clone())), History::open(Some(path.clone())));
        a.add("a1");
        b.add("b1\nb1");
        a.add("a2");
        let mut editor = MemHistory::new();
        b.sync(&mut editor);
        assert_eq!(b.last(9).collect::<Vec<_>>(), ["a1", "a2", "b1\nb1"]);
        assert_eq!(History::open(Some(path.clone())).last(9).collect::<Vec<_>>(), ["a1", "b1\nb1", "a2"]);
        let _ = fs::remove_file(path);
    }

    #[test]
    fn the_editor_gets_every_entry_once() {
        let mut history = History::open(None);
        let mut editor = MemHistory::new();
        for round in [&["one"][..], &[":edit", "two"], &[], &["three"]] {
            round.iter().for_each(|entry| history.add(entry));
            history.sync(&mut editor);
        }
        let entry =
            |n| editor.get(n, SearchDirection::Forward).expect("a history").map(|found| found.entry.into_owned());
        let entries: Vec<String> = (0..editor.len()).filter_map(entry).collect();
        assert_eq!(entries, ["one", ":edit", "two", "three"]);
    }

    #[test]
    fn bytes_that_are_not_utf8_spoil_their_own_entry_only() {
        let path = temporary("bytes");
        fs::write(&path, b"one\ntw\xffo\nthree").expect("writable");
        let mut history = History::open(Some(path.clone()));
        history.add("four");
        let again = History::open(Some(path.clone()));
        assert_eq!(again.last(9).collect::<Vec<_>>(), ["one", "tw\u{fffd}o", "three", "four"]);
        assert!(fs::read(&path).expect("readable").starts_with(b"one\ntw\xffo\nthree\nfour"));
        let _ = fs::remove_file(path);
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_taken_from_the_file() {
        let path = temporary("live");
        fs::write(&path, "print(1)\u{1b}]0;x\u{7}\u{9b}2J\none\\ntwo").expect("writable");
        let history = History::open(Some(path.clone()));
        assert_eq!(history.last(9).collect::<Vec<_>>(), ["print(1)\u{fffd}]0;x\u{fffd}\u{fffd}2J", "one\ntwo"]);
        let _ = fs::remove_file(path);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_said_once() {
        let mut history = History::open(Some(PathBuf::from("/dev/null/history")));
        history.add("one");
        assert!(history.take_warning().is_some());
        history.add("two");
        assert!(history.take_warning().is_none());
        assert_eq!(history.last(9).count(), 2);
    }
}
