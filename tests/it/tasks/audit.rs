//! What must hold at whatever moment a task is woken without reason, or cancelled.

use std::collections::HashMap;
use std::fmt::Write as _;

use loopscope::engine::Kernel;
use loopscope::session::End;

use crate::support::{Inside, with_stack};

/// For each function that waits: a script, and what it prints.
const WAITS: &[(&str, &str, &str)] = &[
    ("sleep", "await sleep(1); print(now())", "1.0"),
    ("sleep(0)", "for i in 0..3 { await sleep(0) } print(now())", "0.0"),
    (
        "interval",
        "let t = interval(1); await sleep(0.5); for i in 0..2 { print(`${await t.next()} ${now()}`) }",
        "1 1.5|2 2.5",
    ),
    ("a task", "let t = spawn(async { await sleep(1); 5 }); print(`${await t} ${now()}`)", "5 1.0"),
    (
        "a coroutine",
        "async fn f(n) { await sleep(1); if n > 0 { await f(n - 1) } n } print(`${await f(2)} ${now()}`)",
        "2 3.0",
    ),
    (
        "gather",
        "print(`${await gather(async { await sleep(2); 1 }, async { await sleep(1); 2 })} ${now()}`)",
        "[1, 2] 2.0",
    ),
    (
        "gather, an error",
        "try { await gather(sleep(2), async { await sleep(1); throw \"oh\" }) } catch (e) { print(`${e} ${now()}`) } await sleep(2)",
        "oh 1.0",
    ),
    (
        "gather_settled",
        "let r = await gather_settled([sleep(1), async { await sleep(2); throw 1 }]); print(`${r[1].error} ${now()}`)",
        "1 2.0",
    ),
    ("race", "print(`${await race([async { await sleep(2); 1 }, async { await sleep(1); 2 }])} ${now()}`)", "2 1.0"),
    (
        "race, slow losers",
        "async fn slow() { defer(async || await sleep(1)); await sleep(9) } print(`${await race([slow(), async { await sleep(1); 2 }])} ${now()}`)",
        "2 2.0",
    ),
    (
        "any",
        "print(`${await any([async { await sleep(1); throw 1 }, async { await sleep(2); 2 }])} ${now()}`)",
        "2 2.0",
    ),
    (
        "as_completed",
        "for f in as_completed([async { await sleep(2); 1 }, async { await sleep(1); 2 }]) { print(`${await f} ${now()}`) }",
        "2 1.0|1 2.0",
    ),
    (
        "wait",
        "let r = await wait([spawn(sleep(2)), spawn(sleep(1))], \"first\"); print(`${r.done.len()} ${now()}`); await gather(r.pending)",
        "1 1.0",
    ),
    ("timeout, in time", "print(`${await timeout(2, async { await sleep(1); 3 })} ${now()}`)", "3 1.0"),
    ("timeout, late", "try { await timeout(1, sleep(2)) } catch (e) { print(`${e.error} ${now()}`) }", "timeout 1.0"),
    ("shield", "print(`${await shield(async { await sleep(1); 3 })} ${now()}`)", "3 1.0"),
    (
        "task_group",
        "print(await task_group(async |g| { g.spawn(async { await sleep(2); print(now()) }); await sleep(1); 4 }))",
        "2.0|4",
    ),
    (
        "task_group, an error",
        "try { await task_group(async |g| { g.spawn(async { await sleep(1); throw 7 }); await sleep(2) }) } catch (e) { print(`${e.errors} ${now()}`) }",
        "[7] 1.0",
    ),
    (
        "lock",
        "let l = lock(); await l.acquire(); spawn(async { await sleep(1); l.release() }); await l.acquire(); print(`${now()} ${l.try_acquire()}`)",
        "1.0 false",
    ),
    (
        "lock.with",
        "let l = lock(); async fn f(l) { await l.with(async || { await sleep(1); now() }) } print(await gather(f(l), f(l)))",
        "[1.0, 2.0]",
    ),
    (
        "semaphore",
        "let s = semaphore(2); await s.acquire(); await s.acquire(); spawn(async { await sleep(1); s.release() }); await s.acquire(); print(`${now()} ${s}`)",
        "1.0 <semaphore, 0 of 2 free>",
    ),
    (
        "condition",
        "let l = lock(); let c = condition(l); spawn(async { await sleep(1); await l.with(async || { c.notify(); await sleep(1) }) }); await l.acquire(); await c.wait(); print(`${now()} ${l}`)",
        "2.0 <lock, held by main>",
    ),
    (
        "condition.wait_for",
        "let l = lock(); let c = condition(l); let n = 0; spawn(async { for i in 0..3 { await sleep(1); await l.with(|| { n += 1; c.notify() }) } }); await l.acquire(); print(`${await c.wait_for(|| n > 2)} ${now()}`)",
        "true 3.0",
    ),
    (
        "barrier",
        "let b = barrier(2); spawn(async { await sleep(1); await b.wait() }); print(`${await b.wait()} ${now()}`)",
        "0 1.0",
    ),
    (
        "priority_queue.get",
        "let q = priority_queue(); spawn(async { await sleep(1); q.try_put(5); q.try_put(4) }); print(`${await q.get()} ${now()} ${q.len()}`)",
        "4 1.0 1",
    ),
    (
        "broadcast",
        "let b = broadcast(2); let s = b.subscribe(); spawn(async { await sleep(1); b.send(5) }); print(`${await s.next()} ${now()}`)",
        "5 1.0",
    ),
    (
        "watch",
        "let w = watch(0); spawn(async { await sleep(1); w.send(5) }); print(`${await w.changed()} ${now()}`)",
        "5 1.0",
    ),
    ("oneshot", "let o = oneshot(); spawn(async { await sleep(1); o.send(5) }); print(`${await o} ${now()}`)", "5 1.0"),
    (
        "for await",
        "let q = queue(); spawn(async { for i in 0..2 { await sleep(1); await q.put(i) } q.close() }); for await x in q { print(`${x} ${now()}`) }",
        "0 1.0|1 2.0",
    ),
    (
        "event",
        "let e = event(); spawn(async { await sleep(1); e.set(); e.clear() }); await e.wait(); print(now())",
        "1.0",
    ),
    (
        "queue.get",
        "let q = queue(); spawn(async { await sleep(1); q.try_put(5) }); print(`${await q.get()} ${now()}`)",
        "5 1.0",
    ),
    (
        "queue.next",
        "let q = queue(); spawn(async { await sleep(1); q.close() }); print(`${await q.next() == ()} ${now()}`)",
        "true 1.0",
    ),
    (
        "queue.put",
        "let q = queue(1); q.try_put(1); spawn(async { await sleep(1); q.try_get() }); await q.put(2); print(`${now()} ${q.len()}`)",
        "1.0 1",
    ),
    (
        "queue.join",
        "let q = queue(); q.try_put(1); spawn(async { await sleep(1); q.task_done() }); await q.join(); print(now())",
        "1.0",
    ),
    (
        "for_each",
        "let q = queue(); spawn(async { for i in 0..2 { await sleep(1); await q.put(i) } q.close() }); await q.for_each(async |x| { await sleep(0.5); print(`${x} ${now()}`) })",
        "0 1.5|1 2.5",
    ),
    (
        "an async defer",
        "async fn f() { defer(async || { await sleep(1); print(now()) }); 1 } print(await f())",
        "1.0|1",
    ),
];

