//! The command line as clap sees it. No type of clap's leaves this file.

mod bounds;
mod file;
mod order;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::error::{Error, ErrorKind};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use super::exploring::ExploreArgs;
use super::{Cli, Command, Exit, Options, Script, Surroundings, exit};
use crate::limits::Limits;
use crate::term::{self, ColorChoice, Stream};
use crate::trace::render::FORMATS;
pub(super) use bounds::Bounds;
use file::file;
use order::OrderOptions;

const USAGE: &str = "loopscope [OPTIONS] [FILE [ARG...]]\n       loopscope [OPTIONS] <COMMAND>";

const COMPLETIONS_HELP: &str = "\
Where the shells look for it:
  bash  loopscope completions bash > ~/.local/share/bash-completion/completions/loopscope
  zsh   loopscope completions zsh > _loopscope, in a folder of $fpath
  fish  loopscope completions fish > ~/.config/fish/completions/loopscope.fish";

const AFTER_HELP: &str = "\
New here? `loopscope` opens the prompt, `loopscope learn` lists the lessons, `loopscope examples` the examples.

Without a command or file: the prompt on a terminal, else the script from standard input.
Options come before FILE; everything after it reaches the script as args().

Exit codes: 0 done, 1 the script failed, 2 wrong command line, 3 deadlock,
124 --timeout reached, 129 SIGHUP, 130 Ctrl-C, 143 SIGTERM.";

/// A playground for asynchronous programming: run a script, see who ran when
#[derive(Parser)]
#[command(name = "loopscope", bin_name = "loopscope", version)]
#[command(override_usage = USAGE, after_help = AFTER_HELP)]
#[command(subcommand_value_name = "COMMAND")]
struct Line {
    #[command(flatten)]
    run: RunOptions,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto)]
    color: Color,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Run a script ('-' = standard input)
    Run {
        #[command(flatten)]
        options: RunOptions,
        /// The script, then what it gets from args()
        // One list: clap takes everything after the first value of a trailing list as it is.
        #[arg(required = true, trailing_var_arg = true, value_names = ["FILE", "ARG"])]
        words: Vec<OsString>,
    },
    /// Run code and print its value
    Eval {
        #[command(flatten)]
        options: RunOptions,
        /// What to run; its value is printed unless it is ()
        // It may start with a minus.
        #[arg(allow_hyphen_values = true, value_parser = code)]
        code: String,
        // Taken here, so that `code` can complain of an option misspelt before clap does of what
        // follows it.
        #[arg(hide = true)]
        surplus: Vec<String>,
    },
    /// Parse and lint scripts, run nothing
    Check {
        /// The scripts ('-' = standard input)
        #[arg(required = true, value_name = "FILE")]
        files: Vec<OsString>,
    },
    /// Run a script under many schedules, and report what can come of it
    Explore(ExploreArgs),
    /// List the bundled examples, or run one
    Examples {
        #[command(flatten)]
        options: RunOptions,
        /// Which one to run; the list has the names
        name: Option<String>,
        /// Print its source instead
        #[arg(long, requires = "name")]
        show: bool,
    },
    /// Show a recording that was saved as .jsonl
    #[command(after_help = view_help())]
    View {
        #[command(flatten)]
        options: ViewOptions,
        /// The recording
        file: PathBuf,
    },
    /// List the lessons, or take one at the prompt
    Learn {
        #[command(flatten)]
        options: RunOptions,
        /// Its number or its name; without a terminal it is printed, and its programs are run
        lesson: Option<String>,
    },
    /// Serve the pages of the lessons on 127.0.0.1, until Ctrl-C
    DemoServer {
        /// The port to listen on; 0 for any that is free
        #[arg(long, value_name = "N", default_value_t = 0)]
        port: u16,
    },
    /// Print a completion script for a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// For which shell
        shell: clap_complete::Shell,
    },
    /// A file in the place of a command, and the script's arguments.
    #[command(external_subcommand)]
    File(Vec<OsString>),
}

#[derive(Args, Default, PartialEq)]
struct RunOptions {
    /// Draw the lanes on standard error at the end
    #[arg(long)]
    lanes: bool,
    /// Show the steps on standard error at the end, a column per task
    #[arg(long)]
    steps: bool,
    #[arg(long, value_name = "FILE", help = trace_help())]
    trace: Vec<PathBuf>,
    /// Write a line for each event on standard error, while it happens
    #[arg(long)]
    log: bool,
    /// Jump over waiting times instead of waiting
    #[arg(long)]
    virtual_time: bool,
    #[command(flatten)]
    order: OrderOptions,
    #[command(flatten)]
    bounds: Bounds,
}

