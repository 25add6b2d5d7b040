//! Who is next: the policies that pick a task from the ready queue, one in each file.

use std::collections::VecDeque;

use super::task::TaskRef;

mod fifo;
mod replay;
mod seeded;

pub use fifo::Fifo;
pub use replay::{Divergence, Replay, Track};
pub use seeded::Seeded;

/// Picks who runs next.
pub trait Policy {
    /// The index in the queue of the task to run. Asked only where there is a choice: the queue holds two tasks or
    /// more, none of them ended.
    fn pick(&mut self, ready: &VecDeque<TaskRef>) -> usize;

    /// Whether it always picks the first, so that it need not be asked.
    fn is_fifo(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests;
