//! What the prompt can complete and explain, from the registry and from the session.

use std::collections::HashSet;
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, Identifier, Map};

use crate::lang::natives::{self, Native};
use crate::lang::touch::is_held;
use crate::repl::backend::{Function, Home, Names, Shape, Variable};
use crate::session::Session;
use crate::stdlib;

/// How deep, and how many entries of a map, completion looks into a value.
const DEPTH: usize = 4;
const ENTRIES: usize = 60;

/// Rhai's own list of functions, which is for programs that have Rhai in them.
const REFLECTION: &str = "get_fn_metadata_list";

/// What is there from the beginning.
pub fn library(session: &Session) -> Names {
    let mut functions: Vec<Function> = stdlib::all().map(|(group, f)| library_function(group, f)).collect();
    let mut known: HashSet<String> = functions.iter().map(|f| f.name.clone()).collect();
    let mut methods = Vec::new();
    let alone: HashSet<&str> = stdlib::all().filter(|(_, f)| f.object().is_none()).map(|(_, f)| f.name()).collect();
    for native in natives::all(&session.interp.engine).into_iter().filter(|f| f.name != REFLECTION) {
        if !native.is_property && known.insert(native.name.clone()) {
            functions.push(rhai_function(&native));
        }
        // `1.sleep()` would work, but is not what it is for
        if !alone.contains(native.name.as_str()) {
            methods.extend(rhai_method(&native));
        }
    }
    methods.dedup_by(|a, b| a.name == b.name && a.receiver == b.receiver);
    // streams, and nothing else, have `next`
    let streams = natives::types_with(&session.interp.engine, "next");
    Names { functions, methods: Arc::new(methods), streams: Arc::new(streams), ..Names::default() }
}

/// A snapshot of all names: those of the library, and the session's own.
pub fn names_of(session: &Session, library: &Names) -> Names {
    let mut names = library.clone();
    let own = session.functions().into_iter().map(|signature| {
        let own = own_function(signature, "defined in this session".into());
        let gives = if session.is_async(&own.name) { "coroutine" } else { "" };
        Function { gives: gives.to_string(), ..own }
    });
    names.functions.extend(own);
    for (module, signature) in session.imported() {
        let summary = format!("of the module {module}");
        names.modules.push((module, own_function(signature, summary)));
    }
    let engine = &session.interp.engine;
    let variable =
        |(name, value): (&str, &Dynamic)| Variable { name: name.to_string(), shape: shape(engine, value, DEPTH) };
    names.variables = session.variables().into_iter().map(variable).collect();
    names
}

fn own_function(signature: String, summary: String) -> Function {
    Function {
        name: signature.split('(').next().unwrap_or_default().to_string(),
        signature,
        summary,
        help: String::new(),
        receiver: None,
        gives: String::new(),
        home: Home::Session,
    }
}

fn shape(engine: &Engine, value: &Dynamic, depth: usize) -> Shape {
    let mut found = Shape::default();
    if is_held(value) || depth == 0 {
        return found;
    }
    found.type_name = engine.map_type_name(value.type_name()).to_string();
    if let Some(map) = value.read_lock::<Map>() {
        let entry = |(key, value): (&Identifier, &Dynamic)| (key.to_string(), shape(engine, value, depth - 1));
        found.keys = map.iter().take(ENTRIES).map(entry).collect();
    }
    if let Some(first) = value.read_lock::<Array>().and_then(|list| list.first().map(|v| shape(engine, v, depth - 1))) {
        found.item = Some(Box::new(first));
    }
    found
}

fn library_function(group: &'static str, f: &stdlib::Function) -> Function {
    Function {
        name: f.name().to_string(),
        signature: f.signature.to_string(),
        summary: f.summary().split_whitespace().collect::<Vec<_>>().join(" "),
        help: reflowed(f.doc),
        receiver: f.object().map(|object| match object {
            "g" => "task_group".to_string(),
            other => other.to_string(),
        }),
        gives: gives(f),
        home: Home::Library(group),
    }
}

