//! The switch for colours of what is shown, decided once by whoever starts it.

use super::colour;

/// Colours text, or leaves it as it is.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    pub on: bool,
}

impl Paint {
    /// `text` in the colour of an SGR code such as `1;35`; an empty code is no colour.
    pub fn sgr(self, code: &str, text: &str) -> String {
        if self.on && !code.is_empty() && !text.is_empty() { colour::sgr(code, text) } else { text.to_owned() }
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
