//! When a run counts as one that never ends.

/// How long a run may be. Beyond that it is a livelock.
///
/// If somebody has asked for N steps, all runs may have N, and 1,000 operations for each of them, but 100,000 at least.
/// If nobody has, the run that is first in, first out is measured: it may have 100,000 steps and 20 million operations. The
/// others may have 20 times what it took, but at least 1,000 steps and 100,000 operations, and at most as much as it might
/// have had. If it did not end itself, they have the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    pub steps: usize,
    /// Those of Rhai, which end a task that runs on without an await.
    pub operations: u64,
}

const LEAST: Bounds = Bounds { steps: 1_000, operations: 100_000 };
const MOST: Bounds = Bounds { steps: 100_000, operations: 20_000_000 };
/// For each step that somebody has asked for.
const OPERATIONS_A_STEP: u64 = 1_000;
/// Others may have so many times what the run that is first in, first out has taken.
const BY_FAR: usize = 20;

impl Bounds {
    /// What all runs may have if somebody has asked for so many steps.
    pub fn asked(steps: usize) -> Self {
        let operations = OPERATIONS_A_STEP.saturating_mul(steps as u64);
        Self { steps, operations: operations.max(LEAST.operations) }
    }

    /// What others may have if the run that is first in, first out has ended after so much.
    pub fn after(steps: usize, operations: u64) -> Self {
        Self {
            steps: steps.saturating_mul(BY_FAR).clamp(LEAST.steps, MOST.steps),
            operations: operations.saturating_mul(BY_FAR as u64).clamp(LEAST.operations, MOST.operations),
        }
    }

    /// The same if it has not.
    pub fn after_endless() -> Self {
        LEAST
    }
}

/// What a run may have that nothing is known of.
impl Default for Bounds {
    fn default() -> Self {
        MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_least_and_a_most() {
        let bounds = |steps, operations| Bounds { steps, operations };
        assert_eq!(Bounds::after(10, 1_000), bounds(1_000, 100_000));
        assert_eq!(Bounds::after(100, 10_000), bounds(2_000, 200_000));
        assert_eq!(Bounds::after(50_000, 19_000_000), bounds(100_000, 20_000_000));
        assert_eq!(Bounds::after(usize::MAX, u64::MAX), Bounds::default());
        assert_eq!(Bounds::asked(50), bounds(50, 100_000));
        assert_eq!(Bounds::asked(200_000), bounds(200_000, 200_000_000));
    }
}
