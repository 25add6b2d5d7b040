//! The world outside: files, processes, databases, and what of it is allowed.

mod allowed;
#[cfg(unix)]
mod asking;
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

#[test]
fn a_seed_makes_random_numbers_repeatable() {
    let numbers = |flags: &[&str]| {
        let script = script("print(random()); print(random(7).int(1, 1000000))");
        flags.iter().fold(script, |script, flag| script.flag(*flag)).passes().stdout
    };
    assert_eq!(numbers(&["--seed", "5"]), numbers(&["--seed", "5"]));
    let (one, two) = (numbers(&[]), numbers(&[]));
    assert_ne!(one, two);
    assert_eq!(one.lines().nth(1), two.lines().nth(1));
}
