//! First in, first out.

use std::collections::VecDeque;

use super::Policy;
use crate::engine::task::TaskRef;

/// First in, first out: the order of asyncio, and of every queue of people who were well brought up.
#[derive(Debug, Default)]
pub struct Fifo;

impl Policy for Fifo {
    fn pick(&mut self, _: &VecDeque<TaskRef>) -> usize {
        0
    }

    fn is_fifo(&self) -> bool {
        true
    }
}
