//! What loopscope says by itself when tasks end badly, or not at all.

use crate::support::Script;

#[test]
fn a_failed_task_that_nobody_awaited() {
    Script::new(
        r#"
        spawn(async { throw "oh" }, "bad");
        await sleep(0.1);
        print("end");
        "#,
    )
    .prints("end")
    .exits(1)
    .says("task 1 \"bad\" failed, and nobody awaited it")
    .says("oh");
}

#[test]
fn one_that_is_awaited_later_was_seen() {
    Script::new(
        r#"
        let t = spawn(async { throw "oh" });
        await sleep(0.1);
        try { await t } catch (e) { print(e) }
        let u = spawn(async { throw "uh" });
        await sleep(0.1);
        try { u.result() } catch (e) { print(e) }
        "#,
    )
    .prints("oh\nuh")
    .exits(0)
    .says_nothing();
}

#[test]
fn a_cancelled_task_is_no_failure() {
    Script::new("let t = spawn(sleep(5)); await sleep(0); t.cancel(); await sleep(1);").passes();
}

#[test]
fn tasks_left_at_the_end_are_named_and_their_defers_run() {
    Script::new(
        r#"
        spawn(async { defer(async || { await sleep(1); print("cleaned") }); await sleep(100) }, "ticker");
        spawn(sleep(50), "nap");
        await sleep(0.1);
        print("end");
        "#,
    )
    .prints("end\ncleaned")
    .exits(0)
    .says("2 tasks were still running")
    .says("\"ticker\"")
    .says("\"nap\"")
    .says("sleep(50)");
}

#[test]
fn a_deadlock_names_who_waits_for_what() {
    Script::new(
        r#"
        let a = lock("A"); let b = lock("B");
        async fn one(a, b) { await a.acquire(); await sleep(0.1); await b.acquire() }
        async fn two(a, b) { await b.acquire(); await sleep(0.1); await a.acquire() }
        defer(|| print("main ends"));
        await gather(one(a, b), two(a, b));
        "#,
    )
    .prints("main ends")
    .exits(3)
    .says("deadlock")
    .says("lock \"A\", held by task 1 \"one\"")
    .says("lock \"B\", held by task 2 \"two\"");
}

#[test]
fn waiting_for_oneself_is_a_deadlock() {
    Script::new("let me = current_task(); await me;").run().exits(3).says("deadlock");
    Script::new("let l = lock(\"L\"); await l.acquire(); await l.acquire();")
        .run()
        .exits(3)
        .says("which it holds itself");
    Script::new("let q = queue(\"jobs\"); await q.get();").run().exits(3).says("queue \"jobs\"");
    Script::new("let e = event(\"go\"); await e.wait();").run().exits(3).says("event \"go\"");
}

#[test]
fn a_coroutine_or_future_that_is_never_awaited() {
    Script::new("async fn worker(n) { n }\nworker(1);\nawait sleep(0.1);")
        .run()
        .exits(0)
        .says("this coroutine was never awaited")
        .says("worker(1)")
        .says(":2:1");
    Script::new("sleep(1);\n").run().exits(0).says("this future was never awaited").says("write `await sleep(1)`");
    Script::new("let x = async { 1 };").run().exits(0).says("never awaited");
    Script::new("let g = gather(sleep(1), sleep(2));").run().exits(0).says("gather");
}

#[test]
fn an_uncaught_error_of_main() {
    Script::new("print(1);\nawait sleep(1);\nthrow \"oh\";").prints("1").exits(1).says("oh");
    Script::new("throw #{error: \"mine\", message: \"text\"};").fails("mine: text");
}

#[test]
fn a_blocked_loop() {
    Script::new(
        r#"
        spawn(sleep(0.1));
        await sleep(0);
        blocking_sleep(0.3);
        await sleep(1);
        "#,
    )
    .run()
    .exits(0)
    .says("main blocked the loop for 300 ms");
}

#[test]
fn the_error_of_a_task_names_the_way() {
    Script::new("async fn inner() { await sleep(0); throw \"oh\" }\nasync fn outer() { await inner() }\nlet t = spawn(outer(), \"worker\");\nawait t;")
        .fails("oh")
        .says(":1:36")
        .says("awaited in outer, <stdin>:2:20")
        .says("task 1 \"worker\", spawned at <stdin>:3:");
}
