//! A task that awaits its own end.

use crate::support::Script;

#[test]
fn a_task_that_awaits_itself_is_told_at_that_await() {
    Script::new("let t; t = spawn(async { try { await t } catch (e) { print(e) } print(\"goes on\") }); await t;")
        .prints(
            "#{\"error\": \"deadlock\", \"message\": \"task 1 \\\"async block\\\" cannot await itself: it would never end\"}\ngoes on",
        )
        .exits(0)
        .says_nothing();
    Script::new("await current_task();").fails("error: deadlock: main cannot await itself").says("<stdin>:1:1");
    Script::new("defer(async || { try { await current_task() } catch (e) { print(e.error) } });").prints("deadlock");
}

#[test]
fn so_it_is_where_it_is_a_member_among_others() {
    let waits = [
        "timeout(0.05, t)",
        "timeout(0, t)",
        "shield(t)",
        "gather(t)",
        "gather(sleep(0.1), t)",
        "gather_settled([t])",
        "race([t, sleep(1)])",
        "any([sleep(1), t])",
        "wait([t], \"first\")",
        "wait([t, sleep(1)], \"all\")",
        "as_completed([sleep(1), t])[0]",
    ];
    for wait in waits {
        Script::new(&format!(
            "let t; t = spawn(async {{ try {{ await {wait} }} catch (e) {{ print(e.error) }} 5 }}); print(await t); print(now())"
        ))
        .prints("deadlock\n5\n0.0")
        .exits(0)
        .says_nothing();
    }
}

#[test]
fn a_wait_for_the_first_may_be_given_all_tasks() {
    let text = "spawn(sleep(1), \"nap\"); let r = await wait(tasks(), \"first\"); print(r.done.map(|t| t.name));";
    Script::new(text).prints("[\"nap\"]").exits(0).says_nothing();
}
