//! What the prompt needs of the event loop, which runs on a thread of its own.
//!
//! All types are plain data, so that neither side holds anything of the other. Texts are ready to be
//! shown; the prompt escapes them for the terminal, keeping colours. What tasks print goes through
//! [`super::Sink`].

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use super::spinner::Doing;
use super::steer::Asker;
use crate::engine::token::Token;
use crate::lessons::Exercise;
use crate::term::Paint;

/// The loop's answer, or a line that says why there is none ("the loop is busy: ...").
pub type Answer<T> = Result<T, String>;

/// The event loop as the prompt sees it.
///
/// `run` and the `cancel_` methods return at once. The others answer within about a second, or say
/// that the loop is busy and with what: the prompt waits for them. What was answered so is not done later.
pub trait Backend: Send + Sync {
    /// Starts a foreground run, behind that before it if this has not ended. `reply` is sent when it has ended, however
    /// it ended, and after everything that it printed has gone to the sink.
    fn run(&self, run: Run, reply: Reply);
    /// Cancels the foreground run and nothing else, also when it never yields.
    fn cancel_foreground(&self);
    /// Cancels the foreground run and all other tasks.
    fn cancel_all(&self);
    /// Whether the loop has not heeded yet what it was asked for by one of these two.
    fn is_deaf(&self) -> bool;

    /// Names to complete and explain. Called while the user types: must come from a snapshot.
    fn names(&self) -> Arc<Names>;

    /// The tasks that have not ended, oldest first.
    fn tasks(&self) -> Answer<Vec<TaskRow>>;
    /// What a task waits for, held by whom, its source line, its variables.
    fn why(&self, task: u32) -> Answer<String>;
    /// Cancels one task; the text says what was done.
    fn cancel(&self, task: u32) -> Answer<String>;
    /// The session's variables in the order in which they were declared.
    fn variables(&self) -> Answer<Vec<VariableRow>>;
    /// Whether a text is a script; the error says what is wrong with it.
    fn compile(&self, text: String) -> Answer<()>;
    /// The lanes of the last run, drawn anew for a terminal of `width` columns.
    fn lanes(&self, width: u16) -> Answer<String>;
    /// Who spawned and who awaits whom, drawn for a terminal of `width` columns.
    fn tree(&self, width: u16) -> Answer<String>;
    /// Lets the runs to come draw who is next from a seed, or not; the text says what holds now.
    fn seed(&self, seed: Option<u64>) -> Answer<String>;
    /// The seed that runs draw who is next from, if any.
    fn seeded(&self) -> Answer<Option<u64>>;
    /// The options of the command line with which a script runs as the inputs do now; empty if it needs none.
    fn flags(&self) -> Answer<String>;
    /// Lets the clock pass in another way: `real`, `virtual`, `x10`; the text says what holds now.
    fn clock(&self, pace: &str) -> Answer<String>;
    /// Allows scripts what these words say; without any, says what is allowed.
    fn allow(&self, words: &str) -> Answer<String>;
    /// The steps of the last run.
    fn steps(&self, width: u16) -> Answer<String>;
    /// Saves the recording of the last run in the format of the file's ending; the text says what was saved.
    fn save_trace(&self, file: PathBuf) -> Answer<String>;
    /// Shows a line for each event while it happens, or not.
    fn log(&self, on: bool);
    /// How many tasks have not ended, about, and whether there are `defer`s among what they do: called while a run goes on.
    fn doing(&self) -> Doing;
    /// Cancels all tasks and forgets variables and functions; the text says what was done.
    fn reset(&self) -> Answer<String>;

    /// The prompt leaves: cancels all tasks and lets their `defer`s run, for at most `limit`.
    fn close(&self, limit: Duration);
}

/// A foreground run.
#[derive(Clone, Debug)]
pub struct Run {
    pub source: String,
    pub kind: RunKind,
    /// Whether to draw the lanes into the outcome.
    pub lanes: Lanes,
    /// Columns of the terminal.
    pub width: u16,
    /// Colours of the value.
    pub paint: Paint,
    /// Stops it before each step, and asks there what to do.
    pub step: Option<Asker>,
    /// Where it asks for leave to do what no flag allows.
    pub ask: Asker,
    /// Who is next in it, in place of what `:seed` says; on the virtual clock.
    pub order: Option<Token>,
    /// What has become of it meanwhile.
    pub fate: Arc<Fate>,
}

/// What has become of a run, for both sides to see.
#[derive(Debug, Default)]
pub struct Fate {
    unwanted: AtomicBool,
    left: AtomicBool,
    over: AtomicBool,
}

impl Fate {
    /// Ctrl-C was pressed in it: if it has not begun, it need not.
    pub fn give_up(&self) {
        self.unwanted.store(true, Ordering::Release);
    }

    pub fn is_unwanted(&self) -> bool {
        self.unwanted.load(Ordering::Acquire)
    }

    /// Nobody waits for it any more.
    pub fn leave(&self) {
        self.left.store(true, Ordering::Release);
    }

    pub fn is_left(&self) -> bool {
        self.left.load(Ordering::Acquire)
    }

