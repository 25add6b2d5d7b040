//! What goes on in this process beside the tasks: servers of ours, and futures that sleep on the loop's clock without
//! being a task's.
//!
//! A connection of such a server is served by tokio, not by a task of the loop, and yet its delays must follow the loop's
//! clock. So a future may hang a bell into the loop's timers, which wakes whoever polled it. And a virtual clock must
//! not move on while what these servers and their clients send each other is on its way: see [`Local::settle`].

use std::cell::{Cell, RefCell};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::clock::Nanos;
use super::kernel::Kernel;
use super::timers::{Deadlines, Due};

/// How often tokio is let run without a sign of life before the sockets count as quiet.
const ROUNDS: u32 = 48;
/// The same in time, if all requests under way are known to wait for the clock: loopback delivers at once.
const SHORT: Duration = Duration::from_micros(50);
/// The same if some are not: they may be on their way.
const LONG: Duration = Duration::from_millis(2);

/// On whose behalf a future sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// One who waits for an answer.
    Client,
    /// A server of this process, which lets a client wait.
    Server,
}

/// The part of the loop's state that servers of this process share with it.
#[derive(Default)]
pub struct Local {
    /// The ports of servers of this process, and of how many: one that has stopped may still have answers under way
    /// when the next one listens there.
    ports: RefCell<HashMap<u16, usize>>,
    bells: RefCell<Deadlines<Rc<Bell>>>,
    /// The ports from which sockets of this process have connected to those.
    pub clients: RefCell<HashSet<u16>>,
    /// How many listeners there are to which the world may connect: with one, a loop at rest is no deadlock.
    listening: Cell<usize>,
    /// How many sleeps of servers have not ended.
    parked: Cell<usize>,
    /// Whether anything has happened since the sockets were last seen to be quiet.
    disturbed: Cell<bool>,
    /// How often, and since when, tokio has run without a sign of life.
    rounds: Cell<u32>,
    since: Cell<Option<Instant>>,
}

impl Local {
    /// Something was sent, or came, or is about to: the sockets have to become quiet again.
    pub fn disturb(&self) {
        self.disturbed.set(true);
        self.rounds.set(0);
    }

    /// Whether this is the port of a server of this process.
    pub fn is_served(&self, port: u16) -> bool {
        self.ports.borrow().contains_key(&port)
    }

    /// Whether a socket of this process is at this port.
    pub fn is_client(&self, port: u16) -> bool {
        self.clients.borrow().contains(&port)
    }

    /// Whether the world may connect.
    pub(super) fn is_listening(&self) -> bool {
        self.listening.get() > 0
    }

    /// Whether what servers of this process and their clients send each other has arrived. If not, tokio is to be let
    /// run, and this to be asked again. `waiting` is the number of those who wait for such a server and of whom nothing
    /// has been heard yet.
    pub(super) fn settle(&self, waiting: usize) -> bool {
        if !self.disturbed.get() {
            return true;
        }
        let rounds = self.rounds.get() + 1;
        self.rounds.set(rounds);
        if rounds == 1 {
            self.since.set(Some(Instant::now()));
        }
        let quiet = if waiting > self.parked.get() { LONG } else { SHORT };
        let over = rounds > ROUNDS && self.since.get().is_none_or(|since| since.elapsed() >= quiet);
        if over {
            self.disturbed.set(false);
        }
        over
    }

    /// The next deadline of those who sleep.
    pub(super) fn next_deadline(&self) -> Option<Nanos> {
        self.bells.borrow_mut().next_deadline()
    }

    /// The earliest deadline, whether or not somebody still waits for it.
    pub(super) fn earliest(&self) -> Nanos {
        self.bells.borrow().earliest()
    }

    /// Wakes those whose time has come.
    pub(super) fn ring(&self, now: Nanos) {
        loop {
            let due = self.bells.borrow_mut().pop_due(now);
            let Some((_, bell)) = due else {
                return;
            };
            self.disturb();
            if let Some(waker) = bell.0.take() {
                waker.wake();
            }
        }
    }
}

