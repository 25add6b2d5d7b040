//! `gather` and its kin.

use crate::support::Script;

#[test]
fn gather_gives_results_in_the_order_given() {
    Script::new(
        r#"
        async fn after(s, v) { await sleep(s); v }
        print(await gather(after(0.3, "a"), after(0.1, "b"), after(0.2, "c")));
        print(now());
        print(await gather([]));
        print(await gather());
        let t = spawn(after(0.1, 1));
        print(await gather([t, t, sleep(0.1), async { 2 }]));
        print(await gather([gather([after(0.1, 1), after(0.1, 2)]), gather([])]));
        "#,
    )
    .prints("[\"a\", \"b\", \"c\"]\n0.3\n[]\n[]\n[1, 1, (), 2]\n[[1, 2], []]");
}

#[test]
fn gather_throws_at_once_and_the_others_go_on() {
    Script::new(
        r#"
        async fn fail(s, v) { await sleep(s); throw v }
        async fn fine(s) { await sleep(s); print(`fine at ${now()}`) }
        try { await gather(fine(0.3), fail(0.1, "first"), fail(0.2, "second")) } catch (e) { print(`${e} at ${now()}`) }
        await sleep(1);
        "#,
    )
    .prints("first at 0.1\nfine at 0.3")
    .exits(0)
    .says_nothing();
}

#[test]
fn cancelling_a_gather_cancels_all() {
    Script::new(
        r#"
        async fn work(n) { defer(async || { await sleep(n * 0.1); print(`${n} ends at ${now()}`) }); await sleep(10) }
        let g = spawn(gather(work(1), work(3), work(2)));
        await sleep(1);
        g.cancel();
        try { await g } catch (e) { print(`${e.error} at ${now()}`) }
        print(tasks().len());
        "#,
    )
    .prints("1 ends at 1.1\n2 ends at 1.2\n3 ends at 1.3\ncancelled at 1.3\n1");
}

#[test]
fn a_cancelled_member_is_an_error_of_its_gather() {
    Script::new(
        r#"
        let t = spawn(sleep(10), "nap");
        spawn(async { await sleep(0.1); t.cancel() });
        try { await gather(t, sleep(1)) } catch (e) { print(`${e.error} at ${now()}`) }
        print((await gather_settled([t]))[0].error.error);
        await sleep(2);
        "#,
    )
    .prints("cancelled at 0.1\ncancelled")
    .says_nothing();
}

