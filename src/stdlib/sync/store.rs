//! What a queue does with its items: in which order they leave it.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeSet, BinaryHeap, VecDeque};

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

/// Items on their way to tasks that were promised one and have not resumed. Which of them each will have is decided when
/// it resumes, since better ones may come until then; a plain queue has no such race.
#[derive(Default)]
pub struct Promised(BTreeSet<Rank>);

/// An entry by when it leaves.
struct Rank {
    entry: Entry,
    newest_first: bool,
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> Ordering {
        match self.newest_first {
            true => other.entry.number.cmp(&self.entry.number),
            false => self.entry.cmp(&other.entry),
        }
    }
}

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rank {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Rank {}

impl Promised {
    pub fn add(&mut self, entry: Entry, discipline: Discipline) {
        self.0.insert(Rank { entry, newest_first: discipline == Discipline::Lifo });
    }

    /// An item has come that nobody was promised: gives the one that is to stay in the queue.
    pub fn exchange(&mut self, entry: Entry, discipline: Discipline) -> Entry {
        if self.0.is_empty() {
            return entry;
        }
        self.add(entry, discipline);
        self.last().unwrap_or_else(|| unreachable!("one was added"))
    }

    /// The one that leaves first.
    pub fn first(&mut self) -> Option<Entry> {
        self.0.pop_first().map(|rank| rank.entry)
    }

    /// The one that leaves last.
    pub fn last(&mut self) -> Option<Entry> {
        self.0.pop_last().map(|rank| rank.entry)
    }
}

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

    /// Whether all items are numbers, texts and the like: nothing that leads on to other things.
    pub fn is_plain(&self) -> bool {
        let is_plain = |item: &Dynamic| {
            item.is_int() || item.is_string() || item.is_bool() || item.is_float() || item.is_unit() || item.is_char()
        };
        match &self.items {
            Items::Line(line) => line.iter().all(|entry| is_plain(&entry.item)),
            Items::Heap(heap) => heap.iter().all(|entry| is_plain(&entry.0.item)),
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
