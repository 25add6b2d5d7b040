//! How items go from those who put to those who get.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use rhai::Dynamic;

use super::super::values::Fallible;
use super::store::{Discipline, Entry, Promised, Store};
use super::{Primitive, Ticket, Waiters, title};
use crate::engine::Kernel;
use crate::engine::errors::{error, kind};
use crate::engine::wait::Held;

#[derive(Clone)]
pub(super) struct Queue(pub(super) Held<Shared>);

pub(super) struct Shared {
    pub name: String,
    number: u32,
    /// None: without bound.
    capacity: Option<usize>,
    items: RefCell<Store>,
    pub getters: Waiters<Entry>,
    /// Getters that were handed an item and have not resumed.
    handed: RefCell<VecDeque<Rc<Ticket<Entry>>>>,
    /// The items for those, unless it is a plain queue, where each has its own.
    promised: RefCell<Promised>,
    pub putters: Waiters<()>,
    /// Rooms that putters were granted who have not resumed.
    granted: Cell<usize>,
    pub joiners: Waiters<()>,
    /// Items put and not yet dealt with.
    pub unfinished: Cell<usize>,
    pub closed: Cell<bool>,
}

impl Primitive for Queue {
    const NAME: &'static str = "queue";

    fn number(&self) -> u32 {
        if self.0.items.borrow().is_plain() { self.0.number } else { 0 }
    }

    fn show(&self) -> String {
        format!("<{}, {}>", self.title(), self.fill())
    }
}

impl Queue {
    /// For the number see `Thing::Sync`.
    pub fn new(discipline: Discipline, capacity: Option<usize>, name: &str, number: u32) -> Self {
        Self(Held::new(Rc::new(Shared {
            name: name.to_string(),
            number,
            capacity,
            items: RefCell::new(Store::new(discipline)),
            getters: Waiters::default(),
            handed: RefCell::default(),
            promised: RefCell::default(),
            putters: Waiters::default(),
            granted: Cell::new(0),
            joiners: Waiters::default(),
            unfinished: Cell::new(0),
            closed: Cell::new(false),
        })))
    }

    pub fn bounded(discipline: Discipline, n: i64, name: &str, number: u32) -> Fallible<Self> {
        let what = discipline.name();
        Ok(Self::new(discipline, Some(super::capacity(what, n, &format!(" (`{what}()` has no bound)"))?), name, number))
    }

    pub fn title(&self) -> String {
        title(self.0.items.borrow().discipline().name(), &self.0.name)
    }

    pub fn len(&self) -> usize {
        self.0.items.borrow().len()
    }

    /// How full it is; what is on its way takes room, too.
    pub fn fill(&self) -> String {
        let of = self.0.capacity.map_or(String::new(), |n| format!(" of {n}"));
        let on_its_way = |number: usize, how: &str| match number {
            0 => String::new(),
            number => format!(", {number} on its way {how}"),
        };
        let out = on_its_way(self.0.handed.borrow().len(), "out");
        let into = on_its_way(self.0.granted.get(), "in");
        format!("{}{of} items{out}{into}{}", self.len(), if self.0.closed.get() { ", closed" } else { "" })
    }

    pub fn closed_text(&self) -> String {
        format!("this {} is closed", self.title())
    }

    /// What is waited for at it: `queue "jobs" to have room`. `usual` is that text for a plain queue without a name.
    pub fn label(&self, usual: &'static str) -> Cow<'static, str> {
        let is_usual = self.0.name.is_empty() && self.0.items.borrow().discipline() == Discipline::Fifo;
        match usual.strip_prefix("queue") {
            Some(what) if !is_usual => format!("{}{what}", self.title()).into(),
            _ => usual.into(),
        }
    }

    /// Looks whether an item can be in this queue.
    ///
    /// # Errors
    /// Kind "value" if it has no place in the order of a priority queue.
    pub fn check(&self, item: &Dynamic) -> Fallible<()> {
        match self.0.items.borrow().objection(item) {
            Some(why) => Err(error(kind::VALUE, format!("this {} can't take the item: {why}", self.title()))),
            None => Ok(()),
        }
    }

    /// An item takes room until a task has it, and a putter has its room from when it is granted.
    fn has_room(&self) -> bool {
        let taken = || self.len() + self.0.handed.borrow().len() + self.0.granted.get();
        self.0.capacity.is_none_or(|n| taken() < n)
    }

    /// Whether who comes now to put has to wait: for room, or for those who came before.
    pub fn is_full(&self) -> bool {
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
        let mut items = self.0.items.borrow_mut();
        let entry = items.entry(item);
        let discipline = items.discipline();
        match self.0.getters.pop() {
            Some(ticket) => self.hand(kernel, ticket, entry, discipline),
            None => items.add(self.0.promised.borrow_mut().exchange(entry, discipline)),
        }
    }

    /// Hands the item of a plain queue to a getter; of another one, promises it one.
    fn hand(&self, kernel: &Kernel, ticket: Rc<Ticket<Entry>>, entry: Entry, discipline: Discipline) {
        match discipline {
            Discipline::Fifo => *ticket.item.borrow_mut() = Some(entry),
            Discipline::Lifo | Discipline::Priority => self.0.promised.borrow_mut().add(entry, discipline),
        }
        ticket.grant(kernel);
        self.0.handed.borrow_mut().push_back(ticket);
    }

    /// What a getter that resumes was handed; nothing if the queue was closed.
    pub fn collect(&self, kernel: &Kernel, ticket: &Rc<Ticket<Entry>>) -> Option<Dynamic> {
        self.unhand(ticket)?;
        let promised = || self.0.promised.borrow_mut().first();
        let entry = ticket.item.take().or_else(promised)?;
        self.admit(kernel);
        Some(entry.item)
    }

    /// Forgets that a getter was handed an item; gives its place in the order of those who were.
    fn unhand(&self, ticket: &Rc<Ticket<Entry>>) -> Option<usize> {
        let mut handed = self.0.handed.borrow_mut();
        let at = handed.iter().position(|t| Rc::ptr_eq(t, ticket))?;
        handed.remove(at);
        Some(at)
    }

    /// Takes the item at the head, and lets the first who waits to put do so.
    pub fn take(&self, kernel: &Kernel) -> Option<Dynamic> {
        let item = self.0.items.borrow_mut().take()?;
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
    pub fn give_back(&self, kernel: &Kernel, gone: &Rc<Ticket<Entry>>) {
        let Some(at) = self.unhand(gone) else {
            return;
        };
        let Some(mut entry) = gone.item.take().or_else(|| self.0.promised.borrow_mut().last()) else {
            return;
        };
        for later in self.0.handed.borrow().iter().skip(at) {
            if let Some(theirs) = &mut *later.item.borrow_mut() {
                std::mem::swap(theirs, &mut entry);
            }
        }
        let discipline = self.0.items.borrow().discipline();
        match self.0.getters.pop() {
            Some(ticket) => self.hand(kernel, ticket, entry, discipline),
            None => self.0.items.borrow_mut().put_back(entry),
        }
    }

    pub fn task_done(&self, kernel: &Kernel) -> Fallible<()> {
        let left = self.0.unfinished.get().checked_sub(1).ok_or_else(|| {
            error(kind::VALUE, format!("task_done of this {} was called more often than items were put", self.title()))
        })?;
        self.0.unfinished.set(left);
        if left == 0 {
            self.0.joiners.release(kernel);
        }
        Ok(())
    }

    pub fn close(&self, kernel: &Kernel) {
        self.0.closed.set(true);
        self.0.granted.set(0);
        self.0.getters.release(kernel);
        self.0.putters.release(kernel);
    }
}
