//! The command line, turned into plain options.
//!
//! Nothing here prints or exits: [`parse`] gives what to do, or an [`Exit`] with the text to show
//! and the code to leave with. Options of loopscope come before the file; what follows the file is
//! the script's own and reaches it untouched.
//!
//! A new subcommand is one variant of `Verb` in `args`, and one of [`Command`].

mod args;
mod exploring;
mod permissions;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::time::Duration;

use crate::engine::token::Token;
use crate::explore;
use crate::limits::Limits;
use crate::permissions::Flags;
use crate::term::{ColorChoice, Stream};

/// The codes that the process leaves with.
pub mod exit {
    /// Everything ended well.
    pub const DONE: u8 = 0;
    /// The script failed: an uncaught error, a failed task nobody awaited, a parse error; or its
    /// output could not be written.
    pub const FAILED: u8 = 1;
    /// The command line makes no sense.
    pub const USAGE: u8 = 2;
    /// No task could ever run again.
    pub const DEADLOCK: u8 = 3;
    /// `--timeout` was reached. As `timeout(1)` says it.
    pub const TIMEOUT: u8 = 124;
    /// Ctrl-C: 128 and the number of SIGINT.
    pub const INTERRUPTED: u8 = 130;
    /// The terminal has gone: 128 and the number of SIGHUP.
    pub const HUNG_UP: u8 = 129;
    /// 128 and the number of SIGTERM.
    pub const TERMINATED: u8 = 143;
}

/// A command line understood.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Cli {
    /// What to do.
    pub command: Command,
    /// How to run it. Where the command runs nothing, only the colour counts.
    pub options: Options,
}

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Command {
    /// Talk with a person.
    #[default]
    Prompt,
    /// Run a script.
    Run {
        /// Where it is.
        script: Script,
        /// What it gets from `args()`.
        args: Vec<String>,
    },
    /// Run code, and print its value unless it is `()`.
    Eval {
        /// The code.
        code: String,
    },
    /// Parse and lint, run nothing.
    Check {
        /// At least one.
        files: Vec<Script>,
    },
    /// Run a script under many schedules.
    Explore {
        /// Where it is.
        script: Script,
        /// What it gets from `args()`.
        args: Vec<String>,
        /// Whether the report is JSON.
        json: bool,
        options: explore::Options,
    },
    /// List the bundled examples, or run or show one.
    Examples {
        /// Which one; without it, list them.
        name: Option<String>,
        /// Print its source instead of running it.
        show: bool,
    },
    /// Show a saved recording.
    View {
        /// Where it was saved, in the `.jsonl` format; [`Options`] say which views of it.
        file: PathBuf,
    },
    /// List the lessons, or take one.
    Learn {
        /// Its number, its name, or the start of it; without it, list them.
        lesson: Option<String>,
    },
    /// Run the offline HTTP server until Ctrl-C.
    DemoServer {
        /// Where to listen on 127.0.0.1; 0 lets the system choose.
        port: u16,
    },
}

/// Where a script comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Script {
    /// Standard input: `-`, or no argument and no terminal.
    Stdin,
    /// A file, which need not exist unless its name stood in the place of a command.
    File(PathBuf),
}

impl From<OsString> for Script {
    fn from(name: OsString) -> Self {
        if name == "-" { Script::Stdin } else { Script::File(name.into()) }
    }
}

/// How to run, common to `run`, `eval`, `examples` and the prompt.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Options {
    /// Draw the lanes on standard error at the end.
    pub lanes: bool,
    /// Write the steps on standard error at the end.
    pub steps: bool,
    /// Save the recording to these files; the ending of each picks the format.
    pub trace: Vec<PathBuf>,
    /// Write one line an event on standard error while it runs.
    pub log: bool,
    /// Let the clock jump to the next timer when nothing is ready.
    pub virtual_time: bool,
    /// How time passes and who is next.
    pub order: Order,
    /// Stop after so long, more than zero.
    pub timeout: Option<Duration>,
    /// When to colour.
    pub color: ColorChoice,
    /// What scripts may do to the world.
    pub permissions: Flags,
    /// What they may use up.
    pub limits: Limits,
}

/// How time passes, and who is next.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Order {
    /// How many times as fast as real time the clock runs.
    pub speed: Option<f64>,
    /// Draw the next task at random, from this seed.
    pub seed: Option<u64>,
    /// Run in the order of an earlier run.
    pub replay: Option<Token>,
    /// Stop before each step.
    pub step: bool,
}

impl Options {
    /// Whether a script runs on a virtual clock. Orders of earlier runs hold there; and who looks at each step does not
    /// want to wait besides. `--speed` says otherwise.
    pub fn is_virtual(&self) -> bool {
        let steered = self.order.step || self.order.replay.is_some();
        self.virtual_time || (steered && self.order.speed.is_none())
    }
}

/// What the parser needs to know of the world.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The bundled examples, to suggest where a name is nearly one of them.
    pub examples: &'a [&'a str],
    /// Whether a person sits at standard input.
    pub stdin_is_terminal: bool,
}

/// Nothing to run: help that was asked for, or what was wrong with the command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exit {
    /// What to show, with its newline, free of live escape sequences.
    pub text: String,
    /// The same with colours.
    pub styled: String,
    /// Where to show it.
    pub stream: Stream,
    /// What to leave with.
    pub code: u8,
}

/// Understands a command line, the program's own name first.
///
/// # Errors
/// An [`Exit`] for `--help`, `--version` and `completions`, with code 0 and for standard output;
/// and for wrong usage, with code 2 and for standard error.
pub fn parse(args: impl Iterator<Item = OsString>) -> Result<Cli, Exit> {
    let surroundings = Surroundings { examples: &[], stdin_is_terminal: io::stdin().is_terminal() };
    parse_in(args, surroundings)
}

/// Whether a word is spelt as an option of loopscope's, with or without its value.
pub fn is_option(word: &str) -> bool {
    args::is_option(word)
}

/// As [`parse`], in a world that is told.
///
/// # Errors
/// As [`parse`].
pub fn parse_in(args: impl Iterator<Item = OsString>, surroundings: Surroundings<'_>) -> Result<Cli, Exit> {
    args::parse(args, surroundings)
}

#[cfg(test)]
mod tests;
