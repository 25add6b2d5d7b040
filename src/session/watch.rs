//! What is looked at between the turns of the loop: while a text runs, when it has ended, and while the prompt waits.

use std::rc::Rc;
use std::sync::Arc;

use rhai::Dynamic;

use super::step::Stepper;
use super::tell::Teller;
use super::{Control, Speaker, Stop, deadlock, speak};
use crate::engine::clock::Nanos;
use crate::engine::drive::{Choice, Watch};
use crate::engine::errors::Notice;
use crate::engine::{Kernel, TaskRef};

/// What all of them have at hand.
#[derive(Clone)]
pub struct Eyes {
    pub speaker: Rc<dyn Speaker>,
    pub control: Arc<Control>,
    pub teller: Rc<Teller>,
}

pub fn cancel_all(kernel: &Rc<Kernel>, control: &Control) {
    kernel.tasks().iter().for_each(|task| cancel(kernel, control, task));
    kernel.run_cancels();
}

/// Cancels a task for a stop that was asked for, unless that has ended its evaluation already: then a cancellation would
/// be the second one, and interrupt its `defer`s.
fn cancel(kernel: &Kernel, control: &Control, task: &TaskRef) {
    if !(task.is_ending() && control.since_broken_off(task.id).is_some()) {
        kernel.cancel(task);
    }
}

/// Watches a foreground run.
pub struct RunWatch {
    pub main: TaskRef,
    pub eyes: Eyes,
    pub stop: Option<Stop>,
    /// What `exit` was called with.
    pub exit: Option<Dynamic>,
    /// The run's other tasks, when it was stopped.
    pub of_run: Vec<TaskRef>,
    /// Stops the run before its steps.
    pub stepper: Option<Stepper>,
    /// When to look next for tasks that wait for each other while others go on; never again once that was told.
    look_at: Option<Nanos>,
}

/// So often that is looked for, and among so many tasks at most.
const LOOK_EVERY: Nanos = 1_000_000_000;
const LOOK_AMONG: usize = 1_000;

impl RunWatch {
    pub fn new(main: TaskRef, eyes: Eyes) -> Self {
        Self { main, eyes, stop: None, exit: None, of_run: Vec::new(), stepper: None, look_at: Some(0) }
    }

    /// Tasks that wait for each other hold up the run, also where others in the background go on.
    fn look_for_circle(&mut self, kernel: &Kernel, now: Nanos) {
        let is_first = self.look_at == Some(0);
        self.look_at = Some(now.saturating_add(LOOK_EVERY));
        if !is_first && kernel.task_count() <= LOOK_AMONG && !deadlock::is_timed(kernel) {
            self.tell_circle(kernel);
        }
    }

    fn tell_circle(&mut self, kernel: &Kernel) {
        let control = &self.eyes.control;
        if let Some(report) = deadlock::stuck_report(kernel, |task| control.is_foreground(task)) {
            self.eyes.speaker.report(&report);
            self.look_at = None;
        }
    }

    fn heed(&mut self, kernel: &Rc<Kernel>, stop: Stop) {
        if stop == Stop::Timeout {
            self.eyes.speaker.report(&speak::timeout_report(kernel, &self.eyes.control));
        }
        self.stop = Some(stop);
        match stop {
            Stop::Foreground => {
                let control = &self.eyes.control;
                self.of_run = kernel.tasks().into_iter().filter(|t| t.id != 0 && control.is_foreground(t.id)).collect();
                kernel.spare_before(control.first());
                if self.look_at.is_some() {
                    self.tell_circle(kernel);
                }
                cancel(kernel, &self.eyes.control, &self.main);
            }
            Stop::All | Stop::Timeout | Stop::HungUp | Stop::Terminated => {
                kernel.spare_before(0);
                cancel_all(kernel, &self.eyes.control);
            }
        }
        kernel.run_cancels();
    }
}

impl Watch for RunWatch {
    fn is_held(&mut self, kernel: &Rc<Kernel>) -> bool {
        self.stepper.as_mut().is_some_and(|stepper| stepper.is_held(kernel))
    }

    fn choose(&mut self, kernel: &Rc<Kernel>) -> Choice {
        self.stepper.as_mut().map_or(Choice::Policy, |stepper| stepper.choose(kernel))
    }

    fn reached(&mut self, kernel: &Rc<Kernel>) -> bool {
        self.eyes.speaker.follow(kernel);
        let now = kernel.clock.last();
        if self.look_at.is_some_and(|at| now >= at) {
            self.look_for_circle(kernel, now);
        }
        if let Some(stop) = self.eyes.control.take() {
            self.heed(kernel, stop);
        }
        if let Some(value) = kernel.take_exit(|task| self.eyes.control.is_foreground(task)) {
            self.exit.get_or_insert(value);
            kernel.cancel(&self.main);
            kernel.run_cancels();
        }
        self.eyes.teller.failed_for_sure(kernel);
        self.main.is_done() || kernel.explorations.has_met()
    }

    fn notices(&mut self, kernel: &Rc<Kernel>) {
        let control = &self.eyes.control;
        if control.is_asked() && (control.peek() != Some(Stop::Timeout) || control.broken_off().is_some()) {
            // who stops code that does not yield knows that it did not yield; the report of a time limit says so, too
            kernel.notices.borrow_mut().retain(|n| !matches!(n, Notice::Blocked { .. }));
        }
        self.eyes.teller.notices(kernel);
    }

    fn idle(&mut self) {
        self.eyes.speaker.idle();
    }

    fn waits_for_work(&self) -> bool {
        false
    }
}

/// Watches the tasks that remain at the end of a script.
pub struct EndWatch {
    pub eyes: Eyes,
    pub stop: Option<Stop>,
}

impl Watch for EndWatch {
    fn reached(&mut self, kernel: &Rc<Kernel>) -> bool {
        self.eyes.speaker.follow(kernel);
        if self.stop.is_none() {
            self.stop = self.eyes.control.take();
            if self.stop == Some(Stop::Timeout) {
                self.eyes.speaker.report(&speak::timeout_report(kernel, &self.eyes.control));
            }
        }
        self.stop.is_some() || !kernel.has_tasks()
    }

    fn notices(&mut self, kernel: &Rc<Kernel>) {
        self.eyes.teller.notices(kernel);
    }

    fn idle(&mut self) {
        self.eyes.speaker.idle();
    }

    fn waits_for_work(&self) -> bool {
        false
    }
}

/// Watches background tasks while the prompt waits for a line.
pub struct IdleWatch {
    pub eyes: Eyes,
}

impl Watch for IdleWatch {
    fn reached(&mut self, kernel: &Rc<Kernel>) -> bool {
        self.eyes.speaker.follow(kernel);
        if kernel.has_failed() {
            self.eyes.teller.failed(kernel, true);
        }
        if self.eyes.control.take_wide().is_some() {
            cancel_all(kernel, &self.eyes.control);
        }
        false
    }

    fn notices(&mut self, kernel: &Rc<Kernel>) {
        self.eyes.teller.notices(kernel);
    }

    fn idle(&mut self) {
        self.eyes.speaker.idle();
    }

    fn waits_for_work(&self) -> bool {
        true
    }
}
