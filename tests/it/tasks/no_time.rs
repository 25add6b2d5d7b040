//! Time limits that are over at once.

use crate::support::Script;

#[test]
fn a_timeout_of_no_time_gives_what_is_there_without_waiting() {
    Script::new(
        r#"
        let o = oneshot(); o.send("sent");
        print(await timeout(0, o));
        let t = spawn(async { "done" }); await sleep(0);
        print(await timeout(0, t));
        let e = event(); e.set();
        print(await timeout(0, e.wait()));
        print(await timeout(-1, gather([])));
        let q = queue(); q.try_put("item");
        print(await timeout(0, q.get()));
        let l = lock();
        try { await timeout(0, l.with(|| { throw "own" })) } catch (e) { print(e) }
        for what in [|| sleep(0), || sleep(1), || q.get(), || event().wait(), || spawn(async { 1 }), || async { 1 }] {
            try { await timeout(0, what.call()); print("no") } catch (e) { print(`${e.error} ${now()}`) }
        }
        print(tasks().len());
        "#,
    )
    .prints(&format!("sent\ndone\n\n[]\nitem\nown\n{}1", "timeout 0.0\n".repeat(6)))
    .exits(0)
    .says_nothing();
}

#[test]
fn what_has_not_begun_when_its_time_is_over_has_one_turn_in_any_order() {
    let text = r#"
        let o = oneshot(); o.send("value");
        let late = async || { spawn(async { blocking_sleep(1) }); await timeout(0.5, o) };
        let p = oneshot(); p.send(1);
        print(await gather(late.call(), timeout(0, p), timeout(0, gather([])), sleep(0)));
    "#;
    for seed in 0..20 {
        Script::new(text).flag(format!("--seed={seed}")).prints("[\"value\", 1, [], ()]").exits(0);
    }
}
