//! What stands between loopscope and a terminal: text made harmless, the choice of colour, the
//! width, and output that outlives a closed pipe.
//!
//! A script prints what it fetched, and what it fetched may hold escape sequences that retitle the
//! window, move the cursor or reorder the line. [`escape`] shows such characters instead of sending
//! them. A pipe or a file gets text as it is: only a terminal obeys.

pub mod ask;
pub mod colour;
mod output;
mod paint;
pub mod wrap;

use std::borrow::Cow;
use std::env;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};

pub use output::{Fault, Out, send, sink};
pub use paint::Paint;

/// One of the two streams that loopscope writes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    /// Standard output: what the script prints.
    Stdout,
    /// Standard error: all that loopscope says itself.
    Stderr,
}

impl Stream {
    /// Whether a person reads it.
    pub fn is_terminal(self) -> bool {
        match self {
            Stream::Stdout => io::stdout().is_terminal(),
            Stream::Stderr => io::stderr().is_terminal(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Stream::Stdout => "standard output",
            Stream::Stderr => "standard error",
        }
    }
}

/// What `--color` asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ColorChoice {
    /// Colour on a terminal, unless `NO_COLOR` or `TERM=dumb` says otherwise.
    #[default]
    Auto,
    /// Colour everywhere, files and pipes included.
    Always,
    /// No colour anywhere.
    Never,
}

impl ColorChoice {
    /// Whether to colour what goes to `stream`. Each stream is decided for itself: with
    /// `2> log.txt` the script's output keeps its colours and the log has none.
    pub fn enabled(self, stream: Stream) -> bool {
        let no_color = env::var_os("NO_COLOR");
        let term = env::var_os("TERM");
        self.decide(stream.is_terminal(), no_color.as_deref(), term.as_deref())
    }

    fn decide(self, is_terminal: bool, no_color: Option<&OsStr>, term: Option<&OsStr>) -> bool {
        match self {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                is_terminal && no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|name| name != "dumb")
            }
        }
    }
}

/// Whether drawings on `stream` are to keep to ASCII: the locale is one without UTF-8, or the terminal is one that has
/// few signs.
pub fn is_plain(stream: Stream) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(env::var_os);
    is_not_utf8(locale.iter().flatten().map(|value| &**value))
        || (stream.is_terminal() && env::var_os("TERM").is_some_and(|name| name == "linux" || name == "dumb"))
}

/// The first of these that says something counts.
fn is_not_utf8<'a>(mut locale: impl Iterator<Item = &'a OsStr>) -> bool {
    let set = locale.find(|value| !value.is_empty());
    let name = set.map(|value| value.to_string_lossy().to_lowercase());
    name.is_some_and(|name| !name.contains("utf-8") && !name.contains("utf8"))
}

/// The width of `stream` in columns, or `None` where it has none (a pipe, a file).
/// `COLUMNS`, where it holds a positive number, is taken before the terminal's own answer.
pub fn width(stream: Stream) -> Option<usize> {
    columns(env::var_os("COLUMNS").as_deref()).or_else(|| {
        let size = match stream {
            Stream::Stdout => terminal_size::terminal_size_of(io::stdout()),
            Stream::Stderr => terminal_size::terminal_size_of(io::stderr()),
        };
        // Some pseudo-terminals never learnt their size and say 0.
        size.map(|(width, _)| usize::from(width.0)).filter(|&width| width > 0)
    })
}

fn columns(variable: Option<&OsStr>) -> Option<usize> {
    let number: u16 = variable?.to_str()?.trim().parse().ok()?;
    (number > 0).then(|| usize::from(number))
}

/// Whether a terminal would act on `c` rather than show it: the control characters but newline and
/// tab, and those that change the direction of the text around them.
pub fn is_live(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

/// `text` with every character that a terminal would obey shown, as in `\u{1b}`.
/// Newlines and tabs stay as they are.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !may_be_live(text) {
        return Cow::Borrowed(text);
    }
    match text.find(is_live) {
        None => Cow::Borrowed(text),
        Some(first) => {
            let mut safe = String::with_capacity(text.len() + 16);
            safe.push_str(&text[..first]);
            for c in text[first..].chars() {
                push_escaped(&mut safe, c);
            }
            Cow::Owned(safe)
        }
    }
}

/// `text` with `\u{fffd}` for every character that a terminal would obey, in as many columns: for what is drawn where an
/// editor thinks that the text stands. What takes no column is left out.
pub fn disarm(text: &str) -> Cow<'_, str> {
    if !may_be_live(text) || !text.contains(is_live) {
        return Cow::Borrowed(text);
    }
    let disarmed = |c: char| match is_live(c) {
        false => Some(c),
        true => c.is_control().then_some(char::REPLACEMENT_CHARACTER),
    };
    Cow::Owned(text.chars().filter_map(disarmed).collect())
}

/// As [`escape`], but what `style()` makes keeps its colours: `ESC [ numbers m` passes, and is
/// reset at the end where the text itself does not do so. Everything else is shown.
pub fn escape_keep_sgr(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return escape(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    let mut styled = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = sgr_length(rest) {
            let sequence = &rest[..length];
            styled = !matches!(sequence, "\u{1b}[m" | "\u{1b}[0m");
            safe.push_str(sequence);
            rest = &rest[length..];
        } else {
            push_escaped(&mut safe, c);
            rest = &rest[c.len_utf8()..];
        }
    }
    if styled {
        safe.push_str("\u{1b}[0m");
    }
    Cow::Owned(safe)
}

/// The bytes that `ESC [ digits ; ... m` takes at the start of `text`, if it starts with one.
pub(crate) fn sgr_length(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters[end..].starts_with('m').then_some(2 + end + 1)
}

/// A look at the bytes, several times as fast as one at the characters; most text ends here.
fn may_be_live(text: &str) -> bool {
    text.bytes()
        // The last three lead U+0080-9F, U+061C and U+200E-2069 in UTF-8, among others.
        .any(|b| (b < 0x20 && b != b'\n' && b != b'\t') || matches!(b, 0x7f | 0xc2 | 0xd8 | 0xe2))
}

/// A text in quotes, with what can't be seen escaped; the joiner that makes one picture of several (a family, a flag)
/// stays as it is.
pub fn quoted(text: &str) -> String {
    const JOINER: char = '\u{200d}';
    let quoted = format!("{text:?}");
    if !text.contains(JOINER) {
        return quoted;
    }
    let mut shown = String::with_capacity(quoted.len());
    let mut pieces = quoted.split(r"\u{200d}");
    shown.extend(pieces.next());
    for piece in pieces {
        // behind an odd number of backslashes it is text that says so
        let is_text = shown.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
        shown.push_str(if is_text { r"\u{200d}" } else { "\u{200d}" });
        shown.push_str(piece);
    }
    shown
}

/// Appends `c`, as `\u{...}` where it is live.
pub(crate) fn push_escaped(text: &mut String, c: char) {
    if is_live(c) {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}", c.escape_unicode());
    } else {
        text.push(c);
    }
}

#[cfg(test)]
mod tests;
