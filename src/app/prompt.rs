//! The prompt's side of the loop: a thread that runs sessions, and what comes of each run.

use std::future::Future as _;
use std::path::PathBuf;
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::Poll;
use std::time::Duration;

use rhai::Dynamic;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::drawing::Drawing;
use super::handle::{Claim, Handle};
use super::names::{self, names_of};
use super::signals::RunLimit;
use super::voice::Voice;
use super::{exit, in_runtime, large, lessons, no_thread, orders, steered, value, views};
use crate::cli;
use crate::engine::awaitable::{Coroutine, Future, Progress};
use crate::explore::search::Early;
use crate::explore::{self, Findings, report};
use crate::permissions::{Permissions, current_folder};
use crate::repl::backend::{Lanes, Names, Outcome, Reply, Run, RunKind};
use crate::repl::settings::{self, Settings as Liked};
use crate::repl::{self, Sink};
use crate::report::Report;
use crate::session::engine::STACK;
use crate::session::{End, Session, Settings, Speaker as _, names as names_in_words};
use crate::term::wrap::hung;
use crate::term::{ColorChoice, Paint, Stream};
use crate::trace::event::{Kind, WaitClass};
use crate::trace::recording::Recording;

/// So many events are drawn in a few hundredths of a second,
const QUICK_TO_DRAW: usize = 100_000;
/// and so many, which is what is drawn without being asked for, in about a tenth.
const UNASKED: usize = 400_000;

/// Something for the loop's thread to do.
pub(super) enum Job {
    Run(Run, Reply),
    Ask(Box<dyn FnOnce(&mut Session) + Send>),
    /// Cancels all tasks, lets their `defer`s run, and forgets variables and functions.
    Reset(Claim, mpsc::Sender<String>),
    /// Cancels all tasks, if a stop was asked for that no run has heeded.
    Heed,
    /// Shows events while they happen, or not.
    Log(bool),
    Close(mpsc::Sender<()>),
}

/// Opens the prompt, perhaps with a lesson; gives the exit code.
pub fn open(options: &cli::Options, lesson: Option<String>) -> u8 {
    let (liked, warnings) = Liked::load(settings::default_path());
    let options = &cli::Options { color: chosen_colour(options.color, &liked), ..options.clone() };
    let paint = Paint { on: options.color.enabled(Stream::Stdout) };
    let sink = Sink::new(paint);
    if let Err(reason) = views::check_formats(&options.trace) {
        sink.notice(&Report::error(reason).render(options.color.enabled(Stream::Stderr)));
        return exit::USAGE;
    }
    let (send, jobs) = unbounded_channel();
    let (ready, wait) = mpsc::channel();
    let names = Arc::new(Mutex::new(Arc::new(Names::default())));
    let (of_thread, its_sink, settings) = (names.clone(), sink.clone(), options.clone());
    let permissions = Permissions::new(&options.permissions, current_folder().ok().as_deref());
    let of_voice = permissions.clone();
    let thread = std::thread::Builder::new().name("loop".into()).stack_size(STACK).spawn(move || {
        in_runtime(async move {
            let voice = Rc::new(Voice::new(its_sink, &settings, of_voice));
            let (virtual_time, speed) = (settings.virtual_time, settings.order.speed);
            let config = Settings { virtual_time, speed, unrecorded: false, limits: settings.limits };
            let mut session = Session::new(voice.clone(), config);
            session.set_order(orders::of(&settings.order));
            let _ = voice.control.set(session.control.clone());
            let names = Published { library: names::library(&session), shared: of_thread };
            names.publish(&session);
            let _ = ready.send((session.control.clone(), voice.tasks.clone()));
            let each = EachRun { traces: settings.trace, timeout: settings.timeout };
            serve(session, &voice, jobs, &names, &each).await;
            exit::DONE
        })
    });
    if let Err(error) = thread {
        sink.notice(&format!("loopscope: {}", no_thread(&error)));
        return exit::FAILED;
    }
    let Ok((control, live)) = wait.recv() else {
        return exit::FAILED; // the thread has said why
    };
    let asked = control.clone();
    sink.stop_when(move || asked.is_asked());
    let backend = Arc::new(Handle { jobs: send, control, names, permissions, live });
    let step = options.order.step;
    let lanes = options.lanes.then_some(Lanes::On);
    let options = repl::Options { paint, lanes, settings: liked, warnings, step, lesson, ..repl::Options::default() };
    match repl::run(backend, sink.clone(), options) {
        Ok(code) => code,
        Err(error) => {
            sink.notice(&format!("loopscope: can't use the terminal: {error}"));
            exit::FAILED
        }
    }
}

