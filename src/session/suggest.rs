//! What the user may have meant by a name that is not there.

use std::sync::LazyLock;

use rhai::Engine;

use super::elsewhere;
use crate::engine::errors::message_of;
use crate::lang::Failure;
use crate::lang::natives::{self, Native};
use crate::near::nearest;
use crate::report::Place;
use crate::stdlib;

/// What there is besides the library, and how the name was used.
#[derive(Default)]
pub struct Own {
    /// The variables of the session.
    pub variables: Vec<String>,
    /// Its functions, as `f(a, b)`.
    pub functions: Vec<String>,
    /// What Rhai's types have.
    pub members: &'static [Member],
    /// Whether it was called after a dot.
    pub after_dot: bool,
    /// Whether something was assigned to it.
    pub is_assigned: bool,
    /// What stands behind it and a dot.
    pub member: Option<String>,
}

/// A method or property of one of Rhai's types.
pub struct Member {
    pub kind: String,
    pub name: String,
    /// As `array.push(item)`.
    pub signature: String,
}

impl Member {
    fn is_method(&self) -> bool {
        self.signature.ends_with(')')
    }
}

/// What closures have by themselves: no package of Rhai's lists it.
const CLOSURES: &[(&str, &str)] = &[("call", "f.call(...)"), ("curry", "f.curry(...)")];

/// So many signatures are told at most.
const MOST: usize = 4;

const NOT_CAPTURED: &str = "a function sees its own variables only: hand it over as a parameter, or write a closure, as in `let f = async || ...`";

const GOES_OVER: &str = "`for x in` goes over arrays, ranges, strings and blobs, `for k in m.keys()` over a map, `for await x in` over streams and queues; `await` first what is not there yet";

const NOTHING_THERE: &str = "what stands before it is (), as a map gives for a key that it does not have; `x?.name` and `x?[\"name\"]` give () then";

/// What Rhai's types have; collected once, for those whose errors come by thousands.
static MEMBERS: LazyLock<Vec<Member>> = LazyLock::new(|| {
    let member = |native: Native| {
        let (kind, signature) = native.as_member()?;
        Some(Member { kind: kind.to_string(), signature, name: native.name })
    };
    natives::all(&Engine::new()).into_iter().filter_map(member).collect()
});

/// Advice on an error that nobody caught, where these variables and functions are known.
pub fn on_failure(failure: &Failure, variables: Vec<String>, functions: Vec<String>) -> Option<String> {
    let own = Own {
        variables,
        functions,
        members: &MEMBERS,
        after_dot: failure.origin.as_ref().is_some_and(Place::is_after_dot),
        is_assigned: failure.origin.as_ref().is_some_and(Place::is_assigned),
        member: failure.origin.as_ref().and_then(Place::member),
    };
    advice(&message_of(failure), &own)
}

/// Advice on an error with this message, as Rhai words those of missing names.
fn advice(message: &str, own: &Own) -> Option<String> {
    if let Some(call) = message.strip_prefix("Function not found: ") {
        let (name, types) = call.split_once(" (").unwrap_or((call, ""));
        return Name { name, own }.called(types.strip_suffix(')').unwrap_or(types));
    }
    if let Some(name) = message.strip_prefix("Variable not found: ") {
        return Name { name, own }.alone();
    }
    if message.starts_with("For loop expects iterable type") {
        return Some(GOES_OVER.to_string());
    }
    if let Some(module) = message.strip_prefix("Module not found: ") {
        return elsewhere::of_name(module).map(str::to_string);
    }
    if let Some((operator, kinds)) = message.split_once(" can't be used on ") {
        return between(operator.trim_matches('`'), kinds);
    }
    if message.starts_with("Indexer unavailable: () ") {
        return Some(NOTHING_THERE.to_string());
    }
    if let Some(kinds) = message.strip_prefix("Data type incorrect: ") {
        return no_condition(kinds.strip_suffix(" (expecting bool)")?);
    }
    if let Some(property) = message.strip_prefix("No writable property ") {
        return property.contains(" for type '()' ").then(|| NOTHING_THERE.to_string());
    }
    let (name, rest) = message.strip_prefix("Unknown property '")?.split_once('\'')?;
    Name { name, own }.read_from(rest.rsplit('\'').nth(1)?)
}

