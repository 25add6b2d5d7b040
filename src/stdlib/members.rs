//! The members of a `gather` and its kin: what may be one, and how they become tasks.

use std::borrow::Cow;
use std::collections::HashSet;
use std::rc::Rc;

use rhai::{Array, Dynamic, EvalAltResult, FnPtr};

use super::values::{Fallible, caught};
use crate::engine::awaitable::forgive;
use crate::engine::errors::{article, awaits_itself, error, error_value, kind, message_of, raise};
use crate::engine::join::{Group, result_of};
use crate::engine::wait::Cx;
use crate::engine::{Coroutine, Kernel, TaskRef};
use crate::lang::failure::Members;
use crate::lang::{Failure, Raise};

/// Makes tasks of the members. Where one can't be a task, those that were made for the others are cancelled.
pub(super) fn start_all(cx: &Cx, name: &str, members: &[Dynamic]) -> Result<Vec<TaskRef>, Raise> {
    let mut tasks = Vec::with_capacity(members.len());
    for (index, member) in members.iter().enumerate() {
        let task = match can_be_member(cx.kernel, member) {
            true => cx.kernel.adopt(member, None).map_err(|e| in_member(name, members, index, e)),
            false => Err(not_a_member(name, members, index).into()),
        };
        match task {
            Ok(task) => tasks.push(task),
            Err(raise) => {
                let made = tasks.iter().zip(members).filter(|(_, m)| m.read_lock::<TaskRef>().is_none());
                made.for_each(|(t, _)| {
                    cx.kernel.cancel(t);
                });
                return Err(raise);
            }
        }
    }
    Ok(tasks)
}

/// Refuses what can't be a member before anything begins.
pub(super) fn check_all(kernel: &Kernel, name: &str, members: &[Dynamic]) -> Fallible<()> {
    let Some(index) = members.iter().position(|member| !can_be_member(kernel, member)) else {
        return Ok(());
    };
    members.iter().for_each(forgive); // it is this of which the user is told
    Err(not_a_member(name, members, index))
}

fn can_be_member(kernel: &Kernel, value: &Dynamic) -> bool {
    value.is::<FnPtr>() || kernel.is_awaitable(value)
}

fn not_a_member(name: &str, members: &[Dynamic], index: usize) -> Box<EvalAltResult> {
    let given = article(members[index].type_name());
    let message = format!(
        "{} needs a coroutine, a future, a task or a closure without parameters, and this is {given}",
        place_of(name, members, index)
    );
    error(kind::VALUE, message)
}

/// `gather, member 2`; by its name alone if there is no other.
fn place_of<'a>(name: &'a str, members: &[Dynamic], index: usize) -> Cow<'a, str> {
    if members.len() == 1 { name.into() } else { format!("{name}, member {index}").into() }
}

fn in_member(name: &str, members: &[Dynamic], index: usize, e: Box<EvalAltResult>) -> Raise {
    let raised = Raise::from(e);
    if let Raise::Error(failure) = &raised {
        let message = format!("{}: {}", place_of(name, members, index), message_of(failure));
        return raise(failure.kind().as_deref().unwrap_or(kind::VALUE), message);
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
    Err(in_member(name, members, index, awaits_itself(cx.task)))
}

/// Whether a member is something of the library that waits: it may be there already.
pub(super) fn is_future(kernel: &Kernel, member: &Dynamic) -> bool {
    kernel.is_awaitable(member) && !member.is::<Coroutine>() && !member.is::<TaskRef>()
}

/// The members without those that are the same task as an earlier one.
pub(super) fn distinct(members: Array) -> Array {
    let mut tasks = HashSet::new();
    let mut is_new =
        |member: &Dynamic| member.read_lock::<TaskRef>().is_none_or(|task| tasks.insert(Rc::as_ptr(&task)));
    members.into_iter().filter(|member| is_new(member)).collect()
}

/// The failure of a task that has ended; none if it has not failed, nor was cancelled.
pub(super) fn failure_of(kernel: &Kernel, task: &TaskRef) -> Option<Rc<Failure>> {
    match result_of(kernel, task, task.outcome()?) {
        Err(Raise::Error(failure)) => Some(failure.into()),
        _ => None,
    }
}

/// The error "group" of tasks that failed, in the order of their ends.
pub(super) fn group_error(message: String, failures: Vec<Rc<Failure>>) -> Raise {
    let errors: Array = failures.iter().map(|failure| caught(failure)).collect();
    let mut map = error_value(kind::GROUP, message);
    map.insert("errors".into(), errors.into());
    let mut raise = Raise::error(map.into());
    if let Raise::Error(failure) = &mut raise {
        failure.members = Members::new(failures);
    }
    raise
}

/// The same where none has a value.
pub(super) fn all_failed(kernel: &Kernel, group: &Group) -> Raise {
    let failures: Vec<_> = group.members().iter().filter_map(|task| failure_of(kernel, task)).collect();
    group_error(format!("all {} failed", failures.len()), failures)
}
