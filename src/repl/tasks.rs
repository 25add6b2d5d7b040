//! The commands about tasks: which there are, whose they are, why one waits, and its end.

use super::backend::TaskRow;
use super::handlers::answer;
use super::session::{Flow, Session};
use super::settings::bare;
use super::shape::{seconds, table};
use super::terminal;
use crate::term::wrap::wrapped;

pub fn tasks(session: &mut Session, _: &str) -> Flow {
    let Some(rows) = answer(session, session.backend.tasks()) else {
        return Flow::Continue;
    };
    if rows.is_empty() {
        session.remark("no tasks");
        return Flow::Continue;
    }
    let mut cells = vec![["id", "name", "state", "on", "for", "at"].map(str::to_owned)];
    cells.extend(rows.into_iter().map(|t| [t.id.to_string(), t.name, t.state, t.on, seconds(t.since), t.at]));
    session.say(&table(&cells, &[0], terminal::width()));
    Flow::Continue
}

pub fn tree(session: &mut Session, _: &str) -> Flow {
    if let Some(text) = answer(session, session.backend.tree(terminal::width())) {
        session.say(&text);
    }
    Flow::Continue
}

pub fn why(session: &mut Session, argument: &str) -> Flow {
    if let Some(id) = task_id(session, argument, ":why ID or :why NAME")
        && let Some(text) = answer(session, session.backend.why(id))
    {
        session.say(&in_lines(&text, usize::from(terminal::width())));
    }
    Flow::Continue
}

/// Sentences that fit the terminal, broken between words; a line of the source stays whole.
fn in_lines(text: &str, width: usize) -> String {
    let is_source = |line: &str| line.trim_start().starts_with(|c: char| c.is_ascii_digit()) && line.contains(" | ");
    let line = |line: &str| if is_source(line) { line.to_owned() } else { wrapped(line, width).replace('\n', "\n  ") };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

pub fn cancel(session: &mut Session, argument: &str) -> Flow {
    if argument.trim() == "all" {
        let tasks = session.backend.tasks();
        session.backend.cancel_all();
        let done = match tasks {
            Ok(tasks) if tasks.is_empty() => "no tasks".to_owned(),
            Ok(tasks) => format!("cancelled: {}", list(&tasks)),
            Err(_) => "cancelling all, as soon as the loop is free".to_owned(),
        };
        session.say(&done);
    } else if let Some(id) = task_id(session, argument, ":cancel ID, :cancel NAME or :cancel all")
        && let Some(text) = answer(session, session.backend.cancel(id))
    {
        session.say(&text);
    }
    Flow::Continue
}

/// The number of the task that somebody means: by its number, or by a name that only one has.
fn task_id(session: &Session, argument: &str, form: &str) -> Option<u32> {
    let wanted = bare(argument.trim());
    if let Ok(id) = wanted.parse() {
        return Some(id);
    }
    if wanted.is_empty() {
        session.complain(&format!("this needs the number or the name of a task, which :tasks shows: {form}"));
        return None;
    }
    let mut rows = answer(session, session.backend.tasks())?;
    rows.retain(|task| task.name == wanted);
    match rows.as_slice() {
        [task] => return Some(task.id),
        [] => session.complain(&format!("no task is called {wanted:?}; :tasks shows those that there are: {form}")),
        several => session.complain(&format!("{} are called so: say which by its number", list(several))),
    }
    None
}

/// `3 "ticker", 7 "loader"`, with an end.
pub(super) fn list(tasks: &[TaskRow]) -> String {
    const MOST: usize = 10;
    let mut names: Vec<String> = tasks.iter().take(MOST).map(|t| format!("{} \"{}\"", t.id, t.name)).collect();
    if tasks.len() > MOST {
        names.push(format!("and {} more", tasks.len() - MOST));
    }
    names.join(", ")
}
