//! `run`, `eval` and `check`: scripts without a prompt.

use std::rc::Rc;

use rhai::Dynamic;

use super::console::Console;
use super::{in_runtime, orders, signals, steps, views};
use crate::cli::{self, Options, Script, exit};
use crate::host::Host as _;
use crate::lang::lint::Before;
use crate::report::Report;
use crate::session::{End, Session, Settings, Speaker as _, Stop, value_text};
use crate::source::file;

/// Runs a script; gives the exit code.
pub fn run(script: &Script, args: Vec<String>, options: &Options) -> u8 {
    let console = Console::new(options, args);
    console.may_read_beside(script);
    match read(script) {
        Ok((name, text)) => {
            if let Some(report) = misplaced(&console.args(), &text) {
                console.report(&report);
            }
            execute(&console, &name, &text, options, false)
        }
        Err(unread) => {
            console.report(&unread.report);
            unread.code
        }
    }
}

/// A warning if an option of loopscope's stands behind the script, which does not ask for its arguments, nor imports what
/// might.
fn misplaced(args: &[String], text: &str) -> Option<Report> {
    let option = args
        .iter()
        .find(|arg| cli::is_option(arg))
        .filter(|_| !["args", "import"].iter().any(|word| text.contains(word)))?;
    let title =
        format!("`{option}` stands after the file, so it goes to the script, which does not look at its args()");
    Some(Report::warning(title).help("options of loopscope come before the file: `loopscope run [OPTIONS] FILE`"))
}

/// Runs code from the command line, and prints its value unless it is `()`.
pub fn eval(code: &str, options: &Options) -> u8 {
    let console = Console::new(options, Vec::new());
    execute(&console, "<eval>", code, options, true)
}

/// Compiles scripts without running them, and says what in them is hardly meant.
pub fn check(files: &[Script], options: &Options) -> u8 {
    let console = Console::new(options, Vec::new());
    in_runtime(async {
        let session = Session::new(console.clone(), Settings { unrecorded: true, ..Settings::default() });
        let mut code = exit::DONE;
        for file in files {
            let (name, text) = match read(file) {
                Ok(script) => script,
                Err(unread) => {
                    console.report(&unread.report);
                    code = code.max(unread.code);
                    continue;
                }
            };
            match session.compile(&name, &text) {
                Ok(program) => session.lint(&program, Before::Check),
                Err(error) => {
                    console.report(&crate::session::compile_report(&error));
                    code = code.max(exit::FAILED);
                }
            }
        }
        code
    })
}

/// A script that there is nothing to run of: what to say, and what to leave with.
pub struct Unread {
    pub report: Box<Report>,
    pub code: u8,
}

/// The name and the text of a script.
pub fn read(script: &Script) -> Result<(String, String), Unread> {
    let (name, bytes) = match script {
        Script::Stdin => ("<stdin>".to_string(), file::bounded(std::io::stdin())),
        Script::File(path) => (path.display().to_string(), file::read_or_receive(path)),
    };
    let bytes = bytes.map_err(|e| {
        let shown = if name.is_empty() { "''".into() } else { crate::term::escape(&name) };
        let report = Report::error(format!("can't read {shown}: {e}"));
        Unread { report: report.into(), code: exit::USAGE }
    })?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok((name, text)),
        Err(e) => {
            let valid = e.utf8_error().valid_up_to();
            let line = e.as_bytes()[..valid].iter().filter(|b| **b == b'\n').count() + 1;
            let report = Report::error(format!("{name}, line {line}: this is not UTF-8 text"));
            let report = report.help("scripts are UTF-8: save the file in that encoding");
            Err(Unread { report: report.into(), code: exit::FAILED })
        }
    }
}

/// Runs the demo server until Ctrl-C.
pub fn demo_server(port: u16, options: &Options) -> u8 {
    let console = Console::new(options, Vec::new());
    in_runtime(async {
        let clock = Rc::new(crate::net::RealClock::default());
        let server = match crate::net::DemoServer::start_on(port, clock, Rc::new(|| {})) {
            Ok(server) => server,
            Err(e) => {
                console.report(&Report::error(format!("can't listen on 127.0.0.1:{port}: {e}")));
                return exit::FAILED;
            }
        };
        let _ = console.out.write(format!("demo server at {} (Ctrl-C ends it)\n", server.url()).as_bytes());
        let code = console.leave_with(exit::DONE);
        if code == exit::DONE {
            std::future::pending::<()>().await;
        }
        code
    })
}

