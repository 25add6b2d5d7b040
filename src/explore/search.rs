//! Which schedules are run, and how many.

mod estimate;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::options::{Options, Reduce, Strategy};
use super::outcome::{Kind, Outcome, Tally};
use super::random::{self, Pct, Walk};
use super::reduce::Reduced;
use super::run::{Ran, Runner};
use super::tree::{Frontier, Tree, Way};
use estimate::PROBES;

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
    /// Whether those that were not stand for all that differ only in the order of independent steps.
    pub reduced: bool,
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
/// So many runs may be given up for one that is not, because what they lead to was found.
const IN_VAIN: u64 = 4;
/// The most steps that going through the tree takes where drawn schedules are to follow.
const STEPS_IN_TREE: u64 = 20_000_000;

/// Explores with one thread.
pub struct Search<'a> {
    pub runner: Runner<'a>,
    pub options: &'a Options,
    pub shared: &'a Shared,
    pub found: Found,
    /// What the runs have found that only estimate how many schedules there are: all there is if it ends with them.
    before: Found,
    /// Called now and then.
    pub progress: &'a dyn Fn(u64),
    /// Steps of the run that is first in, first out.
    usual: usize,
    /// Whether there are more schedules than are to be run, as far as is known.
    many: bool,
    /// When the tree is left for drawn schedules, if there is not time enough for both.
    until: Option<Instant>,
}

impl Found {
    /// Adds what another thread has found.
    pub fn merge(&mut self, other: Self) {
        self.tally.merge(other.tally);
        self.runs += other.runs;
        self.drawn += other.drawn;
        self.reduced |= other.reduced;
        self.estimates.0 += other.estimates.0;
        self.estimates.1 += other.estimates.1;
        self.ended = self.ended.take().or(other.ended);
    }
}

impl<'a> Search<'a> {
    pub fn new(runner: Runner<'a>, options: &'a Options, shared: &'a Shared, progress: &'a dyn Fn(u64)) -> Self {
        Self {
            runner,
            options,
            shared,
            found: Found::default(),
            before: Found::default(),
            progress,
            usual: 0,
            many: false,
            until: None,
        }
    }

    /// Runs what is to be run.
    pub async fn go(&mut self) {
        if self.calibrate().await {
            self.search().await;
        }
        if self.found.runs == 0 && self.found.ended == Some(Early::Interrupted) {
            let before = std::mem::take(&mut self.before);
            self.found.merge(Found { estimates: (0.0, 0), ..before });
        }
    }

    async fn search(&mut self) {
        let began = Instant::now();
        // what is drawn is shared out; the tree is shared out by its parts, which are not of one size: a shard may go
        // through its own with as many runs as there are for the whole, so that it is covered if the whole would be
        let all = self.options.schedules;
        let ours = self.options.shard.part_of(all);
        match self.options.strategy {
            Strategy::Auto => {
                self.decide().await;
                let in_tree = if self.many { all.div_ceil(2) } else { all };
                // where the tree may well come to its end, what is drawn is only to spare the time from being lost
                let share = if self.many { 0.5 } else { 0.9 };
                self.until = self.options.time.map(|time| began + time.mul_f64(share));
                self.tree(in_tree, STEPS_IN_TREE).await;
                let left = ours.saturating_sub(self.shared.in_tree.load(Ordering::Relaxed));
                if self.shared.cut.load(Ordering::Relaxed) {
                    self.draw(if self.many { ours / 2 } else { left }, |n| n % 2 == 0).await;
                }
            }
            Strategy::Exhaustive => {
                self.decide().await;
                self.tree(all, u64::MAX).await;
            }
            Strategy::Random => self.draw(ours, |_| true).await,
            Strategy::Pct => self.draw(ours, |_| false).await,
        }
        let drew = matches!(self.options.strategy, Strategy::Auto | Strategy::Random);
        if self.shared.cut.load(Ordering::Relaxed) && !drew && self.found.estimates.1 == 0 {
            self.probe(PROBES).await;
        }
    }

