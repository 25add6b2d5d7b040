//! One run under a schedule.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use rhai::{Dynamic, FnPtr, Scope};

use super::bounds::Bounds;
use super::outcome::Outcome;
use super::schedule::Schedule;
use super::snapshot::Snapshot;
use crate::engine::alarm::Alarm;
use crate::engine::awaitable::{Coroutine, Future};
use crate::engine::drive::{Stopped, Watch, drive};
use crate::engine::schedule::Policy;
use crate::engine::task::{Call, Outcome as End};
use crate::engine::wait::{Cx, Op, Step};
use crate::engine::{Kernel, TaskRef};
use crate::lang::body::Body;
use crate::lang::{Frame, Interp, Raise};
use crate::trace::event::{SiteId, WaitClass};

/// Says who is next.
pub trait Guide {
    /// The index of the task to run in the queue of those who are ready, which is not empty. None gives the run up.
    fn pick(&mut self, kernel: &Kernel, ready: &VecDeque<TaskRef>) -> Option<usize>;
}

/// The loop to run on.
pub struct Stage<'a> {
    pub kernel: &'a Rc<Kernel>,
    pub interp: &'a mut Interp,
    pub alarm: &'a mut Alarm,
    /// Whether somebody has asked to stop.
    pub interrupted: &'a dyn Fn() -> bool,
    /// The stop was heeded: what runs from now on is for the report.
    pub heeded: &'a dyn Fn(),
}

/// What is run.
#[derive(Clone)]
pub enum Start {
    /// A script, from its beginning.
    Script(Rc<Body>),
    /// An expression, with these variables; what it gives is awaited, if that is awaitable, and called, if that is a
    /// closure without parameters.
    Expression(Rc<Body>, Box<Scope<'static>>),
    /// A function without parameters, the same.
    Function(FnPtr),
}

/// What came of a run.
#[derive(Debug)]
pub enum Ran {
    Ended(Outcome),
    /// The guide gave it up.
    GivenUp,
    /// It was stopped from outside.
    Interrupted,
    /// It waits for the world outside, as this says: it can't be run again and again.
    Outside(String),
}

/// Runs one thing again and again.
pub struct Runner<'a> {
    pub stage: Stage<'a>,
    start: Start,
    snapshot: Snapshot,
    /// How long a run may be.
    pub bounds: Bounds,
    /// The run that was last, and how many operations it took.
    pub schedule: Schedule,
    pub took: u64,
    next: Rc<Cell<usize>>,
    imports: usize,
    /// How many locks and the like there were before.
    numbers: u32,
}

/// The policy of the loop: the index that the guide has given.
pub struct Directed(Rc<Cell<usize>>);

impl Policy for Directed {
    fn pick(&mut self, _: &VecDeque<TaskRef>) -> usize {
        self.0.get()
    }
}

impl<'a> Runner<'a> {
    /// Runs `start`, each time with what `snapshot` holds as it was. The loop must have nothing else to do.
    pub fn new(stage: Stage<'a>, start: Start, snapshot: Snapshot) -> Self {
        let next = Rc::<Cell<usize>>::default();
        stage.kernel.set_policy(Box::new(Directed(next.clone())));
        let imports = stage.interp.global.num_imports();
        let numbers = stage.kernel.shared.touches.numbers().get();
        Self {
            stage,
            start,
            snapshot,
            bounds: Bounds { steps: usize::MAX, ..Bounds::default() },
            schedule: Schedule::default(),
            took: 0,
            next,
            imports,
            numbers,
        }
    }

    /// One run.
    pub async fn run(&mut self, guide: &mut dyn Guide) -> Ran {
        let Stage { kernel, interp, alarm, interrupted, .. } = &mut self.stage;
        kernel.restart();
        interp.drop_imports(self.imports);
        kernel.shared.touches.numbers().set(self.numbers);
        self.snapshot.restore();
        self.schedule.clear();
        let main = kernel.start_main(self.start.call());
        kernel.shared.allow_operations(Some(self.bounds.operations));
        let mut eye = Eye {
            main: &main,
            guide,
            next: &self.next,
            schedule: &mut self.schedule,
            bounds: self.bounds,
            interrupted: *interrupted,
            stop: None,
        };
        let stopped = drive(kernel, interp, alarm, &mut eye).await;
        let stop = eye.stop;
        let most = self.bounds.operations;
        self.took = most - kernel.shared.operations_left().unwrap_or(most);
        kernel.shared.allow_operations(None);
        if interrupted() {
            return Ran::Interrupted; // what was evaluated may have been ended in its midst
        }
        match (stop, main.outcome()) {
            (Some(ran), _) => ran,
            (None, Some(end)) => Ran::Ended(Outcome::of_run(kernel, &end)),
            (None, None) if stopped == Stopped::Deadlock => Ran::Ended(Outcome::deadlock(kernel)),
            (None, None) => Ran::GivenUp,
        }
    }

    /// About what the last run has cost, in operations: those of Rhai, those that a step takes beside them, and those
    /// that might be done while sockets of this process become quiet.
    pub fn cost(&self) -> u64 {
        const OF_STEP: u64 = 100;
        const OF_REQUEST: u64 = 20_000;
        self.took + OF_STEP * self.schedule.len() as u64 + OF_REQUEST * self.stage.kernel.requests.get()
    }
}

