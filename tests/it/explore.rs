//! Exploring: every interleaving is found, counted once, and can be had again.

mod bugs;
mod command;
mod function;
mod reduce;
mod shards;

use std::sync::Arc;

use loopscope::explore::jobs::{Script, explore};
use loopscope::explore::outcome::Kind;
use loopscope::explore::search::Early;
use loopscope::explore::{Findings, Options, Strategy};
use loopscope::session::{Control, Stop};

use super::support::{unindented, with_stack};

/// Explores a script in this process.
pub fn findings(text: &str, options: Options) -> Findings {
    let script = Script::new("test.rhai", unindented(text));
    with_stack(move || {
        explore(&script, &options, &Arc::new(Control::default()), &|_| {}).unwrap_or_else(|e| panic!("{e:?}"))
    })
}

/// The outcomes with their counts, as `kind text: count`.
pub fn outcomes(findings: &Findings) -> Vec<String> {
    let line = |kind: Kind, text: &str, count: u64| match kind {
        Kind::Value => format!("{text}: {count}"),
        kind => format!("{} {text}: {count}", kind.word()),
    };
    findings.outcomes.iter().map(|o| line(o.outcome.kind, &o.outcome.text, o.count)).collect()
}

const LOST_UPDATE: &str = "
    let n = 0;
    let add = async || { let v = n; await sleep(0); n = v + 1; };
    await gather(add.call(), add.call());
    n
";

#[test]
fn every_interleaving_of_a_lost_update_is_found_and_counted() {
    let found = findings(LOST_UPDATE, Options::default());
    assert_eq!((found.covered, found.schedules), (true, 6));
    assert_eq!(outcomes(&found), ["1: 4", "2: 2"]);
    let three = LOST_UPDATE.replace("add.call())", "add.call(), add.call())");
    let found = findings(&three, Options::default());
    assert_eq!((found.covered, found.schedules), (true, 90));
    assert_eq!(outcomes(&found), ["1: 48", "2: 36", "3: 6"]);
}

#[test]
fn two_tasks_with_eight_steps_each_have_12870_interleavings() {
    let text = "
        let log = [];
        let steps = async |name| { for i in 0..7 { log += name; await sleep(0); } log += name; };
        await gather(steps.call(1), steps.call(2));
        log.reduce(|sum, n| sum * 2 + n - 1, 0)
    ";
    let found = findings(text, Options::default());
    assert_eq!((found.covered, found.schedules, found.outcomes.len()), (true, 12_870, 12_870));
}

#[test]
fn the_shortest_schedule_brings_its_outcome_back() {
    let found = findings(LOST_UPDATE, Options::default());
    let lost = &found.outcomes[0];
    assert_eq!(lost.schedule.tasks, [0, 1, 2, 2, 1, 0]);
    assert_eq!(lost.names.iter().map(|(_, n)| n.as_str()).collect::<Vec<_>>(), ["main", "add", "add"]);
    assert_eq!(lost.token.to_string().split_once('x').map(|(_, choices)| choices), Some("001"));
    let kept = &found.outcomes[1];
    assert_eq!(kept.schedule.tasks, [0, 1, 1, 2, 2, 0]);
}

#[test]
fn a_script_without_a_choice_has_one_schedule() {
    let found = findings("await sleep(1); spawn(sleep(2)); 7", Options::default());
    assert_eq!((found.covered, found.schedules), (true, 1));
    assert_eq!(outcomes(&found), ["7: 1"]);
}

#[test]
fn time_decides_who_can_be_next() {
    // the one who sleeps longer is never first
    let text = "
        let log = [];
        let nap = async |s| { await sleep(s); log.push(s) };
        await gather(nap.call(2), nap.call(1), nap.call(2));
        log
    ";
    let found = findings(text, Options::default());
    assert_eq!(found.outcomes.len(), 1, "{:?}", outcomes(&found));
    assert_eq!(found.outcomes[0].outcome.text, "[1, 2, 2]");
}

#[test]
fn outcomes_that_differ_far_down_are_told_apart() {
    let text = "
        let list = [];
        for i in 0..40 { list.push(i) }
        let put = async |v| { await sleep(0); list[39] = v };
        await gather(put.call(1), put.call(2));
        list
    ";
    assert_eq!(findings(text, Options::default()).outcomes.len(), 2);
}

#[test]
fn a_schedule_that_never_ends_is_given_up_and_told() {
    let text = "
        let turn = 1;
        let wait_for = async |mine| { while turn != mine { await sleep(0) } turn = 3 - mine; };
        await gather(wait_for.call(1), wait_for.call(2), async { loop { await sleep(0) } });
    ";
    let options = Options { schedules: 20, max_steps: Some(200), ..Options::default() };
    let found = findings(text, options);
    assert_eq!(found.outcomes[0].outcome.to_string(), "livelock: did not end within 200 steps");
}

