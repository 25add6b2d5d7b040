//! The error of every network operation: a kind for the script to branch on, and a message to learn from.

use std::fmt;
use std::time::Duration;

/// What went wrong, in terms of the script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: &'static str,
    message: String,
}

impl Error {
    /// Time ran out: `"timeout"`.
    pub(crate) fn timeout(message: impl Into<String>) -> Self {
        Self { kind: "timeout", message: message.into() }
    }

    /// The connection failed or broke: `"network"`.
    pub(crate) fn network(message: impl Into<String>) -> Self {
        Self { kind: "network", message: message.into() }
    }

    /// The other side answered, but not in usable HTTP: `"http"`.
    pub(crate) fn http(message: impl Into<String>) -> Self {
        Self { kind: "http", message: message.into() }
    }

    /// The operating system refused: `"io"`.
    pub(crate) fn io(message: impl Into<String>) -> Self {
        Self { kind: "io", message: message.into() }
    }

    /// What is spoken to has been closed: `"closed"`.
    pub(crate) fn closed(message: impl Into<String>) -> Self {
        Self { kind: "closed", message: message.into() }
    }

    /// A limit that protects this process was reached: `"limit"`.
    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self { kind: "limit", message: message.into() }
    }

    /// The request itself makes no sense: `"value"`.
    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self { kind: "value", message: message.into() }
    }

    /// The permissions do not allow this host: `"permission"`.
    pub(crate) fn permission(message: impl Into<String>) -> Self {
        Self { kind: "permission", message: message.into() }
    }

    /// One of `timeout`, `network`, `http`, `limit`, `value`, `permission`, `io` and `closed`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What was expected, what came, and what to do. May quote text from outside, escaped.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// A duration as a person writes it: `0.2 s`, `30 s`.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{} s", (duration.as_secs_f64() * 1000.0).round() / 1000.0)
}

/// Text from outside, fit to stand in a message: control characters escaped, at most `limit` characters.
pub(crate) fn quoted(text: &str, limit: usize) -> String {
    let mut shown: String = text.chars().take(limit).flat_map(char::escape_debug).collect();
    if text.chars().nth(limit).is_some() {
        shown.push_str("...");
    }
    format!("\"{shown}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        assert_eq!(seconds(Duration::from_millis(200)), "0.2 s");
        assert_eq!(seconds(Duration::from_secs(30)), "30 s");
    }

    #[test]
    fn quoting_disarms_escape_sequences() {
        assert_eq!(quoted("a\u{1b}]0;x\u{7}\u{202e}", 40), r#""a\u{1b}]0;x\u{7}\u{202e}""#);
        assert_eq!(quoted("abcdef", 3), "\"abc...\"");
    }
}
