//! At random, from a seed.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::Policy;
use crate::draws::Draws;
use crate::engine::task::TaskRef;

/// Any ready task may be next, each as likely as the others. The same seed draws the same numbers, in every version.
#[derive(Clone, Debug)]
pub struct Seeded {
    draws: Draws,
    /// Whether it has drawn: shared, so that it can be asked while the loop owns the policy.
    has_drawn: Rc<Cell<bool>>,
}

impl Seeded {
    /// Draws from this seed.
    pub fn new(seed: u64) -> Self {
        Self { draws: Draws::new(seed), has_drawn: Rc::default() }
    }

    /// Tells whether it has drawn.
    pub fn has_drawn(&self) -> Rc<Cell<bool>> {
        self.has_drawn.clone()
    }
}

impl Policy for Seeded {
    fn pick(&mut self, ready: &VecDeque<TaskRef>) -> usize {
        self.has_drawn.set(true);
        self.draws.below(ready.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_of_the_queue_is_drawn_about_as_often() {
        let mut draws = Draws::new(7);
        let mut counts = [0; 3];
        for _ in 0..3_000 {
            counts[draws.below(3)] += 1;
        }
        assert!(counts.iter().all(|n| (900..1_100).contains(n)), "{counts:?}");
    }
}
