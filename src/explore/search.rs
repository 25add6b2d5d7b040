//! Which schedules are run, and how many.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::SCHEDULES;
use super::outcome::{Outcome, Tally};
use super::random::{Draws, Pct, Walk};
use super::run::{Follow, Ran, Runner};
use super::tree::{Frontier, Tree};

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
    /// The most steps of a run; if nothing is said, by far more than the run that is first in, first out has.
    pub max_steps: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strategy: Strategy::Auto,
            schedules: SCHEDULES,
            seed: 0,
            jobs: 1,
            shard: Shard::default(),
            max_steps: None,
        }
    }
}

/// Which schedules are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// All; where these are too many, a part of them depth first, then drawn ones, half at random and half by PCT.
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
    pub const NAMES: [&str; 3] = ["exhaustive", "random", "pct"];
}

impl FromStr for Strategy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "exhaustive" => Ok(Self::Exhaustive),
            "random" => Ok(Self::Random),
            "pct" => Ok(Self::Pct),
            _ => Err(format!("a strategy is one of {}, and this is \"{text}\"", Self::NAMES.join(", "))),
        }
    }
}

/// One of several parts of an exploration: the I-th of N.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: u64,
    of: u64,
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

    fn has(self, number: u64) -> bool {
        number % self.of == self.index
    }

    /// Its part of so many runs.
    fn part_of(self, runs: u64) -> u64 {
        runs / self.of + u64::from(self.index < runs % self.of)
    }
}

/// What several threads that explore the same share.
#[derive(Default)]
pub struct Shared {
    /// Runs so far: all, and those that went through the tree.
    pub runs: AtomicU64,
    in_tree: AtomicU64,
    /// The next drawn schedule.
    drawn: AtomicU64,
    /// Parts of the tree that somebody has taken.
    claimed: Arc<Mutex<HashSet<u64>>>,
    /// Part of the tree was left.
    pub cut: AtomicBool,
    /// Everybody is to stop.
    pub stop: AtomicBool,
}

/// What one thread has found.
#[derive(Debug, Default)]
pub struct Found {
    pub tally: Tally,
    /// Runs that led to an outcome.
    pub runs: u64,
    /// Of these, those that were drawn.
    pub drawn: u64,
    /// Knuth's estimates of the number of schedules: their sum, and how many there were.
    pub estimates: (f64, u64),
    /// Why nothing, or no more, was run.
    pub ended: Option<Early>,
}

/// Why an exploration ended before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Early {
    Interrupted,
    /// A run waits for the world outside.
    Outside(String),
    /// A run under the same schedule did not do the same.
    Diverged,
}

/// In a part of the tree begin so many subtrees, so that the parts are about equal.
const SUBTREES: u64 = 64;
/// Walks that estimate how many schedules there are.
const PROBES: u64 = 200;
/// The most steps that going through the tree takes where drawn schedules are to follow.
const STEPS_IN_TREE: u64 = 20_000_000;
/// The most steps of the run that is first in, first out, and the least that others get.
const STEPS: usize = 1_000_000;
const FEWEST_STEPS: usize = 1_000;

/// Explores with one thread.
pub struct Search<'a> {
    pub runner: Runner<'a>,
    pub options: &'a Options,
    pub shared: &'a Shared,
    pub found: Found,
    /// Called now and then.
    pub progress: &'a dyn Fn(u64),
    /// Steps of the run that is first in, first out.
    usual: usize,
}

impl Found {
    /// Adds what another thread has found.
    pub fn merge(&mut self, other: Self) {
        self.tally.merge(other.tally);
        self.runs += other.runs;
        self.drawn += other.drawn;
        self.estimates.0 += other.estimates.0;
        self.estimates.1 += other.estimates.1;
        self.ended = self.ended.take().or(other.ended);
    }
}

impl<'a> Search<'a> {
    pub fn new(runner: Runner<'a>, options: &'a Options, shared: &'a Shared, progress: &'a dyn Fn(u64)) -> Self {
        Self { runner, options, shared, found: Found::default(), progress, usual: 0 }
    }

    /// Runs what is to be run.
    pub async fn go(&mut self) {
        if !self.calibrate().await {
            return;
        }
        let all = self.options.shard.part_of(self.options.schedules);
        match self.options.strategy {
            Strategy::Auto => {
                self.tree(all.div_ceil(2), STEPS_IN_TREE).await;
                if self.shared.cut.load(Ordering::Relaxed) {
                    self.draw(all / 2, |n| n % 2 == 0).await;
                }
            }
            Strategy::Exhaustive => self.tree(all, u64::MAX).await,
            Strategy::Random => self.draw(all, |_| true).await,
            Strategy::Pct => self.draw(all, |_| false).await,
        }
        if self.options.strategy != Strategy::Auto && self.options.strategy != Strategy::Random {
            self.probe().await;
        }
    }

    /// Runs first in, first out, to know how long a run is. False if it can't be run.
    async fn calibrate(&mut self) -> bool {
        self.runner.limit = self.options.max_steps.unwrap_or(STEPS);
        let ran = self.runner.run(&mut Follow::new(&[])).await;
        self.usual = self.runner.schedule.len();
        let by_far = match &ran {
            Ran::Ended(outcome) if outcome.kind != super::outcome::Kind::Livelock => self.usual * 20,
            _ => 0,
        };
        self.runner.limit = self.options.max_steps.unwrap_or(by_far.clamp(FEWEST_STEPS, STEPS));
        self.goes_on(&ran)
    }

