//! A session: an engine, a loop, and the variables that last from one run to the next.
//!
//! The command line makes one for a script, the prompt one for its life. A run compiles a text, starts it as the task
//! `main`, and drives the loop until that task has ended; what it spawned may live on.

mod control;
pub mod engine;
pub mod inspect;
mod speak;
pub use speak::compile_report;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use rhai::{Dynamic, Scope};

pub use control::{Control, Stop};
pub use speak::value_text;

use crate::engine::alarm::Alarm;
use crate::engine::clock::Nanos;
use crate::engine::drive::{Stopped, Watch, drive};
use crate::engine::errors;
use crate::engine::task::{Call, Outcome};
use crate::engine::{Kernel, TaskRef};
use crate::host::Host;
use crate::lang::lint::{Before, lint};
use crate::lang::{self, CompileError, Failure, Frame, Interp, Program, Unit};
use crate::report::Report;
use crate::trace::event::SiteId;

/// How often main is cancelled after a deadlock before it is given up.
const MOST_CANCELS: usize = 20;

/// How a session differs from the usual one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    pub virtual_time: bool,
    /// Keep no recording.
    pub unrecorded: bool,
}

/// An engine with its loop and its variables.
pub struct Session {
    pub kernel: Rc<Kernel>,
    pub interp: Interp,
    pub control: Arc<Control>,
    scope: Scope<'static>,
    alarm: Alarm,
    speaker: Rc<dyn Speaker>,
    /// When the last run began.
    began: Nanos,
    /// How many failures nobody awaited have been reported.
    unseen: Rc<Cell<usize>>,
}

/// Where a session says what it has to say by itself.
pub trait Speaker: Host {
    /// A warning or an error to show.
    fn report(&self, report: &Report);

    /// Nobody is ready: output may be flushed.
    fn idle(&self) {}

    /// Called between turns; for views that follow a run as it goes on.
    fn follow(&self, _: &Kernel) {}

    /// The same speaker, as what functions of the library need.
    fn host(self: Rc<Self>) -> Rc<dyn Host>;
}

/// How a run ended.
#[derive(Debug)]
pub enum End {
    Value(Dynamic),
    Failed(Rc<Failure>),
    Cancelled,
    Deadlock,
    /// It was stopped from outside.
    Stopped(Stop),
    NotCompiled(Box<CompileError>),
}

impl Session {
    /// A session that says what it has to say to `speaker`. Must be made on a tokio runtime.
    pub fn new(speaker: Rc<dyn Speaker>, settings: Settings) -> Self {
        let control = Arc::new(Control::default());
        let (kernel, interp) = engine::build(&speaker, &control, settings);
        control.attach(kernel.inbox.clone());
        Self {
            kernel,
            interp,
            control,
            scope: Scope::new(),
            alarm: Alarm::new(),
            speaker,
            began: 0,
            unseen: Rc::default(),
        }
    }

