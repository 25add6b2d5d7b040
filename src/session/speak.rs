//! What a session has to say, in the manner of rustc: what happened, where, and what to do.

use rhai::{Dynamic, EvalAltResult};

use super::{Control, suggest};
use crate::engine::errors::{Notice, message_of, message_of_value};
use crate::engine::task::{State, Who};
use crate::engine::wait::Holder;
use crate::engine::{Kernel, TaskRef};
use crate::lang::failure::{Exhausted, IMPORT};
use crate::lang::lint::Lint;
use crate::lang::{CompileError, Failure, Link, is_closure_name};
use crate::report::{Place, Report};
use crate::units;

/// The most tasks that a report names.
pub const MOST: usize = 20;

/// How far groups in groups are gone into.
const DEEPEST: usize = 5;

/// A text that could not be compiled.
pub fn compile_report(error: &CompileError) -> Report {
    let mut report = Report::error(&error.title).at(error.place.clone(), &error.label);
    for (place, label) in &error.others {
        report = report.also(place.clone(), label);
    }
    match &error.help {
        Some(help) => report.help(help),
        None => report,
    }
}

/// Something that is legal, but hardly meant.
pub fn lint_report(lint: &Lint) -> Report {
    let mut report = Report::warning(&lint.title).at(lint.place.clone(), &lint.label);
    for (place, label) in &lint.others {
        report = report.also(place.clone(), label);
    }
    if !lint.again.is_empty() {
        report = report.note(again_text(&lint.again));
    }
    let report = report.note(format!("lint: {}", lint.rule)).help(&lint.help);
    if lint.lesson.is_empty() { report } else { report.lesson(lint.lesson) }
}

/// The lines of other places, as far as there are not too many.
fn again_text(places: &[Place]) -> String {
    let mut lines: Vec<String> = places.iter().map(|place| place.line.to_string()).collect();
    lines.dedup();
    let count = places.len();
    let more = lines.len().saturating_sub(MOST);
    lines.truncate(MOST);
    let (s, l) = (if count == 1 { "" } else { "s" }, if lines.len() == 1 { "" } else { "s" });
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("the same at {count} more place{s}: line{l} {}{rest}", lines.join(", "))
}

/// An error that nobody caught, where these variables and functions are known.
pub fn failure_report(failure: &Failure, variables: Vec<String>, functions: Vec<String>) -> Report {
    let mut report = Report::error(title_of(failure));
    if let Some(place) = &failure.origin {
        report = report.at(place.clone(), "");
    }
    report.notes.extend(members_of(failure, 0));
    if let Some((line, column)) = failure.in_eval {
        report = report.note(format!("in line {line}, column {column} of the text that `eval` was given"));
    }
    for (name, place) in &*failure.calls {
        if name == IMPORT {
            report = report.note(format!("imported at {place}"));
            continue;
        }
        let name = if is_closure_name(name) { "a closure" } else { name };
        report = report.note(format!("called {name}, {place}"));
    }
    for link in failure.links.list() {
        report = report.note(match link {
            Link::Awaited { by, at } => format!("awaited in {by}, {at}"),
            Link::Task { id, name, spawned: Some(at) } => format!("task {id} \"{name}\", spawned at {at}"),
            Link::Task { id, name, spawned: None } => format!("task {id} \"{name}\""),
        });
    }
    report.help = lesson_of(failure).map(str::to_string).or_else(|| suggest::on_failure(failure, variables, functions));
    report
}

/// The failures of which that of a group consists, a line for each, and below it those of which it consists itself. Of
/// one that was caught and thrown again only the values are left.
fn members_of(failure: &Failure, depth: usize) -> Vec<String> {
    let indent = "  ".repeat(depth);
    if failure.members.list().is_empty() {
        let values =
            failure.thrown().and_then(|v| v.read_lock::<rhai::Map>()?.get("errors")?.clone().into_array().ok());
        let list = values.iter().flatten().enumerate().take(MOST);
        return list.map(|(index, v)| format!("{indent}error {}: {}", index + 1, message_of_value(v))).collect();
    }
    let mut lines = Vec::new();
    for (index, member) in failure.members.list().iter().enumerate().take(MOST) {
        let of_task = member.links.list().into_iter().rev().find_map(|link| match link {
            Link::Task { id, name, .. } => Some(format!(", task {id} \"{name}\"")),
            Link::Awaited { .. } => None,
        });
        let at = member.origin.as_ref().map_or(String::new(), |place| format!(", {place}"));
        let message = message_of(member);
        lines.push(format!("{indent}error {}: {message}{}{at}", index + 1, of_task.unwrap_or_default()));
        if depth < DEEPEST {
            lines.extend(members_of(member, depth + 1));
        }
    }
    lines
}

fn title_of(failure: &Failure) -> String {
    match failure.error.unwrap_inner() {
        // a map with a kind, as the errors of this library are
        EvalAltResult::ErrorRuntime(..) => match failure.kind() {
            // those of Rhai, which a task hands on as such maps, have kinds in capitals
            Some(kind) if kind.starts_with(|c: char| c.is_ascii_lowercase()) => {
                format!("{}: {}", kind, message_of(failure))
            }
            _ => message_of(failure),
        },
        _ => message_of(failure),
    }
}

