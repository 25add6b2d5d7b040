//! `queue()` and its kin: items from those who put to those who get, in the order of a discipline.

use std::rc::Rc;

use rhai::Dynamic;

use super::super::stream::{self, Stream};
use super::super::values::Fallible;
use super::super::{Library, functions};
use super::WaitFor;
use super::queue_ops::{Get, Put, WorkDone};
use super::store::Discipline;
use super::transfer::Queue;
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
        super::install::<Queue>(lib);
        stream::install::<Queue>(lib);
        install(lib, Discipline::Fifo);
    };

    /// A queue from which the newest item is taken first, else like `queue`.
    ///
    /// ```
    /// let plates = lifo_queue();
    /// for i in 1..=3 { await plates.put(i) }
    /// assert(await plates.get() == 3);
    /// ```
    ///
    /// asyncio: `asyncio.LifoQueue`; JavaScript: an array's `push` and `pop`; tokio: no counterpart
    "lifo_queue([n][, name])" => |lib| install(lib, Discipline::Lifo);

    /// A queue from which the smallest item is taken first, else like `queue`. Numbers go by size, texts by their
    /// letters, arrays by their elements: put `[priority, item]`. Of equal ones the oldest comes first.
    ///
    /// ```
    /// let q = priority_queue();
    /// for job in [[2, "wash"], [1, "cook"], [2, "dry"]] { await q.put(job) }
    /// assert(await q.get() == [1, "cook"]);
    /// assert(await q.get() == [2, "dry"]);
    /// ```
    ///
    /// asyncio: `asyncio.PriorityQueue`; JavaScript: no counterpart; tokio: a `BinaryHeap` and a `Notify`
    "priority_queue([n][, name])" => |lib| install(lib, Discipline::Priority);

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
            q.check(&item)?;
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
    /// not count.
    ///
    /// ```
    /// let q = queue(1);
    /// assert(q.len() == 0);
    /// ```
    ///
    /// asyncio: `Queue.qsize`; JavaScript: `array.length`; tokio: `Receiver::len`
    "queue.len()" => |lib| {
        lib.engine.register_fn("len", |q: &mut Queue| q.len() as i64);
        lib.engine.register_get("len", |q: &mut Queue| q.len() as i64);
    };

    /// Whether no item is in the queue for whoever comes next.
    ///
    /// ```
    /// let q = queue();
    /// assert(q.empty());
    /// ```
    ///
    /// asyncio: `Queue.empty`; JavaScript: `array.length == 0`; tokio: `Receiver::is_empty`
    "queue.empty()" => |lib| {
        lib.engine.register_fn("empty", |q: &mut Queue| q.len() == 0);
    };

    /// Whether `put` would wait: an item needs its room until a task has taken it. Never where no number was given.
    ///
    /// ```
    /// let q = queue(1);
    /// await q.put("a");
    /// assert(q.full());
    /// ```
    ///
    /// asyncio: `Queue.full`; JavaScript: no counterpart; tokio: `Sender::capacity() == 0`
    "queue.full()" => |lib| {
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

/// Registers the function that makes queues of this discipline.
fn install(lib: &mut Library, discipline: Discipline) {
    let (what, number) = (discipline.name(), super::numbers(lib));
    let engine = &mut *lib.engine;
    let of = number.clone();
    engine.register_fn(what, move || Queue::new(discipline, None, "", of()));
    let of = number.clone();
    engine.register_fn(what, move |name: &str| Queue::new(discipline, None, name, of()));
    let of = number.clone();
    engine.register_fn(what, move |n: i64| Queue::bounded(discipline, n, "", of()));
    engine.register_fn(what, move |n: i64, name: &str| Queue::bounded(discipline, n, name, number()));
}

impl Stream for Queue {
    fn next(&self, kernel: &Rc<Kernel>) -> Future {
        Future::new(Get::new(self, true), kernel.here())
    }
}
