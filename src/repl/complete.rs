//! What Tab offers.

use std::collections::HashSet;

use rustyline::completion::Pair;

use super::backend::{Backend, Function, Names};
use super::commands::{self, Arg};
use super::scan::{Kind, keywords, scan};
use super::{kind, settings};

/// With at most this many candidates each is shown with its summary.
const FEW: usize = 8;

/// Where the completed word begins, and the candidates for it.
pub fn complete(line: &str, pos: usize, names: &Names, backend: &dyn Backend, width: u16) -> (usize, Vec<Pair>) {
    let before = &line[..pos];
    let Some((name, argument)) = commands::split(before) else {
        return code(before, names, width);
    };
    if argument.is_empty() && !before.ends_with(char::is_whitespace) {
        let start = pos - name.len();
        return (start, command_names(name, width));
    }
    let start = pos - argument.len();
    match commands::find(name).map(|command| command.arg) {
        Ok(Arg::Path) => path(pos, argument),
        Ok(Arg::Task) => (start, tasks(argument, backend)),
        Ok(Arg::Topic) => (start, topics(argument, names)),
        Ok(Arg::Lesson) => (start, words_with(argument, crate::lessons::all().iter().map(|l| l.slug))),
        Ok(Arg::Example) => (start, examples(argument)),
        Ok(Arg::Setting) => settings(pos, argument),
        Ok(Arg::Words(words)) => (start, words_with(argument, words.iter().copied())),
        Ok(Arg::SavePath) => match argument.split_once(char::is_whitespace) {
            None => (start, vec![pair("save", "save ")]),
            Some((_, file)) => path(pos, file.trim_start()),
        },
        Ok(arg @ (Arg::Code | Arg::CodeOrExample)) => {
            let (from, mut found) = code(argument, names, width);
            if arg == Arg::CodeOrExample && from == 0 {
                found.splice(0..0, examples(argument));
            }
            (start + from, found)
        }
        Ok(Arg::None) | Err(_) => (pos, Vec::new()),
    }
}

pub(super) fn pair(display: impl Into<String>, replacement: impl Into<String>) -> Pair {
    Pair { display: display.into(), replacement: replacement.into() }
}

fn words_with<'a>(prefix: &str, words: impl Iterator<Item = &'a str>) -> Vec<Pair> {
    words.filter(|w| w.starts_with(prefix)).map(|w| pair(w, w)).collect()
}

fn command_names(prefix: &str, width: u16) -> Vec<Pair> {
    let fitting = commands::TABLE.iter().filter(|c| c.name.starts_with(prefix));
    described(fitting.map(|c| (format!(":{}", c.name), c.summary, format!("{} ", c.name))).collect(), width)
}

fn examples(prefix: &str) -> Vec<Pair> {
    words_with(prefix, crate::examples::all().iter().map(|(name, _)| *name))
}

fn tasks(prefix: &str, backend: &dyn Backend) -> Vec<Pair> {
    let rows = backend.tasks().unwrap_or_default();
    rows.iter()
        .map(|task| (task.id.to_string(), &task.name))
        .filter(|(id, name)| id.starts_with(prefix) || name.starts_with(prefix))
        .map(|(id, name)| pair(format!("{id} \"{name}\""), id))
        .collect()
}

/// The name of a setting, or one of its values.
fn settings(pos: usize, typed: &str) -> (usize, Vec<Pair>) {
    let Some((name, value)) = typed.split_once(char::is_whitespace) else {
        let names = settings::TABLE.iter().filter(|s| s.name.starts_with(typed));
        return (pos - typed.len(), names.map(|s| pair(s.name, format!("{} ", s.name))).collect());
    };
    let words = settings::TABLE.iter().find(|s| s.name == name).map_or(&[][..], |s| s.words);
    (pos - value.len(), words_with(value, words.iter().copied()))
}