/// A value of this type where a condition is needed.
fn no_condition(kind: &str) -> Option<String> {
    let form = match kind {
        _ if is_pending(kind) => return Some(await_first("if await x { ... }")),
        "array" | "map" | "string" | "blob" => "if x.len() > 0 { ... }",
        "i64" | "f64" => "if x != 0 { ... }",
        _ => "if x != () { ... }",
    };
    Some(format!("only true and false are conditions: `{form}`"))
}

/// An operator that there is not between `a string and an integer`.
fn between(operator: &str, kinds: &str) -> Option<String> {
    if kinds.split(' ').any(is_pending) {
        return Some(await_first(&format!("(await x) {operator} ...")));
    }
    let mut kinds = kinds.split(" and ").map(|kind| kind.trim_start_matches("an ").trim_start_matches("a "));
    elsewhere::of_operator(operator, kinds.next()?, kinds.next()?).map(str::to_string)
}

/// What has to be awaited before it has anything.
fn is_pending(kind: &str) -> bool {
    kind == "future" || kind == "coroutine"
}

fn await_first(form: &str) -> String {
    format!("it is not there yet: `await` it first, as in `{form}`")
}

fn name_of(signature: &str) -> &str {
    signature.split(['(', '[']).next().unwrap_or_default()
}

/// A name that means nothing.
struct Name<'a> {
    name: &'a str,
    own: &'a Own,
}

impl<'a> Name<'a> {
    /// A variable that is not there.
    fn alone(&self) -> Option<String> {
        let (name, own) = (self.name, self.own);
        if own.variables.iter().any(|v| v == name) {
            return Some(NOT_CAPTURED.to_string());
        }
        let known = own.variables.iter().map(String::as_str).chain(own.functions.iter().map(|f| name_of(f)));
        let near = nearest(name, known);
        if own.is_assigned {
            let made = format!("`let {name} = ...` makes a variable");
            return Some(near.map_or(made.clone(), |near| format!("did you mean `{near}`? {made}")));
        }
        let here = elsewhere::of_name(name).map(str::to_string);
        if let (Some(_), Some(member)) = (&here, &own.member) {
            let is_here = stdlib::all().any(|(_, f)| f.object().is_none() && f.name() == member.as_str());
            let of_member = elsewhere::of_name(member).filter(|_| !is_here);
            return of_member.map(str::to_string).or(here); // as in `asyncio.create_task(...)`
        }
        let mut functions = stdlib::all().map(|(_, f)| f).filter(|f| f.object().is_none());
        match functions.find(|f| f.name() == name) {
            Some(f) => here.or_else(|| {
                let (signature, name) = (f.signature, f.name());
                Some(format!("it is a function: call it, as in `{signature}`; to hand it on, write `|x| {name}(x)`"))
            }),
            None => match (near.map(did_you_mean), here) {
                (Some(near), Some(here)) => Some(format!("{near} {here}")),
                (near, here) => near.or(here),
            },
        }
    }

    /// A property that a value of this type does not have.
    fn read_from(&self, kind: &str) -> Option<String> {
        if is_pending(kind) {
            return Some(await_first(&format!("(await x).{}", self.name)));
        }
        if kind == "()" {
            return Some(NOTHING_THERE.to_string());
        }
        if let Some(here) = elsewhere::of_member(kind, self.name) {
            return Some(here.to_string());
        }
        if let Some((_, method)) = self.members_of(kind).find(|(name, _)| *name == self.name) {
            return Some(format!("it is a method: call it, as in `{method}`"));
        }
        nearest(self.name, self.members_of(kind).map(|(name, _)| name)).map(did_you_mean)
    }

