//! What Tab offers.

use rustyline::completion::Pair;

use super::backend::{Backend, Function, Names};
use super::commands::{self, Arg};
use super::scan::{Kind, keywords, scan};

/// With at most this many candidates each is shown with its summary.
const FEW: usize = 8;

/// Types that have the methods of streams, too.
const STREAMS: &[&str] = &["queue", "subscription", "watch", "interval", "lines", "chunks", "events"];

/// Where the completed word begins, and the candidates for it.
pub fn complete(line: &str, pos: usize, names: &Names, backend: &dyn Backend, width: u16) -> (usize, Vec<Pair>) {
    let before = &line[..pos];
    let Some((name, argument)) = commands::split(before) else {
        return code(before, names, width);
    };
    if !before.trim_start().contains(char::is_whitespace) {
        let start = pos - name.len();
        return (start, command_names(name));
    }
    let start = pos - argument.len();
    match commands::find(name).map(|command| command.arg) {
        Ok(Arg::Path) => path(pos, argument),
        Ok(Arg::Task) => (start, tasks(argument, backend)),
        Ok(Arg::Topic) => (start, topics(argument, names)),
        Ok(Arg::Lesson) => (start, words_with(argument, crate::lessons::all().iter().map(|l| l.slug))),
        Ok(Arg::Words(words)) => (start, words_with(argument, words.iter().copied())),
        Ok(Arg::Code) => {
            let (from, found) = code(argument, names, width);
            (start + from, found)
        }
        Ok(Arg::None) | Err(_) => (pos, Vec::new()),
    }
}

fn pair(display: impl Into<String>, replacement: impl Into<String>) -> Pair {
    Pair { display: display.into(), replacement: replacement.into() }
}

fn words_with<'a>(prefix: &str, words: impl Iterator<Item = &'a str>) -> Vec<Pair> {
    words.filter(|w| w.starts_with(prefix)).map(|w| pair(w, w)).collect()
}

fn command_names(prefix: &str) -> Vec<Pair> {
    commands::TABLE
        .iter()
        .filter(|c| c.name.starts_with(prefix))
        .map(|c| pair(format!(":{}", c.name), format!("{} ", c.name)))
        .collect()
}

fn tasks(prefix: &str, backend: &dyn Backend) -> Vec<Pair> {
    let rows = backend.tasks().unwrap_or_default();
    rows.iter()
        .map(|task| (task.id.to_string(), &task.name))
        .filter(|(id, _)| id.starts_with(prefix))
        .map(|(id, name)| pair(format!("{id} \"{name}\""), id))
        .collect()
}

fn topics(prefix: &str, names: &Names) -> Vec<Pair> {
    let functions = names.functions.iter().map(|f| f.name.as_str());
    let mut words: Vec<&str> = functions
        .chain(commands::TABLE.iter().map(|c| c.name))
        .chain(super::topics::TOPICS.iter().map(|t| t.name))
        .chain([crate::cheatsheet::TOPIC])
        .collect();
    words.sort_unstable();
    words.dedup();
    words_with(prefix, words.into_iter())
}

/// Files and folders that begin like the last part of `typed`, which ends at `pos`.
fn path(pos: usize, typed: &str) -> (usize, Vec<Pair>) {
    let cut = typed.rfind('/').map_or(0, |n| n + 1);
    let (folder, prefix) = typed.split_at(cut);
    let place = match (folder.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => format!("{home}/{rest}"),
        _ if folder.is_empty() => "./".to_owned(),
        _ => folder.to_owned(),
    };
    let mut found: Vec<Pair> = std::fs::read_dir(place)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let hidden = name.starts_with('.') && !prefix.starts_with('.');
            let odd = name.contains(char::is_control);
            let slash = if entry.path().is_dir() { "/" } else { "" };
            (name.starts_with(prefix) && !hidden && !odd)
                .then(|| pair(format!("{name}{slash}"), format!("{name}{slash}")))
        })
        .collect();
    found.sort_by(|a, b| a.display.cmp(&b.display));
    (pos - prefix.len(), found)
}

