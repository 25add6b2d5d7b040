//! Leaving out what makes no difference leaves out no outcome.
//!
//! Programs are random, and each is explored with all its schedules, too. `REDUCE_CASES=1000` tries more.

use std::collections::BTreeSet;

use loopscope::explore::{Findings, Options, Reduce, Strategy, report};

use super::{findings, outcomes};

/// Numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.roll(list.len())]
    }
}

/// What a task may do; `ID` is its number, and `X`, `Y` are variables.
const STATEMENTS: [&str; 33] = [
    "await sleep(0);",
    "await sleep(0);",
    "await sleep(0.1);",
    "X = X * 2 + ID;",
    "let v = X; await sleep(0); X = v + ID;",
    "Y = X;",
    "if X > 1 { Y += ID; await sleep(0); }",
    "log.push(ID);",
    "log[0] += X;",
    "map.k = ID; await sleep(0);",
    "let p = ID; for i in 0..2 { p += i; await sleep(0); }",
    "await l.acquire(); X += 1; await sleep(0); l.release();",
    "await l.with(async || { X = X * 3; await sleep(0); Y += 1; });",
    "await m.acquire(); await l.acquire(); l.release(); m.release();",
    "await l.acquire(); await sleep(0); await m.acquire(); m.release(); l.release();",
    "if q.try_put(ID) { await sleep(0); }",
    "let got = q.try_get(); if got != () { X = got; }",
    "ev.set();",
    "if X > 0 { ev.set(); } else { await sleep(0); }",
    "await race([async { await ev.wait(); Y = ID; }, async { await sleep(0.2); }]);",
    "spawn(async { await sleep(0); X = X * 2 + 1; });",
    "await gather(async { await sleep(0); X += ID; }, async { Y = X; });",
    "let t = spawn(async { await sleep(0); X = 7; 3 }); Y += await t;",
    "try { await timeout(0.15, async { X += 1; await sleep(0.1); Y += 1; await sleep(0.1); X += 9; }) } catch { Y += 1 }",
    "try { await gather(async { if X > 2 { throw ID } await sleep(0); }, async { Y += 1; }) } catch (e) { Y = e }",
    "bump.call();",
    "if peek.call() > 2 { await sleep(0); Y = 1; }",
    "await later.call(ID);",
    "spawn(async { await sleep(0); if X > 2 { throw ID } });",
    "let t = spawn(async { throw ID }); await sleep(0); if X > 1 { try { await t } catch {} }",
    "blocking_sleep(0.06); X += ID;",
    "await sleep(0.05); blocking_sleep(0.1); Y = X;",
    "try { await timeout(0.1, async { await l.acquire(); await sleep(0.05); l.release(); X += 2; }) } catch { Y += 3 }",
];

fn program(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xabcd);
    let mut text = String::from(
        "let a = 0; let b = 0; let c = 0; let log = [0]; let map = #{k: 0};\n\
         let l = lock(\"l\"); let m = lock(\"m\"); let q = queue(1); let ev = event();\n\
         let bump = || { c += 1; };\nlet peek = || a + c;\n\
         let later = async |n| { let v = b; await sleep(0); b = v + n; };\n",
    );
    let tasks = 2 + dice.roll(2);
    for id in 1..=tasks {
        text.push_str(&format!("let t{id} = async || {{\n"));
        for _ in 0..1 + dice.roll(3) {
            let statement = dice.of(&STATEMENTS).replace("ID", &id.to_string());
            let (x, y) = (dice.of(&["a", "b", "c"]), dice.of(&["a", "b", "c"]));
            text.push_str(&format!("    {}\n", statement.replace('X', x).replace('Y', y)));
        }
        text.push_str("};\n");
    }
    let calls: Vec<String> = (1..=tasks).map(|id| format!("t{id}.call()")).collect();
    match dice.roll(4) {
        0 => {
            let spawns: Vec<String> = calls.iter().map(|c| format!("spawn({c});")).collect();
            text.push_str(&format!(
                "{}\nawait sleep(0); let seen = a; await sleep(0.1);\n[seen, b]\n",
                spawns.join(" ")
            ));
        }
        1 => text.push_str(&format!("let first = await race([{}]);\n[a, b, c]\n", calls.join(", "))),
        2 => text.push_str(&format!(
            "let t = spawn({});\nawait sleep(0); t.cancel();\nawait gather({});\n[a, b, c, log, map.k, t.done()]\n",
            calls[0],
            calls[1..].join(", ")
        )),
        _ => text.push_str(&format!("await gather({});\n[a, b, c, log, map.k]\n", calls.join(", "))),
    }
    text
}

fn explored(text: &str, reduce: Reduce, schedules: u64) -> Findings {
    findings(text, Options { strategy: Strategy::Exhaustive, reduce, schedules, ..Options::default() })
}

