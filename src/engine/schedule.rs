//! Who is next: the policies that pick a task from the ready queue.

use std::collections::VecDeque;

use super::task::TaskRef;

/// Picks who runs next.
pub trait Policy {
    /// The index in the queue, which is not empty, of the task to run.
    fn pick(&mut self, ready: &VecDeque<TaskRef>) -> usize;
}

/// First in, first out: the order of asyncio, and of every queue of people who were well brought up.
#[derive(Debug, Default)]
pub struct Fifo;

impl Policy for Fifo {
    fn pick(&mut self, _: &VecDeque<TaskRef>) -> usize {
        0
    }
}
