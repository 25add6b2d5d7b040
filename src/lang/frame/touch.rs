//! What the steps of a frame touch.

use std::rc::Rc;

use super::Frame;
use crate::lang::Interp;
use crate::lang::body::Step;
use crate::lang::mention::Mentions;

impl Frame {
    /// Tells what a step touches that evaluates something.
    #[cold]
    pub(super) fn touch(&self, interp: &Interp, step: &Step) {
        let expr = match step {
            Step::Eval(expr) | Step::Exec(expr) => expr,
            Step::Call(call) => &call.full,
            Step::Assign(assign) => &assign.full,
            _ => return,
        };
        let mut known = self.body.mentions.borrow_mut();
        let mentions = known.entry(self.at).or_insert_with(|| Rc::new(Mentions::of(expr)));
        let temps = interp.shared.temps.borrow();
        interp.shared.touches.evaluate(mentions, &self.scope, &temps, interp);
    }
}
