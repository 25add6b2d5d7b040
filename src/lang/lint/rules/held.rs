//! Which locks a body holds at each point of its way.

use rhai::Position;

use super::ways::Ways;
use crate::lang::lint::flow::{Call, Event};

/// A lock or semaphore, and where it was taken.
pub type Taken = (String, Position);

/// The locks and semaphores that a body holds at a point: after branches those that it holds at the end of any of them.
#[derive(Default)]
pub struct Held(Ways<Taken>);

impl Held {
    /// Whether it holds none.
    pub fn is_none(&self) -> bool {
        self.0.now.is_empty()
    }

    /// What it holds.
    pub fn locks(&self) -> &[Taken] {
        &self.0.now
    }

    /// Takes notice of `await l.acquire()` and `l.release()`, and of branches; gives what is released.
    pub fn see(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::Await { call: Some(call), pos } if call.name == "acquire" => {
                self.0.now.extend(receiver(call).map(|lock| (lock.to_string(), *pos)));
            }
            Event::Call(call) if call.name == "release" => {
                let lock = receiver(call)?;
                self.0.now.retain(|(held, _)| held != lock);
                return Some(lock.to_string());
            }
            // an error was thrown anywhere: what was held all along is held for certain
            event => {
                self.0.see(event, |locks, before| locks.iter().filter(|lock| before.contains(lock)).cloned().collect())
            }
        }
        None
    }
}

/// What a method is called on.
pub fn receiver(call: &Call) -> Option<&str> {
    call.receiver.as_deref().filter(|path| !path.is_empty())
}
