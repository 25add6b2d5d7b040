//! The texts of a recording: each is kept once and named by a number.
//!
//! All texts lie in one string, with a small open-addressing table of numbers beside it: a text costs its bytes
//! and about 16 more. Numbers are never used twice, so one that outlives its text reads "…", never a wrong text.
//! The values of tasks are often whole numbers, each another: those from 0 to 2 thousand million are not kept at all,
//! but named by themselves.

use std::borrow::Cow;

use super::event::TextId;

/// What a text that was not kept reads as.
const ELLIPSIS: &str = "…";
/// A single text is cut after this many bytes; a recording is for looking at, not for storing output.
const MAX_TEXT: usize = 4096;
/// The number of [`ELLIPSIS`] itself.
const OVERFLOW: u32 = u32::MAX - 1;
const FREE: u32 = u32::MAX;
/// From here on, a number names the text of a whole number: of what it is above this.
const WHOLE: u32 = 1 << 31;

/// Interned texts, within a limit of bytes.
#[derive(Clone)]
pub(super) struct Texts {
    limit: usize,
    bytes: String,
    /// Where in `bytes` each text ends.
    ends: Vec<usize>,
    /// The number of the first text in `ends`.
    base: u32,
    /// Indexes into `ends`, or `FREE`; a power of two long, at most half full.
    table: Vec<u32>,
}

impl Texts {
    /// No texts yet; at most about `limit` bytes of them.
    pub(super) fn new(limit: usize) -> Texts {
        Texts { limit, bytes: String::new(), ends: Vec::new(), base: 0, table: Vec::new() }
    }

    /// The number of this text, kept now if it is new and there is room.
    pub(super) fn intern(&mut self, text: &str) -> TextId {
        let (head, was_cut) = cut(text);
        if was_cut {
            return self.intern_whole(&format!("{head}{ELLIPSIS}"));
        }
        self.intern_whole(head)
    }

    fn intern_whole(&mut self, text: &str) -> TextId {
        if self.table.len() < 2 * (self.ends.len() + 1) {
            self.grow();
        }
        let slot = self.slot(text);
        if self.table[slot] != FREE {
            return TextId(self.base + self.table[slot]);
        }
        let index = self.ends.len() as u32;
        let has_number = self.base.checked_add(index).is_some_and(|n| n < WHOLE);
        if !has_number || self.size() + text.len() + 16 > self.limit {
            return TextId(OVERFLOW);
        }
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
        self.table[slot] = index;
        TextId(self.base + index)
    }

    /// The number of the text of a whole number, if it has one without being kept.
    pub(super) fn of_whole(value: i64) -> Option<TextId> {
        let above = u32::try_from(value).ok().filter(|above| *above < OVERFLOW - WHOLE)?;
        Some(TextId(WHOLE + above))
    }

