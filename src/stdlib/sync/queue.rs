//! `queue()`: items from those who put to those who get, first in first out.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use rhai::Dynamic;

use super::super::functions;
use super::super::stream::{self, Stream};
use super::super::values::Fallible;
use super::{Ticket, Waiters, title};
use crate::engine::errors::{error, kind, raise};
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Future, Kernel};
use crate::trace::event::{TextId, WaitClass};

functions! {
    /// A queue. With a number it holds at most so many items, and `put` waits while it is full. An optional last
    /// argument names it in the lanes and in reports.
    ///
    /// ```
    /// let q = queue(2, "jobs");
    /// let consumer = spawn(async { let sum = 0; for i in 0..3 { sum += await q.get() } sum });
    /// for i in 1..=3 { await q.put(i) }
    /// assert(await consumer == 6);
    /// ```
    ///
    /// asyncio: `asyncio.Queue`; JavaScript: no counterpart; tokio: `tokio::sync::mpsc`
    "queue([n][, name])" => |lib| {
        lib.engine.register_type_with_name::<Queue>("queue");
        lib.engine.register_fn("queue", || Queue::new(None, ""));
        lib.engine.register_fn("queue", |name: &str| Queue::new(None, name));
        lib.engine.register_fn("queue", |n: i64| Queue::bounded(n, ""));
        lib.engine.register_fn("queue", Queue::bounded);
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |q: &mut Queue| format!("<{}, {}>", title("queue", &q.0.name), q.fill()));
        }
        stream::install::<Queue>(lib);
    };

    /// Puts an item at the end; waits while the queue is full. Throws "closed" if it is closed.
    ///
    /// ```
    /// let q = queue(1);
    /// await q.put("a");
    /// assert(q.full());
    /// ```
    ///
    /// asyncio: `Queue.put`; JavaScript: no counterpart; tokio: `Sender::send`
    "queue.put(item)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("put", move |q: &mut Queue, item: Dynamic| {
            Future::new(Put { queue: q.clone(), item: Some(item), ticket: None }, kernel.here())
        });
    };

    /// Takes the item at the head; waits while the queue is empty. Throws "closed" once it is closed and empty.
    ///
    /// ```
    /// let q = queue();
    /// await q.put("a");
    /// assert(await q.get() == "a");
    /// ```
    ///
    /// asyncio: `Queue.get`; JavaScript: no counterpart; tokio: `Receiver::recv`
    "queue.get()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("get", move |q: &mut Queue| Future::new(Get::new(q, false), kernel.here()));
    };

    /// Puts an item if there is room, and says whether there was. Does not wait. Throws "closed" if it is closed.
    ///
    /// ```
    /// let q = queue(1);
    /// assert(q.try_put(1) && !q.try_put(2));
    /// ```
    ///
    /// asyncio: `Queue.put_nowait`; JavaScript: `array.push`; tokio: `Sender::try_send`
    "queue.try_put(item)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("try_put", move |q: &mut Queue, item: Dynamic| -> Fallible<bool> {
            if q.0.closed.get() {
                return Err(error(kind::CLOSED, q.closed_text()));
            }
            Ok(q.offer(&kernel, item).is_none())
        });
    };

    /// Takes an item if there is one, else gives `()`. Does not wait.
    ///
    /// ```
    /// let q = queue();
    /// assert(q.try_get() == ());
    /// ```
    ///
    /// asyncio: `Queue.get_nowait`; JavaScript: `array.shift`; tokio: `Receiver::try_recv`
    "queue.try_get()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("try_get", move |q: &mut Queue| q.take(&kernel).unwrap_or_default());
    };

    /// How many items are in the queue. `queue.empty()` and `queue.full()` say whether it is.
    ///
    /// ```
    /// let q = queue(1);
    /// assert(q.empty() && !q.full() && q.len() == 0);
    /// ```
    ///
    /// asyncio: `Queue.qsize`; JavaScript: `array.length`; tokio: `Receiver::len`
    "queue.len()" => |lib| {
        lib.engine.register_fn("len", |q: &mut Queue| q.0.items.borrow().len() as i64);
        lib.engine.register_get("len", |q: &mut Queue| q.0.items.borrow().len() as i64);
        lib.engine.register_fn("empty", |q: &mut Queue| q.0.items.borrow().is_empty());
        lib.engine.register_fn("full", |q: &mut Queue| !q.has_room());
    };

    /// Says that an item that was taken has been dealt with; `join` waits for this. Throws "value" if it is called more
    /// often than there were items.
    ///
    /// ```
    /// let q = queue();
    /// await q.put(1);
    /// await q.get();
    /// q.task_done();
    /// await q.join();
    /// ```
    ///
    /// asyncio: `Queue.task_done`; JavaScript: no counterpart; tokio: no counterpart
    "queue.task_done()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("task_done", move |q: &mut Queue| q.task_done(&kernel));
    };

    /// Waits until every item that was put has been dealt with: taken, and `task_done` called for it.
    ///
    /// ```
    /// let q = queue();
    /// let worker = spawn(async { loop { await q.get(); await sleep(0.1); q.task_done() } });
    /// for i in 0..3 { await q.put(i) }
    /// await q.join();
    /// worker.cancel();
    /// ```
    ///
    /// asyncio: `Queue.join`; JavaScript: no counterpart; tokio: `JoinSet::join_all`
    "queue.join()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("join", move |q: &mut Queue| Future::new(Join { queue: q.clone(), ticket: None }, kernel.here()));
    };

    /// Closes the queue: nothing can be put any more, and once it is empty `get` throws "closed" and `next` gives `()`.
    ///
    /// ```
    /// let q = queue();
    /// q.close();
    /// try { await q.get() } catch (e) { assert(e.error == "closed") }
    /// ```
    ///
    /// asyncio: `Queue.shutdown`; JavaScript: no counterpart; tokio: dropping the senders
    "queue.close()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("close", move |q: &mut Queue| q.close(&kernel));
    };
}

