//! The turns of `for` and of `for await`.

use rhai::{Dynamic, EvalAltResult, ImmutableString};

use super::{Frame, fill};
use crate::lang::body::Step;
use crate::lang::interp::Interp;
use crate::lang::iter::Iter;

impl Frame {
    /// The steps of loops that evaluate nothing.
    pub(super) fn loop_step(&mut self, interp: &mut Interp, step: &Step) -> Result<(), Box<EvalAltResult>> {
        match step {
            Step::IterStart { var, counter, at, awaited } => {
                let value = std::mem::take(&mut self.acc);
                let iter = if *awaited { Iter::over_stream(value, interp) } else { Iter::over(value, interp) };
                self.iters.push(iter.map_err(|e| fill(e, *at))?);
                for name in counter.iter().chain([var]) {
                    self.scope.push_dynamic(name.as_str(), Dynamic::UNIT);
                }
            }
            Step::IterNext { var, counter, exit } => match self.iters.last_mut().and_then(Iter::turn) {
                Some((count, value)) => self.set_item(var, value, counter.as_ref(), count),
                None => self.at = *exit,
            },
            Step::StreamItem { var, counter, exit } => {
                let value = std::mem::take(&mut self.acc);
                match self.iters.last_mut() {
                    Some(iter) if !value.is_unit() || !iter.is_stream() => {
                        let count = iter.arrived();
                        self.set_item(var, value.flatten(), counter.as_ref(), count);
                    }
                    _ => self.at = *exit,
                }
            }
            Step::IterEnd => {
                self.iters.pop();
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts the next item of the innermost iterator into `acc`, or goes on at `exit`; says whether there is one to come.
    pub(super) fn next_item(&mut self, interp: &mut Interp, exit: u32) -> Result<bool, Box<EvalAltResult>> {
        let env = self.rare.as_ref().and_then(|rare| rare.env.clone());
        let item = match self.iters.last_mut() {
            Some(iter) => match iter.stream() {
                Some(stream) => Some(interp.next_of(stream, env.as_ref())?),
                None => iter.turn().map(|(_, item)| item),
            },
            None => None,
        };
        let came = item.is_some();
        match item {
            Some(item) => self.acc = item,
            None => self.at = exit,
        }
        Ok(came)
    }

    /// The variables of a loop's next turn: new values in place of the old variables, as what captured those keeps them.
    fn set_item(&mut self, var: &str, value: Dynamic, counter: Option<&ImmutableString>, count: i64) {
        self.set_var(var, value);
        if let Some(counter) = counter {
            self.set_var(counter, count.into());
        }
    }

    fn set_var(&mut self, name: &str, value: Dynamic) {
        if let Some(slot) = self.scope.get_mut(name) {
            *slot = value;
        }
    }
}