fn texts(found: &Findings) -> BTreeSet<String> {
    found.outcomes.iter().map(|o| o.outcome.to_string()).collect()
}

#[test]
fn the_outcomes_are_those_of_the_full_search() {
    let cases = std::env::var("REDUCE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(40);
    let most = if cases > 40 { 20_000 } else { 1_000 };
    let (mut compared, mut left_out) = (0, 0);
    for seed in 0..cases {
        let text = program(seed);
        let full = explored(&text, Reduce::Never, most);
        if !full.covered {
            continue;
        }
        let reduced = explored(&text, Reduce::Always, most);
        assert_eq!(texts(&reduced), texts(&full), "seed {seed}\n{text}");
        assert!(reduced.covered && reduced.reduced && reduced.schedules <= full.schedules, "seed {seed}\n{text}");
        compared += 1;
        left_out += full.schedules - reduced.schedules;
    }
    assert!(compared >= cases / 2 && left_out > 0, "{compared} compared, {left_out} schedules left out");
}

#[test]
fn a_step_that_blocks_the_loop_is_tried_in_all_orders() {
    let blocking = "
        let log = [];
        let a = async || { blocking_sleep(0.15); log.push(\"a\"); };
        let b = async || { log.push(\"b\"); };
        await gather(a.call(), b.call());
        log
    ";
    let updates = "
        let n = 0;
        let a = async || { for i in 0..2 { blocking_sleep(0.01); let v = n; await sleep(0); n = v + 1; } };
        await gather(a.call(), a.call());
        n
    ";
    for text in [blocking, updates] {
        let (full, reduced) = (explored(text, Reduce::Never, 100_000), explored(text, Reduce::Always, 100_000));
        assert!(full.covered && reduced.covered && full.outcomes.len() > 1, "{:?}", outcomes(&full));
        assert_eq!(texts(&reduced), texts(&full), "{text}");
    }
}

#[test]
fn steps_that_have_nothing_in_common_have_one_order() {
    let text = "
        let sums = [];
        let work = async |n| { let sum = 0; for i in 0..6 { sum += i * n; await sleep(0); } sum };
        let results = await gather(work.call(1), work.call(2), work.call(3), work.call(4));
        results
    ";
    let found = findings(text, Options::default());
    assert_eq!((found.covered, found.reduced, found.schedules), (true, true, 1), "{:?}", outcomes(&found));
    assert_eq!(outcomes(&found), ["[15, 30, 45, 60]: 1"]);
    let told = report::text(&found, "--replay", &Default::default());
    assert!(
        told.starts_with("the only schedule that differs in more than the order of independent steps, of about "),
        "{told}"
    );
    // 7 steps each: 28! / 7!^4 is about 4.7e14
    let estimate = found.estimate.expect("how many there are");
    assert!((1e13..1e16).contains(&estimate), "{estimate}");
}

#[test]
fn what_tasks_share_is_tried_in_all_orders() {
    // 5 quiet steps and a lost update in each of three tasks: as many outcomes as without the quiet steps
    let text = "
        let n = 0;
        let add = async || {
            for i in 0..5 { await sleep(0); }
            let v = n; await sleep(0); n = v + 1;
        };
        await gather(add.call(), add.call(), add.call());
        n
    ";
    let found = findings(text, Options::default());
    assert!(found.covered && found.reduced, "{found:?}");
    let texts: Vec<&str> = found.outcomes.iter().map(|o| o.outcome.text.as_str()).collect();
    let mut sorted = texts.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["1", "2", "3"]);
    assert!(found.schedules < 200, "{}", found.schedules);
}

#[test]
fn shards_and_threads_find_the_same_classes() {
    let text = "
        let n = 0;
        let add = async |times| { for i in 0..times { let v = n; await sleep(0); n = v + 1; await sleep(0); } };
        await gather(add.call(2), add.call(1), add.call(1));
        n
    ";
    let options = Options { strategy: Strategy::Exhaustive, reduce: Reduce::Always, ..Options::default() };
    let whole = findings(text, options.clone());
    let mut counts = outcomes(&whole);
    counts.sort();
    assert!(whole.covered && whole.schedules > 10);
    let threads = findings(text, Options { jobs: 3, ..options.clone() });
    let mut of_threads = outcomes(&threads);
    of_threads.sort();
    assert_eq!((of_threads, threads.schedules), (counts, whole.schedules));
    let shards = (1..=3).map(|n| {
        let shard = format!("{n}/3").parse().expect("a shard");
        let found = findings(text, Options { shard, ..options.clone() });
        assert!(found.covered);
        found.schedules
    });
    assert_eq!(shards.sum::<u64>(), whole.schedules);
}