    /// Compiles a text without running it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn compile(&self, name: &str, text: &str) -> Result<Program, Box<CompileError>> {
        lang::compile(&self.interp.engine, &self.interp.shared, name, text, Unit::Script)
    }

    /// Runs a text as the task `main` until it has ended. Reports what goes wrong. Others that are ready run, too.
    pub async fn run(&mut self, name: &str, text: &str) -> End {
        let program = match self.compile(name, text) {
            Ok(program) => program,
            Err(error) => {
                self.speaker.report(&speak::compile_report(&error));
                return End::NotCompiled(error);
            }
        };
        self.lint(&program, Before::Run);
        self.run_program(&program).await
    }

    /// Says what in a program is legal, but hardly meant.
    pub fn lint(&self, program: &Program, before: Before) {
        for lint in lint(program, before, &crate::stdlib::is_awaitable) {
            self.speaker.report(&speak::lint_report(&lint));
        }
    }

    /// Runs a compiled text.
    pub async fn run_program(&mut self, program: &Program) -> End {
        self.interp.add_functions(&program.ast);
        self.kernel.begin_run();
        self.kernel.recording.borrow_mut().add_source(&program.source.name, &program.source.text);
        self.began = self.kernel.clock.last();
        self.control.begin(self.kernel.next_task_id());
        let frame = Frame::new(program.body.clone(), std::mem::take(&mut self.scope), None, None);
        let main = self.kernel.start_as(0, "main", Call::Frame(Box::new(frame)), SiteId::NONE);
        main.flag(|f| f.seen = true);
        let mut watch =
            RunWatch { main: main.clone(), control: self.control.clone(), speaker: self.speaker.clone(), stop: None };
        let stopped = drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
        let mut stop = watch.stop;
        let deadlock = stopped == Stopped::Deadlock && !main.is_done();
        if deadlock {
            self.speaker.report(&speak::deadlock_report(&self.kernel));
            // a `defer` that waits for ever needs another
            for _ in 0..MOST_CANCELS {
                self.kernel.cancel(&main);
                stop = stop.or(self.drive_until_done(&main).await);
                if main.is_done() {
                    break;
                }
            }
        }
        self.scope = self.kernel.take_retired().unwrap_or_default();
        self.control.end();
        let end = match main.outcome() {
            _ if deadlock => End::Deadlock,
            Some(Outcome::Value(value)) => End::Value(value),
            Some(Outcome::Failed(failure)) => End::Failed(failure),
            Some(Outcome::Cancelled) | None => stop.map_or(End::Cancelled, End::Stopped),
        };
        self.report_end(&end);
        self.report_failed(false);
        end
    }

    fn report_end(&self, end: &End) {
        if let End::Failed(failure) = end {
            self.speaker.report(&speak::failure_report(failure));
        }
    }

    async fn drive_until_done(&mut self, main: &TaskRef) -> Option<Stop> {
        let mut watch =
            RunWatch { main: main.clone(), control: self.control.clone(), speaker: self.speaker.clone(), stop: None };
        drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
        watch.stop
    }

    /// Reports tasks that failed and that nobody awaited: all, or those that nobody can await any more.
    pub fn report_failed(&self, all: bool) {
        let count = speak_failed(&self.kernel, &*self.speaker, all);
        self.unseen.set(self.unseen.get() + count);
    }

    /// The script has ended: names the tasks that remain, cancels them and lets their `defer`s run. Says how many
    /// failed and were never awaited, and whether it was stopped.
    pub async fn finish(&mut self) -> (usize, Option<Stop>) {
        let mut stop = None;
        self.kernel.run_cancels();
        let left = self.kernel.tasks();
        if !left.is_empty() {
            // those that were cancelled already, or run their `defer`s, only have their end before them
            let forgotten: Vec<TaskRef> = left.into_iter().filter(|t| !t.is_ending()).collect();
            if !forgotten.is_empty() {
                self.speaker.report(&speak::left_report(&self.kernel, &forgotten));
            }
            forgotten.iter().for_each(|task| {
                self.kernel.cancel(task);
            });
            let mut watch = EndWatch { speaker: self.speaker.clone(), control: self.control.clone(), stop: None };
            drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
            stop = watch.stop;
        }
        self.report_failed(true);
        self.scope.clear();
        self.speak_notices();
        self.speaker.idle();
        (self.unseen.get(), stop)
    }

    /// Runs a text by itself: with no variables and functions of the session, and leaving none. Tasks that it leaves
    /// are cancelled.
    pub async fn run_apart(&mut self, name: &str, text: &str) -> End {
        let first = self.kernel.next_task_id();
        let scope = std::mem::take(&mut self.scope);
        let library = self.interp.swap_library(Default::default());
        let end = self.run(name, text).await;
        let left: Vec<TaskRef> = self.kernel.tasks().into_iter().filter(|t| t.id >= first).collect();
        if !left.is_empty() {
            self.speaker.report(&speak::left_report(&self.kernel, &left));
            left.iter().for_each(|task| {
                self.kernel.cancel(task);
            });
            self.settle(&left).await;
        }
        self.interp.swap_library(library);
        self.scope = scope;
        end
    }

    /// Forgets variables and functions.
    pub fn forget(&mut self) {
        self.scope.clear();
        self.interp.swap_library(Default::default());
    }

    /// Lets background tasks run until the returned future is dropped.
    pub async fn run_background(&mut self) {
        let mut watch = IdleWatch { speaker: self.speaker.clone(), control: self.control.clone() };
        drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
    }

    /// Lets cancelled tasks run their `defer`s.
    pub async fn settle(&mut self, tasks: &[TaskRef]) {
        for task in tasks {
            self.drive_until_done(task).await;
        }
    }

    /// Says what has been noticed since the last time.
    pub fn speak_notices(&self) {
        speak_notices(&self.kernel, &*self.speaker);
    }

    /// The variables, from the oldest to the newest.
    pub fn variables(&self) -> Vec<(String, Dynamic)> {
        let mut seen = std::collections::HashSet::new();
        let mut list: Vec<(String, Dynamic)> = self
            .scope
            .iter_raw()
            .filter(|(name, ..)| seen.insert((*name).to_string()))
            .map(|(name, _, value)| (name.to_string(), value.clone()))
            .collect();
        list.reverse();
        list
    }

    /// Sets a variable, as `it` is set by the prompt.
    pub fn set_variable(&mut self, name: &str, value: Dynamic) {
        self.scope.set_or_push(name, value);
    }

    /// How long the last run took, in seconds.
    pub fn elapsed(&self) -> f64 {
        (self.kernel.clock.read() - self.began) as f64 / 1e9
    }
}

