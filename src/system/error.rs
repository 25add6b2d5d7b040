//! What can go wrong with files and processes, in words from which one can learn.

use std::io;

/// A kind for the script to branch on, and a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// One of "io", "value" and "limit".
    pub kind: &'static str,
    pub message: String,
}

impl Error {
    /// The world does not do it: `"io"`.
    pub fn io(message: impl Into<String>) -> Self {
        Self { kind: "io", message: message.into() }
    }

    /// What is there is not what was asked for: `"value"`.
    pub fn value(message: impl Into<String>) -> Self {
        Self { kind: "value", message: message.into() }
    }

    /// Too much of it: `"limit"`.
    pub fn limit(message: impl Into<String>) -> Self {
        Self { kind: "limit", message: message.into() }
    }

    /// Doing this (`read "a.txt"`) ended with that error.
    pub fn of(doing: &str, error: &io::Error) -> Self {
        Self::io(format!("can't {doing}: {}", reason(error)))
    }
}

/// Why, and what to do.
fn reason(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let text = match error.kind() {
        Kind::NotFound => {
            return match crate::permissions::current_folder() {
                Ok(folder) => format!(
                    "there is no such file or folder (relative paths start at the current folder, {})",
                    folder.display()
                ),
                Err(_) => "there is no such file or folder".to_string(),
            };
        }
        Kind::PermissionDenied => "the system does not let you: look at its owner and mode (`ls -l`)",
        Kind::IsADirectory => "it is a folder, not a file",
        Kind::NotADirectory => "a part of the path is a file, not a folder",
        Kind::AlreadyExists => "it exists already",
        Kind::StorageFull => "the disk is full",
        Kind::BrokenPipe => "nobody reads it any more",
        _ => return error.to_string(),
    };
    text.to_string()
}

/// A path as messages and labels show it: quoted, escaped, not too long.
pub fn quoted(text: &str, most: usize) -> String {
    let len = text.chars().count();
    match len > most {
        // the end of a path tells more than its beginning
        true => format!("{:?}", format!("…{}", text.chars().skip(len - most).collect::<String>())),
        false => format!("{text:?}"),
    }
}
