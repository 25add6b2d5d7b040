//! What errors say of what was given.

use crate::support::Script;

#[test]
fn what_was_spawned_is_not_said_to_have_been_awaited() {
    Script::new(
        r#"
        async fn worker(n) { n }
        let c = async { 1 }; let w = worker(1); let f = sleep(0.1); let g = worker(2);
        spawn(c); spawn(w, "w"); spawn(f);
        await task_group(async |group| { group.spawn(g); });
        for used in [c, w, f, g] { try { await used } catch (e) { print(e.message) } }
        print(w);
        try { await gather(c) } catch (e) { print(e.message) }
        try { spawn(f) } catch (e) { print(e.message) }
        await sleep(1);
        "#,
    )
    .prints(
        r#"
        <coroutine async block> was spawned as task 1: await that
        <coroutine worker(…)> was spawned as task 2: await that
        <future sleep(0.1)> was spawned as task 3: await that
        <coroutine worker(…)> was spawned as task 5: await that
        <coroutine worker, spawned as task 2>
        gather: <coroutine async block> was spawned as task 1: await that
        <future sleep(0.1)> was spawned as task 3: await that
        "#,
    )
    .exits(0);
    Script::new("let f = sleep(0); await f; await f;")
        .fails("value: <future sleep(0)> has been awaited already: each can be awaited once");
    Script::new("let c = async { 1 }; await c; await c;")
        .fails("value: <coroutine async block> has been awaited already");
}
