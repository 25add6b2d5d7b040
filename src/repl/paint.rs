//! Colours of the prompt: one switch, decided once by whoever starts it.

/// What is told by colour. Green, yellow, blue and cyan of the sixteen are faint on a light or on a dark ground; these are
/// of a middle brightness, and can be read on both.
pub mod colour {
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
}

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    pub on: bool,
}

impl Paint {
    /// `text` in the colour of an SGR code such as `1;35`; an empty code is no colour.
    pub fn sgr(self, code: &str, text: &str) -> String {
        if self.on && !code.is_empty() && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    pub fn dim(self, text: &str) -> String {
        self.sgr(colour::DIM, text)
    }

    pub fn bold(self, text: &str) -> String {
        self.sgr("1", text)
    }

    pub fn warn(self, text: &str) -> String {
        self.sgr(colour::WARN, text)
    }

    pub fn error(self, text: &str) -> String {
        self.sgr("1;31", text)
    }
}
