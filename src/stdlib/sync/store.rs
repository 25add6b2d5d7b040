//! What a queue does with its items: in which order they leave it.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};

use rhai::Dynamic;

use super::order;

/// In which order items leave a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discipline {
    /// The oldest first.
    Fifo,
    /// The newest first.
    Lifo,
    /// The smallest first, and of equal ones the oldest.
    Priority,
}

impl Discipline {
    /// What scripts call such a queue.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fifo => "queue",
            Self::Lifo => "lifo_queue",
            Self::Priority => "priority_queue",
        }
    }
}

/// An item in a queue, or on its way out of it.
pub struct Entry {
    pub item: Dynamic,
    /// Counts the items of its queue.
    number: u64,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        order::compare(&self.item, &other.item).then(self.number.cmp(&other.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

/// The items of a queue.
pub struct Store {
    discipline: Discipline,
    items: Items,
    /// How many there have been.
    count: u64,
}

enum Items {
    /// In the order in which they will leave.
    Line(VecDeque<Entry>),
    Heap(BinaryHeap<Reverse<Entry>>),
}

impl Store {
    pub fn new(discipline: Discipline) -> Self {
        let items = match discipline {
            Discipline::Priority => Items::Heap(BinaryHeap::new()),
            _ => Items::Line(VecDeque::new()),
        };
        Self { discipline, items, count: 0 }
    }

    pub fn discipline(&self) -> Discipline {
        self.discipline
    }

    pub fn len(&self) -> usize {
        match &self.items {
            Items::Line(line) => line.len(),
            Items::Heap(heap) => heap.len(),
        }
    }

    /// Why an item can't be in this queue, if it can't.
    pub fn objection(&self, item: &Dynamic) -> Option<String> {
        match &self.items {
            Items::Line(_) => None,
            Items::Heap(heap) => order::objection(item, heap.peek().map(|entry| &entry.0.item)),
        }
    }

    /// An item has come.
    pub fn entry(&mut self, item: Dynamic) -> Entry {
        self.count += 1;
        Entry { item, number: self.count }
    }

    /// Whether an item that comes now leaves before one that is on its way.
    pub fn goes_before(&self, new: &Entry, old: &Entry) -> bool {
        match self.discipline {
            Discipline::Fifo => false,
            Discipline::Lifo => new.number > old.number,
            Discipline::Priority => new < old,
        }
    }

    /// Puts an item where it belongs that has come last.
    pub fn add(&mut self, entry: Entry) {
        match (&mut self.items, self.discipline) {
            (Items::Line(line), Discipline::Lifo) => line.push_front(entry),
            (Items::Line(line), _) => line.push_back(entry),
            (Items::Heap(heap), _) => heap.push(Reverse(entry)),
        }
    }

    /// The item that is to leave next.
    pub fn take(&mut self) -> Option<Dynamic> {
        match &mut self.items {
            Items::Line(line) => line.pop_front().map(|entry| entry.item),
            Items::Heap(heap) => heap.pop().map(|entry| entry.0.item),
        }
    }

    /// Puts an item back that was to leave next.
    pub fn put_back(&mut self, entry: Entry) {
        match &mut self.items {
            Items::Line(line) => line.push_front(entry),
            Items::Heap(heap) => heap.push(Reverse(entry)),
        }
    }
}
