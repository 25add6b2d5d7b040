//! Replay tokens: the order of a run as a short text.
//!
//! `41c7x0110` is four hexadecimal digits that stand for the script's text, then `x` and a choice for each point where
//! two tasks or more were ready: the index in the ready queue, as a digit from `0` to `9` or `a` to `z`. A capital stands
//! for a run of zeros, `A` for 4 of them to `Z` for 29; a choice of 36 or more is `_36_`. Zeros at the end are left out:
//! first in, first out is what is done when a token says nothing. `41c7s17` is a seed in place of choices.
//!
//! `41c7-2x011` is a run of what the script explores itself: of its second exploration, with these choices. What stands
//! before the `-` brings back the run that explores.

use std::fmt;
use std::str::FromStr;

/// The least number of zeros that are written as a run, and the most.
const RUN: std::ops::RangeInclusive<usize> = 4..=29;

/// The order of a run, and the script that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Token {
    /// Stands for the script's text.
    pub fingerprint: u16,
    pub order: Order,
    /// If it is not for the whole run, but for something that the run explores.
    pub within: Option<Within>,
}

/// A run of what another run explores.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Within {
    /// Which exploration of that run it is, from 1.
    pub number: u32,
    /// As those of [`Order::Choices`].
    pub choices: Vec<u32>,
}

/// Who was picked where there was a choice.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Drawn at random, from this seed.
    Seed(u64),
    /// Index into the ready queue at each point where two tasks or more were ready. Does not end with 0.
    Choices(Vec<u32>),
}

impl Token {
    /// The token of a run of this script that was drawn from a seed.
    pub fn of_seed(script: &str, seed: u64) -> Self {
        Self { fingerprint: fingerprint(script), order: Order::Seed(seed), within: None }
    }

    /// The token of a run of this script that made these choices.
    pub fn of_choices(script: &str, choices: &[u32]) -> Self {
        Self::of_fingerprint(fingerprint(script), choices)
    }

    /// The same where the fingerprint is known.
    pub fn of_fingerprint(fingerprint: u16, choices: &[u32]) -> Self {
        Self { fingerprint, order: Order::Choices(said(choices)), within: None }
    }

    /// The same for what is the `number`-th, from 1, that its run explores.
    pub fn exploring(self, number: u32) -> Self {
        Self { within: Some(Within { number, choices: Vec::new() }), ..self }
    }

    /// The same with these choices: of the whole run, or of what that explores.
    pub fn with(&self, choices: &[u32]) -> Self {
        let mut token = self.clone();
        match &mut token.within {
            Some(within) => within.choices = said(choices),
            None => token.order = Order::Choices(said(choices)),
        }
        token
    }

    /// The choices that it says; none if it is a seed.
    pub fn choices(&self) -> &[u32] {
        match (&self.within, &self.order) {
            (Some(within), _) => &within.choices,
            (None, Order::Choices(choices)) => choices,
            (None, Order::Seed(_)) => &[],
        }
    }

    /// Whether it was made for this text. That a token is for another is certain, that it is for this one nearly so.
    pub fn is_for(&self, script: &str) -> bool {
        self.fingerprint == fingerprint(script)
    }
}

/// Choices without those at the end that need not be said.
fn said(choices: &[u32]) -> Vec<u32> {
    let end = choices.iter().rposition(|&c| c != 0).map_or(0, |last| last + 1);
    choices[..end].to_vec()
}

/// A number that stands for a text, whatever line ends it has.
pub fn fingerprint(text: &str) -> u16 {
    const START: u64 = 0xcbf2_9ce4_8422_2325; // FNV-1a
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let hash = text
        .bytes()
        .filter(|&b| b != b'\r')
        .fold(START, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    (hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48)) as u16
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}", self.fingerprint)?;
        match &self.order {
            Order::Seed(seed) => write!(f, "s{seed}")?,
            Order::Choices(choices) if choices.is_empty() && self.within.is_some() => {}
            Order::Choices(choices) => write!(f, "x{}", choices_text(choices))?,
        }
        match &self.within {
            Some(within) => write!(f, "-{}x{}", within.number, choices_text(&within.choices)),
            None => Ok(()),
        }
    }
}

