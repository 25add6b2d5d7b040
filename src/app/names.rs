//! What the prompt can complete and explain, from the registry and from the session.

use std::collections::HashSet;

use rhai::Map;

use crate::repl::backend::{Function, Home, Names, Variable};
use crate::session::Session;
use crate::stdlib;

/// The functions that are there from the beginning.
pub fn library(session: &Session) -> Vec<Function> {
    let mut functions: Vec<Function> = stdlib::all().map(|(group, f)| library_function(group, f)).collect();
    let known: HashSet<String> = functions.iter().map(|f| f.name.clone()).collect();
    functions.extend(rhai_functions(session, &known));
    functions
}

/// A snapshot of all names: those of the library, and the session's own.
pub fn names_of(session: &Session, library: &[Function]) -> Names {
    let mut functions = library.to_vec();
    functions.extend(session.functions().into_iter().map(|signature| Function {
        name: signature.split('(').next().unwrap_or_default().to_string(),
        signature,
        summary: "defined in this session".to_string(),
        help: String::new(),
        receiver: None,
        home: Home::Session,
    }));
    let variables = session.variables().into_iter().map(|(name, value)| Variable {
        name,
        type_name: session.interp.engine.map_type_name(value.type_name()).to_string(),
        keys: value.read_lock::<Map>().map_or_else(Vec::new, |m| m.keys().map(ToString::to_string).collect()),
    });
    Names { variables: variables.collect(), functions }
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
        home: Home::Library(group),
    }
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

/// Functions of Rhai's own packages, by name.
fn rhai_functions(session: &Session, known: &HashSet<String>) -> Vec<Function> {
    let mut seen = known.clone();
    let mut list = Vec::new();
    for signature in session.interp.engine.gen_fn_signatures(true) {
        let name = signature.split(['(', ' ']).next().unwrap_or_default().to_string();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && !name.contains('$')
            && !name.starts_with("loopscope_");
        if is_name && seen.insert(name.clone()) {
            let summary = "one of Rhai's own".to_string();
            list.push(Function { name, signature, summary, help: String::new(), receiver: None, home: Home::Rhai });
        }
    }
    list
}
