//! A loop that is blocked: who did it, where, and who had to wait.

use crate::support::Script;

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
fn a_blocked_loop_points_at_a_function_of_rhai_that_takes_long() {
    let script = "spawn(async {});\nlet list = [];\nfor i in 0..30000 { list.push(i); }\nlet short = 1 + 1;\nfor i in 0..100 { list.index_of(-1); }\nlet n = list.len();\n";
    let ran = Script::raw(script).real().run().exits(0).says("main blocked the loop for");
    assert!(ran.stderr.contains("<stdin>:5:"), "{ran:#}");
}
