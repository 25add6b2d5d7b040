//! The loop of the prompt.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use super::backend::{Backend, Lanes, Outcome, Reply, Run, RunKind};
use super::commands;
use super::editor::{Editor, Read};
use super::foreign;
use super::history::{self, History};
use super::interrupt::{Interrupts, News};
use super::learn::{self, Course};
use super::printer::Sink;
use super::save;
use super::settings::Settings;
use super::shape::fitted;
use super::spare::Spare;
use super::spinner::Spinner;
use super::steer::{Answers, Asker, Past};
use super::tasks::list;
use super::terminal::{self, Asked, Modes};
use crate::engine::token::Token;
use crate::lessons::progress::Progress;
use crate::term::wrap::hung;
use crate::term::{Paint, escape_keep_sgr};

/// After this long a run that ignores Ctrl-C can be abandoned with another,
const PATIENCE: Duration = Duration::from_secs(3);
/// and after so many in any case. Each of the first may have interrupted a `defer`.
const MANY_PRESSES: u32 = 10;

/// How long `defer`s may take when the prompt leaves, and on a fatal signal.
const FAREWELL: Duration = Duration::from_secs(2);
const HURRY: Duration = Duration::from_millis(500);

/// How the prompt is started.
#[derive(Clone, Debug)]
pub struct Options {
    pub paint: Paint,
    /// When lanes are drawn after a run, until `:lanes` says otherwise; `None`: as the settings say.
    pub lanes: Option<Lanes>,
    pub settings: Settings,
    /// What is to be told at the start.
    pub warnings: Vec<String>,
    /// Whether runs stop before each step, until `:step` says otherwise.
    pub step: bool,
    /// The history file; `None` for the usual place.
    pub history: Option<PathBuf>,
    /// The lesson to begin with.
    pub lesson: Option<String>,
    /// Lines shown at the start.
    pub banner: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            paint: Paint { on: true },
            lanes: None,
            settings: Settings::default(),
            warnings: Vec::new(),
            step: false,
            history: None,
            lesson: None,
            banner: vec![
                format!("loopscope {}: type Rhai with await, async and spawn", env!("CARGO_PKG_VERSION")),
                ":help lists commands, Tab completes, Ctrl-C stops a run, Ctrl-D leaves".to_owned(),
            ],
        }
    }
}

/// Whether the prompt goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    Continue,
    Leave,
}

/// The state of a prompt; handlers of commands work on it.
pub struct Session {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) sink: Sink,
    pub(super) paint: Paint,
    pub(super) lanes: Lanes,
    pub(super) settings: Settings,
    pub(super) history: History,
    /// What worked, for `:save`.
    pub(super) worked: Vec<save::Entry>,
    /// The lesson that is taken.
    pub(super) course: Option<Course>,
    pub(super) progress: Progress,
    news: Receiver<News>,
    tell: Sender<News>,
    runs: u64,
    spare: Spare,
    interrupts: Arc<Interrupts>,
    /// Whether runs stop before each step.
    pub(super) step: bool,
    pub(super) answers: Option<Answers>,
    pub(super) past: Past,
}

/// Runs the prompt on this thread until the user leaves; gives the exit code. Both ends of `sink`
/// must be the same: the one that `backend` prints to.
///
/// # Errors
///
/// When the terminal cannot be set up.
pub fn run(backend: Arc<dyn Backend>, sink: Sink, options: Options) -> io::Result<u8> {
    let (tell, news) = mpsc::channel();
    let interrupts = Arc::new(Interrupts::new(Arc::clone(&backend), sink.clone(), options.paint));
    listen_to_signals(Arc::clone(&interrupts))?;
    let modes = Modes::quiet();
    let path = options.history.or_else(history::default_path);
    let progress = Progress::beside(path.as_deref());
    let history = History::open(path);
    let mut editor = Editor::new(Arc::clone(&backend), sink.clone(), options.paint).map_err(io::Error::other)?;
    let mut session = Session {
        backend,
        sink,
        paint: options.paint,
        lanes: options.lanes.unwrap_or_else(|| Lanes::of_word(options.settings.get("lanes")).unwrap_or_default()),
        settings: options.settings,
        history,
        worked: Vec::new(),
        course: None,
        progress,
        news,
        tell,
        runs: 0,
        spare: Spare::default(),
        interrupts,
        step: options.step,
        answers: None,
        past: Past::default(),
    };
    let banner = if session.settings.is_on("banner") { options.banner } else { Vec::new() };
    session.greet(&banner);
    for warning in &options.warnings {
        session.complain(&format!("warning: {warning}"));
    }
    if let Some(lesson) = &options.lesson {
        learn::learn(&mut session, lesson);
    }
    let code = session.serve(&mut editor);
    drop(modes);
    Ok(code)
}

