//! What may be so at each point of a body's way: the ways of several branches go on together.

use crate::lang::lint::flow::Event;

/// Things of which each is so at a point if it is on any of the ways there.
pub struct Ways<T> {
    pub now: Vec<T>,
    /// The branches and loops around, the innermost last.
    forks: Vec<Fork<T>>,
}

/// A place where the way divides, or a loop.
struct Fork<T> {
    is_loop: bool,
    before: Vec<T>,
    /// What is so for those who have come to the end; none as long as nobody has.
    after: Option<Vec<T>>,
    /// Whether what comes now is not reached, as the branch or turn was left.
    left: bool,
}

impl<T> Default for Ways<T> {
    fn default() -> Self {
        Self { now: Vec::new(), forks: Vec::new() }
    }
}

impl<T: Clone + PartialEq> Fork<T> {
    /// Somebody comes to the end for whom this is so.
    fn comes(&mut self, now: &[T]) {
        let after = self.after.get_or_insert_default();
        for thing in now {
            if !after.contains(thing) {
                after.push(thing.clone());
            }
        }
    }
}

impl<T: Clone + PartialEq> Ways<T> {
    /// Takes notice of branches; `caught` says what is so where an error is caught, by what is at the end of what may
    /// throw it and was before that.
    pub fn see(&mut self, event: &Event, caught: impl Fn(&[T], &[T]) -> Vec<T>) {
        match event {
            Event::Fork => self.begin(false),
            Event::Loop(_) => self.begin(true),
            Event::Else => self.next_branch(|_, before| before.to_vec()),
            Event::Catch => self.next_branch(caught),
            Event::Join => self.end(true),
            Event::EndLoop { endless } => self.end(!endless),
            Event::LeaveTurn { breaks } => self.leave_turn(*breaks),
            Event::Leave { .. } => self.leave(),
            _ => {}
        }
    }

    fn begin(&mut self, is_loop: bool) {
        self.forks.push(Fork { is_loop, before: self.now.clone(), after: None, left: false });
    }

    fn next_branch(&mut self, begins: impl Fn(&[T], &[T]) -> Vec<T>) {
        let Some(fork) = self.forks.last_mut() else { return };
        if !fork.left {
            fork.comes(&self.now);
        }
        fork.left = false;
        self.now = begins(&self.now, &fork.before);
    }

    /// The last branch ends, or a loop: `through` says whether its end leads out of it.
    fn end(&mut self, through: bool) {
        let Some(mut fork) = self.forks.pop() else { return };
        if through && !fork.left {
            fork.comes(&self.now);
        }
        match fork.after {
            Some(after) => self.now = after,
            None => self.leave(),
        }
    }

    fn leave_turn(&mut self, breaks: bool) {
        let around = self.forks.iter_mut().rev().find(|fork| fork.is_loop);
        if let (true, Some(around)) = (breaks, around) {
            around.comes(&self.now);
        }
        self.leave();
    }

    /// What follows in this branch is not reached.
    fn leave(&mut self) {
        if let Some(fork) = self.forks.last_mut() {
            fork.left = true;
        }
    }
}
