//! What the `:commands` do.

use std::path::{Path, PathBuf};
use std::time::Instant;

use unicode_width::UnicodeWidthStr as _;

use super::backend::{Answer, Lanes, RunKind, Variable};
use super::commands;
use super::highlight::code_in_colour;
use super::session::{Flow, Session};
use super::shape::{fitted, seconds, table};
use super::terminal;
use super::{save, settings};
use crate::examples;
use crate::lessons::show;
use crate::net::demo_server::ROUTES;
use crate::term::wrap::hung;
use crate::words::words;

pub fn quit(_: &mut Session, _: &str) -> Flow {
    Flow::Leave
}

pub fn allow(session: &mut Session, argument: &str) -> Flow {
    if let Some(text) = answer(session, session.backend.allow(argument)) {
        session.remark(&text);
    }
    Flow::Continue
}

pub fn vars(session: &mut Session, _: &str) -> Flow {
    let Some(rows) = answer(session, session.backend.variables()) else {
        return Flow::Continue;
    };
    if rows.is_empty() {
        session.remark("no variables");
        return Flow::Continue;
    }
    let cells: Vec<[String; 3]> =
        rows.into_iter().map(|v| [v.name, v.type_name, format!("= {}", v.text.replace('\n', " "))]).collect();
    session.say(&table(&cells, &[], terminal::width()));
    Flow::Continue
}

pub fn type_of(session: &mut Session, source: &str) -> Flow {
    if needs(session, source, ":type E") {
        let outcome = session.execute(source.to_owned(), RunKind::TypeOf);
        session.show(&outcome);
    }
    Flow::Continue
}

pub fn time(session: &mut Session, source: &str) -> Flow {
    if needs(session, source, ":time E") {
        let start = Instant::now();
        let outcome = session.execute(source.to_owned(), RunKind::Input);
        let took = start.elapsed();
        session.keep(save::Input::typed(source), &outcome);
        session.show(&outcome);
        session.remark(&format!("took {}", seconds(took)));
    }
    Flow::Continue
}

pub fn explore(session: &mut Session, source: &str) -> Flow {
    if needs(session, source, ":explore E") {
        let outcome = match example_named(session, source.trim()) {
            Some((name, text)) => {
                session.execute(text.to_owned(), RunKind::ExploreApart { path: format!("{name}.rhai") })
            }
            None => session.execute(source.to_owned(), RunKind::Explore),
        };
        session.show(&outcome);
    }
    Flow::Continue
}

/// The bundled example of this name, unless a variable is called so.
fn example_named(session: &Session, name: &str) -> Option<(&'static str, &'static str)> {
    let is_variable = || session.backend.names().variables.iter().any(|v| v.name == name);
    examples::named(name).filter(|_| !is_variable())
}

pub fn lanes(session: &mut Session, argument: &str) -> Flow {
    let word = argument.trim();
    if word.is_empty() {
        if let Some(text) = answer(session, session.backend.lanes(terminal::width())) {
            session.say(&text);
        }
    } else if let Some(lanes) = Lanes::of_word(word) {
        session.lanes = lanes;
    } else {
        session.complain(":lanes takes auto, on or off; without a word it draws the last run");
    }
    Flow::Continue
}

pub fn steps(session: &mut Session, _: &str) -> Flow {
    if let Some(text) = answer(session, session.backend.steps(terminal::width())) {
        session.say(&text);
    }
    Flow::Continue
}

pub fn trace(session: &mut Session, argument: &str) -> Flow {
    let file =
        argument.trim().strip_prefix("save").filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    let Some(file) = file.map(str::trim) else {
        session.complain(":trace takes `save` and a file, such as :trace save run.svg");
        return Flow::Continue;
    };
    if needs(session, file, ":trace save FILE")
        && let Some(text) = answer(session, session.backend.save_trace(home(&bare_path(file))))
    {
        session.remark(&text);
    }
    Flow::Continue
}

pub fn load(session: &mut Session, argument: &str) -> Flow {
    if let Some((path, source)) = file(session, &bare_path(argument), ":load FILE") {
        let outcome = session.execute(source.clone(), RunKind::Load { path: path.clone() });
        session.keep(save::Input::loaded(source, &path), &outcome);
        session.show(&outcome);
    }
    Flow::Continue
}

