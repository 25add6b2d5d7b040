//! `:help`: read from the table of commands and from the names that the backend knows.

use std::fmt::Write as _;

use super::backend::{Function, Home, Names};
use super::commands::{Command, TABLE};
use super::kind;
use super::session::{Flow, Session};
use super::shape::fitted;
use super::terminal;
use super::topics::{self, TOPICS};
use crate::cheatsheet;
use crate::lessons::show::wrapped;
use crate::near::nearest;

/// The headings of the list, each above the command that is named.
const SECTIONS: &[(&str, &str)] = &[
    ("help", "looking"),
    ("type", "running"),
    ("step", "time and order"),
    ("lanes", "seeing what ran"),
    ("allow", "files and settings"),
    ("examples", "learning"),
    ("reset", "ending"),
];

const KEYS: &str = "
`:help gather` explains a function, `:fns` lists them; `:help await`, async and
spawn explain the words; it, rhai, legend and cheatsheet are topics, too. A unique
prefix of a command is enough. `:learn` lists the lessons.

Enter sends complete input; Alt-Enter opens another line, two empty lines send
anyway; `;` at the end drops the value. Ctrl-C clears the line or stops the run;
twice within a second, it cancels all tasks. Ctrl-R searches the history. Tab
completes.";

pub fn help(session: &mut Session, topic: &str) -> Flow {
    let topic = topic.trim().trim_start_matches(':').trim_end_matches("()");
    if topic.is_empty() {
        session.say(&overview(session));
        return Flow::Continue;
    }
    let names = session.backend.names();
    let mut parts: Vec<String> = functions_called(topic, &names).iter().map(|f| explain(session, f)).collect();
    parts.extend(topics::find(topic).map(|t| first_line_bold(session, t.text)));
    if topic == cheatsheet::TOPIC {
        parts.push(cheatsheet::text(session.paint, terminal::width().into()));
    }
    parts.extend(TABLE.iter().find(|c| c.name == topic).map(|c| about(session, c)));
    if parts.is_empty() {
        session.complain(&no_help(topic, &names));
    } else {
        let parts: Vec<String> = parts.iter().map(|part| fitted(part, terminal::width())).collect();
        session.say(&parts.join("\n\n"));
    }
    Flow::Continue
}

/// The functions of this name; of `queue.put` or `jobs.put` that method of the type, or of the variable's type.
fn functions_called<'a>(topic: &'a str, names: &'a Names) -> Vec<&'a Function> {
    if let Some((object, name)) = topic.rsplit_once('.') {
        return kind::members(type_called(object, names), names).filter(|f| f.name == name).collect();
    }
    let of_library = names.functions.iter().filter(|f| f.home != Home::Rhai);
    let mut functions: Vec<&Function> = of_library.filter(|f| f.name == topic).collect();
    if functions.is_empty() {
        // Rhai's are told by the types that they belong to
        functions.extend(names.methods.iter().filter(|f| f.name == topic));
    }
    if functions.is_empty() {
        functions.extend(names.functions.iter().filter(|f| f.name == topic));
    }
    functions
}

/// The type of the variable of that name, or what may be a type itself.
fn type_called<'a>(object: &'a str, names: &'a Names) -> &'a str {
    names.variables.iter().find(|v| v.name == object).map_or(object, |v| &v.shape.type_name)
}

fn no_help(topic: &str, names: &Names) -> String {
    if let Some((object, name)) = topic.rsplit_once('.') {
        let type_name = type_called(object, names);
        let mut members = kind::members(type_name, names).map(|f| f.name.as_str()).peekable();
        if members.peek().is_some() {
            return match nearest(name, members) {
                Some(near) => format!("no help on {topic}; did you mean :help {object}.{near}?"),
                None => {
                    format!("no help on {topic}: a {type_name} has no {name}; Tab after `{object}.` lists what it has")
                }
            };
        }
    }
    let functions = names.functions.iter().map(|f| f.name.as_str());
    let known = functions.chain(TABLE.iter().map(|c| c.name)).chain(TOPICS.iter().map(|t| t.name));
    let known = known.chain([cheatsheet::TOPIC]);
    match nearest(topic, known) {
        Some(near) => format!("no help on {topic}; did you mean :help {near}?"),
        None => format!("no help on {topic}; :fns lists functions, :help commands"),
    }
}

fn first_line_bold(session: &Session, text: &str) -> String {
    match text.split_once('\n') {
        Some((head, rest)) => format!("{}\n{rest}", session.paint.bold(head)),
        None => session.paint.bold(text),
    }
}

fn overview(session: &Session) -> String {
    let mut text = String::new();
    let column = TABLE.iter().map(|c| left(c).len()).max().unwrap_or(0);
    for command in TABLE {
        if let Some((_, heading)) = SECTIONS.iter().find(|(first, _)| *first == command.name) {
            let _ = writeln!(text, "{}", session.paint.dim(heading));
        }
        let first = format!("  {:column$}  ", left(command));
        let row =
            wrapped(command.summary, &first, &" ".repeat(first.len()), session.paint, usize::from(terminal::width()));
        let rest = row.strip_prefix(&first).unwrap_or(&row);
        let _ = writeln!(text, "{}{}", session.paint.bold(&first), rest.trim_end());
    }
    text.push_str(&fitted(KEYS, terminal::width()));
    text
}

fn about(session: &Session, command: &Command) -> String {
    let text = format!("{}\n  {}", session.paint.bold(&left(command)), command.summary);
    if command.help.is_empty() { text } else { format!("{text}\n\n{}", command.help) }
}

fn explain(session: &Session, function: &Function) -> String {
    let head = session.paint.bold(&function.signature);
    let body = if function.help.is_empty() { &function.summary } else { &function.help };
    format!("{head}\n{body}").trim_end().to_owned()
}

/// How a command is typed.
fn left(command: &Command) -> String {
    format!(":{} {}", command.name, command.form).trim_end().to_string()
}

/// The commands as a table of Markdown, as the README has it.
pub fn markdown() -> String {
    let row = |c: &Command| format!("| `{}` | {} |\n", left(c).replace('|', "\\|"), c.summary.replace('|', "\\|"));
    let mut table = "| | |\n| --- | --- |\n".to_string();
    table.extend(TABLE.iter().map(row));
    table
}