    /// Whether to take one for all schedules that differ only in the order of independent steps. All who explore the
    /// same come to the same, so that their counts add up.
    async fn decide(&mut self) {
        self.many = self.are_many().await;
        self.found.reduced = match self.options.reduce {
            Reduce::Always => true,
            Reduce::Never => false,
            Reduce::Auto => self.many,
        };
        if self.options.reduce == Reduce::Always && self.found.estimates.1 == 0 {
            self.probe(PROBES).await;
        }
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
        let mut way = self.way(frontier);
        let (mut steps, mut in_vain) = (0, 0);
        loop {
            let is_late = self.until.is_some_and(|until| Instant::now() > until);
            let is_vain = in_vain > IN_VAIN.saturating_mul(most).saturating_add(100 * SUBTREES * self.options.shard.of);
            let gives_up = is_late || is_vain || steps > most_steps;
            if gives_up {
                self.shared.cut.store(true, Ordering::Relaxed);
            }
            if gives_up || self.is_cut_at(most) {
                break;
            }
            let ran = self.go_through(&mut *way).await;
            steps += self.runner.schedule.len() as u64;
            if !self.goes_on(&ran) {
                break;
            }
            match ran {
                Ran::Ended(outcome) if way.end(self.runner.stage.kernel) => {
                    if self.shared.in_tree.fetch_add(1, Ordering::Relaxed) >= most {
                        // one more than may be: so these are not all
                        self.shared.in_tree.fetch_sub(1, Ordering::Relaxed);
                        self.shared.cut.store(true, Ordering::Relaxed);
                        break;
                    }
                    if self.found.reduced && outcome.kind == Kind::Livelock {
                        self.shared.cut.store(true, Ordering::Relaxed); // what did not run may depend on what did
                    }
                    self.note(outcome);
                }
                _ => in_vain += 1,
            }
            if way.has_diverged() {
                self.end(Early::Diverged);
                break;
            }
            if !way.advance() {
                break;
            }
        }
    }

    /// Whether so many have gone through the tree, and somebody knows that there are more.
    fn is_cut_at(&self, most: u64) -> bool {
        self.shared.cut.load(Ordering::Relaxed) && self.shared.in_tree.load(Ordering::Relaxed) >= most
    }

    /// The way through the tree that was decided upon.
    fn way(&self, frontier: Frontier) -> Box<dyn Way> {
        match self.found.reduced {
            true => Box::new(Reduced::new(frontier)),
            false => Box::new(Tree::new(frontier)),
        }
    }

    /// One run on that way.
    async fn go_through(&mut self, way: &mut dyn Way) -> Ran {
        let kernel = self.runner.stage.kernel.clone();
        kernel.shared.touches.set_on(self.found.reduced);
        let ran = self.runner.run(way).await;
        kernel.shared.touches.pause();
        ran
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
        let mut way = self.way(frontier);
        let mut whole = true;
        loop {
            cut.store(false, Ordering::Relaxed);
            let ran = self.go_through(&mut *way).await;
            whole &= !cut.load(Ordering::Relaxed);
            if matches!(ran, Ran::Ended(_)) {
                way.end(self.runner.stage.kernel);
            }
            if !self.goes_on(&ran) || way.has_diverged() {
                return (u64::MAX, true);
            }
            ends += 1;
            if !way.advance() || ends > 100 * SUBTREES * self.options.shard.of {
                return (way.frontier().met(), whole);
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
        let draws = random::of_schedule(self.options.seed, number);
        if !is_walk {
            return self.runner.run(&mut Pct::new(draws, self.usual)).await;
        }
        let mut walk = Walk::new(draws);
        let ran = self.runner.run(&mut walk).await;
        if matches!(ran, Ran::Ended(_)) {
            self.found.estimates.0 += walk.estimate; // that of one that was broken off is too low
            self.found.estimates.1 += 1;
        }
        ran
    }
}