#[test]
fn gather_settled_never_throws() {
    Script::new(
        r#"
        print(await gather_settled([async { 1 }, async { throw "no" }, async { throw #{error: "x"} }]));
        print(await gather_settled([]));
        let r = await gather_settled([async { 1 / 0 }]);
        print(r[0].error.error);
        print(await gather_settled(async { 1 }, async { 2 }));
        "#,
    )
    .prints(
        r#"
        [#{"ok": true, "value": 1}, #{"error": "no", "ok": false}, #{"error": #{"error": "x"}, "ok": false}]
        []
        ErrorArithmetic
        [#{"ok": true, "value": 1}, #{"ok": true, "value": 2}]
        "#,
    )
    .says_nothing();
}

#[test]
fn race_gives_the_first_value_or_error() {
    Script::new(
        r#"
        async fn after(s, v) { defer(async || { await sleep(0.5); print(`${v} ends at ${now()}`) }); await sleep(s); v }
        async fn fail(s) { await sleep(s); throw "oh" }
        print(await race([after(9, "slow"), async { await sleep(0.1); "fast" }]));
        print(now());
        try { await race([fail(0.1), sleep(5)]) } catch (e) { print(e) }
        try { await race([]) } catch (e) { print(e.error) }
        try { await any([]) } catch (e) { print(e.error) }
        print(await race([async { 1 }, async { 2 }]));
        print(tasks().len());
        "#,
    )
    .prints("slow ends at 0.6\nfast\n0.6\noh\nvalue\nvalue\n1\n1")
    .says_nothing();
}

#[test]
fn any_gives_the_first_success() {
    Script::new(
        r#"
        async fn mirror(s, ok) { defer(|| print(`${s} ends`)); await sleep(s); if !ok { throw s } s }
        print(await any([mirror(0.1, false), mirror(0.3, true), mirror(0.2, true)]));
        try { await any([mirror(0.2, false), mirror(0.1, false)]) } catch (e) { print(`${e.error} ${e.errors}`) }
        "#,
    )
    .prints("0.1 ends\n0.2 ends\n0.3 ends\n0.2\n0.1 ends\n0.2 ends\ngroup [0.2, 0.1]")
    .says_nothing();
}

#[test]
fn as_completed_gives_results_as_they_arrive() {
    Script::new(
        r#"
        async fn after(s, ok) { await sleep(s); if !ok { throw s } s }
        for next in as_completed([after(0.3, true), after(0.1, true), after(0.2, false)]) {
            try { print(await next) } catch (e) { print(`failed ${e}`) }
        }
        print(as_completed([]));
        "#,
    )
    .prints("0.1\nfailed 0.2\n0.3\n[]")
    .says_nothing();
}

#[test]
fn wait_cancels_none() {
    Script::new(
        r#"
        async fn after(s, ok) { await sleep(s); if !ok { throw s } s }
        let a = spawn(after(0.1, true)); let b = spawn(after(0.2, false)); let c = spawn(after(0.3, true));
        let r = await wait([a, b, c], "first");
        print(`${r.done.len()} ${r.pending.len()} ${now()}`);
        let r = await wait([a, b, c], "first_error");
        print(`${r.done.len()} ${r.pending == [c]} ${now()}`);
        let r = await wait([a, b, c], "all");
        print(`${r.done == [a, b, c]} ${r.pending} ${now()}`);
        try { await b } catch (e) { print(e) }
        try { await wait([a], "never") } catch (e) { print(e.error) }
        let w = spawn(wait([spawn(sleep(9), "nap")], "all"));
        await sleep(0.1);
        w.cancel();
        await sleep(0.1);
        print(tasks().map(|t| t.name));
        for t in tasks() { if t.name == "nap" { t.cancel() } }
        await sleep(0);
        "#,
    )
    .prints("1 2 0.1\n2 true 0.2\ntrue [] 0.3\n0.2\nvalue\n[\"main\", \"nap\"]")
    .says_nothing();
}

#[test]
fn a_cancelled_task_is_no_first_error_of_a_wait() {
    Script::new(
        r#"
        let a = spawn(sleep(9), "a");
        let b = spawn(async { await sleep(0.2); throw "oh" });
        let c = spawn(sleep(0.5));
        spawn(async { await sleep(0.1); a.cancel() });
        let r = await wait([a, b, c], "first_error");
        print(`${r.done == [a, b]} ${r.pending == [c]} ${now()}`);
        let r = await wait([a, b, c], "first");
        print(`${r.done == [a, b]} ${now()}`);
        try { await b } catch (e) { print(e) }
        let r = await wait([a, c], "first_error");
        print(`${r.done == [a, c]} ${now()}`);
        try { await wait([], "all") } catch (e) { print(e.error) }
        "#,
    )
    .prints("true true 0.2\ntrue 0.2\noh\ntrue 0.5\nvalue")
    .says_nothing();
}

#[test]
fn timeout_throws_when_time_has_gone() {
    Script::new(
        r#"
        print(await timeout(1, async { await sleep(0.5); "in time" }));
        try { await timeout(1, sleep(5)) } catch (e) { print(`${e.error} at ${now()}`) }
        try { await timeout(1, async { throw "oh" }) } catch (e) { print(e) }
        try { await timeout(0, sleep(1)) } catch (e) { print(`${e.error} at ${now()}`) }
        let t = spawn(async { defer(async || { await sleep(2); print(`closed at ${now()}`) }); await sleep(9) });
        try { await timeout(0.5, t) } catch (e) { print(`${e.error} at ${now()}, ${t.state}`) }
        "#,
    )
    .prints("in time\ntimeout at 1.5\noh\ntimeout at 1.5\nclosed at 4.0\ntimeout at 4.0, cancelled")
    .says_nothing();
}

#[test]
fn timeouts_nest() {
    Script::new(
        r#"
        async fn inner() { try { await timeout(2, sleep(9)) } catch (e) { print(`inner ${e.error} ${now()}`) } await sleep(9) }
        try { await timeout(3, inner()) } catch (e) { print(`outer ${e.error} ${now()}`) }
        try { await timeout(1, timeout(2, sleep(9))) } catch (e) { print(`${e.message} ${now()}`) }
        try { await timeout(2, timeout(1, sleep(9))) } catch (e) { print(`${e.message} ${now()}`) }
        "#,
    )
    .prints("inner timeout 2.0\nouter timeout 3.0\ntimed out after 1 s 4.0\ntimed out after 1 s 5.0")
    .says_nothing();
}

#[test]
fn a_task_group_ends_when_all_have_ended() {
    Script::new(
        r#"
        let v = await task_group(async |g| {
            g.spawn(async { await sleep(0.2); print("a") });
            g.spawn(async { g.spawn(async { await sleep(0.5); print("grandchild") }); print("b") });
            "value"
        });
        print(`${v} at ${now()}`);
        print(await task_group(async |g| 5));
        "#,
    )
    .prints("b\na\ngrandchild\nvalue at 0.5\n5")
    .says_nothing();
}

#[test]
fn one_failure_cancels_the_siblings_in_order() {
    Script::new(
        r#"
        async fn nap(n) { defer(|| print(`${n} ends`)); await sleep(9) }
        try {
            await task_group(async |g| {
                for n in 0..3 { g.spawn(nap(n)) }
                g.spawn(async { await sleep(0.1); throw "oh" });
                defer(|| print("body ends"));
                await sleep(5);
            });
        } catch (e) { print(`${e.error} ${e.errors} at ${now()}`) }
        "#,
    )
    .prints("body ends\n0 ends\n1 ends\n2 ends\ngroup [\"oh\"] at 0.1")
    .says_nothing();
}

#[test]
fn what_the_body_of_a_group_throws_joins_the_errors() {
    Script::new(
        r#"
        async fn bad(n) { defer(|| { throw n }); await sleep(9) }
        try { await task_group(async |g| { g.spawn(bad(1)); g.spawn(bad(2)); await sleep(0); throw "body" }) }
        catch (e) { print(`${e.error} ${e.errors}`) }
        try { await task_group(async |g| { try { throw "x" } catch { } g.spawn(async { throw 1 }); g.spawn(async { throw 2 }); }) }
        catch (e) { print(e.errors) }
        "#,
    )
    .prints("group [\"body\", 1, 2]\n[1, 2]")
    .says_nothing();
}

#[test]
fn cancelling_a_group_cancels_its_tasks_and_is_no_error_of_it() {
    Script::new(
        r#"
        let t = spawn(task_group(async |g| {
            g.spawn(async { defer(async || { await sleep(1); print("child ends") }); await sleep(9) });
            await sleep(9);
        }));
        await sleep(0.1);
        t.cancel();
        try { await t } catch (e) { print(`${e.error} at ${now()}`) }
        let kept;
        await task_group(async |g| { kept = g });
        try { kept.spawn(sleep(1)) } catch (e) { print(e.error) }
        print(tasks().len());
        "#,
    )
    .prints("child ends\ncancelled at 1.1\nclosed\n1");
}

#[test]
fn a_cancelled_group_does_not_lose_the_errors_of_its_tasks() {
    Script::new(
        r#"
        async fn bad(n) { defer(async || { await sleep(n * 0.1); throw n }); await sleep(9) }
        let t = spawn(task_group(async |g| { g.spawn(bad(2)); g.spawn(bad(1)); g.spawn(sleep(9)); await sleep(9) }));
        await sleep(0.1);
        t.cancel();
        try { await t } catch (e) { print(`${e.error} ${e.errors} at ${now()}, ${t.state}`) }
        // one has failed already, and the group has not been told
        let u = ();
        u = spawn(task_group(async |g| { g.spawn(async { throw "oh" }); g.spawn(async { u.cancel() }); await sleep(9) }));
        try { await u } catch (e) { print(`${e.error} ${e.errors}, ${u.state}`) }
        // all have ended, and the group has not been told
        let v = ();
        let e = event();
        v = spawn(task_group(async |g| { g.spawn(async { await e.wait(); throw "uh" }) }));
        await sleep(0.1);
        spawn(async { await e.wait(); v.cancel() });
        await sleep(0.1);
        e.set();
        try { await v } catch (e) { print(`${e.error} ${e.errors}, ${v.state}`) }
        "#,
    )
    .prints("group [1, 2] at 0.3, failed\ngroup [\"oh\"], failed\ngroup [\"uh\"], failed")
    .exits(0)
    .says_nothing();
}

#[test]
fn a_group_whose_body_is_cancelled_is_cancelled() {
    Script::new(
        r#"
        async fn nap() { defer(|| print("nap ends")); await sleep(9) }
        let t = spawn(task_group(async |g| { g.spawn(nap()); await sleep(0.1); current_task().cancel(); await sleep(9) }));
        try { await t } catch (e) { print(`${e.error} at ${now()}, ${t.state}`) }
        "#,
    )
    .prints("nap ends\ncancelled at 0.1, cancelled")
    .says_nothing();
}

#[test]
fn a_cancelled_member_of_a_group_is_no_failure() {
    Script::new(
        r#"
        let v = await task_group(async |g| {
            let t = g.spawn(sleep(9));
            await sleep(0.1);
            t.cancel();
            "fine"
        });
        print(`${v} ${now()}`);
        "#,
    )
    .prints("fine 0.1")
    .says_nothing();
}

#[test]
fn as_completed_may_be_left_early() {
    let ran = Script::new("for f in as_completed([sleep(1), sleep(2), sleep(3)]) { await f; break }").run();
    assert!(!ran.stderr.contains("never awaited"), "{}", ran.stderr);
    let ran = Script::new("let fs = as_completed([sleep(1), sleep(2)]); fs = (); await sleep(0);").run();
    let ran = ran.says("warning: this future was never awaited");
    let ran = ran.says("go through it: `for f in as_completed([sleep(1), sleep(2)]) { await f }`");
    assert_eq!(ran.stderr.matches("never awaited").count(), 1, "{}", ran.stderr);
    Script::new("let t = spawn(as_completed([sleep(1)])[0]); print(t); await t;")
        .prints("<task 1 \"as_completed\" ready>");
}
