//! Choices drawn from a list of numbers: shorter lists and smaller numbers make simpler programs.

/// A die that runs out: then it always shows 0, and 0 is always the simplest choice.
pub struct Dice<'a> {
    rolls: &'a [u32],
    at: usize,
}

impl<'a> Dice<'a> {
    pub fn new(rolls: &'a [u32]) -> Self {
        Self { rolls, at: 0 }
    }

    /// A number below `n`.
    pub fn roll(&mut self, n: usize) -> usize {
        let roll = self.rolls.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        roll as usize % n.max(1)
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.roll(n) == n - 1
    }

    /// One of the list.
    pub fn pick<'t, T>(&mut self, list: &'t [T]) -> &'t T {
        &list[self.roll(list.len())]
    }

    /// Whether there are no numbers left.
    pub fn is_over(&self) -> bool {
        self.at >= self.rolls.len()
    }
}
