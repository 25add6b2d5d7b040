//! The state of the loop: who is ready, who waits until when, what was recorded.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Waker;

use rhai::Dynamic;

use super::ancestry::Ancestry;
use super::awaitable::{Coroutine, Future};
use super::clock::{Clock, Nanos, Pace};
use super::effort::Effort;
use super::errand::Errand;
use super::errors::Notice;
use super::explorations::Explorations;
use super::inbox::{Inbox, TaskWaker};
use super::local::Local;
use super::schedule::{Fifo, Policy};
use super::task::{Call, State, Task, TaskRef};
use super::timers::{Deadlines, Timer};
use super::wait::Op;
use super::world::Cleanup;
use crate::lang::Frame;
use crate::lang::syntax::Shared;
use crate::limits::Limits;
use crate::trace::NumberMap;
use crate::trace::event::{Kind, NO_TASK, SiteId, TextId, WaitClass};
use crate::trace::recording::Recording;

/// The loop's state. Functions of the library have it at hand through a reference-counted pointer.
pub struct Kernel {
    pub clock: Clock,
    pub recording: RefCell<Recording>,
    pub inbox: Arc<Inbox>,
    pub(super) ready: RefCell<VecDeque<TaskRef>>,
    pub(super) policy: RefCell<Box<dyn Policy>>,
    /// Whether a task ended while it was in `ready`.
    pub(super) stale: Cell<bool>,
    pub(super) timers: RefCell<Deadlines<Timer>>,
    /// The earliest deadline in `timers`, to be compared in every turn.
    pub(super) earliest: Cell<Nanos>,
    /// All tasks that have not ended.
    pub(super) live: RefCell<NumberMap<TaskRef>>,
    pub(super) next_id: Cell<u32>,
    pub(super) current: RefCell<Option<TaskRef>>,
    /// What `defer` registered in the step that runs now, and the step after that.
    pub(super) defers: RefCell<Vec<(Dynamic, u32)>>,
    /// Futures in flight that wait for others than ourselves, and those that wait for servers of this process.
    pub(super) outside: Cell<usize>,
    pub(super) inside: Cell<usize>,
    /// How many have waited for a server of this process since the last restart.
    pub requests: Cell<u64>,
    /// What servers of this process share with the loop.
    pub local: Local,
    /// Tasks to be cancelled.
    pub(super) cancels: RefCell<Vec<(TaskRef, bool)>>,
    pub(super) cancelling: Cell<bool>,
    /// On a virtual clock: how many turns there were since news of the world were taken, and how many of them wait.
    pub(super) deaf: Cell<u32>,
    pub(super) heard: Cell<usize>,
    /// Whether somebody decides before each turn whose it is.
    pub(super) stepped: Cell<bool>,
    /// Tasks that failed and that nobody has awaited yet.
    pub(super) failed: RefCell<Vec<TaskRef>>,
    pub notices: RefCell<Vec<Notice>>,
    /// The tasks that called `exit`, and with what, since somebody last looked.
    pub(super) exits: RefCell<Vec<(u32, Dynamic)>>,
    /// Tasks below this number are not cancelled because one from it on was that awaits them. 0: no such border.
    pub(super) spared: Cell<u32>,
    /// Where the running frame stands: written by the frames, read when a place is needed.
    pub shared: Rc<Shared>,
    /// Where the time of the current turn went.
    pub(super) effort: Cell<Effort>,
    /// The last sleep that was recorded, the number of its text, and the run in which that was.
    pub(super) last_sleep: Cell<(u64, TextId, u32)>,
    /// The variables of a program that has ended, for the next one.
    pub(super) retired: RefCell<Option<rhai::Scope<'static>>>,
    /// The name that a task was given last.
    pub(super) last_name: RefCell<Rc<str>>,
    /// When the current run began; times are recorded from there.
    pub(super) epoch: Cell<Nanos>,
    /// Whether another run has been set aside for the present one.
    pub(super) aside: Cell<bool>,
    /// Whether that is seen and heard all the same.
    pub(super) seen: Cell<bool>,
    /// What the present run explores.
    pub explorations: Explorations,
    /// What the loop has to do besides turns.
    pub(super) errands: RefCell<VecDeque<Box<dyn Errand>>>,
    /// What is to be done when this run is forgotten.
    pub(super) cleanups: RefCell<Vec<Cleanup>>,
    /// Who stands in for those who have ended and spawned tasks that go on.
    pub(super) ancestry: RefCell<Ancestry>,
    /// Counts runs.
    pub(super) run: Cell<u32>,
    /// Where random numbers without a seed come from.
    pub random: Rc<Cell<u64>>,
    awaitables: RefCell<Vec<AsAwaitable>>,
    pub(super) show: Cell<fn(&Dynamic) -> String>,
    /// What scripts may use up.
    pub limits: Limits,
}

