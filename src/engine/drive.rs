//! The loop itself: turns as long as somebody is ready, then a wait for the next timer or for the reactor.
//!
//! It is a future that tokio polls. After a number of turns it lets tokio have a look at its sockets, so that a storm
//! of ready tasks can't starve I/O.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::alarm::Alarm;
use super::clock::Nanos;
use super::errand::Errand;
use super::errors;
use super::kernel::Kernel;
use super::task::{Call, State, TaskRef};
use super::wait::Cx;
use crate::lang::Interp;
use crate::trace::event::NO_TASK;

/// Turns in a row before tokio looks at its sockets.
const TURNS: u32 = 256;
/// The same in time.
const LONG: Duration = Duration::from_millis(5);
/// How long output may be kept back while somebody is always ready.
const SHOWN_AFTER: Duration = Duration::from_millis(50);

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
    /// Nobody is ready, or somebody always was for a while: a good moment to flush output.
    fn idle(&mut self);
    /// Whether to wait, when nobody can ever be ready again, for something new to run. A virtual clock stands still
    /// meanwhile: it moves for those who wait, and nobody waits for a run.
    fn waits_for_work(&self) -> bool;
    /// Whether the loop stands still until somebody says who is next. Asked in a stepped run only.
    fn is_held(&mut self, _: &Rc<Kernel>) -> bool {
        false
    }
    /// Whose turn is next. Asked in a stepped run only, when somebody is ready.
    fn choose(&mut self, _: &Rc<Kernel>) -> Choice {
        Choice::Policy
    }
}

/// Whose turn is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The policy says.
    Policy,
    /// The task at this index of the ready queue.
    Index(usize),
    /// Nobody's, until [`Watch::is_held`] says no.
    Hold,
}

/// When the watch was last told that it may flush.
struct Shown {
    /// Whether there was a turn since.
    worked: bool,
    at: Instant,
}

enum Pause {
    Stopped(Stopped),
    /// Let tokio run, and see whether anything comes.
    Quiet,
    /// Something besides turns is to be done.
    Errand(Box<dyn Errand>),
}

/// Runs tasks until the watch says stop.
pub async fn drive(kernel: &Rc<Kernel>, interp: &mut Interp, alarm: &mut Alarm, watch: &mut dyn Watch) -> Stopped {
    let mut shown = Shown { worked: false, at: Instant::now() };
    loop {
        match poll_fn(|cx| poll_loop(kernel, interp, alarm, watch, &mut shown, cx)).await {
            Pause::Stopped(stopped) => return stopped,
            Pause::Quiet => tokio::task::yield_now().await,
            Pause::Errand(errand) => errand.run(kernel, interp, alarm).await,
        }
    }
}