impl Drop for Runner<'_> {
    fn drop(&mut self) {
        self.stage.kernel.restart();
        self.snapshot.restore();
    }
}

/// Looks at the loop between steps, and decides.
struct Eye<'e> {
    main: &'e TaskRef,
    guide: &'e mut dyn Guide,
    next: &'e Cell<usize>,
    schedule: &'e mut Schedule,
    bounds: Bounds,
    interrupted: &'e dyn Fn() -> bool,
    stop: Option<Ran>,
}

impl Eye<'_> {
    /// Whether the run is not to go on.
    fn is_over(&mut self, kernel: &Kernel) -> bool {
        if let Some(value) = kernel.take_exit(|_| true) {
            self.stop = Some(Ran::Ended(Outcome::of_run(kernel, &End::Value(value))));
            return true;
        }
        if kernel.shared.operations_left() == Some(0) {
            self.stop = Some(Ran::Ended(Outcome::endless(self.bounds.operations)));
            return true;
        }
        if self.main.is_done() {
            return true;
        }
        let steps = self.schedule.len();
        if kernel.waits_outside() {
            self.stop = Some(Ran::Outside(outside_text(kernel)));
        } else if steps >= self.bounds.steps {
            self.stop = Some(Ran::Ended(Outcome::livelock(steps)));
        } else if steps.is_multiple_of(1024) && (self.interrupted)() {
            self.stop = Some(Ran::Interrupted);
        }
        self.stop.is_some()
    }
}

impl Watch for Eye<'_> {
    fn reached(&mut self, kernel: &Rc<Kernel>) -> bool {
        if self.is_over(kernel) {
            return true;
        }
        kernel.with_ready(|ready| {
            if ready.is_empty() {
                return false;
            }
            let Some(index) = self.guide.pick(kernel, ready) else {
                self.stop = Some(Ran::GivenUp);
                return true;
            };
            self.schedule.push(ready[index].id, index, ready.len());
            self.next.set(index);
            false
        })
    }

    fn notices(&mut self, kernel: &Rc<Kernel>) {
        kernel.notices.borrow_mut().clear();
        crate::engine::errors::take_dropped();
    }

    fn idle(&mut self) {}

    fn waits_for_work(&self) -> bool {
        false
    }
}

/// Who waits for the world, and for what.
fn outside_text(kernel: &Kernel) -> String {
    let waits =
        |task: &TaskRef| kernel.ask_op(task, |op| (op.class() == WaitClass::Io).then(|| op.label().into_owned()));
    kernel.tasks().iter().find_map(|task| waits(task).flatten()).unwrap_or_else(|| "I/O".to_string())
}

impl Start {
    /// The call that the task `main` runs.
    pub fn call(&self) -> Call {
        match self {
            Self::Script(body) => Call::Frame(Box::new(Frame::new(body.clone(), Scope::new(), None, None))),
            Self::Expression(body, scope) => {
                let frame = Frame::new(body.clone(), (**scope).clone(), None, None);
                Call::Op(begin(Step::Await(Dynamic::from(Coroutine::new(frame, SiteId::NONE))), true))
            }
            Self::Function(function) => Call::Op(begin(Step::Call(function.clone(), Vec::new()), false)),
        }
    }
}

fn begin(step: Step, calls: bool) -> Future {
    let future = Future::new(Whole { step: Some(step), calls }, SiteId::NONE);
    future.take();
    future
}

/// Does one thing, and awaits what it gives as long as that is awaitable.
struct Whole {
    step: Option<Step>,
    /// Whether to call what it gives, if that is a closure without parameters.
    calls: bool,
}

impl Op for Whole {
    fn poll(&mut self, _: &mut Cx) -> Step {
        self.step.take().unwrap_or(Step::Pending)
    }

    fn resume(&mut self, cx: &mut Cx, result: Result<Dynamic, Raise>) -> Step {
        match result {
            Ok(value) if cx.kernel.is_awaitable(&value) => Step::Await(value),
            Ok(value) if std::mem::take(&mut self.calls) && value.is::<FnPtr>() => {
                let function = value.clone().cast::<FnPtr>();
                match cx.kernel.expect_parameters(&function, 0, "explore", "`async || ...`") {
                    Ok(()) => Step::Call(function, Vec::new()),
                    Err(_) => Step::Done(Ok(value)),
                }
            }
            result => Step::Done(result),
        }
    }

    fn class(&self) -> WaitClass {
        WaitClass::Task
    }

    fn label(&self) -> std::borrow::Cow<'static, str> {
        "what is explored".into()
    }

    fn tells(&self) -> bool {
        true
    }
}

/// Follows choices, and then the queue.
pub struct Follow<'c> {
    choices: &'c [u32],
    at: usize,
}

impl<'c> Follow<'c> {
    pub fn new(choices: &'c [u32]) -> Self {
        Self { choices, at: 0 }
    }
}

impl Guide for Follow<'_> {
    fn pick(&mut self, _: &Kernel, ready: &VecDeque<TaskRef>) -> Option<usize> {
        if ready.len() < 2 {
            return Some(0);
        }
        let choice = self.choices.get(self.at).map_or(0, |&c| c as usize);
        self.at += 1;
        (choice < ready.len()).then_some(choice)
    }
}
