//! What is told by colour. Green, yellow, blue and cyan of the sixteen are faint on a light or on a dark ground; these are
//! of a middle brightness, and can be read on both.

/// Numbers, the prompt, code in prose.
pub const ACCENT: &str = "38;5;31";
pub const HEADING: &str = "1;38;5;31";
/// Strings, and what went well.
pub const TEXT: &str = "38;5;28";
pub const WORD: &str = "35";
pub const STRONG_WORD: &str = "1;35";
/// Functions, keys.
pub const NAME: &str = "38;5;32";
pub const STRONG_NAME: &str = "1;38;5;32";
/// Warnings, what is open yet, things that are more than data.
pub const WARN: &str = "38;5;130";
pub const WRONG: &str = "31";
pub const DIM: &str = "2";

/// `text` in the colour of one of these codes.
pub fn sgr(code: &str, text: &str) -> String {
    format!("\x1b[{code}m{text}\x1b[0m")
}

/// The number among the 256 colours that such a code ends with.
pub const fn number(code: &str) -> u8 {
    let digits = code.as_bytes();
    let (mut number, mut i) = (0, 0);
    while i < digits.len() {
        number = if digits[i] == b';' { 0 } else { number * 10 + (digits[i] - b'0') };
        i += 1;
    }
    number
}
