//! A run in the foreground: it is started, and waited for.
//!
//! Ctrl-C stops it, and then the prompt is back at once. Mostly the run has ended by then. Where many tasks have to end, a
//! call can't be broken off, or a huge value is dropped, the prompt leaves the run to itself: what is typed next runs
//! behind it. Only `defer`s that run are waited for: whoever wrote them wants them to be heard, and Ctrl-C again ends them.

use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use super::backend::{Fate, Outcome, Reply, Run, RunKind};
use super::interrupt::News;
use super::save::Input;
use super::session::Session;
use super::spinner::Spinner;
use super::steer::Asker;
use super::terminal;
use crate::engine::token::Token;

/// After this long a run that ignores Ctrl-C can be abandoned with another,
const PATIENCE: Duration = Duration::from_secs(3);
/// and after so many in any case. Each of the first may have interrupted a `defer`.
const MANY_PRESSES: u32 = 10;
/// So long after Ctrl-C the prompt is back; without optimisation all takes longer.
const AT_ONCE: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1_000 } else { 120 });
/// How often it is looked whether `defer`s still run.
const LOOK: Duration = Duration::from_millis(50);

impl Session {
    /// Keeps for `:save` what an input has left, once that is known.
    pub(super) fn keep(&mut self, input: Input, outcome: &Outcome) {
        if let Some(number) = outcome.left {
            self.left.push((number, input));
        } else if !outcome.failed && outcome.cancelled.is_none() {
            self.worked.push(Input { gave_value: outcome.shown.is_some(), ..input });
        } else if outcome.ran {
            let variables = self.backend.names().variables.iter().map(|v| v.name.clone()).collect();
            self.worked.push(Input { left: Some(variables), ..input });
        }
    }

    /// Runs `source` in the foreground and waits for its end; Ctrl-C cancels it.
    pub(super) fn execute(&mut self, source: String, kind: RunKind) -> Outcome {
        self.past.note(&source, &kind);
        self.execute_in_order(source, kind, None)
    }

    /// The same in a certain order of the tasks.
    pub(super) fn execute_in_order(&mut self, source: String, kind: RunKind, order: Option<Token>) -> Outcome {
        self.hear_of_left();
        self.runs += 1;
        self.spare.take();
        self.interrupts.run_begins(self.tell.clone());
        let waited = Waited { number: self.runs, fate: Arc::default(), has_findings: kind.has_findings() };
        let (number, tell, fate) = (waited.number, self.tell.clone(), waited.fate.clone());
        let reply = Reply::new(move |outcome| {
            fate.end();
            let _ = tell.send(News::Done(number, outcome));
        });
        let (asks, fate) = (self.tell.clone(), waited.fate.clone());
        let asker = Asker(Arc::new(move |question| {
            if !fate.is_left() {
                drop(asks.send(News::Asked(question))); // else nobody is there, as after Ctrl-C
            }
        }));
        let (ask, step) = (asker.clone(), self.step.then_some(asker));
        let (width, paint, fate) = (terminal::width(), self.paint, waited.fate.clone());
        let run = Run { source, kind, lanes: self.lanes, width, paint, step, ask, order, fate };
        self.backend.run(run, reply);
        let outcome = self.outcome_of(&waited);
        self.interrupts.run_ended(outcome.left.map(|_| waited.fate));
        self.note(&outcome);
        // Pressed when the run had just ended.
        while let Ok(news) = self.news.try_recv() {
            match news {
                News::Interrupt => self.interrupts.at_prompt(true),
                News::Done(number, outcome) => self.left_has_ended(number, &outcome),
                News::Asked(unanswered) => drop(unanswered),
            }
        }
        outcome
    }

    fn note(&mut self, outcome: &Outcome) {
        if let Some((token, _)) = &outcome.token {
            self.past.token = Some(token.clone());
        }
        self.past.note_explored(&outcome.explored);
    }

    /// Takes note of runs that have ended since the prompt left them.
    pub(super) fn hear_of_left(&mut self) {
        while let Ok(news) = self.news.try_recv() {
            if let News::Done(number, outcome) = news {
                self.left_has_ended(number, &outcome);
            }
        }
    }

    /// Waits for the runs that were left, whose variables and tasks a command is about. False if Ctrl-C comes first.
    pub(super) fn waits_for_left(&mut self) -> bool {
        if !self.interrupts.is_behind() {
            return true;
        }
        let mut spinner = Spinner::new(self.settings.is_on("spinner"));
        self.interrupts.run_begins(self.tell.clone());
        let mut goes_on = true;
        while goes_on && self.interrupts.is_behind() {
            match self.news.recv_timeout(LOOK) {
                Err(_) => spinner.turn(&self.sink, self.backend.doing(), true),
                Ok(News::Done(number, outcome)) => self.left_has_ended(number, &outcome),
                Ok(News::Asked(unanswered)) => drop(unanswered),
                Ok(News::Interrupt) => goes_on = false,
            }
        }
        self.sink.try_clear_status();
        self.interrupts.run_ended(None);
        if !goes_on {
            self.interrupts.at_prompt(true);
            self.remark("not done: what was cancelled before has not ended yet");
        }
        goes_on
    }

