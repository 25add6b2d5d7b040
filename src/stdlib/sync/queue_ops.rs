//! What tasks wait for at a queue: an item, room, and the end of the work.

use std::borrow::Cow;
use std::rc::Rc;

use rhai::Dynamic;

use super::queue::Queue;
use super::{Ticket, title};
use crate::engine::Kernel;
use crate::engine::errors::{kind, raise};
use crate::engine::wait::{Cx, Op, Step};
use crate::trace::event::{TextId, WaitClass};

pub(super) struct Get {
    queue: Queue,
    /// `next` gives `()` at the end, `get` throws.
    quiet: bool,
    ticket: Option<Rc<Ticket<Dynamic>>>,
}

impl Get {
    pub fn new(queue: &Queue, quiet: bool) -> Self {
        Self { queue: queue.clone(), quiet, ticket: None }
    }

    fn end(&self) -> Step {
        match self.quiet {
            true => Step::value(()),
            false => Step::Done(Err(raise(kind::CLOSED, self.queue.closed_text()))),
        }
    }
}

impl Op for Get {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        if let Some(ticket) = &self.ticket {
            if !ticket.is_granted() {
                return Step::Pending;
            }
            ticket.leave();
            let item = self.queue.collect(ticket);
            self.ticket = None;
            return item.map_or_else(|| self.end(), |item| Step::Done(Ok(item)));
        }
        if let Some(item) = self.queue.take(cx.kernel) {
            return Step::Done(Ok(item));
        }
        if self.queue.0.closed.get() {
            return self.end();
        }
        self.ticket = Some(self.queue.0.getters.join(cx.task, None));
        Step::Pending
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        if let Some(ticket) = self.ticket.take()
            && ticket.leave()
        {
            self.queue.give_back(cx.kernel, &ticket);
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn label(&self) -> Cow<'static, str> {
        format!("{} to have an item", title("queue", &self.queue.0.name)).into()
    }

    fn text(&self, kernel: &Kernel) -> TextId {
        match self.queue.0.name.is_empty() {
            true => kernel.text("queue to have an item"),
            false => kernel.text(&self.label()),
        }
    }
}

pub(super) struct Put {
    queue: Queue,
    item: Option<Dynamic>,
    ticket: Option<Rc<Ticket<Dynamic>>>,
}

impl Put {
    pub fn new(queue: &Queue, item: Dynamic) -> Self {
        Self { queue: queue.clone(), item: Some(item), ticket: None }
    }
}

impl Op for Put {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        if let Some(ticket) = &self.ticket {
            if !ticket.is_granted() {
                return Step::Pending;
            }
            ticket.leave();
            let refused = ticket.item.borrow().is_some();
            self.ticket = None;
            return match refused {
                true => Step::Done(Err(raise(kind::CLOSED, self.queue.closed_text()))),
                false => Step::value(()),
            };
        }
        if self.queue.0.closed.get() {
            return Step::Done(Err(raise(kind::CLOSED, self.queue.closed_text())));
        }
        match self.item.take().and_then(|item| self.queue.offer(cx.kernel, item)) {
            None => Step::value(()),
            Some(item) => {
                self.ticket = Some(self.queue.0.putters.join(cx.task, Some(item)));
                Step::Pending
            }
        }
    }

    fn cancel(&mut self, _: &mut Cx) -> bool {
        if let Some(ticket) = self.ticket.take() {
            ticket.leave(); // an item that is in the queue by now stays there
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn label(&self) -> Cow<'static, str> {
        format!("{} to have room", title("queue", &self.queue.0.name)).into()
    }

    fn text(&self, kernel: &Kernel) -> TextId {
        match self.queue.0.name.is_empty() {
            true => kernel.text("queue to have room"),
            false => kernel.text(&self.label()),
        }
    }
}

pub(super) struct Join {
    queue: Queue,
    ticket: Option<Rc<Ticket<()>>>,
}

impl Join {
    pub fn new(queue: &Queue) -> Self {
        Self { queue: queue.clone(), ticket: None }
    }
}

impl Op for Join {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        match &self.ticket {
            Some(ticket) if ticket.is_granted() => Step::value(()),
            Some(_) => Step::Pending,
            None if self.queue.0.unfinished.get() == 0 => Step::value(()),
            None => {
                self.ticket = Some(self.queue.0.joiners.join(cx.task, None));
                Step::Pending
            }
        }
    }

    fn cancel(&mut self, _: &mut Cx) -> bool {
        if let Some(ticket) = self.ticket.take() {
            ticket.leave();
        }
        true
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn label(&self) -> Cow<'static, str> {
        format!("{} to be done", title("queue", &self.queue.0.name)).into()
    }
}
