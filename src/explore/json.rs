//! Findings as JSON, version 1.
//!
//! ```json
//! {"version": 1, "covered": true, "schedules": 6, "reduced": false, "estimate": null,
//!  "shard": "1/1", "ended": null,
//!  "outcomes": [{"kind": "value", "text": "1", "count": 4, "token": "41c7x011", "schedule": ["main", "a", "b"]}]}
//! ```
//!
//! `kind` is value, error, deadlock or livelock; `text` is the value as code, or the error; `count` is how many schedules
//! lead to the outcome; `schedule` names the task of each step of the shortest one,
//! with its number before it where another task has the same name (`1 async closure`), and `token` brings it back by
//! `--replay`. `covered` says whether every schedule was run; if not, `schedules` and `count` count what
//! was run, and `estimate` is about how many there are: 1e300 stands for that many and more, and null if that is not known,
//! or fewer than were run. Drawn schedules alone are never `covered`, as drawing shows no end. `ended` says why an exploration ended before its time.
//!
//! A livelock is a run that did not end within so many steps, or within so many operations where a task runs on without an
//! await: `text` tells how many. How many they are is said at [`Bounds`](super::bounds::Bounds).
//!
//! If `reduced` is true, of schedules that differ only in the order of independent steps one was run and counted, but for
//! those that were drawn; `covered` then says that every schedule was run or is such a one, and `estimate` is about how
//! many there are with all of them.
//!
//! The reports of all shards of one exploration add up: the sums of `schedules`, and of `count` of the outcomes that have
//! the same `kind` and `text`, are those of the whole, which is covered if each of them is. That holds if the whole would be
//! covered, and for drawn schedules. Where the tree of schedules is too large for `--schedules`, a shard goes through its own
//! part of it with as many runs as the whole would have, so that the sums are of more runs.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::findings::{Findings, OutcomeFound};
use super::search::Early;

/// One object, on one line.
pub fn json(findings: &Findings) -> Value {
    json!({
        "version": 1,
        "covered": findings.covered,
        "schedules": findings.schedules,
        "reduced": findings.reduced,
        "estimate": findings.estimate.map(f64::round),
        "shard": findings.shard.to_string(),
        "ended": findings.ended.as_ref().map(reason),
        "outcomes": findings.outcomes.iter().map(outcome).collect::<Vec<Value>>(),
    })
}

fn outcome(found: &OutcomeFound) -> Value {
    let mut alike: HashMap<&str, usize> = HashMap::new();
    found.names.iter().for_each(|(_, name)| *alike.entry(name).or_default() += 1);
    let title = |(task, name): &(u32, String)| match alike[name.as_str()] {
        1 => (*task, name.clone()),
        _ => (*task, format!("{task} {name}")),
    };
    let titles: HashMap<u32, String> = found.names.iter().map(title).collect();
    let name = |task: &u32| titles.get(task).cloned().unwrap_or_else(|| task.to_string());
    json!({
        "kind": found.outcome.kind.word(),
        "text": found.outcome.text,
        "count": found.count,
        "token": found.token.to_string(),
        "schedule": found.schedule.tasks.iter().map(name).collect::<Vec<String>>(),
    })
}

fn reason(early: &Early) -> &'static str {
    match early {
        Early::Interrupted => "interrupted",
        Early::Outside(_) => "outside",
        Early::Diverged => "diverged",
    }
}
