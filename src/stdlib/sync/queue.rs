//! `queue()`: items from those who put to those who get, first in first out.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use rhai::Dynamic;

use super::super::functions;
use super::super::stream::{self, Stream};
use super::super::values::Fallible;
use super::queue_ops::{Get, Join, Put};
use super::{Ticket, Waiters, title};
use crate::engine::errors::{error, kind};
use crate::engine::{Future, Kernel};

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
            lib.engine.register_fn(name, |q: &mut Queue| q.show());
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
            Future::new(Put::new(q, item), kernel.here())
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
        lib.engine.register_fn("join", move |q: &mut Queue| Future::new(Join::new(q), kernel.here()));
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
pub(super) struct Queue(pub(super) Rc<Shared>);

pub(super) struct Shared {
    pub name: String,
    /// None: without bound.
    capacity: Option<usize>,
    items: RefCell<VecDeque<Dynamic>>,
    pub getters: Waiters<Dynamic>,
    /// Getters that were handed an item and have not resumed.
    handed: RefCell<VecDeque<Rc<Ticket<Dynamic>>>>,
    pub putters: Waiters<Dynamic>,
    pub joiners: Waiters<()>,
    /// Items put and not yet dealt with.
    pub unfinished: Cell<usize>,
    pub closed: Cell<bool>,
}

impl Queue {
    fn new(capacity: Option<usize>, name: &str) -> Self {
        Self(Rc::new(Shared {
            name: name.to_string(),
            capacity,
            items: RefCell::default(),
            getters: Waiters::default(),
            handed: RefCell::default(),
            putters: Waiters::default(),
            joiners: Waiters::default(),
            unfinished: Cell::new(0),
            closed: Cell::new(false),
        }))
    }

    fn bounded(n: i64, name: &str) -> Fallible<Self> {
        match usize::try_from(n) {
            Ok(n) if n > 0 => Ok(Self::new(Some(n), name)),
            _ => Err(error(
                kind::VALUE,
                format!("a queue's capacity must be at least 1, and this is {n} (`queue()` has no bound)"),
            )),
        }
    }

    fn fill(&self) -> String {
        let len = self.0.items.borrow().len();
        let of = self.0.capacity.map_or(String::new(), |n| format!(" of {n}"));
        format!("{len}{of} items{}", if self.0.closed.get() { ", closed" } else { "" })
    }

    pub(super) fn show(&self) -> String {
        format!("<{}, {}>", title("queue", &self.0.name), self.fill())
    }

    pub fn closed_text(&self) -> String {
        format!("this {} is closed", title("queue", &self.0.name))
    }

    fn has_room(&self) -> bool {
        self.0.capacity.is_none_or(|n| self.0.items.borrow().len() < n)
    }

    /// Hands an item to the first who waits for one, or stores it. Gives it back if there is no room.
    pub fn offer(&self, kernel: &Kernel, item: Dynamic) -> Option<Dynamic> {
        if !self.has_room() || !self.0.putters.is_empty() {
            return Some(item);
        }
        self.0.unfinished.set(self.0.unfinished.get() + 1);
        self.store(kernel, item);
        None
    }

    fn store(&self, kernel: &Kernel, item: Dynamic) {
        match self.0.getters.pop() {
            Some(ticket) => self.hand(kernel, ticket, item),
            None => self.0.items.borrow_mut().push_back(item),
        }
    }

    fn hand(&self, kernel: &Kernel, ticket: Rc<Ticket<Dynamic>>, item: Dynamic) {
        *ticket.item.borrow_mut() = Some(item);
        ticket.grant(kernel);
        self.0.handed.borrow_mut().push_back(ticket);
    }

    /// What a getter that resumes was handed; nothing if the queue was closed.
    pub fn collect(&self, ticket: &Rc<Ticket<Dynamic>>) -> Option<Dynamic> {
        let mut handed = self.0.handed.borrow_mut();
        if let Some(at) = handed.iter().position(|t| Rc::ptr_eq(t, ticket)) {
            handed.remove(at);
        }
        ticket.item.borrow_mut().take()
    }

    /// Takes the item at the head, and lets the first who waits to put do so.
    pub fn take(&self, kernel: &Kernel) -> Option<Dynamic> {
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

    /// A getter that was handed an item has gone: those who were handed one after it move up, so that items stay in
    /// order; the last item is for the next getter, or goes back to the head.
    pub fn give_back(&self, kernel: &Kernel, gone: &Rc<Ticket<Dynamic>>) {
        let at = self.0.handed.borrow().iter().position(|t| Rc::ptr_eq(t, gone));
        let Some(mut item) = self.collect(gone) else {
            return;
        };
        for later in self.0.handed.borrow().iter().skip(at.unwrap_or(usize::MAX)) {
            if let Some(theirs) = &mut *later.item.borrow_mut() {
                std::mem::swap(theirs, &mut item);
            }
        }
        match self.0.getters.pop() {
            Some(ticket) => self.hand(kernel, ticket, item),
            None => self.0.items.borrow_mut().push_front(item),
        }
    }

    fn task_done(&self, kernel: &Kernel) -> Fallible<()> {
        let left = self
            .0
            .unfinished
            .get()
            .checked_sub(1)
            .ok_or_else(|| error(kind::VALUE, "task_done was called more often than items were put"))?;
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
