//! Turns that take too long: where their time went, and the warning about it.

use std::time::Duration;

use super::clock::Nanos;
use super::errors::Notice;
use super::kernel::Kernel;
use super::task::{Call, TaskRef};
use crate::trace::event::{Kind, SiteId, WaitClass};

/// A turn of this length, in nanoseconds, is spoken about.
pub(super) const BLOCKED: Nanos = 100_000_000;

/// Where the time of a turn went, as far as that is known.
#[derive(Clone, Copy)]
pub(super) struct Effort {
    /// How long the longest step took, and where it was.
    most: (u64, SiteId),
    /// How long functions blocked on purpose; how much of it in a row at one place, the last one and the longest.
    blocking: Nanos,
    last: (Nanos, SiteId),
    longest: (Nanos, SiteId),
}

impl Default for Effort {
    fn default() -> Self {
        let none = (0, SiteId::NONE);
        Self { most: none, blocking: 0, last: none, longest: none }
    }
}

impl Effort {
    /// How long the longest step took so far.
    #[inline]
    pub(super) fn most(self) -> u64 {
        self.most.0
    }

    /// Whether none of the time went into the script's own steps, as far as is known.
    pub(super) fn is_idle(self) -> bool {
        self.most.0 < BLOCKED && self.blocking < BLOCKED
    }

    /// The same, after a longer step.
    pub(super) fn and_computing(self, nanos: Nanos, site: SiteId) -> Self {
        Self { most: (nanos, site), ..self }
    }

    /// The same, after a function at this place has blocked for so long.
    pub(super) fn and_blocking(mut self, nanos: Nanos, site: SiteId) -> Self {
        self.blocking = self.blocking.saturating_add(nanos);
        let before = if site == self.last.1 { self.last.0 } else { 0 };
        self.last = (before.saturating_add(nanos), site);
        if self.last.0 > self.longest.0 {
            self.longest = self.last;
        }
        self
    }

    /// The place that took most of a turn of this length; `stands` is where the task stands at its end.
    fn site(self, turn: Nanos, stands: SiteId) -> SiteId {
        let computing = turn.saturating_sub(self.blocking);
        match self.most.1 {
            _ if self.longest.0 >= computing => self.longest.1,
            SiteId::NONE if stands == SiteId::NONE => self.longest.1,
            SiteId::NONE => stands,
            longest_step => longest_step,
        }
    }
}

impl Kernel {
    /// Whether a turn of this length is too long. On a fast clock the time that the machine needs to compute looks
    /// long; what blocks on purpose is as long as it says.
    pub(super) fn is_blocking(&self, nanos: Nanos) -> bool {
        self.effort.get().blocking > BLOCKED || nanos > self.clock.of_machine(Duration::from_nanos(BLOCKED))
    }

    /// Whether a turn that took too long is somebody else's loss. Who is alone and computes keeps nobody waiting; who
    /// sleeps without `await` is told even then, as it is a mistake that costs as soon as there are others.
    fn has_victims(&self) -> bool {
        self.live.borrow().len() > 1 || self.effort.get().blocking > 0
    }

    /// A turn took too long: records it, and speaks up.
    pub(super) fn blocked(&self, task: &TaskRef, calls: &[Call], nanos: Nanos) {
        let millis = nanos / 1_000_000;
        let site = self.effort.get().site(nanos, self.stands_at(task, calls));
        let most = u32::try_from(millis).unwrap_or(u32::MAX);
        self.record(self.clock.last(), task.id, Kind::Blocked, WaitClass::None, site, most);
        if !self.has_victims() {
            return;
        }
        self.fire_timers(); // those whose time came meanwhile had to wait, too
        let half = self.clock.last().saturating_sub(nanos / 2);
        let others = self.ready.borrow().iter().filter(|t| t.id != task.id && t.since() <= half).count();
        let notice = Notice::Blocked { id: task.id, name: task.name.clone(), millis, site, others };
        self.notices.borrow_mut().push(notice);
    }
}
