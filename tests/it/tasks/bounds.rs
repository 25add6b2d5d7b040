//! What grows with the number of tasks, and what must not.

use std::rc::Rc;

use loopscope::session::End;
use loopscope::trace::event::Kind;

use crate::support::{Inside, Script, with_stack};

/// How often a task was resumed in a run of this text.
fn resumed(text: &'static str) -> usize {
    with_stack(move || {
        let mut inside = Inside::new();
        let (end, _) = inside.run(text);
        assert!(matches!(end, End::Value(_)), "{:?}", inside.collector.said());
        let recording = inside.session.kernel.recording.borrow();
        recording.events().filter(|e| e.kind == Kind::Resumed).count()
    })
}

#[test]
fn a_group_is_not_woken_by_each_of_its_tasks() {
    // each of the 1000 is resumed once, and so are the body and main
    let text = "await task_group(async |g| { for i in 0..1000 { g.spawn(sleep(1 + i)) } })";
    assert_eq!(resumed(text), 1_001);
}

#[test]
fn the_futures_of_as_completed_are_woken_one_by_one() {
    let text = r#"
        async fn of(f) { await f }
        let all = as_completed((0..500).to_array().map(|i| sleep(1 + i))).map(|f| spawn(of(f)));
        await gather(all);
        fn to_array() { let list = []; for i in this { list.push(i) } list }
    "#;
    assert_eq!(resumed(text), 500 + 500 + 1);
}

/// Something whose copies in the script can be counted.
#[derive(Clone)]
struct Token(#[expect(dead_code, reason = "it is only counted")] Rc<()>);

/// Runs a text that can make tokens, and ask how many there are.
fn with_tokens(text: &'static str) -> String {
    with_stack(move || {
        let mut inside = Inside::new();
        let one = Rc::new(());
        let (made, asked) = (one.clone(), one);
        let engine = &mut inside.session.interp.engine;
        engine.register_fn("token", move || Token(made.clone()));
        // without the two of ours
        engine.register_fn("tokens", move || Rc::strong_count(&asked) as i64 - 2);
        let (end, _) = inside.run(text);
        assert!(matches!(end, End::Value(_)), "{:?}", inside.collector.said());
        inside.collector.printed().join(" ")
    })
}

#[test]
fn a_group_forgets_tasks_that_have_ended() {
    let printed = with_tokens(
        r#"
        await task_group(async |g| {
            for i in 0..1000 { g.spawn(async { token() }); await sleep(0) }
            await sleep(1);
            print(tokens());
        });
        "#,
    );
    assert_eq!(printed, "0");
}

#[test]
fn a_task_forgets_waits_that_are_over() {
    // each wait leaves the long one with somebody to tell, whose members hold the tokens
    let printed = with_tokens(
        r#"
        let long = spawn(sleep(1000));
        for i in 0..1000 { await wait([long, spawn(async { await sleep(0); token() })], "first"); }
        for i in 0..1000 { try { await timeout(0.001, shield(long)) } catch { } }
        print(tokens() < 3);
        await long;
        "#,
    );
    assert_eq!(printed, "true");
}

#[test]
fn a_line_forgets_those_who_have_gone() {
    // one waits long at the head; each of those who come and go after it holds a token by the error that it ended with
    let printed = with_tokens(
        r#"
        let full = queue(1);
        let empty = queue();
        full.try_put(0);
        let held = lock();
        let never = event();
        await held.acquire();
        let waits = [|| full.put(1), || empty.get(), || held.acquire(), || never.wait()];
        for wait in waits {
            let first = spawn(wait.call());
            for i in 0..500 {
                let next = spawn(async { defer(|| throw token()); await wait.call() });
                await sleep(0);
                next.cancel();
                try { await next } catch { }
            }
            first.cancel();
        }
        print(tokens() < 100);
        "#,
    );
    assert_eq!(printed, "true");
}

#[test]
fn ten_thousand_await_one() {
    let text = r#"
        let one = spawn(sleep(1));
        let all = [];
        for i in 0..10000 { all.push(spawn(async { await one })) }
        await gather(all);
    "#;
    assert_eq!(resumed(text), 1 + 10_000 + 1);
}

#[test]
fn an_error_does_not_copy_its_way_at_each_task() {
    // the way through the last one is 3000 links long, and all of them keep theirs
    let text = r#"
        let t = spawn(async { await sleep(0); throw "x" });
        let all = [];
        for i in 0..1500 { let u = t; t = spawn(async { await u }); all.push(t) }
        try { await t } catch (e) { print(e) }
    "#;
    Script::new(text).flag("--limit").flag("memory=128M").prints("x").exits(0);
}
