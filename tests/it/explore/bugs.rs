//! The classic bugs, each found; and none where there is none. `cargo bench` says how long that takes.

use std::time::{Duration, Instant};

use loopscope::explore::Options;
use loopscope::explore::outcome::Kind;

use super::{findings, outcomes};

/// Far more than an unoptimised build on a busy machine takes.
const LONG: Duration = Duration::from_secs(60);

/// Explores; there must be an outcome of this kind with this in its text, and one without.
fn finds(text: &str, kind: Kind, part: &str) {
    let began = Instant::now();
    let found = findings(text, Options::default());
    let is_bug =
        |o: &&loopscope::explore::findings::OutcomeFound| o.outcome.kind == kind && o.outcome.text.contains(part);
    assert!(found.outcomes.iter().any(|o| is_bug(&o)), "{:?}", outcomes(&found));
    assert!(found.outcomes.iter().any(|o| !is_bug(&o)), "{:?}", outcomes(&found));
    assert!(found.covered && began.elapsed() < LONG, "{:?}", began.elapsed());
}

/// Explores; there must be this outcome only.
fn finds_only(text: &str, outcome: &str) {
    let found = findings(text, Options::default());
    assert!(found.covered);
    let texts: Vec<String> = found.outcomes.iter().map(|o| o.outcome.to_string()).collect();
    assert_eq!(texts, [outcome]);
}

#[test]
fn lost_update() {
    let text = "
        let n = 0;
        let add = async || { let v = n; await sleep(0); n = v + 1; };
        await gather(add.call(), add.call(), add.call());
        n
    ";
    finds(text, Kind::Value, "1");
    finds_only(&text.replace("let v = n; await sleep(0); n = v + 1;", "await sleep(0); n += 1; await sleep(0);"), "3");
}

#[test]
fn check_then_act() {
    let text = "
        let seats = 1;
        let sold = 0;
        let book = async || {
            if seats > 0 {
                await sleep(0);
                seats -= 1;
                sold += 1;
            }
        };
        await gather(book.call(), async { await sleep(0); await book.call() });
        assert(seats >= 0, `sold ${sold} seats of 1`);
        sold
    ";
    finds(text, Kind::Error, "sold 2 seats of 1");
    let mended = text.replace("if seats > 0 {\n                await sleep(0);", "await sleep(0); if seats > 0 {");
    assert_ne!(mended, text);
    finds_only(&mended, "1");
}

#[test]
fn lock_order() {
    let text = "
        let a = lock(\"a\");
        let b = lock(\"b\");
        async fn both(first, second) {
            await first.acquire();
            await second.acquire();
            second.release();
            first.release();
        }
        async fn other(first, second) { await sleep(0); await both(first, second) }
        await gather(both(a, b), other(b, a));
        \"done\"
    ";
    // an await of a lock that is free does not yield, so nothing can go wrong here
    finds_only(text, "\"done\"");
    let slow = text.replace("await first.acquire();", "await first.acquire(); await sleep(0);");
    finds(&slow, Kind::Deadlock, "waits for lock \"b\" held by task");
    finds_only(&slow.replace("other(b, a)", "other(a, b)"), "\"done\"");
}

#[test]
fn missed_notify() {
    let text = "
        let waiters = [];
        let ready = false;
        let consumer = async || {
            if !ready {
                await sleep(0);
                let e = event(\"ready\");
                waiters.push(e);
                await e.wait();
            }
            \"seen\"
        };
        let producer = async || {
            ready = true;
            for e in waiters { e.set() }
        };
        let results = await gather(consumer.call(), async { await sleep(0); await producer.call() });
        results[0]
    ";
    finds(text, Kind::Deadlock, "waits for event \"ready\"");
    let mended = text.replace("if !ready {\n                await sleep(0);", "await sleep(0); if !ready {");
    assert_ne!(mended, text);
    finds_only(&mended, "\"seen\"");
}

#[test]
fn wrong_condition() {
    // that it was so when the task was woken does not mean that it is still so when it runs
    let text = "
        let items = [];
        let arrived = event(\"arrived\");
        let taken = [];
        let consumer = async || {
            if items.len() == 0 { await arrived.wait() }
            taken.push(items.pop());
        };
        let produce = |item| { items.push(item); arrived.set(); arrived.clear(); };
        await gather(
            consumer.call(),
            async { await sleep(0); await consumer.call() },
            async { await sleep(0); produce.call(1); await sleep(0); produce.call(2) },
        );
        `${taken.filter(|x| x == ()).len()} got nothing`
    ";
    finds(text, Kind::Value, "1 got nothing");
    finds_only(&text.replace("if items.len()", "while items.len()"), "\"0 got nothing\"");
}
