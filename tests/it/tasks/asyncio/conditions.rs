//! test_locks.py: conditions

use super::{Case, all_print};

#[test]
fn conditions() {
    all_print(CASES);
}

const CASES: &[Case] = &[
    (
        "wait",
        r#"
        let l = lock();
        let cond = condition(l);
        let result = [];
        let c = async |n| { await l.acquire(); await cond.wait(); result.push(n) };
        let all = [spawn(c.call(1)), spawn(c.call(2)), spawn(c.call(3))];
        await sleep(0);
        print(`${result} ${l}`);
        await l.acquire();
        cond.notify();
        await sleep(0);
        print(`${result} ${l.try_acquire()}`);
        l.release();
        await sleep(0);
        print(`${result} ${l.try_acquire()}`);
        cond.notify(2);
        await sleep(0);
        print(`${result} ${l.try_acquire()}`);
        l.release();
        await sleep(0);
        print(`${result} ${l.try_acquire()}`);
        l.release();
        await sleep(0);
        print(`${result} ${l.try_acquire()}`);
        await gather(all);
        "#,
        "[] <lock, free>|[] false|[1] false|[1] false|[1, 2] false|[1, 2, 3] false",
    ),
    (
        "wait_cancel: it has the lock again",
        r#"
        let l = lock();
        let cond = condition(l);
        await l.acquire();
        let wait = spawn(cond.wait());
        spawn(|| wait.cancel());
        try { await wait } catch (e) { print(e.error) }
        print(l);
        "#,
        "cancelled|<lock, held by main>",
    ),
    (
        "wait_cancel_contested",
        r#"
        let l = lock();
        let cond = condition(l);
        await l.acquire();
        let wait = spawn(cond.wait());
        await sleep(0);
        print(l);
        await l.acquire();
        cond.notify();
        spawn(|| wait.cancel());
        spawn(|| l.release());
        await gather_settled([wait]);
        print(`${l.try_acquire()}`);
        "#,
        "<lock, free>|false",
    ),
    (
        "wait_cancel_after_notify",
        r#"
        let l = lock();
        let cond = condition(l);
        let waited = false;
        let waiter = spawn(l.with(async || { waited = true; await cond.wait() }));
        await sleep(0);
        await l.acquire();
        cond.notify();
        await sleep(0);
        waiter.cancel();
        await sleep(0);
        print(waiter.done());
        l.release();
        await sleep(0);
        print(`${waiter.cancelled()} ${waited} ${l}`);
        "#,
        "false|true true <lock, free>",
    ),
    (
        "wait_unacquired, notify_unacquired, notify_all_unacquired",
        r#"
        let cond = condition(lock());
        try { await cond.wait() } catch (e) { print(e.error) }
        try { cond.notify() } catch (e) { print(e.error) }
        try { cond.notify_all() } catch (e) { print(e.error) }
        "#,
        "value|value|value",
    ),
    (
        "wait_for",
        r#"
        let l = lock();
        let cond = condition(l);
        let presult = false;
        let result = [];
        let t = spawn(async { await l.with(async || { await cond.wait_for(|| presult); result.push(1) }); true });
        await sleep(0);
        print(result);
        await l.acquire();
        cond.notify();
        l.release();
        await sleep(0);
        print(result);
        presult = true;
        await l.acquire();
        cond.notify();
        l.release();
        await sleep(0);
        print(`${result} ${t.done()} ${t.result()}`);
        "#,
        "[]|[]|[1] true true",
    ),
    (
        "wait_for_unacquired",
        r#"
        let cond = condition(lock());
        print(await cond.wait_for(|| [1, 2, 3]));
        try { await cond.wait_for(|| false) } catch (e) { print(e.error) }
        "#,
        "[1, 2, 3]|value",
    ),
    (
        "notify",
        r#"
        let l = lock();
        let cond = condition(l);
        let result = [];
        let c = async |n| await l.with(async || { await cond.wait(); result.push(n) });
        let all = [spawn(c.call(1)), spawn(c.call(2)), spawn(c.call(3))];
        await sleep(0);
        print(result);
        await l.acquire();
        cond.notify(1);
        l.release();
        await sleep(0);
        print(result);
        await l.acquire();
        cond.notify(1);
        cond.notify(2048);
        l.release();
        await sleep(0);
        print(result);
        await gather(all);
        "#,
        "[]|[1]|[1, 2, 3]",
    ),
    (
        "notify_all",
        r#"
        let l = lock();
        let cond = condition(l);
        let result = [];
        let c = async |n| await l.with(async || { await cond.wait(); result.push(n) });
        let all = [spawn(c.call(1)), spawn(c.call(2))];
        await sleep(0);
        await l.acquire();
        cond.notify_all();
        l.release();
        await sleep(0);
        print(result);
        await gather(all);
        "#,
        "[1, 2]",
    ),
    (
        "explicit_lock, repr",
        r#"
        let l = lock("l");
        let cond = condition(l, "c");
        await cond.lock.with(|| print(l));
        await l.with(|| print(cond.lock));
        print(`${cond} ${condition().lock}`);
        "#,
        r#"<lock "l", held by main>|<lock "l", held by main>|<condition "c" of lock "l"> <lock, free>"#,
    ),
    (
        "timeout_in_block: the lock is still held, by who waited",
        r#"
        let l = lock();
        let cond = condition(l);
        await l.with(async || {
            try { await timeout(0.5, cond.wait()) } catch (e) { print(e.error) }
            print(l);
        });
        print(l);
        "#,
        "timeout|<lock, held by main>|<lock, free>",
    ),
    (
        "cancelled_error_wakeup, cancelled_error_re_acquire",
        r#"
        let l = lock();
        let cond = condition(l);
        let wake = false;
        let func = async || await l.with(async || await cond.wait_for(|| wake));
        let task = spawn(func.call());
        await sleep(0);
        task.cancel();
        try { await task } catch (e) { print(e.error) }
        let task = spawn(func.call());
        await sleep(0);
        await l.acquire();
        wake = true;
        cond.notify();
        await sleep(0);
        task.cancel();
        l.release();
        try { await task } catch (e) { print(`${e.error} ${l}`) }
        "#,
        "cancelled|cancelled <lock, free>",
    ),
    (
        "cancelled_wakeup: what the cancelled one was notified of is for the next",
        r#"
        let l = lock();
        let cond = condition(l);
        let state = 0;
        let consumer = async || await l.with(async || {
            loop {
                await cond.wait_for(|| state != 0);
                if state < 0 { return }
                state -= 1;
                cond.notify_all();
            }
        });
        let c = [spawn(consumer.call()), spawn(consumer.call())];
        await sleep(0);
        await l.with(async || {
            state += 1;
            cond.notify(1);
            c[0].cancel();
            await timeout(0.01, cond.wait_for(|| state == 0));
            print(state);
            state = -1;
            cond.notify_all();
        });
        await c[1];
        print(c[0].cancelled());
        "#,
        "0|true",
    ),
    (
        "cancelled_wakeup_relock: cancelled while it takes the lock again",
        r#"
        let l = lock();
        let cond = condition(l);
        let state = 0;
        let consumer = async || await l.with(async || {
            await cond.wait_for(|| state != 0);
            state -= 1;
        });
        let c = [spawn(consumer.call()), spawn(consumer.call())];
        await sleep(0);
        await l.acquire();
        state += 1;
        cond.notify(1);
        await sleep(0);
        c[0].cancel();
        l.release();
        await timeout(0.01, c[1]);
        print(`${state} ${c[0].cancelled()} ${l}`);
        "#,
        "0 true <lock, free>",
    ),
];
