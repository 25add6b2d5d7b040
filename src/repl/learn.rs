//! Leading through lessons: what `:learn` and the commands of a lesson do.

use super::backend::{Outcome, RunKind};
use super::handlers::file;
use super::save;
use super::session::{Flow, Session};
use super::terminal;
use crate::lessons::parse::Kind;
use crate::lessons::progress::Note;
use crate::lessons::{self, Lesson, Program, show};
use crate::term::colour;

/// The lesson that is taken, and where the learner is.
pub struct Course {
    lesson: &'static Lesson,
    /// The index of the step; beyond the last one when the end was reached.
    at: usize,
    /// The last step that was ever shown.
    seen: usize,
    /// How many hints were given.
    hints: usize,
    /// The first of the inputs that belong to the exercise.
    from: usize,
}

/// `:learn`: lists the lessons, begins one, or leaves it.
pub fn learn(session: &mut Session, argument: &str) -> Flow {
    match argument.trim() {
        "" => list(session),
        "off" => match session.course.take() {
            Some(course) => session.remark(&format!("left the lesson {}", course.lesson.slug)),
            None => session.remark("no lesson is open"),
        },
        wanted => match lessons::find(wanted) {
            Ok(lesson) => begin(session, lesson),
            Err(why) => session.complain(&format!("{why}; :learn lists them")),
        },
    }
    Flow::Continue
}

fn list(session: &Session) {
    session.say(&show::list(&session.progress, session.paint, terminal::width().into()));
    let here = session.course.as_ref().map(|course| course.lesson.slug);
    let advice = match here.or(session.progress.last()) {
        Some(last) => format!("you were at {last}: `:learn {last}` goes on there"),
        None => "`:learn 1` begins; a name, or the start of one, will do as well".to_owned(),
    };
    session.remark(&advice);
}

fn begin(session: &mut Session, lesson: &'static Lesson) {
    let mark = session.progress.of(lesson.slug);
    let at = if mark.read { 0 } else { mark.step.saturating_sub(1).min(lesson.steps.len() - 1) };
    let from = session.worked.len();
    let seen = if mark.read { lesson.steps.len() } else { at };
    session.course = Some(Course { lesson, at, seen, hints: 0, from });
    session.say(&format!("\n{}", show::head(lesson, session.paint, terminal::width().into())));
    if at > 0 {
        session.remark("going on where you were; `:back` goes back");
    }
    step(session);
}

/// Shows the step where the learner is, and runs its program.
fn step(session: &mut Session) {
    let Some(course) = &mut session.course else { return };
    course.seen = course.seen.max(course.at);
    let (lesson, at) = (course.lesson, course.at);
    let Some(step) = lesson.steps.get(at) else { return end(session, lesson) };
    let (paint, width) = (session.paint, usize::from(terminal::width()));
    session.say(&format!("\n{}", show::items(&step.items, paint, width)));
    if let Some(program) = &step.program {
        run(session, program);
    }
    match step.kind {
        Kind::Read => {}
        Kind::Question => session.say(&format!("\n{}", paint.dim("Think first; `:answer` tells."))),
        Kind::Exercise => exercise(session, lesson),
    }
    note(session, lesson, Note::Step(at + 1));
    let keys = if at == 0 { "Enter goes on, :again repeats, :back, :learn off" } else { "Enter goes on" };
    session.say(&format!("\n{}", paint.dim(&format!("[{} {}/{}] {keys}", lesson.slug, at + 1, lesson.steps.len()))));
}

fn run(session: &mut Session, program: &Program) {
    session.say(&format!("\n{}", show::code(&program.code, "rhai", session.paint, terminal::width().into())));
    let name = program.name.clone();
    let kind = if program.apart { RunKind::Apart { name } } else { RunKind::Load { path: name } };
    let outcome = session.execute(program.code.clone(), kind);
    session.show(&outcome);
}

fn exercise(session: &mut Session, lesson: &Lesson) {
    let start = lesson.exercise.start.trim_end();
    session.say(&format!("\n{}", show::code(start, "rhai", session.paint, terminal::width().into())));
    let advice = "Up brings this code back to be edited. `:check` checks what you have typed, `:hint` helps.";
    session.say(&show::wrapped(advice, "", "", session.paint, terminal::width().into()));
    session.history.add(start);
    if let Some(course) = &mut session.course {
        course.from = session.worked.len();
    }
}

fn end(session: &mut Session, lesson: &'static Lesson) {
    note(session, lesson, Note::Read);
    let passed = session.progress.of(lesson.slug).passed;
    let open = if passed { "" } else { " Its exercise is still open: `:back` shows the way to it." };
    let more = match lessons::all().get(lesson.number) {
        Some(next) => format!("Enter goes on with lesson {}: {}.", next.number, next.title),
        None => "It was the last one.".to_owned(),
    };
    let text = format!("That was lesson {}.{open} {more}", lesson.number);
    session.say(&format!("\n{}", show::wrapped(&text, "", "", session.paint, terminal::width().into())));
}

