//! Looking into tasks that wait: where they are, what their variables are, who called whom.

use crate::engine::{Kernel, TaskRef};
use crate::report::Place;

/// Where a task stands: the await of its innermost frame. While it runs, where it waited last.
pub fn place_of(kernel: &Kernel, task: &TaskRef) -> Option<Place> {
    kernel.with_frames(task, |frames| frames.last().map(|f| f.place())).or_else(|| kernel.place(task.spawned))
}

/// The variables of the innermost frame of a task, oldest first.
pub fn variables_of(kernel: &Kernel, task: &TaskRef) -> Vec<(String, String)> {
    kernel
        .with_frames(task, |frames| {
            let frame = frames.last()?;
            let mut list: Vec<(String, String)> = frame
                .scope
                .iter_raw()
                .map(|(name, _, value)| (name.to_string(), crate::stdlib::inspect(value, 2)))
                .collect();
            list.reverse();
            Some(list)
        })
        .unwrap_or_default()
}

/// The chain of async calls of a task, outermost first: the function and where it awaits.
pub fn calls_of(kernel: &Kernel, task: &TaskRef) -> Vec<(String, Place)> {
    kernel
        .with_frames(task, |frames| Some(frames.iter().map(|f| (f.body.name.to_string(), f.place())).collect()))
        .unwrap_or_default()
}
