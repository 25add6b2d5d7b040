//! What loopscope says by itself when tasks end badly, or not at all.

use loopscope::session::End;

use crate::support::{Inside, Script, with_stack};

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
fn a_circle_is_told_also_while_others_go_on() {
    let ran = Script::new(
        r#"
        let a = lock("A"); let b = lock("B");
        async fn one(a, b) { await a.acquire(); await sleep(0.1); await b.acquire() }
        async fn two(a, b) { await b.acquire(); await sleep(0.1); await a.acquire() }
        spawn(async { for i in 0..50 { await sleep(0.1) } exit(7) }, "ticker");
        await gather(one(a, b), two(a, b));
        "#,
    )
    .run()
    .exits(7)
    .says("warning: these can't go on: each waits for the next, and the last for the first")
    .says("lock \"A\", held by task 2 \"one\"")
    .says("take the locks in the same order everywhere");
    assert_eq!(ran.stderr.matches("can't go on").count(), 1, "told once");
    // who only waits for long is not in a circle
    Script::new("let a = lock(); spawn(a.with(async || await sleep(9))); await sleep(1); await a.acquire();").passes();
}

#[test]
fn a_time_limit_in_a_blocking_call_says_where() {
    Script::new("print(1);\nblocking_sleep(30)")
        .real()
        .flag("--timeout=0.3")
        .run()
        .exits(124)
        .says("the --timeout of 0.3 s has come")
        .says("blocked the loop")
        .says("<stdin>:2");
}

#[test]
fn an_operator_says_what_it_was_given() {
    Script::new("let a = 10 - \"x\";").fails("`-` can't be used on an integer and a string");
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
    Script::new("let me = current_task(); await spawn(async { await me });").run().exits(3).says("deadlock");
    Script::new("let l = lock(\"L\"); await l.acquire(); await l.acquire();")
        .run()
        .exits(3)
        .says("which it holds itself");
    Script::new("let q = queue(\"jobs\"); await q.get();").run().exits(3).says("queue \"jobs\"");
    Script::new("let e = event(\"go\"); await e.wait();").run().exits(3).says("event \"go\"");
}

#[test]
fn a_deadlock_is_given_the_advice_of_its_kind() {
    let advises = |script: &str, advice: &str| {
        Script::new(script).run().exits(3).says(&format!("= help: {advice}"));
    };
    advises("let q = queue(); await q.get();", "nobody is left to `put` an item: `close()` the queue");
    advises("let q = queue(1); await q.put(1); await q.put(2);", "nobody is left to take an item out");
    advises("let e = event(); await gather([e.wait()]);", "nobody is left to `set()` the event");
    advises("let l = lock(); await l.acquire(); await l.acquire();", "a lock can't be taken twice by the same task");
    advises("let me = current_task(); await spawn(async { await me });", "tasks that await each other never end");
    advises(
        "let l = lock(); await l.acquire(); await spawn(async { await l.acquire() });",
        "a task holds a lock and awaits one that needs it",
    );
    advises(
        "let a = lock(); let b = lock();
         async fn f(a, b) { await a.acquire(); await sleep(0.1); await b.acquire() }
         await gather(f(a, b), f(b, a));",
        "take the locks in the same order everywhere",
    );
}