fn poll_loop(
    kernel: &Rc<Kernel>,
    interp: &mut Interp,
    alarm: &mut Alarm,
    watch: &mut dyn Watch,
    shown: &mut Shown,
    cx: &mut Context,
) -> Poll<Pause> {
    kernel.inbox.register(cx.waker());
    let mut turns = 0;
    let (began, started) = (kernel.clock.read(), Instant::now());
    loop {
        if kernel.stepped.get() && watch.is_held(kernel) {
            return Poll::Pending;
        }
        if !kernel.receive() {
            return Poll::Ready(Pause::Quiet);
        }
        kernel.fire_timers();
        kernel.run_cancels();
        if let Some(errand) = kernel.take_errand() {
            return Poll::Ready(Pause::Errand(errand));
        }
        if kernel.has_notices() {
            watch.notices(kernel);
        }
        if watch.reached(kernel) {
            return Poll::Ready(Pause::Stopped(Stopped::Reached));
        }
        let choice = if kernel.stepped.get() && kernel.has_ready() { watch.choose(kernel) } else { Choice::Policy };
        if choice == Choice::Hold {
            watch.idle();
            return Poll::Pending;
        }
        if let Some(task) = kernel.next_ready(choice) {
            kernel.turn(interp, &task);
            turns += 1;
            shown.worked = true;
            if turns < TURNS && !took_long(kernel, began, started, turns) {
                continue;
            }
            if shown.at.elapsed() > SHOWN_AFTER {
                watch.idle();
                *shown = Shown { worked: false, at: Instant::now() };
            }
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if std::mem::take(&mut shown.worked) {
            watch.idle();
            shown.at = Instant::now();
            turns = 0;
        }
        match kernel.rest(alarm, watch.waits_for_work(), cx) {
            Rest::Again => {}
            Rest::Wait => return Poll::Pending,
            Rest::Pause(pause) => return Poll::Ready(pause),
        }
    }
}

/// Whether tokio, and who else is on this thread, has waited long enough. A virtual clock can't tell.
fn took_long(kernel: &Kernel, began: Nanos, started: Instant, turns: u32) -> bool {
    match kernel.clock.is_virtual() {
        true => turns.is_multiple_of(8) && started.elapsed() > LONG,
        false => kernel.clock.last().saturating_sub(began) > kernel.clock.of_machine(LONG),
    }
}

enum Rest {
    Again,
    Wait,
    Pause(Pause),
}

impl Kernel {
    /// The task whose turn it is.
    fn next_ready(&self, choice: Choice) -> Option<TaskRef> {
        let mut ready = self.ready.borrow_mut();
        if let Choice::Index(index) = choice {
            return ready.remove(index);
        }
        let mut policy = self.policy.borrow_mut();
        if ready.len() > 1 && !policy.is_fifo() && self.stale.take() {
            ready.retain(|task| !task.is_done()); // who can't run is no choice
        }
        if ready.len() <= 1 || policy.is_fifo() {
            return ready.pop_front();
        }
        match policy.pick(&ready) {
            0 => ready.pop_front(),
            index => ready.remove(index),
        }
    }

    /// Wakes those whom the world outside has woken. False: what is on its way in this process has to arrive first.
    ///
    /// On a virtual clock a run must not depend on how fast sockets are. There news wait until nobody is ready and all
    /// that servers of this process and their clients send each other has arrived, and all threads of `to_thread` have
    /// answered; then they are taken together, in the order of the tasks' numbers.
    fn receive(self: &Rc<Self>) -> bool {
        if !self.clock.is_virtual() {
            self.deliver(self.inbox.take());
            return true;
        }
        let turns = self.deaf.get();
        if turns < TURNS && !self.ready.borrow().is_empty() {
            self.deaf.set(turns + 1); // a task that only yields must not keep the world out
            return true;
        }
        if self.inbox.is_busy() {
            return true; // which of several threads is the quickest must not matter either
        }
        let news = self.inbox.len();
        if self.heard.replace(news) != news {
            self.local.disturb();
        }
        if self.inside.get() > 0 && !self.local.settle(self.inside.get().saturating_sub(news)) {
            return false;
        }
        self.deaf.set(0);
        self.heard.set(0);
        let mut woken = self.inbox.take();
        woken.sort_unstable();
        self.deliver(woken);
        true
    }

    fn deliver(self: &Rc<Self>, woken: Vec<u32>) {
        for id in woken {
            self.local.disturb();
            let before = self.ready.borrow().len();
            if let Some(task) = self.task(id)
                && self.wants_turn(&task)
            {
                self.wake(&task);
                self.go_first(before, &task);
            }
        }
    }

    /// A task that has just been woken runs before those that its news have woken.
    fn go_first(&self, place: usize, task: &TaskRef) {
        let mut ready = self.ready.borrow_mut();
        let is_last = ready.back().is_some_and(|last| Rc::ptr_eq(last, task));
        if is_last && ready.len() > place + 1 {
            ready.pop_back();
            ready.insert(place, task.clone());
        }
    }

    /// Whether a task for which there are news is to go on.
    fn wants_turn(self: &Rc<Self>, task: &TaskRef) -> bool {
        if task.state() != State::Waiting {
            return true;
        }
        let future = match task.inner.borrow().calls.last() {
            Some(Call::Op(future)) => future.clone(),
            _ => return true,
        };
        let current = self.current.replace(Some(task.clone()));
        let wants = future.hear(&mut Cx { kernel: self, task });
        self.current.replace(current);
        self.clock.read(); // what that took is not the time of whose turn is next
        wants
    }

    /// Whether somebody is ready.
    fn has_ready(&self) -> bool {
        let mut ready = self.ready.borrow_mut();
        if self.stale.take() {
            ready.retain(|task| !task.is_done());
        }
        !ready.is_empty()
    }

    /// Wakes those whose time has come.
    pub(super) fn fire_timers(&self) {
        let now = self.clock.last();
        if self.earliest.get() > now {
            return;
        }
        loop {
            let due = self.timers.borrow_mut().pop_due(now);
            match due {
                Some((deadline, timer)) => self.wake_since(&timer.task, deadline, NO_TASK),
                None => break,
            }
        }
        self.local.ring(now);
        self.earliest.set(self.timers.borrow().earliest().min(self.local.earliest()));
    }

    fn has_notices(&self) -> bool {
        !self.notices.borrow().is_empty() || errors::any_dropped()
    }

    /// When something is next to happen by itself. Sleeps of servers count as long as somebody is there to see it.
    fn next_deadline(&self, awaited: bool) -> Option<Nanos> {
        let of_tasks = self.timers.borrow_mut().next_deadline();
        match of_tasks {
            None if !awaited => None,
            of_tasks => of_tasks.into_iter().chain(self.local.next_deadline()).min(),
        }
    }

    /// Nobody is ready. Waits for the next timer, or moves a virtual clock there.
    fn rest(&self, alarm: &mut Alarm, waits_for_work: bool, cx: &mut Context) -> Rest {
        let comes = self.outside.get() > 0 || self.inside.get() > 0 || self.local.is_listening();
        let awaited = comes || waits_for_work;
        let deadline = self.next_deadline(awaited);
        self.earliest.set(deadline.unwrap_or(Nanos::MAX));
        match deadline {
            None if !awaited => Rest::Pause(Pause::Stopped(Stopped::Deadlock)),
            // a virtual clock does not move while the world acts, nor while we talk to ourselves
            _ if self.clock.is_virtual() && (self.outside.get() > 0 || self.inbox.is_busy()) => Rest::Wait,
            _ if self.clock.is_virtual() && !self.local.settle(self.inside.get()) => Rest::Pause(Pause::Quiet),
            _ if self.clock.is_virtual() && !self.inbox.is_empty() => Rest::Again,
            _ if self.clock.is_virtual() && waits_for_work => Rest::Wait,
            None => Rest::Wait,
            Some(deadline) if self.clock.is_virtual() => {
                self.shared.touches.wait();
                self.clock.advance_to(deadline);
                Rest::Again
            }
            Some(deadline) => {
                if self.clock.read() >= deadline || alarm.poll(self.clock.instant(deadline), cx).is_ready() {
                    self.clock.read();
                    return Rest::Again;
                }
                Rest::Wait
            }
        }
    }
}
