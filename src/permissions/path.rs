//! From what a script wrote to the file or program that it means.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};

/// So many symbolic links are followed, as by Linux.
const MOST_LINKS: usize = 40;

/// The path without symbolic links, `.` and `..`, from the root of the file system. What does not exist yet is taken as
/// it is written, so that this works for files that are to be made, and for links that lead nowhere.
pub fn resolve(current: &Path, path: &Path) -> PathBuf {
    let mut todo: VecDeque<OsString> = parts(&current.join(path)).collect();
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

/// The same for the entry of a folder that is to be removed or replaced: a link at its end is itself meant.
pub fn resolve_entry(current: &Path, path: &Path) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => resolve(current, parent).join(name),
        _ => resolve(current, path),
    }
}

fn parts(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    path.components().map(|c| c.as_os_str().to_owned()).collect::<Vec<_>>().into_iter()
}

fn link_at(path: &Path) -> Option<PathBuf> {
    std::fs::read_link(path).ok()
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
    pub fn find(name: &str, current: &Path, search: Option<&OsStr>) -> io::Result<Self> {
        let is_path = Path::new(name).components().count() > 1 || name.contains('/');
        let folders: Vec<PathBuf> = match search {
            _ if is_path => vec![current.to_path_buf()],
            Some(search) => std::env::split_paths(search).map(|folder| current.join(folder)).collect(),
            None => Vec::new(),
        };
        let mut error = io::ErrorKind::NotFound;
        for folder in folders.iter().filter(|_| !name.is_empty()) {
            match state_of(&folder.join(name)) {
                Ok(()) => return Ok(Self::at(name, current, &folder.join(name))),
                Err(io::ErrorKind::NotFound) => {}
                Err(kind) => error = kind,
            }
        }
        Err(error.into())
    }

    fn at(name: &str, current: &Path, path: &Path) -> Self {
        Self { name: name.to_string(), file: resolve_entry(current, path), target: resolve(current, path) }
    }

    /// What a rule means by a name: the program that it finds now, else the path as it is written.
    pub(super) fn of_rule(name: &str, current: &Path) -> Self {
        let found = Self::find(name, current, std::env::var_os("PATH").as_deref());
        found.unwrap_or_else(|_| Self::at(name, current, Path::new(name)))
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