fn topics(prefix: &str, names: &Names) -> Vec<Pair> {
    if let Some(command) = prefix.strip_prefix(':') {
        let fitting = commands::TABLE.iter().filter(|c| c.name.starts_with(command));
        return fitting.map(|c| format!(":{}", c.name)).map(|name| pair(name.clone(), name)).collect();
    }
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
    if let Some(last) = tokens.last().filter(|last| last.span.end == before.len()) {
        let is_text = last.kind == Kind::Text && before[last.span.clone()].starts_with('"');
        if is_text && let Some(found) = keys(before, last.span.start, names) {
            return found;
        }
        if is_text {
            return path(before.len(), &before[last.span.start + 1..]);
        }
        if last.kind == Kind::Comment {
            return (before.len(), Vec::new());
        }
    }
    let word = before
        .rfind(|c: char| !c.is_alphanumeric() && c != '_')
        .map_or(0, |n| n + before[n..].chars().next().map_or(1, char::len_utf8));
    let prefix = &before[word..];
    if let Some(module) = before[..word].strip_suffix("::") {
        return (word, of_module(module, prefix, names, width));
    }
    if let Some(dot) = before[..word].strip_suffix('.') {
        return (word, members(dot, prefix, names, width));
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    if line.chars().all(|c| c.is_whitespace() || c == super::gutter::MARK) {
        return (before.len(), vec![pair("    ", "    ")]);
    }
    (word, globals(prefix, names, width))
}

/// The keys of a map in `map["`, where the quote stands at `quote`.
fn keys(before: &str, quote: usize, names: &Names) -> Option<(usize, Vec<Pair>)> {
    let object = before[..quote].trim_end().strip_suffix('[')?;
    let shape = kind::of_expression(object, names)?;
    let typed = &before[quote + 1..];
    let fitting =
        shape.keys.iter().map(|(key, _)| key).filter(|key| key.starts_with(typed) && !key.contains(['"', '\\']));
    (shape.type_name == "map").then(|| (quote + 1, fitting.map(|key| pair(key, format!("{key}\"]"))).collect()))
}

/// The functions and constants of a module that is imported as the name before `::`.
fn of_module(before: &str, prefix: &str, names: &Names, width: u16) -> Vec<Pair> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let module = before.rsplit(|c| !is_name(c)).next().unwrap_or_default();
    functions_with(prefix, names.modules.iter().filter(|(name, _)| name == module).map(|(_, function)| function), width)
}

fn globals(prefix: &str, names: &Names, width: u16) -> Vec<Pair> {
    let variables = names.variables.iter().filter(|v| v.name.starts_with(prefix));
    let mut found: Vec<Pair> = variables.map(|v| pair(format!("{}: {}", v.name, v.shape.type_name), &v.name)).collect();
    let functions = names.functions.iter().filter(|f| f.receiver.is_none());
    found.extend(functions_with(prefix, functions, width));
    if !prefix.is_empty() {
        found.extend(words_with(prefix, keywords()));
    }
    found
}

/// Properties and methods after the dot: those of the value before it; where that cannot be told, all there are.
fn members(object: &str, prefix: &str, names: &Names, width: u16) -> Vec<Pair> {
    let mut found: Vec<Pair>;
    if let Some(shape) = kind::of_expression(object, names) {
        let keys = shape.keys.iter().map(|(key, _)| key).filter(|key| key.starts_with(prefix));
        found = keys.map(|key| pair(key, key)).collect();
        found.extend(functions_with(prefix, kind::members(&shape.type_name, names), width));
    } else {
        let all = names.functions.iter().filter(|f| f.receiver.is_some());
        found = functions_with(prefix, all, width);
    }
    let mut seen = HashSet::new();
    found.retain(|pair| seen.insert(pair.replacement.clone()));
    found
}

fn functions_with<'a>(prefix: &str, functions: impl Iterator<Item = &'a Function>, width: u16) -> Vec<Pair> {
    let mut fitting: Vec<&Function> = functions.filter(|f| f.name.starts_with(prefix)).collect();
    fitting.sort_by(|a, b| a.name.cmp(&b.name));
    described(fitting.iter().map(|f| (f.signature.clone(), f.summary.as_str(), call(f))).collect(), width)
}

