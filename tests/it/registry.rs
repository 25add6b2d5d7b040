//! The registry as a whole: each function is documented, named once, and its examples run.

use std::collections::HashSet;

use loopscope::session::End;
use loopscope::stdlib;

use crate::support::{Inside, with_stack};

#[test]
fn each_function_is_documented_and_named_once() {
    let mut seen = HashSet::new();
    for (group, function) in stdlib::all() {
        let what = function.signature;
        assert!(seen.insert((function.object(), function.name())), "{what} is there twice");
        assert!(!group.is_empty() && !function.name().is_empty(), "{what}");
        assert!(function.summary().len() > 5, "{what} has no summary");
        assert!(!function.examples().is_empty(), "{what} has no example");
        let line = function.counterparts().unwrap_or_else(|| panic!("{what} names no counterparts"));
        assert!(line.contains("JavaScript: ") && line.contains("tokio: "), "{what}: {line}");
    }
}

#[test]
fn each_example_runs() {
    let failures = with_stack(|| {
        let mut failures = Vec::new();
        for (_, function) in stdlib::all() {
            for example in function.examples() {
                failures.extend(run(&example).map(|why| format!("{}: {why}\n{example}", function.signature)));
            }
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Why an example does not run to its end.
fn run(example: &str) -> Option<String> {
    let mut inside = Inside::new();
    let (end, unseen) = inside.run(example);
    let said = inside.collector.said();
    let wrong = |report: &String| report.starts_with("error") || report.contains("never awaited");
    match end {
        End::Value(_) | End::Exited(_) if unseen == 0 && !said.iter().any(wrong) => None,
        _ => Some(said.concat()),
    }
}

#[test]
fn the_readme_lists_each_limit_as_it_is() {
    let readme = include_str!("../../README.md");
    for limit in loopscope::limits::TABLE {
        let usual = if limit.name == "memory" { "three quarters of the machine's".to_string() } else { limit.usual() };
        let row = format!("| `{}` | {usual} | {}", limit.name, limit.about);
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn the_types_of_streams_are_known_by_their_methods() {
    let mut streams = with_stack(|| loopscope::lang::natives::types_with(&Inside::new().session.interp.engine, "next"));
    streams.sort_unstable();
    let known = "chunks connection events interval lines listener queue subscription watch websocket";
    for name in known.split(' ') {
        assert!(streams.iter().any(|s| s == name), "{name} is not among {streams:?}");
    }
    assert!(streams.iter().all(|s| s.chars().all(|c| c.is_ascii_lowercase() || c == '_')), "{streams:?}");
}
