//! How to explore: which schedules, how many, and which part of them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::SCHEDULES;

/// How to explore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    pub strategy: Strategy,
    /// The most runs.
    pub schedules: u64,
    /// What random schedules are drawn from.
    pub seed: u64,
    /// How many threads.
    pub jobs: usize,
    pub shard: Shard,
    /// Whether schedules that differ only in the order of independent steps count as one.
    pub reduce: Reduce,
    /// The most steps of a run; [`Bounds`](super::bounds::Bounds) says what holds if nothing is said.
    pub max_steps: Option<usize>,
    /// How long it may take, if that is known: then the tree is left early enough to draw some schedules, too.
    pub time: Option<Duration>,
    /// Of how many outcomes the schedule is told with the names of its tasks.
    pub named: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strategy: Strategy::Auto,
            schedules: SCHEDULES,
            seed: 0,
            jobs: 1,
            shard: Shard::default(),
            reduce: Reduce::Auto,
            max_steps: None,
            time: None,
            named: usize::MAX,
        }
    }
}

/// Which schedules are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// All; where these are too many, first a part of them depth first, then drawn ones, half at random and half by PCT.
    #[default]
    Auto,
    /// All, depth first.
    Exhaustive,
    /// Each choice is drawn.
    Random,
    /// Priorities are drawn, see [`Pct`].
    Pct,
}

impl Strategy {
    /// The names that the command line knows.
    pub const NAMED: [(&str, Self); 3] =
        [("exhaustive", Self::Exhaustive), ("random", Self::Random), ("pct", Self::Pct)];
}

/// Whether schedules that differ only in the order of independent steps count as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduce {
    /// Where there are more schedules than are to be run.
    #[default]
    Auto,
    Always,
    Never,
}

impl Reduce {
    /// The names that the command line knows.
    pub const NAMED: [(&str, Self); 3] = [("auto", Self::Auto), ("always", Self::Always), ("never", Self::Never)];
}

impl FromStr for Reduce {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        named("to reduce", &Self::NAMED, text)
    }
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        named("a strategy", &Self::NAMED, text)
    }
}

/// The one of this name.
fn named<T: Copy>(what: &str, list: &[(&str, T)], text: &str) -> Result<T, String> {
    let found = list.iter().find(|(name, _)| *name == text).map(|(_, one)| *one);
    found.ok_or_else(|| {
        let names: Vec<&str> = list.iter().map(|(name, _)| *name).collect();
        format!("{what} is one of {}, and this is \"{text}\"", names.join(", "))
    })
}

/// One of several parts of an exploration: the I-th of N.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub(super) index: u64,
    pub(super) of: u64,
}

impl Default for Shard {
    fn default() -> Self {
        Self { index: 0, of: 1 }
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.parse::<u64>().ok()?, n.parse::<u64>().ok()?)));
        match parts {
            Some((index, of)) if (1..=of).contains(&index) && of <= 1_000_000 => Ok(Self { index: index - 1, of }),
            _ => Err(format!("a shard is I/N, the I-th of N parts, such as 1/4 or 4/4, and this is \"{text}\"")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.of)
    }
}

impl Shard {
    /// Whether there are others.
    pub fn is_part(self) -> bool {
        self.of > 1
    }

    pub(super) fn has(self, number: u64) -> bool {
        number % self.of == self.index
    }

    /// Its part of so many runs.
    pub(super) fn part_of(self, runs: u64) -> u64 {
        runs / self.of + u64::from(self.index < runs % self.of)
    }
}
