//! How a failure is seen, when its task is awaited or asked for its result, and how often tasks count.

use crate::support::Script;

const LATE: &str = "let f = as_completed([async { 1 }, async { await sleep(0.01); throw \"late\" }]);\n";

#[test]
fn a_result_of_as_completed_that_nobody_awaits_is_told_if_it_is_a_failure() {
    Script::new(&format!("{LATE}print(await f[0]); await sleep(0.05); print(\"end\");"))
        .fails("nobody has awaited it so far: late")
        .prints("1\nend");
    // also where it had failed before anybody asked for the results, or was not awaited to its end
    let early = "let t = spawn(async { throw \"early\" }); await sleep(0);";
    Script::new(&format!("{early} print(await as_completed([t, sleep(1)])[1]);")).fails("early");
    let left = "let w = spawn(f[1]); await sleep(0); w.cancel(); await sleep(1);";
    Script::new(&format!("{LATE}await f[0]; {left}")).fails("late");
}

#[test]
fn a_result_of_as_completed_that_is_awaited_is_seen() {
    Script::new(&format!("{LATE}await f[0]; try {{ await f[1] }} catch (e) {{ print(e) }}"))
        .prints("late")
        .says_nothing();
    let waits = "let r = await gather_settled(f); print(r[1].error); await sleep(1)";
    Script::new(&format!("{LATE}{waits}")).prints("late").says_nothing();
    let after = "await f[0]; await sleep(1); try { await f[1] } catch (e) { print(e) }";
    Script::new(&format!("{LATE}{after}")).prints("late").says_nothing();
}

#[test]
fn what_helps_against_an_error_helps_where_nobody_awaits_it() {
    let misspelt = "let total = 1; spawn(async { totl + 1 }, \"sum\");";
    for rest in ["await sleep(0.01);", "await sleep(0); await sleep(0); print(1);"] {
        Script::new(&format!("{misspelt} {rest}"))
            .fails("failed, and nobody awaited it: Variable not found: totl")
            .says("= `await` the task")
            .says("= help: did you mean `total`?");
    }
}

const BOTH: &str = "let ts = [spawn(async { throw \"a\" }), spawn(async { throw \"b\" })];\n";

#[test]
fn a_wait_hands_out_tasks_and_their_failures_are_still_to_be_seen() {
    let waits = "await wait([async { throw \"a\" }, async { throw \"b\" }], \"all\"); print(\"end\")";
    Script::new(waits).fails("nobody awaited it: a").says("nobody awaited it: b").prints("end");
    for when in ["all", "first", "first_error"] {
        Script::new(&format!("{BOTH}await sleep(0); let r = await wait(ts, \"{when}\");")).fails(": a").says(": b");
    }
    let looks = "for t in r.done { try { t.result() } catch (e) { print(e) } }";
    Script::new(&format!("{BOTH}let r = await wait(ts, \"all\"); {looks}")).prints("a\nb").exits(0).says_nothing();
    let awaits = "try { await ts[0] } catch {} try { await ts[1] } catch (e) { print(e) }";
    Script::new(&format!("{BOTH}await wait(ts, \"all\"); {awaits}")).prints("b").exits(0).says_nothing();
}

#[test]
fn who_looks_on_takes_nothing_from_who_sees() {
    // the wait ends before the task does, which another one awaits all the time
    let text = "
        let t = spawn(async { await sleep(2); throw \"late\" });
        let other = spawn(async { try { await t } catch (e) { print(e) } });
        await wait([t, spawn(sleep(1))], \"first\");
        await sleep(2);
    ";
    Script::new(text).prints("late").exits(0).says_nothing();
}

#[test]
fn a_task_that_is_given_twice_counts_once() {
    Script::new(
        r#"
        let t = spawn(async { 1 }); let u = spawn(sleep(1));
        let r = await wait([t, u, t], "first");
        print(`${r.done == [t]} ${r.pending == [u]}`);
        let all = as_completed([t, t, u]);
        print(all.len());
        for f in all { print(await f) }
        print(await gather(t, t));
        "#,
    )
    .prints("true true\n2\n1\n\n[1, 1]")
    .exits(0)
    .says_nothing();
}