/// Gives the awaitable that stands for a value, if it knows the value's type.
pub type AsAwaitable = fn(&Dynamic) -> Option<Dynamic>;

impl Kernel {
    /// A loop with nothing to do.
    pub fn new(shared: Rc<Shared>, pace: Pace, limits: Limits) -> Rc<Self> {
        super::bug::listen();
        let mut recording = Recording::new(limits.recording);
        recording.set_virtual_time(pace == Pace::Virtual);
        Rc::new(Self {
            clock: Clock::new(pace),
            recording: RefCell::new(recording),
            inbox: Arc::default(),
            ready: RefCell::default(),
            policy: RefCell::new(Box::new(Fifo)),
            stale: Cell::new(false),
            timers: RefCell::default(),
            earliest: Cell::new(Nanos::MAX),
            live: RefCell::default(),
            next_id: Cell::new(1),
            current: RefCell::default(),
            defers: RefCell::default(),
            outside: Cell::new(0),
            inside: Cell::new(0),
            requests: Cell::new(0),
            local: Local::default(),
            cancels: RefCell::default(),
            cancelling: Cell::new(false),
            deaf: Cell::new(0),
            heard: Cell::new(0),
            stepped: Cell::new(false),
            failed: RefCell::default(),
            notices: RefCell::default(),
            exits: RefCell::default(),
            spared: Cell::new(0),
            shared,
            effort: Cell::default(),
            last_sleep: Cell::new((f64::NAN.to_bits(), TextId::NONE, 0)),
            retired: RefCell::default(),
            last_name: RefCell::new("".into()),
            epoch: Cell::new(0),
            aside: Cell::new(false),
            seen: Cell::new(false),
            explorations: Explorations::default(),
            errands: RefCell::default(),
            cleanups: RefCell::default(),
            ancestry: RefCell::default(),
            run: Cell::new(0),
            random: Rc::default(),
            awaitables: RefCell::default(),
            show: Cell::new(|value| value.type_name().to_string()),
            limits,
        })
    }

    /// The task that runs now.
    pub fn current(&self) -> Option<TaskRef> {
        self.current.borrow().clone()
    }

    /// The number of the task that runs now; 0 if none does.
    pub fn current_id(&self) -> u32 {
        self.current.borrow().as_ref().map_or(0, |t| t.id)
    }

    /// Whether somebody waits for a server of this process.
    pub fn is_talking_to_itself(&self) -> bool {
        self.inside.get() > 0
    }

    /// All tasks that have not ended, by number.
    pub fn tasks(&self) -> Vec<TaskRef> {
        let mut list: Vec<TaskRef> = self.live.borrow().values().cloned().collect();
        list.sort_by_key(|t| t.id);
        list
    }

    /// How many tasks besides main have not ended.
    pub fn task_count(&self) -> usize {
        let live = self.live.borrow();
        live.len() - usize::from(live.contains_key(&0))
    }

    /// Whether any task has not ended.
    pub fn has_tasks(&self) -> bool {
        !self.live.borrow().is_empty()
    }

    /// The task with this number, if it has not ended.
    pub fn task(&self, id: u32) -> Option<TaskRef> {
        self.live.borrow().get(&id).cloned()
    }

    /// A waker for a future that tokio polls in the name of this task.
    pub fn waker(&self, task: u32) -> Waker {
        Waker::from(Arc::new(TaskWaker { inbox: self.inbox.clone(), world: self.inbox.world(), task }))
    }

    /// Changes who picks the task to run next; gives the policy that did so until now.
    pub fn set_policy(&self, policy: Box<dyn Policy>) -> Box<dyn Policy> {
        self.policy.replace(policy)
    }

    /// Asks the op that a waiting task waits for.
    pub fn ask_op<T>(&self, task: &Task, question: impl FnOnce(&dyn Op) -> T) -> Option<T> {
        let inner = task.inner.borrow();
        match inner.calls.last() {
            Some(Call::Op(future)) => future.ask(question),
            _ => None,
        }
    }

    /// Looks at the frames of a task that does not run, outermost first.
    pub fn with_frames<T>(&self, task: &Task, look: impl FnOnce(&[&Frame]) -> Option<T>) -> Option<T> {
        let inner = task.inner.borrow();
        let frames: Vec<&Frame> = inner.calls.iter().filter_map(Call::frame).collect();
        look(&frames)
    }

    /// What a waiting task waits for, in words.
    pub fn waits_text(&self, task: &Task) -> String {
        self.ask_op(task, |op| op.label().into_owned()).unwrap_or_default()
    }

