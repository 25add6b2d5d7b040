//! Random orders: the same seed is the same run, and any seed is a legal one.

use std::collections::{BTreeMap, BTreeSet};

use loopscope::engine::token::Order;
use loopscope::session::End;
use loopscope::trace::event::Kind;

use super::{Ran, Saved};
use crate::support::{Inside, unindented, with_stack};

/// Two that lose an update in some orders, and find that out.
const LOST: &str = "
    let n = 0;
    let add = async |who| { let v = n; await sleep(0); n = v + 1; print(`${who}: ${n}`) };
    await gather(add.call(\"a\"), add.call(\"b\"));
    if n != 2 { throw `n is ${n}` }
";

/// Something of each kind of function that waits.
const ALL_KINDS: &str = r#"
    async fn work(id, q, l) {
        for i in 0..3 { await sleep(0.01 * (i % 2)); await l.with(async || { await sleep(0) }); await q.put(id * 10 + i); }
        id
    }
    let q = queue(2);
    let l = lock("l");
    let e = event("e");
    let s = demo_server();
    let taker = spawn(async { let sum = 0; for i in 0..12 { sum += await q.get() } e.set(); sum }, "taker");
    let ticks = spawn(async { let t = interval(0.01); for i in 0..3 { await t.next(); print(`tick ${now()}`) } });
    let loser = spawn(async { defer(|| print("stopped")); await sleep(99) }, "loser");
    let all = [];
    for id in 0..4 { all.push(spawn(work(id, q, l), `w${id}`)) }
    for ms in [0, 10, 10, 20] { all.push(spawn(fetch(s.url + `/delay/${ms}`))) }
    for i in 0..3 { all.push(async { let r = await fetch(s.url + "/json"); (await r.json()).threads }) }
    let lines = async { let r = await fetch(s.url + "/stream/4?interval=10"); let l = r.lines(); let n = 0;
        loop { if await l.next() == () { break } n += 1; print(`line ${n} ${now()}`) } n };
    all.push(lines);
    print(await gather_settled(all));
    await e.wait();
    print(await taker);
    await ticks;
    print(await race([sleep(0.2), async { await sleep(0.1); "second" }]));
    print(await any([async { await sleep(0); throw 1 }, async { await sleep(0); 2 }]));
    for f in as_completed([sleep(0), async { 5 }, sleep(0)]) { print(await f) }
    try { await timeout(0.05, shield(sleep(1))) } catch (e) { print(e.error) }
    print(await task_group(async |g| { for i in 0..3 { g.spawn(async { await sleep(0); print(i) }) } "group" }));
    loser.cancel();
    print(now());
"#;

#[test]
fn a_seed_gives_the_same_run_ten_times_over() {
    let script = Saved::new(ALL_KINDS);
    let options = ["--virtual-time", "--seed", "11", "--log"];
    let first = script.run(&options, "");
    first.exits(0);
    assert!(first.stderr.contains("GET /delay/10") && first.stdout.contains("line 4"), "{first:#?}");
    for _ in 1..10 {
        assert_eq!(script.run(&options, ""), first);
    }
}

#[test]
fn threads_do_not_make_a_seeded_run_differ() {
    let script = Saved::new(
        "
        fn crunch(n) { let sum = 0; for i in 0..n { sum += i } print(`crunched ${n}`); sum }
        async fn ask(n) { print(await to_thread(crunch, [n])) }
        let other = spawn(async { for i in 0..5 { await sleep(0); print(i) } });
        await gather([30000, 10, 20000, 1, 10000, 5].map(|n| ask(n)));
        await other;
        ",
    );
    let options = ["--virtual-time", "--seed", "5", "--log"];
    let first = script.run(&options, "");
    first.exits(0);
    assert!(first.stdout.contains("crunched 30000\n"), "{first:#?}");
    for _ in 1..6 {
        assert_eq!(script.run(&options, ""), first);
    }
}

#[test]
fn a_thread_draws_the_same_numbers_in_each_run_of_a_session_with_the_same_seed() {
    with_stack(|| {
        let mut inside = Inside::new();
        inside.go("fn draw() { random() }");
        let text = "[await to_thread(draw), await to_thread(draw), random()]";
        let mut draw = |seed| {
            inside.session.set_order(Some(Order::Seed(seed)));
            match inside.go(text) {
                End::Value(value) => value.into_typed_array::<f64>().expect("numbers"),
                other => panic!("seed {seed}: {other:?}"),
            }
        };
        let (first, again, other) = (draw(7), draw(7), draw(8));
        assert_eq!(first, again);
        assert!(first != other && first[0] != first[1], "{first:?} {other:?}");
    });
}

#[test]
fn seeds_differ_and_say_nothing_when_all_is_well() {
    let script = Saved::new(
        "
        async fn f(id) { for i in 0..3 { await sleep(0); print(`${id}${i}`) } }
        await gather(f(\"a\"), f(\"b\"), f(\"c\"));
        ",
    );
    let runs: BTreeSet<String> = (0..8)
        .map(|seed| {
            let ran = script.run(&["--virtual-time", "--seed", &seed.to_string()], "");
            assert_eq!((ran.stderr.as_str(), ran.code), ("", 0));
            ran.stdout
        })
        .collect();
    assert!(runs.len() >= 6, "{runs:#?}");
}

fn failing(script: &Saved, options: &[&str]) -> Ran {
    let runs = (0..50).map(|seed: u32| script.run(&[options, &["--seed", &seed.to_string()]].concat(), ""));
    runs.into_iter().find(|ran| ran.code == 1).expect("one of 50 loses an update")
}

#[test]
fn a_failing_run_tells_its_token_and_the_token_brings_it_back() {
    let script = Saved::new(LOST);
    let failed = failing(&script, &["--virtual-time", "--log"]);
    failed.says("error: n is 1").says("the order of this run was random: `--replay ");
    assert!(!failed.stderr.contains("real time"));
    for _ in 0..3 {
        let again = script.run(&["--replay", &failed.token(), "--log"], "");
        assert_eq!(again, failed);
    }
}

#[test]
fn a_deadlock_tells_the_token_too_and_what_did_not_run_tells_none() {
    let two = "await gather(async { await sleep(0) }, async { await sleep(0) });";
    let stuck = "let l = lock(); await l.acquire(); await l.acquire();";
    let script = Saved::new(&format!("{two} {stuck}"));
    script.run(&["--seed", "1", "--virtual-time"], "").exits(3).says("`--replay ");
    // nothing was drawn
    for wrong in ["let x = ;", "await sleep(0)", stuck] {
        script.write(wrong);
        let ran = script.run(&["--seed", "1"], "");
        assert!(!ran.stderr.contains("--replay"), "{ran:#?}");
    }
}

#[test]
fn on_the_real_clock_a_token_is_told_with_its_proviso() {
    let script = Saved::new(LOST);
    let failed = failing(&script, &[]);
    failed.says("as far as it did not depend on real time");
    script.run(&["--replay", &failed.token()], "").exits(1).says("error: n is 1");
}

#[test]
fn a_token_says_that_the_script_has_changed() {
    let script = Saved::new(LOST);
    let token = failing(&script, &["--virtual-time"]).token();
    script.write(&LOST.replace("let n = 0", "let n = 0 + 0"));
    let ran = script.run(&["--replay", &token], "");
    ran.exits(2).says("the script has changed since the token").says("fits no other").says("`--seed");
    assert_eq!(ran.stdout, "");
    let crlf = unindented(LOST).replace('\n', "\r\n");
    std::fs::write(script.folder.path().join("s.rhai"), crlf).expect("written");
    script.run(&["--replay", &token], "").exits(1).says("error: n is 1");
}

#[test]
fn a_replay_says_where_the_run_took_another_way() {
    let script = Saved::new(LOST);
    let fingerprint = failing(&script, &["--virtual-time"]).token()[..4].to_string();
    let ran = script.run(&["--replay", &format!("{fingerprint}x09")], "");
    ran.says("choice 2 was to take task 10 of the ready queue").says("comes back only if all");
    script.run(&["--replay", &format!("{fingerprint}x00111111")], "").exits(1).says("it ended after");
    script.run(&["--replay", "x09"], "").exits(2).says("\"x09\" is no replay token");
}

/// Each task goes through its life in order, one runs at a time, and only who is ready runs.
#[track_caller]
fn check_legal(events: &[(u32, Kind)]) {
    let mut states: BTreeMap<u32, &str> = BTreeMap::new();
    for (index, (task, kind)) in events.iter().enumerate() {
        let before = states.get(task).copied().unwrap_or("none");
        let after = match (before, kind) {
            ("none", Kind::Created) => "new",
            ("new", Kind::Started) | ("ready", Kind::Resumed) => {
                assert!(!states.values().any(|s| *s == "running"), "two run at event {index}: {events:#?}");
                "running"
            }
            ("running", Kind::Suspended) => "waiting",
            ("waiting", Kind::Woken) => "ready",
            ("running", Kind::Printed | Kind::Blocked) => "running",
            ("running", Kind::Finished | Kind::Failed | Kind::Cancelled) | ("new", Kind::Cancelled) => "over",
            _ => panic!("task {task} is {before} and {kind:?} at event {index}: {events:#?}"),
        };
        states.insert(*task, after);
    }
    assert!(states.values().all(|s| *s == "over"), "{states:?}");
}

#[test]
fn any_seed_gives_a_legal_interleaving() {
    with_stack(|| {
        let mut inside = Inside::new();
        for seed in 0..200 {
            inside.session.set_order(Some(Order::Seed(seed)));
            let (end, unseen) = inside.run(
                "
                async fn f(id, q) { for i in 0..3 { await sleep(0); print(`${id} ${i}`); await q.put(id) } id }
                let q = queue(1);
                let took = spawn(async { let n = 0; while await q.next() != () { n += 1 } n });
                let quitter = spawn(async { await sleep(1) });
                let ids = await gather(f(0, q), f(1, q), f(2, q));
                quitter.cancel();
                q.close();
                [ids, await took]
                ",
            );
            let value = match &end {
                End::Value(value) => value.to_string(),
                other => panic!("seed {seed}: {other:?}"),
            };
            assert_eq!((value.as_str(), unseen), ("[[0, 1, 2], 9]", 0), "seed {seed}");
            let printed = inside.collector.printed();
            for id in 0..3 {
                let own: Vec<&String> = printed.iter().filter(|line| line.starts_with(&format!("{id} "))).collect();
                assert_eq!(own, [&format!("{id} 0"), &format!("{id} 1"), &format!("{id} 2")], "seed {seed}");
            }
            let recording = inside.session.kernel.recording.borrow();
            let events: Vec<(u32, Kind)> = recording.events().map(|e| (e.task, e.kind)).collect();
            check_legal(&events);
        }
    });
}
