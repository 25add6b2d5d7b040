//! `defer`: what runs when a coroutine ends, however it ends.

use crate::support::Script;

#[test]
fn last_first_and_however_it_ends() {
    Script::new(
        r#"
        async fn job(how) {
            defer(|| print(how + " first"));
            defer(|| print(how + " second"));
            if how == "throw" { throw "oh" }
            if how == "return" { return 1 }
            await sleep(1)
        }
        await job("return");
        try { await job("throw") } catch (e) { print(e) }
        await job("wait");
        let t = spawn(job("cancel"));
        await sleep(0);
        t.cancel();
        await gather_settled([t]);
        "#,
    )
    .prints(
        "return second\nreturn first\nthrow second\nthrow first\noh\nwait second\nwait first\ncancel second\ncancel first",
    );
}

#[test]
fn async_ones_run_to_their_end() {
    Script::new(
        r#"
        async fn job() { defer(async || { await sleep(1); print(`closed at ${now()}`) }); await sleep(10) }
        let t = spawn(job());
        await sleep(0.5);
        t.cancel();
        try { await t } catch (e) { print(`${e.error} at ${now()}`) }
        "#,
    )
    .prints("closed at 1.5\ncancelled at 1.5");
}

#[test]
fn one_that_throws_replaces_the_error_and_the_others_run() {
    Script::new(
        r#"
        async fn job(fails) {
            defer(|| print("last"));
            defer(|| { throw "from defer" });
            if fails { throw "from body" }
            "value"
        }
        for fails in [true, false] { try { print(await job(fails)) } catch (e) { print(e) } }
        let t = spawn(async { defer(async || { await sleep(0); throw "later" }); await sleep(9) });
        await sleep(0);
        t.cancel();
        try { await t } catch (e) { print(e) }
        print(t.state);
        "#,
    )
    .prints("last\nfrom defer\nlast\nfrom defer\nlater\nfailed");
}

#[test]
fn a_second_cancel_interrupts_an_async_one() {
    Script::new(
        r#"
        async fn job() {
            defer(|| print("outer"));
            defer(async || { defer(|| print("inner")); await sleep(100); print("no") });
            await sleep(100)
        }
        let t = spawn(job());
        await sleep(1);
        t.cancel();
        await sleep(1);
        print(t.state);
        print(t.cancel());
        await gather_settled([t]);
        print(`${t.state} at ${now()}`);
        "#,
    )
    .prints("waiting\ntrue\ninner\nouter\ncancelled at 2.0");
}

#[test]
fn each_coroutine_has_its_own() {
    Script::new(
        r#"
        async fn inner() { defer(|| print("inner")); await sleep(0) }
        async fn outer() { defer(|| print("outer")); await inner(); print("between") }
        await outer();
        let c = async { defer(|| print("block")); };
        await c;
        defer(|| print("main"));
        print("end");
        "#,
    )
    .prints("inner\nbetween\nouter\nblock\nend\nmain");
}

#[test]
fn of_a_plain_function_it_is_its_callers() {
    Script::new(
        r#"
        fn open(name) { defer(|| print("close " + name)); name }
        async fn job() { print("use " + open("a")); print("use " + open("b")); }
        await job();
        "#,
    )
    .prints("use a\nuse b\nclose b\nclose a");
}

#[test]
fn it_may_spawn_and_lock() {
    Script::new(
        r#"
        let l = lock("db");
        async fn job(l, n) { await l.acquire(); defer(|| l.release()); print(n); await sleep(0.1) }
        let all = [spawn(job(l, 1)), spawn(job(l, 2)), spawn(job(l, 3))];
        await sleep(0.05);
        all[0].cancel();
        await gather_settled(all);
        print(now());
        "#,
    )
    .prints("1\n2\n3\n0.25");
}

#[test]
fn they_run_when_code_that_never_yields_is_stopped() {
    let tidies = "defer(async || { await sleep(0.01); print(\"later\") }); defer(|| print(\"tidied\")); loop {}";
    Script::new(tidies).flag("--timeout").flag("0.2").run().exits(124).prints("tidied\nlater");
    let never = "defer(|| print(\"tidied\")); defer(|| { loop {} }); loop {}";
    Script::new(never).flag("--timeout").flag("0.2").run().exits(124);
}

#[test]
fn what_one_throws_came_from_where_it_was_registered() {
    let job = "async fn job() {\n    defer(|| {\n        1 / 0\n    });\n    await sleep(0);\n    5\n}\nawait job();";
    Script::new(job).fails("<stdin>:3:11").says("called a closure, <stdin>:2:5").says("awaited in main, <stdin>:8:1");
    let job = "async fn job() {\n  defer(async || { await sleep(0); throw 1 });\n  await sleep(0);\n  throw 2\n}\nawait job();";
    Script::new(job).fails("<stdin>:2:36").says("awaited in job, <stdin>:2:3");
}
