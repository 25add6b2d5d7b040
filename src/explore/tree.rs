//! All schedules, depth first.
//!
//! A node is a point at which two tasks or more are ready; its branches are those who are. No state is kept: the tree is
//! what the runs show of it, and the way to the next branch is run again from the start.

use std::collections::VecDeque;

use super::run::Guide;
use crate::engine::{Kernel, TaskRef};

/// A way through a tree, branch by branch.
pub trait Way: Guide {
    /// The frontier, to be asked how many parts were met.
    fn frontier(&self) -> &Frontier;

    /// Whether the script did not do the same again.
    fn has_diverged(&self) -> bool;

    /// The present run has come to its end: whether its schedule is one of ours.
    fn end(&mut self, kernel: &Kernel) -> bool;

    /// Goes to the next branch; false if there is none left.
    fn advance(&mut self) -> bool;
}

/// The way through the whole tree.
pub struct Tree {
    /// The nodes from the root to where the present run is; those from `len` on are kept to be used again.
    nodes: Vec<Node>,
    len: usize,
    /// The node at which the present run stands.
    at: usize,
    frontier: Frontier,
    diverged: bool,
}

#[derive(Default)]
struct Node {
    /// The numbers of those who are ready.
    ready: Vec<u32>,
    /// The index of the one who is taken now; those before it have been.
    current: usize,
}

/// Where the tree is cut into parts, and who has which.
pub struct Frontier {
    /// How many choices lead to a part.
    pub(super) depth: usize,
    /// Whether the part of this number, in the order in which they are met, is ours.
    claim: Box<dyn FnMut(u64) -> bool>,
    /// How many have been met.
    met: u64,
    /// Whether the present run is in a part of ours.
    pub(super) inside: bool,
}

impl Frontier {
    /// The whole tree is one part.
    pub fn none() -> Self {
        Self::new(0, |_| true)
    }

    /// Parts begin below so many nodes; `claim` says which are to be gone through.
    pub fn new(depth: usize, claim: impl FnMut(u64) -> bool + 'static) -> Self {
        Self { depth, claim: Box::new(claim), met: 0, inside: false }
    }

    /// How many parts have been met.
    pub fn met(&self) -> u64 {
        self.met
    }

    /// A part begins, unless the run is in one: whether it is in one of ours now.
    pub(super) fn enter(&mut self) -> bool {
        if !self.inside {
            self.met += 1;
            self.inside = (self.claim)(self.met - 1);
        }
        self.inside
    }
}

impl Tree {
    /// From the root.
    pub fn new(frontier: Frontier) -> Self {
        Self { nodes: Vec::new(), len: 0, at: 0, frontier, diverged: false }
    }

    /// A node that is reached for the first time. None if it is in a part that is not ours.
    fn reach(&mut self, ready: &VecDeque<TaskRef>) -> Option<usize> {
        if self.at >= self.frontier.depth && !self.frontier.enter() {
            return None;
        }
        if self.nodes.len() == self.at {
            self.nodes.push(Node::default());
        }
        let node = &mut self.nodes[self.at];
        node.ready.clear();
        node.ready.extend(ready.iter().map(|t| t.id));
        node.current = 0;
        self.len = self.at + 1;
        Some(0)
    }
}

impl Guide for Tree {
    fn pick(&mut self, _: &Kernel, ready: &VecDeque<TaskRef>) -> Option<usize> {
        if ready.len() == 1 {
            return Some(0);
        }
        let current = if self.at < self.len {
            let node = &self.nodes[self.at];
            if !node.ready.iter().copied().eq(ready.iter().map(|t| t.id)) {
                self.diverged = true;
                return None;
            }
            node.current
        } else {
            self.reach(ready)?
        };
        self.at += 1;
        Some(current)
    }
}

impl Way for Tree {
    fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    fn has_diverged(&self) -> bool {
        self.diverged
    }

    fn end(&mut self, _: &Kernel) -> bool {
        self.diverged |= self.at < self.len; // it was to go on, and there to go another way
        !self.diverged && self.frontier.enter()
    }

    fn advance(&mut self) -> bool {
        self.at = 0;
        while let Some(last) = self.len.checked_sub(1) {
            if last < self.frontier.depth {
                self.frontier.inside = false;
            }
            let node = &mut self.nodes[last];
            node.current += 1;
            if node.current < node.ready.len() {
                return true;
            }
            self.len -= 1;
        }
        false
    }
}
