//! At random, from a seed.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::Policy;
use crate::engine::task::TaskRef;

/// Any ready task may be next, each as likely as the others. The same seed draws the same numbers, in every version.
///
/// The generator is SplitMix64 (Steele, Lea and Flood, 2014; the one that seeds Java's `SplittableRandom`). A number
/// below n is the upper half of the product of a draw and n.
#[derive(Clone, Debug)]
pub struct Seeded {
    state: u64,
    /// Whether it has drawn: shared, so that it can be asked while the loop owns the policy.
    has_drawn: Rc<Cell<bool>>,
}

impl Seeded {
    /// Draws from this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed, has_drawn: Rc::default() }
    }

    /// Tells whether it has drawn.
    pub fn has_drawn(&self) -> Rc<Cell<bool>> {
        self.has_drawn.clone()
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to, but not including, `count`.
    fn below(&mut self, count: usize) -> usize {
        ((u128::from(self.next()) * count as u128) >> 64) as usize
    }
}

impl Policy for Seeded {
    fn pick(&mut self, ready: &VecDeque<TaskRef>) -> usize {
        self.has_drawn.set(true);
        self.below(ready.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // from the reference implementation, for the seed 1234567
        let mut draws = Seeded::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(expected.map(|_| draws.next()), expected);
    }

    #[test]
    fn every_task_of_the_queue_is_drawn_about_as_often() {
        let mut draws = Seeded::new(7);
        let mut counts = [0; 3];
        for _ in 0..3_000 {
            counts[draws.below(3)] += 1;
        }
        assert!(counts.iter().all(|n| (900..1_100).contains(n)), "{counts:?}");
    }
}