    /// The text of a number; "" for `NONE`, "…" for one that was not kept.
    pub(super) fn get(&self, id: TextId) -> Cow<'_, str> {
        match id.0 {
            above @ WHOLE..OVERFLOW => (above - WHOLE).to_string().into(),
            _ => self.kept(id).into(),
        }
    }

    /// The same for a text that is no whole number's.
    pub(super) fn kept(&self, id: TextId) -> &str {
        if id == TextId::NONE {
            return "";
        }
        let index = id.0.checked_sub(self.base).map(|index| index as usize);
        match index {
            Some(index) if index < self.ends.len() => self.at(index),
            _ => ELLIPSIS,
        }
    }

    /// Bytes in use.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.ends.len() * 8 + self.table.len() * 4
    }

    /// Whether half of the limit is used up.
    pub(super) fn is_half_full(&self) -> bool {
        self.size() > self.limit / 2
    }

    /// Begins anew if the texts have become many, and gives the old ones, whose numbers now read "…".
    pub(super) fn renew_if_many(&mut self) -> Option<Texts> {
        if self.size() <= self.limit / 4 {
            return None;
        }
        let mut fresh = Texts::new(self.limit);
        fresh.base = self.base.saturating_add(self.ends.len() as u32).min(WHOLE);
        Some(std::mem::replace(self, fresh))
    }

    fn at(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.bytes[start..self.ends[index]]
    }

    /// Where in the table this text is, or belongs.
    fn slot(&self, text: &str) -> usize {
        let mask = self.table.len() - 1;
        let mut slot = hash(text) & mask;
        loop {
            match self.table[slot] {
                FREE => return slot,
                index if self.at(index as usize) == text => return slot,
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let len = (self.table.len() * 2).max(64);
        self.table = vec![FREE; len];
        for index in 0..self.ends.len() {
            let slot = self.slot(self.at(index));
            self.table[slot] = index as u32;
        }
    }
}

/// A text without the ports of 127.0.0.1 from where systems give them out, which are others in each run: `127.0.0.1/ws` is
/// left of `127.0.0.1:43210/ws`. One that a script chose itself can't be told from these. Ports after other names, and those
/// that are numbers by themselves, stay.
pub fn without_ports(text: &str) -> Cow<'_, str> {
    const HOST: &str = "127.0.0.1:";
    const GIVEN_OUT: std::ops::RangeInclusive<u32> = 32_768..=65_535;
    if !text.contains(HOST) {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(HOST) {
        let begin = at + HOST.len();
        let end = begin + rest[begin..].bytes().take_while(u8::is_ascii_digit).count();
        let is_given_out = rest[begin..end].parse().is_ok_and(|port| GIVEN_OUT.contains(&port));
        out.push_str(&rest[..if is_given_out { begin - 1 } else { end }]);
        rest = &rest[end..];
    }
    (out + rest).into()
}

/// The text as far as it is kept, and whether anything is missing.
fn cut(text: &str) -> (&str, bool) {
    if text.len() <= MAX_TEXT {
        return (text, false);
    }
    let end = text.floor_char_boundary(MAX_TEXT - ELLIPSIS.len());
    (&text[..end], true)
}

/// A quick hash, eight bytes at a time; the standard one would cost more than the rest of an event.
fn hash(text: &str) -> usize {
    const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mut sum = text.len() as u64;
    for word in words {
        sum = (sum.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR);
    }
    let last = match text.as_bytes().last_chunk() {
        Some(last) => u64::from_le_bytes(*last),
        None => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    sum = (sum.rotate_left(5) ^ last).wrapping_mul(FACTOR);
    (sum ^ (sum >> 32)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_the_same_number() {
        let mut texts = Texts::new(1 << 20);
        let ids: Vec<TextId> = (0..1000).map(|n| texts.intern(&format!("text {n}"))).collect();
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(texts.intern(&format!("text {n}")), *id);
            assert_eq!(texts.get(*id), format!("text {n}"));
        }
        assert_eq!(texts.get(TextId::NONE), "");
    }

    #[test]
    fn when_full_new_texts_read_as_an_ellipsis_and_old_ones_stay() {
        let mut texts = Texts::new(2000);
        let first = texts.intern("first");
        let ids: Vec<TextId> = (0..1000).map(|n| texts.intern(&format!("text {n}"))).collect();
        assert_eq!(texts.get(ids[999]), "…");
        assert_eq!(ids[999], ids[998]);
        assert_eq!(texts.intern("first"), first);
        assert!(texts.size() <= 4000, "{}", texts.size());
    }

    #[test]
    fn whole_numbers_name_themselves() {
        let texts = Texts::new(1 << 20);
        let most = i64::from(OVERFLOW - WHOLE - 1);
        for value in [0, 7, 123_456_789, most] {
            assert_eq!(texts.get(Texts::of_whole(value).expect("has a number")), value.to_string());
        }
        assert_eq!([-1, most + 1, i64::MIN, i64::MAX].map(Texts::of_whole), [None; 4]);
        assert_eq!(texts.size(), 0);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let mut texts = Texts::new(1 << 20);
        let id = texts.intern(&"é".repeat(5000));
        let kept = texts.get(id);
        assert!(kept.len() <= MAX_TEXT && kept.ends_with("é…"), "{}", kept.len());
    }

    #[test]
    fn ports_that_the_system_gives_out_are_left_out() {
        let cases = [
            ("<websocket ws://127.0.0.1:43210/ws>", "<websocket ws://127.0.0.1/ws>"),
            ("127.0.0.1:8080 and 127.0.0.1:65535, 127.0.0.1:", "127.0.0.1:8080 and 127.0.0.1, 127.0.0.1:"),
            ("127.0.0.1:99999999999 é", "127.0.0.1:99999999999 é"),
            ("10.0.0.1:43210", "10.0.0.1:43210"),
            ("http://localhost:43210, 43210", "http://localhost:43210, 43210"),
        ];
        for (text, shown) in cases {
            assert_eq!(without_ports(text), shown);
        }
    }

    #[test]
    fn a_number_that_outlives_its_text_never_reads_as_another() {
        let mut texts = Texts::new(1000);
        let old = texts.intern(&"x".repeat(300));
        let before = texts.renew_if_many().expect("300 of 1000 bytes are many");
        assert_eq!(before.get(old).len(), 300);
        let new = texts.intern("new");
        assert_ne!(old, new);
        assert_eq!([texts.get(old), texts.get(new)], ["…", "new"]);
    }
}
