//! `explore(...)` in scripts, and `:explore` on what a session has.

use super::super::support::{Inside, Script, with_stack};

#[test]
fn a_script_explores_a_function() {
    let script = "
        let n = 10;
        let list = [1];
        let add = async || { let v = n; await sleep(0); n = v + 1; list.push(n); };
        let found = await explore(async || { await gather(add.call(), add.call()); [n, list.len()] });
        print(found.covered);
        for o in found.outcomes { print(`${o.kind} ${o.text} ${o.count} ${o.schedule.len()}`) }
        print(`${n} ${list}`);
    ";
    let ran = Script::new(script).run().exits(0);
    ran.prints(
        "
        true
        value [11, 3] 4 6
        value [12, 3] 2 6
        10 [1]
        ",
    );
}

/// A script that explores twice; of the second exploration it tells what comes out, and the token for it.
fn exploring() -> Script {
    Script::new(
        "
        let start = 10;
        await explore(async || await gather(sleep(0), sleep(0)));
        print(\"before\");
        let found = await explore(async || {
            let n = start;
            let add = async || { let v = n; await sleep(0); n = v + 1; };
            await gather(add.call(), add.call());
            if n == 12 { let l = lock(\"l\"); await l.acquire(); await l.acquire(); }
            print(`inside ${n}`);
            n
        });
        for o in found.outcomes { print(`${o.kind} ${o.token}`) }
        defer(|| print(\"deferred\"));
        ",
    )
}

/// The token that it tells of this kind of outcome.
fn token_of(kind: &str) -> String {
    let ran = exploring().run().exits(0);
    let line = ran.stdout.lines().find_map(|line| line.strip_prefix(kind)).expect("an outcome of the kind");
    line.trim().to_string()
}

#[test]
fn the_token_of_an_inner_exploration_brings_its_run_back() {
    let value = token_of("value");
    assert!(value.contains("-2x"), "{value}");
    let replay = |token: &str| exploring().flag("--replay").flag(token).flag("--steps").run();
    let ran = replay(&value).exits(0).prints("before\ninside 11");
    let ran = ran.says("what was explored gave 11\n").says("v = n; sleep(0) ⏸").says("inside 11\n");
    assert!(ran.stderr.contains("n = start; add = async") && !ran.stderr.contains("explore ⏸"), "{}", ran.stderr);
    replay(&token_of("deadlock")).exits(3).prints("before").says("deadlock: ").says("lock \"l\"");
}

#[test]
fn a_token_that_its_run_does_not_come_to_is_told() {
    let value = token_of("value");
    let (script, choices) = value.split_once("-2").expect("the second exploration");
    let ran = exploring().flag("--replay").flag(format!("{script}-7{choices}")).run().exits(1);
    ran.says("the token is for call 7 of `explore` in this run, and there were 2 calls");
    let ran = exploring().flag("--replay").flag(format!("{value}1")).run().exits(1);
    ran.says("it ended after").says("what was explored gave");
}

#[test]
fn an_exploration_of_a_seeded_run_comes_back_with_the_seed() {
    let script = "
        let n = random(1).int(1, 9);
        let list = [];
        await gather(async { await sleep(0); list.push(1) }, async { await sleep(0); list.push(2) });
        let found = await explore(async || { await gather(sleep(0), sleep(0)); `${list}` });
        print(found.outcomes[0].token);
        print(found.outcomes[0].text);
    ";
    let of_seed = |seed: u32| Script::new(script).flag("--seed").flag(seed.to_string()).run().exits(0);
    let told: Vec<_> = (0..20).map(of_seed).collect();
    let other = told.iter().find(|ran| ran.stdout.contains("[2, 1]")).expect("one of 20 draws the other order");
    let token = other.stdout.lines().next().unwrap_or_default();
    assert!(token.contains('s') && token.contains("-1x"), "{token}");
    let again = Script::new(script).flag("--replay").flag(token).run().exits(0);
    again.says("what was explored gave \"[2, 1]\"");
}

#[test]
fn what_is_explored_prints_nothing() {
    let script = "
        print(1);
        let found = await explore(async || { print(2); debug(3); await gather(async { print(4); }, async { print(5); }) });
        print(found.schedules);
    ";
    let ran = Script::new(script).run().exits(0);
    let ran = ran.prints("1\n2");
    assert!(!ran.stderr.contains("line 3"), "{}", ran.stderr);
}

#[test]
fn tasks_of_the_script_stand_still_meanwhile() {
    let script = "
        let ticks = 0;
        let ticker = spawn(async { loop { await sleep(1); ticks += 1; } });
        await sleep(0.5);
        let id = spawn(sleep(0)).id;
        let found = await explore(async || { await gather(sleep(5), sleep(7)); now() });
        print(`${found.outcomes[0].text} ${ticks} ${now()} ${spawn(sleep(0)).id - id}`);
        await sleep(1);
        print(ticks);
        ticker.cancel();
    ";
    Script::new(script).run().exits(0).prints("7.0 0 0.5 1\n1");
}

#[test]
fn what_can_not_be_put_back_is_refused() {
    let script = "
        let l = lock();
        try { await explore(async || await l.acquire()) } catch (e) { print(e.error); print(e.message) }
        try { await explore(async || { await explore(async || 1) }) } catch (e) { print(e) }
        let inner = await explore(async || { await explore(async || 1) });
        print(inner.outcomes[0].text);
        try { explore(async || 1, #{stratagem: 1}) } catch (e) { print(e.message) }
        try { explore(async || 1, #{schedules: 0}) } catch (e) { print(e.message) }
        try { explore(async || 1, #{strategy: \"all\"}) } catch (e) { print(e.message) }
        try { await explore(async || await fetch(\"http://127.0.0.1:9/\")) } catch (e) { print(e.message) }
    ";
    let ran = Script::new(script).run().exits(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let wanted = [
        "value",
        "explore runs the function many times from the same start, and it captures a lock, which can't be put back",
        "value: what is explored can't explore",
        "explore has no option `stratagem`",
        "explore: `schedules` must be an integer from 1 on, and this is 0",
        "explore: a strategy is one of exhaustive, random, pct, and this is \"all\"",
        "this can't be explored, because it waits for the world: GET /",
    ];
    assert_eq!(lines.len(), wanted.len(), "{lines:#?}");
    for (line, wanted) in lines.iter().zip(wanted) {
        assert!(line.starts_with(wanted), "{line}\n{wanted}");
    }
}

#[test]
fn a_session_explores_with_its_functions_and_variables() {
    with_stack(|| {
        let mut inside = Inside::new();
        let setup = "
            let n = 0;
            let add = async || { let v = n; await sleep(0); n = v + 1; };
            async fn twice(f) { await gather(f.call(), f.call()) }
        ";
        let text = inside.explores(setup, "await twice(add); n").expect("it can be explored");
        assert_eq!(text, ["1: 4", "2: 2"]);
        let text = inside.explores("", "twice(add)").expect("a coroutine is awaited");
        assert_eq!(text, ["[(), ()]: 6"]);
        assert_eq!(inside.value("n"), "0", "the variables are left as they are");
        let own = inside.explores("let l = lock();", "let l = 5; await twice(async || { l + 1 }); l");
        assert_eq!(own.expect("a name of its own"), ["5: 2"]);
        let called = inside.explores("", "async || { await twice(add); n }").expect("a closure is called");
        assert_eq!(called, ["1: 4", "2: 2"]);
        let refused = inside.explores("", "{ let l = 5; } await l.acquire()").expect_err("a lock");
        assert!(refused.contains("can't be explored with `l`, which is or holds a lock"), "{refused}");
    });
}

#[test]
fn what_can_not_be_put_back_has_its_article() {
    let script = "
        let i = interval(1);
        try { await explore(async || await i.next()) } catch (e) { print(e.message) }
    ";
    let ran = Script::new(script).run().exits(0);
    assert!(ran.stdout.contains("it captures an interval, which"), "{}", ran.stdout);
}
