//! test_tasks.py

use super::{Case, all_print};

#[test]
fn tasks_and_combinators() {
    all_print(CASES);
}

const CASES: &[Case] = &[
    (
        "task_basics",
        r#"
        async fn outer() { await inner1() + await inner2() }
        async fn inner1() { 42 }
        async fn inner2() { 1000 }
        print(await outer());
        "#,
        "1042",
    ),
    (
        "cancel, cancel_yield, task_cancel_sleeping_task",
        r#"
        let t = spawn(async { await sleep(10); 12 });
        await sleep(0.1);
        print(`${t.cancel()} ${t.done()}`);
        try { await t } catch (e) { print(e.error) }
        print(`${t.done()} ${t.cancelled()} ${t.cancel()} ${now()}`);
        let u = spawn(async { await sleep(0); await sleep(0); 12 });
        await sleep(0);
        u.cancel();
        try { await u } catch (e) { print(e.error) }
        print(`${u.cancelled()} ${u.cancel()}`);
        "#,
        "true false|cancelled|true true false 0.1|cancelled|true false",
    ),
    (
        "cancel_with_message_before_starting_task",
        r#"
        let t = spawn(async { print("no") });
        t.cancel();
        try { await t } catch (e) { print(e.error) }
        "#,
        "cancelled",
    ),
    (
        "cancel_current_task",
        r#"
        let t = spawn(async { current_task().cancel(); print("runs on"); await sleep(0.1); print("no") });
        try { await t } catch (e) { print(`${e.error} ${now()}`) }
        print(`${t.done()} ${t.cancelled()}`);
        "#,
        "runs on|cancelled 0.0|true true",
    ),
    (
        "cancel_at_end: without a further await it is cancelled at its end",
        r#"
        let t = spawn(async { await sleep(0.1); current_task().cancel(); 12 });
        try { print(await t) } catch (e) { print(e.error) }
        print(`${t.done()} ${t.cancelled()}`);
        "#,
        "cancelled|true true",
    ),
    (
        "cancel_awaited_task",
        r#"
        let blocking = event();
        let nested = spawn(async { await sleep(9); print("no") });
        let t = spawn(async { await nested; print("nor this") });
        await sleep(0);
        nested.cancel();
        try { await t } catch (e) { print(e.error) }
        print(`${nested.cancelled()} ${t.cancelled()}`);
        "#,
        "cancelled|true true",
    ),
    (
        "cancel_both_task_and_inner_future",
        r#"
        let f = spawn(sleep(9));
        let t = spawn(async { await f; 12 });
        await sleep(0);
        f.cancel();
        t.cancel();
        await gather_settled([t]);
        print(`${t.done()} ${f.cancelled()} ${t.cancelled()}`);
        "#,
        "true true true",
    ),
    (
        "cancel_with_message_then_future_result: cancelled though what it awaits is there",
        r#"
        let e = event();
        let t = spawn(async { await e.wait() });
        await sleep(0);
        t.cancel();
        e.set();
        try { await t } catch (e) { print(e.error) }
        print(t.cancelled());
        "#,
        "cancelled|true",
    ),
    (
        "wait, wait_duplicate_coroutines",
        r#"
        let a = spawn(sleep(0.1)); let b = spawn(sleep(0.15));
        let r = await wait([b, a], "all");
        print(`${r.done == [b, a]} ${r.pending.is_empty()} ${now()}`);
        let r = await wait([b, a], "all");
        print(now());
        let r = await wait([a, a], "all");
        print(r.done.len());
        "#,
        "true true 0.15|0.15|1",
    ),
    (
        "wait_first_completed, wait_really_done",
        r#"
        let a = spawn(sleep(10)); let b = spawn(sleep(0.1));
        let r = await wait([b, a], "first");
        print(`${r.done == [b]} ${r.pending == [a]} ${a.done()} ${now()}`);
        a.cancel();
        let x = 0; let y = 0;
        let a = spawn(async { x += 1; await sleep(0); x += 1; await sleep(0); x += 1; await sleep(1) });
        let b = spawn(async { y += 1; await sleep(0); y += 1 });
        let r = await wait([b, a], "first");
        print(`${r.done == [b]} ${r.pending == [a]} ${x} ${y}`);
        await a;
        "#,
        "true true false 0.1|true true 3 2",
    ),
    (
        "wait_first_exception",
        r#"
        let a = spawn(sleep(10));
        let b = spawn(async { throw "zero" });
        let r = await wait([b, a], "first_error");
        print(`${r.done == [b]} ${r.pending == [a]} ${now()}`);
        try { b.result() } catch (e) { print(e) }
        a.cancel();
        "#,
        "true true 0.0|zero",
    ),
    (
        "wait_first_exception_in_wait",
        r#"
        let a = spawn(sleep(10));
        let b = spawn(async { await sleep(0.01); throw "zero" });
        let r = await wait([b, a], "first_error");
        print(`${r.done == [b]} ${r.pending == [a]} ${now()}`);
        try { await b } catch (e) { print(e) }
        a.cancel();
        "#,
        "true true 0.01|zero",
    ),
    (
        "wait_with_exception",
        r#"
        let a = spawn(sleep(0.1));
        let b = spawn(async { await sleep(0.15); throw "really" });
        let r = await wait([b, a], "all");
        print(`${r.done.len()} ${r.pending.len()} ${r.done.filter(|t| t.state == "failed").len()}`);
        try { await b } catch (e) { print(e) }
        "#,
        "2 0 1|really",
    ),
    (
        "wait_errors, wait_invalid_args",
        r#"
        try { await wait([], "all") } catch (e) { print(e.error) }
        try { await wait([current_task()], "-1") } catch (e) { print(e.error) }
        try { await wait([5], "all") } catch (e) { print(e.error) }
        "#,
        "value|value|value",
    ),
    (
        "yield_wait_does_not_shield_cancel",
        r#"
        let proof = 0; let waiter = event();
        let inner = spawn(async { await waiter.wait(); proof += 1 });
        let outer = spawn(async { await wait([inner], "all"); proof += 100 });
        await sleep(0);
        outer.cancel();
        try { await outer } catch (e) { print(e.error) }
        waiter.set();
        await inner;
        print(proof);
        "#,
        "cancelled|1",
    ),
    (
        "as_completed",
        r#"
        async fn sleeper(s, x) { await sleep(s); x }
        let values = [];
        for f in as_completed([sleeper(0.01, "b"), sleeper(0.15, "c"), sleeper(0.01, "a")]) { values.push(await f) }
        print(`${values} ${now()}`);
        "#,
        "[\"b\", \"a\", \"c\"] 0.15",
    ),
    (
        "as_completed_with_timeout",
        r#"
        async fn first(all) { for f in all { print(await f) } }
        let b = spawn(async { await sleep(0.15); "b" });
        try { await timeout(0.12, first(as_completed([async { await sleep(0.1); "a" }, b]))) } catch (e) { print(`${e.error} ${now()}`) }
        print(await b);
        "#,
        "a|timeout 0.12|b",
    ),
    (
        "as_completed_reverse_wait, as_completed_concurrent",
        r#"
        async fn sleeper(s, x) { await sleep(s); x }
        let fs = as_completed([sleeper(0.05, "a"), sleeper(0.1, "b")]);
        print(`${await fs[1]} ${now()} ${await fs[0]} ${now()}`);
        print(await gather(as_completed([sleeper(0.1, "c"), sleeper(0.05, "d")])));
        "#,
        "b 0.1 a 0.1|[\"d\", \"c\"]",
    ),
    (
        "current_task_with_interleaving_tasks",
        r#"
        let t1; let t2;
        t1 = spawn(async { print(current_task() == t1); await sleep(0); print(current_task() == t1) });
        t2 = spawn(async { print(current_task() == t2); await sleep(0); print(current_task() == t2) });
        await gather(t1, t2);
        print(current_task().name);
        "#,
        "true|true|true|true|main",
    ),
    (
        "shield_result, shield_exception, shield_cancel_inner",
        r#"
        print(await shield(async { 42 }));
        try { await shield(async { throw "expected" }) } catch (e) { print(e) }
        let inner = spawn(sleep(9));
        let outer = spawn(shield(inner));
        await sleep(0);
        inner.cancel();
        try { await outer } catch (e) { print(e.error) }
        print(outer.cancelled());
        "#,
        "42|expected|cancelled|true",
    ),
    (
        "shield_cancel_outer, shield_effect",
        r#"
        let proof = 0; let waiter = event();
        let inner = async || { await waiter.wait(); proof += 1 };
        let outer = spawn(async { await shield(inner.call()); proof += 100 });
        await sleep(0);
        outer.cancel();
        try { await outer } catch (e) { print(e.error) }
        waiter.set();
        await sleep(0);
        print(proof);
        "#,
        "cancelled|1",
    ),
    (
        "shield_gather",
        r#"
        let e = event();
        let parent = spawn(gather(async { await e.wait(); 1 }, async { await e.wait(); 2 }));
        let outer = spawn(shield(parent));
        await sleep(0);
        outer.cancel();
        await sleep(0);
        print(outer.cancelled());
        e.set();
        print(await parent);
        "#,
        "true|[1, 2]",
    ),
    (
        "gather_shield",
        r#"
        let e = event();
        let c1 = spawn(async { await e.wait(); 1 }); let c2 = spawn(async { await e.wait(); 2 });
        let parent = spawn(gather(shield(c1), shield(c2)));
        await sleep(0); await sleep(0);
        parent.cancel();
        try { await parent } catch (e) { print(e.error) }
        print(`${c1.state} ${c2.state}`);
        e.set();
        print(await gather(c1, c2));
        "#,
        "cancelled|waiting waiting|[1, 2]",
    ),
    (
        "gather: success, one_exception, return_exceptions",
        r#"
        async fn value(s, v) { await sleep(s); v }
        async fn fail(s, v) { await sleep(s); throw v }
        print(await gather(value(0.2, 1), value(0.1, 2), value(0.1, 3)));
        try { await gather(value(0.1, 1), fail(0.2, "zero"), fail(0.3, "late"), value(9, 2)) } catch (e) { print(`${e} ${now()}`) }
        let r = await gather_settled([value(0.1, 1), fail(0.2, "zero"), value(0.3, 3)]);
        print(`${r[0].value} ${r[1].error} ${r[2].value}`);
        await sleep(9);
        "#,
        "[1, 2, 3]|zero 0.4|1 zero 3",
    ),
    (
        "gather: one_cancellation, result_exception_one_cancellation",
        r#"
        let a = spawn(sleep(9)); let b = spawn(sleep(9)); let c = spawn(async { await sleep(9); throw "late" });
        let g = spawn(gather(a, b, c));
        await sleep(0);
        b.cancel();
        try { await g } catch (e) { print(`${e.error} ${now()}`) }
        print(`${a.state} ${b.state} ${c.state}`);
        let d = spawn(sleep(9)); let e = spawn(async { throw "zero" });
        let g = spawn(gather_settled([d, e]));
        await sleep(0);
        d.cancel();
        let r = await g;
        print(`${r[0].error.error} ${r[1].error}`);
        await sleep(20);
        "#,
        "cancelled 0.0|waiting cancelled waiting|cancelled zero",
    ),
    (
        "gather: cancellation_broadcast",
        r#"
        let proof = 0; let waiter = event();
        let inner = async || { await waiter.wait(); proof += 1 };
        let c1 = spawn(inner.call()); let c2 = spawn(inner.call());
        let outer = spawn(async { await gather(c1, c2); proof += 100 });
        await sleep(0); await sleep(0);
        outer.cancel();
        try { await outer } catch (e) { print(e.error) }
        print(`${c1.cancelled()} ${c2.cancelled()} ${proof}`);
        "#,
        "cancelled|true true 0",
    ),
    (
        "gather: exception_marking",
        r#"
        let f1 = spawn(async { await sleep(0.1); throw "inner" }); let f2 = spawn(async { await sleep(0.2); throw "later" });
        try { await gather(f1, f2) } catch (e) { print(e) }
        await sleep(1);
        print(f2.state);
        "#,
        "inner|failed",
    ),
    (
        "cancel_gather_1, cancel_gather_2: it can be cancelled after a member has ended",
        r#"
        let t = spawn(async { let done = spawn(async { 1 }); await done; await gather(done, sleep(9)); print("no") });
        await sleep(0.1);
        t.cancel();
        await gather_settled([t]);
        print(t.state);
        "#,
        "cancelled",
    ),
    (
        "task_awaits_on_itself: of two that await each other one can be cancelled",
        r#"
        let a; let b;
        a = spawn(async { await b }); b = spawn(async { await a });
        await sleep(0);
        print(`${a.state} ${b.state}`);
        a.cancel();
        await sleep(0.1);
        print(`${a.state} ${b.state}`);
        let c; let d;
        c = spawn(gather(sleep(1), async { await d })); d = spawn(async { await c });
        await sleep(0);
        d.cancel();
        await sleep(0.1);
        print(`${c.state} ${d.state} ${tasks().len()}`);
        "#,
        "waiting waiting|cancelled cancelled|cancelled cancelled 1",
    ),
    (
        "sleep, sleep_cancel, sleep_zero",
        r#"
        async fn sleeper(s, v) { await sleep(s / 2); await sleep(s / 2); v }
        print(`${await sleeper(0.1, "yeah")} ${now()}`);
        let result = 0;
        let inc = async |n| { result += n; await sleep(0); result += n };
        let t = spawn(inc.call(2));
        await sleep(0);
        print(result);
        await sleep(0);
        print(result);
        "#,
        "yeah 0.1|2|4",
    ),
];