/// Counts for the loop as long as it lives.
pub struct Counted {
    kernel: Rc<Kernel>,
    count: fn(&Local) -> &Cell<usize>,
}

impl Counted {
    fn new(kernel: &Rc<Kernel>, count: fn(&Local) -> &Cell<usize>) -> Self {
        let counted = Self { kernel: kernel.clone(), count };
        counted.change(|n| n + 1);
        counted
    }

    fn change(&self, change: impl Fn(usize) -> usize) {
        let count = (self.count)(&self.kernel.local);
        count.set(change(count.get()));
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.change(|n| n - 1);
    }
}

/// A server of this process has a port as long as this lives.
pub struct Served {
    kernel: Rc<Kernel>,
    port: u16,
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Entry::Occupied(mut servers) = self.kernel.local.ports.borrow_mut().entry(self.port) {
            *servers.get_mut() -= 1;
            if *servers.get() == 0 {
                servers.remove();
            }
        }
    }
}

/// What a sleeping future is woken by.
struct Bell(RefCell<Option<Waker>>);

impl Due for Rc<Bell> {
    /// Whether the future that sleeps is still there.
    fn is_current(&self) -> bool {
        Rc::strong_count(self) > 1
    }
}

/// A sleep on the loop's clock, to be polled by anybody on the loop's thread.
pub struct Sleep {
    kernel: Rc<Kernel>,
    deadline: Nanos,
    side: Side,
    bell: Option<Rc<Bell>>,
}

impl Kernel {
    /// A future that is ready when so much time has passed on the loop's clock, counted from now.
    pub fn sleep(self: &Rc<Self>, length: Duration, side: Side) -> Sleep {
        let length = Nanos::try_from(length.as_nanos()).unwrap_or(Nanos::MAX);
        let deadline = self.clock.read().saturating_add(length);
        Sleep { kernel: self.clone(), deadline, side, bell: None }
    }

    /// There is a listener to which the world may connect, while what this gives lives.
    pub fn listens(self: &Rc<Self>) -> Counted {
        Counted::new(self, |local| &local.listening)
    }

    /// A server of this process has this port, while what this gives lives.
    pub fn serves_at(self: &Rc<Self>, port: u16) -> Served {
        *self.local.ports.borrow_mut().entry(port).or_default() += 1;
        Served { kernel: self.clone(), port }
    }

    /// A task of this loop makes an answer that a client waits for, while what this gives lives: nothing is on its
    /// way between the two.
    pub fn answers(self: &Rc<Self>) -> Counted {
        Counted::new(self, |local| &local.parked)
    }

    /// Makes the loop look at its timers again if it has gone to rest without knowing of this one.
    fn expect(&self, deadline: Nanos) {
        if deadline < self.earliest.get() {
            self.earliest.set(deadline);
            if self.current.borrow().is_none() {
                self.inbox.nudge();
            }
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<()> {
        if self.kernel.clock.read() >= self.deadline {
            self.end();
            return Poll::Ready(());
        }
        if let Some(bell) = &self.bell {
            let mut waker = bell.0.borrow_mut();
            if !waker.as_ref().is_some_and(|w| w.will_wake(cx.waker())) {
                *waker = Some(cx.waker().clone());
            }
            return Poll::Pending;
        }
        let bell = Rc::new(Bell(RefCell::new(Some(cx.waker().clone()))));
        let local = &self.kernel.local;
        local.bells.borrow_mut().set(self.deadline, bell.clone());
        if self.side == Side::Server {
            local.parked.set(local.parked.get() + 1);
        }
        self.kernel.expect(self.deadline);
        self.bell = Some(bell);
        Poll::Pending
    }
}

impl Sleep {
    /// It sleeps no longer.
    fn end(&mut self) {
        let Some(bell) = self.bell.take() else {
            return;
        };
        let local = &self.kernel.local;
        if self.side == Side::Server {
            local.parked.set(local.parked.get() - 1);
        }
        let waits = Rc::strong_count(&bell) > 1;
        drop(bell);
        if waits {
            local.bells.borrow_mut().forget();
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.end();
    }
}
