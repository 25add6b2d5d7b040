use std::collections::VecDeque;

use super::{Divergence, Fifo, Policy, Replay};
use crate::engine::task::{Call, Task, TaskRef};
use crate::trace::event::SiteId;

fn queue(len: u32) -> VecDeque<TaskRef> {
    let task = |id| {
        let call = Call::Op(crate::engine::Future::new(crate::engine::spawn::CallOp(None), SiteId::NONE));
        if let Call::Op(future) = &call {
            future.forgive();
        }
        Task::new(id, "t".into(), 0, SiteId::NONE, call, Default::default())
    };
    (1..=len).map(task).collect()
}

#[test]
fn a_replay_follows_its_choices_and_then_the_queue() {
    let mut replay = Replay::new(&[1, 0, 2]);
    let track = replay.track();
    let picks: Vec<usize> = [2, 2, 3, 3].map(|len| replay.pick(&queue(len))).into();
    assert_eq!(picks, [1, 0, 2, 0]);
    assert_eq!((track.followed(), track.divergence(true)), (3, None));
    assert!(Fifo.is_fifo() && !replay.is_fifo());
}

#[test]
fn a_replay_says_where_the_run_left_it() {
    let mut replay = Replay::new(&[1, 2, 1]);
    let track = replay.track();
    let picks: Vec<usize> = [2, 2, 3].map(|len| replay.pick(&queue(len))).into();
    assert_eq!(picks, [1, 0, 0], "first in, first out after the divergence");
    assert_eq!(track.divergence(false), Some(Divergence::NotReady { number: 2, wanted: 2, ready: 2 }));
    let text = track.divergence(true).map(|d| d.to_string()).unwrap_or_default();
    assert!(text.contains("choice 2 was to take task 3 of the ready queue, and there were 2"), "{text}");
}

#[test]
fn a_replay_says_that_the_run_ended_early() {
    let mut replay = Replay::new(&[1, 1, 1]);
    let track = replay.track();
    replay.pick(&queue(2));
    assert_eq!(track.divergence(false), None);
    assert_eq!(track.divergence(true), Some(Divergence::EndedEarly { followed: 1, total: 3 }));
}