#[derive(Clone)]
struct Queue(Rc<Shared>);

struct Shared {
    name: String,
    /// None: without bound.
    capacity: Option<usize>,
    items: RefCell<VecDeque<Dynamic>>,
    getters: Waiters<Dynamic>,
    putters: Waiters<Dynamic>,
    joiners: Waiters<()>,
    /// Items put and not yet dealt with.
    unfinished: Cell<usize>,
    closed: Cell<bool>,
}

impl Queue {
    fn new(capacity: Option<usize>, name: &str) -> Self {
        Self(Rc::new(Shared {
            name: name.to_string(),
            capacity,
            items: RefCell::default(),
            getters: Waiters::default(),
            putters: Waiters::default(),
            joiners: Waiters::default(),
            unfinished: Cell::new(0),
            closed: Cell::new(false),
        }))
    }

    fn bounded(n: i64, name: &str) -> Fallible<Self> {
        match usize::try_from(n) {
            Ok(n) if n > 0 => Ok(Self::new(Some(n), name)),
            _ => Err(error(kind::VALUE, format!("a queue's capacity must be at least 1, and this is {n} (`queue()` has no bound)"))),
        }
    }

    fn fill(&self) -> String {
        let len = self.0.items.borrow().len();
        let of = self.0.capacity.map_or(String::new(), |n| format!(" of {n}"));
        format!("{len}{of} items{}", if self.0.closed.get() { ", closed" } else { "" })
    }

    fn closed_text(&self) -> String {
        format!("this {} is closed", title("queue", &self.0.name))
    }

    fn has_room(&self) -> bool {
        self.0.capacity.is_none_or(|n| self.0.items.borrow().len() < n)
    }

    /// Hands an item to the first who waits for one, or stores it. Gives it back if there is no room.
    fn offer(&self, kernel: &Kernel, item: Dynamic) -> Option<Dynamic> {
        if !self.has_room() || !self.0.putters.is_empty() {
            return Some(item);
        }
        self.0.unfinished.set(self.0.unfinished.get() + 1);
        self.store(kernel, item);
        None
    }

    fn store(&self, kernel: &Kernel, item: Dynamic) {
        match self.0.getters.pop() {
            Some(ticket) => {
                *ticket.item.borrow_mut() = Some(item);
                ticket.grant(kernel);
            }
            None => self.0.items.borrow_mut().push_back(item),
        }
    }

    /// Takes the item at the head, and lets the first who waits to put do so.
    fn take(&self, kernel: &Kernel) -> Option<Dynamic> {
        let item = self.0.items.borrow_mut().pop_front()?;
        self.admit(kernel);
        Some(item)
    }

    fn admit(&self, kernel: &Kernel) {
        if !self.has_room() {
            return;
        }
        if let Some(ticket) = self.0.putters.pop() {
            let item = ticket.item.borrow_mut().take();
            self.0.unfinished.set(self.0.unfinished.get() + 1);
            if let Some(item) = item {
                self.store(kernel, item);
            }
            ticket.grant(kernel);
        }
    }

    /// An item was granted to a getter that has gone: the next getter has it, or it goes back to the head.
    fn give_back(&self, kernel: &Kernel, item: Dynamic) {
        match self.0.getters.pop() {
            Some(ticket) => {
                *ticket.item.borrow_mut() = Some(item);
                ticket.grant(kernel);
            }
            None => self.0.items.borrow_mut().push_front(item),
        }
    }

    fn task_done(&self, kernel: &Kernel) -> Fallible<()> {
        let left = self.0.unfinished.get().checked_sub(1).ok_or_else(|| {
            error(kind::VALUE, "task_done was called more often than items were put")
        })?;
        self.0.unfinished.set(left);
        if left == 0 {
            self.0.joiners.drain().iter().for_each(|t| t.grant(kernel));
        }
        Ok(())
    }

    fn close(&self, kernel: &Kernel) {
        self.0.closed.set(true);
        self.0.getters.drain().iter().for_each(|t| t.grant(kernel));
        self.0.putters.drain().iter().for_each(|t| t.grant(kernel));
    }
}

impl Stream for Queue {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        Future::new(Get::new(self, true), kernel.here())
    }
}

struct Get {
    queue: Queue,
    /// `next` gives `()` at the end, `get` throws.
    quiet: bool,
    ticket: Option<Rc<Ticket<Dynamic>>>,
}

impl Get {
    fn new(queue: &Queue, quiet: bool) -> Self {
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
            let item = ticket.item.borrow_mut().take();
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
            && let Some(item) = ticket.item.borrow_mut().take()
        {
            self.queue.give_back(cx.kernel, item);
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

struct Put {
    queue: Queue,
    item: Option<Dynamic>,
    ticket: Option<Rc<Ticket<Dynamic>>>,
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

struct Join {
    queue: Queue,
    ticket: Option<Rc<Ticket<()>>>,
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