fn lesson_of(failure: &Failure) -> Option<&'static str> {
    if let Some(exhausted) = Exhausted::of(&failure.error) {
        return Some(exhausted.help());
    }
    match failure.error.unwrap_inner() {
        EvalAltResult::ErrorAssignmentToConstant(name, _) if matches!(name.as_str(), "" | "this") => Some(
            "an async method can change what it is called on only if that is a variable: `let x = list[0]; await x.method()`",
        ),
        _ => None,
    }
}

/// A task that failed, and that nobody awaited, where these variables are known.
pub fn unseen_report(kernel: &Kernel, task: &TaskRef, failure: &Failure, variables: Vec<String>) -> Report {
    if failure.is_stop() {
        return stopped_report(task, failure);
    }
    let mut report = failure_report(failure, variables, task.namespace.functions());
    if task.flags().handles {
        report.title = format!("{} failed: {}", task.who(), report.title);
        report =
            report.note("a client that is still there was told that the server failed (500; or 1011, on a WebSocket)");
        return also_help(report, "`catch` the error in the handler, and answer with `response(status, body)`");
    }
    let so_far = if std::rc::Rc::strong_count(task) > 1 { "has awaited it so far" } else { "awaited it" };
    report.title = format!("{} failed, and nobody {so_far}: {}", task.who(), report.title);
    if let Some(place) = kernel.place(task.spawned) {
        report = report.note(format!("spawned at {place}"));
    }
    also_help(report, "`await` the task, or `gather` it with others, and catch the error there")
}

/// What helps against any error of its kind; a note where the error itself is helped by something else.
fn also_help(report: Report, help: &str) -> Report {
    if report.help.is_some() { report.note(help) } else { report.help(help) }
}

/// A task that never yielded, when somebody asked for a stop.
fn stopped_report(task: &TaskRef, failure: &Failure) -> Report {
    let title = format!("{} was stopped, because it did not let go of the loop", task.who());
    let report =
        Report::warning(title).help("`await sleep(0)` now and then lets others run, and lets Ctrl-C stop it there");
    match &failure.origin {
        Some(place) => report.at(place.clone(), ""),
        None => report,
    }
}

/// What the loop noticed.
pub fn notice_report(kernel: &Kernel, notice: &Notice) -> Report {
    match notice {
        Notice::NeverAwaited { name, made, coroutine, .. } => never_awaited(kernel.place(*made), name, *coroutine),
        Notice::Blocked { id, name, millis, site, others } => {
            let who = Who(*id, name);
            let others = match others {
                0 => "nobody else was ready, this time".to_string(),
                1 => "1 other task was ready and had to wait".to_string(),
                n => format!("{n} other tasks were ready and had to wait"),
            };
            let report = Report::warning(format!("{who} blocked the loop for {}", units::blocked(*millis)));
            let report = match kernel.place(*site) {
                Some(place) => report.at(place, others),
                None => report.note(others),
            };
            report.help("`await sleep(s)` waits without blocking; `await to_thread(f, [args])` is for long work")
        }
    }
}

fn never_awaited(place: Option<Place>, name: &str, coroutine: bool) -> Report {
    let what = if coroutine { "coroutine" } else { "future" };
    let report = Report::warning(format!("this {what} was never awaited, so it never ran"));
    let short = name.split(['(', ' ']).next().unwrap_or(name);
    let Some(place) = place.map(|p| call_in(&p, short)) else {
        return report.note(format!("it was `{name}`"));
    };
    let text = place.text();
    let label = match (coroutine, name.starts_with("async ")) {
        (true, false) if text.starts_with(short) => {
            format!("`{name}` is async: write `await {text}` or `spawn({text})`")
        }
        (true, true) => format!("an {name}: `await` it, or `spawn` it"),
        (true, false) => format!("a coroutine of `{name}`, made in here: `await` it, or `spawn` it"),
        (false, _) if short == "as_completed" => format!("go through it: `for f in {text} {{ await f }}`"),
        (false, _) if text.starts_with(short) || calls_what_waits(&text) => format!("write `await {text}`"),
        (false, _) => format!("`{name}` waits only when it is awaited"),
    };
    report.at(place, label)
}

/// Whether this is the call of a method of the library that gives a future: `q.put(1)`.
fn calls_what_waits(text: &str) -> bool {
    let Some((path, rest)) = text.split_once('(') else {
        return false;
    };
    let is_path = path.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let method = path.rsplit_once('.').map(|(_, method)| method);
    let is_one_call = rest.find(')').is_some_and(|end| end + 1 == rest.len());
    is_path && is_one_call && method.is_some_and(|method| crate::stdlib::is_awaitable(method, true))
}

