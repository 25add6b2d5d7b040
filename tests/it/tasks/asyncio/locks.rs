//! test_locks.py

use super::{Case, all_print};

#[test]
fn locks_and_events() {
    all_print(CASES);
}

const CASES: &[Case] = &[
    (
        "acquire",
        r#"
        let l = lock();
        let result = [];
        await l.acquire();
        let c = async |n| { await l.acquire(); result.push(n); true };
        let t1 = spawn(c.call(1)); let t2 = spawn(c.call(2));
        await sleep(0);
        print(result);
        l.release();
        await sleep(0);
        print(result);
        await sleep(0);
        print(result);
        let t3 = spawn(c.call(3));
        l.release();
        await sleep(0);
        print(result);
        l.release();
        await sleep(0);
        print(`${result} ${t1.result()} ${t2.result()} ${t3.result()}`);
        "#,
        "[]|[1]|[1]|[1, 2]|[1, 2, 3] true true true",
    ),
    (
        "acquire_cancel",
        r#"
        let l = lock();
        l.try_acquire();
        let t = spawn(l.acquire());
        spawn(|| t.cancel());
        try { await t } catch (e) { print(e.error) }
        l.release();
        print(l.try_acquire());
        "#,
        "cancelled|true",
    ),
    (
        "cancel_race",
        r#"
        let l = lock();
        let lockit = async |name, blocker| {
            await l.acquire();
            defer(|| l.release());
            if blocker != () { await blocker.wait() }
            print(name);
        };
        let fa = event();
        let ta = spawn(lockit.call("A", fa));
        await sleep(0);
        let tb = spawn(lockit.call("B", ()));
        await sleep(0);
        let tc = spawn(lockit.call("C", ()));
        await sleep(0);
        fa.set();
        tb.cancel();
        await sleep(0);
        print(`${ta.done()} ${tb.cancelled()}`);
        await tc;
        "#,
        "A|true true|C",
    ),
    (
        "cancel_release_race: one lock only is taken",
        r#"
        let l = lock();
        let count = 0; let calls = 0;
        let lockit = async || { calls += 1; await l.acquire(); count += 1 };
        await l.acquire();
        let t1 = spawn(lockit.call()); let t2 = spawn(lockit.call()); let t3 = spawn(lockit.call());
        await sleep(0);
        spawn(|| { t1.cancel(); l.release() });
        try { await t1 } catch (e) { print(`${e.error} ${count} ${calls}`) }
        print(`${t1.cancelled()} ${t2.done()}`);
        t3.cancel();
        await sleep(0);
        print(t3.cancelled());
        "#,
        "cancelled 1 3|true true|true",
    ),
    (
        "finished_waiter_cancelled",
        r#"
        let l = lock();
        await l.acquire();
        let tb = spawn(l.acquire());
        await sleep(0);
        let tc = spawn(l.acquire());
        tb.cancel();
        l.release();
        await sleep(0);
        print(`${l.try_acquire()} ${tb.cancelled()}`);
        await tc;
        "#,
        "false true",
    ),
    (
        "release_not_acquired, release_no_waiters, context_manager",
        r#"
        let l = lock();
        try { l.release() } catch (e) { print(e.error) }
        await l.acquire();
        l.release();
        await l.with(|| print(l.try_acquire()));
        print(l.try_acquire());
        "#,
        "value|false|true",
    ),
    (
        "event wait: one that comes before the set is let go, too",
        r#"
        let e = event();
        let result = [];
        let c = async |n| { await e.wait(); result.push(n) };
        let all = [spawn(c.call(1)), spawn(c.call(2))];
        await sleep(0);
        print(result);
        all.push(spawn(c.call(3)));
        e.set();
        await sleep(0);
        result.sort();
        print(result);
        await gather(all);
        "#,
        "[]|[1, 2, 3]",
    ),
    ("event wait_on_set", "let e = event(); e.set(); await e.wait(); print(now())", "0.0"),
    (
        "event wait_cancel",
        r#"
        let e = event();
        let t = spawn(e.wait());
        spawn(|| t.cancel());
        try { await t } catch (e) { print(e.error) }
        e.set();
        print(e.is_set());
        "#,
        "cancelled|true",
    ),
    (
        "event clear, clear_with_waiters",
        r#"
        let e = event();
        let result = [];
        let t = spawn(async { await e.wait(); result.push(1); true });
        await sleep(0);
        e.set();
        e.clear();
        print(e.is_set());
        e.set();
        e.set();
        await sleep(0);
        print(`${t.done()} ${t.result()} ${result}`);
        "#,
        "false|true true [1]",
    ),
];
