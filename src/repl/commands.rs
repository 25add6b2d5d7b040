//! The table of `:commands`: help, completion, colours and the loop all read it. A new command is a
//! row here and a function in `handlers`.

use super::edit::edit;
use super::foreign;
use super::handlers as on;
use super::learn;
use super::session::{Flow, Session};
use super::{steer, tasks};
use crate::near::nearest;

/// A command.
pub struct Command {
    pub name: &'static str,
    /// The form of its argument, as help shows it.
    pub form: &'static str,
    /// One line.
    pub summary: &'static str,
    /// What `:help NAME` adds.
    pub help: &'static str,
    pub arg: Arg,
    pub run: fn(&mut Session, &str) -> Flow,
}

/// What can be completed after a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arg {
    None,
    Path,
    /// The number of a task.
    Task,
    /// A function or a command.
    Topic,
    /// The name of a lesson.
    Lesson,
    /// The name of a bundled example.
    Example,
    /// A setting, then one of its values.
    Setting,
    /// Rhai, over several lines if need be.
    Code,
    /// The same, or the name of a bundled example.
    CodeOrExample,
    /// `save`, and a path.
    SavePath,
    Words(&'static [&'static str]),
}

impl Command {
    /// Whether it is about what was run before: then a run that was left has to end first.
    pub fn is_about_runs(&self) -> bool {
        !matches!(self.name, "help" | "quit" | "cancel" | "history")
    }

    pub fn takes_code(&self) -> bool {
        matches!(self.arg, Arg::Code | Arg::CodeOrExample)
    }
}

const fn command(
    name: &'static str,
    form: &'static str,
    arg: Arg,
    run: fn(&mut Session, &str) -> Flow,
    summary: &'static str,
    help: &'static str,
) -> Command {
    Command { name, form, summary, help, arg, run }
}

