//! CPython's own tests of asyncio, as far as they apply, rewritten: what `except CancelledError` or `finally` does there
//! is a `defer` here, as `catch` does not see a cancellation.

mod barriers;
mod conditions;
mod groups;
mod locks;
mod queues;
mod semaphores;
mod tasks;
mod timeouts;

use std::fmt::Write as _;

use loopscope::session::End;

use crate::support::{Inside, unindented, with_stack};

/// The name of a test there, a script, and the lines that it prints, with a bar between.
type Case = (&'static str, &'static str, &'static str);

/// Runs all; each must print just this, and end well, without a word from loopscope: lints aside, which are about what
/// may happen in other orders.
fn all_print(cases: &'static [Case]) {
    with_stack(move || {
        let mut wrong = String::new();
        for (name, script, expected) in cases {
            let mut inside = Inside::new();
            let (end, unseen) = inside.run(&unindented(script));
            let printed = inside.collector.printed().join("|");
            let said: Vec<String> = inside.collector.said().into_iter().filter(|s| !s.contains("= lint:")).collect();
            if !matches!(end, End::Value(_)) || unseen > 0 || !said.is_empty() || printed != *expected {
                let _ = writeln!(wrong, "--- {name}\nprinted  {printed}\nexpected {expected}\n{}", said.concat());
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    });
}