fn listen_to_signals(interrupts: Arc<Interrupts>) -> io::Result<()> {
    terminal::on_signals(move |asked| match asked {
        Asked::Interrupt => interrupts.signalled(),
        Asked::Redraw => interrupts.sink.redraw(),
        Asked::Leave(code) => {
            interrupts.sink.leave_line();
            interrupts.backend.close(HURRY);
            terminal::restore();
            crate::system::process::leave(code);
        }
    })
}

impl Session {
    fn serve(&mut self, editor: &mut Editor) -> u8 {
        loop {
            if let Some(warning) = self.history.take_warning() {
                self.complain(&format!("warning: {warning}"));
            }
            editor.follow(&self.settings);
            self.spare.give();
            let flow = match editor.read(&mut self.history) {
                Read::Input(input) => self.input(&input),
                Read::Interrupted { empty } => {
                    self.interrupts.at_prompt(empty);
                    Flow::Continue
                }
                Read::Refused(why) => {
                    self.complain(&why);
                    Flow::Continue
                }
                Read::End => Flow::Leave,
                Read::Failed(why) => {
                    self.complain(&format!("error: the terminal cannot be read: {why}"));
                    self.backend.close(HURRY);
                    return 1;
                }
            };
            if flow == Flow::Leave {
                self.farewell();
                return 0;
            }
        }
    }

    fn greet(&self, banner: &[String]) {
        for line in banner {
            self.sink.notice(&self.paint.dim(&fitted(line, terminal::width())));
        }
        if self.history.is_empty() {
            let first = "await gather([sleep(0.2), sleep(0.1)])";
            let line = format!("{}  {first}", self.paint.dim("first time here? try"));
            self.sink.notice(&hung(&line, terminal::width().into()));
        }
    }

    fn input(&mut self, input: &str) -> Flow {
        self.interrupts.forget();
        let input = input.trim_end();
        if input.is_empty() {
            return if self.course.is_some() { learn::next(self, "") } else { Flow::Continue };
        }
        self.history.add(input);
        match commands::split(input) {
            None => {
                self.run_input(input);
                Flow::Continue
            }
            Some((name, argument)) => match commands::find(name) {
                Ok(command) if command.form.is_empty() && !argument.trim().is_empty() => {
                    self.complain(&format!(":{} takes nothing after it", command.name));
                    Flow::Continue
                }
                Ok(command) => (command.run)(self, argument),
                Err(why) => {
                    self.complain(&why);
                    Flow::Continue
                }
            },
        }
    }

    /// Runs what was typed and shows what came of it. Words by which other prompts are left are
    /// understood.
    pub(super) fn run_input(&mut self, source: &str) {
        if let Some((word, here)) = foreign::word(source)
            && !self.backend.names().defines(word)
        {
            return self.remark(here);
        }
        let outcome = self.execute(source.to_owned(), RunKind::Input);
        self.keep(source, &outcome);
        self.show(&outcome);
    }

    pub(super) fn keep(&mut self, source: &str, outcome: &Outcome) {
        if !outcome.failed && outcome.cancelled.is_none() {
            let gave_value = outcome.shown.is_some();
            self.worked.push(save::Entry { source: source.to_owned(), gave_value });
        } else if outcome.ran {
            let names = self.backend.names();
            let is_there = |name: &str| names.variables.iter().any(|v| v.name == name);
            let left = save::survived(source, &self.worked, is_there);
            self.worked.extend(left.map(|source| save::Entry { source, gave_value: false }));
        }
    }

    /// Runs `source` in the foreground and waits for its end; Ctrl-C cancels it.
    pub(super) fn execute(&mut self, source: String, kind: RunKind) -> Outcome {
        self.past.note(&source, &kind);
        self.execute_in_order(source, kind, None)
    }

    /// The same in a certain order of the tasks.
    pub(super) fn execute_in_order(&mut self, source: String, kind: RunKind, order: Option<Token>) -> Outcome {
        self.runs += 1;
        self.spare.take();
        self.interrupts.run_begins(self.tell.clone());
        let (number, tell) = (self.runs, self.tell.clone());
        let reply = Reply::new(move |outcome| {
            let _ = tell.send(News::Done(number, outcome));
        });
        let asks = self.tell.clone();
        let asker = Asker(Arc::new(move |question| drop(asks.send(News::Asked(question)))));
        let (ask, step) = (asker.clone(), self.step.then_some(asker));
        let (width, paint) = (terminal::width(), self.paint);
        let run = Run { source, kind, lanes: self.lanes, width, paint, step, ask, order };
        self.backend.run(run, reply);
        let outcome = self.outcome_of(number);
        self.interrupts.run_ended();
        if let Some((token, _)) = &outcome.token {
            self.past.token = Some(token.clone());
        }
        self.past.note_explored(&outcome.explored);
        // Pressed when the run had just ended.
        while let Ok(news) = self.news.try_recv() {
            if matches!(news, News::Interrupt) {
                self.interrupts.at_prompt(true);
            }
        }
        outcome
    }