/// Runs a text; gives the exit code.
pub fn execute(console: &Rc<Console>, name: &str, text: &str, options: &Options, show: bool) -> u8 {
    if let Err(reason) = views::check_formats(&options.trace) {
        console.report(&Report::error(reason));
        return exit::USAGE;
    }
    if let Some(token) = options.order.replay.as_ref().filter(|token| !token.is_for(text)) {
        console.report(&orders::changed(token));
        return exit::USAGE;
    }
    in_runtime(async {
        let (virtual_time, speed) = (options.is_virtual(), options.order.speed);
        let settings = Settings { virtual_time, speed, unrecorded: unrecorded(), limits: options.limits };
        let mut session = Session::new(console.clone(), settings);
        console.attach(session.control.clone());
        session.set_order(orders::of(&options.order));
        session.set_within(options.order.replay.as_ref().and_then(|token| token.within.clone()));
        if options.order.step {
            session.set_conductor(Some(steps::Lines::new(console.clone())));
        }
        signals::listen(&session.control);
        let limit = signals::limit(&session.control, &signals::SCRIPT, options);
        let end = session.run(name, text).await;
        let mut code = code_of(&end);
        if let End::Exited(value) = &end {
            code = exit_code(value).unwrap_or_else(|report| {
                console.report(&report);
                exit::FAILED
            });
        }
        if let End::Cancelled = end {
            let report = Report::error("main was cancelled")
                .help("`try { await ... } catch (e)` catches that; who cancels a task may await it");
            console.report(&report);
        }
        if let End::Value(value) = &end {
            match show {
                true if !value.is_unit() => console.print(0, "main", &value_text(value)),
                false if session.within().is_some() => {
                    console.say(&format!("what was explored gave {}\n", value_text(value)));
                }
                _ => {}
            }
        }
        drop(end); // a value that was never awaited is spoken about
        let (unseen, stop) = session.finish().await;
        drop(limit); // to draw may take longer
        if let (Some(stop), true) = (stop, code == exit::DONE) {
            code = code_of(&End::Stopped(stop));
        }
        if unseen > 0 && code == exit::DONE {
            code = exit::FAILED;
        }
        if tell_order(&session, console, code) && code == exit::DONE {
            code = exit::FAILED; // it is not the run that was asked for
        }
        code = code.max(draw(&session, console, options));
        if console.is_unread() {
            return exit::DONE; // nobody reads it any more: the normal end of `| head`
        }
        console.leave_with(code)
    })
}

/// Tells which token brings the run back, and whether it left the order that it was to have; the same is given. Of one
/// that was stopped from outside there is nothing to say.
fn tell_order(session: &Session, console: &Console, code: u8) -> bool {
    if code >= exit::TIMEOUT {
        return false;
    }
    let divergence = session.divergence();
    if let Some(report) = &divergence {
        console.report(report);
    }
    if let Some((_, line)) = orders::told(session, code != exit::DONE, "--replay ") {
        console.say(&format!("{line}\n"));
    }
    divergence.is_some()
}

/// Draws and saves what was asked for; gives an exit code.
fn draw(session: &Session, console: &Console, options: &Options) -> u8 {
    let look = crate::trace::render::Options { legend: true, ..views::options(console.err.colour()) };
    if options.lanes {
        console.say(&session.with_shown(|recording| views::lanes(recording, &look)));
    }
    if options.steps {
        console.say(&session.with_shown(|recording| views::steps(recording, &look)));
    }
    let mut code = exit::DONE;
    for file in &options.trace {
        if let Err(reason) = session.with_shown(|recording| views::save(recording, file)) {
            console.report(&Report::error(reason));
            code = exit::FAILED;
        }
    }
    code
}

/// Whether the recording is switched off, to measure what it costs.
fn unrecorded() -> bool {
    std::env::var_os("LOOPSCOPE_UNRECORDED").is_some_and(|v| v == "1")
}

fn code_of(end: &End) -> u8 {
    match end {
        End::Value(_) | End::Exited(_) => exit::DONE,
        End::Failed(_) | End::NotCompiled(_) | End::Cancelled => exit::FAILED,
        End::Deadlock => exit::DEADLOCK,
        End::Stopped(stop) => code_of_stop(*stop),
    }
}

/// The exit code of what was stopped from outside.
pub fn code_of_stop(stop: Stop) -> u8 {
    match stop {
        Stop::Timeout => exit::TIMEOUT,
        Stop::HungUp => exit::HUNG_UP,
        Stop::Terminated => exit::TERMINATED,
        Stop::Foreground | Stop::All => exit::INTERRUPTED,
    }
}

/// What a script leaves with that called `exit`.
fn exit_code(value: &Dynamic) -> Result<u8, Box<Report>> {
    if value.is_unit() {
        return Ok(exit::DONE);
    }
    value.as_int().ok().and_then(|n| u8::try_from(n).ok()).ok_or_else(|| {
        let report = Report::error(format!("exit({}) is no exit code", value_text(value)));
        Box::new(report.help("`exit(n)` takes an integer from 0 to 255"))
    })
}
