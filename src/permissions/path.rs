//! From what a script wrote to the file or program that it means.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};

/// So many symbolic links are followed, as by Linux.
const MOST_LINKS: usize = 40;

/// Where relative paths start.
///
/// # Errors
/// That folder is gone, or can't be reached: no other is taken for it.
pub fn current_folder() -> io::Result<PathBuf> {
    std::env::current_dir().map_err(|e| {
        let why = match e.kind() {
            io::ErrorKind::NotFound => "is not there any more".to_string(),
            _ => format!("can't be found: {e}"),
        };
        io::Error::new(e.kind(), format!("relative paths start at the current folder, and that {why}"))
    })
}

/// The path without symbolic links, `.` and `..`, from the root of the file system. What does not exist yet is taken as
/// it is written, so that this works for files that are to be made, and for links that lead nowhere.
///
/// # Errors
/// As [`current_folder`], for relative paths.
pub fn resolve(path: &Path) -> io::Result<PathBuf> {
    match path.is_absolute() {
        true => Ok(followed(path)),
        false => Ok(followed(&current_folder()?.join(path))),
    }
}

/// The same for the entry of a folder that is to be removed or replaced: a link at its end is itself meant.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_entry(path: &Path) -> io::Result<PathBuf> {
    match path.is_absolute() {
        true => Ok(entry(path)),
        false => Ok(entry(&current_folder()?.join(path))),
    }
}

/// An absolute path without symbolic links, `.` and `..`.
pub(super) fn followed(path: &Path) -> PathBuf {
    let mut todo: VecDeque<OsString> = parts(path).collect();
    let (mut done, mut links) = (PathBuf::new(), 0);
    while let Some(part) = todo.pop_front() {
        match Path::new(&part).components().next() {
            None | Some(Component::CurDir) => {}
            Some(Component::ParentDir) => {
                done.pop();
            }
            Some(Component::Prefix(_) | Component::RootDir) => done.push(part),
            Some(Component::Normal(_)) => {
                done.push(&part);
                let target = link_at(&done).filter(|_| links < MOST_LINKS);
                if let Some(target) = target {
                    links += 1;
                    done.pop();
                    parts(&target).rev().for_each(|part| todo.push_front(part));
                }
            }
        }
    }
    done
}

/// The same, but that a link at its end stays.
pub(super) fn entry(path: &Path) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => followed(parent).join(name),
        _ => followed(path),
    }
}

/// A path from the root; none where that of the folder at which it starts is not known.
pub(super) fn absolute(current: Option<&Path>, path: &Path) -> Option<PathBuf> {
    match path.is_absolute() {
        true => Some(path.to_path_buf()),
        false => Some(current?.join(path)),
    }
}

fn parts(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    path.components().map(|c| c.as_os_str().to_owned()).collect::<Vec<_>>().into_iter()
}

fn link_at(path: &Path) -> Option<PathBuf> {
    std::fs::read_link(path).ok()
}

/// Whether a resolved path is one at which Linux shows the environment of a process: `/proc/12/environ`, and the same of
/// its threads.
pub(super) fn shows_environment(path: &Path) -> bool {
    path.starts_with("/proc") && path.file_name() == Some(OsStr::new("environ"))
}

/// A program that was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// As it was written: `python3`.
    pub name: String,
    /// The file that is started, perhaps a link: `/usr/bin/python3`. One file may behave by the name that it is called by.
    pub file: PathBuf,
    /// What it leads to: `/usr/bin/python3.12`.
    pub target: PathBuf,
}

impl Program {
    /// Finds a program on the search path, or where the name says if it has a slash.
    ///
    /// # Errors
    /// Kind `NotFound` where there is none, `PermissionDenied` where it can't be executed.
    pub fn find(name: &str, current: Option<&Path>, search: Option<&OsStr>) -> io::Result<Self> {
        let is_path = Path::new(name).components().count() > 1 || name.contains('/');
        let files: Vec<PathBuf> = match search {
            _ if is_path => absolute(current, Path::new(name)).into_iter().collect(),
            Some(search) => std::env::split_paths(search).filter_map(|f| absolute(current, &f.join(name))).collect(),
            None => Vec::new(),
        };
        let mut error = io::ErrorKind::NotFound;
        for file in files.iter().filter(|_| !name.is_empty()) {
            match state_of(file) {
                Ok(()) => return Ok(Self::at(name, file)),
                Err(io::ErrorKind::NotFound) => {}
                Err(kind) => error = kind,
            }
        }
        Err(error.into())
    }

    /// The program that an absolute path leads to.
    fn at(name: &str, path: &Path) -> Self {
        Self { name: name.to_string(), file: entry(path), target: followed(path) }
    }

    /// What a rule means by a name: the program that it finds now, else the path as it is written, if that leads
    /// anywhere.
    pub(super) fn of_rule(name: &str, current: Option<&Path>) -> Option<Self> {
        let found = Self::find(name, current, std::env::var_os("PATH").as_deref());
        found.ok().or_else(|| Some(Self::at(name, &absolute(current, Path::new(name))?)))
    }
}

/// Whether a file can be executed, as far as its mode tells.
fn state_of(path: &Path) -> Result<(), io::ErrorKind> {
    let data = std::fs::metadata(path).map_err(|_| io::ErrorKind::NotFound)?;
    match data.is_file() && is_executable(&data) {
        true => Ok(()),
        false => Err(io::ErrorKind::PermissionDenied),
    }
}

#[cfg(unix)]
fn is_executable(data: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    data.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    true
}
