//! The loop of the prompt.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use super::backend::{Backend, Lanes, Outcome, RunKind};
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
use super::steer::{Answers, Past};
use super::tasks::list;
use super::terminal::{self, Asked, Modes};
use crate::lessons::progress::Progress;
use crate::term::wrap::hung;
use crate::term::{Paint, escape_keep_sgr};

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
    /// What worked, or has left something, for `:save`.
    pub(super) worked: Vec<save::Input>,
    /// The lesson that is taken.
    pub(super) course: Option<Course>,
    pub(super) progress: Progress,
    pub(super) news: Receiver<News>,
    pub(super) tell: Sender<News>,
    pub(super) runs: u64,
    /// What the runs were that the prompt has left before they had ended.
    pub(super) left: Vec<(u64, save::Input)>,
    pub(super) spare: Spare,
    pub(super) interrupts: Arc<Interrupts>,
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
        left: Vec::new(),
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
                Ok(command) if command.is_about_runs() && !self.waits_for_left() => Flow::Continue,
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
        self.keep(save::Input::typed(source), &outcome);
        self.show(&outcome);
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
