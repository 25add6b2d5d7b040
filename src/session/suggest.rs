//! What the user may have meant by a name that is not there.

use crate::near::nearest;
use crate::stdlib;

/// The names that a session has given a meaning.
pub struct Own {
    pub variables: Vec<String>,
    /// As `f(a, b)`.
    pub functions: Vec<String>,
}

/// Words of other languages, and what they are here.
const ELSEWHERE: &[(&str, &str)] = &[
    ("null", "`()` is what Rhai has for nothing"),
    ("None", "`()` is what Rhai has for nothing"),
    ("undefined", "`()` is what Rhai has for nothing"),
    ("nil", "`()` is what Rhai has for nothing"),
    ("True", "Rhai writes `true`"),
    ("False", "Rhai writes `false`"),
    ("console", "`print(x)` prints"),
    ("asyncio", "its functions are here without a prefix: `await sleep(1)`, `await gather([...])`"),
    ("Promise", "`await gather([...])` is Promise.all, `await race([...])` Promise.race"),
    ("tokio", "its functions are here without a prefix: `spawn(f())`, `await sleep(1)`"),
    ("setTimeout", "`spawn(async { await sleep(1); ... })`"),
    ("time", "`now()` is the time, `await sleep(s)` waits"),
    ("self", "Rhai has no classes: `this` is the map that a method was called on"),
];

const AWAIT_FIRST: &str = "it is not there yet: `await` it first, as in `(await x).";

/// Advice on an error with this message, as Rhai words those of missing names.
pub fn advice(message: &str, own: &Own) -> Option<String> {
    if let Some(call) = message.strip_prefix("Function not found: ") {
        let (name, types) = call.split_once(" (").unwrap_or((call, ""));
        return function(name, types.trim_end_matches(')'), own);
    }
    if let Some(name) = message.strip_prefix("Variable not found: ") {
        return variable(name, own);
    }
    if message.starts_with("For loop expects iterable type") {
        return Some(GOES_OVER.to_string());
    }
    let (name, rest) = message.strip_prefix("Unknown property '")?.split_once('\'')?;
    let kind = rest.rsplit('\'').nth(1)?;
    if is_pending(kind) {
        return Some(format!("{AWAIT_FIRST}{name}`"));
    }
    nearest(name, members(kind).map(|f| f.name())).map(did_you_mean)
}

fn is_pending(kind: &str) -> bool {
    kind == "future" || kind == "coroutine"
}

/// The methods and properties of a type of the library.
fn members(kind: &str) -> impl Iterator<Item = &'static stdlib::Function> {
    stdlib::all().map(|(_, f)| f).filter(move |f| f.object() == Some(kind))
}

fn function(name: &str, types: &str, own: &Own) -> Option<String> {
    let first = types.split(", ").next().unwrap_or_default();
    let of_own = own.functions.iter().filter(|f| f.split('(').next() == Some(name)).cloned();
    let of_library = stdlib::all().map(|(_, f)| f).filter(|f| f.name() == name);
    let fitting: Vec<String> = of_own.chain(of_library.map(|f| f.signature.to_string())).collect();
    if is_pending(first) && ["then", "catch", "finally"].contains(&name) {
        return Some(format!("`let x = await f();` and `try`/`catch` take the place of `.{name}(...)`"));
    }
    if is_pending(first) {
        return Some(format!("{AWAIT_FIRST}{name}(...)`"));
    }
    if !fitting.is_empty() {
        let given = if types.is_empty() { "without arguments" } else { "for these arguments" };
        return Some(format!("there is none {given}, but `{}`", fitting.join("`, `")));
    }
    let library = stdlib::all().map(|(_, f)| f.name());
    let own = own.functions.iter().filter_map(|f| f.split('(').next());
    nearest(name, own.chain(library)).map(did_you_mean).or_else(|| elsewhere(name))
}

const NOT_CAPTURED: &str = "a function sees its own variables only: hand it over as a parameter, or write a closure, as in `let f = async || ...`";

const GOES_OVER: &str = "`for` goes over arrays, ranges, strings and blobs: `await` first what is not there yet; `for await` goes over streams";

fn variable(name: &str, own: &Own) -> Option<String> {
    if own.variables.iter().any(|v| v == name) {
        return Some(NOT_CAPTURED.to_string());
    }
    let functions = own.functions.iter().filter_map(|f| f.split('(').next());
    let known = own.variables.iter().map(String::as_str).chain(functions);
    elsewhere(name).or_else(|| nearest(name, known).map(did_you_mean))
}

fn elsewhere(name: &str) -> Option<String> {
    ELSEWHERE.iter().find(|(word, _)| *word == name).map(|(_, here)| (*here).to_string())
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(message: &str) -> String {
        let own = Own { variables: vec!["total".into()], functions: vec!["worker(n)".into()] };
        advice(message, &own).unwrap_or_default()
    }

    #[test]
    fn a_name_misspelt() {
        assert_eq!(said("Function not found: slep (i64)"), "did you mean `sleep`?");
        assert_eq!(said("Function not found: wroker (i64)"), "did you mean `worker`?");
        assert_eq!(said("Variable not found: totl"), "did you mean `total`?");
        assert_eq!(said("Variable not found: x"), "");
        assert_eq!(said("something else"), "");
    }

    #[test]
    fn other_arguments() {
        assert_eq!(said("Function not found: worker ()"), "there is none without arguments, but `worker(n)`");
        assert_eq!(said("Function not found: sleep (i64, i64)"), "there is none for these arguments, but `sleep(s)`");
    }

    #[test]
    fn what_is_not_there_yet() {
        assert!(said("Function not found: json (future)").ends_with("`(await x).json(...)`"));
        let property = "Unknown property 'status' - a getter is not registered for type 'future'";
        assert!(said(property).ends_with("`(await x).status`"));
        let misspelt = "Unknown property 'nam' - a getter is not registered for type 'task'";
        assert_eq!(said(misspelt), "did you mean `name`?");
        assert!(said("Function not found: then (coroutine, Fn)").contains("`let x = await f();`"));
    }

    #[test]
    fn words_of_other_languages() {
        assert!(said("Variable not found: null").contains("`()`"));
        assert!(said("Variable not found: console").contains("print"));
    }
}
