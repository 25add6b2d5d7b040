//! The order of a session's runs: who is next where several are ready, and the token that brings a run back.

use std::cell::Cell;
use std::rc::Rc;

use super::Session;
use crate::engine::schedule::{Fifo, Policy, Replay, Seeded, Track};
use crate::engine::token::{Order, Token, Within, fingerprint};
use crate::report::Report;

/// In which order a session's runs are to go, and what is known of the last one.
#[derive(Debug, Default)]
pub(super) struct Ordering {
    /// First in, first out if none.
    wanted: Option<Order>,
    /// What the runs explore that is to be run in their place.
    within: Option<Within>,
    /// How far the last run followed the choices that it was to follow.
    track: Option<Track>,
    /// Stands for the text of the last run, if it ran.
    fingerprint: Option<u16>,
    /// Whether somebody who is next was drawn in the last run.
    has_drawn: Option<Rc<Cell<bool>>>,
    /// The token of the last run, if that was one of what was explored.
    part: Option<Token>,
    /// What was chosen by hand in the last run, if that was another order than the one wanted.
    by_hand: Option<Vec<u32>>,
}

impl Session {
    /// Sets the order of the runs to come: each draws anew from a seed, or follows the same choices. First in, first out
    /// if none.
    pub fn set_order(&mut self, order: Option<Order>) {
        self.ordering.wanted = order;
    }

    /// The order of the runs to come.
    pub fn order(&self) -> Option<&Order> {
        self.ordering.wanted.as_ref()
    }

    /// Sets what of that which the runs to come explore is to be run in their place; nothing if none.
    pub fn set_within(&mut self, within: Option<Within>) {
        self.ordering.within = within;
    }

    /// What is to be run in place of the runs.
    pub fn within(&self) -> Option<&Within> {
        self.ordering.within.as_ref()
    }

    /// There is nothing to tell of a last run.
    pub(super) fn forget_order(&mut self) {
        let (wanted, within) = (self.ordering.wanted.take(), self.ordering.within.take());
        self.ordering = Ordering { wanted, within, ..Ordering::default() };
    }

    /// A run of what was explored begins: the policy of its loop.
    pub(super) fn begin_part(&mut self, token: &Token) -> Box<dyn Policy> {
        self.ordering.part = Some(token.clone());
        self.follow(token.choices())
    }

    /// A run that is to follow these choices begins: the policy of its loop.
    fn follow(&mut self, choices: &[u32]) -> Box<dyn Policy> {
        let replay = Replay::new(choices);
        self.ordering.track = Some(replay.track());
        Box::new(replay)
    }

    /// A run of this text begins.
    pub(super) fn begin_order(&mut self, text: &str) {
        self.forget_order();
        let number = fingerprint(text);
        self.ordering.fingerprint = Some(number);
        let order = self.ordering.wanted.clone().unwrap_or(Order::Choices(Vec::new()));
        let within = self.ordering.within.clone();
        self.kernel.explorations.begin(Token { fingerprint: number, order, within });
        // random numbers, too, are those of the run that is to come back
        match self.ordering.wanted {
            None => {}
            Some(Order::Seed(seed)) => self.kernel.random.set(seed),
            Some(Order::Choices(_)) => self.kernel.random.set(0),
        }
        let policy: Box<dyn Policy> = match self.ordering.wanted.clone() {
            None => Box::new(Fifo),
            Some(Order::Seed(seed)) => {
                let seeded = Seeded::new(seed);
                self.ordering.has_drawn = Some(seeded.has_drawn());
                Box::new(seeded)
            }
            Some(Order::Choices(choices)) => self.follow(&choices),
        };
        self.kernel.set_policy(policy);
    }

    /// The last run was stepped: these choices were made, and whether they left the order that was wanted.
    pub(super) fn note_choices(&mut self, left: bool, choices: Vec<u32>) {
        let is_free = self.ordering.wanted.is_none() && self.ordering.part.is_none();
        let is_own = left || (is_free && choices.iter().any(|&choice| choice != 0));
        if is_own {
            self.ordering.track = None;
            self.ordering.by_hand = Some(choices);
        }
    }

    /// Whether somebody chose the order of the last run by hand.
    pub fn is_by_hand(&self) -> bool {
        self.ordering.by_hand.is_some()
    }

    /// What brings the last run back, if it depends on what was drawn at random, or was chosen by hand.
    pub fn token(&self) -> Option<Token> {
        if let (Some(part), Some(choices)) = (&self.ordering.part, &self.ordering.by_hand) {
            return Some(part.with(choices));
        }
        let fingerprint = self.ordering.fingerprint.filter(|_| self.ordering.part.is_none())?;
        if let Some(choices) = &self.ordering.by_hand {
            return Some(Token::of_fingerprint(fingerprint, choices));
        }
        let order = self.ordering.wanted.clone().filter(|order| self.depends_on(order))?;
        Some(Token { fingerprint, order, within: None })
    }

    /// Whether the last run depends on a seed: on who was next, or on random numbers.
    fn depends_on(&self, order: &Order) -> bool {
        let has_drawn = self.ordering.has_drawn.as_ref().is_some_and(|has_drawn| has_drawn.get());
        matches!(order, Order::Seed(seed) if has_drawn || self.kernel.random.get() != *seed)
    }

    /// A warning, if the last run was to follow the choices of an earlier one and did not. To be asked when it has ended.
    pub fn divergence(&self) -> Option<Report> {
        if let Some(report) = self.unmet() {
            return Some(report);
        }
        let divergence = self.ordering.track.as_ref()?.divergence(true)?;
        let help = "a run comes back only if all that it depends on is the same: its text and arguments, the tasks in \
                    the background, and what comes from outside";
        Some(Report::warning(divergence.to_string()).help(help))
    }

    /// A warning, if the last run did not come to the exploration that was to be run in its place.
    fn unmet(&self) -> Option<Report> {
        let number = self.ordering.within.as_ref().filter(|_| self.ordering.part.is_none())?.number;
        let count = self.kernel.explorations.count();
        let had = if count == 1 { "1 call".to_string() } else { format!("{count} calls") };
        let title = format!("the token is for call {number} of `explore` in this run, and there were {had}");
        let help = "a run comes to the same call only if all that it depends on is the same: its text, its arguments, \
                    and what comes from outside";
        (count < number).then(|| Report::warning(title).help(help))
    }
}