/// Wakes every task that waits, some times at each moment of the clock.
fn wake_all(kernel: &Kernel, times: &mut HashMap<u64, usize>) {
    let times = times.entry(kernel.clock.last()).or_default();
    *times += 1;
    if *times <= 12 {
        kernel.tasks().iter().for_each(|task| kernel.wake(task));
    }
}

#[test]
fn who_is_woken_without_reason_waits_on() {
    with_stack(|| {
        let mut wrong = String::new();
        for (what, script, expected) in WAITS {
            let mut inside = Inside::new();
            let mut times = HashMap::new();
            inside.collector.between_turns(move |kernel| wake_all(kernel, &mut times));
            let (end, unseen) = inside.run(script);
            let printed = inside.collector.printed().join("|");
            if !matches!(end, End::Value(_)) || unseen > 0 || printed != *expected {
                let _ = writeln!(wrong, "{what}: {printed}, not {expected} {:?}", inside.collector.said());
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    });
}

/// Work that is cancelled after some turns, as `work()`, and what must be left of it, printed by `check()`. Both use
/// the variables of `let`s before them.
struct Work {
    what: &'static str,
    shared: &'static str,
    work: &'static str,
    check: &'static str,
    left: &'static str,
}

const WORKS: &[Work] = &[
    Work {
        what: "locks: no permit is lost",
        shared: "let l = lock();",
        work: "gather(use_it.call(l), use_it.call(l), use_it.call(l))",
        check: "print(l.try_acquire())",
        left: "true",
    },
    Work {
        what: "lock.with",
        shared: "let l = lock();",
        work: "gather(l.with(async || await sleep(0)), l.with(async || await nap.call()), l.with(|| 1))",
        check: "print(l.try_acquire())",
        left: "true",
    },
    Work {
        what: "semaphores: no permit is lost",
        shared: "let s = semaphore(2);",
        work: "gather(use_it.call(s), use_it.call(s), s.with(async || await nap.call()), use_it.call(s), use_it.call(s))",
        check: "print(`${s.try_acquire()} ${s.try_acquire()} ${s.try_acquire()}`)",
        left: "true true false",
    },
    Work {
        what: "semaphores: no signal is lost",
        shared: "let s = semaphore(0); let n = 0; spawn(async { for i in 0..4 { s.release(); await sleep(0); await sleep(0) } });",
        work: "gather([1, 2, 3].map(|i| async { loop { await s.acquire(); n += 1 } }))",
        check: "await sleep(0.1); while s.try_acquire() { n += 1 } print(n)",
        left: "4",
    },
    Work {
        what: "conditions: the lock is free at the end, and who was to be notified is",
        shared: "let l = lock(); let c = condition(l); let left = 5; let keep = spawn(l.with(async || await c.wait_for(|| left < 0)));",
        work: "gather([1, 2, 3].map(|i| l.with(async || { await c.wait_for(|| left > 0); left -= 1; c.notify(); await nap.call() })))",
        check: "await sleep(0.1); print(l.try_acquire()); left = -1; c.notify_all(); l.release(); await keep",
        left: "true",
    },
    Work {
        what: "conditions: one notification is enough, whoever is cancelled",
        shared: "let l = lock(); let c = condition(l); let item = 0; let late = spawn(l.with(async || { await c.wait_for(|| item > 0); item -= 1 }));",
        work: "gather(l.with(async || { await c.wait_for(|| item > 0); item -= 1 }), async { await sleep(0); await l.with(async || { item += 1; c.notify(); await nap.call() }) })",
        check: "await l.with(|| { item += 1; c.notify() }); await timeout(1, late); await sleep(0.1); print(l)",
        left: "<lock, free>",
    },
    Work {
        what: "barriers: who is cancelled does not count, and the others go on",
        shared: "let b = barrier(3); let here = 0;",
        work: "gather([1, 2, 3, 4].map(|n| async { await nap.call(); await b.wait(); here += 1; await nap.call() }))",
        check: "let some = [1, 2, 3].map(|n| spawn(b.wait())); await sleep(0.1); some.for_each(|| this.cancel()); await gather_settled(some); print(b)",
        left: "<barrier, 0 of 3 there>",
    },
    Work {
        what: "lifo and priority queues: no item is lost, and what is left is in order",
        shared: "let p = priority_queue(2); let s = lifo_queue(); let n = 0; spawn(async { for i in [3, 1, 2] { s.try_put(i); await sleep(0) } });",
        work: "gather(async { for i in [5, 4, 6, 3] { await p.put(i); n += 1 } }, async { loop { await p.get(); n -= 1; await sleep(0) } }, async { await s.get(); n += 10; await nap.call() })",
        check: "await sleep(0.1); let left = []; while !p.empty() { left.push(p.try_get()) } let sorted = left; sorted.sort(); print(`${left == sorted} ${n % 10 == left.len()} ${s.len() == 3 - n / 10}`)",
        left: "true true true",
    },
    Work {
        what: "broadcast, watch, oneshot, for await",
        shared: "let b = broadcast(9); let s = b.subscribe(); let w = watch(0); let o = oneshot(); let seen = []; spawn(async { for i in 0..4 { b.send(i); w.send(i); await sleep(0) } o.send(1) });",
        work: "gather(async { for await x in s { seen.push(x) } }, async { for await x in w { await nap.call() } }, async { await o; await nap.call() })",
        check: "await sleep(0.1); b.close(); for await x in s { seen.push(x) } print(`${seen} ${await o} ${w.get()}`)",
        left: "[0, 1, 2, 3] 1 3",
    },
    Work {
        what: "queue: an item that was put is got, or still there",
        shared: "let q = queue(1); let put = 0; let got = 0;",
        work: "gather(async { for i in 0..4 { await q.put(i); put += 1 } }, async { for i in 0..4 { await q.get(); got += 1 } })",
        check: "print(put - got == q.len()); print(`${q.full() == (q.len() == 1)} ${q.try_put(9) == q.empty() || q.len() == 1}`)",
        left: "true|true true",
    },
    Work {
        what: "queue: room that was granted to a cancelled putter is for the next",
        shared: "let q = queue(1); q.try_put(0); let put = 0; let late = async { for i in 0..2 { await q.put(i) } };",
        work: "gather(async { for i in 0..3 { await q.put(i); put += 1 } }, async { for i in 0..3 { await q.get() } })",
        check: "let t = spawn(late); let n = 0; for i in 0..9 { await sleep(0); if q.try_get() != () { n += 1 } } print(`${t.state} ${q.len()}`)",
        left: "done 0",
    },
    Work {
        what: "getters: no item is lost, and none comes out of order",
        shared: "let q = queue(); let got = []; spawn(async { for i in 0..6 { q.try_put(i); await sleep(0) } });",
        work: "gather(async { loop { got.push(await q.get()) } }, async { loop { got.push(await q.get()) } })",
        check: "await sleep(0.1); while !q.empty() { got.push(q.try_get()) } print(got)",
        left: "[0, 1, 2, 3, 4, 5]",
    },
    Work {
        what: "event and join",
        shared: "let e = event(); let q = queue(); q.try_put(1); spawn(async { for i in 0..4 { await sleep(0) } e.set(); q.task_done() });",
        work: "gather(async { await e.wait(); await nap.call() }, async { await q.join(); await nap.call() })",
        check: "await e.wait(); await q.join(); print(\"open\")",
        left: "open",
    },
    Work {
        what: "a group of staggered tasks under a timeout",
        shared: "",
        work: "timeout(2, task_group(async |g| { for i in 0..4 { g.spawn(nap.call()); await sleep(0) } await nap.call() }))",
        check: "",
        left: "",
    },
    Work {
        what: "race, any, shield",
        shared: "let kept = spawn(nap.call());",
        work: "race([any([nap.call(), async { await nap.call(); throw 1 }]), gather_settled([nap.call(), shield(kept)]), async { await wait([kept], \"all\"); await nap.call() }])",
        check: "await kept; print(kept.state)",
        left: "done",
    },
    Work {
        what: "as_completed and for_each",
        shared: "let q = queue(); for i in 0..9 { q.try_put(i) } let n = 0; let all = [];",
        work: "async { for f in as_completed([nap.call(), nap.call()]) { await f; await q.for_each(async |x| { n += 1; await sleep(0) }) } }",
        check: "print(n + q.len()); await sleep(0.1)",
        left: "9",
    },
];

/// What the works are made of, and how many of these have begun and ended.
const PARTS: &str = "
    let begun = 0; let ended = 0;
    let nap = async || { begun += 1; defer(|| { ended += 1 }); await sleep(0); await sleep(0); 1 };
    let use_it = async |l| { await l.acquire(); begun += 1; defer(|| { ended += 1; l.release() }); await sleep(0); };
";

#[test]
fn whenever_work_is_cancelled_nothing_is_lost() {
    with_stack(|| {
        let mut wrong = String::new();
        for Work { what, shared, work, check, left } in WORKS {
            let mut inside = Inside::new();
            for turns in 0..30 {
                let text = format!(
                    "{PARTS} {shared}
                    let t = spawn({work});
                    for i in 0..{turns} {{ await sleep(0) }}
                    t.cancel();
                    try {{ await t }} catch (e) {{ }}
                    {check};
                    await sleep(0);
                    if begun != ended {{ print(`${{begun}} begun, ${{ended}} ended`) }}
                    if tasks().len() > 1 {{ print(tasks()) }}"
                );
                let (end, unseen) = inside.run(&text);
                let printed = inside.collector.printed().join("|");
                if !matches!(end, End::Value(_)) || unseen > 0 || printed != *left {
                    let _ =
                        writeln!(wrong, "{what}, after {turns} turns: {printed}\n{}", inside.collector.said().concat());
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong}");
    });
}

#[test]
fn ctrl_c_before_the_first_turn_of_main() {
    use loopscope::session::Stop;
    with_stack(|| {
        let mut inside = Inside::new();
        assert!(matches!(inside.go("let x = 1;"), End::Value(_)));
        let control = inside.session.control.clone();
        let mut asked = false;
        inside.collector.between_turns(move |_| {
            if !std::mem::replace(&mut asked, true) {
                control.ask(Stop::Foreground);
            }
        });
        assert!(matches!(inside.go("x = 2; print(\"no\")"), End::Stopped(Stop::Foreground)));
        assert!(inside.collector.printed().is_empty());
        assert!(matches!(inside.go("x"), End::Value(x) if x.as_int() == Ok(1)));
    });
}
