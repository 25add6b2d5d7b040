//! What was explored, to be run once more as it was.

use std::rc::Rc;

use super::findings::Findings;
use super::run::Start;
use super::snapshot::Snapshot;
use crate::engine::explorations::Part;
use crate::engine::token::Token;
use crate::lang::Namespace;

/// What was explored, with the state that each run of it began with.
pub struct Explored {
    /// What its tokens begin with.
    base: Token,
    start: Start,
    snapshot: Snapshot,
    namespace: Rc<Namespace>,
    /// Tokens of runs of it.
    tokens: Vec<Token>,
}

impl Explored {
    pub fn new(base: Token, start: Start, snapshot: Snapshot, namespace: Rc<Namespace>, found: &Findings) -> Self {
        let tokens = found.outcomes.iter().map(|outcome| outcome.token.clone()).collect();
        Self { base, start, snapshot, namespace, tokens }
    }

    /// Whether a token is of a run of it. One of the whole text may as well be of a run that was steered by hand.
    pub fn has(&self, token: &Token) -> bool {
        let is_part = self.base.within.is_some() && self.base.with(token.choices()) == *token;
        is_part || self.tokens.contains(token)
    }

    /// One more run of it has this token.
    pub fn add(&mut self, token: Token) {
        self.tokens.push(token);
    }

    /// What to run.
    pub fn part(&self) -> Part {
        part(&self.start, self.snapshot.clone(), self.namespace.clone())
    }
}

/// What to run, from a state like that of the snapshot.
pub fn part(start: &Start, mut snapshot: Snapshot, namespace: Rc<Namespace>) -> Part {
    Part { call: start.call(), namespace, exchange: Box::new(move || snapshot.exchange()) }
}
