//! Step mode: the run stops before each step and shows who is ready, who waits where, their variables and the timers;
//! somebody says who runs next.
//!
//! A step is a turn of a task. All tasks are stopped at, those of earlier runs as well: there is one ready queue, and who
//! is the event loop must see all of it. While a run is stopped its clock stands still, so that no timer comes due by
//! surprise. When the run has ended, what is left of it goes on by itself.

mod command;
mod draw;
mod look;

use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use command::Command;
use look::{Look, Memory, title};

use super::control::{Control, Stop};
use super::tree::tree;
use super::{Session, Speaker, inspect};
use crate::engine::Kernel;
use crate::engine::drive::Choice;
use crate::engine::inbox::Inbox;
use crate::engine::schedule::Fifo;
use crate::report::Report;
use crate::trace::render::{Options, View as _, text};

/// Who is asked before each step: a person at a terminal, or the lines of a pipe.
pub trait Conductor {
    /// Shows `text`, and asks for a line with `question` before it. Must not wait: the answer may come from any thread.
    fn ask(&self, text: &str, question: &str, answer: Answer);

    /// How what it shows is drawn.
    fn options(&self) -> Options;

    /// What `q` stops: the foreground run, or all.
    fn quits(&self) -> Stop;
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Line(String),
    /// The end of the input: nobody will answer any more.
    End,
}

/// Where the answer to one question goes.
#[derive(Clone, Debug)]
pub struct Answer {
    slot: Arc<Mutex<Option<Said>>>,
    inbox: Arc<Inbox>,
}

impl Answer {
    fn new(inbox: Arc<Inbox>) -> Self {
        Self { slot: Arc::default(), inbox }
    }

    /// Gives the answer, and lets the loop go on.
    pub fn give(&self, said: Said) {
        *self.slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
        self.inbox.nudge();
    }

    fn take(&self) -> Option<Said> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// When the run is stopped next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Before the next step.
    Step,
    /// When this task has had a turn; whether it has.
    Until(u32, bool),
    /// When there is a task of this number.
    Made(u32),
    /// Never again.
    Free,
}

/// Stops a run before its steps.
pub(super) struct Stepper {
    conductor: Rc<dyn Conductor>,
    control: Arc<Control>,
    speaker: Rc<dyn Speaker>,
    /// The number of the step that is next.
    number: u64,
    mode: Mode,
    /// The question that has not been answered.
    asked: Option<Answer>,
    /// Whom the policy picks, and whom the user picked.
    suggested: u32,
    picked: Option<u32>,
    memory: Memory,
    /// The choices made so far, as a token has them.
    choices: Vec<u32>,
    /// Whether the user has left the order that the run was to have.
    left: bool,
}

impl Stepper {
    pub(super) fn new(conductor: Rc<dyn Conductor>, control: Arc<Control>, speaker: Rc<dyn Speaker>) -> Self {
        Self {
            conductor,
            control,
            speaker,
            number: 1,
            mode: Mode::Step,
            asked: None,
            suggested: 0,
            picked: None,
            memory: Memory::default(),
            choices: Vec::new(),
            left: false,
        }
    }

    /// Whether the loop has to stand still.
    pub(super) fn is_held(&mut self, kernel: &Kernel) -> bool {
        let Some(answer) = &self.asked else {
            return false;
        };
        if self.control.is_asked() {
            self.set_free();
            return false;
        }
        let Some(said) = answer.take() else {
            return true;
        };
        self.asked = None;
        match said {
            Said::End => self.set_free(),
            Said::Line(line) => match command::parse(&line) {
                Ok(command) => self.obey(kernel, command),
                Err(why) => self.ask(kernel, &why),
            },
        }
        self.asked.is_some()
    }

    /// Whose turn is next.
    pub(super) fn choose(&mut self, kernel: &Kernel) -> Choice {
        let picked = self.picked.take();
        if self.mode == Mode::Free {
            kernel.set_stepped(false);
            kernel.clock.release();
        }
        if let Some(index) = picked.and_then(|id| kernel.ready_tasks().iter().position(|t| t.id == id)) {
            return self.take(kernel, index);
        }
        if self.mode == Mode::Free {
            return Choice::Policy;
        }
        let index = kernel.suggested();
        let Some(next) = kernel.ready_tasks().get(index).cloned() else {
            return Choice::Policy;
        };
        if let Mode::Until(id, ran) = self.mode {
            if !ran && kernel.task(id).is_some() {
                self.mode = Mode::Until(id, next.id == id);
                return self.take(kernel, index);
            }
            self.mode = Mode::Step;
        }
        if let Mode::Made(id) = self.mode {
            if id >= kernel.next_task_id() {
                return self.take(kernel, index);
            }
            self.mode = Mode::Step;
        }
        self.suggested = next.id;
        self.show(kernel);
        Choice::Hold
    }