#[test]
fn the_circle_of_a_deadlock_comes_first() {
    let script = "
        let a = lock(\"A\"); let b = lock(\"B\"); let e = event(\"go\");
        let waits = |n| spawn(e.wait(), `idle ${n}`);
        for n in 0..30 { waits.call(n); }
        async fn f(a, b) { await a.acquire(); await sleep(0.1); await b.acquire() }
        spawn(f(a, b), \"alice\"); spawn(f(b, a), \"bob\");
        await e.wait();";
    let ran = Script::new(script).run().exits(3).says("... and 13 more");
    let first = ran.stderr.lines().nth(1).unwrap_or_default();
    assert!(first.contains("\"alice\""), "{ran:#}");
}

#[test]
fn a_lock_of_a_task_that_has_ended_names_the_task() {
    let script = "
        let l = lock(\"L\");
        await spawn(async { await l.acquire() }, \"taker\");
        await l.acquire();";
    Script::new(script)
        .run()
        .exits(3)
        .says("held by task 1 \"taker\" since <stdin>:2, which has ended without release")
        .says("best by `lock.with(async || ...)`");
}

#[test]
fn what_a_deadlock_has_named_is_not_named_again() {
    let ran = Script::new("let q = queue(); spawn(async { await q.get() }, \"reader\"); await q.get();").run().exits(3);
    assert_eq!(ran.stderr.matches("\"reader\"").count(), 1, "{ran:#}");
}

#[test]
fn the_same_warning_is_given_once_and_counted() {
    let ran =
        Script::new("async fn f(n) { n }\nfor n in 0..2000 { f(n); }").run().exits(0).says("2,000 of them, made here");
    assert_eq!(ran.stderr.matches("never awaited").count(), 1, "{ran:#}");
    let ran = Script::new("async fn f(n) { n }\nfor n in 0..50 { f(n); await sleep(1); }")
        .run()
        .exits(0)
        .says("49 more coroutines at <stdin>:2:18 were never awaited");
    assert_eq!(ran.stderr.matches("never awaited").count(), 2, "{ran:#}");
    let ran = Script::new("for n in 0..50 { blocking_sleep(0.2); await sleep(1); }")
        .run()
        .exits(0)
        .says("the loop was blocked 49 more times at <stdin>:1:18");
    assert_eq!(ran.stderr.matches("blocked").count(), 2, "{ran:#}");
}

#[test]
fn tasks_that_fail_alike_are_reported_once_and_counted() {
    let ran = Script::new("for n in 0..2000 { spawn(async { throw \"oh\" }); await sleep(0) }\nawait sleep(1);")
        .run()
        .exits(1)
        .says("task 1 \"async block\" failed, and nobody awaited it: oh")
        .says("1,999 more tasks failed as task 1 \"async block\" did");
    assert_eq!(ran.stderr.matches("failed").count(), 2, "{ran:#}");
    // at the end, all at once
    let ran =
        Script::new("let all = [];\nfor n in 0..2000 { all.push(spawn(async { throw \"oh\" })); }\nawait sleep(1);")
            .run()
            .exits(1)
            .says("1,999 more tasks failed with the same error at the same place");
    assert_eq!(ran.stderr.matches("failed").count(), 2, "{ran:#}");
    // another error at the same place is another
    let ran = Script::new("for n in 0..3 { let i = n; spawn(async { throw i }); }\nawait sleep(1);").run().exits(1);
    assert_eq!(ran.stderr.matches("nobody awaited it").count(), 3, "{ran:#}");
}

#[test]
fn an_unseen_failure_is_told_as_soon_as_it_is_certain() {
    let (said, later) = with_stack(|| {
        let mut inside = Inside::new();
        let told = |inside: &Inside| inside.collector.said().iter().filter(|r| r.contains("nobody")).count();
        let (end, _) = inside.run("spawn(async { throw \"oh\" }); await sleep(1); throw \"main\"");
        assert!(matches!(end, End::Failed(_)));
        let reports = inside.collector.said();
        // before the error of main, which comes a second later
        let said = reports.first().cloned().unwrap_or_default();
        let mut inside = Inside::new();
        let _ = inside.run("let kept = spawn(async { throw \"oh\" }); await sleep(1); try { await kept } catch {}");
        (said, told(&inside))
    });
    assert!(said.contains("nobody awaited it: oh"), "{said}");
    assert_eq!(later, 0);
}

#[test]
fn exit_sets_the_code_and_ends_as_a_script_ends() {
    Script::new(
        r#"
        spawn(async { defer(|| print("sibling")); await sleep(50) }, "sibling");
        defer(|| print("main"));
        fn leave() { exit(7) }
        await sleep(0);
        try { leave(); } catch { print("caught") }
        print("not reached");
        "#,
    )
    .prints("main\nsibling")
    .exits(7)
    .says("1 task was still running");
    Script::new("exit();").passes();
    Script::new("exit(255);").run().exits(255).says_nothing();
    Script::new("exit(256);").fails("exit(256) is no exit code").says("an integer from 0 to 255");
    Script::new("exit(\"oh\");").fails("exit(\"oh\") is no exit code");
    // a failure that nobody saw counts, as at any end
    Script::new("spawn(async { throw \"oh\" }); await sleep(0); exit();").fails("nobody awaited it");
}

#[test]
fn exit_in_a_task_ends_the_script() {
    Script::new("defer(|| print(\"main\")); await gather([async { await sleep(1); exit(4) }, sleep(9)]); print(1);")
        .prints("main")
        .exits(4);
    Script::new("spawn(async { exit(5) }); loop { await sleep(0) }").run().exits(5).says_nothing();
}

#[test]
fn a_name_that_is_not_there() {
    Script::new("await slep(1);").fails("Function not found: slep").says("did you mean `sleep`?");
    Script::new("await fetch(\"http://127.0.0.1:1/\").json();").fails("json (future)").says("`(await x).json(...)`");
    Script::new("async fn f(a) { a }\nawait f();").fails("Function not found: f ()").says("but `f(a)`");
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
fn members_are_not_named_beside_the_gather_that_was_never_awaited() {
    let ran = Script::raw("async fn f() { }\nlet g = gather(f(), sleep(1), race([f(), f()]));").run().exits(0);
    assert_eq!(ran.stderr.matches("never awaited").count(), 1, "{ran:#}");
    assert!(ran.stderr.contains("write `await gather(f(), sleep(1), race([f(), f()]))`"), "{ran:#}");
}

#[test]
fn a_method_that_was_never_awaited_is_quoted() {
    Script::raw("let jobs = queue();\njobs.put(1);").run().exits(0).says("write `await jobs.put(1)`");
}

#[test]
fn a_failure_that_a_shield_was_left_with_is_told() {
    let shielded = "let inner = spawn(async { await sleep(1); throw \"lost\" });
        let t = spawn(async { await shield(inner) });
        await sleep(0.5);
        t.cancel();";
    let ran = Script::new(&format!("{shielded}\nawait sleep(2);")).run().exits(1);
    assert!(ran.stderr.contains("nobody has awaited it so far: lost"), "{ran:#}");
    Script::new(&format!("{shielded}\ntry {{ await inner }} catch (e) {{ print(e) }}"))
        .prints("lost")
        .exits(0)
        .says_nothing();
}

#[test]
fn a_failure_after_a_wait_for_the_first_is_told() {
    let text =
        "await wait([spawn(sleep(1)), spawn(async { await sleep(2); throw \"late\" })], \"first\");\nawait sleep(5);";
    Script::new(text).run().exits(1).says("nobody awaited it: late");
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
fn a_blocked_loop_has_no_victims_that_were_spawned_after() {
    let ran = Script::raw("blocking_sleep(0.2);\nlet t = spawn(async { 1 });\nawait t;").real().run().exits(0);
    assert!(ran.stderr.contains("nobody else was ready"), "{ran:#}");
}

#[test]
fn the_error_of_a_task_names_the_way() {
    Script::new("async fn inner() { await sleep(0); throw \"oh\" }\nasync fn outer() { await inner() }\nlet t = spawn(outer(), \"worker\");\nawait t;")
        .fails("oh")
        .says(":1:36")
        .says("awaited in outer, <stdin>:2:20")
        .says("task 1 \"worker\", spawned at <stdin>:3:");
}

#[test]
fn a_blocked_loop_points_at_what_took_longest() {
    let busy = |seconds: f64| format!("let end = now() + {seconds};\nwhile now() < end {{ }}\nblocking_sleep(0.1);\n");
    // a function that blocks is not to blame where a loop took longer
    Script::raw(&busy(0.4)).real().run().says("<stdin>:2:1");
    Script::raw(&busy(0.01)).real().run().says("<stdin>:3:1");
    // many short ones at one place
    Script::raw("blocking_sleep(0.15);\nlet f = || { for i in 0..10 { blocking_sleep(0.02) } };\nf.call();")
        .run()
        .says("main blocked the loop for 350 ms")
        .says("<stdin>:3:1");
}

#[test]
fn a_blocked_loop_has_a_line_in_tasks_without_async_code() {
    Script::raw(
        "let l = lock();\nspawn(|| blocking_sleep(0.2));\nspawn(l.with(|| blocking_sleep(0.3)));\nawait sleep(1);",
    )
    .run()
    .says("blocked the loop for 200 ms")
    .says("<stdin>:2:1")
    .says("blocked the loop for 300 ms")
    .says("<stdin>:3:1");
}

#[test]
fn the_log_knows_a_place_for_each_wait_and_each_task() {
    let text = "let l = lock();
async fn nap() { await sleep(0.1) }
let t = spawn(l.with(async || await sleep(1)));
let u = spawn(gather(l.with(|| nap()), sleep(2), race([nap(), shield(nap())])));
let v = spawn(task_group(async |g| { g.spawn(timeout(1, sleep(0.5))); g.spawn(|| nap()); }));
let q = queue();
for i in 0..3 { q.try_put(i) }
q.close();
let w = spawn(q.for_each(|x| gather_settled([nap()])));
await gather(t, u, v, w);";
    let ran = Script::raw(text).logged().run().exits(0);
    let without: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("suspended") || (line.contains("created") && !line.contains("main")))
        .filter(|line| !line.contains("<stdin>:"))
        .collect();
    assert!(without.is_empty(), "{without:#?}");
}

#[test]
fn who_is_alone_and_computes_blocks_nobody() {
    let busy = "let end = now() + 0.25;\nwhile now() < end { }\n";
    let alone = Script::raw(busy).real().run().exits(0);
    assert!(!alone.stderr.contains("blocked"), "{alone:#}");
    Script::raw(&format!("spawn(async {{}});\n{busy}"))
        .real()
        .run()
        .says("main blocked the loop for")
        .says("<stdin>:3:");
}

#[test]
fn a_blocked_loop_points_at_a_loop_that_makes_tasks() {
    let script = "spawn(async {}); async fn work(i) { i }\nlet list = [];\nlet end = now() + 0.25;\nwhile now() < end {\n    list.push(work(1));\n    list.pop();\n}\nawait sleep(0);\n";
    let ran = Script::raw(script).real().run().exits(0).says("main blocked the loop for");
    assert!(ran.stderr.contains("<stdin>:4:"), "{ran:#}");
}

#[test]
fn a_blocked_loop_points_at_loops_in_loops() {
    let script = "spawn(async {}); async fn one() {}\nlet end = now() + 0.25;\nwhile now() < end {\n    for i in 0..2 { one(); }\n}\n";
    let ran = Script::raw(script).real().run().exits(0).says("main blocked the loop for");
    assert!(ran.stderr.contains("<stdin>:3:"), "{ran:#}");
}

#[test]
fn a_cancelled_main_says_so() {
    Script::new("current_task().cancel(); await sleep(1);").fails("error: main was cancelled");
}

#[test]
fn a_function_that_names_a_variable_of_main_is_told_the_rule() {
    Script::new("let X = 5; fn f() { X } print(f());").fails("a function sees its own variables only");
}

#[test]
fn names_from_data_do_not_steer_the_terminal() {
    let ran = Script::new("let t = spawn(sleep(5), \"a\\x1b[31mb\\nc\"); await sleep(0); print(t.name);").run();
    let ran = ran.prints("a\\u{1b}[31mb\\nc");
    assert!(!ran.stderr.contains('\x1b'), "{}", ran.stderr);
}