#[derive(Args)]
struct ViewOptions {
    /// Draw the lanes: this is what is shown if nothing else is asked for
    #[arg(long)]
    lanes: bool,
    /// Show the steps, a column per task
    #[arg(long)]
    steps: bool,
    /// Show a line for each event
    #[arg(long)]
    log: bool,
    #[arg(long, value_name = "FILE", help = trace_help())]
    trace: Vec<PathBuf>,
}

fn trace_help() -> String {
    let endings: Vec<String> = FORMATS.iter().map(|format| format!(".{}", format.ending)).collect();
    format!("Save the recording; the ending says how ({}; can be repeated)", endings.join(" "))
}

fn view_help() -> String {
    let rows: Vec<String> = FORMATS.iter().map(|format| format!("  .{:<6} {}", format.ending, format.about)).collect();
    let plain = "Where the locale (LC_ALL, LC_CTYPE, LANG) is not UTF-8, and on terminals with TERM=linux or TERM=dumb,\nlanes and steps are drawn in ASCII.";
    format!("What --trace writes:\n{}\n\n{plain}", rows.join("\n"))
}

#[derive(Clone, Copy, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
    }
}

pub(super) fn parse(args: impl Iterator<Item = OsString>, surroundings: Surroundings<'_>) -> Result<Cli, Exit> {
    let line = Line::command()
        .try_get_matches_from(args)
        .and_then(|matches| Line::from_arg_matches(&matches))
        .map_err(exit_with)?;
    let color = line.color.into();
    let (command, run) = command(line.verb, line.run, surroundings)?;
    let options = Options {
        lanes: run.lanes,
        steps: run.steps,
        trace: run.trace,
        log: run.log,
        virtual_time: run.virtual_time,
        order: run.order.plain(run.virtual_time)?,
        timeout: run.bounds.timeout,
        color,
        permissions: run.bounds.permissions.into(),
        limits: Limits::with(&run.bounds.limit),
    };
    if command == Command::Prompt && options.order.replay.is_some() {
        return Err(usage(
            ErrorKind::MissingRequiredArgument,
            "--replay needs the script; at the prompt it is :replay",
        ));
    }
    if matches!(&command, Command::Run { script: Script::Stdin, .. }) && options.order.step {
        let message =
            "--step reads its keys from standard input, so the script can't come from there: give it as a file";
        return Err(usage(ErrorKind::ArgumentConflict, message));
    }
    Ok(Cli { command, options })
}

/// What to do, and with which options: those before the command (`outer`) and those after it.
fn command(
    verb: Option<Verb>,
    outer: RunOptions,
    surroundings: Surroundings<'_>,
) -> Result<(Command, RunOptions), Exit> {
    Ok(match verb {
        None => match without_words(surroundings) {
            Command::Prompt if outer.steps => {
                let message = "--steps goes with a script; at the prompt, :steps shows the last run";
                return Err(usage(ErrorKind::ArgumentConflict, message));
            }
            command => (command, outer),
        },
        Some(Verb::File(words)) => {
            let (word, args) = split(words)?;
            (run(file(word, surroundings)?, args), outer)
        }
        Some(Verb::Run { options, words }) => {
            let (word, args) = split(words)?;
            (run(word.into(), args), outer.and(options))
        }
        Some(Verb::Eval { options, code, surplus }) => {
            if let Some(word) = surplus.first() {
                let word = term::escape(word);
                let message = format!("unexpected argument '{word}' found: CODE must be one argument, quoted");
                return Err(usage(ErrorKind::UnknownArgument, &message));
            }
            (Command::Eval { code }, outer.and(options))
        }
        Some(Verb::Examples { options, name, show }) => (Command::Examples { name, show }, outer.and(options)),
        Some(Verb::Learn { options, lesson }) => (Command::Learn { lesson }, outer.and(options)),
        Some(Verb::Check { files }) => {
            let files = files.into_iter().map(Script::from).collect();
            (Command::Check { files }, outer.none_for("check")?)
        }
        Some(Verb::View { options, file }) => {
            let mut rest = outer;
            let views = RunOptions {
                lanes: options.lanes | std::mem::take(&mut rest.lanes),
                steps: options.steps | std::mem::take(&mut rest.steps),
                log: options.log | std::mem::take(&mut rest.log),
                trace: std::mem::take(&mut rest.trace).into_iter().chain(options.trace).collect(),
                ..RunOptions::default()
            };
            rest.none_for("view")?;
            (Command::View { file }, views)
        }
        Some(Verb::Explore(args)) => {
            let outer = outer.for_explore()?;
            let inner = RunOptions { bounds: args.bounds.clone(), ..RunOptions::default() };
            (args.command()?, outer.and(inner))
        }
        Some(Verb::DemoServer { port }) => {
            let options = outer.none_for("demo-server")?;
            (Command::DemoServer { port }, options)
        }
        Some(Verb::Completions { shell }) => return Err(completions(shell)),
    })
}

