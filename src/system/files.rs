//! Files and folders, by functions that block.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::Error;

/// The most that is read at once, in bytes.
pub const MOST: u64 = 64 << 20;

/// All bytes of a file.
///
/// # Errors
/// "limit" if there are more than [`MOST`].
pub fn read_bytes(path: &Path, shown: &str) -> Result<Vec<u8>, Error> {
    let fail = |e: io::Error| Error::of(&format!("read {shown}"), &e);
    let file = File::open(path).map_err(fail)?;
    let size = file.metadata().map_err(fail)?.len();
    let mut bytes = Vec::with_capacity(size.min(MOST) as usize);
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(fail)?;
    match bytes.len() as u64 > MOST {
        true => Err(Error::limit(format!(
            "{shown} is larger than {} MiB, the most that is read at once: file_lines reads a line at a time",
            MOST >> 20
        ))),
        false => Ok(bytes),
    }
}

/// The text of a file.
///
/// # Errors
/// "value" if it is not UTF-8; "limit" as [`read_bytes`].
pub fn read_text(path: &Path, shown: &str) -> Result<String, Error> {
    String::from_utf8(read_bytes(path, shown)?).map_err(|e| {
        let valid = e.utf8_error().valid_up_to();
        let line = e.as_bytes()[..valid].iter().filter(|b| **b == b'\n').count() + 1;
        Error::value(format!("{shown}, line {line}: this is not UTF-8 text; read_bytes reads any file"))
    })
}

/// Makes or replaces a file.
pub fn write(path: &Path, shown: &str, bytes: &[u8]) -> Result<(), Error> {
    fs::write(path, bytes).map_err(|e| Error::of(&format!("write {shown}"), &e))
}

/// Adds to the end of a file, which is made if it is not there.
pub fn append(path: &Path, shown: &str, bytes: &[u8]) -> Result<(), Error> {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|e| Error::of(&format!("write {shown}"), &e))
}

/// Copies a file with its mode over another.
pub fn copy(from: &Path, to: &Path, shown: &str) -> Result<(), Error> {
    if from == to {
        return Err(Error::value(format!("can't copy {shown}: both are the same file")));
    }
    fs::copy(from, to).map(drop).map_err(|e| Error::of(&format!("copy {shown}"), &e))
}

/// Removes a file, or a link.
pub fn remove(path: &Path, shown: &str) -> Result<(), Error> {
    // the error of some systems for a folder is that one has no right to do it
    let is_folder = fs::symlink_metadata(path).is_ok_and(|data| data.is_dir());
    let removed = if is_folder { Err(io::ErrorKind::IsADirectory.into()) } else { fs::remove_file(path) };
    removed.map_err(|e| Error::of(&format!("remove {shown}"), &e))
}

/// Whether there is something. What can't be looked at is not there.
pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// The sorted names in a folder. What is not UTF-8 in them becomes U+FFFD.
pub fn list(path: &Path, shown: &str) -> Result<Vec<String>, Error> {
    let fail = |e: io::Error| Error::of(&format!("list {shown}"), &e);
    let entries = fs::read_dir(path).map_err(fail)?;
    let name = |entry: io::Result<fs::DirEntry>| entry.map(|e| e.file_name().to_string_lossy().into_owned());
    let mut names = entries.map(name).collect::<io::Result<Vec<_>>>().map_err(fail)?;
    names.sort();
    Ok(names)
}

/// Makes a folder, and those above it; one that is there is left as it is.
pub fn make_folder(path: &Path, shown: &str) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|e| Error::of(&format!("make {shown}"), &e))
}
