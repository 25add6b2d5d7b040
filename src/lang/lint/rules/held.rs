//! Which locks a body holds at each point of its way.

use rhai::Position;

use crate::lang::lint::flow::{Call, Event};

/// A lock or semaphore, and where it was taken.
pub type Taken = (String, Position);

/// The locks and semaphores that a body holds at a point: after branches those that it holds at the end of any of them.
#[derive(Default)]
pub struct Held {
    locks: Vec<Taken>,
    /// The branches and loops around, the innermost last.
    forks: Vec<Fork>,
}

/// A place where the way divides, or a loop.
struct Fork {
    is_loop: bool,
    before: Vec<Taken>,
    /// What is held by those who have come to the end; none as long as nobody has.
    after: Option<Vec<Taken>>,
    /// Whether what comes now is not reached, as the branch or turn was left.
    left: bool,
}

impl Fork {
    /// Somebody comes to the end who holds these.
    fn comes(&mut self, locks: &[Taken]) {
        let after = self.after.get_or_insert_default();
        for lock in locks {
            if !after.contains(lock) {
                after.push(lock.clone());
            }
        }
    }
}

impl Held {
    /// Whether it holds none.
    pub fn is_none(&self) -> bool {
        self.locks.is_empty()
    }

    /// What it holds.
    pub fn locks(&self) -> &[Taken] {
        &self.locks
    }

    /// Takes notice of `await l.acquire()` and `l.release()`, and of branches; gives what is released.
    pub fn see(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Await { call: Some(call), pos } if call.name == "acquire" => {
                self.locks.extend(receiver(call).map(|lock| (lock.to_string(), *pos)));
            }
            Event::Call(call) if call.name == "release" => {
                let lock = receiver(call)?;
                self.locks.retain(|(held, _)| held != lock);
                return Some(lock.to_string());
            }
            Event::Fork => self.begin(false),
            Event::Loop(_) => self.begin(true),
            Event::Else => self.next_branch(|_, before| before.to_vec()),
            // it was thrown anywhere: what was held all along is held for certain
            Event::Catch => {
                self.next_branch(|locks, before| locks.iter().filter(|lock| before.contains(lock)).cloned().collect())
            }
            Event::Join => self.end(true),
            Event::EndLoop { endless } => self.end(!endless),
            Event::LeaveTurn { breaks } => self.leave_turn(*breaks),
            Event::Leave { .. } => self.leave(),
            _ => {}
        }
        None
    }

    fn begin(&mut self, is_loop: bool) {
        self.forks.push(Fork { is_loop, before: self.locks.clone(), after: None, left: false });
    }

    /// Another branch begins; `holding` says what is held there, by what is held now and was at the fork.
    fn next_branch(&mut self, holding: impl Fn(&[Taken], &[Taken]) -> Vec<Taken>) {
        let Some(fork) = self.forks.last_mut() else { return };
        if !fork.left {
            fork.comes(&self.locks);
        }
        fork.left = false;
        self.locks = holding(&self.locks, &fork.before);
    }

    /// The last branch ends, or a loop: `through` says whether its end leads out of it.
    fn end(&mut self, through: bool) {
        let Some(mut fork) = self.forks.pop() else { return };
        if through && !fork.left {
            fork.comes(&self.locks);
        }
        match fork.after {
            Some(after) => self.locks = after,
            None => self.leave(),
        }
    }

    fn leave_turn(&mut self, breaks: bool) {
        let around = self.forks.iter_mut().rev().find(|fork| fork.is_loop);
        if let (true, Some(around)) = (breaks, around) {
            around.comes(&self.locks);
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

/// What a method is called on.
pub fn receiver(call: &Call) -> Option<&str> {
    call.receiver.as_deref().filter(|path| !path.is_empty())
}