/// The call of this name on the line of a place, from there on, or the word `async` of what has no name; else the place
/// itself.
fn call_in(place: &Place, name: &str) -> Place {
    let line: Vec<char> = place.source.line(place.line).chars().collect();
    let wanted: Vec<char> = if name == "async" { name.to_string() } else { format!("{name}(") }.chars().collect();
    let from = place.column.saturating_sub(1).min(line.len());
    match line[from..].windows(wanted.len()).position(|w| w == wanted.as_slice()) {
        Some(at) => Place::at(&place.source, place.line, from + at + 1),
        None => place.clone(),
    }
}

/// Tasks that remain when a script ends.
pub fn left_report(kernel: &Kernel, left: &[TaskRef]) -> Report {
    let count = match left.len() {
        1 => "1 task was".to_string(),
        n => format!("{n} tasks were"),
    };
    let mut report = Report::warning(format!("{count} still running when the script ended, and had to be cancelled"));
    for task in left.iter().take(MOST) {
        report = report.line(describe(kernel, task));
    }
    if left.len() > MOST {
        report = report.line(format!("... and {} more", left.len() - MOST));
    }
    report.help("`await` them, or `cancel()` those that are not needed any more")
}

/// The time limit has come: what each task was doing then.
pub fn timeout_report(kernel: &Kernel, control: &Control) -> Report {
    let after = control.limit().map_or(String::new(), |limit| format!(" of {} s", limit.as_secs_f64()));
    let mut report = Report::error(format!("the --timeout{after} has come, and the script was stopped"));
    if let Some((id, site)) = control.broken_off() {
        let recording = kernel.recording.borrow();
        let who = Who(id, recording.task_name(id));
        let at = kernel.place(site).map_or(String::new(), |p| format!(" at {}:{}", p.source.name, p.line));
        report = report.line(format!("{who}{at} was running, and did not let go of the loop"));
    }
    let tasks = kernel.tasks();
    for task in tasks.iter().take(MOST) {
        report = report.line(describe(kernel, task));
    }
    if tasks.len() > MOST {
        report = report.line(format!("... and {} more", tasks.len() - MOST));
    }
    report
}

/// `task 3 "ticker" at demo.rhai:4 waits for sleep(1)`.
pub fn describe(kernel: &Kernel, task: &TaskRef) -> String {
    let who = task.who();
    let at =
        super::inspect::place_of(kernel, task).map_or(String::new(), |p| format!(" at {}:{}", p.source.name, p.line));
    match task.state() {
        State::Waiting => format!("{who}{at} waits for {}", waits(kernel, task)),
        State::Ready => format!("{who}{at} is ready to run"),
        State::Running => format!("{who}{at} is running"),
        State::Ended => format!("{who} has ended"),
    }
}

/// What a task waits for, and who holds that since when.
pub fn waits(kernel: &Kernel, task: &TaskRef) -> String {
    let text = kernel.waits_text(task);
    let holders = kernel.ask_op(task, |op| op.holders()).unwrap_or_default();
    match holders.as_slice() {
        [] => format!("{text}{}{}", for_whom(kernel, task), so_far(kernel, task)),
        [own] if own.task.id == task.id => format!("{text}, which it holds itself{}", since(kernel, own)),
        holders => {
            let mut list: Vec<String> = holders.iter().take(MOST).map(|h| held_by(kernel, task, h)).collect();
            if holders.len() > MOST {
                list.push(format!("{} more", holders.len() - MOST));
            }
            format!("{text}, held by {}", list.join(" and by "))
        }
    }
}

/// The one task that is awaited, where what is waited for does not name it: that of a `shield` or a `timeout`, or the last
/// that a `gather` waits for.
fn for_whom(kernel: &Kernel, task: &TaskRef) -> String {
    let on = kernel.ask_op(task, |op| op.on()).unwrap_or_default();
    let [one] = on.as_slice() else { return String::new() };
    let who = kernel.task(*one).map(|task| task.who().to_string());
    who.filter(|who| *who != kernel.waits_text(task)).map_or(String::new(), |who| format!(" of {who}"))
}

fn so_far(kernel: &Kernel, task: &TaskRef) -> String {
    kernel.ask_op(task, |op| op.so_far()).flatten().map_or(String::new(), |so_far| format!(", and {so_far}"))
}

fn held_by(kernel: &Kernel, waiting: &TaskRef, holder: &Holder) -> String {
    let since = since(kernel, holder);
    let ended = if holder.task.is_done() { ", which has ended without release" } else { "" };
    match &holder.task {
        task if task.id == waiting.id => format!("itself{since}"),
        // at the prompt each run has a main of its own, and to the user they are one
        task if task.id == 0 => format!("{}{since}", task.who()),
        task => format!("{}{since}{ended}", task.who()),
    }
}

fn since(kernel: &Kernel, holder: &Holder) -> String {
    kernel.place(holder.site).map_or(String::new(), |p| format!(" since {}:{}", p.source.name, p.line))
}

/// A value as the prompt shows it.
pub fn value_text(value: &Dynamic) -> String {
    crate::stdlib::inspect(value, 6)
}
