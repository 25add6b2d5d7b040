//! What can be a member of `gather` and its kin, and be spawned.

use crate::support::Script;

#[test]
fn members_must_be_awaitable() {
    Script::new(
        r#"
        for bad in [1, "x", [], #{}, ()] { try { await gather([sleep(0), bad]) } catch (e) { print(e.error) } }
        try { await race(5) } catch (e) { print(e.error) }
        try { spawn(5) } catch (e) { print(e.error) }
        let c = async { 1 };
        await c;
        try { spawn(c) } catch (e) { print(e.error) }
        try { await gather(c) } catch (e) { print(e.error) }
        "#,
    )
    .prints(&"value\n".repeat(9))
    .exits(0);
}

#[test]
fn a_closure_can_be_spawned() {
    Script::new(
        r#"
        let t = spawn(|| 5);
        let u = spawn(async || { await sleep(1); 6 }, "later");
        fn named() { 7 }
        let v = spawn(Fn("named"));
        print(await gather(t, u, v));
        print(u.name + " " + v.name);
        "#,
    )
    .prints("[5, 6, 7]\nlater named")
    .says_nothing();
}

#[test]
fn a_closure_without_parameters_is_a_member_like_another() {
    Script::new(
        r#"
        let x = 7;
        print(await timeout(1, async || { await sleep(0.5); 5 }));
        print(await gather(|| 1, async || x, async { 3 }));
        print(await race([sleep(1), || 5])); print(await any([|| 6])); print(await shield(|| x));
        print((await wait([|| 1, sleep(0)], "all")).done.len());
        for f in as_completed([|| 8]) { print(await f) }
        print(await task_group(async |g| await g.spawn(async || 9)));
        fn plain(a) { a } print(await gather(Fn("plain").curry(4)));
        "#,
    )
    .prints("5\n[1, 7, 3]\n5\n6\n7\n2\n8\n9\n[4]")
    .exits(0);
}

#[test]
fn a_function_with_parameters_that_nobody_gives_is_refused() {
    let cases = [
        ("spawn(|a| a)", "a task needs a function with no parameters, `async || ...`, and this one has 1 parameter"),
        ("let k = 1; spawn(|a, b| a + k)", "this one has 2 parameters"),
        ("await gather(|x| x)", "gather: a task needs a function with no parameters"),
        ("await timeout(1, async |x| x)", "timeout: a task needs"),
        ("await task_group(async || 5)", "task_group needs a function with 1 parameter, `async |g| ...`"),
        ("queue().for_each(async || 1)", "for_each needs a function with 1 parameter, `async |x| ...`"),
        ("lock().with(|x| x)", "lock.with needs a function with no parameters"),
        ("async fn f() { defer(|e| 1) } await f()", "defer needs a function with no parameters"),
        ("fn t(a) {} spawn(Fn(\"t\"))", "this one has 1 parameter"),
    ];
    for (text, said) in cases {
        Script::new(text).fails("error: value: ").says(said);
    }
}
