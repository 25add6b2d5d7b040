//! `broadcast()`: each subscriber gets every item.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use rhai::Dynamic;

use super::super::functions;
use super::super::stream::{self, Stream};
use super::super::values::Fallible;
use super::queue_ops::Get;
use super::store::Discipline;
use super::transfer::Queue;
use super::{Primitive, call_of, title};
use crate::engine::errors::{error, error_value, kind};
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Future, Kernel};
use crate::lang::Raise;
use crate::trace::event::WaitClass;

functions! {
    /// A sender of which each subscriber gets every item that is sent after it subscribed. Of a subscriber that is slow,
    /// `n` items are kept. An optional last name is shown in the lanes and in reports.
    ///
    /// ```
    /// let news = broadcast(8, "news");
    /// let read = async |stream| { let all = []; await stream.for_each(|x| all.push(x)); all };
    /// let readers = [spawn(read.call(news.subscribe())), spawn(read.call(news.subscribe()))];
    /// news.send("rain");
    /// news.send("sun");
    /// news.close();
    /// assert(await gather(readers) == [["rain", "sun"], ["rain", "sun"]]);
    /// ```
    ///
    /// asyncio: a queue for each consumer; JavaScript: `EventTarget`; tokio: `tokio::sync::broadcast`
    "broadcast(n[, name])" => |lib| {
        super::install::<Broadcast>(lib);
        lib.engine.register_fn("broadcast", |n: i64| Broadcast::new(n, ""));
        lib.engine.register_fn("broadcast", Broadcast::new);
    };

    /// Sends an item to all who have subscribed, and gives their number. Does not wait. Throws "closed" if it is closed.
    ///
    /// ```
    /// let b = broadcast(2);
    /// assert(b.send("nobody hears this") == 0);
    /// let s = b.subscribe();
    /// assert(b.send(1) == 1);
    /// assert(await s.next() == 1);
    /// ```
    ///
    /// asyncio: `put_nowait` on each queue; JavaScript: `dispatchEvent`; tokio: `broadcast::Sender::send`
    "broadcast.send(item)" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("send", move |b: &mut Broadcast, item: Dynamic| b.send(&kernel, &item));
    };

    /// A stream of what is sent from now on. Who does not keep up loses the oldest items: the next `next` throws "limit"
    /// once, with the number of items `missed`, and the one after that goes on.
    ///
    /// ```
    /// let b = broadcast(2);
    /// let s = b.subscribe();
    /// for i in 1..=3 { b.send(i) }
    /// try { await s.next() } catch (e) { assert(e.error == "limit" && e.missed == 1) }
    /// assert(await s.next() == 2);
    /// ```
    ///
    /// asyncio: a queue of one's own; JavaScript: `addEventListener`; tokio: `broadcast::Sender::subscribe`
    "broadcast.subscribe()" => |lib| {
        super::install::<Subscription>(lib);
        stream::install::<Subscription>(lib);
        lib.engine.register_fn("subscribe", |b: &mut Broadcast| b.subscribe());
    };

    /// Ends the streams of all subscribers, after what they have not taken yet. Nothing can be sent any more.
    ///
    /// ```
    /// let b = broadcast(2);
    /// let s = b.subscribe();
    /// b.send(1);
    /// b.close();
    /// assert(await s.next() == 1);
    /// assert(await s.next() == ());
    /// ```
    ///
    /// asyncio: a last item that says so; JavaScript: `removeEventListener`; tokio: dropping the senders
    "broadcast.close()" => |lib| {
        let kernel = lib.kernel.clone();
        lib.engine.register_fn("close", move |b: &mut Broadcast| b.close(&kernel));
    };
}

#[derive(Clone)]
pub(super) struct Broadcast(Rc<Shared>);

struct Shared {
    name: String,
    /// How many items are kept for each.
    capacity: usize,
    /// Those who may still listen.
    subscribers: RefCell<Vec<Weak<Backlog>>>,
    closed: Cell<bool>,
}

/// What was sent and has not been taken by one subscriber.
struct Backlog {
    queue: Queue,
    /// How many items were dropped since it was told of that.
    missed: Cell<i64>,
}

