//! How many schedules there are, as far as a few runs can tell, and how long one is.

use super::{Found, Search};
use crate::explore::bounds::Bounds;
use crate::explore::outcome::Kind;
use crate::explore::run::{Follow, Ran};
use crate::explore::tree::{Frontier, Tree, Way as _};

/// Walks that estimate how many schedules there are.
pub(super) const PROBES: u64 = 200;
/// So many schedules are run to see whether these are all.
const FEW: u64 = 256;
/// Runs that only serve an estimate end when they have cost so much together, but so many there are at least. By the
/// time that they take, those who explore the same could come to other numbers.
const DEAR: u64 = 5_000_000;
const AT_LEAST: u64 = 4;

/// The runs that serve an estimate: how many of so many there are to be, and what they have cost.
struct Estimating {
    most: u64,
    runs: u64,
    cost: u64,
}

impl Estimating {
    fn new(most: u64) -> Self {
        Self { most, runs: 0, cost: 0 }
    }

    /// Whether there is to be one more.
    fn goes_on(&self) -> bool {
        self.runs < self.most && (self.runs < AT_LEAST || self.cost <= DEAR)
    }
}

impl Search<'_> {
    /// Whether there are more schedules than are to be run, as far as can be told.
    pub(super) async fn are_many(&mut self) -> bool {
        let most = self.options.schedules;
        let mut tree = Tree::new(Frontier::none());
        let mut few = Estimating::new(FEW.min(most));
        self.before = Found::default(); // the first of these runs is the one that was measured
        while few.goes_on() {
            let ran = self.runner.run(&mut tree).await;
            self.note_before(&ran, &mut few, 0);
            if !self.goes_on(&ran) || tree.has_diverged() {
                return false; // that will be told
            }
            tree.end(self.runner.stage.kernel);
            if !tree.advance() {
                return false;
            }
        }
        self.probe(PROBES.min(most)).await;
        let (sum, count) = self.found.estimates;
        sum > most as f64 * count as f64
    }

    /// Runs first in, first out, to know how long a run is. False if it can't be run.
    pub(super) async fn calibrate(&mut self) -> bool {
        let asked = self.options.max_steps.map(Bounds::asked);
        self.runner.bounds = asked.unwrap_or_default();
        let ran = self.runner.run(&mut Follow::new(&[])).await;
        self.note_before(&ran, &mut Estimating::new(1), 0);
        self.usual = self.runner.schedule.len();
        let measured = match &ran {
            Ran::Ended(outcome) if outcome.kind != Kind::Livelock => Bounds::after(self.usual, self.runner.took),
            _ => Bounds::after_endless(),
        };
        self.runner.bounds = asked.unwrap_or(measured);
        self.goes_on(&ran)
    }

    /// Estimates how many schedules there are.
    pub(super) async fn probe(&mut self, walks: u64) {
        let mut probes = Estimating::new(walks);
        while probes.goes_on() {
            let ran = self.draw_one(u64::MAX - probes.runs, true).await;
            self.note_before(&ran, &mut probes, 1);
            if !self.goes_on(&ran) {
                return;
            }
        }
    }

    /// A run has come to its end that only serves an estimate; it was drawn once, or not at all.
    fn note_before(&mut self, ran: &Ran, of: &mut Estimating, drawn: u64) {
        of.runs += 1;
        of.cost += self.runner.cost();
        if let Ran::Ended(outcome) = ran {
            self.before.tally.note(outcome.clone(), &self.runner.schedule);
            self.before.runs += 1;
            self.before.drawn += drawn;
        }
    }
}
