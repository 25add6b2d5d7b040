//! Scripts, and files of the user's own, read within bounds: no device and no pipe without a writer holds up who reads.

use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

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

/// Makes or replaces a file as a whole: what fails half-way leaves an old one as it was. A link is followed, and stays.
/// What is no file is left alone: a new file in the place of a device would take that away from all others.
///
/// # Errors
/// What the system says, and that it is no file.
pub fn replace(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let target = crate::permissions::resolve(path)?;
    if fs::metadata(&target).is_ok_and(|old| !old.is_file()) {
        let why = "it is a folder, a device or a pipe, and no file to be replaced";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    let (new, part) = part_of(&target)?;
    let written = (|| {
        if let Ok(old) = fs::metadata(&target) {
            new.set_permissions(old.permissions())?;
        }
        let mut out = BufWriter::new(new);
        write(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        fs::rename(&part, &target)
    })();
    written.inspect_err(|_| drop(fs::remove_file(&part)))
}

/// A new file beside the one that it will replace. Processes that were killed may have left some, under the number of
/// this one.
fn part_of(target: &Path) -> io::Result<(File, PathBuf)> {
    const ENOUGH: u32 = 1_000;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let mut count = 0;
    loop {
        let part = target.with_file_name(format!(".{name}.{}.{count}", std::process::id()));
        match File::create_new(&part) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && count < ENOUGH => count += 1,
            made => return Ok((made?, part)),
        }
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_when_what_it_leads_to_is_replaced() {
        let folder = std::env::temp_dir().join(format!("loopscope-replace-{}", std::process::id()));
        fs::create_dir_all(folder.join("kept")).expect("a folder");
        let (link, real) = (folder.join("link"), folder.join("kept/real"));
        std::os::unix::fs::symlink("kept/real", &link).expect("a link");
        for text in ["one", "two"] {
            replace(&link, |out| out.write_all(text.as_bytes())).expect("written");
            assert!(link.is_symlink());
            assert_eq!(fs::read_to_string(&real).expect("there"), text);
        }
        // as one who was killed leaves it
        fs::write(folder.join(format!("kept/.real.{}.0", std::process::id())), "half").expect("written");
        replace(&link, |out| out.write_all(b"two")).expect("written");
        fs::remove_file(folder.join(format!("kept/.real.{}.0", std::process::id()))).expect("it is there still");
        replace(&link, |_| Err(io::Error::other("no"))).expect_err("it fails");
        assert_eq!(fs::read_to_string(&real).expect("there"), "two");
        assert_eq!(fs::read_dir(folder.join("kept")).expect("a folder").count(), 1, "nothing half-written stays");
        let socket = folder.join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("bound");
        for other in [&socket, &folder] {
            let refused = replace(other, |_| panic!("it is not written to")).expect_err("no file");
            assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        }
        assert!(!fs::metadata(&socket).expect("still there").is_file());
        let _ = fs::remove_dir_all(folder);
    }
}