pub fn run(session: &mut Session, argument: &str) -> Flow {
    let mut words = match words(argument) {
        Ok(words) => words,
        Err(why) => {
            session.complain(&format!("{why}, in :run {argument}"));
            return Flow::Continue;
        }
    };
    let path = if words.is_empty() { String::new() } else { words.remove(0) };
    if let Some((path, source)) = file(session, &path, ":run FILE [ARG...]") {
        let outcome = session.execute(source, RunKind::Script { path, args: words });
        session.show(&outcome);
    }
    Flow::Continue
}

pub fn save(session: &mut Session, argument: &str) -> Flow {
    let argument = argument.trim();
    let forced = argument.strip_prefix("-f").filter(|rest| rest.starts_with(char::is_whitespace));
    let path = bare_path(forced.unwrap_or(argument));
    if !needs(session, &path, ":save FILE") {
        return Flow::Continue;
    }
    if path.starts_with('-') {
        session
            .complain(&format!("not saved: -f is all that :save takes before a file; a file of that name is ./{path}"));
        return Flow::Continue;
    }
    let Some(flags) = answer(session, session.backend.flags()) else { return Flow::Continue };
    session.hear_of_left();
    let entries = save::entries(&session.worked, 0);
    let text = save::script(&entries, &flags);
    let text = match elsewhere(&home(&path)) {
        Some(current) => save::importing_from(&text, &current).into_owned(),
        None => text,
    };
    if let Err(why) = session.backend.compile(text.clone()) {
        session.complain(&format!("not saved: the script of this session would not run: {why}"));
        return Flow::Continue;
    }
    match save::write(&home(&path), &text, forced.is_some()) {
        Ok(()) => {
            let count = entries.len();
            let inputs = if count == 1 { "input" } else { "inputs" };
            session.remark(&format!("{count} {inputs} saved in {path}"));
        }
        Err(why) => session.complain(&format!("not saved: {why}")),
    }
    Flow::Continue
}

/// The current folder, if a file is in another one: what it imports is looked for beside it.
fn elsewhere(file: &Path) -> Option<PathBuf> {
    let current = std::env::current_dir().ok()?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty())?.canonicalize().ok()?;
    (current.canonicalize().ok()? != folder).then_some(current)
}

pub fn history(session: &mut Session, argument: &str) -> Flow {
    const FOUND: usize = 50;
    let text = argument.trim();
    let entries: Vec<&str> = match text.parse::<i64>() {
        Ok(count) if count < 1 => {
            session.complain(":history takes how many inputs, from 1 on, or a text that they contain");
            return Flow::Continue;
        }
        Ok(count) => session.history.last(usize::try_from(count).unwrap_or(usize::MAX)).collect(),
        Err(_) if text.is_empty() => session.history.last(20).collect(),
        Err(_) => {
            // the newest is the command itself
            let found = session.history.search(text, FOUND + 1);
            found.into_iter().filter(|entry| commands::split(entry).is_none_or(|(_, a)| a.trim() != text)).collect()
        }
    };
    if entries.is_empty() {
        session.complain(&format!("no input contains {text:?}"));
    } else {
        session.say(&entries.join("\n"));
    }
    Flow::Continue
}

pub fn log(session: &mut Session, argument: &str) -> Flow {
    match argument.trim() {
        "on" => session.backend.log(true),
        "off" => session.backend.log(false),
        _ => session.complain(":log takes on or off; `:steps` shows the last run"),
    }
    Flow::Continue
}

pub fn set(session: &mut Session, argument: &str) -> Flow {
    let (name, value) = match argument.trim().split_once(|c: char| c.is_whitespace() || c == '=') {
        Some((name, value)) => (name, value.trim_start_matches(['=', ' '])),
        None => (argument.trim(), ""),
    };
    if name.is_empty() {
        session.say(&settings_table(session));
        return Flow::Continue;
    }
    let is_cleared = matches!(value, "\"\"" | "''");
    let value = settings::bare(value);
    if value.is_empty() && !is_cleared && settings::TABLE.iter().any(|s| s.name == name) {
        session.say(&format!("{name} = {}", session.settings.get(name)));
        return Flow::Continue;
    }
    match session.settings.set(name, value) {
        Err(why) => session.complain(&why),
        Ok(setting) => {
            if let ("lanes", Some(lanes)) = (setting.name, Lanes::of_word(value)) {
                session.lanes = lanes;
            }
            if let Err(why) = session.settings.keep(setting.name) {
                session.complain(&format!("set for this session, but not kept: {why}"));
            }
        }
    }
    Flow::Continue
}

