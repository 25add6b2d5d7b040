//! Keys that come faster than anybody types: a paste from a terminal that does not say so, or a program that types.
//!
//! Drawing a long line again for each of its keys takes time that grows with the square of its length. So while such a
//! *rush* lasts, a key of a line that is not short is drawn by itself, without hints and colours, and of a line that is
//! higher than the screen only what the screen has room for. Whoever draws so asks for a drawing in full once the rush
//! is over.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr as _;

use super::{gutter, terminal};

/// Up to so many bytes a line is drawn in full at every key.
const SHORT: usize = 256;

/// A key that comes sooner than this after the last drawing was there before.
const GAP: Duration = Duration::from_millis(1);

/// How fast the keys of the input come. The keys tell it, and the drawing asks.
#[derive(Default)]
pub struct Pace(Mutex<State>);

#[derive(Default)]
struct State {
    /// The key that is to be drawn next is one of a rush.
    rush: bool,
    /// Keys of this input came in a rush.
    rushed: bool,
    drawn: Option<Instant>,
}

impl Pace {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new input begins.
    pub fn clear(&self) {
        *self.lock() = State::default();
    }

    /// A key has come, to a line of `len` bytes.
    pub fn key(&self, len: usize) {
        let mut state = self.lock();
        let soon = |at: Instant| at.elapsed() < GAP;
        state.rush = len > SHORT && (state.drawn.is_some_and(soon) || terminal::input_is_pending(Duration::ZERO));
        state.rushed |= state.rush;
    }

    /// Whether the key being drawn is one of a rush.
    pub fn is_rush(&self) -> bool {
        self.lock().rush
    }

    /// Whether the line has come key by key, so that the terminal has what is above the screen.
    pub fn has_rushed(&self) -> bool {
        self.lock().rushed
    }

    /// A key needed no more than this.
    pub fn worked_out(&self) {
        self.lock().drawn = Some(Instant::now());
    }

    /// The line has been drawn; whether that was for a key of a rush.
    pub fn drawn(&self) -> bool {
        let mut state = self.lock();
        state.drawn = Some(Instant::now());
        std::mem::take(&mut state.rush)
    }
}

/// Where the end of `text` begins that fills a screen, at the beginning of one of its rows there; `prompt` columns stand
/// before the text. 0 if all of it has room, or if that is hard to tell.
pub fn last_screen(text: &str, prompt: usize, columns: usize, rows: usize) -> usize {
    if columns == 0 || text.len() <= columns * rows {
        return 0;
    }
    let mut left = rows;
    let mut end = text.len();
    loop {
        let start = text[..end].rfind('\n').map_or(0, |at| at + 1);
        let line = text[start..end].trim_start_matches(gutter::MARK);
        let marks = (end - start - line.len()) / gutter::MARK.len_utf8();
        let indent = if start == 0 { prompt } else { marks };
        let plain = line.is_ascii() && !line.contains('\t');
        let needs = (indent + if plain { line.len() } else { line.width() }).div_ceil(columns).max(1);
        if needs >= left {
            // with other characters than these, rows do not end at the same byte
            let before = (needs - left) * columns;
            return if plain && before > indent { end - line.len() + before - indent } else { start };
        }
        if start == 0 {
            return 0;
        }
        left -= needs;
        end = start - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_that_fills_a_screen_begins_a_row() {
        let text = format!("{}{}", "x".repeat(94), "y".repeat(75)); // rows of 10 on the screen, the first with a prompt of 6
        let start = last_screen(&text, 6, 10, 4);
        assert_eq!((start + 6) % 10, 0);
        assert_eq!(text.len() - start, 35);
        assert_eq!(last_screen(&text, 6, 10, 40), 0);
    }

    #[test]
    fn lines_are_rows_too() {
        let text = gutter::lay("first\nsecond\nthe third is longer");
        let end = |rows| gutter::strip(&text[last_screen(&text, 6, 10, rows)..]);
        assert_eq!(end(1), "onger");
        assert_eq!(end(2), "third is longer");
        assert_eq!(end(4), "nd\nthe third is longer");
        assert_eq!(end(5), "second\nthe third is longer");
        assert_eq!(end(9), "first\nsecond\nthe third is longer");
    }
}