/// All commands, in the order of `:help`.
pub const TABLE: &[Command] = &[
    command(
        "help",
        "[NAME]",
        Arg::Topic,
        super::help::help,
        "this list, or help on a function or command",
        "`:help gather` explains a function, `:help tasks` a command.",
    ),
    command(
        "tasks",
        "",
        Arg::None,
        tasks::tasks,
        "the tasks that have not ended",
        "Each with its state, what it waits for, for how long, and where. `:why ID` says more, as does `:why NAME`.",
    ),
    command(
        "why",
        "ID|NAME",
        Arg::Task,
        tasks::why,
        "what a task waits for, and its variables",
        "Shows the source line at which the task waits, who holds what it waits for, and the\nvariables it can see.",
    ),
    command(
        "tree",
        "",
        Arg::None,
        tasks::tree,
        "the tasks as a tree: who spawned and who awaits whom",
        "A task stands below the one that spawned it. `-> 2, 3` are the tasks that it awaits.",
    ),
    command(
        "cancel",
        "ID|NAME|all",
        Arg::Task,
        tasks::cancel,
        "cancel a task, or all of them",
        "The task gets the cancellation at the await where it waits; its `defer`s run.",
    ),
    command("vars", "", Arg::None, on::vars, "the variables of this session", "`it` is the last value."),
    command(
        "fns",
        "[TEXT]",
        Arg::None,
        super::fns::functions,
        "the functions: yours, then the library's",
        "With TEXT, those of which the name, the group or the first line of help contains it.",
    ),
    command(
        "type",
        "E",
        Arg::Code,
        on::type_of,
        "the type of an expression's value",
        "E is run to find out, so what it does is done.",
    ),
    command("time", "E", Arg::Code, on::time, "run E and say how long it took", "Wall time, from Enter to the value."),
    command(
        "explore",
        "E|EXAMPLE",
        Arg::CodeOrExample,
        on::explore,
        "run E, or a bundled example, under many schedules: what can come of it",
        "All schedules where they are few. E sees the functions and variables of this session, and leaves them as\nthey are. Each outcome comes with the shortest schedule found, and a token for `:replay`.",
    ),
    command(
        "step",
        "[on|off]",
        Arg::Words(&["on", "off"]),
        steer::step,
        "stop runs before each step: you are the event loop",
        "Shows the ready queue, the waiting tasks with their lines and variables, and\n\
         the timers. Enter goes on, a number picks who runs, `c` continues, `q` ends the\n\
         run, `?` lists more. All tasks are stopped at, those in the background as well,\n\
         as long as the run goes on. While it is stopped the clock stands still;\n\
         `:clock virtual` skips the waiting times besides.",
    ),
    command(
        "clock",
        "[real|virtual|xN]",
        Arg::Words(&["real", "virtual", "x10"]),
        steer::clock,
        "how time passes: real, virtual, or N times as fast",
        "`now()` and the timeouts of fetch are on this clock, too. A virtual clock stands\n\
         still while somebody is ready and while I/O with the outside is under way, then\n\
         jumps to the next timer. While the prompt waits for a line it stands still, too:\n\
         background tasks that sleep go on in the next run that waits. When the pace\n\
         changes, deadlines stay where they are on the clock: what is left passes at the\n\
         new pace.",
    ),
    command(
        "seed",
        "[N|off]",
        Arg::Words(&["off"]),
        steer::seed,
        "any ready task may run next, drawn from the seed N",
        "Each run draws anew from N: with `:clock virtual` it goes the same way each time.",
    ),
    command(
        "replay",
        "[TOKEN|N] [step]",
        Arg::None,
        steer::replay,
        "run again what a token stands for, in the same order",
        "Tokens are told by runs with `:seed` that fail, by runs that were stepped, and by\n\
         explorations. N is the N-th outcome of the last exploration. Without either it is the\n\
         one told last, or the first outcome. The run is on the virtual clock; with `step`, as\n\
         with `:step on`, it is stopped before each step, and Enter follows the order. One of\n\
         what was explored begins as that did, and leaves the variables as they are.",
    ),
    command(
        "lanes",
        "[auto|on|off]",
        Arg::Words(&["auto", "on", "off"]),
        on::lanes,
        "draw the lanes of the last run; or say when to",
        "`auto` draws them after each run that had several tasks. `:help legend` explains them.",
    ),
    command(
        "log",
        "on|off",
        Arg::Words(&["on", "off"]),
        on::log,
        "a line for each event while it happens, or not",
        "What is created, started, suspended (on what, and where), woken, ended. `:steps` and\n\
         `:lanes` show the same afterwards, in fewer lines.",
    ),
    command(
        "steps",
        "",
        Arg::None,
        on::steps,
        "the last run step by step, a column per task",
        "A row per step, from one await to the next: what the await brought, what ran, what was printed.",
    ),
    command(
        "trace",
        "save FILE",
        Arg::SavePath,
        on::trace,
        "save the recording of the last run",
        "The ending says how: .svg is a picture, .json is for Perfetto, .jsonl for programs and `loopscope view`,\n\
         .txt to read.",
    ),
    command(
        "allow",
        "[KIND[=WHAT]|all]",
        Arg::Words(&["read", "write", "run", "env", "net", "all"]),
        on::allow,
        "let scripts read, write, run programs, read the environment, use the network",
        "`:allow read=/etc`, `:allow run=git`, or the flag that an error names. Without WHAT, all of that kind;\n\
         `:allow` says what is in force. What was denied by a flag stays denied. What you type yourself may\n\
         read and write files without. While a question waits for its answer, all tasks stand still.",
    ),
    command("load", "FILE", Arg::Path, on::load, "run a file here; its definitions stay", ""),
    command(
        "run",
        "FILE [ARG...]",
        Arg::Path,
        on::run,
        "run a file by itself, as `loopscope run` does",
        "ARGs reach it as args(). Quote what has blanks in it, as in a shell.",
    ),
    command(
        "save",
        "[-f] FILE",
        Arg::Path,
        on::save,
        "write what worked in this session as a script",
        "Inputs that failed and commands are left out. An existing file is replaced with -f only.",
    ),
    command(
        "edit",
        "",
        Arg::None,
        edit,
        "write an input in your editor, beginning with the last one",
        "What is saved there is run. Which editor: `:set editor NAME`, else $VISUAL or $EDITOR.",
    ),
    command(
        "history",
        "[N|TEXT]",
        Arg::None,
        on::history,
        "the last N inputs, 20 if not said, or those that contain TEXT",
        "Of all sessions. Ctrl-R searches them while typing; Up and the right arrow bring them\n\
         back. They are kept in the file that $LOOPSCOPE_HISTORY names, else in\n\
         `loopscope/history` below $XDG_STATE_HOME or ~/.local/state (on macOS\n\
         ~/Library/Application Support, on Windows %LOCALAPPDATA%); with an empty\n\
         LOOPSCOPE_HISTORY nowhere. Secrets that you type are kept, too.",
    ),
    command(
        "set",
        "[NAME VALUE]",
        Arg::Setting,
        on::set,
        "the settings, or change one: it is kept",
        "`:set editor \"\"` clears that one. Kept in the file that $LOOPSCOPE_CONFIG names, else in `loopscope/config` below\n\
         $XDG_CONFIG_HOME or ~/.config (on macOS ~/Library/Application Support, on Windows\n\
         %APPDATA%), a line each: `lanes = off`. You may edit it.",
    ),
    command(
        "examples",
        "[NAME]",
        Arg::Example,
        on::examples,
        "list the bundled examples, or show and run one",
        "It runs by itself, as with `:run`. `loopscope examples NAME --show` prints the source.",
    ),
    command(
        "demo",
        "",
        Arg::None,
        on::demo,
        "start the demo server, as `demo`: HTTP without internet",
        "`demo.url` is its address, and what it answers is listed. It goes on until the prompt is left, or\n\
         `await demo.stop()`.",
    ),
    command(
        "learn",
        "[N|NAME|off]",
        Arg::Lesson,
        learn::learn,
        "take a lesson; without a word, list them",
        "A lesson goes step by step: Enter on an empty line goes on, and in between you\n\
         may try what you like. `:back` and `:again` repeat, `:answer` tells the answer\n\
         to the question. The exercise is done by typing code at the prompt: `:check`\n\
         checks it, `:hint` helps, more each time. Your progress is kept.",
    ),
    command("next", "", Arg::None, learn::next, "go on with the lesson; so does Enter", ""),
    command("back", "", Arg::None, learn::back, "one step of the lesson back", ""),
    command("again", "", Arg::None, learn::again, "this step of the lesson again", ""),
    command("answer", "", Arg::None, learn::answer, "the answer to the lesson's question", ""),
    command(
        "hint",
        "",
        Arg::None,
        learn::hint,
        "help with the exercise: more each time",
        "After the last hint comes a solution.",
    ),
    command(
        "check",
        "[FILE]",
        Arg::Path,
        learn::check,
        "whether the exercise is solved",
        "What you have typed since the exercise was shown, or FILE, is run once more by\n\
         itself on the virtual clock, and then checked.",
    ),
    command("reset", "", Arg::None, on::reset, "cancel all tasks, forget variables and functions", ""),
    command("quit", "", Arg::None, on::quit, "leave; so does Ctrl-D", ""),
];