    /// A function that there is not for arguments of these types.
    fn called(&self, types: &str) -> Option<String> {
        let (name, first) = (self.name, types.split(", ").next().unwrap_or_default());
        let of_own: Vec<&str> = self.own.functions.iter().map(String::as_str).filter(|f| name_of(f) == name).collect();
        if !of_own.is_empty() {
            return Some(none_but(types, &of_own));
        }
        if first == "()" && self.own.after_dot {
            return Some(NOTHING_THERE.to_string());
        }
        if let Some(here) = elsewhere::of_member(first, name) {
            return Some(here.to_string());
        }
        if let Some(here) = elsewhere::of_name(name).filter(|_| !self.own.after_dot) {
            return Some(here.to_string());
        }
        if is_pending(first) && self.own.after_dot {
            return Some(await_first(&format!("(await x).{name}(...)")));
        }
        if is_pending(first) && self.is_known() {
            return Some(await_first(&format!("{name}(await x)")));
        }
        if self.own.variables.iter().any(|v| v == name) {
            return Some(format!("a function in a variable is called so: `{name}.call(...)`"));
        }
        self.fitting(types, first).or_else(|| self.near(first))
    }

    /// The functions of this name that are for other arguments; after a dot those of the type before it.
    fn fitting(&self, types: &str, first: &str) -> Option<String> {
        let is_of = |kind: Option<&str>| !self.own.after_dot || kind.is_none_or(|kind| kind == first);
        let library = stdlib::all().map(|(_, f)| f).filter(|f| f.name() == self.name && is_of(f.object()));
        let rhai = self.own.members.iter().filter(|m| m.is_method() && m.name == self.name && is_of(Some(&m.kind)));
        let mut fitting: Vec<&str> = library.map(|f| f.signature).collect();
        if fitting.is_empty() {
            let (of_kind, others): (Vec<_>, Vec<_>) = rhai.partition(|m| m.kind == first);
            fitting = if of_kind.is_empty() { others } else { of_kind }.iter().map(|m| m.signature.as_str()).collect();
            fitting.dedup();
        }
        fitting.truncate(MOST);
        (!fitting.is_empty()).then(|| none_but(types, &fitting))
    }

    /// A name that may be meant: after a dot one of the members of the type before it.
    fn near(&self, first: &str) -> Option<String> {
        if self.own.after_dot {
            let own = self.own.functions.iter().map(|f| name_of(f));
            return nearest(self.name, self.members_of(first).map(|(name, _)| name).chain(own)).map(did_you_mean);
        }
        let own = self.own.functions.iter().map(|f| name_of(f));
        // a method of the library is called on something: of names as near, it is meant last
        let library = |is_method: bool| {
            let functions = stdlib::all().map(|(_, f)| f).filter(move |f| f.object().is_some() == is_method);
            functions.map(|f| f.name())
        };
        let rhai = self.own.members.iter().map(|m| m.name.as_str());
        let names = own.chain(library(false)).chain(["print"]).chain(rhai).chain(library(true));
        nearest(self.name, names).map(did_you_mean)
    }

    fn is_known(&self) -> bool {
        stdlib::all().any(|(_, f)| f.name() == self.name) || self.own.members.iter().any(|m| m.name == self.name)
    }

    /// Names and signatures of what a type has.
    fn members_of(&self, kind: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let library = stdlib::all().map(|(_, f)| f).filter(move |f| f.object() == Some(kind));
        let rhai = self.own.members.iter().filter(move |m| m.kind == kind);
        let closures = CLOSURES.iter().copied().filter(move |_| kind == "Fn");
        let rhai = rhai.map(|m| (m.name.as_str(), m.signature.as_str()));
        library.map(|f| (f.name(), f.signature)).chain(rhai).chain(closures)
    }
}

fn none_but(types: &str, signatures: &[&str]) -> String {
    let given = if types.is_empty() { "without arguments" } else { "for these arguments" };
    format!("there is none {given}, but `{}`", signatures.join("`, `"))
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

#[cfg(test)]
mod tests;