/// Candidates with what is inserted for each; where they are few, with what each is for.
fn described(rows: Vec<(String, &str, String)>, width: u16) -> Vec<Pair> {
    let column = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0);
    let few = rows.len() <= FEW;
    let shown = |name: String, what: &str| match few && !what.is_empty() {
        true => format!("{name:column$}  {what}").chars().take(usize::from(width).saturating_sub(3)).collect(),
        false => name,
    };
    rows.into_iter().map(|(name, what, inserted)| pair(shown(name, what), inserted)).collect()
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
    use std::sync::Arc;

    use super::*;
    use crate::repl::backend::{Home, Shape, Variable};

    fn function(signature: &str, receiver: Option<&str>) -> Function {
        Function {
            name: signature.split('(').next().unwrap_or_default().to_owned(),
            signature: signature.to_owned(),
            summary: String::new(),
            help: String::new(),
            receiver: receiver.map(str::to_owned),
            gives: String::new(),
            home: Home::Rhai,
        }
    }

    fn method(signature: &str, receiver: &str, gives: &str) -> Function {
        Function { gives: gives.to_owned(), ..function(signature, Some(receiver)) }
    }

    fn shape(type_name: &str, keys: &[(&str, Shape)]) -> Shape {
        let keys = keys.iter().map(|(key, shape)| ((*key).to_owned(), shape.clone())).collect();
        Shape { type_name: type_name.to_owned(), keys, item: None }
    }

    fn variable(name: &str, shape: Shape) -> Variable {
        Variable { name: name.to_owned(), shape }
    }

    fn offers(line: &str) -> Vec<String> {
        let row = shape("map", &[("id", shape("i64", &[])), ("inner", shape("map", &[("deep", Shape::default())]))]);
        let names = Names {
            functions: vec![
                function("sleep(s)", None),
                Function { gives: "response".to_owned(), ..function("fetch(url)", None) },
                Function { gives: "coroutine".to_owned(), ..function("work(n)", None) },
                function("spawn_process(p)", None),
                function("now()", None),
                function("cancel()", Some("task")),
                function("state", Some("task")),
                function("url", Some("response")),
                function("next()", Some("stream")),
            ],
            methods: Arc::new(vec![method("split(by)", "string", "array"), method("pop()", "array", "")]),
            streams: Arc::new(vec!["queue".to_owned()]),
            modules: vec![
                ("lib".to_owned(), function("twice(n)", None)),
                ("lib::deep".to_owned(), function("f()", None)),
            ],
            variables: vec![
                variable("job", shape("task", &[])),
                variable("jobs", shape("queue", &[])),
                variable("row", row.clone()),
                variable("odd", shape("map", &[("two words", Shape::default()), ("a\"b", Shape::default())])),
                variable("rows", Shape { item: Some(Box::new(row)), ..shape("array", &[]) }),
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
        assert_eq!(offers("row."), ["id", "inner"]);
        assert_eq!(offers("row.inner."), ["deep"]);
        assert_eq!(offers("f(rows[0]."), ["id", "inner"]);
        assert_eq!(offers("(rows[n + 1]).inner."), ["deep"]);
        assert_eq!(offers("\"a b\"."), ["split("]);
        assert_eq!(offers("\"a b\".split(\" \")."), ["pop()"]);
        assert_eq!(offers("[1, 2]."), ["pop()"]);
        assert_eq!(offers("job."), ["cancel()", "state"]);
        assert_eq!(offers("g(1).u"), ["url"]);
        // what has to be awaited first has nothing yet
        assert_eq!(offers("work(1)."), [""; 0]);
        assert_eq!(offers("fetch(1)."), [""; 0]);
        assert_eq!(offers("sleep(1)."), [""; 0]);
        assert_eq!(offers("jobs.next()."), [""; 0]);
        assert_eq!(offers("(await fetch(1)).u"), ["url"]);
        assert_eq!(offers("jobs."), ["next()"]);
    }

    #[test]
    fn keys_of_a_map_in_brackets() {
        assert_eq!(offers("f(row[\""), ["id\"]", "inner\"]"]);
        assert_eq!(offers("row[\"inner\"][\"d"), ["deep\"]"]);
        assert_eq!(offers("odd[\"t"), ["two words\"]"]);
    }

    #[test]
    fn functions_of_a_module() {
        assert_eq!(offers("1 + lib::t"), ["twice("]);
        assert_eq!(offers("lib::deep::"), ["f()"]);
        assert_eq!(offers("other::"), [""; 0]);
    }

    #[test]
    fn nothing_in_comments() {
        assert_eq!(offers("1 // sl"), [""; 0]);
        assert_eq!(offers("/* sl"), [""; 0]);
        assert_eq!(offers("// one\nsl"), ["sleep("]);
    }

    #[test]
    fn a_blank_line_is_indented() {
        assert_eq!(offers("f(\n"), ["    "]);
    }
}
