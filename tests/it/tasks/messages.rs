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

#[test]
fn what_can_not_be_a_member_is_named_with_what_needed_it() {
    let needs = "needs a coroutine, a future, a task or a closure without parameters, and this is";
    let cases = [
        ("await timeout(1, 5)", format!("timeout {needs} an integer")),
        ("await shield(\"x\")", format!("shield {needs} a string")),
        ("await any(5)", format!("any {needs} an integer")),
        ("await gather(sleep(0), #{})", format!("gather, member 1 {needs} a map")),
        ("as_completed([5])", format!("as_completed {needs} an integer")),
        ("as_completed([sleep(1), 5])", format!("as_completed, member 1 {needs} an integer")),
        (
            "as_completed(5)",
            "as_completed needs an array of coroutines, futures or tasks, and this is an integer".into(),
        ),
        ("await to_thread(|x| x, 5)", "to_thread needs an array of arguments, and this is an integer".into()),
    ];
    for (text, said) in cases {
        Script::new(text).fails(&format!("error: value: {said}"));
    }
}

#[test]
fn a_task_with_an_empty_name_is_called_after_what_it_runs() {
    let text = "await task_group(async |g| print(g.spawn(async || 5, \"\").name)); print(spawn(sleep(0), \"\").name); await sleep(0)";
    Script::new(text).prints("closure\nsleep").exits(0);
}