impl RunOptions {
    /// Both together; `inner`, nearer to what is run, wins where there can be only one.
    fn and(mut self, inner: RunOptions) -> Self {
        self.lanes |= inner.lanes;
        self.steps |= inner.steps;
        self.log |= inner.log;
        self.virtual_time |= inner.virtual_time;
        self.order = self.order.and(inner.order);
        self.trace.extend(inner.trace);
        self.bounds = self.bounds.and(inner.bounds);
        self
    }

    /// Refuses all options but those that `explore` takes, too.
    fn for_explore(self) -> Result<Self, Exit> {
        let taken = Self { bounds: self.bounds.clone(), ..Self::default() };
        if taken == self {
            return Ok(taken);
        }
        let message = "`explore` runs the script many times on the virtual clock and records nothing: of the options of \
                       `run`, only --timeout, --limit and the permissions apply to it";
        Err(usage(ErrorKind::ArgumentConflict, message))
    }

    /// Refuses options where they would do nothing.
    fn none_for(self, command: &str) -> Result<Self, Exit> {
        if self == Self::default() {
            return Ok(self);
        }
        let message = format!(
            "`{command}` runs no script: --lanes, --steps, --trace, --log, --timeout, permissions, limits and those of time and \
             order do not apply to it"
        );
        Err(usage(ErrorKind::ArgumentConflict, &message))
    }
}

fn without_words(surroundings: Surroundings<'_>) -> Command {
    if surroundings.stdin_is_terminal { Command::Prompt } else { run(Script::Stdin, Vec::new()) }
}

fn run(script: Script, args: Vec<String>) -> Command {
    Command::Run { script, args }
}

/// The script's name and its arguments, which a script can hold only as text.
pub(super) fn split(words: impl IntoIterator<Item = OsString>) -> Result<(OsString, Vec<String>), Exit> {
    let mut words = words.into_iter();
    let word = words.next().unwrap_or_default();
    let args = words.enumerate().map(|(index, arg)| {
        arg.into_string().map_err(|arg| {
            let message = format!(
                "argument {} of the script, '{}', is not valid UTF-8",
                index + 1,
                term::escape(&arg.to_string_lossy())
            );
            usage(ErrorKind::InvalidUtf8, &message)
        })
    });
    Ok((word, args.collect::<Result<_, _>>()?))
}

/// Whether a word is spelt as an option of loopscope's.
pub(super) fn is_option(word: &str) -> bool {
    let name = word.split_once('=').map_or(word, |(name, _)| name);
    Line::command()
        .get_arguments()
        .any(|option| option.get_long().is_some_and(|long| name.strip_prefix("--") == Some(long)))
}

/// Code for `eval`, unless it is an option misspelt, which else would be taken for code.
fn code(text: &str) -> Result<String, String> {
    if text.starts_with("--") {
        Err(String::from("there is no such option; code that starts so needs a space before it"))
    } else {
        Ok(text.to_owned())
    }
}

fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut with_names(Line::command()), "loopscope", &mut script);
    let text = String::from_utf8_lossy(&script).into_owned();
    Exit { styled: text.clone(), text, stream: Stream::Stdout, code: exit::DONE }
}

/// The command line with the names of examples and lessons in it, for shells to offer. To refuse others is left to who
/// can say which is near.
fn with_names(line: clap::Command) -> clap::Command {
    let examples = PossibleValuesParser::new(crate::examples::all().iter().map(|(name, _)| *name));
    let lessons = PossibleValuesParser::new(crate::lessons::all().iter().map(|lesson| lesson.slug));
    line.mut_subcommand("examples", |c| c.mut_arg("name", |arg| arg.value_parser(examples)))
        .mut_subcommand("learn", |c| c.mut_arg("lesson", |arg| arg.value_parser(lessons)))
}

/// Wrong usage that clap cannot know of, in its manner.
fn usage(kind: ErrorKind, message: &str) -> Exit {
    exit_with(Line::command().error(kind, message))
}

fn exit_with(error: Error) -> Exit {
    let wrong = error.use_stderr();
    let rendered = error.render();
    // Arguments are quoted as they came, and may come from anywhere.
    Exit {
        text: term::escape(&rendered.to_string()).into_owned(),
        styled: term::escape_keep_sgr(&rendered.ansi().to_string()).into_owned(),
        stream: if wrong { Stream::Stderr } else { Stream::Stdout },
        code: if wrong { exit::USAGE } else { exit::DONE },
    }
}
