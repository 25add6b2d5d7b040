//! `loopscope learn`: the list of lessons, and a lesson as text; on a terminal the prompt leads through it. And the check
//! of an exercise for the prompt.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use super::console::Console;
use super::{in_runtime, on_loop_thread, prompt, views};
use crate::cli::{Options, exit};
use crate::lessons::parse::Kind;
use crate::lessons::progress::Progress;
use crate::lessons::run::{self, Verdict};
use crate::lessons::{self, Exercise, Lesson, show};
use crate::limits::Limits;
use crate::repl;
use crate::repl::backend::Outcome;
use crate::report::Report;
use crate::session::{Session, Speaker as _};
use crate::term::{self, ColorChoice, Paint, Stream};
use crate::trace::render;

/// Lists the lessons, or gives one: at the prompt where there is a terminal, else as text.
pub fn command(lesson: Option<String>, options: Options) -> u8 {
    let console = Console::new(&options, Vec::new());
    let paint = Paint { on: console.out.colour() };
    let width = term::width(Stream::Stdout).unwrap_or(100);
    let Some(wanted) = lesson else {
        let progress = Progress::beside(repl::history_path().as_deref());
        let _ = console.out.write(show::list(&progress, paint, width).as_bytes());
        return console.leave_with(exit::DONE);
    };
    let found = match lessons::find(&wanted) {
        Ok(lesson) => lesson,
        Err(why) => {
            console.report(&Report::error(why).help("`loopscope learn` lists the lessons"));
            return exit::USAGE;
        }
    };
    if std::io::stdin().is_terminal() && std::io::stdout().is_terminal() {
        return prompt::open(&options, Some(found.slug.to_owned()));
    }
    drop(console);
    on_loop_thread(move || {
        let console = Console::new(&options, Vec::new());
        let ascii = term::is_plain(Stream::Stdout);
        let view = render::Options { width, colour: console.out.colour(), ascii, ..render::Options::default() };
        in_runtime(async {
            let _ = console.out.write(text(found, paint, options.limits, &view).await.as_bytes());
            console.leave_with(exit::DONE)
        })
    })
}

/// A lesson with its programs run, to be read in one go.
async fn text(lesson: &Lesson, paint: Paint, limits: Limits, view: &render::Options) -> String {
    let mut text = show::head(lesson, paint, view.width);
    for step in &lesson.steps {
        let _ = write!(text, "\n{}", show::items(&step.items, paint, view.width));
        if let Some(program) = &step.program {
            let ran = run::program(program, limits, view).await;
            let code = show::code(&program.code, "rhai", paint, view.width);
            let _ = write!(text, "\n{code}\n{}{}", ran.output, ran.says);
            if !ran.lanes.is_empty() {
                let _ = write!(text, "\n{}", ran.lanes);
            }
        }
        if step.kind == Kind::Exercise {
            let _ = write!(text, "\n{}", show::code(&lesson.exercise.start, "rhai", paint, view.width));
        }
    }
    let _ = write!(text, "\n{}", paint.bold("The answer to the question\n"));
    let _ = write!(text, "\n{}", show::items(&lesson.answer, paint, view.width));
    text
}

/// Checks an exercise beside a session of the prompt.
pub async fn check(session: &Session, exercise: &Exercise, inputs: &[String]) -> Outcome {
    let view = views::options(ColorChoice::Auto.enabled(Stream::Stderr));
    let new = |speaker| session.beside(speaker, run::settings());
    let verdict = run::check(exercise, inputs, &view, new).await;
    session.resume();
    let (failed, error, cancelled) = match verdict {
        Verdict::Passed => (false, None, None),
        Verdict::Missing(what) => (true, Some(format!("not yet: {}", term::escape(&what))), None),
        Verdict::Broken(report) => (true, Some(format!("not yet: your code stops with an error\n{report}")), None),
        Verdict::Stopped => (true, None, Some("the check was stopped".to_owned())),
    };
    Outcome { failed, error, cancelled, ..Outcome::default() }
}