/// The command line's choice of colours, or that of the settings.
fn chosen_colour(asked: ColorChoice, liked: &Liked) -> ColorChoice {
    match (asked, liked.get("color")) {
        (ColorChoice::Auto, "always") => ColorChoice::Always,
        (ColorChoice::Auto, "never") => ColorChoice::Never,
        _ => asked,
    }
}

/// What the command line asked for each run.
struct EachRun {
    traces: Vec<PathBuf>,
    timeout: Option<Duration>,
}

/// Lets background tasks run until there is a job. None: there will be no more.
async fn next_job(session: &mut Session, jobs: &mut UnboundedReceiver<Job>) -> Option<Job> {
    let kernel = session.kernel.clone();
    let (mut background, mut has_ended) = (pin!(session.run_background()), false);
    std::future::poll_fn(|cx| {
        // an exploration has set all tasks aside: it must not be broken off in between
        let was_aside = kernel.is_aside();
        if !was_aside && let Poll::Ready(job) = jobs.poll_recv(cx) {
            return Poll::Ready(job);
        }
        has_ended = has_ended || background.as_mut().poll(cx).is_ready();
        if was_aside && !kernel.is_aside() {
            cx.waker().wake_by_ref(); // to look for jobs
        }
        Poll::Pending
    })
    .await
}

/// The life of the loop's thread: jobs in turn, and background tasks in between.
async fn serve(
    mut session: Session,
    voice: &Rc<Voice>,
    mut jobs: UnboundedReceiver<Job>,
    names: &Published,
    each: &EachRun,
) {
    let mut inputs = 0; // what was typed so far, also what could not be run: each is a source of its own
    loop {
        match next_job(&mut session, &mut jobs).await {
            None => return,
            Some(Job::Ask(question)) => question(&mut session),
            Some(Job::Run(run, reply)) => {
                session.control.end(); // a stop that came too late for the run before is not meant for this one
                if run.fate.is_unwanted() {
                    reply.send(Outcome { cancelled: Some("cancelled".to_string()), ..Outcome::default() });
                    continue;
                }
                voice.begin(&run);
                inputs += u32::from(matches!(run.kind, RunKind::Input | RunKind::TypeOf | RunKind::Explore));
                let limit = RunLimit::begin(&session.control, each.timeout);
                let (mut outcome, drawing) = run_and_draw(&mut session, voice, &run, inputs).await;
                if let Some(reached) = limit.and_then(RunLimit::end) {
                    outcome.cancelled = Some(format!("the --timeout of {} s has come", reached.as_secs_f64()));
                }
                voice.end();
                each.save(&session, voice, &outcome);
                names.publish(&session);
                match drawing {
                    Some(drawing) => drawing.finish(outcome, reply),
                    None => reply.send(outcome),
                }
            }
            Some(Job::Reset(claim, _)) if !claim.take() => {} // nobody waits for it any more
            Some(Job::Reset(_, done)) => {
                let count = end_tasks(&mut session).await;
                session.forget();
                names.publish(&session);
                let tasks = if count == 1 { "1 task".to_string() } else { format!("{count} tasks") };
                let _ = done.send(format!("forgot variables and functions; cancelled {tasks}"));
            }
            Some(Job::Heed) => session.heed_wide_stop(),
            Some(Job::Log(on)) => voice.log(on, &session.kernel),
            Some(Job::Close(done)) => {
                end_tasks(&mut session).await;
                session.report_failed(true);
                drop(session); // temporary folders go, and processes: nobody waits for this thread's end
                let _ = done.send(());
                return;
            }
        }
    }
}

impl EachRun {
    /// Saves the run that has ended in the files that the command line has named.
    fn save(&self, session: &Session, voice: &Voice, outcome: &Outcome) {
        session.with_shown(|recording| {
            if outcome.ran && !recording.is_empty() {
                let saved = self.traces.iter().map(|file| views::save(recording, file));
                saved.filter_map(Result::err).for_each(|reason| voice.report(&Report::error(reason)));
            }
        });
    }
}

