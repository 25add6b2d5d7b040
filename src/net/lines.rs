//! A body as lines of text, each as soon as it is there.

use encoding_rs::{CoderResult, Decoder};

use super::error::Error;
use super::response::Body;

/// The lines of a body, without their ends; what follows the last end is a line, too.
pub struct Lines {
    body: Body,
    text: Text,
    ended: bool,
}

impl Lines {
    /// The lines of this body: they end with LF or CR LF.
    pub fn new(body: Body) -> Self {
        let decoder = body.charset().new_decoder();
        Self { body, text: Text::new(decoder, false), ended: false }
    }

    /// Lines as server-sent events have them: a CR alone ends one, too, and the text is always UTF-8.
    pub(super) fn of_events(body: Body) -> Self {
        let decoder = encoding_rs::UTF_8.new_decoder();
        Self { body, text: Text::new(decoder, true), ended: false }
    }

    /// The next line, or `None` at the end. Errors: see [`Body::chunk`]. When the future is dropped nothing is lost.
    pub async fn next(&mut self) -> Result<Option<String>, Error> {
        loop {
            if let Some(line) = self.text.take_line() {
                return Ok(Some(line));
            }
            if self.ended {
                return Ok(self.text.take_rest());
            }
            match self.body.chunk().await? {
                Some(chunk) => self.text.push(&chunk, false),
                None => {
                    self.text.push(&[], true);
                    self.ended = true;
                }
            }
        }
    }
}

/// Text that has come and was not taken yet.
struct Text {
    decoder: Decoder,
    buffer: String,
    /// Where the first line begins that was not taken.
    start: usize,
    /// Up to where there is no end of a line.
    searched: usize,
    /// Whether a CR alone ends a line.
    lone_cr: bool,
    /// The last line ended with a CR: an LF that follows belongs to it.
    after_cr: bool,
}

impl Text {
    fn new(decoder: Decoder, lone_cr: bool) -> Self {
        Self { decoder, buffer: String::new(), start: 0, searched: 0, lone_cr, after_cr: false }
    }

    /// More bytes; malformed ones become U+FFFD.
    fn push(&mut self, mut bytes: &[u8], last: bool) {
        self.buffer.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        loop {
            let room = self.decoder.max_utf8_buffer_length(bytes.len());
            self.buffer.reserve(room.unwrap_or(bytes.len() + 16));
            let (result, read, _) = self.decoder.decode_to_string(bytes, &mut self.buffer, last);
            bytes = &bytes[read..];
            if result == CoderResult::InputEmpty {
                return;
            }
        }
    }

    fn take_line(&mut self) -> Option<String> {
        if self.after_cr && self.start < self.buffer.len() {
            self.after_cr = false;
            self.start += usize::from(self.buffer[self.start..].starts_with('\n'));
            self.searched = self.searched.max(self.start);
        }
        let is_end = |byte: &u8| *byte == b'\n' || (self.lone_cr && *byte == b'\r');
        let rest = &self.buffer.as_bytes()[self.searched..];
        let Some(length) = rest.iter().position(is_end) else {
            self.searched = self.buffer.len();
            return None;
        };
        let end = self.searched + length;
        let line = &self.buffer[self.start..end];
        let line = match self.lone_cr {
            true => line,
            false => line.strip_suffix('\r').unwrap_or(line),
        };
        let line = line.to_owned();
        self.after_cr = self.buffer.as_bytes()[end] == b'\r';
        self.start = end + 1;
        self.searched = self.start;
        Some(line)
    }

    /// What follows the last end of a line, unless it is nothing.
    fn take_rest(&mut self) -> Option<String> {
        let rest = self.buffer[self.start..].to_owned();
        self.start = self.buffer.len();
        self.searched = self.start;
        (!rest.is_empty()).then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]], charset: &str, lone_cr: bool) -> Vec<String> {
        let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap();
        let mut text = Text::new(encoding.new_decoder(), lone_cr);
        let mut found = Vec::new();
        for piece in pieces {
            text.push(piece, false);
            found.extend(std::iter::from_fn(|| text.take_line()));
        }
        text.push(&[], true);
        found.extend(std::iter::from_fn(|| text.take_line()));
        found.extend(text.take_rest());
        found
    }

    #[test]
    fn lines_end_wherever_the_chunks_do() {
        let expected = ["one", "", "two", "three"];
        assert_eq!(lines(&[b"one\r\n\ntw", b"o\nthree"], "utf-8", false), expected);
        assert_eq!(lines(&[b"one\r", b"\n\r\ntwo\n", b"three\n"], "utf-8", false), expected);
        assert!(lines(&[b""], "utf-8", false).is_empty());
        assert_eq!(lines(&[b"\n"], "utf-8", false), [""]);
    }

    #[test]
    fn a_lone_cr_ends_lines_of_events_only() {
        assert_eq!(lines(&[b"a\rb\r", b"\nc"], "utf-8", true), ["a", "b", "c"]);
        assert_eq!(lines(&[b"a\rb\n"], "utf-8", false), ["a\rb"]);
    }

    #[test]
    fn characters_may_be_cut_and_charsets_differ() {
        assert_eq!(lines(&[b"\xef\xbb\xbfgr\xc3", b"\xbcn\n"], "utf-8", false), ["grün"]);
        assert_eq!(lines(&[b"gr\xfcn\n"], "latin1", false), ["grün"]);
        assert_eq!(lines(&[b"a\xff\n"], "utf-8", false), ["a\u{fffd}"]);
        assert_eq!(lines(&[b"a\0\n", b"\0b\0"], "utf-16le", false), ["a", "b"]);
    }
}
