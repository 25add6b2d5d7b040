//! A session: an engine, a loop, and the variables that last from one run to the next.
//!
//! The command line makes one for a script, the prompt one for its life. A run compiles a text, starts it as the task
//! `main`, and drives the loop until that task has ended; what it spawned may live on.

mod conclude;
mod control;
mod deadlock;
mod elsewhere;
pub mod engine;
mod explore;
mod inside;
pub mod inspect;
mod memory;
mod names;
mod order;
mod own;
mod replay;
mod sizes;
mod speak;
pub mod step;
mod suggest;
mod tell;
pub mod tree;
mod watch;
mod worker;
pub use deadlock::deadlock_report;
pub use replay::KEPT;
pub use speak::{compile_report, lint_report, value_text};

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use rhai::{Dynamic, Scope};

pub use control::{Control, Stop};
use tell::Teller;
pub use tell::names;
use watch::{EndWatch, Eyes, IdleWatch, RunWatch};

use crate::engine::alarm::Alarm;
use crate::engine::clock::{Nanos, Pace};
use crate::engine::drive::drive;
use crate::engine::task::Call;
use crate::engine::{Kernel, TaskRef};
use crate::explore::Explored;
use crate::host::Host;
use crate::lang::lint::{Before, lint};
use crate::lang::{self, CompileError, Failure, Frame, Interp, Namespace, Program, Unit};
use crate::limits::Limits;
use crate::report::Report;
use crate::trace::event::SiteId;
use crate::trace::recording::Recording;
use step::Conductor;

/// How a session differs from the usual one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    pub virtual_time: bool,
    /// How many times as fast as real time the clock runs, if it is not virtual; 1 if nothing is said.
    pub speed: Option<f64>,
    /// Keep no recording.
    pub unrecorded: bool,
    /// What scripts may use up.
    pub limits: Limits,
}

impl Settings {
    /// With a clock that passes so.
    fn at(pace: Pace, limits: Limits) -> Self {
        let speed = if let Pace::Real(speed) = pace { Some(speed) } else { None };
        Self { virtual_time: pace == Pace::Virtual, speed, unrecorded: false, limits }
    }

    /// How the loop's clock passes.
    fn pace(self) -> Pace {
        match self.speed {
            _ if self.virtual_time => Pace::Virtual,
            Some(speed) => Pace::Real(speed),
            None => Pace::REAL,
        }
    }
}

/// An engine with its loop and its variables.
pub struct Session {
    pub kernel: Rc<Kernel>,
    pub interp: Interp,
    pub control: Arc<Control>,
    scope: Scope<'static>,
    /// The functions and modules that last from one run to the next.
    namespace: Rc<Namespace>,
    alarm: Alarm,
    speaker: Rc<dyn Speaker>,
    /// When the last run began.
    began: Nanos,
    ordering: order::Ordering,
    /// Who is asked before each step of a run; nobody if none.
    conductor: Option<Rc<dyn Conductor>>,
    /// What was explored last, to be run again as it was.
    explored: VecDeque<Explored>,
    teller: Rc<Teller>,
    /// What Ctrl-C cancelled with the last run, and the locks that main still holds after a deadlock.
    pub aftermath: Aftermath,
}

/// What a run has left that did not end by itself, for the prompt to say; and an exploration.
#[derive(Default)]
pub struct Aftermath {
    /// Tasks that were cancelled with the run.
    pub cancelled: Vec<TaskRef>,
    /// Tasks of the run that go on.
    pub left: Vec<TaskRef>,
    /// Locks that main holds.
    pub held: Vec<String>,
    /// Tasks that the report of a deadlock has named.
    named: HashSet<u32>,
    /// What the views show instead of a run.
    pub explored: Option<Recording>,
}

/// Where a session says what it has to say by itself.
pub trait Speaker: Host {
    /// A warning or an error to show.
    fn report(&self, report: &Report);

