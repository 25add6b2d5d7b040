//! Which steps of a run might have come earlier, so that it would make a difference.

use std::collections::HashMap;
use std::rc::Rc;

use crate::lang::touch::{Dependence, Touched};

/// A step of a run.
#[derive(Debug, Default)]
pub struct Event {
    pub task: u32,
    pub touched: Rc<Touched>,
    /// The tasks that it woke or made.
    pub woken: Vec<u32>,
    /// The clock went on before it because nobody was ready: all before it comes first.
    pub waited: bool,
}

/// Two steps in a row that depend on each other, and that might have been the other way round.
#[derive(Debug, PartialEq, Eq)]
pub struct Race {
    /// The first of them.
    pub at: usize,
    /// Tasks of which one must run in its place for that.
    pub first: Vec<u32>,
}

/// The races whose second step is `from` or later.
pub fn races(events: &[&Event], from: usize) -> Vec<Race> {
    let mut order = Order::default();
    let mut found = Vec::new();
    for (index, event) in events.iter().enumerate() {
        let rivals = order.push(events, event, index);
        if index >= from {
            found.extend(rivals.into_iter().map(|at| Race { at, first: order.firsts(events, at, index) }));
        }
    }
    found
}

/// What comes before what, whatever the schedule.
#[derive(Default)]
struct Order {
    /// For each step, the steps that must come before it, as a set of bits.
    before: Vec<Set>,
    /// The last step of each task, and the one that woke it.
    last: HashMap<u32, usize>,
    woken_by: HashMap<u32, usize>,
    /// Where time went on for the last time.
    floor: usize,
}

impl Order {
    /// One more step; gives those that might change places with it.
    fn push(&mut self, events: &[&Event], event: &Event, index: usize) -> Vec<usize> {
        if event.waited {
            self.floor = index;
        }
        let mut before = Set::up_to(self.floor);
        let known = [self.last.get(&event.task), self.woken_by.get(&event.task)];
        for earlier in known.into_iter().flatten() {
            before.join(&self.before[*earlier], *earlier);
        }
        let mut rivals = Vec::new();
        for earlier in (self.floor..index).rev() {
            if before.has(earlier) {
                continue;
            }
            match events[earlier].touched.then(&event.touched) {
                Dependence::None => continue,
                Dependence::Ordered => {}
                Dependence::Conflict => rivals.push(earlier),
            }
            before.join(&self.before[earlier], earlier);
        }
        self.before.push(before);
        self.last.insert(event.task, index);
        event.woken.iter().for_each(|task| {
            self.woken_by.insert(*task, index);
        });
        rivals
    }

    /// The tasks that can begin what is after the step `at` but does not need it, up to the step `to`.
    fn firsts(&self, events: &[&Event], at: usize, to: usize) -> Vec<u32> {
        let mut without: Vec<usize> = (at + 1..to).filter(|&k| !self.before[k].has(at)).collect();
        without.push(to);
        let is_first = |k: usize| without.iter().take_while(|&&e| e < k).all(|&e| !self.before[k].has(e));
        let mut tasks: Vec<u32> = without.iter().filter(|&&k| is_first(k)).map(|&k| events[k].task).collect();
        tasks.dedup();
        tasks
    }
}

/// A set of steps.
#[derive(Clone, Debug, Default)]
struct Set(Vec<u64>);

impl Set {
    /// All below this one.
    fn up_to(end: usize) -> Self {
        let mut words = vec![u64::MAX; end / 64];
        if !end.is_multiple_of(64) {
            words.push((1 << (end % 64)) - 1);
        }
        Self(words)
    }

    fn has(&self, step: usize) -> bool {
        self.0.get(step / 64).is_some_and(|word| word >> (step % 64) & 1 == 1)
    }

    /// Adds another set, and a step.
    fn join(&mut self, other: &Self, step: usize) {
        self.0.resize(self.0.len().max(other.0.len()).max(step / 64 + 1), 0);
        self.0.iter_mut().zip(&other.0).for_each(|(word, more)| *word |= more);
        self.0[step / 64] |= 1 << (step % 64);
    }
}
