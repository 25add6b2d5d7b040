//! What a run explores: how a token names it, and how one of its schedules takes the place of the run.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::kernel::Kernel;
use super::task::Call;
use super::token::Token;
use crate::lang::Namespace;

/// What was explored, to be run once, and seen.
pub struct Part {
    /// What runs as `main`.
    pub call: Call,
    pub namespace: Rc<Namespace>,
    /// Puts the variables that it shares with others back to what they were when it was explored; and, the next time, to
    /// what they are now.
    pub exchange: Box<dyn FnMut()>,
}

/// The explorations of the present run.
#[derive(Default)]
pub struct Explorations {
    /// What brings the run back.
    run: RefCell<Option<Token>>,
    count: Cell<u32>,
    /// The one that is to be run again, under one schedule, in place of being explored.
    wanted: RefCell<Option<Token>>,
    /// What that is, when the run has come to it.
    met: RefCell<Option<Part>>,
}

impl Explorations {
    /// A run begins that this token brings back.
    pub fn begin(&self, run: Token) {
        *self.wanted.borrow_mut() = run.within.is_some().then(|| run.clone());
        *self.run.borrow_mut() = Some(Token { within: None, ..run });
        self.count.set(0);
        self.met.take();
    }

    /// One more begins: what its tokens begin with, and whether it is the one that is to be run again.
    pub fn next(&self) -> (Token, bool) {
        let number = self.count.get() + 1;
        self.count.set(number);
        let run = self.run.borrow().clone().unwrap_or_else(|| Token::of_choices("", &[]));
        let wanted = self.wanted.borrow().as_ref().and_then(|token| token.within.as_ref().map(|w| w.number));
        (run.exploring(number), wanted == Some(number))
    }

    /// The token of what is to be run in place of the run.
    pub fn wanted(&self) -> Option<Token> {
        self.wanted.borrow().clone()
    }

    /// How many there have been.
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// The run has come to what is to be run in its place.
    pub fn meet(&self, part: Part) {
        *self.met.borrow_mut() = Some(part);
    }

    /// Whether it has.
    pub fn has_met(&self) -> bool {
        self.met.borrow().is_some()
    }

    /// Takes what is to be run in the place of the run.
    pub fn take_met(&self) -> Option<Part> {
        self.met.take()
    }
}

impl Kernel {
    /// The present run, for which another was set aside, is to be seen and heard, as it is not one of many.
    pub fn show_aside(&self) {
        self.run.set(self.run.get() + 1);
        self.set_recorded(true);
        self.random.set(0);
        self.seen.set(true);
    }

    /// Whether nobody is to hear of the present run: it is one of many.
    pub fn is_unheard(&self) -> bool {
        self.is_aside() && !self.seen.get()
    }
}