    /// It has ended.
    pub fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

/// How the source of a run is meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RunKind {
    /// Typed at the prompt: definitions stay, the value becomes `it`.
    Input,
    /// A file run in the session: definitions stay.
    Load { path: String },
    /// A file run by itself, with `args()`; nothing stays.
    Script { path: String, args: Vec<String> },
    /// Run under many schedules; what was found is in [`Outcome::found`], and nothing stays.
    Explore,
    /// A bundled example, the file of this name, run under many schedules by itself.
    ExploreApart { path: String },
    /// A lesson's program, run by itself on the virtual clock; nothing stays.
    Apart { name: String },
    /// An exercise is checked: these inputs, then its check, by themselves on the virtual clock. The run has failed if
    /// the check does not pass, and [`Outcome::error`] says what is missing.
    Check { exercise: &'static Exercise, inputs: Vec<String> },
    /// Only the type of the value is wanted, in [`Outcome::shown`]; nothing stays.
    TypeOf,
}

impl RunKind {
    /// Whether it is stopped for what it has found by then, so that its end is waited for.
    pub fn has_findings(&self) -> bool {
        matches!(self, Self::Explore | Self::ExploreApart { .. } | Self::Check { .. })
    }
}

/// When lanes are drawn after a run.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Lanes {
    /// After a run that had several tasks.
    #[default]
    Auto,
    On,
    Off,
}

impl Lanes {
    /// The word of `:lanes` for it.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "auto" => Some(Self::Auto),
            "on" => Some(Self::On),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// How a run ended.
#[derive(Clone, Default, Debug)]
pub struct Outcome {
    /// The value as text; `None` for `()`.
    pub shown: Option<String>,
    /// What was explored, and what was found.
    pub found: Option<String>,
    /// The report of the error or the warnings, rendered.
    pub error: Option<String>,
    /// The run failed; without it, `error` holds only warnings.
    pub failed: bool,
    /// The run was cancelled by Ctrl-C: the line that says so, and what was cancelled with it.
    pub cancelled: Option<String>,
    /// It could be compiled, and so has run.
    pub ran: bool,
    /// A line of advice on the value, such as that a coroutine has not started.
    pub hint: Option<String>,
    /// The lanes, drawn.
    pub lanes: Option<String>,
    /// What brings this run back, and a line that says so.
    pub token: Option<(String, String)>,
    /// The tokens of the outcomes that an exploration has found.
    pub explored: Vec<String>,
    /// It has not ended: the prompt has left the run of this number.
    pub left: Option<u64>,
}

/// Carries the outcome back to the prompt. Dropped unsent, it reports that the loop is gone, so that
/// the prompt never waits for a run that nobody executes.
pub struct Reply(Option<Box<dyn FnOnce(Outcome) + Send>>);

impl Reply {
    pub fn new(send: impl FnOnce(Outcome) + Send + 'static) -> Self {
        Self(Some(Box::new(send)))
    }

    pub fn send(mut self, outcome: Outcome) {
        if let Some(send) = self.0.take() {
            send(outcome);
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if let Some(send) = self.0.take() {
            send(Outcome {
                error: Some("error: the event loop dropped this run without an answer".to_owned()),
                failed: true,
                ..Outcome::default()
            });
        }
    }
}

/// What can be completed and explained.
#[derive(Clone, Default, Debug)]
pub struct Names {
    pub functions: Vec<Function>,
    /// The methods and properties of Rhai's own types.
    pub methods: Arc<Vec<Function>>,
    /// The types that have the methods of streams, too.
    pub streams: Arc<Vec<String>>,
    /// What imported modules have, each with the module's name: `lib`, or `lib::inner`.
    pub modules: Vec<(String, Function)>,
    pub variables: Vec<Variable>,
}

impl Names {
    /// Whether this session has given the name a meaning.
    pub fn defines(&self, name: &str) -> bool {
        self.variables.iter().any(|v| v.name == name)
            || self.functions.iter().any(|f| f.home == Home::Session && f.name == name)
    }
}

/// A function, method or property.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Function {
    pub name: String,
    /// `sleep(seconds)`; of a property `status`, without parentheses.
    pub signature: String,
    /// One line.
    pub summary: String,
    /// What `:help NAME` shows below the signature; may be empty.
    pub help: String,
    /// Of a method or property, the type that has it: "task".
    pub receiver: Option<String>,
    /// The type of its value; empty if that is not known.
    pub gives: String,
    pub home: Home,
}

/// Where a function comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Home {
    /// Defined in this session.
    Session,
    /// In this group of the library.
    Library(&'static str),
    /// In Rhai's own packages.
    Rhai,
}

/// A variable of the session.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Variable {
    pub name: String,
    pub shape: Shape,
}

/// What a value is, as far as completion needs to know.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Shape {
    pub type_name: String,
    /// The entries of an object map.
    pub keys: Vec<(String, Shape)>,
    /// The first item of an array.
    pub item: Option<Box<Shape>>,
}

/// A row of `:tasks`.
#[derive(Clone, Default, Debug)]
pub struct TaskRow {
    pub id: u32,
    pub name: String,
    /// "ready", "running" or "waiting".
    pub state: String,
    /// What it waits for, such as `sleep(1), 0.4 s left`.
    pub on: String,
    /// For how long.
    pub since: Duration,
    /// Where, such as `line 4`.
    pub at: String,
}

/// A row of `:vars`.
#[derive(Clone, Default, Debug)]
pub struct VariableRow {
    pub name: String,
    pub type_name: String,
    /// The value on one line, shortened.
    pub text: String,
}