/// `:next`, and Enter.
pub fn next(session: &mut Session, _: &str) -> Flow {
    let Some(course) = opened(session) else { return Flow::Continue };
    if course.at < course.lesson.steps.len() {
        course.at += 1;
        step(session);
        return Flow::Continue;
    }
    match lessons::all().get(course.lesson.number) {
        Some(lesson) => begin(session, lesson),
        None => {
            session.course = None;
            session.remark("the course is done; `:learn` lists its lessons");
        }
    }
    Flow::Continue
}

/// `:back`.
pub fn back(session: &mut Session, _: &str) -> Flow {
    let Some(course) = opened(session) else { return Flow::Continue };
    if course.at == 0 {
        session.say("This is where the lesson begins.");
    } else {
        course.at -= 1;
        step(session);
    }
    Flow::Continue
}

/// `:again`.
pub fn again(session: &mut Session, _: &str) -> Flow {
    if opened(session).is_some() {
        step(session);
    }
    Flow::Continue
}

/// `:answer`.
pub fn answer(session: &mut Session, _: &str) -> Flow {
    if let Some(course) = come_to(session, Kind::Question) {
        let answer = &course.lesson.answer;
        session.say(&show::items(answer, session.paint, terminal::width().into()));
    }
    Flow::Continue
}

/// `:hint`: the next of the hints; at last a solution.
pub fn hint(session: &mut Session, _: &str) -> Flow {
    let Some(course) = come_to(session, Kind::Exercise) else { return Flow::Continue };
    let exercise = &course.lesson.exercise;
    let (given, all) = (course.hints, exercise.hints.len());
    course.hints = (given + 1).min(all);
    let text = match exercise.hints.get(given) {
        Some(hint) => {
            let first = format!("hint {} of {all}: ", given + 1);
            show::wrapped(hint, &first, "  ", session.paint, terminal::width().into())
        }
        None => format!(
            "a solution:\n\n{}",
            show::code(&exercise.solution, "rhai", session.paint, terminal::width().into())
        ),
    };
    session.say(&text);
    Flow::Continue
}

/// `:check`.
pub fn check(session: &mut Session, argument: &str) -> Flow {
    let Some(course) = come_to(session, Kind::Exercise) else { return Flow::Continue };
    let (lesson, from) = (course.lesson, course.from);
    let path = argument.trim();
    let inputs: Vec<String> = if path.is_empty() {
        save::entries(&session.worked, from).into_iter().map(|entry| entry.source).collect()
    } else {
        let Some((_, text)) = file(session, path, ":check [FILE]") else { return Flow::Continue };
        vec![text]
    };
    if inputs.is_empty() {
        session.complain("nothing to check: type your solution first; Up brings the code to start from");
        return Flow::Continue;
    }
    let kind = RunKind::Check { exercise: &lesson.exercise, inputs };
    let outcome = session.execute(lesson.exercise.check.clone(), kind);
    tell(session, lesson, &outcome);
    Flow::Continue
}

fn tell(session: &mut Session, lesson: &Lesson, outcome: &Outcome) {
    if outcome.failed {
        session.show(outcome);
        session.remark("`:hint` helps; type it again, better, and `:check`");
        return;
    }
    session.say(&session.paint.sgr(colour::TEXT, "✔ passed"));
    note(session, lesson, Note::Passed);
}

fn note(session: &mut Session, lesson: &Lesson, note: Note) {
    if let Err(error) = session.progress.add(lesson.slug, note) {
        session.complain(&format!("warning: your progress is not kept: {error}"));
    }
}

/// The lesson that is open; else says how to open one.
fn opened(session: &mut Session) -> Option<&mut Course> {
    if session.course.is_none() {
        session.complain("no lesson is open: `:learn` lists them, `:learn 1` begins");
    }
    session.course.as_mut()
}

/// The lesson that is open, if its question or exercise has been shown; else says what comes first.
fn come_to(session: &mut Session, kind: Kind) -> Option<&mut Course> {
    let course = opened(session)?;
    let wanted = course.lesson.steps.iter().position(|step| step.kind == kind)?;
    if course.seen < wanted {
        let what = if kind == Kind::Question { "question" } else { "exercise" };
        let steps = match wanted - course.at {
            1 => "it is the next step".to_owned(),
            n => format!("it is {n} steps further on"),
        };
        session.complain(&format!("the {what} of this lesson comes first: {steps}, and Enter goes on"));
        return None;
    }
    session.course.as_mut()
}
