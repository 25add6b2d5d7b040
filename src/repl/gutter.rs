//! The `...   ` before each further line of an input.
//!
//! rustyline draws a prompt before the first line only, and puts the cursor where the text of the
//! buffer says. So the gutter is part of the buffer: six characters that no text contains, which the
//! highlighter shows as `...   ` and which are taken out before anyone else sees the input.

/// What stands in the buffer for one column of the gutter: the last private-use character, one
/// column wide for rustyline, and in no font.
pub const MARK: char = '\u{10fffd}';

/// How a further line begins on the screen; as wide as the prompt.
pub const SHOWN: &str = "...   ";

/// A newline and the gutter after it, as they stand in the buffer.
pub fn new_line() -> String {
    std::iter::once('\n').chain(SHOWN.chars().map(|_| MARK)).collect()
}

/// Text as it is sent, without the gutter.
pub fn strip(buffer: &str) -> String {
    buffer.replace(MARK, "")
}

/// Text as it is edited: each line but the first gets the gutter.
pub fn lay(text: &str) -> String {
    text.replace('\n', &new_line())
}

/// Whether the cursor at `pos` has nothing but gutter before it in its line.
pub fn is_all_before(buffer: &str, pos: usize) -> bool {
    let line = buffer[..pos].rsplit('\n').next().unwrap_or_default();
    !line.is_empty() && line.chars().all(|c| c == MARK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthChar as _;

    #[test]
    fn laying_and_stripping_are_inverse() {
        let text = "fn f() {\n    1\n\n}";
        assert_eq!(strip(&lay(text)), text);
        assert!(is_all_before(&lay("a\nb"), lay("a\nb").len() - 1));
        assert!(!is_all_before("a", 1) && !is_all_before("", 0));
    }

    #[test]
    fn a_mark_is_one_column_wide() {
        assert_eq!(MARK.width(), Some(1));
    }
}
