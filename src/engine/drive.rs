//! The loop itself: turns as long as somebody is ready, then a wait for the next timer or for the reactor.
//!
//! It is a future that tokio polls. After a number of turns it lets tokio have a look at its sockets, so that a storm
//! of ready tasks can't starve I/O.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::alarm::Alarm;
use super::clock::Nanos;
use super::errors;
use super::kernel::Kernel;
use super::task::TaskRef;
use crate::lang::Interp;

/// Turns in a row before tokio looks at its sockets.
const TURNS: u32 = 256;
/// How often tokio is let run, without a sign of life, before a virtual clock moves past I/O of this process.
const QUIET: u32 = 48;

/// Why the loop stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// What it was asked to run until has come.
    Reached,
    /// No task can ever run again.
    Deadlock,
}

/// What the loop asks between turns.
pub trait Watch {
    /// Whether to stop.
    fn reached(&mut self, kernel: &Rc<Kernel>) -> bool;
    /// Something was noticed that is to be spoken about.
    fn notices(&mut self, kernel: &Rc<Kernel>);
    /// Nobody is ready: a good moment to flush output.
    fn idle(&mut self);
    /// Whether to wait, when nobody can ever be ready again, for something new to run.
    fn waits_for_work(&self) -> bool;
}

enum Pause {
    Stopped(Stopped),
    /// Let tokio run, and see whether anything comes.
    Quiet,
}

/// Runs tasks until the watch says stop.
pub async fn drive(kernel: &Rc<Kernel>, interp: &mut Interp, alarm: &mut Alarm, watch: &mut dyn Watch) -> Stopped {
    let mut quiet = Quiet { rounds: 0, activity: kernel.activity.get() };
    loop {
        match poll_fn(|cx| poll_loop(kernel, interp, alarm, watch, &mut quiet, cx)).await {
            Pause::Stopped(stopped) => return stopped,
            Pause::Quiet => tokio::task::yield_now().await,
        }
    }
}

/// How long nothing has come from the reactor.
struct Quiet {
    rounds: u32,
    activity: u64,
}

impl Quiet {
    /// One more round without a wake-up: whether that is quiet enough.
    fn is_over(&mut self, kernel: &Kernel) -> bool {
        if self.activity != kernel.activity.get() {
            self.reset(kernel);
        }
        self.rounds += 1;
        self.rounds > QUIET
    }

    fn reset(&mut self, kernel: &Kernel) {
        self.rounds = 0;
        self.activity = kernel.activity.get();
    }
}

fn poll_loop(
    kernel: &Rc<Kernel>,
    interp: &mut Interp,
    alarm: &mut Alarm,
    watch: &mut dyn Watch,
    quiet: &mut Quiet,
    cx: &mut Context,
) -> Poll<Pause> {
    kernel.inbox.register(cx.waker());
    let mut turns = 0;
    kernel.clock.read();
    loop {
        kernel.receive();
        kernel.fire_timers();
        kernel.run_cancels();
        if kernel.has_notices() {
            watch.notices(kernel);
        }
        if watch.reached(kernel) {
            return Poll::Ready(Pause::Stopped(Stopped::Reached));
        }
        if let Some(task) = kernel.next_ready() {
            quiet.reset(kernel);
            kernel.turn(interp, &task);
            turns += 1;
            if turns < TURNS {
                continue;
            }
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if turns > 0 {
            watch.idle();
            turns = 0;
        }
        match kernel.rest(alarm, quiet, watch.waits_for_work(), cx) {
            Rest::Again => {}
            Rest::Wait => return Poll::Pending,
            Rest::Pause(pause) => return Poll::Ready(pause),
        }
    }
}

enum Rest {
    Again,
    Wait,
    Pause(Pause),
}

impl Kernel {
    /// The task whose turn it is.
    fn next_ready(&self) -> Option<TaskRef> {
        let mut ready = self.ready.borrow_mut();
        if ready.len() <= 1 {
            return ready.pop_front();
        }
        let index = self.policy.borrow_mut().pick(&ready);
        if index == 0 { ready.pop_front() } else { ready.remove(index) }
    }

    /// Wakes those whom the world outside has woken.
    fn receive(&self) {
        for id in self.inbox.take() {
            self.note_activity();
            if let Some(task) = self.task(id) {
                self.wake(&task);
            }
        }
    }

    /// Wakes those whose time has come.
    fn fire_timers(&self) {
        let now = self.clock.last();
        if self.earliest.get() > now {
            return;
        }
        loop {
            let due = self.timers.borrow_mut().pop_due(now);
            match due {
                Some(timer) => self.wake_since(&timer.task, timer.deadline),
                None => break,
            }
        }
        self.earliest.set(self.timers.borrow().earliest());
    }

    fn has_notices(&self) -> bool {
        !self.notices.borrow().is_empty() || errors::any_dropped()
    }

    /// Nobody is ready. Waits for the next timer, or moves a virtual clock there.
    fn rest(&self, alarm: &mut Alarm, quiet: &mut Quiet, waits_for_work: bool, cx: &mut Context) -> Rest {
        let deadline = self.timers.borrow_mut().next_deadline();
        self.earliest.set(deadline.unwrap_or(Nanos::MAX));
        let in_flight = self.outside.get() > 0;
        if self.clock.is_virtual() {
            return match deadline {
                _ if in_flight => Rest::Wait,
                _ if self.inside.get() > 0 && !quiet.is_over(self) => Rest::Pause(Pause::Quiet),
                Some(deadline) => {
                    quiet.reset(self);
                    self.clock.advance_to(deadline);
                    Rest::Again
                }
                None if self.inside.get() > 0 || waits_for_work => Rest::Wait,
                None => Rest::Pause(Pause::Stopped(Stopped::Deadlock)),
            };
        }
        match deadline {
            Some(deadline) => {
                if self.clock.read() >= deadline || alarm.poll(self.clock.instant(deadline), cx).is_ready() {
                    self.clock.read();
                    return Rest::Again;
                }
                Rest::Wait
            }
            None if in_flight || self.inside.get() > 0 || waits_for_work => Rest::Wait,
            None => Rest::Pause(Pause::Stopped(Stopped::Deadlock)),
        }
    }
}
