//! The one door through which a function of the library waits.
//!
//! A function that must wait returns a [`Future`](super::Future) made of an [`Op`]. Nothing happens until it is awaited;
//! then the op is polled in the turns of the awaiting task until it is done. An op written as Rust async code is a
//! [`Script`](super::script::Script).

use std::any::Any;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rhai::{Dynamic, FnPtr};

use super::clock::Nanos;
use super::kernel::Kernel;
use super::task::TaskRef;
use crate::lang::Raise;
use crate::trace::event::{SiteId, TextId, WaitClass};

/// What an op answers when it is polled.
pub enum Step {
    /// It waits; somebody will wake the task.
    Pending,
    Done(Result<Dynamic, Raise>),
    /// It wants a function of the script called, and its result awaited if that is awaitable.
    Call(FnPtr, Vec<Dynamic>),
    /// It wants something awaited in its place.
    Await(Dynamic),
}

impl Step {
    /// Done, with a value.
    pub fn value(value: impl Into<Dynamic>) -> Self {
        Self::Done(Ok(value.into()))
    }
}

/// What an op is told about the task that waits.
pub struct Cx<'a> {
    pub kernel: &'a Rc<Kernel>,
    pub task: &'a TaskRef,
}

/// A task that holds what others wait for, where it took it, and when.
#[derive(Clone)]
pub struct Holder {
    pub task: TaskRef,
    pub site: SiteId,
    pub since: Nanos,
}

/// Something that a task can wait for.
pub trait Op {
    /// Goes on. The first poll starts it; later polls may come without reason.
    fn poll(&mut self, cx: &mut Cx) -> Step;

    /// The world outside has news for it: whether it wants a turn for them. What brings it only further and no result is
    /// no step of its task, so that an op of many packets is one wait.
    fn hear(&mut self, _: &mut Cx) -> bool {
        true
    }

    /// The result of what was called or awaited for it.
    fn resume(&mut self, _: &mut Cx, result: Result<Dynamic, Raise>) -> Step {
        Step::Done(result)
    }

    /// The waiting task is cancelled. True: nothing is left to wait for; what was granted meanwhile has passed on.
    /// False: polls go on, and the next `Done` ends it. May be called again.
    fn cancel(&mut self, _: &mut Cx) -> bool {
        true
    }

    /// What sort of thing it waits for.
    fn class(&self) -> WaitClass;

    /// What it waits for: `sleep(0.5)`, `GET /delay/300`, `lock "db"`.
    fn label(&self) -> Cow<'static, str>;

    /// What a future of it prints as: what was called, where it makes no sense yet to say what is waited for.
    fn call(&self) -> Cow<'static, str> {
        self.label()
    }

    /// What a task that does nothing but this is called.
    fn name(&self) -> String {
        let label = self.label();
        label.split(['(', ' ']).next().unwrap_or_default().to_string()
    }

    /// The tasks that have to act first, where they are known: the holder of a lock, a task that is awaited.
    fn on(&self) -> Vec<u32> {
        Vec::new()
    }

    /// What it starts when it starts.
    fn members(&self) -> &[Dynamic] {
        &[]
    }

    /// Whether one of those tasks is enough; else all of them have to act.
    fn one_is_enough(&self) -> bool {
        false
    }

    /// The tasks that hold what it waits for.
    fn holders(&self) -> Vec<Holder> {
        Vec::new()
    }

    /// How far it has come, where others have to come as well: `2 of 3 have come`.
    fn so_far(&self) -> Option<String> {
        None
    }

    /// Its place among those who wait for the same, from 1, where they are served in turn.
    fn place_in_line(&self) -> Option<usize> {
        None
    }

    /// When it will be over, if the clock decides that.
    fn deadline(&self) -> Option<Nanos> {
        None
    }

    /// Whether it is a mistake to let it go before it has begun.
    fn is_missed(&self) -> bool {
        true
    }

    /// Of those of class Sync: the number of what it waits for, see `Thing::Sync`; 0 if its turns touch more than that.
    fn sync(&self) -> u32 {
        0
    }

    /// Whether it tells by itself what its turns touch; else they may touch anything.
    fn tells(&self) -> bool {
        false
    }

    /// The label as an entry of the recording's table of texts.
    fn text(&self, kernel: &Kernel) -> TextId {
        kernel.text(&self.label())
    }
}

impl Cx<'_> {
    /// Makes the waiting task ready again once this poll is over: a yield.
    pub fn wake_self(&self) {
        self.task.flag(|f| f.woken = true);
    }
}

thread_local! {
    static TRASH: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
    static EMPTYING: Cell<bool> = const { Cell::new(false) };
}

/// Drops a value, but not inside the dropping of another: long chains are dropped link by link.
pub fn drop_later<T: 'static>(value: T) {
    if EMPTYING.replace(true) {
        // the list may be gone when a thread ends; then the value is dropped here
        let _ = TRASH.try_with(|trash| trash.borrow_mut().push(Box::new(value)));
        return;
    }
    let _emptying = Emptying;
    drop(value);
    while let Ok(trash) = TRASH.try_with(RefCell::take)
        && !trash.is_empty()
    {
        trash.into_iter().for_each(drop);
    }
}

/// The list is being emptied, until it is done or somebody's drop panics.
struct Emptying;

impl Drop for Emptying {
    fn drop(&mut self) {
        EMPTYING.set(false);
    }
}

/// Something that scripts can nest in itself without end: a queue that has a queue as an item, and so on. The last
/// handle to it drops it by [`drop_later`].
pub struct Held<T: ?Sized + 'static>(Option<Rc<T>>);

impl<T: ?Sized> Held<T> {
    pub fn new(shared: Rc<T>) -> Self {
        Self(Some(shared))
    }
}

impl<T: ?Sized> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: ?Sized> std::ops::Deref for Held<T> {
    type Target = Rc<T>;

    #[inline]
    fn deref(&self) -> &Rc<T> {
        match &self.0 {
            Some(shared) => shared,
            None => unreachable!("only its drop empties a handle"),
        }
    }
}

impl<T: ?Sized> Drop for Held<T> {
    fn drop(&mut self) {
        if let Some(shared) = self.0.take()
            && Rc::strong_count(&shared) == 1
        {
            drop_later(shared);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    struct Bad;

    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("this drop panics, and is to");
        }
    }

    #[test]
    fn a_drop_that_panics_does_not_keep_later_ones() {
        assert!(catch_unwind(AssertUnwindSafe(|| drop_later(Bad))).is_err());
        let value = Rc::new(());
        drop_later(value.clone());
        assert_eq!(Rc::strong_count(&value), 1);
    }
}
