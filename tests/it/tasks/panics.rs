//! A bug of loopscope itself: it fails its task, and nobody else.

use loopscope::engine::script::{self, Waits};
use loopscope::session::End;
use loopscope::trace::event::WaitClass;

use crate::support::{Inside, Script, with_stack};

#[test]
fn in_a_task_it_fails_that_and_others_go_on() {
    Script::new(
        r#"
        async fn inner() { defer(|| print("inner's defer")); await sleep(0.1); try { __panic("boom") } catch (e) { print("no") } }
        async fn outer() { defer(async || { await sleep(0.1); print("outer's defer") }); try { await inner() } catch (e) { print("nor this") } }
        let t = spawn(outer(), "bad");
        let other = spawn(async { await sleep(0.5); "fine" });
        try { await t } catch (e) { print(e.error); print(e.message.contains("a bug in loopscope") && e.message.contains("boom (at src/stdlib/mod.rs:")) }
        print(t.state);
        print(await other);
        "#,
    )
    .prints("inner's defer\nouter's defer\nbug\ntrue\nfailed\nfine")
    .exits(0)
    .says_nothing();
}

#[test]
fn nobody_who_awaits_it() {
    Script::new("spawn(async { await sleep(0); __panic(\"boom\") }, \"bad\");\nawait sleep(1);\nprint(\"end\");")
        .prints("end")
        .exits(1)
        .says("task 1 \"bad\" failed, and nobody awaited it: a bug in loopscope, not in the script: boom (at src/")
        .says("<stdin>:1:31");
}

#[test]
fn in_main_it_is_an_error_as_others_are() {
    let ran = Script::new("let t = spawn(async { defer(|| print(\"t\")); await sleep(9) });\nawait sleep(0);\ndefer(|| print(\"main\"));\n__panic(\"boom\");").run();
    let ran = ran.prints("main\nt").exits(1).says("a bug in loopscope").says("<stdin>:4:1");
    assert!(!ran.stderr.contains("panicked at"), "{ran}");
}

#[test]
fn on_a_worker_thread_it_fails_what_awaits_it() {
    let ran = Script::new(
        r#"
        try { await to_thread("__panic", ["boom"]) } catch (e) { print(e.error); print(e.message.contains("boom (at src/stdlib/mod.rs:")) }
        await to_thread("__panic", ["boom"]);
        "#,
    )
    .prints("bug\ntrue")
    .exits(1)
    .says("a bug in loopscope, not in the script: boom");
    assert!(!ran.stderr.contains("panicked at"), "{ran}");
}

#[test]
fn in_functions_that_the_library_calls() {
    Script::new(
        r#"
        let l = lock();
        let q = queue();
        q.try_put(1);
        let tries = [
            || spawn(l.with(|| __panic("with"))),
            || spawn(l.with(async || { await sleep(0.1); __panic("async with") })),
            || spawn(q.for_each(|x| __panic("for_each"))),
            || spawn(|| __panic("closure")),
            || spawn(async { defer(|| print("another defer")); defer(|| __panic("defer")); 1 }),
            || spawn(async { defer(async || { await sleep(0.1); __panic("async defer") }); await sleep(0); throw "oh" }),
            || spawn(task_group(async |g| { g.spawn(async { __panic("member") }); await sleep(9) })),
            || spawn(gather(async { __panic("gather") }, sleep(0))),
            || spawn(async { [1].map(|x| __panic("map")) }),
        ];
        for make in tries {
            try { await make.call() } catch (e) {
                let e = if e.error == "group" { e.errors[0] } else { e };
                print(`${e.error} ${e.message.split("script: ")[1].split(" (")[0]}`);
            }
        }
        print(l.try_acquire());
        let settled = await gather_settled(async { __panic("settled") });
        print(settled[0].error.error);
        "#,
    )
    .prints(
        "bug with\nbug async with\nbug for_each\nbug closure\nanother defer\nbug defer\nbug async defer\nbug member\nbug gather\nbug map\ntrue\nbug",
    )
    .exits(0)
    .says_nothing();
}

#[test]
fn the_session_lives_and_keeps_its_variables() {
    with_stack(|| {
        let mut inside = Inside::new();
        let end = inside.go(
            "let x = 1; fn twice(n) { n * 2 } async fn bad(n) { if n == 0 { __panic(\"deep\") } await bad(n - 1) }",
        );
        assert!(matches!(end, End::Value(_)), "{end:?}");
        for text in [
            "x = 2; __panic(\"a\")",
            "x += await bad(3)",
            "for i in 0..3 { let y = i; x += 1; if i == 1 { await sleep(0); __panic(\"b\") } }",
        ] {
            assert!(matches!(inside.go(text), End::Failed(_)), "{text}");
        }
        match inside.go("twice(x) + [1, 2].len()") {
            End::Value(value) => assert_eq!(value.to_string(), "10"),
            end => panic!("{end:?}"),
        }
        assert!(inside.session.kernel.tasks().is_empty());
        assert!(inside.session.kernel.current().is_none());
    });
}

#[test]
fn in_a_rust_future() {
    with_stack(|| {
        let mut inside = Inside::new();
        let kernel = inside.session.kernel.clone();
        inside.session.interp.engine.register_fn("bad_future", move |yields: i64| {
            script::future(&kernel, "bad", WaitClass::Io, Waits::Outside, move |script| async move {
                for _ in 0..yields {
                    let _ = script.wait(1_i64).await;
                }
                panic!("in a future")
            })
        });
        // futures that are kept must not hold the clock back as if they were in flight
        let text = r#"
            let kept = [];
            for yields in 0..3 {
                let f = bad_future(yields);
                kept.push(f);
                let t = spawn(async { await f });
                try { await t } catch (e) { print(e.error) }
                let f = bad_future(yields);
                kept.push(f);
                try { await spawn(f) } catch (e) { print(e.error) }
            }
            await sleep(3600);
            print(now());
        "#;
        let (end, unseen) = inside.run(text);
        assert!(matches!(end, End::Value(_)), "{:?}", inside.collector.said());
        assert_eq!(unseen, 0);
        assert_eq!(inside.collector.printed().join(" "), "bug bug bug bug bug bug 3600.0");
    });
}