fn code(before: &str, names: &Names, width: u16) -> (usize, Vec<Pair>) {
    let tokens = scan(before).tokens;
    if let Some(last) = tokens.last()
        && last.span.end == before.len()
        && last.kind == Kind::Text
        && before[last.span.clone()].starts_with('"')
    {
        return path(before.len(), &before[last.span.start + 1..]);
    }
    let word = before
        .rfind(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(0, |n| n + before[n..].chars().next().map_or(1, char::len_utf8));
    let prefix = &before[word..];
    if let Some(dot) = before[..word].strip_suffix('.') {
        return (word, members(dot, prefix, names, width));
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    if line.chars().all(|c| c.is_whitespace() || c == super::gutter::MARK) {
        return (before.len(), vec![pair("    ", "    ")]);
    }
    (word, globals(prefix, names, width))
}

fn globals(prefix: &str, names: &Names, width: u16) -> Vec<Pair> {
    let variables = names.variables.iter().filter(|v| v.name.starts_with(prefix));
    let mut found: Vec<Pair> = variables.map(|v| pair(format!("{}: {}", v.name, v.type_name), &v.name)).collect();
    let functions = names.functions.iter().filter(|f| f.receiver.is_none());
    found.extend(functions_with(prefix, functions, width));
    if !prefix.is_empty() {
        found.extend(words_with(prefix, keywords()));
    }
    found
}

/// Properties and methods after the dot: those of the variable before it, else all there are.
fn members(object: &str, prefix: &str, names: &Names, width: u16) -> Vec<Pair> {
    let start = object.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |n| n + 1);
    let name = object.get(start..).unwrap_or_default();
    let chained = object[..object.len() - name.len()].ends_with('.');
    let variable = names.variables.iter().find(|v| v.name == name && !chained);
    let mut found: Vec<Pair> = variable
        .into_iter()
        .flat_map(|v| &v.keys)
        .filter(|key| key.starts_with(prefix))
        .map(|key| pair(key, key))
        .collect();
    let fitting = names.functions.iter().filter(|f| match (&f.receiver, variable) {
        (Some(receiver), Some(variable)) => {
            *receiver == variable.type_name || (receiver == "stream" && STREAMS.contains(&variable.type_name.as_str()))
        }
        (receiver, _) => receiver.is_some(),
    });
    found.extend(functions_with(prefix, fitting, width));
    found.dedup_by(|a, b| a.replacement == b.replacement);
    found
}

fn functions_with<'a>(prefix: &str, functions: impl Iterator<Item = &'a Function>, width: u16) -> Vec<Pair> {
    let mut fitting: Vec<&Function> = functions.filter(|f| f.name.starts_with(prefix)).collect();
    fitting.sort_by(|a, b| a.name.cmp(&b.name));
    let column = fitting.iter().map(|f| f.signature.chars().count()).max().unwrap_or(0);
    let few = fitting.len() <= FEW;
    let shown = |f: &Function| {
        if !few || f.summary.is_empty() {
            return f.signature.clone();
        }
        let text = format!("{:column$}  {}", f.signature, f.summary);
        text.chars().take(usize::from(width).saturating_sub(3)).collect()
    };
    fitting.iter().map(|f| pair(shown(f), call(f))).collect()
}

/// What is inserted: with the parenthesis of a call, closed when it takes nothing.
fn call(function: &Function) -> String {
    match function.signature.split_once('(') {
        None => function.name.clone(),
        Some((_, rest)) if rest.starts_with(')') => format!("{}()", function.name),
        Some(_) => format!("{}(", function.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::backend::{Home, Variable};

    fn function(signature: &str, receiver: Option<&str>) -> Function {
        Function {
            name: signature.split('(').next().unwrap_or_default().to_owned(),
            signature: signature.to_owned(),
            summary: String::new(),
            help: String::new(),
            receiver: receiver.map(str::to_owned),
            home: Home::Rhai,
        }
    }

    fn offers(line: &str) -> Vec<String> {
        let names = Names {
            functions: vec![
                function("sleep(s)", None),
                function("spawn_process(p)", None),
                function("now()", None),
                function("cancel()", Some("task")),
                function("state", Some("task")),
                function("url", Some("response")),
                function("next()", Some("stream")),
            ],
            variables: vec![
                Variable { name: "job".into(), type_name: "task".into(), keys: vec![] },
                Variable { name: "jobs".into(), type_name: "queue".into(), keys: vec![] },
                Variable { name: "row".into(), type_name: "map".into(), keys: vec!["id".into()] },
            ],
        };
        code(line, &names, 80).1.into_iter().map(|p| p.replacement).collect()
    }

    #[test]
    fn functions_variables_and_words() {
        assert_eq!(offers("await sl"), ["sleep("]);
        assert_eq!(offers("1 + no"), ["now()"]);
        assert_eq!(offers("f(jo"), ["job", "jobs"]);
        assert_eq!(offers("aw"), ["await"]);
        assert_eq!(offers("sp"), ["spawn_process(", "spawn"]);
    }

    #[test]
    fn members_by_type_else_all() {
        assert_eq!(offers("job.c"), ["cancel()"]);
        assert_eq!(offers("row."), ["id"]);
        assert_eq!(offers("job."), ["cancel()", "state"]);
        assert_eq!(offers("f(1).u"), ["url"]);
        assert_eq!(offers("jobs."), ["next()"]);
    }

    #[test]
    fn a_blank_line_is_indented() {
        assert_eq!(offers("f(\n"), ["    "]);
    }
}
