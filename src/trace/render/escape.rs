//! Text from anywhere, made safe and measured for a line of the terminal.
//!
//! Names, labels and output come from scripts and from the network. Nothing in them may move the cursor, change
//! the terminal's state or reverse what stands beside them; so control and bidi characters are shown escaped.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Whether a terminal might do something else than show this character.
fn is_live(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200E}' | '\u{200F}' | '\u{061C}' // direction marks
            | '\u{00AD}' | '\u{200B}' | '\u{2060}'..='\u{2064}' // invisible, or of doubtful width
            | '\u{2028}' | '\u{2029}' // line and paragraph separator
            | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' // embeddings, overrides, isolates
            | '\u{206A}'..='\u{206F}' | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// The text with live characters written as `\n`, `\x1b` or `\u{202e}`; with `ascii`, all others beyond ASCII, too.
pub fn escaped(text: &str, ascii: bool) -> Cow<'_, str> {
    let must = |c: char| is_live(c) || (ascii && !c.is_ascii());
    if !text.contains(must) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if !must(c) => out.push(c),
            c if (c as u32) < 0x100 => drop(write!(out, "\\x{:02x}", c as u32)),
            c => drop(write!(out, "\\u{{{:x}}}", c as u32)),
        }
    }
    Cow::Owned(out)
}

/// Columns that the text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// What stands for text that did not fit.
pub fn ellipsis(ascii: bool) -> char {
    if ascii { '~' } else { '…' }
}

/// The text made safe and, where it is wider than `columns`, cut with an ellipsis.
pub fn fitted(text: &str, columns: usize, ascii: bool) -> String {
    fit(text, columns, ascii).0
}

/// The same, and whether it was cut.
pub fn fit(text: &str, columns: usize, ascii: bool) -> (String, bool) {
    let text = escaped(text, ascii);
    if width(&text) <= columns {
        return (text.into_owned(), false);
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        out.push(c);
    }
    // A cut through a sequence (a flag, a family) may leave a part that measures more than its characters.
    while width(&out) + 1 > columns && out.pop().is_some() {}
    if columns > 0 {
        out.push(ellipsis(ascii));
    }
    (out, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_live_gets_through() {
        let evil = "a\x1b[31m\r\n\t\u{9b}2J\u{202e}b\u{2066}\u{7f}\u{0}c";
        let safe = escaped(evil, false);
        assert_eq!(safe, r"a\x1b[31m\r\n\t\x9b2J\u{202e}b\u{2066}\x7f\x00c");
        let codes = (0..0x3000).chain(0xFE00..0x1_0000).chain(0xE_0000..0xE_0200);
        for c in codes.filter_map(char::from_u32) {
            assert!(!escaped(&c.to_string(), false).contains(is_live), "{c:?}");
            assert!(escaped(&c.to_string(), true).is_ascii(), "{c:?}");
        }
    }

    #[test]
    fn harmless_text_stays_as_it_is() {
        for text in ["", "worker", "größe", "名前", "👩‍👩‍👧", "a\\n"] {
            assert_eq!(escaped(text, false), text);
        }
        assert_eq!(escaped("größe", true), r"gr\xf6\xdfe");
    }

    #[test]
    fn cut_text_keeps_to_its_columns() {
        assert_eq!(fitted("worker", 6, false), "worker");
        assert_eq!(fitted("worker", 5, false), "work…");
        assert_eq!(fitted("worker", 5, true), "work~");
        assert_eq!(fitted("名前です", 5, false), "名前…");
        assert_eq!(fitted("名前です", 4, false), "名…");
        assert_eq!(fitted("worker", 0, false), "");
        for columns in 0..20 {
            let family = fitted("👩‍👩‍👧👩‍👩‍👧🇨🇭🇨🇭e\u{301}e\u{301}e\u{301}☺️☺️☺️☺️", columns, false);
            assert!(width(&family) <= columns, "{family} {columns}");
        }
    }
}
