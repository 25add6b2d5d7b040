//! Calls remember what they call, and must not be wrong about it when something changes.

use loopscope::session::End;

use crate::support::{Inside, Script, with_stack};

#[test]
fn what_they_call_may_be_of_many_types() {
    Script::new(
        r#"
        let list = [];
        for x in [0, 0.0, 1, 0.5, 2, 0, 0.0, 3, 1, 1, 0.25, 2] {
            await sleep(x);
            list.push(x);
        }
        print(list);
        let q = queue();
        let l = [];
        let m = #{};
        for i in 0..6 {
            for thing in [q, l] {
                if i % 2 == 0 { await sleep(0) }
                if type_of(thing) == "array" { thing.push(i) } else { await thing.put(i) }
            }
        }
        print(`${q.len()} ${l.len()}`);
        "#,
    )
    .prints("[0, 0.0, 1, 0.5, 2, 0, 0.0, 3, 1, 1, 0.25, 2]\n6 0");
}

#[test]
fn a_function_of_the_script_comes_before_the_librarys_from_when_it_is_there() {
    with_stack(|| {
        let mut inside = Inside::new();
        let mut line = |text: &str| {
            let end = inside.line(text);
            assert!(matches!(end, End::Value(_)), "{text}");
            inside.collector.printed().join(" ")
        };
        line("async fn one() { 1 } async fn many() { let sum = 0; for i in 0..6 { sum += await one(); } sum }");
        line("async fn length(q) { let n = 0; for i in 0..6 { await q.put(i); n = q.len(); } n }");
        line("let q = queue();");
        assert_eq!(line("print(await many()); print(await length(q));"), "6 6");
        line("async fn one() { 10 }");
        assert_eq!(line("print(await many());"), "60");
        line("fn one() { sleep(0) } fn len() { -1 }");
        assert_eq!(line("print(await length(q)); for i in 0..4 { await sleep(0); print(await one()); }"), "-1    ");
        line("async fn one() { 3 } async fn one(x) { x }");
        assert_eq!(line("for i in 0..4 { print(await one() + await one(i)); }"), "3 4 5 6");
    });
}

#[test]
fn receivers_are_changed_where_rhai_changes_them() {
    Script::new(
        r#"
        async fn work(i) { await sleep(0); i }
        const FIXED = [1];
        let tasks = [];
        let captured = [];
        let see = || captured.len();
        for i in 0..6 {
            tasks.push(spawn(work(i)));
            captured.push(work(i));
            push(tasks, spawn(sleep(0)));
        }
        print(`${tasks.len()} ${see.call()}`);
        for i in 0..3 {
            try { FIXED.push(work(i)); print("never") } catch (e) { print(e.error) }
        }
        print(await gather(captured));
        print((await gather(tasks)).filter(|x| x != ()));
        "#,
    )
    .prints(
        "12 6\nErrorNonPureMethodCallOnConstant\nErrorNonPureMethodCallOnConstant\nErrorNonPureMethodCallOnConstant\n\
         [0, 1, 2, 3, 4, 5]\n[0, 1, 2, 3, 4, 5]",
    );
}

#[test]
fn arguments_are_copies_of_their_own() {
    Script::new(
        r#"
        async fn keep(list) { list.push(1); await sleep(0); list.push(2); list }
        let list = [];
        for i in 0..5 { print(await keep(list)); }
        print(list);
        async fn count(n) { n += 1; await sleep(0); n }
        let both = 1;
        let add = || both += 1;
        for i in 0..4 { add.call(); print(await count(both)); }
        "#,
    )
    .prints("[1, 2]\n[1, 2]\n[1, 2]\n[1, 2]\n[1, 2]\n[]\n3\n4\n5\n6");
}

#[test]
fn errors_are_those_of_rhai_with_their_place() {
    let script = "async fn f(a) { a }\nlet q = queue(1);\nfor i in 0..6 {\n    if i == 5 { q = 7 }\n    await q.put(i);\n    await q.get();\n}";
    Script::new(script).fails("error: Function not found: put (i64, i64)\n  --> <stdin>:5:13");
    let script = "async fn f(a) { a }\nlet l = [];\nfor i in 0..6 {\n    l.push(f(i));\n    if i == 4 { l = 0 }\n}";
    Script::new(script).fails("error: Function not found: push (i64, coroutine)\n  --> <stdin>:4:7");
    let script = "let l = lock();\nfor i in 0..6 {\n    if i < 5 { await l.acquire(); }\n    l.release();\n    await sleep(0);\n}";
    Script::new(script).fails(":4:");
}

