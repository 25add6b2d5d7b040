//! Runs of the prompt that are stepped, or that follow the order of an earlier one.

use std::rc::Rc;

use super::steps::AtPrompt;
use super::{orders, views};
use crate::engine::clock::Pace;
use crate::engine::token::Order;
use crate::repl::backend::{Outcome, Run};
use crate::session::Session;
use crate::session::step::Conductor;
use crate::term::{ColorChoice, Stream};
use crate::trace::render::Options;

/// What a replay changes, to be changed back.
pub struct Before(Option<(Option<Order>, Pace)>);

/// How things are drawn on a terminal of `width` columns.
pub fn view(width: u16) -> Options {
    Options { width: usize::from(width), ..views::options(ColorChoice::Auto.enabled(Stream::Stdout)) }
}

/// A run begins: whoever is asked for its steps, and the order that it follows, on the virtual clock.
pub fn begin(session: &mut Session, run: &Run) -> Before {
    let conductor = run.step.clone().map(|asker| AtPrompt::new(asker, view(run.width)) as Rc<dyn Conductor>);
    session.set_conductor(conductor);
    Before(run.order.clone().map(|token| {
        let before = (session.order().cloned(), session.kernel.clock.pace());
        session.set_order(Some(token.order));
        session.set_within(token.within);
        session.kernel.set_pace(Pace::Virtual);
        before
    }))
}

/// It has ended: says whether it left the order, and which token brings it back.
pub fn end(session: &mut Session, before: Before, outcome: &mut Outcome) {
    if outcome.cancelled.is_none() {
        if let Some(report) = session.divergence() {
            session.report(&report);
        }
        outcome.token = orders::told(session, outcome.failed, ":replay ");
    }
    if let Some((order, pace)) = before.0 {
        session.set_order(order);
        session.set_within(None);
        session.kernel.set_pace(pace);
    }
}