    /// Whether the run was one that leaves nothing in the way of others.
    fn goes_on(&mut self, ran: &Ran) -> bool {
        let early = match ran {
            Ran::Ended(_) | Ran::GivenUp => return !self.shared.stop.load(Ordering::Relaxed),
            Ran::Interrupted => Early::Interrupted,
            Ran::Outside(what) => Early::Outside(what.clone()),
        };
        self.end(early);
        false
    }

    fn end(&mut self, early: Early) {
        self.found.ended = Some(early);
        self.shared.cut.store(true, Ordering::Relaxed);
        self.shared.stop.store(true, Ordering::Relaxed);
    }

    /// One more run has led to an outcome.
    fn note(&mut self, outcome: Outcome) {
        self.found.tally.note(outcome, &self.runner.schedule);
        self.found.runs += 1;
        let runs = self.shared.runs.fetch_add(1, Ordering::Relaxed) + 1;
        if runs.is_multiple_of(256) {
            (self.progress)(runs);
        }
    }

    /// Goes through our part of the tree, with at most so many runs.
    async fn tree(&mut self, most: u64, most_steps: u64) {
        let depth = self.depth().await;
        let (claimed, shard) = (self.shared.claimed.clone(), self.options.shard);
        let claim =
            move |part: u64| shard.has(part) && claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(part);
        let alone = !shard.is_part() && self.options.jobs <= 1;
        let frontier = if alone { Frontier::none() } else { Frontier::new(depth, claim) };
        let mut tree = Tree::new(frontier);
        let mut steps = 0;
        loop {
            if self.shared.in_tree.load(Ordering::Relaxed) >= most || steps > most_steps {
                self.shared.cut.store(true, Ordering::Relaxed);
                break;
            }
            let ran = self.runner.run(&mut tree).await;
            steps += self.runner.schedule.len() as u64;
            if !self.goes_on(&ran) {
                break;
            }
            if let Ran::Ended(outcome) = ran
                && tree.end()
            {
                self.shared.in_tree.fetch_add(1, Ordering::Relaxed);
                self.note(outcome);
            }
            if tree.diverged {
                self.end(Early::Diverged);
                break;
            }
            if !tree.advance() {
                break;
            }
        }
    }

    /// After how many branches the tree is to be cut, so that there are parts enough. All who explore the same come to
    /// the same.
    async fn depth(&mut self) -> usize {
        let enough =
            if self.options.shard.is_part() || self.options.jobs > 1 { SUBTREES * self.options.shard.of } else { 0 };
        let mut depth = 0;
        let mut parts = 0;
        while parts < enough && depth < 64 {
            depth += 1;
            let (met, whole) = self.top(depth).await;
            parts = met;
            if whole {
                break; // all runs are shorter
            }
        }
        depth
    }

    /// Goes through the tree down to this depth: how many parts begin there, and whether none does.
    async fn top(&mut self, depth: usize) -> (u64, bool) {
        let cut = Arc::new(AtomicBool::new(false));
        let seen = cut.clone();
        let mut ends = 0;
        let frontier = Frontier::new(depth, move |_| {
            seen.store(true, Ordering::Relaxed);
            false
        });
        let mut tree = Tree::new(frontier);
        let mut whole = true;
        loop {
            cut.store(false, Ordering::Relaxed);
            let ran = self.runner.run(&mut tree).await;
            whole &= !cut.load(Ordering::Relaxed);
            if matches!(ran, Ran::Ended(_)) {
                tree.end();
            }
            if !self.goes_on(&ran) || tree.diverged {
                return (u64::MAX, true);
            }
            ends += 1;
            if !tree.advance() || ends > 100 * SUBTREES * self.options.shard.of {
                return (tree.frontier().met(), whole);
            }
        }
    }

    /// Runs drawn schedules, so many of them with the other threads together.
    async fn draw(&mut self, most: u64, is_walk: impl Fn(u64) -> bool) {
        self.shared.cut.store(true, Ordering::Relaxed);
        loop {
            let turn = self.shared.drawn.fetch_add(1, Ordering::Relaxed);
            if turn >= most {
                return;
            }
            let number = turn * self.options.shard.of + self.options.shard.index;
            let ran = self.draw_one(number, is_walk(number)).await;
            if !self.goes_on(&ran) {
                return;
            }
            if let Ran::Ended(outcome) = ran {
                self.found.drawn += 1;
                self.note(outcome);
            }
        }
    }

    async fn draw_one(&mut self, number: u64, is_walk: bool) -> Ran {
        let draws = Draws::of_schedule(self.options.seed, number);
        if !is_walk {
            return self.runner.run(&mut Pct::new(draws, self.usual)).await;
        }
        let mut walk = Walk::new(draws);
        let ran = self.runner.run(&mut walk).await;
        self.found.estimates.0 += walk.estimate;
        self.found.estimates.1 += 1;
        ran
    }

    /// Estimates how many schedules there are, if that is not known.
    async fn probe(&mut self) {
        if !self.shared.cut.load(Ordering::Relaxed) || self.options.shard.index > 0 {
            return;
        }
        for number in 0..PROBES {
            let ran = self.draw_one(u64::MAX - number, true).await;
            if !self.goes_on(&ran) {
                return;
            }
        }
    }
}