    fn take(&mut self, kernel: &Kernel, index: usize) -> Choice {
        self.number += 1;
        if kernel.ready_tasks().len() > 1 {
            self.choices.push(index as u32);
        }
        kernel.clock.release();
        Choice::Index(index)
    }

    /// Lets the run go on by itself.
    fn set_free(&mut self) {
        self.mode = Mode::Free;
        self.asked = None;
        self.picked = Some(self.suggested); // it may have been drawn already
    }

    /// Shows the loop, and asks what to do.
    fn show(&mut self, kernel: &Kernel) {
        kernel.clock.hold();
        self.speaker.follow(kernel);
        self.speaker.idle();
        let look = Look::new(kernel, self.number, &mut self.memory);
        let text = draw::look(&look, &self.conductor.options());
        self.ask(kernel, &text);
    }

    fn ask(&mut self, kernel: &Kernel, text: &str) {
        let name = kernel.task(self.suggested).map_or(String::new(), |t| t.name.to_string());
        let question = draw::question(&title(self.suggested, &name), &self.conductor.options());
        let answer = Answer::new(kernel.inbox.clone());
        self.asked = Some(answer.clone());
        self.conductor.ask(text, &question, answer);
    }

    fn obey(&mut self, kernel: &Kernel, command: Command) {
        match command {
            Command::Go => self.picked = Some(self.suggested),
            Command::Pick(id) => self.pick(kernel, id),
            Command::Until(id) => match kernel.task(id) {
                Some(_) => {
                    self.mode = Mode::Until(id, id == self.suggested);
                    self.picked = Some(self.suggested);
                }
                None if id >= kernel.next_task_id() => {
                    self.mode = Mode::Made(id);
                    self.picked = Some(self.suggested);
                }
                None => self.ask(kernel, &no_task(kernel, id)),
            },
            Command::Continue => self.set_free(),
            Command::Quit => {
                self.control.ask(self.conductor.quits());
                self.set_free();
            }
            Command::Why(id) => {
                let text = kernel.task(id).map_or_else(|| no_task(kernel, id), |task| inspect::why(kernel, &task));
                self.ask(kernel, &text);
            }
            Command::Tree => self.ask(kernel, &tree(kernel, &self.conductor.options())),
            Command::Steps => {
                let steps = text::Text.render(&kernel.recording.borrow(), &self.conductor.options());
                self.ask(kernel, &steps);
            }
            Command::Help => self.ask(kernel, command::HELP),
        }
    }

    /// What to say if the run has ended while it went on to a task that never came to be.
    fn unmet(&self, kernel: &Kernel) -> Option<Report> {
        let Mode::Made(id) = self.mode else { return None };
        let last = kernel.next_task_id().saturating_sub(1);
        let made = if last == 0 { "there was none but main".to_string() } else { format!("the last is task {last}") };
        let title = format!("the run went on to its end: task {id}, to which `b {id}` was to run, never came to be");
        (id > last).then(|| Report::warning(title).note(made))
    }

    fn pick(&mut self, kernel: &Kernel, id: u32) {
        if kernel.ready_tasks().iter().any(|t| t.id == id) {
            if id != self.suggested && !kernel.is_fifo() {
                // what the order says of later steps holds no more
                kernel.set_policy(Box::new(Fifo));
                self.left = true;
            }
            self.picked = Some(id);
            return;
        }
        let why = match kernel.task(id) {
            Some(task) => {
                let on = inspect::waits_for(kernel, &task);
                format!("{} waits for {on}: only those in the ready queue can run", title(id, &task.name))
            }
            None => no_task(kernel, id),
        };
        self.ask(kernel, &why);
    }
}

impl Session {
    /// Who is asked before each step of the runs to come; nobody if none.
    pub fn set_conductor(&mut self, conductor: Option<Rc<dyn Conductor>>) {
        self.conductor = conductor;
    }

    /// A run begins.
    pub(super) fn begin_steps(&self) -> Option<Stepper> {
        let conductor = self.conductor.clone()?;
        self.kernel.set_stepped(true);
        Some(Stepper::new(conductor, self.control.clone(), self.speaker.clone()))
    }

    /// It has ended.
    pub(super) fn end_steps(&mut self, stepper: Option<Stepper>) {
        self.kernel.set_stepped(false);
        self.kernel.clock.release();
        if let Some(stepper) = stepper {
            if let Some(report) = stepper.unmet(&self.kernel) {
                self.report(&report);
            }
            self.note_choices(stepper.left, stepper.choices);
        }
    }
}

fn no_task(kernel: &Kernel, id: u32) -> String {
    match id < kernel.next_task_id() {
        true => format!("task {id} has ended"),
        false => format!("there is no task {id}"),
    }
}