fn choices_text(choices: &[u32]) -> String {
    let mut text = String::new();
    let mut rest = choices;
    while let Some(&choice) = rest.first() {
        let zeros = rest.iter().take_while(|&&c| c == 0).count().min(*RUN.end());
        if zeros >= *RUN.start() {
            text.push(char::from(b'A' + (zeros - RUN.start()) as u8));
            rest = &rest[zeros..];
            continue;
        }
        match char::from_digit(choice, 36) {
            Some(digit) if choice < 36 => text.push(digit),
            _ => text.push_str(&format!("_{choice}_")),
        }
        rest = &rest[1..];
    }
    text
}

/// Why a text is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoToken(String);

impl fmt::Display for NoToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}; a token is printed by `explore` and by runs in random order, and looks like 41c7x0110 or 41c7s17",
            self.0
        )
    }
}

impl std::error::Error for NoToken {}

impl FromStr for Token {
    type Err = NoToken;

    fn from_str(text: &str) -> Result<Self, NoToken> {
        let text = text.trim();
        let refuse = |why: &str| NoToken(format!("\"{}\" is no replay token: {why}", text.escape_debug()));
        let is_hex = |s: &&str| s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let fingerprint = text
            .get(..4)
            .filter(is_hex)
            .and_then(|hex| u16::from_str_radix(hex, 16).ok())
            .ok_or_else(|| refuse("it does not begin with four hexadecimal digits, which stand for the script"))?;
        let (rest, within) = match text[4..].split_once('-') {
            None => (&text[4..], None),
            Some((rest, within)) => (rest, Some(parse_within(within).map_err(|why| refuse(&why))?)),
        };
        if rest.is_empty() && within.is_some() {
            return Ok(Self { fingerprint, order: Order::Choices(Vec::new()), within });
        }
        if let Some(seed) = rest.strip_prefix('s') {
            let seed = seed.bytes().all(|b| b.is_ascii_digit()).then(|| seed.parse().ok()).flatten();
            let seed = seed.ok_or_else(|| refuse("a seed, a whole number from 0 on, must follow the `s`"))?;
            return Ok(Self { fingerprint, order: Order::Seed(seed), within });
        }
        let Some(choices) = rest.strip_prefix('x') else {
            return Err(refuse("after the four digits comes `x` with choices, or `s` with a seed"));
        };
        let choices = parse_choices(choices).map_err(|why| refuse(&why))?;
        Ok(Self { within, ..Self::of_fingerprint(fingerprint, &choices) })
    }
}

/// What stands after the `-`.
fn parse_within(text: &str) -> Result<Within, String> {
    let (number, choices) = text.split_once('x').unwrap_or((text, ""));
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let number = number.parse().ok().filter(|number| is_number && *number > 0);
    let number =
        number.ok_or("after `-` comes which exploration of the run is meant, from 1, and then `x` with choices")?;
    Ok(Within { number, choices: said(&parse_choices(choices)?) })
}

fn parse_choices(text: &str) -> Result<Vec<u32>, String> {
    let mut choices = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '0'..='9' | 'a'..='z' => choices.extend(c.to_digit(36)),
            'A'..='Z' => choices.resize(choices.len() + RUN.start() + (c as usize - 'A' as usize), 0),
            '_' => {
                let (number, after) = rest.split_once('_').ok_or("the number after a `_` must end with another `_`")?;
                let number =
                    number.parse().map_err(|_| format!("between two `_` stands a number, not \"{number}\""))?;
                choices.push(number);
                rest = after;
            }
            c => return Err(format!("'{}' is no choice", c.escape_debug())),
        }
    }
    Ok(choices)
}

#[cfg(test)]
mod tests;
