//! Scripts, and files of the user's own, read within bounds: no device and no pipe without a writer holds up who reads.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// The most that is read, in bytes.
pub const MOST: u64 = 64 << 20;

/// The bytes of a regular file.
///
/// # Errors
/// What the system says; that it is no regular file; that it has more than [`MOST`] bytes.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    check(path)?;
    bounded(File::open(path)?)
}

/// The same, or what somebody writes into a pipe: shells pass those for files, as `<(...)`.
///
/// # Errors
/// As [`read`].
pub fn read_or_receive(path: &Path) -> io::Result<Vec<u8>> {
    if !is_pipe(&fs::metadata(path)?) {
        check(path)?;
    }
    bounded(File::open(path)?)
}

/// All that a reader gives.
///
/// # Errors
/// What it says; that there are more than [`MOST`] bytes.
pub fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MOST + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MOST {
        true => Err(io::Error::other(format!("it has more than {} MiB", MOST >> 20))),
        false => Ok(bytes),
    }
}

/// Whether opening a file can neither wait nor have an effect, and reading it ends.
///
/// # Errors
/// What the system says, or that it is no regular file.
pub fn check(path: &Path) -> io::Result<()> {
    let data = fs::metadata(path)?;
    // the usual name for "no file"
    match data.is_file() || data.is_dir() || path == Path::new("/dev/null") {
        true => Ok(()),
        false => Err(io::Error::other("it is a pipe, a device or a socket, and no regular file")),
    }
}

#[cfg(unix)]
fn is_pipe(data: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&data.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &Metadata) -> bool {
    false
}
