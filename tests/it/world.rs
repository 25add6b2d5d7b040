//! The world outside: files, processes, databases, and what of it is allowed.

mod allowed;
mod database;
mod files;
mod processes;
#[cfg(unix)]
mod prompt;

use crate::support::Script;

/// A script with a function that gives the error of another.
fn script(text: &str) -> Script {
    let attempt =
        "async fn attempt(f) { try { await f.call(); } catch (e) { return e } #{error: \"none\", message: \"\"} }\n";
    Script::new(&format!("{attempt}{}", crate::support::unindented(text)))
}
