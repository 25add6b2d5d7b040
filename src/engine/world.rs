//! Starting anew: a loop whose runs are to be equal forgets what came before, and one that is needed for something else
//! in the midst of a run sets that run aside.

use std::collections::VecDeque;
use std::rc::Rc;

use super::ancestry::Ancestry;
use super::clock::{Clock, Nanos, Pace};
use super::errors::{self, Notice};
use super::kernel::Kernel;
use super::schedule::Policy;
use super::task::TaskRef;
use super::timers::{Deadlines, Timer};
use crate::trace::NumberMap;
use crate::trace::event::SiteId;
use crate::trace::recording::Recording;

/// What is to be done when a run is forgotten, by those who keep something outside of the loop for it.
pub type Cleanup = Box<dyn FnOnce()>;

/// A run that was set aside, with all that belongs to it.
pub struct World {
    number: u64,
    clock: Clock,
    recording: Recording,
    ready: VecDeque<TaskRef>,
    policy: Box<dyn Policy>,
    timers: Deadlines<Timer>,
    earliest: Nanos,
    live: NumberMap<TaskRef>,
    next_id: u32,
    ancestry: Ancestry,
    current: Option<TaskRef>,
    outside: usize,
    inside: usize,
    cancels: Vec<(TaskRef, bool)>,
    cancelling: bool,
    failed: Vec<TaskRef>,
    exits: Vec<(u32, rhai::Dynamic)>,
    spared: u32,
    ears: (u32, usize),
    stepped: bool,
    stale: bool,
    notices: Vec<Notice>,
    dropped: Vec<Notice>,
    retired: Option<rhai::Scope<'static>>,
    epoch: Nanos,
    random: u64,
    cleanups: Vec<Cleanup>,
    errands: VecDeque<Box<dyn super::errand::Errand>>,
}

impl Kernel {
    /// Sets the present run aside, for another on a virtual clock of its own. Tasks of the present run are not woken
    /// before it is put back.
    pub fn set_aside(&self, policy: Box<dyn Policy>) -> World {
        let clock = Clock::new(Pace::Virtual);
        self.clock.swap(&clock);
        let mut recording = self.recording.borrow().like();
        recording.set_virtual_time(true);
        recording.set_enabled(false);
        let world = World {
            number: self.inbox.set_aside(),
            clock,
            recording: self.recording.replace(recording),
            ready: self.ready.take(),
            policy: self.set_policy(policy),
            timers: self.timers.take(),
            earliest: self.earliest.replace(Nanos::MAX),
            live: self.live.take(),
            next_id: self.next_id.replace(1),
            ancestry: self.ancestry.take(),
            current: self.current.take(),
            outside: self.outside.take(),
            inside: self.inside.take(),
            cancels: self.cancels.take(),
            cancelling: self.cancelling.take(),
            failed: self.failed.take(),
            exits: self.exits.take(),
            spared: self.spared.take(),
            ears: (self.deaf.take(), self.heard.take()),
            stepped: self.stepped.take(),
            stale: self.stale.take(),
            notices: self.notices.take(),
            dropped: errors::take_dropped(),
            retired: self.retired.take(),
            epoch: self.epoch.take(),
            random: self.random.get(),
            cleanups: self.cleanups.take(),
            errands: self.errands.take(),
        };
        self.forget_texts();
        self.aside.set(true);
        world
    }

    /// Whether another run has been set aside for the present one.
    pub fn is_aside(&self) -> bool {
        self.aside.get()
    }

    /// Goes on with a run that was set aside. What ran meanwhile is forgotten.
    pub fn put_back(&self, mut world: World) {
        self.restart();
        self.clock.swap(&world.clock);
        world.recording.take_places(self.recording.take());
        self.recording.replace(world.recording);
        self.ready.replace(world.ready);
        self.set_policy(world.policy);
        self.timers.replace(world.timers);
        self.earliest.set(world.earliest);
        self.live.replace(world.live);
        self.next_id.set(world.next_id);
        self.ancestry.replace(world.ancestry);
        self.current.replace(world.current);
        self.outside.set(world.outside);
        self.inside.set(world.inside);
        self.cancels.replace(world.cancels);
        self.cancelling.set(world.cancelling);
        self.failed.replace(world.failed);
        self.exits.replace(world.exits);
        self.spared.set(world.spared);
        self.deaf.set(world.ears.0);
        self.heard.set(world.ears.1);
        self.stepped.set(world.stepped);
        self.stale.set(world.stale);
        self.notices.replace(world.notices);
        errors::put_dropped(world.dropped);
        self.retired.replace(world.retired);
        self.epoch.set(world.epoch);
        self.random.set(world.random);
        self.cleanups.replace(world.cleanups);
        self.errands.replace(world.errands);
        self.forget_texts();
        self.inbox.put_back(world.number);
        self.aside.set(false);
        self.seen.set(false);
    }

    /// Records the runs to come, from now on; or no more.
    pub fn set_recorded(&self, on: bool) {
        let mut recording = self.recording.borrow_mut();
        recording.clear();
        recording.set_enabled(on);
        drop(recording);
        self.forget_texts();
    }

    /// Forgets all tasks, timers and what was noticed, as if nothing had run. Nothing of what is forgotten goes on: no
    /// `defer` runs, and nobody is told. The clock stands at zero again, and random numbers begin anew.
    pub fn restart(&self) {
        self.ready.take();
        let live = self.live.take();
        for task in live.values() {
            let mut inner = task.inner.borrow_mut();
            let left = (std::mem::take(&mut inner.calls), std::mem::take(&mut inner.waiters));
            drop(inner);
            super::wait::drop_later(left); // tasks hold each other by what they wait for
        }
        drop(live);
        self.current.take();
        self.timers.take();
        self.earliest.set(Nanos::MAX);
        self.ready.take(); // what was dropped may have woken somebody
        self.next_id.set(1);
        self.defers.borrow_mut().clear();
        self.cancels.borrow_mut().clear();
        self.failed.borrow_mut().clear();
        self.exits.borrow_mut().clear();
        self.errands.borrow_mut().clear();
        self.retired.take();
        for cleanup in self.cleanups.take() {
            cleanup();
        }
        self.notices.borrow_mut().clear();
        if errors::any_dropped() {
            errors::take_dropped();
        }
        self.stale.set(false);
        self.effort.take();
        self.deaf.set(0);
        self.heard.set(0);
        self.requests.set(0);
        self.clock.restart();
        self.epoch.set(0);
        self.random.set(0);
        self.inbox.restart();
    }

    /// Registers what is to be done when this run is forgotten.
    pub fn at_restart(&self, cleanup: impl FnOnce() + 'static) {
        self.cleanups.borrow_mut().push(Box::new(cleanup));
    }

    /// Looks at those who can run now, in the order of the queue.
    pub fn with_ready<T>(&self, look: impl FnOnce(&VecDeque<TaskRef>) -> T) -> T {
        if self.stale.take() {
            self.ready.borrow_mut().retain(|task| !task.is_done());
        }
        look(&self.ready.borrow())
    }

    /// Whether somebody waits for the world outside.
    pub fn waits_outside(&self) -> bool {
        self.outside.get() > 0
    }

    /// The task that runs a text or a function as `main`.
    pub fn start_main(self: &Rc<Self>, call: super::task::Call) -> TaskRef {
        let main = self.start_as(0, "main", call, SiteId::NONE);
        main.flag(|f| f.seen = true);
        main
    }
}
