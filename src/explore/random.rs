//! Schedules that are drawn.

use std::collections::VecDeque;

use super::run::Guide;
use crate::draws::Draws;
use crate::engine::{Kernel, TaskRef};

/// The numbers of one schedule of an exploration.
pub fn of_schedule(seed: u64, number: u64) -> Draws {
    Draws::new(Draws::new(seed).draw() ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93))
}

/// Takes each of those who are ready with the same probability.
///
/// How many schedules there are in all is on average the product of how many were ready at each step (Knuth, 1975).
pub struct Walk {
    draws: Draws,
    /// That product.
    pub estimate: f64,
}

impl Walk {
    pub fn new(draws: Draws) -> Self {
        Self { draws, estimate: 1.0 }
    }
}

impl Guide for Walk {
    fn pick(&mut self, _: &Kernel, ready: &VecDeque<TaskRef>) -> Option<usize> {
        if ready.len() == 1 {
            return Some(0);
        }
        self.estimate *= ready.len() as f64;
        Some(self.draws.below(ready.len()))
    }
}

/// How many tasks a schedule of [`Pct`] lets fall behind: faults that need so many events in a certain order, and one
/// more, are found.
const CHANGES: usize = 2;

/// Probabilistic concurrency testing (Burckhardt and others, 2010): each task has a rank, drawn when it is first seen,
/// and the highest one who is ready runs; at a few steps, drawn before, the one who would run falls behind all others.
pub struct Pct {
    draws: Draws,
    ranks: Vec<(u32, u64)>,
    changes: [usize; CHANGES],
    step: usize,
}

impl Pct {
    /// For runs of about so many steps.
    pub fn new(mut draws: Draws, steps: usize) -> Self {
        let changes = [0; CHANGES].map(|_| draws.below(steps.max(1)));
        Self { draws, ranks: Vec::new(), changes, step: 0 }
    }

    fn rank(&mut self, task: u32) -> u64 {
        if let Some((_, rank)) = self.ranks.iter().find(|(t, _)| *t == task) {
            return *rank;
        }
        let rank = self.draws.draw() | 1 << 63; // above those who have fallen behind
        self.ranks.push((task, rank));
        rank
    }

    fn highest(&mut self, ready: &VecDeque<TaskRef>) -> usize {
        let ranks: Vec<u64> = ready.iter().map(|t| self.rank(t.id)).collect();
        (0..ranks.len()).max_by_key(|&i| ranks[i]).unwrap_or(0)
    }
}

impl Guide for Pct {
    fn pick(&mut self, _: &Kernel, ready: &VecDeque<TaskRef>) -> Option<usize> {
        self.step += 1;
        let mut index = self.highest(ready);
        if let Some(change) = self.changes.iter().position(|&c| c + 1 == self.step) {
            let task = ready[index].id;
            let lowest = (CHANGES - change) as u64;
            self.ranks.iter_mut().filter(|(t, _)| *t == task).for_each(|(_, rank)| *rank = lowest);
            index = self.highest(ready);
        }
        Some(index)
    }
}
