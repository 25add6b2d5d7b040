//! `to_thread`: work beside the loop.

use crate::support::Script;

#[test]
fn the_loop_goes_on_while_a_thread_works() {
    Script::new(
        r#"
        fn crunch(n) { blocking_sleep(0.5); n * 2 }
        let ticks = spawn(async { for i in 0..4 { await sleep(0.1); print(`tick ${i}`) } });
        print(await to_thread(crunch, [21]));
        print(now());
        await ticks;
        "#,
    )
    .prints("tick 0\ntick 1\ntick 2\ntick 3\n42\n0.5")
    .exits(0);
}

#[test]
fn it_takes_functions_by_name_and_closures_that_call_others() {
    Script::new(
        r#"
        fn double(n) { n * 2 }
        fn both(a, b) { [double(a), double(b)] }
        print(await to_thread(Fn("both"), [1, 2]));
        print(await to_thread("double", [3]));
        print(await to_thread(|m| #{sum: m.a + double(m.b)}, [#{a: 1, b: 2.5}]));
        print(await gather([1, 2, 3].map(|n| to_thread(double, [n]))));
        "#,
    )
    .prints("[2, 4]\n6\n#{\"sum\": 6.0}\n[2, 4, 6]");
}

#[test]
fn what_a_thread_throws_arrives_with_its_place() {
    Script::raw("fn f() {\n    throw #{error: \"mine\"};\n}\ntry { await to_thread(f) } catch (e) { print(e.error) }\nawait to_thread(f);")
        .run()
        .prints("mine")
        .exits(1)
        .says("<stdin>:2:5");
    Script::new("fn f() { 1 / 0 } await to_thread(f);").fails("Division by zero");
}

#[test]
fn only_plain_data_goes_and_comes() {
    let cases = [
        ("let n = 1; to_thread(|| n);", "can't capture variables"),
        ("to_thread(|x| 1, [sleep(1)]);", "a future is among the arguments"),
        ("async fn f() { 1 } await to_thread(f);", "gives a coroutine"),
        ("to_thread(42);", "needs a function"),
        ("await to_thread(\"nosuch\", [1]);", "nosuch"),
    ];
    for (script, said) in cases {
        Script::new(script).fails(said);
    }
}

#[test]
fn what_a_thread_prints_is_its_tasks_line() {
    Script::new("fn f() { for i in 0..3 { print(i) } 3 } print(await to_thread(f));").prints("0\n1\n2\n3");
}

#[test]
fn a_thread_stops_when_nobody_waits_for_it() {
    Script::new(
        r#"
        fn endless() { loop {} }
        let t = spawn(to_thread(endless));
        await sleep(0);
        t.cancel();
        try { await t } catch (e) { print(e.error) }
        // more of them than may run at once: they do not keep their places
        for i in 0..40 { let t = spawn(to_thread(endless)); await sleep(0); t.cancel(); }
        print(await to_thread(|| "there is room", []));
        "#,
    )
    .prints("cancelled\nthere is room");
}

#[test]
fn limits_keep_their_meaning_among_what_is_settled() {
    Script::new(
        r#"
        fn deep(n) { deep(n + 1) }
        let settled = await gather_settled([to_thread(deep, [1]), async { deep(1) }]);
        for one in settled {
            print(`${one.ok} ${one.error.error} ${one.error.message.starts_with("call too deep")}`);
        }
        "#,
    )
    .flag("--limit=calls=50")
    .prints("false limit true\nfalse limit true");
}

#[test]
fn random_numbers_in_threads_follow_the_seed() {
    let numbers = |seed: &str| {
        let text = "print(await gather(to_thread(|| random()), to_thread(|| random()))); print(random());";
        Script::new(text).flag(&format!("--seed={seed}")).run().stdout
    };
    let first = numbers("7");
    assert_eq!(first, numbers("7"));
    assert_ne!(first, numbers("8"));
    let drawn: std::collections::HashSet<&str> =
        first.split(['[', ']', ',', '\n', ' ']).filter(|part| !part.is_empty()).collect();
    assert_eq!(drawn.len(), 3, "{first}");
}