/// The names that the prompt completes: gathered on the loop's thread, read while the user types.
struct Published {
    library: Names,
    shared: Arc<Mutex<Arc<Names>>>,
}

impl Published {
    fn publish(&self, session: &Session) {
        let names = Arc::new(names_of(session, &self.library));
        *self.shared.lock().unwrap_or_else(PoisonError::into_inner) = names;
    }
}

/// Cancels all tasks and lets their `defer`s run; gives their number.
async fn end_tasks(session: &mut Session) -> usize {
    let left = session.kernel.tasks();
    for task in &left {
        session.kernel.cancel(task);
    }
    session.settle(&left).await;
    left.len()
}

/// Explores what was typed.
async fn explore_input(session: &mut Session, run: &Run, name: &str) -> Outcome {
    let mut outcome = Outcome::default();
    let options = explore::Options { named: report::LINES, ..explore::Options::default() };
    let found = match run.kind {
        RunKind::ExploreApart { .. } => session.explore_apart(name, &run.source, &options).await,
        _ => session.explore(name, &run.source, &options).await,
    };
    match found {
        Ok(findings) => {
            let text = report::text(&findings, ":replay", &steered::view(run.width));
            outcome.found = Some(hung(&text, run.width.into()));
            outcome.explored = tokens_of(&findings);
            outcome.cancelled = (findings.ended == Some(Early::Interrupted)).then(|| "stopped".to_string());
        }
        Err(report) => {
            outcome.error = Some(report.render(ColorChoice::Auto.enabled(Stream::Stderr)));
            outcome.failed = true;
        }
    }
    outcome
}

/// Runs a text, in the session or beside it; its lanes are drawn if they are wanted.
async fn run_and_draw(session: &mut Session, voice: &Rc<Voice>, run: &Run, number: u32) -> (Outcome, Option<Drawing>) {
    match &run.kind {
        RunKind::Check { exercise, inputs } => (lessons::check(session, exercise, inputs).await, None),
        RunKind::Apart { .. } => {
            let mut beside = session.beside(voice.clone(), crate::lessons::run::settings());
            let mut outcome = run_steered(&mut beside, run, number).await;
            let _ = voice.take_explored(); // that belongs to the session beside
            beside.finish().await;
            session.resume();
            let drawing = lanes_of(&beside, run, &mut outcome);
            (outcome, drawing)
        }
        _ => {
            let mut outcome = run_steered(session, run, number).await;
            found(session, voice, run, &mut outcome);
            let drawing = lanes_of(session, run, &mut outcome);
            (outcome, drawing)
        }
    }
}

/// Keeps what functions of the run have explored, and tells what was found last.
fn found(session: &mut Session, voice: &Voice, run: &Run, outcome: &mut Outcome) {
    let list = voice.take_explored();
    if let Some((findings, _)) = list.last() {
        outcome.found = Some(report::text(findings, ":replay", &steered::view(run.width)));
        outcome.explored = tokens_of(findings);
    }
    list.into_iter().for_each(|(_, explored)| session.keep_explored(explored));
}

/// The tokens of the outcomes that are listed.
fn tokens_of(findings: &Findings) -> Vec<String> {
    findings.outcomes.iter().take(report::LINES).map(|outcome| outcome.token.to_string()).collect()
}

async fn run_steered(session: &mut Session, run: &Run, number: u32) -> Outcome {
    let before = steered::begin(session, run);
    let mut outcome = run_one(session, run, number).await;
    steered::end(session, before, &mut outcome);
    outcome
}

async fn run_one(session: &mut Session, run: &Run, number: u32) -> Outcome {
    if let Some(outcome) = large::shown(session, run) {
        return outcome;
    }
    let name = match &run.kind {
        RunKind::Load { path }
        | RunKind::Script { path, .. }
        | RunKind::ExploreApart { path }
        | RunKind::Apart { name: path } => path.clone(),
        _ => format!("<prompt {number}>"),
    };
    let again = match &run.order {
        Some(token) => session.replay(token).await,
        None => None,
    };
    let end = match (again, &run.kind) {
        (Some(end), _) => end,
        (None, RunKind::Explore | RunKind::ExploreApart { .. }) => return explore_input(session, run, &name).await,
        (None, RunKind::Script { .. }) => session.run_apart(&name, &run.source).await,
        (None, _) => session.run(&name, &run.source).await,
    };
    session.speak_notices();
    let mut outcome = Outcome { ran: !matches!(end, End::NotCompiled(_)), ..Outcome::default() };
    match end {
        End::Value(value) => show(session, run, value, &mut outcome),
        End::Exited(_) => outcome.hint = Some("`exit` ended the run; :quit, or Ctrl-D, leaves the prompt".to_string()),
        End::Cancelled | End::Stopped(_) => outcome.cancelled = Some(cancelled(session)),
        End::Deadlock => {
            outcome.failed = true;
            outcome.hint = still_held(session);
        }
        End::Failed(_) | End::NotCompiled(_) => outcome.failed = true,
    }
    outcome
}