#[test]
fn of_those_that_never_end_the_one_nearest_to_the_queue_is_shown() {
    let text = "
        let n = 0;
        await gather(async { loop { await sleep(0) } }, async { n += 1; });
    ";
    let options = Options { max_steps: Some(40), ..Options::default() };
    let found = findings(text, options);
    assert_eq!(outcomes(&found), [format!("livelock did not end within 40 steps: {}", found.schedules)]);
    assert_eq!(found.outcomes[0].token.to_string().split_once('x').map(|(_, choices)| choices), Some(""));
}

#[test]
fn a_loop_that_awaits_nothing_is_bounded_by_its_operations() {
    let text = "
        let on = true;
        await gather(async { while on {} 1 }, async { on = false });
    ";
    let found = findings(text, Options { max_steps: Some(100), ..Options::default() });
    assert_eq!(outcomes(&found), ["[1, ()]: 1", "livelock did not end within 100,000 operations: 1"]);
    let long = "let n = 0; for i in 0..20000 { n += i } n";
    assert_eq!(outcomes(&findings(long, Options::default())), ["199990000: 1"]);
}

#[test]
fn what_waits_for_the_world_is_refused() {
    let found = findings("await fetch(\"http://127.0.0.1:9/\")", Options::default());
    let report = loopscope::explore::report::early(&found).expect("a report").render(false);
    assert!(report.contains("waits for the world: GET") && report.contains("demo_server()"), "{report}");
    assert!(!found.covered && found.outcomes.is_empty());
}

#[test]
fn what_waits_for_the_demo_server_is_not() {
    let text = "
        let s = demo_server();
        let first = ();
        let get = async |ms| { await fetch(s.url + `/delay/${ms}`); if first == () { first = ms } };
        await gather(get.call(200), get.call(100));
        first
    ";
    let found = findings(text, Options { schedules: 30, ..Options::default() });
    assert_eq!(found.outcomes.len(), 1, "{:?}", outcomes(&found));
    assert_eq!((found.outcomes[0].outcome.text.as_str(), &found.ended), ("100", &None));
}

#[test]
fn where_there_are_too_many_some_are_drawn_and_the_rest_is_estimated() {
    let text = "
        let n = 0;
        let add = async || { for i in 0..5 { let v = n; await sleep(0); n = v + 1; } };
        await gather(add.call(), add.call(), add.call());
        n
    ";
    for (strategy, drawn) in [(Strategy::Auto, 100), (Strategy::Random, 200), (Strategy::Pct, 200)] {
        let options = Options { strategy, schedules: 200, ..Options::default() };
        let found = findings(text, options);
        assert_eq!((found.covered, found.schedules, found.drawn), (false, 200, drawn));
        assert_eq!(found.outcomes.iter().map(|o| o.count).sum::<u64>(), 200);
        // 6 steps each: 18! / 6!^3 = 17,153,136
        let estimate = found.estimate.expect("an estimate");
        assert!((2e6..2e8).contains(&estimate), "{strategy:?} {estimate}");
    }
}

#[test]
fn the_same_seed_draws_the_same_schedules() {
    let text = "
        let log = \"\";
        let steps = async |name| { for i in 0..4 { log += name; await sleep(0); } };
        await gather(steps.call(\"a\"), steps.call(\"b\"), steps.call(\"c\"));
        log
    ";
    let run =
        |seed, strategy| outcomes(&findings(text, Options { strategy, schedules: 5, seed, ..Options::default() }));
    for strategy in [Strategy::Random, Strategy::Pct] {
        let first = run(1, strategy);
        assert_eq!(run(1, strategy), first);
        assert!((2..9).any(|seed| run(seed, strategy) != first));
    }
}

#[test]
fn runs_do_not_see_each_other() {
    let text = "
        let q = queue(1);
        let l = lock();
        spawn(async { await l.acquire(); await q.put(1) });
        spawn(async { await l.acquire(); await q.put(2) });
        await q.get() + current_task().id + spawn(sleep(0)).id
    ";
    let found = findings(text, Options::default());
    assert!(found.covered && found.schedules > 1);
    assert_eq!(found.outcomes.iter().map(|o| o.outcome.text.as_str()).collect::<Vec<_>>(), ["4", "5"]);
}

#[test]
fn what_was_found_before_a_stop_is_told_in_full() {
    let text = unindented(LOST_UPDATE);
    let script = Script::new("test.rhai", text);
    let options = Options { strategy: Strategy::Pct, schedules: 1_000_000_000, ..Options::default() };
    let control = Arc::new(Control::default());
    let stop = control.clone();
    let found = with_stack(move || {
        let progress = |runs| {
            if runs > 0 {
                stop.ask(Stop::All)
            }
        };
        explore(&script, &options, &control, &progress).unwrap_or_else(|e| panic!("{e:?}"))
    });
    assert_eq!((found.ended, found.outcomes.len()), (Some(Early::Interrupted), 2));
    assert!(found.estimate.is_none_or(|n| n > 1.0), "{:?}", found.estimate);
    for outcome in &found.outcomes {
        let names: Vec<&str> = outcome.names.iter().map(|(_, name)| name.as_str()).collect();
        assert_eq!(names, ["main", "add", "add"]);
        assert!(outcome.recording.as_ref().is_some_and(|r| r.total() > 6));
    }
}