    /// Makes a waiting task ready.
    #[inline]
    pub fn wake(&self, task: &TaskRef) {
        let by = self.current.borrow().as_ref().map_or(NO_TASK, |t| t.id);
        self.wake_since(task, self.clock.last(), by);
    }

    /// The same for one whose time has come earlier, while another kept the loop busy; `by` is who woke it.
    pub fn wake_since(&self, task: &TaskRef, time: Nanos, by: u32) {
        match task.state() {
            State::Waiting => {
                self.shared.touches.wake(task.id);
                task.set_state(State::Ready);
                self.record(time, task.id, Kind::Woken, WaitClass::None, SiteId::NONE, by);
                task.inner.borrow_mut().since = time;
                self.ready.borrow_mut().push_back(task.clone());
            }
            State::Running => task.flag(|f| f.woken = true),
            State::Ready | State::Ended => {}
        }
    }

    /// Wakes the current task's op at this time.
    pub fn set_timer(&self, deadline: Nanos, task: &TaskRef) {
        let mut timers = self.timers.borrow_mut();
        timers.set(deadline, Timer { task: task.clone(), wait: task.wait_number() });
        self.earliest.set(self.earliest.get().min(deadline));
    }

    /// A timer is not waited for any more.
    pub fn forget_timer(&self) {
        self.timers.borrow_mut().forget();
    }

    /// Registers what is to run when the coroutine that runs now ends.
    pub fn defer(&self, function: Dynamic) {
        self.defers.borrow_mut().push((function, self.shared.at.get()));
    }

    /// Notes that a function of the library has blocked the loop for so long, for the warning about it.
    pub fn note_blocking(&self, length: Nanos) {
        self.shared.touches.touch_all(); // time has gone for all
        self.effort.set(self.effort.get().and_blocking(length, self.here()));
    }

    /// The awaitable that stands for a value of the library which is not one of the three kinds.
    pub(super) fn as_awaitable(&self, value: &Dynamic) -> Option<Dynamic> {
        let awaitable = self.awaitables.borrow().iter().find_map(|convert| convert(value))?;
        if let Some(future) = awaitable.read_lock::<Future>() {
            future.forgive(); // it is the value that the script has forgotten, if anything
        }
        Some(awaitable)
    }

    /// Lets values of another type be awaited, too.
    pub fn add_awaitable(&self, convert: AsAwaitable) {
        self.awaitables.borrow_mut().push(convert);
    }

    /// Whether `await` would accept the value.
    pub fn is_awaitable(&self, value: &Dynamic) -> bool {
        value.is::<Coroutine>() || value.is::<Future>() || value.is::<TaskRef>() || self.as_awaitable(value).is_some()
    }

    /// Takes the variables of the program that ended last.
    pub fn take_retired(&self) -> Option<rhai::Scope<'static>> {
        self.retired.borrow_mut().take()
    }

    /// Tasks that failed and that nobody has awaited; all, or just those that nobody can await any more.
    pub fn take_failed(&self, all: bool) -> Vec<TaskRef> {
        let mut failed = self.failed.borrow_mut();
        failed.retain(|t| !t.flags().seen);
        let (taken, kept) = std::mem::take(&mut *failed).into_iter().partition(|t| all || Rc::strong_count(t) == 1);
        *failed = kept;
        taken
    }

    /// Whether a task has failed that nobody has awaited.
    #[inline]
    pub fn has_failed(&self) -> bool {
        !self.failed.borrow().is_empty()
    }

    /// How many there are of those.
    pub fn count_failed(&self) -> usize {
        self.failed.borrow().len()
    }

    /// Takes the number of the first task that called `exit` since the last time, of those that count, with its value.
    #[inline]
    pub fn take_exit(&self, counts: impl Fn(u32) -> bool) -> Option<Dynamic> {
        if self.exits.borrow().is_empty() {
            return None;
        }
        let exits = std::mem::take(&mut *self.exits.borrow_mut());
        exits.into_iter().find(|(task, _)| counts(*task)).map(|(_, value)| value)
    }

    /// Begins a new run: its recording is empty but for the tasks that live on.
    pub fn begin_run(&self) {
        self.run.set(self.run.get() + 1);
        let live = self.tasks();
        if self.run.get() == 1 {
            self.clock.restart();
        }
        self.epoch.set(self.clock.read());
        self.note_ancestry();
        let mut recording = self.recording.borrow_mut();
        recording.clear();
        for task in live {
            recording.name_task(task.id, &task.name, task.parent, task.spawned);
        }
    }

    /// The number of the run, from 1.
    pub fn run_number(&self) -> u32 {
        self.run.get()
    }

    /// The next number that a task would get.
    pub fn next_task_id(&self) -> u32 {
        self.next_id.get()
    }
}
