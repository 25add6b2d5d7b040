//! What is told of a group that failed.

use crate::support::Script;

#[test]
fn the_members_of_a_group_that_failed_are_told_with_task_and_place() {
    let text = "
        async fn a() { await sleep(1); throw \"one\" }
        async fn b() { defer(|| { throw \"two\" }); await sleep(9) }
        await task_group(async |g| { g.spawn(a()); g.spawn(b(), \"bee\"); });
    ";
    Script::new(text)
        .fails("error: group: tasks of the group failed (2)\n  --> <stdin>:3:1")
        .says("   = error 1: one, task 2 \"a\", <stdin>:1:32\n   = error 2: two, task 3 \"bee\", <stdin>:2:27");
    let text = "await any([async { throw 1 }, async { 1 / 0 }])";
    Script::new(text)
        .fails("= error 1: 1, task 1 \"async block\", <stdin>:1:20")
        .says("= error 2: Division by zero: 1 / 0, task 2 \"async block\", <stdin>:1:");
}

#[test]
fn groups_in_groups_are_told_with_their_members() {
    let text = "
        async fn a() { throw \"one\" }
        async fn inner() { await task_group(async |h| { h.spawn(a(), \"deep\"); }) }
        let t = spawn(task_group(async |g| { g.spawn(inner()); }), \"outer\");
        await t;
    ";
    Script::new(text)
        .fails("= error 1: a task of the group failed (1), task 3 \"inner\", <stdin>:2:20")
        .says("=   error 1: one, task 5 \"deep\", <stdin>:1:16")
        .says("= task 1 \"outer\", spawned at");
    // thrown again, it still has them
    let again = "try { await task_group(async |g| { throw \"x\" }) } catch (e) { throw e }";
    Script::new(again).fails("= error 1: x, task 1 \"task_group\", <stdin>:1:36\n");
}

#[test]
fn groups_can_be_nested_deeper_than_the_stack_is() {
    let text = "
        async fn nest(n) { if n == 0 { throw \"deep\" } await task_group(async |g| { g.spawn(nest(n - 1)); }) }
        try { await nest(3000) } catch (e) { print(e.error) }
    ";
    Script::new(text).prints("group").exits(0);
}
