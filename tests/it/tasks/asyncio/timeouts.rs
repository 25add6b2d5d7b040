//! test_timeouts.py and test_waitfor.py

use super::{Case, all_print};

#[test]
fn timeouts() {
    all_print(CASES);
}

const CASES: &[Case] = &[
    (
        "timeout_basic, waiter_cancelled",
        r#"
        try { await timeout(0.01, async { defer(|| print("cancelled")); await sleep(10) }) }
        catch (e) { print(`${e.error} ${now()}`) }
        "#,
        "cancelled|timeout 0.01",
    ),
    (
        "nested_timeouts: of two that are due together the outer one throws",
        r#"
        async fn inner() { try { await timeout(0.01, sleep(10)) } catch (e) { print("no") } }
        try { await timeout(0.01, inner()) } catch (e) { print(e.error) }
        "#,
        "timeout",
    ),
    ("timeout_not_called", "print(await timeout(10, async { await sleep(0.01); 1 })); print(now())", "1|0.01"),
    (
        "timeout_zero, timeout_zero_sleep_zero, timeout_in_the_past_sleep_zero, coroutine_do_not_start",
        r#"
        for s in [0, -11] {
            for make in [|| sleep(10), || sleep(0), || async { print("no"); await sleep(0) }] {
                try { await timeout(s, make.call()) } catch (e) { print(`${e.error} ${now()}`) }
            }
        }
        "#,
        "timeout 0.0|timeout 0.0|timeout 0.0|timeout 0.0|timeout 0.0|timeout 0.0",
    ),
    (
        "wait_for_timeout_less_then_0_or_0_future_done",
        r#"
        let done = spawn(async { "done" });
        await done;
        print(await timeout(0, done));
        "#,
        "done",
    ),
    (
        "foreign_exception_passed, foreign_exception_on_timeout, reraises_exception_during_cancellation",
        r#"
        async fn crash() { defer(|| { throw "zero" }); await sleep(1) }
        try { await timeout(0.01, async { throw "key" }) } catch (e) { print(e) }
        try { await timeout(0.01, crash()) } catch (e) { print(e) }
        "#,
        "key|zero",
    ),
    (
        "foreign_cancel_doesnt_timeout_if_not_expired, asyncio_wait_for_cancelled",
        r#"
        try { await timeout(10, async { current_task().cancel(); await sleep(10) }) } catch (e) { print(`${e.error} ${now()}`) }
        let t = spawn(sleep(9));
        t.cancel();
        try { await timeout(1, t) } catch (e) { print(e.error) }
        "#,
        "cancelled 0.0|cancelled",
    ),
    (
        "outer_task_is_not_cancelled",
        r#"
        let t = spawn(async { try { await timeout(0.001, sleep(10)) } catch (e) { print(e.error) } });
        await t;
        print(`${t.cancelled()} ${t.done()}`);
        "#,
        "timeout|false true",
    ),
    (
        "nested_timeouts_concurrent: the outer one is due while the loop is blocked",
        r#"
        async fn inner() { await timeout(0.1, async { blocking_sleep(0.01); await sleep(1) }) }
        try { await timeout(0.002, inner()) } catch (e) { print(`${e.error} ${e.message}`) }
        "#,
        "timeout timed out after 0.002 s",
    ),
    (
        "nested_timeout_in_finally",
        r#"
        async fn work() {
            defer(async || { try { await timeout(0.01, sleep(10)) } catch (e) { print(`inner ${e.error} ${now()}`) } });
            await sleep(1);
        }
        try { await timeout(0.01, work()) } catch (e) { print(`outer ${e.error} ${now()}`) }
        "#,
        "inner timeout 0.02|outer timeout 0.02",
    ),
    (
        "timeout_after_cancellation",
        r#"
        let t = spawn(async {
            defer(async || { try { await timeout(0.1, sleep(1)) } catch (e) { print(`${e.error} ${now()}`) } });
            current_task().cancel();
            await sleep(1);
        });
        await gather_settled([t]);
        print(t.state);
        "#,
        "timeout 0.1|cancelled",
    ),
    (
        "wait_for_waits_for_task_cancellation",
        r#"
        let t = spawn(async { defer(async || { await sleep(0.2); print("done") }); await sleep(10) });
        try { await timeout(0.1, t) } catch (e) { print(`${e.error} ${t.state} ${now()}`) }
        "#,
        "done|timeout cancelled 0.3",
    ),
    (
        "wait_for_race_condition: a result that is there when the time has come is given",
        r#"
        let e = event();
        let t = spawn(timeout(1, async { await e.wait(); "ok" }));
        await sleep(1);
        print(t.state);
        let f = spawn(async { await sleep(1); "ok" });
        await sleep(0);
        let w = spawn(timeout(1, f));
        print(await w);
        try { await t } catch (e) { print(e.error) }
        "#,
        "ready|ok|timeout",
    ),
    (
        "cancel_wait_for, wait_for_cancellation_race_condition",
        r#"
        let inner = spawn(async { defer(|| print("inner ends")); await sleep(10) });
        let t = spawn(timeout(5, inner));
        await sleep(0);
        t.cancel();
        try { await t } catch (e) { print(`${e.error} ${inner.state} ${t.state}`) }
        // it has its result, but was not resumed
        let e = event();
        let u = spawn(timeout(1, e.wait()));
        await sleep(0.1);
        e.set();
        await sleep(0);
        u.cancel();
        await gather_settled([u]);
        print(u.state);
        "#,
        "inner ends|cancelled cancelled cancelled|cancelled",
    ),
    (
        "wait_for_self_cancellation: a wait for what takes long to end can be cancelled",
        r#"
        async fn inner() { defer(async || { await sleep(0.3); print("no") }); await sleep(9) }
        let w = spawn(timeout(0.1, inner()));
        await sleep(0.2);
        print(w.state);
        w.cancel();
        try { await w } catch (e) { print(`${e.error} ${now()}`) }
        "#,
        "waiting|cancelled 0.2",
    ),
];
