//! `explore`: a script under many schedules.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use super::console::Console;
use super::{script, signals};
use crate::cli::{Options, Script, exit};
use crate::explore::jobs::{self, Failed};
use crate::explore::outcome::Kind;
use crate::explore::{self, Findings, json, report};
use crate::host::Host as _;
use crate::report::Report;
use crate::session::{Control, Speaker as _, Stop, compile_report};
use crate::term::wrap::hung;
use crate::term::{self, Stream};
use crate::trace::render::{self, escape::fitted};

/// Explores a script and prints what was found; gives the exit code.
pub fn command(file: &Script, args: Vec<String>, as_json: bool, how: &explore::Options, options: &Options) -> u8 {
    let console = Console::new(options, args);
    console.may_read_beside(file);
    let (name, text) = match script::read(file) {
        Ok(read) => read,
        Err(unread) => {
            console.report(&unread.report);
            return unread.code;
        }
    };
    let control = Arc::new(Control::default());
    signals::listen(&control);
    let limit = signals::limit(&control, &signals::EXPLORATION, options);
    let bar = Bar { most: how.schedules, began: Instant::now(), shown: Stream::Stderr.is_terminal() };
    let found = jobs::explore(
        &jobs::Script { name, text, args: console.args(), permissions: console.permissions(), limits: options.limits },
        how,
        &control,
        &|runs| bar.show(&console, runs),
    );
    drop(limit); // to tell may take longer
    bar.clear(&console);
    match found {
        Ok(findings) => {
            tell(&console, &findings, as_json);
            if findings.schedules == 0 && control.peek() == Some(Stop::Timeout) {
                console.report(&endless());
            }
            let stopped = control.peek().map(script::code_of_stop);
            console.leave_with(stopped.unwrap_or_else(|| code_of(&findings)))
        }
        Err(failed) => {
            console.report(&match failed {
                Failed::NotCompiled(error) => compile_report(&error),
                Failed::Thread(reason) => Report::error(reason),
            });
            exit::FAILED
        }
    }
}

/// Why there may be nothing to tell when the time is over.
fn endless() -> Report {
    Report::error("not one schedule came to an end within the time limit")
        .note("one run may need more time; or a loop awaits nothing, and then it never ends, whatever the schedule")
        .help("`loopscope --timeout SECONDS run FILE` says where it stands")
}

fn tell(console: &Rc<Console>, findings: &Findings, as_json: bool) {
    let early = report::early(findings);
    let nothing = early.is_some() && findings.outcomes.is_empty();
    let text = match as_json {
        true => format!("{}\n", json::json(findings)),
        false if nothing => String::new(),
        false => {
            let text = report::text(findings, "--replay", &view(console));
            match term::width(Stream::Stdout) {
                Some(width) => hung(&text, width),
                None => text,
            }
        }
    };
    // a reader that has gone wants no more; what else may be wrong with stdout is asked for later
    let _ = console.out.print(&text);
    let _ = console.out.flush();
    if let Some(report) = early {
        console.report(&report);
    }
}

/// How steps look on stdout.
fn view(console: &Console) -> render::Options {
    let (colour, ascii) = (console.out.colour(), term::is_plain(Stream::Stdout));
    render::Options { width: term::width(Stream::Stdout).unwrap_or(100), colour, ascii, ..render::Options::default() }
}

/// As `run` would leave with, were the worst of the schedules the one.
fn code_of(findings: &Findings) -> u8 {
    match findings.worst() {
        _ if report::early(findings).is_some() => exit::FAILED,
        Some(Kind::Deadlock) => exit::DEADLOCK,
        Some(Kind::Error | Kind::Livelock) => exit::FAILED,
        Some(Kind::Value) | None => exit::DONE,
    }
}

/// A line on a terminal that says how far it is; nothing elsewhere.
struct Bar {
    most: u64,
    began: Instant,
    shown: bool,
}

impl Bar {
    const WIDTH: u64 = 24;
    const BACK: &str = "\r\u{1b}[K";

    fn show(&self, console: &Console, runs: u64) {
        let seconds = self.began.elapsed().as_secs_f64();
        if !self.shown || seconds < 0.2 {
            return; // what is over at once needs no bar
        }
        let done = (runs * Self::WIDTH / self.most.max(1)).min(Self::WIDTH) as usize;
        let bar = format!("{}{}", "█".repeat(done), "░".repeat(Self::WIDTH as usize - done));
        let (runs, rate) = (report::number(runs as f64), report::number(runs as f64 / seconds));
        let most = report::number(self.most as f64);
        let text = format!("exploring {bar} {runs} of at most {most} schedules, {rate} a second");
        let room = term::width(Stream::Stderr).unwrap_or(80).saturating_sub(1); // a line that wraps can't be taken back
        Self::write(console, &format!("{}{}", Self::BACK, fitted(&text, room, false)));
    }

    fn clear(&self, console: &Console) {
        if self.shown {
            Self::write(console, Self::BACK);
        }
    }

    /// Without a newline nothing is sent on its way by itself.
    fn write(console: &Console, text: &str) {
        console.say(text);
        let _ = console.err.flush();
    }
}