/// What the functions that make things give: where it is not a type of the same name.
const MADE: &[(&str, &str)] = &[
    ("spawn", "task"),
    ("current_task", "task"),
    ("serve", "server"),
    ("demo_server", "server"),
    ("sqlite", "database"),
    ("lifo_queue", "queue"),
    ("priority_queue", "queue"),
    ("random", "generator"),
    ("spawn_process", "process"),
    ("fetch", "response"),
    ("tcp_connect", "connection"),
    ("tcp_listen", "listener"),
    ("ws_connect", "websocket"),
    ("read_file", "string"),
    ("file_lines", "lines"),
    ("list_dir", "array"),
    ("gather", "array"),
    ("tasks", "array"),
    ("to_json", "string"),
    ("broadcast.subscribe", "subscription"),
    ("response.text", "string"),
    ("response.lines", "lines"),
    ("response.chunks", "chunks"),
    ("response.events", "events"),
    ("response.headers", "map"),
    ("response.url", "string"),
    ("server.url", "string"),
    ("task.name", "string"),
    ("task.state", "string"),
];

fn gives(f: &stdlib::Function) -> String {
    let name = f.signature.split('(').next().unwrap_or_default();
    let made = MADE.iter().find(|(function, _)| *function == name).map(|(_, made)| *made);
    made.or_else(|| stdlib::all().any(|(_, g)| g.object() == Some(name)).then_some(name))
        .unwrap_or_default()
        .to_string()
}

/// A doc comment for the terminal: paragraphs broken anew, code as it is.
fn reflowed(doc: &str) -> String {
    const WIDTH: usize = 80;
    let mut text = String::new();
    let mut column = 0;
    let mut in_code = false;
    for line in doc.lines().map(|l| l.strip_prefix(' ').unwrap_or(l)) {
        if line.starts_with("```") {
            in_code = !in_code;
            text.push_str(if column > 0 { "\n" } else { "" });
            column = 0;
        } else if in_code {
            text.push_str(&format!("    {line}\n"));
        } else if line.trim().is_empty() {
            text.push_str(if column > 0 { "\n\n" } else { "\n" });
            column = 0;
        } else {
            for word in line.split_whitespace() {
                let length = word.chars().count() + 1;
                if column > 0 && column + length > WIDTH {
                    text.push('\n');
                    column = 0;
                } else if column > 0 {
                    text.push(' ');
                }
                text.push_str(word);
                column += length;
            }
        }
    }
    text.trim().to_string()
}

/// A function of Rhai's own.
fn rhai_function(native: &Native) -> Function {
    let (summary, help) = documentation(native);
    let names: Vec<String> = native.parameters.iter().map(|(name, kind)| typed(name, kind)).collect();
    let signature = format!("{}({})", native.name, names.join(", "));
    let gives = native.gives.clone();
    Function { name: native.name.clone(), signature, summary, help, receiver: None, gives, home: Home::Rhai }
}

/// The same as a method or property of the type of its first parameter.
fn rhai_method(native: &Native) -> Option<Function> {
    let (receiver, signature) = native.as_member()?;
    let (summary, help) = documentation(native);
    let (receiver, gives) = (Some(receiver.to_string()), native.gives.clone());
    Some(Function { name: native.name.clone(), signature, summary, help, receiver, gives, home: Home::Rhai })
}

fn typed(name: &str, kind: &str) -> String {
    if kind.is_empty() { name.to_string() } else { format!("{name}: {kind}") }
}

fn documentation(native: &Native) -> (String, String) {
    let first: Vec<&str> = native.doc.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let summary = if first.is_empty() { "one of Rhai's own".to_string() } else { first.join(" ") };
    (summary, reflowed(&native.doc))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_a_stream_is_known_by_it() {
        let made = |name: &str| stdlib::all().map(|(_, f)| f).find(|f| f.name() == name).map(gives).unwrap_or_default();
        for (name, kind) in [("file_lines", "lines"), ("ws_connect", "websocket"), ("tcp_connect", "connection")] {
            assert_eq!(made(name), kind);
        }
    }
}
