//! When a failure counts as seen: when its task is awaited, or asked for its result.

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
    Script::new(&format!("{LATE}await f[0]; try {{ await f[1] }} catch (e) {{ print(e) }}")).prints("late").says_nothing();
    let waits = "let r = await gather_settled(f); print(r[1].error); await sleep(1)";
    Script::new(&format!("{LATE}{waits}")).prints("late").says_nothing();
    let after = "await f[0]; await sleep(1); try { await f[1] } catch (e) { print(e) }";
    Script::new(&format!("{LATE}{after}")).prints("late").says_nothing();
}
