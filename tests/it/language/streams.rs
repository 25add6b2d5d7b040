//! `for await`: a turn for each item of a stream.

use crate::support::{Inside, Script, with_stack};

#[test]
fn a_turn_for_each_item_until_the_stream_ends() {
    Script::new(
        r#"
        let q = queue();
        spawn(async { for i in 1..=3 { await sleep(1); await q.put(i * 10) } q.close() });
        for await x in q { print(`${x} at ${now()}`) }
        for await (tick, n) in interval(1) { print(`${n}: ${tick}`); if n == 1 { break } }
        print("end");
        "#,
    )
    .prints("10 at 1.0\n20 at 2.0\n30 at 3.0\n0: 1\n1: 2\nend")
    .says_nothing();
}

#[test]
fn what_for_goes_over_is_taken_as_well_and_what_can_be_awaited_is() {
    Script::new(
        r#"
        async fn slow(s) { await sleep(s); s }
        for await x in [slow(2), 5, slow(1), spawn(slow(3)), ()] { print(`${x} at ${now()}`) }
        for await r in as_completed([slow(2), slow(1)]) { print(`${r} at ${now()}`) }
        for await (c, i) in "ab" { print(`${c}${i}`) }
        for await n in 0..3 { if n == 1 { continue } print(n) }
        for await x in [] { print("never") }
        "#,
    )
    .prints("2 at 2.0\n5 at 2.0\n1 at 3.0\n3 at 3.0\n at 3.0\n1 at 4.0\n2 at 5.0\na0\nb1\n0\n2")
    .says_nothing();
}

#[test]
fn break_continue_return_and_errors_leave_it() {
    Script::new(
        r#"
        async fn first_even(q) { for await x in q { if x % 2 == 0 { return x } } "none" }
        let q = queue();
        for i in [1, 3, 4, 5, 6, 7] { q.try_put(i) }
        print(await first_even(q));
        for await x in q { if x == 6 { break } print(x) }
        print(q.len());
        q.close();
        try { for await x in q { throw `bad ${x}` } } catch (e) { print(e) }
        for await x in q { print("never") }
        print(await first_even(q));
        // within each other
        for await a in [1, 2] { for await b in [1, 2] { if b == 2 { continue } print(`${a}${b}`) } }
        "#,
    )
    .prints("4\n5\n1\nbad 7\nnone\n11\n21")
    .says_nothing();
}

#[test]
fn each_turn_has_a_variable_of_its_own() {
    Script::new(
        r#"
        let q = queue();
        for i in 0..3 { q.try_put(i) }
        q.close();
        let all = [];
        for await x in q { all.push(async { x * 10 }) }
        print(await gather(all));
        "#,
    )
    .prints("[0, 10, 20]");
}

#[test]
fn all_streams_alike() {
    Script::new(
        r#"
        let b = broadcast(4);
        let s = b.subscribe();
        for i in 1..=2 { b.send(`news ${i}`) }
        b.close();
        for await x in s { print(x) }
        let w = watch(0);
        spawn(async { for i in 1..=2 { await sleep(1); w.send(i) } w.close() });
        for await x in w { print(`${x} at ${now()}`) }
        for q in [lifo_queue(), priority_queue()] {
            for i in [2, 3, 1] { q.try_put(i) }
            q.close();
            for await x in q { print(x) }
        }
        "#,
    )
    .prints("news 1\nnews 2\n1 at 1.0\n2 at 2.0\n1\n3\n2\n1\n2\n3")
    .says_nothing();
}

#[test]
fn streams_of_the_world() {
    Script::new(
        r#"
        let server = demo_server();
        let r = await fetch(server.url + "/stream/3?interval=5");
        for await line in r.lines() { print(from_json(line).line) }
        let path = await temp_dir() + "/list.txt";
        await write_file(path, "one\ntwo\n");
        for await line in file_lines(path) { print(line) }
        "#,
    )
    .real()
    .prints("1\n2\n3\none\ntwo");
}

#[test]
fn a_stream_of_ones_own() {
    Script::new(
        r#"
        fn count_down(n) { #{ next: async || { await sleep(1); if n > 0 { n -= 1; n } } } }
        for await x in count_down(3) { print(`${x} at ${now()}`) }
        let plain = [1, 2];
        let source = #{ next: || plain.pop() };
        for await x in source { print(x) }
        "#,
    )
    .prints("2 at 1.0\n1 at 2.0\n0 at 3.0\n2\n1")
    .says_nothing();
}

#[test]
fn what_is_no_stream_is_named() {
    Script::new("let n = 5; for await x in n { }").fails("a stream, or what `for` goes over").says("1:27");
    Script::new("async fn f() { queue() }\nfor await x in f() { }").fails("coroutine").says("2:16");
    Script::new("for await x in lock() { }").fails("lock");
}

#[test]
fn where_it_is_not_allowed() {
    Script::new("fn f(q) { for await x in q { } }").fails("`await` in a function that is not async").says("1:15");
    Script::new("let f = |q| { for await x in q { } };").fails("`await` in a closure that is not async");
    Script::new("async fn f(q) { for await x in q { } }").passes();
}

#[test]
fn it_can_be_cancelled_where_it_waits() {
    Script::new(
        r#"
        let q = queue("jobs");
        let t = spawn(async { defer(|| print("cleaned up")); for await x in q { print(x) } });
        q.try_put(1);
        await sleep(1);
        t.cancel();
        try { await t } catch (e) { print(e.error) }
        await q.put(2);
        print(q.len());
        "#,
    )
    .prints("1\ncleaned up\ncancelled\n1");
}

#[test]
fn words_between_and_comments() {
    Script::new("for /* each */ await\n    x in [1, 2] { print(x) }\nlet format = 1; print(format);").prints("1\n2\n1");
}

#[test]
fn steps_show_what_a_turn_does() {
    Script::new(
        "let q = queue(); spawn(async { await q.put(1); await sleep(1); q.close() }); for await x in q { print(x) }",
    )
    .flag("--steps")
    .run()
    .exits(0)
    .says("↻ for queue to have an item ⏸");
}

#[test]
fn explored_it_gives_each_order() {
    let found = with_stack(|| {
        Inside::new().explores(
            "",
            "let q = queue(); let all = [];
             let put = async |x| { await sleep(0); q.try_put(x) };
             let reader = spawn(async { for await x in q { all.push(x) } });
             await gather(put.call(1), put.call(2));
             q.close();
             await reader;
             all.sort();
             all",
        )
    });
    let found = found.expect("it can be explored");
    assert!(found.len() == 1 && found[0].starts_with("[1, 2]: "), "{found:?}");
}