    /// Waits for the end of a run; Ctrl-C cancels it.
    fn outcome_of(&mut self, number: u64) -> Outcome {
        let mut presses = Presses::default();
        let mut spinner = Spinner::new(self.settings.is_on("spinner"));
        loop {
            let news = self.news.recv_timeout(spinner.pause());
            if let Err(RecvTimeoutError::Timeout) = news {
                spinner.turn(&self.sink, self.backend.doing());
                continue;
            }
            match news {
                Ok(News::Interrupt) => self.sink.try_clear_status(),
                _ => self.sink.clear_status(),
            }
            match news {
                Ok(News::Done(done, outcome)) if done == number => return outcome,
                Ok(News::Done(..)) => {}
                Ok(News::Asked(question)) => {
                    if let Some(unanswered) = self.ask(question) {
                        self.interrupted_in_run(&mut presses);
                        drop(unanswered);
                    }
                }
                Ok(News::Interrupt) => {
                    spinner.stops();
                    self.interrupted_in_run(&mut presses);
                }
                Err(_) => return Outcome::default(),
            }
        }
    }

    fn interrupted_in_run(&mut self, presses: &mut Presses) {
        if presses.is_in_vain(self.backend.is_deaf()) {
            terminal::restore();
            self.complain("the run does not stop; leaving");
            crate::system::process::leave(130);
        }
        self.interrupts.in_run();
    }

    fn farewell(&self) {
        let tasks = self.backend.tasks().unwrap_or_else(|busy| {
            self.complain(&busy);
            Vec::new()
        });
        match tasks.len() {
            0 => {}
            1 => self.complain(&format!("still running, now cancelled: {}", list(&tasks))),
            n => self.complain(&format!("{n} tasks still running, now cancelled: {}", list(&tasks))),
        }
        self.backend.close(FAREWELL);
    }

    /// Shows what came of a run.
    pub(super) fn show(&self, outcome: &Outcome) {
        if let Some(found) = &outcome.found {
            self.say(found);
            if outcome.explored.len() > 1 {
                let hint = ":replay N runs the N-th outcome again, :replay N step stops before each of its steps";
                self.remark(hint);
            }
        }
        if let Some(shown) = &outcome.shown {
            self.say(&format!("{} {}", self.paint.dim("=>"), escape_keep_sgr(shown)));
        }
        if let Some(error) = &outcome.error {
            self.sink.notice(error);
        }
        if let Some((_, line)) = &outcome.token {
            self.sink.notice(&self.paint.dim(line));
        }
        if let Some(cancelled) = &outcome.cancelled {
            self.complain(cancelled);
        }
        if let Some(hint) = &outcome.hint {
            self.sink.notice(&self.paint.dim(hint));
        }
        if let Some(lanes) = &outcome.lanes {
            self.sink.notice(&format!("\n{}", lanes.trim_end_matches('\n')));
        }
    }

    /// A line that is an answer.
    pub(super) fn say(&self, text: &str) {
        self.sink.print(None, text.trim_end_matches('\n'));
    }

    /// A sentence about what was done, or what can be.
    pub(super) fn remark(&self, text: &str) {
        self.say(&self.paint.dim(&fitted(text, terminal::width())));
    }

    /// A line that is not what the user hoped for.
    pub(super) fn complain(&self, text: &str) {
        self.sink.notice(&self.paint.warn(&fitted(text, terminal::width())));
    }
}

/// Ctrl-C during one run.
#[derive(Default)]
struct Presses {
    count: u32,
    /// When the loop was asked to stop that has not heeded it since.
    unheeded: Option<Instant>,
}

impl Presses {
    /// Counts one more. Whether there is no use in it: the loop did not heed those before for long, or there are many.
    /// A run that heeds each, only to run the next `defer`, is stopped in the end.
    fn is_in_vain(&mut self, is_deaf: bool) -> bool {
        self.count += 1;
        let now = Instant::now();
        self.unheeded = Some(self.unheeded.filter(|_| is_deaf).unwrap_or(now));
        self.unheeded.is_some_and(|since| now - since > PATIENCE) || self.count > MANY_PRESSES
    }
}
