//! The ways out of a place in a body: errors, `break`, `continue` and `return`, by the regions around the step.

use rhai::{Dynamic, EvalAltResult};

use super::{Flow, Frame};
use crate::lang::body::RegionKind;
use crate::lang::failure::{Link, Raise};
use crate::lang::interp::Interp;

impl Frame {
    pub(super) fn leave_blocks(&mut self, interp: &mut Interp, depth: usize, base: usize) {
        if let Some(mark) = self.blocks.get(depth) {
            self.scope.rewind(mark.vars as usize);
            interp.global.truncate_imports(base + mark.imports as usize);
            self.blocks.truncate(depth);
        }
    }

    /// Leaves by what an evaluation ended with: an error, or one of Rhai's ways out.
    pub(super) fn leave_by(&mut self, interp: &mut Interp, error: Box<EvalAltResult>, base: usize) -> Result<(), Flow> {
        match *error {
            EvalAltResult::Return(value, _) => Err(Flow::Done(value)),
            EvalAltResult::LoopBreak(out, value, pos) => match self.break_loop(interp, out, value, base) {
                true => Ok(()),
                false => {
                    let word = if out { "break" } else { "continue" };
                    let message = format!("`{word}` can't leave an async block: the loop is outside of it");
                    let error = Box::new(EvalAltResult::ErrorRuntime(message.into(), pos));
                    self.raise(interp, Raise::from(error), base)
                }
            },
            _ => self.raise(interp, Raise::from(error), base),
        }
    }

    pub(super) fn raise(&mut self, interp: &mut Interp, raise: Raise, base: usize) -> Result<(), Flow> {
        match self.unwind(interp, raise, base) {
            None => Ok(()),
            Some(raise) => Err(Flow::Failed(raise)),
        }
    }

    /// The regions around the step that ran last, from the innermost out.
    fn regions(&self) -> impl Iterator<Item = u32> + use<> {
        let body = self.body.clone();
        let step = (self.at as usize).saturating_sub(1);
        let mut next = Some(body.region_of[step]);
        std::iter::from_fn(move || {
            let region = next?;
            next = (region != 0).then(|| body.regions[region as usize].parent);
            Some(region)
        })
    }

    /// Goes to the innermost `catch`. What no handler takes is given back.
    pub(super) fn unwind(&mut self, interp: &mut Interp, mut raise: Raise, base: usize) -> Option<Raise> {
        if let Raise::Error(failure) = &mut raise {
            interp.locate(failure, &self.body.source, Some(self.position()));
            // what an await itself throws has no place of its own, and a task's error has come here by one
            failure.origin.get_or_insert_with(|| self.place());
            if let Some(Link::Task { .. }) = failure.links.last() {
                failure.links.push(Link::Awaited { by: self.body.name.to_string(), at: self.place() });
            }
        }
        for number in self.regions() {
            match self.body.regions[number as usize].kind {
                RegionKind::Catch => raise = self.rethrow(raise),
                RegionKind::Try { catch } => match raise {
                    Raise::Error(failure) if failure.is_catchable() => {
                        self.enter_region(interp, number, base);
                        self.rare().caught.push(*failure);
                        self.at = catch;
                        return None;
                    }
                    other => raise = other,
                },
                RegionKind::Loop { .. } | RegionKind::Body => {}
            }
        }
        Some(raise)
    }

    /// An error leaves a `catch` block: a bare `throw` means the error that was caught, and `throw e` of it has come the
    /// same way.
    fn rethrow(&mut self, raise: Raise) -> Raise {
        let caught = self.rare().caught.pop();
        match (raise, caught) {
            (Raise::Error(failure), Some(original))
                if failure.links.is_empty() && (failure.is_bare() || failure.throws_again(&original)) =>
            {
                Raise::Error(Box::new(original))
            }
            (raise, _) => raise,
        }
    }

    /// Puts blocks, iterators and temporaries back to where they stood when the region was entered.
    fn enter_region(&mut self, interp: &mut Interp, number: u32, base: usize) {
        let body = self.body.clone();
        let region = &body.regions[number as usize];
        self.leave_blocks(interp, region.blocks as usize, base);
        self.iters.truncate(region.iters as usize);
        for temp in interp.shared.temps.borrow_mut().iter_mut().skip(region.temps as usize) {
            *temp = Dynamic::UNIT;
        }
    }

    /// `break` (`out`) or `continue`: false if there is no loop to leave.
    fn break_loop(&mut self, interp: &mut Interp, out: bool, value: Dynamic, base: usize) -> bool {
        for number in self.regions() {
            match self.body.regions[number as usize].kind {
                RegionKind::Catch => {
                    self.rare().caught.pop();
                }
                RegionKind::Loop { after, again } => {
                    self.enter_region(interp, number, base);
                    self.acc = value;
                    self.at = if out { after } else { again };
                    return true;
                }
                RegionKind::Try { .. } | RegionKind::Body => {}
            }
        }
        false
    }
}