#[derive(Clone)]
pub(super) struct Subscription(Rc<Backlog>);

impl Primitive for Broadcast {
    const NAME: &'static str = "broadcast";

    fn show(&self) -> String {
        let closed = if self.0.closed.get() { ", closed" } else { "" };
        let count = self.subscribers().len();
        format!("<{}, {count} subscriber{}{closed}>", self.title(), if count == 1 { "" } else { "s" })
    }
}

impl Primitive for Subscription {
    const NAME: &'static str = "subscription";

    fn show(&self) -> String {
        format!("<subscription, {}>", self.0.queue.fill())
    }
}

impl Broadcast {
    fn new(n: i64, name: &str) -> Fallible<Self> {
        let capacity = super::capacity(Self::NAME, n, "")?;
        let shared =
            Shared { name: name.to_string(), capacity, subscribers: RefCell::default(), closed: Cell::default() };
        Ok(Self(Rc::new(shared)))
    }

    fn title(&self) -> String {
        title(Self::NAME, &self.0.name)
    }

    fn subscribers(&self) -> Vec<Rc<Backlog>> {
        self.0.subscribers.borrow().iter().filter_map(Weak::upgrade).collect()
    }

    fn send(&self, kernel: &Kernel, item: &Dynamic) -> Fallible<i64> {
        if self.0.closed.get() {
            return Err(error(kind::CLOSED, format!("this {} is closed", self.title())));
        }
        self.0.subscribers.borrow_mut().retain(|s| s.strong_count() > 0);
        let subscribers = self.subscribers();
        for backlog in &subscribers {
            if backlog.queue.len() >= self.0.capacity && backlog.queue.take(kernel).is_some() {
                backlog.missed.set(backlog.missed.get() + 1);
            }
            backlog.queue.offer(kernel, item.clone());
        }
        Ok(subscribers.len() as i64)
    }

    fn subscribe(&self) -> Subscription {
        let queue = Queue::new(Discipline::Fifo, None, &self.0.name, 0);
        queue.0.closed.set(self.0.closed.get());
        let backlog = Rc::new(Backlog { queue, missed: Cell::default() });
        let mut subscribers = self.0.subscribers.borrow_mut();
        if subscribers.len() == subscribers.capacity() {
            subscribers.retain(|s| s.strong_count() > 0); // they come and go
        }
        subscribers.push(Rc::downgrade(&backlog));
        drop(subscribers);
        Subscription(backlog)
    }

    fn close(&self, kernel: &Kernel) {
        self.0.closed.set(true);
        self.subscribers().iter().for_each(|backlog| backlog.queue.close(kernel));
    }
}

impl Stream for Subscription {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        let get = Get::new(&self.0.queue, true);
        Future::new(Next { backlog: self.0.clone(), get }, kernel.here())
    }
}

/// Waits for the next item, or tells of those that were missed.
struct Next {
    backlog: Rc<Backlog>,
    get: Get,
}

impl Op for Next {
    fn poll(&mut self, cx: &mut Cx) -> Step {
        // what was handed over came before what was missed
        match if self.get.has_come() { 0 } else { self.backlog.missed.take() } {
            0 => self.get.poll(cx),
            missed => {
                let what = if missed == 1 { "an item".to_string() } else { format!("{missed} items") };
                let message =
                    format!("this subscriber was too slow, and has missed {what}: give the broadcast more room");
                let mut map = error_value(kind::LIMIT, message);
                map.insert("missed".into(), missed.into());
                Step::Done(Err(Raise::error(map.into())))
            }
        }
    }

    fn cancel(&mut self, cx: &mut Cx) -> bool {
        self.get.cancel(cx)
    }

    fn class(&self) -> WaitClass {
        WaitClass::Sync
    }

    fn label(&self) -> Cow<'static, str> {
        title(Broadcast::NAME, &self.backlog.queue.0.name).into()
    }

    fn call(&self) -> Cow<'static, str> {
        call_of("next", &self.label())
    }
}
