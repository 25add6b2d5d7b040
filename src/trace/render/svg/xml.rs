//! Text from anywhere in XML.

use std::fmt::Write;

use super::super::escape::escaped;

/// The text as it may stand in an element or in a quoted attribute. Control characters, which XML cannot hold, are
/// shown escaped.
pub(super) fn text(text: &str, ascii: bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in escaped(text, ascii).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => drop(write!(out, "\\u{{{:x}}}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_xml_cannot_hold_is_written_otherwise() {
        assert_eq!(super::text("a<b & \"c\"\u{1b}\u{0}\u{ffff}", false), r"a&lt;b &amp; &quot;c&quot;\x1b\x00\u{ffff}");
    }
}