fn cancel_all(kernel: &Rc<Kernel>) {
    for task in kernel.tasks() {
        kernel.cancel(&task);
    }
    kernel.run_cancels();
}

/// Reports tasks that failed and that nobody awaited; gives their number.
fn speak_failed(kernel: &Kernel, speaker: &dyn Speaker, all: bool) -> usize {
    let mut count = 0;
    for task in kernel.take_failed(all) {
        if let Some(Outcome::Failed(failure)) = task.outcome() {
            speaker.report(&speak::unseen_report(kernel, &task, &failure));
            count += usize::from(!failure.is_stop());
        }
    }
    count
}

fn speak_notices(kernel: &Kernel, speaker: &dyn Speaker) {
    let mut notices = std::mem::take(&mut *kernel.notices.borrow_mut());
    notices.extend(errors::take_dropped());
    for notice in &notices {
        speaker.report(&speak::notice_report(kernel, notice));
    }
}

/// Watches a foreground run.
struct RunWatch {
    main: TaskRef,
    control: Arc<Control>,
    speaker: Rc<dyn Speaker>,
    stop: Option<Stop>,
}

impl Watch for RunWatch {
    fn reached(&mut self, kernel: &Rc<Kernel>) -> bool {
        self.speaker.follow(kernel);
        if let Some(stop) = self.control.take() {
            self.stop = Some(stop);
            kernel.cancel(&self.main);
            if stop == Stop::All {
                cancel_all(kernel);
            }
            kernel.run_cancels();
        }
        self.main.is_done()
    }

    fn notices(&mut self, kernel: &Rc<Kernel>) {
        if self.control.is_asked() {
            // who stops code that does not yield knows that it did not yield
            kernel.notices.borrow_mut().retain(|n| !matches!(n, errors::Notice::Blocked { .. }));
        }
        speak_notices(kernel, &*self.speaker);
    }

    fn idle(&mut self) {
        self.speaker.idle();
    }

    fn waits_for_work(&self) -> bool {
        false
    }
}

/// Watches the tasks that remain at the end of a script.
struct EndWatch {
    speaker: Rc<dyn Speaker>,
    control: Arc<Control>,
    stop: Option<Stop>,
}

impl Watch for EndWatch {
    fn reached(&mut self, kernel: &Rc<Kernel>) -> bool {
        self.speaker.follow(kernel);
        self.stop = self.stop.or(self.control.take());
        self.stop.is_some() || kernel.tasks().is_empty()
    }

    fn notices(&mut self, kernel: &Rc<Kernel>) {
        speak_notices(kernel, &*self.speaker);
    }

    fn idle(&mut self) {
        self.speaker.idle();
    }

    fn waits_for_work(&self) -> bool {
        false
    }
}

/// Watches background tasks while the prompt waits for a line.
struct IdleWatch {
    speaker: Rc<dyn Speaker>,
    control: Arc<Control>,
}

impl Watch for IdleWatch {
    fn reached(&mut self, kernel: &Rc<Kernel>) -> bool {
        self.speaker.follow(kernel);
        speak_failed(kernel, &*self.speaker, true);
        if self.control.take_wide().is_some() {
            cancel_all(kernel);
        }
        false
    }

    fn notices(&mut self, kernel: &Rc<Kernel>) {
        speak_notices(kernel, &*self.speaker);
    }

    fn idle(&mut self) {
        self.speaker.idle();
    }

    fn waits_for_work(&self) -> bool {
        true
    }
}