/// What Ctrl-C cancelled, and what it did not.
fn cancelled(session: &Session) -> String {
    let mut text = "cancelled".to_string();
    let aftermath = &session.aftermath;
    if !aftermath.cancelled.is_empty() {
        text.push_str(&format!(", with {}", names_in_words(&aftermath.cancelled)));
    }
    if !aftermath.left.is_empty() {
        text.push_str(&format!("; in the background: {} (:cancel all ends them)", names_in_words(&aftermath.left)));
    }
    text
}

/// A deadlock releases nothing: what main took in this or an earlier input it still has.
fn still_held(session: &Session) -> Option<String> {
    match session.aftermath.held.as_slice() {
        [] => None,
        held => Some(format!("main still holds {}: `release()` gives it back", held.join(", "))),
    }
}

/// The lanes of the run, if they are wanted; else, where they would take long, advice how to see them.
fn lanes_of(session: &Session, run: &Run, outcome: &mut Outcome) -> Option<Drawing> {
    session.with_shown(|recording| lanes_of_shown(session, recording, run, outcome))
}

fn lanes_of_shown(session: &Session, recording: &Recording, run: &Run, outcome: &mut Outcome) -> Option<Drawing> {
    let most = if outcome.cancelled.is_some() { QUICK_TO_DRAW } else { UNASKED };
    let wanted = match run.lanes {
        Lanes::Off => false,
        Lanes::On => true,
        Lanes::Auto if !has_several(session, recording) => false,
        // whoever presses Ctrl-C wants the prompt; and so many events take a while to draw
        Lanes::Auto if recording.len() > most => {
            let events = crate::units::count(recording.total());
            outcome.hint.get_or_insert(format!("`:lanes` draws the {events} events of this run"));
            false
        }
        Lanes::Auto => true,
    };
    let is_run = outcome.ran && !recording.is_empty() && run.kind != RunKind::TypeOf;
    (wanted && is_run).then(|| Drawing::new(recording, run.width, false))
}

/// Whether the run had tasks besides main, or main awaited one. What else goes on in the background is not the run's.
fn has_several(session: &Session, recording: &Recording) -> bool {
    recording.events().any(|e| match e.kind {
        Kind::Started | Kind::Resumed => e.task != 0 && session.control.is_foreground(e.task),
        Kind::Suspended => e.task == 0 && e.class == WaitClass::Task,
        _ => false,
    })
}

fn show(session: &mut Session, run: &Run, value: Dynamic, outcome: &mut Outcome) {
    if run.kind == RunKind::TypeOf {
        outcome.shown = Some(session.interp.engine.map_type_name(value.type_name()).to_string());
        not_started(&value); // nobody wanted it to
        return;
    }
    let is_part = run.order.as_ref().is_some_and(|token| token.within.is_some());
    let is_dropped = !is_part && run.source.trim_end().ends_with(';'); // as where a block ends in one
    if value.is_unit() || is_dropped || (matches!(run.kind, RunKind::Script { .. }) && !is_part) {
        return;
    }
    outcome.shown = Some(value::text(session, &value, run.width, run.paint));
    outcome.hint = not_started(&value);
    session.set_variable("it", value);
}

/// Advice on a value that has not started.
fn not_started(value: &Dynamic) -> Option<String> {
    let hint = "not started: `await it` starts it, `spawn(it)` runs it in the background";
    if let Some(coroutine) = value.read_lock::<Coroutine>() {
        coroutine.forgive();
        return coroutine.is_new().then(|| hint.to_string());
    }
    let future = value.read_lock::<Future>()?;
    future.forgive();
    (future.progress() == Progress::New).then(|| hint.to_string())
}
