//! Who spawned whom, past those who have ended: a recording forgets them when the next run begins, and tasks that they
//! have spawned may go on.

use std::collections::HashMap;

use super::kernel::Kernel;
use super::task::Task;
use crate::trace::recording::Recording;

/// The nearest task above each that had not ended when the last run began, where that is not who spawned it.
#[derive(Debug, Default)]
pub struct Ancestry(HashMap<u32, u32>);

impl Ancestry {
    /// The nearest task above this one of which `is_live` is true; else main.
    fn above(&self, task: &Task, recording: &Recording, is_live: impl Fn(u32) -> bool) -> u32 {
        let mut parent = self.0.get(&task.id).copied().unwrap_or(task.parent);
        while parent != 0 && !is_live(parent) {
            let next = self.0.get(&parent).copied().or_else(|| recording.task(parent).map(|info| info.parent));
            // a task is younger than who spawned it, so this ends
            parent = next.filter(|next| *next < parent).unwrap_or(0);
        }
        parent
    }
}

impl Kernel {
    /// The nearest of those who spawned the task, and those who spawned them, that has not ended; else main.
    pub fn living_parent(&self, task: &Task) -> u32 {
        let live = self.live.borrow();
        self.ancestry.borrow().above(task, &self.recording.borrow(), |id| live.contains_key(&id))
    }

    /// The recording is about to forget those who have ended.
    pub(super) fn note_ancestry(&self) {
        let tasks = self.tasks();
        let parents = tasks.iter().map(|task| (task, self.living_parent(task)));
        let kept = parents.filter(|(task, parent)| *parent != task.parent).map(|(task, parent)| (task.id, parent));
        let kept = kept.collect();
        *self.ancestry.borrow_mut() = Ancestry(kept);
    }
}
