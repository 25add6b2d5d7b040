//! Exploring a script on several threads, each with an engine of its own.

use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::findings::Findings;
use super::options::Options;
use super::run::{Runner, Stage, Start};
use super::search::{Found, Search, Shared};
use super::snapshot::Snapshot;
use crate::engine::Kernel;
use crate::engine::alarm::Alarm;
use crate::engine::schedule::Fifo;
use crate::engine::token::Token;
use crate::host::Host;
use crate::lang::{self, CompileError, Interp, Program, Unit};
use crate::limits::Limits;
use crate::permissions::Permissions;
use crate::report::Report;
use crate::session::engine::{STACK, build};
use crate::session::{Control, Settings, Speaker};

/// A script to explore.
#[derive(Clone, Debug)]
pub struct Script {
    /// What messages call it.
    pub name: String,
    pub text: String,
    /// What it gets from `args()`.
    pub args: Vec<String>,
    pub permissions: Arc<Permissions>,
    pub limits: Limits,
}

impl Script {
    /// Without arguments, and with the permissions of a program that was given none.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            args: Vec::new(),
            permissions: Permissions::standard(),
            limits: Limits::default(),
        }
    }
}

/// Why nothing could be explored.
#[derive(Debug)]
pub enum Failed {
    NotCompiled(Box<CompileError>),
    /// A thread could not be started, or ended unexpectedly.
    Thread(String),
}

/// How often the one who waits looks after the threads.
const TICK: Duration = Duration::from_millis(100);

/// Explores a script. `progress` is told now and then how many runs there have been; a stop that `control` is asked for
/// ends it with what was found so far. Must be called on a thread with the stack that sessions need.
///
/// # Errors
/// When the script does not compile, or threads can't be had.
pub fn explore(
    script: &Script,
    options: &Options,
    control: &Arc<Control>,
    progress: &dyn Fn(u64),
) -> Result<Findings, Failed> {
    let began = Instant::now();
    on_engine(script, control, |_| ())?; // so that an error is told once
    let shared = Arc::new(Shared::default());
    let founds = on_threads(script, options, control, &shared, progress)?;
    let base = Token::of_choices(&script.text, &[]);
    let mut findings = Findings::of_threads(founds, &shared, options, &base, began);
    // a stop has ended the search, and not the report of what was found so far
    on_engine(script, &Arc::default(), |mut engine| {
        engine.block_on(async |stage, start| {
            let mut runner = Runner::new(stage, start, Snapshot::default());
            findings.name(&mut runner, options.named).await;
        });
    })?;
    Ok(findings)
}

fn on_threads(
    script: &Script,
    options: &Options,
    control: &Arc<Control>,
    shared: &Arc<Shared>,
    progress: &dyn Fn(u64),
) -> Result<Vec<Found>, Failed> {
    let (send, receive) = mpsc::channel();
    let jobs = options.jobs.max(1);
    for number in 0..jobs {
        let (script, options, control, shared, send) =
            (script.clone(), options.clone(), control.clone(), shared.clone(), send.clone());
        let work = move || {
            let _ = send.send(search(&script, &options, &control, &shared).ok());
        };
        let builder = std::thread::Builder::new().name(format!("explore {number}")).stack_size(STACK);
        builder.spawn(work).map_err(|e| Failed::Thread(format!("can't start a thread: {e}")))?;
    }
    drop(send);
    let mut founds = Vec::new();
    while founds.len() < jobs {
        match receive.recv_timeout(TICK) {
            Ok(Some(found)) => founds.push(found),
            Err(mpsc::RecvTimeoutError::Timeout) => progress(shared.runs.load(Ordering::Relaxed)),
            Ok(None) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(Failed::Thread("a thread of the exploration has ended unexpectedly".to_string()));
            }
        }
    }
    progress(shared.runs.load(Ordering::Relaxed));
    Ok(founds)
}

fn search(script: &Script, options: &Options, control: &Arc<Control>, shared: &Shared) -> Result<Found, Failed> {
    on_engine(script, control, |mut engine| {
        engine.block_on(async |stage, start| {
            let runner = Runner::new(stage, start, Snapshot::default());
            let mut search = Search::new(runner, options, shared, &|_| {});
            search.go().await;
            search.found
        })
    })
}

/// An engine that has compiled the script.
struct Engine<'a> {
    runtime: tokio::runtime::LocalRuntime,
    kernel: Rc<Kernel>,
    interp: Interp,
    program: Program,
    control: &'a Control,
}

impl Engine<'_> {
    fn block_on<T>(&mut self, work: impl AsyncFnOnce(Stage, Start) -> T) -> T {
        let Self { runtime, kernel, interp, program, control } = self;
        let interrupted = || control.is_asked();
        runtime.block_on(async {
            let mut alarm = Alarm::new();
            // nothing has run yet, but what runs is to know that it is explored
            let world = kernel.set_aside(Box::new(Fifo));
            let stage = Stage { kernel, interp, alarm: &mut alarm, interrupted: &interrupted, heeded: &|| {} };
            let done = work(stage, Start::Script(program.body.clone())).await;
            kernel.put_back(world);
            done
        })
    }
}

/// Makes an engine for `work`.
fn on_engine<T>(script: &Script, control: &Arc<Control>, work: impl FnOnce(Engine) -> T) -> Result<T, Failed> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build_local(Default::default());
    let runtime = runtime.map_err(|e| Failed::Thread(format!("can't start an event loop: {e}")))?;
    let speaker: Rc<dyn Speaker> = Rc::new(Mute(script.clone(), control.clone()));
    let settings = Settings { virtual_time: true, unrecorded: true, limits: script.limits, ..Settings::default() };
    let (kernel, mut interp) = runtime.block_on(async { build(&speaker, control, settings) });
    let program = lang::compile(&interp.engine, &interp.shared, &script.name, &script.text, Unit::Script)
        .map_err(Failed::NotCompiled)?;
    interp.add_functions(&program.ast);
    Ok(work(Engine { runtime, kernel, interp, program, control }))
}

/// What explored scripts print is no part of their outcome.
struct Mute(Script, Arc<Control>);

impl Host for Mute {
    fn print(&self, _: u32, _: &str, _: &str) {}

    fn args(&self) -> Vec<String> {
        self.0.args.clone()
    }

    fn permissions(&self) -> Arc<Permissions> {
        self.0.permissions.clone()
    }

    fn interrupted(&self) -> bool {
        self.1.is_asked()
    }
}

impl Speaker for Mute {
    fn report(&self, _: &Report) {}

    fn host(self: Rc<Self>) -> Rc<dyn Host> {
        self
    }
}
