//! The world outside: files, processes, databases, and what of it is allowed.

mod allowed;
mod database;
mod files;
mod processes;

use crate::support::Script;

/// A script with a function that gives the error of another.
fn script(text: &str) -> Script {
    let attempt = "async fn attempt(f) { try { await f.call(); throw `no error`; } catch (e) { e } }\n";
    Script::new(&(attempt.to_string() + &crate::support::unindented(text)))
}
