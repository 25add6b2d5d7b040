//! Of schedules that differ only in the order of independent steps, one.
//!
//! Two steps are independent if nothing that one touches is touched by the other (see [`crate::lang::touch`]): then it
//! makes no difference which is first. The way through the tree is that of [`super::tree`], but of the branches of a node
//! only those are taken that a step further down asks for, because it might have come first there and that would make a
//! difference: source sets (Abdulla and others, 2014; [`super::races`] finds them). And a task sleeps, and is not taken,
//! as long as all that ran since another branch began with it was independent of its step: what it would lead to was
//! found there (Godefroid, 1996).
//!
//! Above the frontier all branches are taken but for those that sleep, so that parts can be gone through apart.

use std::collections::VecDeque;
use std::rc::Rc;

use super::races::{Event, races};
use super::run::Guide;
use super::tree::{Frontier, Way};
use crate::engine::{Kernel, TaskRef};
use crate::lang::touch::{Dependence, Touched};

/// The way through the reduced tree.
pub struct Reduced {
    /// The steps of the present run; the first `fixed` are those of the run before.
    nodes: Vec<Node>,
    fixed: usize,
    /// The step at which the present run stands.
    at: usize,
    frontier: Frontier,
    diverged: bool,
}

/// A step: who was ready, who was taken, and what is known of the others.
struct Node {
    branches: Vec<Branch>,
    current: usize,
    /// Tasks that sleep from before, and what their step touches.
    asleep: Vec<(u32, Rc<Touched>)>,
    /// How many steps before it had a choice.
    choices: usize,
    event: Event,
}

/// A task that was ready.
struct Branch {
    task: u32,
    wanted: bool,
    /// What its step touches, if it was taken.
    done: Option<Rc<Touched>>,
}

impl Node {
    fn sleeps(&self, task: u32) -> bool {
        self.asleep.iter().any(|(t, _)| *t == task)
    }

    /// The branch to be taken next.
    fn next(&self) -> Option<usize> {
        self.branches.iter().position(|b| b.wanted && b.done.is_none() && !self.sleeps(b.task))
    }

    fn is_choice(&self) -> bool {
        self.branches.len() > 1
    }

    /// Who sleeps after its step.
    fn asleep_after(&self) -> Vec<(u32, Rc<Touched>)> {
        let step = &self.event.touched;
        let done = self.branches.iter().filter_map(|b| Some((b.task, b.done.clone()?)));
        let others = self.asleep.iter().cloned().chain(done).filter(|(task, _)| *task != self.event.task);
        others.filter(|(_, touched)| touched.then(step) == Dependence::None).collect()
    }

    /// One of these tasks is to be taken here, unless one of them was, will be, or sleeps.
    fn want(&mut self, tasks: &[u32]) {
        let is_there = |b: &Branch| tasks.contains(&b.task) && (b.wanted || self.sleeps(b.task));
        if self.branches.iter().any(is_there) {
            return;
        }
        match self.branches.iter_mut().find(|b| tasks.contains(&b.task)) {
            Some(branch) => branch.wanted = true,
            None => self.want_all(),
        }
    }

    fn want_all(&mut self) {
        self.branches.iter_mut().for_each(|b| b.wanted = true);
    }
}

impl Reduced {
    /// From the root. The loop must collect what is touched.
    pub fn new(frontier: Frontier) -> Self {
        Self { nodes: Vec::new(), fixed: 0, at: 0, frontier, diverged: false }
    }

    /// Wants taken what would make a difference.
    fn find_races(&mut self) {
        self.nodes.truncate(self.at);
        let from = self.fixed.saturating_sub(1);
        let events: Vec<&Event> = self.nodes.iter().map(|n| &n.event).collect();
        for race in races(&events, from) {
            self.nodes[race.at].want(&race.first);
        }
    }

    /// Notes what the last step has touched.
    fn note_step(&mut self, kernel: &Kernel) {
        let (touched, woken) = kernel.shared.touches.take();
        if let Some(last) = self.at.checked_sub(1).filter(|last| last + 1 >= self.fixed) {
            let node = &mut self.nodes[last];
            if touched.stops {
                node.want_all(); // one that never runs never shows what it would have made a difference to
            }
            (node.event.touched, node.event.woken) = (Rc::new(touched), woken);
        }
    }

    /// A step that is reached for the first time. None if it is in a part that is not ours, or if all sleep.
    fn reach(&mut self, ready: &VecDeque<TaskRef>, waited: bool) -> Option<usize> {
        let before = self.nodes.last();
        let asleep = before.map_or_else(Vec::new, Node::asleep_after);
        let choices = before.map_or(0, |n| n.choices + usize::from(n.is_choice()));
        let above = choices < self.frontier.depth;
        if ready.len() > 1 && !above && !self.frontier.enter() {
            return None;
        }
        let branches = ready.iter().map(|t| Branch { task: t.id, wanted: above, done: None }).collect();
        let mut node = Node { branches, current: 0, asleep, choices, event: Event::default() };
        node.current = node.branches.iter().position(|b| !node.sleeps(b.task))?;
        let task = node.branches[node.current].task;
        node.branches[node.current].wanted = true;
        node.event = Event { task, waited, ..Event::default() };
        self.nodes.push(node);
        self.nodes.last().map(|n| n.current)
    }
}

impl Guide for Reduced {
    fn pick(&mut self, kernel: &Kernel, ready: &VecDeque<TaskRef>) -> Option<usize> {
        self.note_step(kernel);
        let waited = kernel.shared.touches.take_waited();
        let current = if self.at < self.fixed {
            let node = &mut self.nodes[self.at];
            if !node.branches.iter().map(|b| b.task).eq(ready.iter().map(|t| t.id)) {
                self.diverged = true;
                return None;
            }
            let task = node.branches[node.current].task;
            if self.at + 1 == self.fixed {
                node.event = Event { task, waited, ..Event::default() };
            }
            node.current
        } else {
            self.reach(ready, waited)?
        };
        self.at += 1;
        Some(current)
    }
}

impl Way for Reduced {
    fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    fn has_diverged(&self) -> bool {
        self.diverged
    }

    fn end(&mut self, kernel: &Kernel) -> bool {
        self.note_step(kernel);
        self.diverged |= self.at < self.fixed; // it was to go on, and there to go another way
        if let Some(last) = self.at.checked_sub(1).filter(|_| !self.diverged) {
            // the others did not run: what of it would make a difference shows when they do
            self.nodes[last].want_all();
        }
        !self.diverged && self.frontier.enter()
    }

    fn advance(&mut self) -> bool {
        self.find_races();
        self.at = 0;
        while let Some(node) = self.nodes.last_mut() {
            if node.is_choice() && node.choices < self.frontier.depth {
                self.frontier.inside = false;
            }
            let touched = std::mem::take(&mut node.event.touched);
            node.branches[node.current].done = Some(touched);
            if let Some(next) = node.next() {
                node.current = next;
                self.fixed = self.nodes.len();
                return true;
            }
            self.nodes.pop();
        }
        false
    }
}
