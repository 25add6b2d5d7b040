//! The handle by which the prompt asks the loop's thread.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rhai::Dynamic;
use tokio::sync::mpsc::UnboundedSender;

use super::drawing::Drawing;
use super::prompt::Job;
use super::{orders, steered};
use crate::engine::{Kernel, TaskRef};
use crate::permissions::Permissions;
use crate::repl::backend::{Answer, Backend, Doing, Names, Reply, Run, TaskRow, VariableRow};
use crate::session::{Control, Session, Stop, inspect};

/// How long the prompt waits for an answer of the loop.
const PATIENCE: Duration = Duration::from_secs(1);

/// The loop as the prompt sees it.
pub(super) struct Handle {
    pub jobs: UnboundedSender<Job>,
    pub control: Arc<Control>,
    pub names: Arc<Mutex<Arc<Names>>>,
    pub permissions: Arc<Permissions>,
    /// How many tasks have not ended.
    pub live: Arc<AtomicUsize>,
}

const BUSY: &str = "the loop is busy: a task does not let go of it, or has not ended yet";
const ENDED: &str = "the loop has ended";

/// Something that the loop is asked for: it does it, or the prompt has said that it does not. Whoever claims it first
/// decides.
#[derive(Clone, Default)]
pub(super) struct Claim(Arc<AtomicBool>);

impl Claim {
    /// Whether it is the caller's.
    pub fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

impl Handle {
    /// Asks the session, and waits a little for it to listen.
    fn ask<T: Send + 'static>(&self, question: impl FnOnce(&mut Session) -> T + Send + 'static) -> Answer<T> {
        let (send, answer) = mpsc::channel();
        let claim = Claim::default();
        let of_loop = claim.clone();
        let job = Job::Ask(Box::new(move |session| {
            if of_loop.take() {
                let _ = send.send(question(session));
            }
        }));
        self.jobs.send(job).map_err(|_| ENDED.to_string())?;
        match answer.recv_timeout(PATIENCE) {
            Ok(answer) => Ok(answer),
            Err(RecvTimeoutError::Timeout) if claim.take() => Err(BUSY.to_string()),
            Err(_) => answer.recv().map_err(|_| ENDED.to_string()),
        }
    }

    /// The recording of the last run, to be drawn on this thread.
    fn drawing(&self, width: u16) -> Answer<Drawing> {
        let drawing = self.ask(move |session| {
            session.with_shown(|recording| (!recording.is_empty()).then(|| Drawing::new(recording, width, true)))
        })?;
        drawing.ok_or_else(|| "nothing has run yet".to_string())
    }
}

impl Backend for Handle {
    fn run(&self, run: Run, reply: Reply) {
        let _ = self.jobs.send(Job::Run(run, reply));
    }

    fn cancel_foreground(&self) {
        self.control.ask(Stop::Foreground);
    }

    fn cancel_all(&self) {
        self.control.ask(Stop::All);
        let _ = self.jobs.send(Job::Heed);
    }

    fn is_deaf(&self) -> bool {
        self.control.is_asked()
    }

    fn names(&self) -> Arc<Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn tasks(&self) -> Answer<Vec<TaskRow>> {
        self.ask(|session| session.kernel.tasks().iter().map(|t| row_of(&session.kernel, t)).collect())
    }

    fn why(&self, task: u32) -> Answer<String> {
        self.ask(move |session| match session.kernel.task(task) {
            Some(task) => Ok(inspect::why(&session.kernel, &task)),
            None => Err(no_task(session, task)),
        })?
    }

    fn cancel(&self, task: u32) -> Answer<String> {
        self.ask(move |session| match session.kernel.task(task) {
            Some(task) => {
                session.kernel.cancel(&task);
                session.kernel.run_cancels();
                Ok(format!("cancelled {}", task.who()))
            }
            None => Err(no_task(session, task)),
        })?
    }

    fn variables(&self) -> Answer<Vec<VariableRow>> {
        self.ask(|session| {
            let row = |(name, value): (&str, &Dynamic)| VariableRow {
                name: name.to_string(),
                type_name: session.interp.engine.map_type_name(value.type_name()).to_string(),
                text: crate::stdlib::inspect(value, 3),
            };
            session.variables().into_iter().map(row).collect()
        })
    }

    fn compile(&self, text: String) -> Answer<()> {
        self.ask(move |session| {
            session.compile("<saved>", &text).map(drop).map_err(|e| format!("line {}: {}", e.place.line, e.title))
        })?
    }

    fn lanes(&self, width: u16) -> Answer<String> {
        self.drawing(width).map(|drawing| drawing.draw())
    }

    fn allow(&self, words: &str) -> Answer<String> {
        self.permissions.allow(words)
    }

    fn steps(&self, width: u16) -> Answer<String> {
        self.drawing(width).map(|drawing| drawing.steps())
    }

    fn save_trace(&self, file: PathBuf) -> Answer<String> {
        self.drawing(0)?.save(&file)
    }

    fn tree(&self, width: u16) -> Answer<String> {
        self.ask(move |session| crate::session::tree::tree(&session.kernel, &steered::view(width)))
    }

    fn seed(&self, seed: Option<u64>) -> Answer<String> {
        self.ask(move |session| orders::seed(session, seed))
    }

    fn seeded(&self) -> Answer<Option<u64>> {
        self.ask(|session| orders::seeded(session))
    }

    fn flags(&self) -> Answer<String> {
        self.ask(|session| orders::flags(session))
    }

    fn clock(&self, pace: &str) -> Answer<String> {
        let pace = pace.to_owned();
        self.ask(move |session| orders::clock(session, &pace))?
    }

    fn log(&self, on: bool) {
        let _ = self.jobs.send(Job::Log(on));
    }

    fn doing(&self) -> Doing {
        Doing { tasks: self.live.load(Ordering::Relaxed), defers: self.control.runs_defers() }
    }

    fn reset(&self) -> Answer<String> {
        let (done, answer) = mpsc::channel();
        let claim = Claim::default();
        self.jobs.send(Job::Reset(claim.clone(), done)).map_err(|_| ENDED.to_string())?;
        match answer.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Disconnected) => Err(ENDED.to_string()),
            Err(RecvTimeoutError::Timeout) if claim.take() => Err(BUSY.to_string()),
            Err(RecvTimeoutError::Timeout) => {
                Ok("cancelled all tasks; when their `defer`s are over, variables and functions are forgotten".into())
            }
            Ok(text) => Ok(text),
        }
    }

    fn close(&self, limit: Duration) {
        let (done, wait) = mpsc::channel();
        self.control.ask(Stop::Foreground);
        if self.jobs.send(Job::Close(done)).is_ok() {
            let _ = wait.recv_timeout(limit);
        }
    }
}

fn no_task(session: &Session, id: u32) -> String {
    match id >= session.kernel.next_task_id() {
        true => format!("there is no task {id}: `:tasks` lists those that run"),
        false => format!("task {id} has ended"),
    }
}

fn row_of(kernel: &Kernel, task: &TaskRef) -> TaskRow {
    let at = inspect::place_of(kernel, task).map_or(String::new(), |p| inspect::line_of(&p));
    TaskRow {
        id: task.id,
        name: task.name.to_string(),
        state: inspect::ending(task).unwrap_or(task.state_name()).to_string(),
        on: inspect::waits_for(kernel, task),
        since: inspect::waiting_since(kernel, task),
        at,
    }
}
