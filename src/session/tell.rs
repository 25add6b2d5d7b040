//! Telling what the loop notices. What comes again and again from the same place is told once, and then counted.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::{Speaker, speak};
use crate::engine::errors::{self, Notice, message_of};
use crate::engine::task::Outcome;
use crate::engine::{Kernel, TaskRef};
use crate::lang::{Failure, Frame};
use crate::report::Report;
use crate::trace::event::SiteId;
use crate::units::count;

/// Of so many different things the repeats are counted; what comes after is told each time.
const MOST: usize = 10_000;

/// How often, in turns, unseen failures are looked through: so many times for each of them.
const LOOKS: usize = 4;

/// What makes two things the same.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Same {
    NeverAwaited { name: String, made: SiteId },
    Blocked { name: Rc<str>, site: SiteId },
    Failed { message: String, origin: Option<String> },
}

/// The sentence for what has come so many times again.
type Again = Box<dyn Fn(u64) -> String>;

/// What was told in this run.
#[derive(Default)]
struct Told {
    places: HashMap<Same, usize>,
    /// How often it came again.
    again: Vec<(u64, Again)>,
}

/// Tells a speaker what the loop notices.
pub struct Teller {
    speaker: Rc<dyn Speaker>,
    told: RefCell<Told>,
    /// How many failures nobody awaited have been found.
    unseen: Cell<usize>,
    turns: Cell<usize>,
    /// The variables of the session, while no text of it runs.
    variables: RefCell<Vec<String>>,
}

impl Teller {
    pub fn new(speaker: Rc<dyn Speaker>) -> Self {
        Self {
            speaker,
            told: RefCell::default(),
            unseen: Cell::new(0),
            turns: Cell::new(0),
            variables: RefCell::default(),
        }
    }

    /// The variables that are known while nothing runs in the foreground.
    pub fn knows(&self, variables: Vec<String>) {
        *self.variables.borrow_mut() = variables;
    }

    /// A run begins: what was told before counts as new.
    pub fn begin(&self) {
        *self.told.borrow_mut() = Told::default();
    }

    /// How many failures nobody awaited have been found.
    pub fn unseen(&self) -> usize {
        self.unseen.get()
    }

    /// Tells what has been noticed since the last time.
    pub fn notices(&self, kernel: &Kernel) {
        let mut notices = std::mem::take(&mut *kernel.notices.borrow_mut());
        notices.extend(errors::take_dropped());
        let notices = notices.into_iter().map(|n| (same_notice(&n), times_of(&n), n));
        for (same, notice, times) in grouped(notices) {
            self.tell(same, times, || (notice_report(kernel, &notice, times), notice_again(kernel, &notice)));
        }
    }

    /// Tells of tasks that failed and that nobody awaited: all, or those that nobody can await any more.
    pub fn failed(&self, kernel: &Kernel, all: bool) {
        let failed = kernel.take_failed(all).into_iter().filter_map(|task| match task.outcome() {
            Some(Outcome::Failed(failure)) => Some((same_failure(&failure), 1, (task, failure))),
            _ => None,
        });
        for (same, (task, failure), times) in grouped(failed) {
            if !failure.is_stop() {
                self.unseen.set(self.unseen.get() + times as usize);
            }
            self.tell(same, times, || {
                let report = speak::unseen_report(kernel, &task, &failure, self.variables(kernel));
                (with_times(report, times), failed_again(&task))
            });
        }
    }

    /// The names of the variables at the top level: those of the text that runs, or what was left of the last one.
    fn variables(&self, kernel: &Kernel) -> Vec<String> {
        let main = kernel.task(0);
        let of_frame = |frames: &[&Frame]| {
            Some(frames.first()?.variables().map(|(name, _)| name.to_string()).collect::<Vec<String>>())
        };
        main.and_then(|main| kernel.with_frames(&main, of_frame)).unwrap_or_else(|| self.variables.borrow().clone())
    }

    /// The same between turns, for those that nobody can await any more; not looked through in each when they are many.
    #[inline]
    pub fn failed_for_sure(&self, kernel: &Kernel) {
        if kernel.has_failed() {
            let turns = self.turns.get() + 1;
            let is_time = turns * LOOKS >= kernel.count_failed();
            self.turns.set(if is_time { 0 } else { turns });
            if is_time {
                self.failed(kernel, false);
            }
        }
    }

