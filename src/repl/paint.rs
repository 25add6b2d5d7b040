//! Colours of the prompt: one switch, decided once by whoever starts it.

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
        self.sgr("2", text)
    }

    pub fn bold(self, text: &str) -> String {
        self.sgr("1", text)
    }

    pub fn warn(self, text: &str) -> String {
        self.sgr("33", text)
    }

    pub fn error(self, text: &str) -> String {
        self.sgr("1;31", text)
    }
}