fn settings_table(session: &Session) -> String {
    let value = |name| session.settings.get(name);
    let column = settings::TABLE.iter().map(|s| value(s.name).len()).max().unwrap_or(0);
    let row = |s: &settings::Setting| {
        let words = if s.words.is_empty() { "any text".to_owned() } else { s.words.join("|") };
        let first = format!(" {:10}  {:column$}  ", s.name, value(s.name));
        let rest = " ".repeat(first.width());
        show::wrapped(&format!("{} ({words})", s.summary), &first, &rest, session.paint, terminal::width().into())
    };
    let rows: String = settings::TABLE.iter().map(row).collect();
    let kept = match session.settings.path() {
        Some(path) => format!("kept in {}", path.display()),
        None => "kept nowhere: LOOPSCOPE_CONFIG is empty".to_owned(),
    };
    format!("{rows}{}", session.paint.dim(&kept))
}

pub fn examples(session: &mut Session, argument: &str) -> Flow {
    let name = argument.trim();
    if name.is_empty() {
        let width = usize::from(terminal::width());
        let row =
            |(name, what): (String, &str)| show::wrapped(what, &name, &" ".repeat(name.len()), session.paint, width);
        session.say(&examples::list().map(row).collect::<String>());
        return Flow::Continue;
    }
    if name.contains(char::is_whitespace) {
        session.complain(":examples takes one name, and nothing after it; :run FILE ARG... runs a file with arguments");
        return Flow::Continue;
    }
    match examples::find(name) {
        Err(why) => {
            let gap = if why.ends_with('?') { " " } else { "; " };
            session.complain(&format!("{why}{gap}:examples lists them"));
        }
        Ok(text) => {
            let code = code_in_colour(text.trim_end(), session.paint);
            session.say(&format!("{}\n", hung(&code, terminal::width().into())));
            let path = format!("{}.rhai", name.trim_end_matches(".rhai"));
            let outcome = session.execute(text.to_owned(), RunKind::Script { path, args: Vec::new() });
            session.show(&outcome);
        }
    }
    Flow::Continue
}

/// The input by which the demo server is there.
const DEMO: &str = "let demo = demo_server();";

pub fn demo(session: &mut Session, _: &str) -> Flow {
    let is_there = |v: &Variable| v.name == "demo" && v.shape.type_name == "server";
    if !session.backend.names().variables.iter().any(is_there) {
        let outcome = session.execute(DEMO.to_owned(), RunKind::Input);
        session.keep(save::Input::typed(DEMO), &outcome);
        session.show(&outcome);
        if outcome.failed || outcome.cancelled.is_some() {
            return Flow::Continue;
        }
    }
    let cells: Vec<[String; 2]> =
        ROUTES.iter().map(|(route, _, what)| [(*route).to_owned(), (*what).to_owned()]).collect();
    let width = terminal::width();
    let first = fitted("`demo` is a server on this machine: await fetch(demo.url + \"/json\"). It knows", width);
    session.say(&format!("{first}\n{}", table(&cells, &[], width)));
    Flow::Continue
}

pub fn reset(session: &mut Session, _: &str) -> Flow {
    if let Some(text) = answer(session, session.backend.reset()) {
        session.hear_of_left();
        session.worked.clear();
        session.remark(&text);
    }
    Flow::Continue
}

pub(super) fn answer<T>(session: &Session, answer: Answer<T>) -> Option<T> {
    answer.map_err(|why| session.complain(&why)).ok()
}

fn needs(session: &Session, argument: &str, form: &str) -> bool {
    if argument.trim().is_empty() {
        session.complain(&format!("this needs more: {form}"));
    }
    !argument.trim().is_empty()
}

/// Reads a script; complains when it cannot be read.
pub(super) fn file(session: &Session, path: &str, form: &str) -> Option<(String, String)> {
    if !needs(session, path, form) {
        return None;
    }
    let read = crate::source::file::read(&home(path)).map_err(|error| error.to_string());
    let text = read.and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = good.iter().filter(|b| **b == b'\n').count() + 1;
            format!("line {line} is not UTF-8")
        })
    });
    match text {
        Ok(text) => Some((path.to_owned(), text)),
        Err(why) => {
            session.complain(&format!("{path}: {why}"));
            None
        }
    }
}

/// A path as typed, without the quotes that it may stand in.
fn bare_path(typed: &str) -> String {
    let typed = typed.trim();
    match words(typed) {
        Ok(words) if words.len() == 1 && typed.starts_with(['"', '\'']) => words.concat(),
        _ => typed.to_owned(),
    }
}

/// A path as typed, with `~/` for the home folder.
fn home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::var_os("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(path),
    }
}
