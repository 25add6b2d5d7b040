//! Work for which the loop stands still: it needs the interpreter, and the loop for runs of its own.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::alarm::Alarm;
use super::kernel::Kernel;
use crate::lang::Interp;

/// The work, under way.
pub type Work<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Done between two turns; whoever waits for it has to be woken by it.
pub trait Errand {
    fn run<'a>(self: Box<Self>, kernel: &'a Rc<Kernel>, interp: &'a mut Interp, alarm: &'a mut Alarm) -> Work<'a>;
}

impl Kernel {
    /// Has something done before the next turn.
    pub fn send(&self, errand: Box<dyn Errand>) {
        self.errands.borrow_mut().push_back(errand);
    }

    /// What is to be done next.
    pub(super) fn take_errand(&self) -> Option<Box<dyn Errand>> {
        self.errands.borrow_mut().pop_front()
    }
}
