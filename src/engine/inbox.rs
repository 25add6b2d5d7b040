//! How the world outside wakes tasks: wakers of futures that tokio polls, from any thread.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Wake, Waker};

/// Tasks to be woken, and the loop's own waker.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
    /// How many threads of this program work for tasks.
    busy: AtomicUsize,
    /// Whether there is anything in it; read without the lock in each turn.
    full: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    woken: Vec<u32>,
    waker: Option<Waker>,
}

impl Inbox {
    /// Asks for a task to be woken.
    pub fn wake(&self, task: u32) {
        let waker = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.woken.push(task);
            self.full.store(true, Ordering::Release);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Lets the loop be polled again, on nobody's behalf.
    pub fn nudge(&self) {
        let waker = self.state.lock().unwrap_or_else(PoisonError::into_inner).waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes the tasks to be woken.
    pub fn take(&self) -> Vec<u32> {
        if !self.full.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.full.store(false, Ordering::Release);
        std::mem::take(&mut state.woken)
    }

    /// How many wake-ups are in it.
    pub fn len(&self) -> usize {
        if !self.full.load(Ordering::Acquire) {
            return 0;
        }
        self.state.lock().unwrap_or_else(PoisonError::into_inner).woken.len()
    }

    /// Whether nobody is to be woken.
    pub fn is_empty(&self) -> bool {
        !self.full.load(Ordering::Acquire)
    }

    /// Whether a thread of this program works for a task.
    pub fn is_busy(&self) -> bool {
        self.busy.load(Ordering::Acquire) > 0
    }

    /// Lets the loop be polled again when something arrives from now on.
    pub fn register(&self, waker: &Waker) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.waker.as_ref().is_some_and(|w| w.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
    }
}

/// A thread of this program works for a task, as long as this lives.
#[derive(Debug)]
pub struct Busy(Arc<Inbox>);

impl Busy {
    /// One more.
    pub fn new(inbox: Arc<Inbox>) -> Self {
        inbox.busy.fetch_add(1, Ordering::AcqRel);
        Self(inbox)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
        self.0.nudge();
    }
}

/// Wakes one task through the inbox.
#[derive(Debug)]
pub struct TaskWaker {
    pub inbox: Arc<Inbox>,
    pub task: u32,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.inbox.wake(self.task);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.inbox.wake(self.task);
    }
}