/// Cuts `:name argument` in two; `None` when the line is no command. The argument is the end of
/// `line`.
pub fn split(line: &str) -> Option<(&str, &str)> {
    let rest = line.trim_start().strip_prefix(':')?.trim_start();
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    Some((&rest[..end], rest[end..].trim_start()))
}

/// The command of that name, or the only one that begins so.
///
/// # Errors
///
/// A line for the user: the candidates, or the nearest name.
pub fn find(name: &str) -> Result<&'static Command, String> {
    if let Some(command) = TABLE.iter().find(|c| c.name == name) {
        return Ok(command);
    }
    let fitting: Vec<&Command> = TABLE.iter().filter(|c| !name.is_empty() && c.name.starts_with(name)).collect();
    match fitting.as_slice() {
        [command] => Ok(command),
        [] => Err(match (foreign::command(name), nearest(name, TABLE.iter().map(|c| c.name))) {
            (Some(here), _) => format!("no command :{name}; {here}"),
            (None, Some(near)) => format!("no command :{name}; did you mean :{near}?"),
            (None, None) => format!("no command :{name}; :help lists them"),
        }),
        several => {
            let names: Vec<String> = several.iter().map(|c| format!(":{}", c.name)).collect();
            Err(format!(":{name} could be {}", names.join(" or ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_prefix_is_enough() {
        assert_eq!(find("ta").map(|c| c.name), Ok("tasks"));
        assert_eq!(find("q").map(|c| c.name), Ok("quit"));
        assert_eq!(find("t").err().as_deref(), Some(":t could be :tasks or :tree or :type or :time or :trace"));
    }

    #[test]
    fn an_unknown_name_suggests_the_nearest() {
        let error = |name: &str| find(name).err().unwrap_or_default();
        assert!(error("taks").ends_with("did you mean :tasks?"));
        assert!(error("qiut").ends_with("did you mean :quit?"));
        assert!(error("xyzzy").ends_with(":help lists them"));
        assert!(error("").ends_with(":help lists them"));
        assert_eq!(error("exit"), "no command :exit; :quit, or Ctrl-D, leaves");
        assert!(error("q!").ends_with("leaves") && error("clear").contains("Ctrl-L"));
    }

    #[test]
    fn every_command_is_documented_once() {
        for (i, command) in TABLE.iter().enumerate() {
            assert!(!command.summary.is_empty(), ":{}", command.name);
            assert!(TABLE[..i].iter().all(|c| c.name != command.name), ":{} twice", command.name);
        }
    }

    #[test]
    fn splitting_keeps_the_argument_as_the_end_of_the_line() {
        assert_eq!(split("  :time  f(1) "), Some(("time", "f(1) ")));
        assert_eq!(split(": help x"), Some(("help", "x")));
        assert_eq!(split(":"), Some(("", "")));
        assert_eq!(split("a :b"), None);
    }
}
