//! The program: from a command line to an exit code.
//!
//! The loop runs on a thread of its own, whose stack is as large as scripts may need it. The main thread waits for it,
//! or reads lines at the prompt.

mod console;
mod drawing;
mod examples;
mod explore;
mod handle;
mod large;
mod lessons;
mod names;
mod orders;
mod prompt;
mod script;
mod signals;
mod steered;
mod steps;
mod value;
mod view;
mod views;
mod voice;

use std::ffi::OsString;
use std::io::IsTerminal as _;

use crate::cli::{self, Cli, Command, Exit, Surroundings, exit};
use crate::limits;
use crate::report::Report;
use crate::session::engine::STACK;
use crate::term::{ColorChoice, Fault, Out, Stream};
use crate::units::bytes;

/// Runs the program, and gives the code to leave with.
pub fn main(args: impl Iterator<Item = OsString>) -> u8 {
    signals::outlive_large_files();
    let examples: Vec<&str> = examples::names().collect();
    let stdin_is_terminal = std::io::stdin().is_terminal();
    let code = match cli::parse_in(args, Surroundings { examples: &examples, stdin_is_terminal }) {
        Ok(cli) => dispatch(cli),
        Err(exit) => leave(&exit),
    };
    // a loop that did not heed the end of the prompt has dropped nothing
    crate::system::process::kill_all();
    code
}

fn leave(shown: &Exit) -> u8 {
    let out = Out::new(shown.stream, ColorChoice::Auto);
    let text = if out.colour() { &shown.styled } else { &shown.text };
    match out.write(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) | Err(Fault::Closed) => shown.code,
        Err(Fault::Failed(reason)) => {
            let err = Out::new(Stream::Stderr, ColorChoice::Auto);
            let _ = err.write(Report::error(reason).render(err.colour()).as_bytes());
            exit::FAILED
        }
    }
}

fn dispatch(cli: Cli) -> u8 {
    let Cli { command, options } = cli;
    match command {
        Command::Run { script, args } => on_loop_thread(move || script::run(&script, args, &options)),
        Command::Eval { code } => on_loop_thread(move || script::eval(&code, &options)),
        Command::Explore { script, args, json, options: how } => {
            on_loop_thread(move || explore::command(&script, args, json, &how, &options))
        }
        Command::Check { files } => on_loop_thread(move || script::check(&files, &options)),
        Command::Prompt => prompt::open(&options, None),
        Command::Learn { lesson } => lessons::command(lesson, options),
        Command::Examples { name, show } => on_loop_thread(move || examples::command(name.as_deref(), show, &options)),
        Command::View { file } => view::show(&file, &options),
        Command::DemoServer { port } => on_loop_thread(move || script::demo_server(port, &options)),
    }
}

/// Runs `work` on a thread with the stack that scripts need.
fn on_loop_thread(work: impl FnOnce() -> u8 + Send + 'static) -> u8 {
    let thread = std::thread::Builder::new().name("loop".into()).stack_size(STACK).spawn(work);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => exit::FAILED, // a panic; its message is on stderr
        Err(error) => {
            let out = Out::new(Stream::Stderr, ColorChoice::Auto);
            let _ = out.write(format!("loopscope: {}\n", no_thread(&error)).as_bytes());
            exit::FAILED
        }
    }
}

/// Why there is no loop, in words.
fn no_thread(error: &std::io::Error) -> String {
    let needs = format!("can't start the loop's thread, which needs {} of addresses: {error}", bytes(STACK));
    match limits::addresses() {
        Some(most) => {
            format!("{needs}; the memory of the process is limited to {} (`ulimit -v`): allow more", bytes(most))
        }
        None => needs,
    }
}

/// Whether as many files can be opened as a runtime needs: tokio panics where it gets none for its signals.
#[cfg(unix)]
fn enough_files() -> std::io::Result<()> {
    const NEEDED: usize = 6;
    (0..NEEDED).map(|_| std::fs::File::open("/dev/null")).collect::<Result<Vec<_>, _>>().map(drop)
}

#[cfg(not(unix))]
fn enough_files() -> std::io::Result<()> {
    Ok(())
}

/// Runs the future on a tokio runtime of this thread. What hangs in it, such as the look-up of a name, is not waited for.
fn in_runtime(work: impl Future<Output = u8>) -> u8 {
    let build =
        |()| tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build_local(Default::default());
    match enough_files().and_then(build) {
        Ok(runtime) => {
            let code = runtime.block_on(work);
            runtime.shutdown_background();
            code
        }
        Err(error) => {
            let out = Out::new(Stream::Stderr, ColorChoice::Auto);
            let _ = out.write(format!("loopscope: can't start the event loop: {error}\n").as_bytes());
            exit::FAILED
        }
    }
}
