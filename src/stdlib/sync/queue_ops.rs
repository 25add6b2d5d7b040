//! What tasks wait for at a queue: an item, room, and that all is done.

use std::borrow::Cow;

use rhai::Dynamic;

use super::store::Entry;
use super::transfer::Queue;
use super::{Flag, Primitive as _, Spot, Turn, Waiters, call_of};
use crate::engine::errors::{kind, raise};
use crate::engine::wait::{Cx, Op, Step};
use crate::trace::event::WaitClass;

pub(super) struct Get {
    queue: Queue,
    /// `next` gives `()` at the end, `get` throws.
    quiet: bool,
    spot: Spot<Entry>,
}

impl Get {
    pub fn new(queue: &Queue, quiet: bool) -> Self {
        Self { queue: queue.clone(), quiet, spot: Spot::default() }
    }

    /// Whether it was handed an item and has not taken it.
    pub fn has_come(&self) -> bool {
        self.spot.has_come()
    }

    fn end(&self) -> Step {
        match self.quiet {
            true => Step::value(()),
            false => closed(&self.queue),
        }
    }
}

impl Op for Get {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        let item = match self.spot.look() {
            Turn::Waiting => return Step::Pending,
            // where the queue was closed, the item of one who was cancelled since may be there
            Turn::Come(ticket) => self.queue.collect(cx.kernel, &ticket).or_else(|| self.queue.take(cx.kernel)),
            Turn::New => match self.queue.take(cx.kernel) {
                None if !self.queue.0.closed.get() => return self.spot.wait_in(&self.queue.0.getters, cx.task, None),
                item => item,
            },
        };
        item.map_or_else(|| self.end(), |item| Step::Done(Ok(item)))
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if let Some(ticket) = self.spot.leave() {
            self.queue.give_back(cx.kernel, &ticket);
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn sync(&self) -> u32 {
        self.queue.number()
    }

    fn label(&self) -> Cow<'static, str> {
        self.queue.label("queue to have an item")
    }

    fn call(&self) -> Cow<'static, str> {
        call_of(if self.quiet { "next" } else { "get" }, &self.queue.title())
    }
}

pub(super) struct Put {
    queue: Queue,
    item: Option<Dynamic>,
    spot: Spot<()>,
}

impl Put {
    pub fn new(queue: &Queue, item: Dynamic) -> Self {
        Self { queue: queue.clone(), item: Some(item), spot: Spot::default() }
    }
}

impl Op for Put {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        let turn = self.spot.look();
        if let Turn::Waiting = turn {
            return Step::Pending;
        }
        if self.queue.0.closed.get() {
            return closed(&self.queue);
        }
        let item = self.item.take().unwrap_or_default();
        if let Err(error) = self.queue.check(&item) {
            if let Turn::Come(_) = turn {
                self.queue.give_room(cx.kernel);
            }
            return Step::Done(Err(error.into()));
        }
        match turn {
            Turn::New => self.item = self.queue.offer(cx.kernel, item),
            _ => self.queue.fill_room(cx.kernel, item),
        }
        match self.item {
            Some(_) => self.spot.wait_in(&self.queue.0.putters, cx.task, None),
            None => Step::value(()),
        }
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if self.spot.leave().is_some() {
            self.queue.give_room(cx.kernel);
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn sync(&self) -> u32 {
        self.queue.number()
    }

    fn label(&self) -> Cow<'static, str> {
        self.queue.label("queue to have room")
    }

    fn call(&self) -> Cow<'static, str> {
        call_of("put", &self.queue.title())
    }
}

/// That every item has been dealt with.
pub(super) struct WorkDone(pub Queue);

impl Flag for WorkDone {
    fn is_up(&self) -> bool {
        self.0.0.unfinished.get() == 0
    }

    fn line(&self) -> &Waiters<()> {
        &self.0.0.joiners
    }

    fn number(&self) -> u32 {
        self.0.number()
    }

    fn label(&self) -> Cow<'static, str> {
        self.0.label("queue to be done")
    }

    fn call(&self) -> Cow<'static, str> {
        call_of("join", &self.0.title())
    }
}

fn closed(queue: &Queue) -> Step {
    Step::Done(Err(raise(kind::CLOSED, queue.closed_text())))
}
