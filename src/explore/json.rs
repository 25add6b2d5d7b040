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
//! was run, and `estimate` is about how many there are. `ended` says why an exploration ended before its time.
//!
//! If `reduced` is true, of schedules that differ only in the order of independent steps one was run and counted, but for
//! those that were drawn; `covered` then says that every schedule was run or is such a one, and `estimate` is about how
//! many there are with all of them.
//!
//! The reports of all shards of one exploration add up: the sums of `schedules`, and of `count` of the outcomes that have
//! the same `kind` and `text`, are those of the whole, which is covered if each of them is.

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
    let named = |name: &str| found.names.iter().filter(|(_, n)| n == name).count();
    let name = |task: &u32| match found.names.iter().find(|(t, _)| t == task) {
        Some((_, name)) if named(name) == 1 => name.clone(),
        Some((_, name)) => format!("{task} {name}"),
        None => task.to_string(),
    };
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
