//! test_taskgroups.py

use super::{Case, all_print};

#[test]
fn task_groups() {
    all_print(CASES);
}

const CASES: &[Case] = &[
    (
        "taskgroup_01, taskgroup_02",
        r#"
        async fn foo(s, v) { await sleep(s); v }
        let t1; let t2;
        await task_group(async |g| { t1 = g.spawn(foo(0.1, 42)); await sleep(0.15); t2 = g.spawn(foo(0.2, 11)) });
        print(`${t1.result()} ${t2.result()}`);
        "#,
        "42 11",
    ),
    (
        "taskgroup_03: a member that is cancelled explicitly",
        r#"
        async fn foo(s, v) { await sleep(s); v }
        let t1; let t2;
        await task_group(async |g| {
            t1 = g.spawn(foo(1, 42));
            await sleep(0.15);
            t1.cancel();
            t2 = g.spawn(foo(0.2, 11));
        });
        print(`${t1.cancelled()} ${t2.result()} ${now()}`);
        "#,
        "true 11 0.35",
    ),
    (
        "taskgroup_04",
        r#"
        let t2;
        let runner = async || {
            await task_group(async |g| {
                g.spawn(async { await sleep(0.1); throw "zero" });
                t2 = g.spawn(async { defer(|| print("t2 ends")); await sleep(1); print("no") });
            });
            print("nor this");
        };
        try { await spawn(runner.call()) } catch (e) { print(`${e.error} ${e.errors}`) }
        print(t2.cancelled());
        "#,
        "t2 ends|group [\"zero\"]|true",
    ),
    (
        "cancel_children_on_child_error: all three fail at the same moment",
        r#"
        async fn foo1() { await sleep(0.1); throw "zero" }
        let runner = async || await task_group(async |g| {
            for i in 0..3 { g.spawn(foo1()) }
            g.spawn(async { defer(|| print("foo2 ends")); await sleep(5) });
            defer(|| print("body ends"));
            await sleep(10);
        });
        try { await spawn(runner.call()) } catch (e) { print(e.errors) }
        "#,
        "body ends|foo2 ends|[\"zero\", \"zero\", \"zero\"]",
    ),
    (
        "cancellation, taskgroup_07, taskgroup_17, taskgroup_22",
        r#"
        let num = 0;
        let foo = async || { defer(|| { num += 1 }); await sleep(5) };
        let r = spawn(task_group(async |g| {
            for i in 0..5 { g.spawn(foo.call()) }
            defer(|| { num += 10 });
            await sleep(10);
        }));
        await sleep(0.1);
        print(r.done());
        r.cancel();
        try { await r } catch (e) { print(`${e.error} ${num} ${r.cancelled()}`) }
        "#,
        "false|cancelled 15 true",
    ),
    (
        "taskgroup_08: cancelled, and each member fails on its way out",
        r#"
        async fn foo() { defer(|| { throw "zero" }); await sleep(10) }
        let r = spawn(task_group(async |g| { for i in 0..5 { g.spawn(foo()) } await sleep(10) }));
        await sleep(0.1);
        r.cancel();
        try { await r } catch (e) { print(`${e.error} ${e.errors}`) }
        "#,
        "group [\"zero\", \"zero\", \"zero\", \"zero\", \"zero\"]",
    ),
    (
        "taskgroup_09, taskgroup_10: the body fails",
        r#"
        for delay in [true, false] {
            let t1; let t2;
            try {
                await task_group(async |g| {
                    t1 = g.spawn(sleep(1));
                    t2 = g.spawn(sleep(2));
                    if delay { await sleep(0.1) }
                    throw "zero";
                });
            } catch (e) { print(`${e.errors} ${t1.cancelled()} ${t2.cancelled()}`) }
        }
        "#,
        "[\"zero\"] true true|[\"zero\"] true true",
    ),
    (
        "taskgroup_11, taskgroup_12: the errors of an inner group are one error of the outer",
        r#"
        async fn foo() { defer(|| { throw "zero" }); await sleep(10) }
        let r = spawn(task_group(async |g1| {
            g1.spawn(sleep(10));
            await task_group(async |g2| { for i in 0..2 { g2.spawn(foo()) } await sleep(10) });
        }));
        await sleep(0.1);
        r.cancel();
        try { await r } catch (e) { print(`${e.error} of ${e.errors.len()}: ${e.errors[0].error} ${e.errors[0].errors}`) }
        "#,
        "group of 1: group [\"zero\", \"zero\"]",
    ),
    (
        "taskgroup_13: the outer group fails",
        r#"
        async fn crash_after(s) { await sleep(s); throw s }
        try {
            await task_group(async |g1| { g1.spawn(crash_after(0.1)); await task_group(async |g2| { g2.spawn(crash_after(10)) }) });
        } catch (e) { print(`${e.errors} ${now()}`) }
        "#,
        "[0.1] 0.1",
    ),
    (
        "taskgroup_14: the inner group fails",
        r#"
        async fn crash_after(s) { await sleep(s); throw s }
        try {
            await task_group(async |g1| { g1.spawn(crash_after(10)); await task_group(async |g2| { g2.spawn(crash_after(0.1)) }) });
        } catch (e) { print(`${e.errors[0].error} ${e.errors[0].errors} ${now()}`) }
        "#,
        "group [0.1] 0.1",
    ),
    (
        "taskgroup_15, taskgroup_16: what fails while others clean up",
        r#"
        async fn crash() { defer(async || { await sleep(0.2); throw "zero" }); await sleep(9) }
        let nested = async || await task_group(async |g| {
            g.spawn(crash());
            defer(async || await sleep(0.5));
            await sleep(10);
        });
        let r = spawn(async { let t = spawn(nested.call()); await t });
        await sleep(0.1);
        r.cancel();
        try { await r } catch (e) { print(`${e.error} ${e.errors} ${now()}`) }
        "#,
        "group [\"zero\"] 0.6",
    ),
    (
        "taskgroup_18: the body makes an error of its cancellation",
        r#"
        let r = spawn(task_group(async |g| { defer(|| { throw "mine" }); await sleep(10) }));
        await sleep(0.1);
        r.cancel();
        try { await r } catch (e) { print(`${e.error} ${e.errors}`) }
        "#,
        "group [\"mine\"]",
    ),
    (
        "taskgroup_19: a member fails, and then the body, too",
        r#"
        async fn nested() { defer(|| { throw "mine" }); await sleep(10) }
        try { await task_group(async |g| { g.spawn(async { await sleep(0.1); throw "zero" }); await nested() }) }
        catch (e) { print(e.errors) }
        "#,
        "[\"zero\", \"mine\"]",
    ),
    (
        "taskgroup_24: members make members",
        r#"
        await task_group(async |g| {
            g.spawn(async { await sleep(0.1); g.spawn(sleep(0.1)); g.spawn(async { await sleep(0.2); print("last") }) });
        });
        print(now());
        "#,
        "last|0.3",
    ),
    (
        "taskgroup_25: a hydra",
        r#"
        let hydras = 0;
        let hydra = ();
        hydra = async |g| { hydras += 1; await sleep(0.01); for i in 0..2 { g.spawn(hydra.call(g)) } };
        try {
            await task_group(async |g| {
                g.spawn(hydra.call(g));
                g.spawn(async { while hydras < 10 { await sleep(0.015) } throw "hercules" });
            });
        } catch (e) { print(`${e.errors} ${hydras >= 10} ${tasks().len()}`) }
        "#,
        "[\"hercules\"] true 1",
    ),
    ("taskgroup_task_name", r#"await task_group(async |g| print(g.spawn(sleep(0), "yolo").name))"#, "yolo"),
    (
        "taskgroup_no_create_task_after_failure, taskgroup_finished",
        r#"
        let kept;
        try {
            await task_group(async |g| {
                kept = g;
                g.spawn(async { await sleep(0.1); throw "zero" });
                g.spawn(async { defer(|| try { g.spawn(Fn("f")) } catch (e) { print(e.error) }); await sleep(1) });
            });
        } catch (e) { print(e.errors) }
        try { kept.spawn(Fn("f")) } catch (e) { print(e.error) }
        fn f() { }
        "#,
        "closed|[\"zero\"]|closed",
    ),
];