    /// A good moment to flush output: nobody is ready, or somebody always was for a while.
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
    /// A task of it called `exit` with this.
    Exited(Dynamic),
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
        Self::under(Arc::default(), speaker, settings)
    }

    /// A session beside this one, which is at rest meanwhile: what stops this one stops that, until [`Self::resume`].
    /// It has the limits of this one.
    pub fn beside(&self, speaker: Rc<dyn Speaker>, settings: Settings) -> Self {
        let settings = Settings { limits: self.kernel.limits, ..settings };
        Self::under(self.control.clone(), speaker, settings)
    }

    /// A session beside this one has ended: what stops runs is for this one again.
    pub fn resume(&self) {
        self.control.attach(self.kernel.inbox.clone());
        self.control.begin(self.kernel.next_task_id());
    }

    fn under(control: Arc<Control>, speaker: Rc<dyn Speaker>, settings: Settings) -> Self {
        let (kernel, interp) = engine::build(&speaker, &control, settings);
        control.attach(kernel.inbox.clone());
        Self {
            kernel,
            control,
            scope: Scope::new(),
            namespace: interp.shared.namespace(),
            interp,
            alarm: Alarm::new(),
            teller: Rc::new(Teller::new(speaker.clone())),
            speaker,
            began: 0,
            aftermath: Aftermath::default(),
            ordering: order::Ordering::default(),
            conductor: None,
            explored: VecDeque::new(),
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
            Err(_) if self.interp.shared.is_stopped() => return self.stopped_unread(),
            Err(error) => {
                self.forget_order();
                self.speaker.report(&speak::compile_report(&error));
                return End::NotCompiled(error);
            }
        };
        self.lint(&program, Before::Run);
        self.run_program(&program).await
    }

    /// Says what in a program is legal, but hardly meant.
    pub fn lint(&self, program: &Program, before: Before) {
        let is_stopped = || self.interp.shared.is_stopped();
        for lint in lint(program, before, &crate::stdlib::is_awaitable, &self.variable_names(), &is_stopped) {
            self.speaker.report(&speak::lint_report(&lint));
        }
    }

    /// Runs a compiled text.
    pub async fn run_program(&mut self, program: &Program) -> End {
        self.interp.enter_namespace(&self.namespace);
        self.interp.add_functions(&program.ast);
        self.interp.shared.forget_modules();
        self.kernel.begin_run();
        self.kernel.recording.borrow_mut().add_source(&program.source.name, &program.source.text);
        self.began = self.kernel.clock.last();
        self.begin_order(&program.source.text);
        self.control.begin(self.kernel.next_task_id());
        let frame = Frame::new(program.body.clone(), std::mem::take(&mut self.scope), None, None);
        let main = self.kernel.start_as(0, "main", Call::Frame(Box::new(frame)), SiteId::NONE);
        main.flag(|f| f.seen = true);
        self.teller.begin();
        self.aftermath = Aftermath::default();
        self.kernel.take_exit(|_| false); // of tasks in the background
        if self.within().is_none() {
            return self.see_through(main).await;
        }
        let mut watch = RunWatch::new(main.clone(), self.eyes());
        let stopped = drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
        match self.kernel.explorations.take_met() {
            Some(part) => self.run_instead(part, &main).await,
            None => self.conclude(watch, stopped).await,
        }
    }

    /// Says something where the session says what it has to say.
    pub fn report(&self, report: &Report) {
        self.speaker.report(report);
    }

    async fn drive_until_done(&mut self, main: &TaskRef) {
        let mut watch = RunWatch::new(main.clone(), self.eyes());
        drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
    }

    fn eyes(&self) -> Eyes {
        Eyes { speaker: self.speaker.clone(), control: self.control.clone(), teller: self.teller.clone() }
    }

    /// Reports tasks that failed and that nobody awaited: all, or those that nobody can await any more.
    pub fn report_failed(&self, all: bool) {
        self.teller.knows(self.variable_names());
        self.teller.failed(&self.kernel, all);
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
            let named = &self.aftermath.named;
            let unnamed: Vec<TaskRef> = forgotten.iter().filter(|task| !named.contains(&task.id)).cloned().collect();
            if !unnamed.is_empty() {
                self.speaker.report(&speak::left_report(&self.kernel, &unnamed));
            }
            forgotten.iter().for_each(|task| {
                self.kernel.cancel(task);
            });
            let mut watch = EndWatch { eyes: self.eyes(), stop: None };
            drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
            stop = watch.stop;
        }
        self.report_failed(true);
        self.scope.clear();
        self.speak_notices();
        self.speaker.idle();
        (self.teller.unseen(), stop)
    }

    /// Runs a text by itself: with no variables and functions of the session, and leaving none. Tasks that it leaves
    /// are cancelled.
    pub async fn run_apart(&mut self, name: &str, text: &str) -> End {
        let scope = std::mem::take(&mut self.scope);
        let namespace = std::mem::take(&mut self.namespace);
        let end = self.run(name, text).await;
        let left: Vec<TaskRef> =
            self.kernel.tasks().into_iter().filter(|t| Rc::ptr_eq(&t.namespace, &self.namespace)).collect();
        if !left.is_empty() {
            self.speaker.report(&speak::left_report(&self.kernel, &left));
            left.iter().for_each(|task| {
                self.kernel.cancel(task);
            });
            self.settle(&left).await;
        }
        self.namespace = namespace;
        self.scope = scope;
        end
    }

    /// Forgets variables and functions, and what was explored with them.
    pub fn forget(&mut self) {
        self.scope.clear();
        self.explored.clear();
        self.namespace = Rc::default();
    }

    /// Lets background tasks run until the returned future is dropped.
    pub async fn run_background(&mut self) {
        self.teller.knows(self.variable_names());
        let mut watch = IdleWatch { eyes: self.eyes() };
        drive(&self.kernel, &mut self.interp, &mut self.alarm, &mut watch).await;
    }

    /// Cancels all tasks if that was asked for while no run goes on: the run to come is not meant.
    pub fn heed_wide_stop(&self) {
        if self.control.take_wide().is_some() {
            watch::cancel_all(&self.kernel, &self.control);
        }
    }

    /// Lets cancelled tasks run their `defer`s.
    pub async fn settle(&mut self, tasks: &[TaskRef]) {
        for task in tasks {
            self.drive_until_done(task).await;
        }
    }

    /// Says what has been noticed since the last time, and what came again.
    pub fn speak_notices(&self) {
        self.teller.notices(&self.kernel);
        self.teller.repeats();
    }

    /// How long the last run took, in seconds.
    pub fn elapsed(&self) -> f64 {
        (self.kernel.clock.read() - self.began) as f64 / 1e9
    }
}
