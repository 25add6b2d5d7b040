//! How the world outside wakes tasks: wakers of futures that tokio polls, from any thread.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// Tasks to be woken, and the loop's own waker.
#[derive(Debug, Default)]
pub struct Inbox {
    state: Mutex<State>,
    /// How many threads of this program work for tasks.
    busy: AtomicUsize,
    /// How many calls have ended but for their `defer`s.
    deferring: AtomicUsize,
    /// Whether there is anything in it; read without the lock in each turn.
    full: AtomicBool,
    /// The number of the run whose tasks are meant. None is given twice: a waker may come long after the end of its run.
    world: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    woken: Vec<u32>,
    /// The runs that were set aside, and tasks of them to be woken, each with the number of its run.
    runs: Vec<u64>,
    aside: Vec<(u64, u32)>,
    /// The highest number of a run so far.
    newest: u64,
    waker: Option<Waker>,
}

impl Inbox {
    /// Asks for a task to be woken.
    pub fn wake(&self, task: u32) {
        self.note(task, self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn note(&self, task: u32, mut state: MutexGuard<State>) {
        state.woken.push(task);
        self.full.store(true, Ordering::Release);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// A call has ended but for its `defer`s.
    pub(super) fn begin_defers(&self) {
        self.deferring.fetch_add(1, Ordering::Relaxed);
    }

    /// Those are over.
    pub(super) fn end_defers(&self) {
        self.deferring.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether there are `defer`s that have begun and are not over, for whoever waits for the end of a run.
    pub fn runs_defers(&self) -> bool {
        self.deferring.load(Ordering::Relaxed) > 0
    }

    /// The number of the present run.
    pub fn world(&self) -> u64 {
        self.world.load(Ordering::Acquire)
    }

    /// The present run is set aside for a new one; gives its number.
    pub(super) fn set_aside(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { woken, runs, aside, .. } = &mut *state;
        let world = self.world();
        runs.push(world);
        aside.extend(woken.drain(..).map(|task| (world, task)));
        self.begin(&mut state);
        world
    }

    /// The present run has ended, and a new one begins.
    pub(super) fn restart(&self) {
        self.begin(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn begin(&self, state: &mut State) {
        state.woken.clear();
        state.newest += 1;
        self.world.store(state.newest, Ordering::Release);
        self.full.store(false, Ordering::Release);
    }

    /// The present run has ended, and the one that was set aside for it goes on.
    pub(super) fn put_back(&self, world: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { woken, runs, aside, .. } = &mut *state;
        runs.retain(|run| *run != world);
        woken.clear();
        woken.extend(aside.extract_if(.., |(of, _)| *of == world).map(|(_, task)| task));
        self.world.store(world, Ordering::Release);
        self.full.store(!woken.is_empty(), Ordering::Release);
    }

    /// Asks for a task of a certain run to be woken; if that has ended, of none.
    fn wake_in(&self, world: u64, task: u32) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if world == self.world() {
            self.note(task, state);
        } else if state.runs.contains(&world) {
            state.aside.push((world, task));
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
    pub world: u64,
    pub task: u32,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.inbox.wake_in(self.world, self.task);
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.inbox.wake_in(self.world, self.task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waker(inbox: &Arc<Inbox>, task: u32) -> Waker {
        Waker::from(Arc::new(TaskWaker { inbox: inbox.clone(), world: inbox.world(), task }))
    }

    #[test]
    fn who_wakes_a_run_that_was_set_aside_is_heard_when_it_goes_on() {
        let inbox = Arc::new(Inbox::default());
        let late = waker(&inbox, 7);
        inbox.wake(3);
        let outer = inbox.set_aside();
        let of_inner = waker(&inbox, 5);
        late.wake_by_ref();
        assert_eq!(inbox.take(), [] as [u32; 0]);
        let inner = inbox.set_aside();
        late.wake();
        of_inner.wake();
        inbox.put_back(inner);
        assert_eq!(inbox.take(), [5]);
        inbox.put_back(outer);
        assert_eq!(inbox.take(), [3, 7, 7]);
    }

    #[test]
    fn who_wakes_a_run_that_has_ended_wakes_nobody_of_later_ones() {
        let inbox = Arc::new(Inbox::default());
        let outer = inbox.set_aside();
        let first = waker(&inbox, 1);
        inbox.restart();
        let second = waker(&inbox, 2);
        inbox.wake(2);
        inbox.put_back(outer);
        assert!(inbox.is_empty());
        inbox.set_aside();
        first.wake();
        second.wake();
        assert!(inbox.is_empty());
        inbox.put_back(outer);
        assert!(inbox.is_empty() && inbox.state.lock().is_ok_and(|state| state.aside.is_empty()));
    }
}