    fn tell(&self, same: Same, times: u64, say: impl FnOnce() -> (Report, Again)) {
        let mut told = self.told.borrow_mut();
        if let Some(index) = told.places.get(&same).copied() {
            told.again[index].0 += times;
            return;
        }
        let (report, again) = say();
        if told.again.len() < MOST {
            let index = told.again.len();
            told.places.insert(same, index);
            told.again.push((0, again));
        }
        drop(told);
        self.speaker.report(&report);
    }

    /// Tells how often what was told before has come again.
    pub fn repeats(&self) {
        let mut told = self.told.borrow_mut();
        for (times, sentence) in told.again.iter_mut().filter(|(times, _)| *times > 0) {
            self.speaker.report(&Report::warning(sentence(std::mem::take(times))));
        }
    }
}

/// Puts together what is the same, in the order in which each came first, and counts it.
fn grouped<T>(items: impl Iterator<Item = (Same, u64, T)>) -> Vec<(Same, T, u64)> {
    let mut places: HashMap<Same, usize> = HashMap::new();
    let mut groups: Vec<(Same, T, u64)> = Vec::new();
    for (same, times, item) in items {
        match places.get(&same) {
            Some(index) => groups[*index].2 += times,
            None => {
                places.insert(same.clone(), groups.len());
                groups.push((same, item, times));
            }
        }
    }
    groups
}

fn same_notice(notice: &Notice) -> Same {
    match notice {
        Notice::NeverAwaited { name, made, .. } => Same::NeverAwaited { name: name.clone(), made: *made },
        Notice::Blocked { name, site, .. } => Same::Blocked { name: name.clone(), site: *site },
    }
}

fn times_of(notice: &Notice) -> u64 {
    match notice {
        Notice::NeverAwaited { times, .. } => *times,
        Notice::Blocked { .. } => 1,
    }
}

fn notice_report(kernel: &Kernel, notice: &Notice, times: u64) -> Report {
    let report = speak::notice_report(kernel, notice);
    match notice {
        Notice::NeverAwaited { .. } if times > 1 => report.note(format!("{} of them, made here", count(times))),
        _ => report,
    }
}

fn notice_again(kernel: &Kernel, notice: &Notice) -> Again {
    let place = place_of(kernel, notice);
    match notice {
        Notice::NeverAwaited { coroutine, .. } => {
            let what = if *coroutine { "coroutine" } else { "future" };
            Box::new(move |n| match n {
                1 => format!("1 more {what}{place} was never awaited"),
                n => format!("{} more {what}s{place} were never awaited", count(n)),
            })
        }
        Notice::Blocked { .. } => Box::new(move |n| match n {
            1 => format!("the loop was blocked once more{place}"),
            n => format!("the loop was blocked {} more times{place}", count(n)),
        }),
    }
}

fn with_times(report: Report, times: u64) -> Report {
    match times {
        1 => report,
        n => report.note(format!("{} failed with the same error at the same place", more_tasks(n - 1))),
    }
}

fn failed_again(task: &TaskRef) -> Again {
    let (id, name) = (task.id, task.name.clone());
    Box::new(move |n| format!("{} failed as task {id} \"{name}\" did, and nobody awaited that", more_tasks(n)))
}

fn same_failure(failure: &Failure) -> Same {
    Same::Failed { message: message_of(failure), origin: failure.origin.as_ref().map(ToString::to_string) }
}

/// ` at demo.rhai:3:5`, or nothing.
fn place_of(kernel: &Kernel, notice: &Notice) -> String {
    let site = match notice {
        Notice::NeverAwaited { made, .. } => *made,
        Notice::Blocked { site, .. } => *site,
    };
    kernel.place(site).map_or(String::new(), |place| format!(" at {place}"))
}

fn more_tasks(number: u64) -> String {
    if number == 1 { "1 more task".to_string() } else { format!("{} more tasks", count(number)) }
}

/// Names of tasks in a sentence: `3 "ticker", 7 "loader" and 2 more`.
pub fn names(list: &[TaskRef]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<String> = list.iter().take(SHOWN).map(|t| format!("{} \"{}\"", t.id, t.name)).collect();
    match list.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), count(more as u64)),
    }
}
