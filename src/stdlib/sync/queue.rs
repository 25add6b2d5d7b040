//! `queue()`: items from those who put to those who get, first in first out.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use rhai::Dynamic;

use super::super::functions;
use super::super::stream::{self, Stream};
use super::super::values::Fallible;
use super::queue_ops::{Get, Put};
use super::{Flag, Ticket, WaitFor, Waiters, title};
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

    /// How many items are in the queue for whoever comes next: one that is on its way to a task that waited for it does
    /// not count. `queue.empty()` says whether there is none. `queue.full()` says whether `put` would wait: an item
    /// needs its room until a task has taken it.
    ///
    /// ```
    /// let q = queue(1);
    /// assert(q.empty() && !q.full() && q.len() == 0);
    /// ```
    ///
    /// asyncio: `Queue.qsize`; JavaScript: `array.length`; tokio: `Receiver::len`
    "queue.len()" => |lib| {
        lib.engine.register_fn("len", |q: &mut Queue| q.len() as i64);
        lib.engine.register_get("len", |q: &mut Queue| q.len() as i64);
        lib.engine.register_fn("empty", |q: &mut Queue| q.len() == 0);
        lib.engine.register_fn("full", |q: &mut Queue| q.is_full());
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
        lib.engine.register_fn("join", move |q: &mut Queue| Future::new(WaitFor::new(WorkDone(q.clone())), kernel.here()));
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
    pub putters: Waiters<()>,
    /// Rooms that putters were granted who have not resumed.
    granted: Cell<usize>,
    joiners: Waiters<()>,
    /// Items put and not yet dealt with.
    unfinished: Cell<usize>,
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
            granted: Cell::new(0),
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

    fn len(&self) -> usize {
        self.0.items.borrow().len()
    }

    fn fill(&self) -> String {
        let of = self.0.capacity.map_or(String::new(), |n| format!(" of {n}"));
        format!("{}{of} items{}", self.len(), if self.0.closed.get() { ", closed" } else { "" })
    }

    pub(super) fn show(&self) -> String {
        format!("<{}, {}>", title("queue", &self.0.name), self.fill())
    }

    pub fn closed_text(&self) -> String {
        format!("this {} is closed", title("queue", &self.0.name))
    }

    /// What is waited for at it: `queue "jobs" to have room`. `unnamed` is that text for one without a name.
    pub fn label(&self, unnamed: &'static str) -> Cow<'static, str> {
        match (self.0.name.as_str(), unnamed.strip_prefix("queue")) {
            ("", _) | (_, None) => unnamed.into(),
            (name, Some(what)) => format!("{}{what}", title("queue", name)).into(),
        }
    }

    /// An item takes room until a task has it, and a putter has its room from when it is granted.
    fn has_room(&self) -> bool {
        let taken = || self.len() + self.0.handed.borrow().len() + self.0.granted.get();
        self.0.capacity.is_none_or(|n| taken() < n)
    }

    /// Whether who comes now to put has to wait: for room, or for those who came before.
    fn is_full(&self) -> bool {
        !self.has_room() || self.0.granted.get() > 0 || !self.0.putters.is_empty()
    }

    /// Hands an item to the first who waits for one, or stores it. Gives it back if the queue is full.
    pub fn offer(&self, kernel: &Kernel, item: Dynamic) -> Option<Dynamic> {
        if self.is_full() {
            return Some(item);
        }
        self.store(kernel, item);
        None
    }

    fn store(&self, kernel: &Kernel, item: Dynamic) {
        self.0.unfinished.set(self.0.unfinished.get() + 1);
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
    pub fn collect(&self, kernel: &Kernel, ticket: &Rc<Ticket<Dynamic>>) -> Option<Dynamic> {
        self.unhand(ticket);
        let item = ticket.item.take()?;
        self.admit(kernel);
        Some(item)
    }

    /// Forgets that a getter was handed an item; gives its place in the order of those who were.
    fn unhand(&self, ticket: &Rc<Ticket<Dynamic>>) -> Option<usize> {
        let mut handed = self.0.handed.borrow_mut();
        let at = handed.iter().position(|t| Rc::ptr_eq(t, ticket))?;
        handed.remove(at);
        Some(at)
    }

    /// Takes the item at the head, and lets the first who waits to put do so.
    pub fn take(&self, kernel: &Kernel) -> Option<Dynamic> {
        let item = self.0.items.borrow_mut().pop_front()?;
        self.admit(kernel);
        Some(item)
    }

    /// Grants the room that there is to the first who waits to put. The item comes when that one resumes, so that a
    /// cancelled one leaves nothing.
    fn admit(&self, kernel: &Kernel) {
        if self.has_room()
            && let Some(ticket) = self.0.putters.pop()
        {
            self.0.granted.set(self.0.granted.get() + 1);
            ticket.grant(kernel);
        }
    }

    /// A putter that was granted room resumes: its item comes in.
    pub fn fill_room(&self, kernel: &Kernel, item: Dynamic) {
        self.0.granted.set(self.0.granted.get() - 1);
        self.store(kernel, item);
        self.admit(kernel); // one who came while there was room, but could not overtake
    }

    /// A putter that was granted room has gone: the room is for the next.
    pub fn give_room(&self, kernel: &Kernel) {
        if !self.0.closed.get() {
            self.0.granted.set(self.0.granted.get() - 1);
            self.admit(kernel);
        }
    }

    /// A getter that was handed an item has gone: those who were handed one after it move up, so that items stay in
    /// order; the last item is for the next getter, or goes back to the head.
    pub fn give_back(&self, kernel: &Kernel, gone: &Rc<Ticket<Dynamic>>) {
        let at = self.unhand(gone);
        let Some(mut item) = gone.item.take() else {
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
            self.0.joiners.release(kernel);
        }
        Ok(())
    }

    fn close(&self, kernel: &Kernel) {
        self.0.closed.set(true);
        self.0.granted.set(0);
        self.0.getters.release(kernel);
        self.0.putters.release(kernel);
    }
}

impl Stream for Queue {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        Future::new(Get::new(self, true), kernel.here())
    }
}

/// That every item has been dealt with.
struct WorkDone(Queue);

impl Flag for WorkDone {
    fn is_up(&self) -> bool {
        self.0.0.unfinished.get() == 0
    }

    fn line(&self) -> &Waiters<()> {
        &self.0.0.joiners
    }

    fn label(&self) -> Cow<'static, str> {
        self.0.label("queue to be done")
    }
}