    fn left_has_ended(&mut self, number: u64, outcome: &Outcome) {
        self.note(outcome);
        if let Some(at) = self.left.iter().position(|(left, _)| *left == number) {
            let (_, input) = self.left.remove(at);
            self.keep(input, outcome);
        }
    }

    /// Waits for the end of a run; Ctrl-C cancels it.
    fn outcome_of(&mut self, waited: &Waited) -> Outcome {
        let mut presses = Presses::default();
        let mut spinner = Spinner::new(self.settings.is_on("spinner"));
        let mut told = false;
        loop {
            let news = self.news.recv_timeout(presses.pause().min(spinner.pause()));
            if let Err(RecvTimeoutError::Timeout) = news {
                let doing = self.backend.doing();
                // a `defer` that Ctrl-C was meant for and that can't be broken off is not waited for
                let waits_for_defers = doing.defers && !(presses.count > 1 && self.backend.is_deaf());
                if presses.is_time_to_leave() && !waits_for_defers && !waited.has_findings {
                    self.sink.try_clear_status();
                    return self.leave(waited);
                }
                if presses.is_time_to_leave() && doing.defers && !self.settings.is_on("spinner") && !told {
                    told = true;
                    self.complain("a `defer` still runs: Ctrl-C again ends it");
                }
                spinner.turn(&self.sink, doing, self.interrupts.is_behind());
                continue;
            }
            match news {
                Ok(News::Interrupt) => self.sink.try_clear_status(),
                _ => self.sink.clear_status(),
            }
            match news {
                Ok(News::Done(done, outcome)) if done == waited.number => return outcome,
                Ok(News::Done(done, outcome)) => self.left_has_ended(done, &outcome),
                Ok(News::Asked(question)) => {
                    if let Some(unanswered) = self.ask(question) {
                        self.interrupted_in_run(&mut presses, &waited.fate);
                        drop(unanswered);
                    }
                }
                Ok(News::Interrupt) => {
                    spinner.stops();
                    self.interrupted_in_run(&mut presses, &waited.fate);
                }
                Err(_) => return Outcome::default(),
            }
        }
    }

    fn interrupted_in_run(&mut self, presses: &mut Presses, fate: &Fate) {
        if presses.is_in_vain(self.backend.is_deaf()) {
            terminal::restore();
            self.complain("the run does not stop; leaving");
            crate::system::process::leave(130);
        }
        fate.give_up(); // first: it may not have begun, or begin just now
        self.interrupts.in_run();
    }

    /// The prompt is back, and the run goes on to its end.
    fn leave(&self, waited: &Waited) -> Outcome {
        waited.fate.leave();
        let (tasks, is_deaf) = (self.backend.doing().tasks, self.backend.is_deaf());
        let why = match tasks {
            _ if is_deaf => "what goes on has not heeded that yet".to_owned(),
            0 | 1 => "the run is still to end".to_owned(),
            tasks => format!("{tasks} tasks are still to end"),
        };
        let cancelled = Some(format!("cancelled; {why}, and what is typed next waits for it"));
        Outcome { cancelled, left: Some(waited.number), ..Outcome::default() }
    }
}

/// A run that is waited for.
struct Waited {
    number: u64,
    fate: Arc<Fate>,
    /// It is stopped for what it has found by then.
    has_findings: bool,
}

/// Ctrl-C during one run.
#[derive(Default)]
struct Presses {
    count: u32,
    /// When it was pressed last.
    last: Option<Instant>,
    /// When the loop was asked to stop that has not heeded it since.
    unheeded: Option<Instant>,
}

impl Presses {
    /// Counts one more. Whether there is no use in it: the loop did not heed those before for long, or there are many.
    /// A run that heeds each, only to run the next `defer`, is stopped in the end.
    fn is_in_vain(&mut self, is_deaf: bool) -> bool {
        self.count += 1;
        let now = Instant::now();
        self.last = Some(now);
        self.unheeded = Some(self.unheeded.filter(|_| is_deaf).unwrap_or(now));
        self.unheeded.is_some_and(|since| now - since > PATIENCE) || self.count > MANY_PRESSES
    }

    /// How long to wait until the prompt is to leave the run, or to look whether it may.
    fn pause(&self) -> Duration {
        match self.last.map(|last| AT_ONCE.saturating_sub(last.elapsed())) {
            None => Duration::MAX,
            Some(Duration::ZERO) => LOOK,
            Some(left) => left,
        }
    }

    fn is_time_to_leave(&self) -> bool {
        self.last.is_some_and(|last| last.elapsed() >= AT_ONCE)
    }
}
