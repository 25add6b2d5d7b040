//! Parts of an exploration add up to the whole.

use std::collections::BTreeMap;

use loopscope::explore::json::json;
use loopscope::explore::{Options, Shard, Strategy};
use serde_json::Value;

use super::findings;

const WORK: &str = "
    let n = 0;
    let add = async |times| {
        for i in 0..times { let v = n; await sleep(0); n = v + 1; }
        if n == 1 { throw \"one\" }
    };
    await gather(add.call(2), add.call(1), add.call(2));
    n
";

fn report(options: &Options) -> Value {
    json(&findings(WORK, options.clone()))
}

/// Adds reports, as the documentation of the form says.
fn sum(reports: &[Value]) -> (bool, u64, BTreeMap<(String, String), u64>) {
    let covered = reports.iter().all(|r| r["covered"] == true);
    let schedules = reports.iter().map(|r| r["schedules"].as_u64().expect("a count")).sum();
    let mut outcomes = BTreeMap::new();
    for outcome in reports.iter().flat_map(|r| r["outcomes"].as_array().expect("an array")) {
        let text = |key: &str| outcome[key].as_str().expect("a string").to_string();
        *outcomes.entry((text("kind"), text("text"))).or_insert(0) += outcome["count"].as_u64().expect("a count");
    }
    (covered, schedules, outcomes)
}

fn shards(options: &Options, of: u64) -> Vec<Value> {
    let shard = |n: u64| -> Shard { format!("{n}/{of}").parse().expect("a shard") };
    (1..=of).map(|n| report(&Options { shard: shard(n), ..options.clone() })).collect()
}

#[test]
fn the_reports_of_all_shards_add_up_to_the_whole() {
    let options = Options { strategy: Strategy::Exhaustive, ..Options::default() };
    let whole = sum(&[report(&options)]);
    assert!(whole.0 && whole.2.len() > 2, "{whole:?}");
    for of in [2, 5] {
        let parts = shards(&options, of);
        assert_eq!(sum(&parts), whole, "{of} shards");
        let busy = parts.iter().filter(|p| p["schedules"].as_u64() > Some(0)).count() as u64;
        assert_eq!(busy, of, "each has something to do");
    }
}

#[test]
fn shards_cover_what_the_whole_covers_though_their_parts_are_of_different_sizes() {
    let exhaustive = Options { strategy: Strategy::Exhaustive, ..Options::default() };
    let whole = sum(&[report(&exhaustive)]);
    for strategy in [Strategy::Exhaustive, Strategy::Auto] {
        let just = Options { strategy, schedules: 2 * whole.1, ..Options::default() };
        assert_eq!(sum(&[report(&just)]), whole, "{strategy:?}");
        assert_eq!(sum(&shards(&just, 5)), whole, "{strategy:?}");
    }
    // where there are more, each stays within what the whole may take
    let few = Options { schedules: 20, ..exhaustive };
    let parts = shards(&few, 3);
    assert!(parts.iter().all(|p| p["schedules"].as_u64().is_some_and(|n| n <= 20)), "{parts:?}");
    assert!(parts.iter().any(|p| p["covered"] == false));
}

#[test]
fn drawn_schedules_are_shared_out_too() {
    for strategy in [Strategy::Random, Strategy::Pct] {
        let options = Options { strategy, schedules: 100, ..Options::default() };
        let whole = sum(&[report(&options)]);
        assert_eq!((whole.0, whole.1), (false, 100));
        assert_eq!(sum(&shards(&options, 3)), whole);
    }
}

#[test]
fn several_threads_find_the_same_as_one() {
    for strategy in [Strategy::Exhaustive, Strategy::Random] {
        let options = Options { strategy, schedules: 5_000, ..Options::default() };
        let one = report(&options);
        let three = report(&Options { jobs: 3, ..options });
        assert_eq!(three["outcomes"], one["outcomes"], "counts, tokens and schedules");
        assert_eq!(three["covered"], one["covered"]);
    }
}

#[test]
fn a_shard_is_read_and_shown() {
    let shard: Shard = "2/5".parse().expect("a shard");
    assert_eq!(shard.to_string(), "2/5");
    for wrong in ["0/2", "3/2", "1", "1/0", "a/b", "-1/2"] {
        let error = wrong.parse::<Shard>().expect_err(wrong);
        assert!(error.contains("such as 1/4"), "{error}");
    }
}
