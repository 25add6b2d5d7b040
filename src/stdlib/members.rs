//! The members of a `gather` and its kin: what may be one, and how they become tasks.

use std::rc::Rc;

use rhai::{Dynamic, EvalAltResult};

use crate::engine::awaitable::forgive;
use crate::engine::errors::{awaits_itself, kind, message_of, raise};
use crate::engine::wait::Cx;
use crate::engine::{Coroutine, Kernel, TaskRef};
use crate::lang::Raise;

/// Makes tasks of the members. Where one can't be a task, those that were made for the others are cancelled.
pub(super) fn start_all(cx: &Cx, name: &str, members: &[Dynamic]) -> Result<Vec<TaskRef>, Raise> {
    let mut tasks = Vec::with_capacity(members.len());
    for (index, member) in members.iter().enumerate() {
        match cx.kernel.adopt(member, None) {
            Ok(task) => tasks.push(task),
            Err(e) => {
                let made = tasks.iter().zip(members).filter(|(_, m)| m.read_lock::<TaskRef>().is_none());
                made.for_each(|(t, _)| {
                    cx.kernel.cancel(t);
                });
                return Err(in_member(name, index, e));
            }
        }
    }
    Ok(tasks)
}

fn in_member(name: &str, index: usize, e: Box<EvalAltResult>) -> Raise {
    let raised = Raise::from(e);
    if let Raise::Error(failure) = &raised {
        let message = message_of(failure);
        return raise(failure.kind().as_deref().unwrap_or(kind::VALUE), format!("{name}, member {index}: {message}"));
    }
    raised
}

/// Refuses members of which one is the task that waits for them.
pub(super) fn refuse_own(cx: &Cx, name: &str, members: &[Dynamic]) -> Result<(), Raise> {
    let is_own = |member: &Dynamic| member.read_lock::<TaskRef>().is_some_and(|task| Rc::ptr_eq(&task, cx.task));
    let Some(index) = members.iter().position(is_own) else {
        return Ok(());
    };
    members.iter().for_each(forgive); // they would have started with it
    Err(in_member(name, index, awaits_itself(cx.task)))
}

/// Whether a member is something of the library that waits: it may be there already.
pub(super) fn is_future(kernel: &Kernel, member: &Dynamic) -> bool {
    kernel.is_awaitable(member) && !member.is::<Coroutine>() && !member.is::<TaskRef>()
}
