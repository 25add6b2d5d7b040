//! The order of a session's runs: who is next where several are ready, and the token that brings a run back.

use super::Session;
use crate::engine::schedule::{Fifo, Policy, Replay, Seeded, Track};
use crate::engine::token::{Order, Token, fingerprint};
use crate::report::Report;

/// In which order a session's runs are to go, and what is known of the last one.
#[derive(Debug, Default)]
pub(super) struct Ordering {
    /// First in, first out if none.
    wanted: Option<Order>,
    /// How far the last run followed the choices that it was to follow.
    track: Option<Track>,
    /// Stands for the text of the last run, if it ran.
    fingerprint: Option<u16>,
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

    /// There is nothing to tell of a last run.
    pub(super) fn forget_order(&mut self) {
        let wanted = self.ordering.wanted.take();
        self.ordering = Ordering { wanted, ..Ordering::default() };
    }

    /// A run of this text begins.
    pub(super) fn begin_order(&mut self, text: &str) {
        self.forget_order();
        self.ordering.fingerprint = Some(fingerprint(text));
        // random numbers, too, are those of the run that is to come back
        match self.ordering.wanted {
            None => {}
            Some(Order::Seed(seed)) => self.kernel.random.set(seed),
            Some(Order::Choices(_)) => self.kernel.random.set(0),
        }
        let policy: Box<dyn Policy> = match &self.ordering.wanted {
            None => Box::new(Fifo),
            Some(Order::Seed(seed)) => Box::new(Seeded::new(*seed)),
            Some(Order::Choices(choices)) => {
                let replay = Replay::new(choices);
                self.ordering.track = Some(replay.track());
                Box::new(replay)
            }
        };
        self.kernel.set_policy(policy);
    }

    /// The last run was stepped: these choices were made, and whether they left the order that was wanted.
    pub(super) fn note_choices(&mut self, left: bool, choices: Vec<u32>) {
        let is_own = left || (self.ordering.wanted.is_none() && choices.iter().any(|&choice| choice != 0));
        if is_own {
            self.ordering.track = None;
            self.ordering.by_hand = Some(choices);
        }
    }

    /// Whether somebody chose the order of the last run by hand.
    pub fn is_by_hand(&self) -> bool {
        self.ordering.by_hand.is_some()
    }

    /// What brings the last run back, if its order was drawn at random or chosen by hand.
    pub fn token(&self) -> Option<Token> {
        let fingerprint = self.ordering.fingerprint?;
        if let Some(choices) = &self.ordering.by_hand {
            return Some(Token::of_fingerprint(fingerprint, choices));
        }
        let order = self.ordering.wanted.clone().filter(|order| matches!(order, Order::Seed(_)))?;
        Some(Token { fingerprint, order })
    }

    /// A warning, if the last run was to follow the choices of an earlier one and did not. To be asked when it has ended.
    pub fn divergence(&self) -> Option<Report> {
        let divergence = self.ordering.track.as_ref()?.divergence(true)?;
        let help = "a run comes back only if all that it depends on is the same: its text and arguments, the tasks in \
                    the background, and what comes from outside";
        Some(Report::warning(divergence.to_string()).help(help))
    }
}
