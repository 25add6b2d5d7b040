//! Following the choices of an earlier run.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use super::Policy;
use crate::engine::task::TaskRef;

/// Picks as an earlier run picked; after the last of its choices, first in, first out.
#[derive(Debug)]
pub struct Replay {
    choices: Vec<u32>,
    track: Track,
}

/// How far a replay has come. Shared with the policy, so that it can be asked while the loop owns that.
#[derive(Clone, Debug, Default)]
pub struct Track(Rc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    followed: Cell<usize>,
    total: Cell<usize>,
    diverged: RefCell<Option<Divergence>>,
}

/// Where a run stopped following the choices that it was to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Divergence {
    /// The n-th choice (from 1) was to take this task of the queue (from 0), which holds no more than so many.
    NotReady { number: usize, wanted: u32, ready: usize },
    /// The run ended when so many of its choices had been followed.
    EndedEarly { followed: usize, total: usize },
}

impl Replay {
    /// Follows these choices: an index into the ready queue for each point where two tasks or more are ready.
    pub fn new(choices: &[u32]) -> Self {
        let track = Track::default();
        track.0.total.set(choices.len());
        Self { choices: choices.to_vec(), track }
    }

    /// To ask how far it has come.
    pub fn track(&self) -> Track {
        self.track.clone()
    }
}

impl Policy for Replay {
    fn pick(&mut self, ready: &VecDeque<TaskRef>) -> usize {
        let track = &self.track.0;
        let at = track.followed.get();
        let Some(&wanted) = self.choices.get(at) else {
            return 0;
        };
        if track.diverged.borrow().is_some() {
            return 0;
        }
        if wanted as usize >= ready.len() {
            let divergence = Divergence::NotReady { number: at + 1, wanted, ready: ready.len() };
            *track.diverged.borrow_mut() = Some(divergence);
            return 0;
        }
        track.followed.set(at + 1);
        wanted as usize
    }
}

impl Track {
    /// How many choices have been followed.
    pub fn followed(&self) -> usize {
        self.0.followed.get()
    }

    /// Where the run has left the choices. Whether it ended early is known when it has `ended`.
    pub fn divergence(&self, ended: bool) -> Option<Divergence> {
        let early = || {
            let (followed, total) = (self.0.followed.get(), self.0.total.get());
            (ended && followed < total).then_some(Divergence::EndedEarly { followed, total })
        };
        self.0.diverged.borrow().clone().or_else(early)
    }
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReady { number, wanted, ready } => write!(
                f,
                "the run took another way than the one that is replayed: choice {number} was to take task {} of the \
                 ready queue, and there were {ready}; from there on tasks ran first in, first out",
                wanted + 1
            ),
            Self::EndedEarly { followed, total } => write!(
                f,
                "the run took another way than the one that is replayed: it ended after {followed} of {total} choices"
            ),
        }
    }
}