#[test]
fn sizes_are_bounded() {
    with_stack(|| {
        let mut inside = Inside::new();
        inside.session.interp.engine.set_max_array_size(100);
        inside.line("async fn f() {} let l = [];");
        let end = inside.line("for i in 0..1000 { l.push(f()) }");
        let End::Failed(failure) = end else { panic!("it went on") };
        assert!(failure.error.to_string().starts_with("Size of array"), "{}", failure.error);
        inside.session.interp.engine.set_max_array_size(0);
        inside.line("let n = l.len();");
        assert_eq!(inside.value("n"), "101");
    });
}

#[test]
fn the_limit_of_arrays_holds() {
    let script = "async fn f() {}\nlet l = [];\nfor i in 0..1000 { l.push(f()) }";
    Script::new(script).flag("--limit").flag("array=100").fails("at most 100 are allowed (--limit array=N)");
}

#[test]
fn a_loop_of_nothing_but_direct_calls_can_be_stopped() {
    Script::new("async fn f() {}\nloop { f(); }").flag("--timeout").flag("0.3").real().run().exits(124);
}

#[test]
fn functions_that_a_map_has_come_first() {
    Script::new(
        r#"
        async fn read(m) { m.get("a") }
        let plain = #{a: 1};
        let own = #{get: |k| `own ${k}`};
        for m in [plain, plain, plain, own, plain, own] { print(await read(m)); }
        let api = #{get: async |k| k + "!", len: async || 42};
        for i in 0..5 { print(await api.get("x")); }
        for i in 0..5 { print(await api.len()); }
        "#,
    )
    .prints("1\n1\n1\nown a\n1\nown a\nx!\nx!\nx!\nx!\nx!\n42\n42\n42\n42\n42");
}

#[test]
fn a_do_loop_of_nothing_but_direct_calls_can_be_stopped() {
    let script = "async fn f() {}\nlet e = event();\ndo { f(); } until e.is_set();";
    Script::new(script).flag("--timeout").flag("0.3").real().run().exits(124).says("did not let go of the loop");
}

#[test]
fn what_grows_by_itself_is_stopped() {
    let script = "async fn f() {}\nlet l = [1];\nfor i in 0..60 { f(); l.push(l); }";
    let ran = Script::new(script).flag("--limit").flag("memory=300M").run();
    assert_eq!(ran.code, 1, "{ran:#}");
    assert!(ran.stderr.contains("error: "), "{ran:#}");
}

#[test]
fn a_lock_may_stand_beside_what_it_guards() {
    Script::new(
        r#"
        let st = #{n: 0, l: lock(), deep: #{list: [lock(), semaphore(1)]}};
        let inc = async || await st.l.with(async || { st.n += 1 });
        await gather(inc.call(), inc.call());
        await st.deep.list[1].with(async || { st.n += 1 });
        await timeout(1, st.l.with(async || { st.n += 1 }));
        print(st.n);
        let c = condition();
        let tell = async || await c.lock.with(async || c.notify());
        await tell.call();
        let m = #{q: queue(), seen: []};
        m.q.try_put(1);
        m.q.close();
        await m.q.for_each(async |x| m.seen.push(x));
        print(m.seen);
        let own = #{inner: #{for_each: |f| f.call(7)}};
        print(own.inner.for_each(|x| x + 1));
        "#,
    )
    .prints("4\n[1]\n8")
    .says_nothing();
}

#[test]
fn a_closure_may_mention_what_its_method_is_called_on() {
    Script::new(
        r#"
        let l = lock("L"); let m = #{lock: l}; let db = sqlite(":memory:");
        let q = queue(); q.try_put(1); q.close();
        fn same(x) { x }
        let t = spawn(l.with(async || type_of(l))); print(await t);
        let list = [l.with(async || type_of(l)), 1]; print(await list[0]);
        let map = #{a: m.lock.with(async || type_of(m))}; print(await map.a);
        print(await same(timeout(1, l.with(async || type_of(l)))));
        print(await spawn(db.transaction(async |tx| type_of(db))));
        await spawn(q.for_each(async |x| print(q.len())));
        let one = if true { l.with(async || type_of(l)) } else { () }; print(await one);
        for i in 0..2 { let t = spawn(l.with(async || `${i} ${type_of(l)}`)); print(await t); }
        "#,
    )
    .prints("lock\nlock\nmap\nlock\ndatabase\n0\nlock\n0 lock\n1 lock\n");
}
