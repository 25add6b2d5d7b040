//! What the three words mean.

use crate::support::Script;

#[test]
fn calling_an_async_function_evaluates_the_arguments_and_runs_nothing() {
    Script::new(
        r#"
        fn arg() { print("argument"); 1 }
        async fn f(a) { print("body"); a }
        let c = f(arg());
        print("made");
        print(await c);
        "#,
    )
    .prints("argument\nmade\nbody\n1")
    .says_nothing();
}

#[test]
fn one_use_only_but_a_task_often() {
    Script::new(
        r#"
        async fn f() { 1 }
        let c = f();
        await c;
        try { await c } catch (e) { print(e.error) }
        let s = sleep(0);
        await s;
        try { await s } catch (e) { print(e.error) }
        let c = f(); let t = spawn(c);
        try { await c } catch (e) { print(e.error) }
        print([await t, await t, await t]);
        "#,
    )
    .prints("value\nvalue\nvalue\n[1, 1, 1]")
    .says_nothing();
}

#[test]
fn await_binds_like_a_unary_operator() {
    Script::new(
        r#"
        async fn two() { 2 }
        async fn map() { #{n: 5, list: [1, 2], f: || 9} }
        print(await two() + 1);
        print(await two() * await two());
        print(2 ** await two());
        print(-await two());
        print(!(await two() == 2));
        print((await map()).list[await two() - 1]);
        print((await map()).n + await two());
        print(await two() in [1, 2]);
        print(await two() == 2 && await two() < 3);
        let m = #{make: || two()};
        print(await m.make.call());
        print(`${await two()} and ${1 + await two()}`);
        let x = 1; x += await two(); print(x);
        let a = [0, 0, 0]; a[await two()] = await two() + 1; print(a);
        print(+3 + +await two());
        "#,
    )
    .prints("3\n4\n4\n-2\nfalse\n2\n7\ntrue\ntrue\n2\n2 and 3\n3\n[0, 0, 3]\n5")
    .says_nothing();
}

#[test]
fn awaiting_what_is_not_awaitable_names_the_type() {
    Script::new(r#"let x = 1; try { await x } catch (e) { print(e.error); print(e.message) }"#)
        .prints("value\n`await` needs a coroutine, a future or a task, and this is an integer");
    for (code, name) in
        [("[1, 2]", "an array"), ("#{}", "a map"), ("()", "()"), ("|| 1", "a function"), ("0..3", "range")]
    {
        Script::new(&format!("let x = {code};\nawait x;")).fails(name);
    }
}

#[test]
fn closures_and_blocks_capture() {
    Script::new(
        r#"
        let n = 1;
        let add = async |x| { await sleep(0); n += x; n };
        print(await add.call(2));
        let block = async { n *= 10; };
        n += 1;
        await block;
        print(n);
        let nested = async { let inner = async { n += 1; n }; await inner + 1 };
        print(await nested);
        let short = async |x| x + 1;
        print(await short.call(1));
        let none = async || 7;
        print(await none.call());
        const K = 5;
        print(await async { K + 1 });
        "#,
    )
    .prints("3\n40\n42\n2\n7\n6")
    .says_nothing();
}

#[test]
fn a_loop_gives_each_turn_its_own_variable() {
    Script::new(
        r#"
        let all = [];
        for i in 0..3 { all.push(async { await sleep(0); i }) }
        for (x, i) in ["a", "b"] { all.push(async { `${x}${i}` }) }
        print(await gather(all));
        let closures = [];
        for i in 0..3 { await sleep(0); closures.push(|| i) }
        print(closures.map(|f| f.call()));
        let k = 0; let all = [];
        while k < 3 { let mine = k; all.push(async { mine }); k += 1; }
        print(await gather(all));
        async fn inside() { let all = []; for i in 0..3 { all.push(async { i }) } await gather(all) }
        print(await inside());
        "#,
    )
    .prints("[0, 1, 2, \"a0\", \"b1\"]\n[0, 1, 2]\n[0, 1, 2]\n[0, 1, 2]")
    .says_nothing();
}

#[test]
fn recursion_is_bounded_by_memory() {
    Script::new(
        r#"
        async fn down(n) { if n == 0 { return 0 } 1 + await down(n - 1) }
        print(await down(100000));
        async fn deep(n) { if n == 0 { throw "bottom" } await deep(n - 1) }
        try { await deep(100000) } catch (e) { print(e) }
        async fn wait(n) { if n == 0 { await sleep(1) } else { await wait(n - 1) } }
        let t = spawn(wait(100000));
        await sleep(0.5);
        t.cancel();
        await gather_settled([t]);
        print(t.state);
        "#,
    )
    .prints("100000\nbottom\ncancelled")
    .exits(0);
}

#[test]
fn futures_of_what_tasks_share_say_what_was_called() {
    Script::new(
        r#"
        let jobs = queue(2, "jobs"); let door = lock(); let green = event("go"); let state = watch(1);
        print([jobs.put(1), jobs.get(), queue().next(), priority_queue().join()]);
        print([door.acquire(), door.with(async || 1), semaphore(2, "db").acquire(), barrier(2).wait()]);
        let changed = condition(door);
        print([changed.wait(), changed.wait_for(|| true), green.wait()]);
        print([state.changed(), state.next(), broadcast(1).subscribe().next(), interval(1).next()]);
        "#,
    )
    .prints(
        r#"
        [<future put() of queue "jobs">, <future get() of queue "jobs">, <future next() of queue>, <future join() of priority_queue>]
        [<future acquire() of lock>, <future with() of lock>, <future acquire() of semaphore "db">, <future wait() of barrier of 2>]
        [<future wait() of condition>, <future wait_for() of condition>, <future wait() of event "go">]
        [<future changed() of watch>, <future next() of watch>, <future next() of broadcast>, <future next() of interval(1)>]
        "#,
    );
}

#[test]
fn how_awaitables_print() {
    Script::new(
        r#"
        async fn worker(n) { await sleep(0.5) }
        let c = worker(1); let s = sleep(0.5);
        print(c); print(s); print(async { 1 }); print(`${gather(sleep(1))}`);
        print([type_of(c), type_of(s)]);
        let t = spawn(c, "worker"); let u = spawn(s);
        print(type_of(t));
        print(t);
        await sleep(0);
        print(t); print(u);
        await t;
        print(t); print(c);
        "#,
    )
    .prints(
        r#"
        <coroutine worker(1)>
        <future sleep(0.5)>
        <coroutine async block>
        <future gather>
        ["coroutine", "future"]
        task
        <task 1 "worker" ready>
        <task 1 "worker" waiting on sleep(0.5)>
        <task 2 "sleep" waiting on sleep(0.5)>
        <task 1 "worker" done>
        <coroutine worker, spawned as task 1>
        "#,
    )
    .exits(0);
}

#[test]
fn words_as_names() {
    Script::new(
        r#"
        let l = lock();
        print(await l.with(|| 1));
        let m = #{spawn: 2, with: 3};
        print(m.spawn + m.with);
        let spawn = 4;
        print(spawn);
        "#,
    )
    .prints("1\n5\n4");
}

#[test]
fn async_methods_see_this() {
    Script::new(
        r#"
        async fn total(k) { await sleep(0); this.n * k }
        let m = #{n: 4, later: async |k| { await sleep(0); this.n + k }};
        print(await m.total(2));
        print(await m.later(2));
        "#,
    )
    .prints("8\n6");
}

#[test]
fn texts_with_a_mark_a_shebang_or_carriage_returns() {
    Script::new("\u{feff}#!/usr/bin/env loopscope\nasync fn f() { 1 }\nprint(await f());").prints("1").exits(0);
    Script::new("#!/usr/bin/env loopscope\nprint(await async { 2 });").prints("2").exits(0);
    let crlf = "async fn f(a) {\r\n    await sleep(0);\r\n    throw a\r\n}\r\nprint(1);\r\nawait f(\"oh\");\r\n";
    Script::raw(crlf).prints("1").exits(1).says("<stdin>:3:5");
    Script::raw("\u{feff}throw 1").run().exits(1).says("<stdin>:1:1");
}

#[test]
fn async_in_odd_places() {
    Script::new(
        r##"
        async/* here */fn /* there */ f(a /* , */, b, ) /* } */ { a + b } // async fn
        print(await f(1, 2));
        async
        fn g() { "g" }
        print(await g());
        let h = async
            |x| x;
        print(await h.call("async fn x() { } |y|"));
        print(await async{1});
        private async fn p() {5}
        print(await p());
        let a = [async || 1, async |x| x];
        print(await a[0].call() + await a[1].call(2));
        let s = `x${await async { `y${await async { 3 }}` }}`;
        print(s);
        async fn empty() {}
        print(await empty() == ());
        print(#"async fn "# + 'a');
        "##,
    )
    .prints("3\ng\nasync fn x() { } |y|\n1\n5\n3\nxy3\ntrue\nasync fn a")
    .exits(0);
}

#[test]
fn break_and_continue_do_not_leave_an_async_block() {
    Script::new("for i in 0..3 { await async { break; } }").fails("async block");
}

#[test]
fn constants_of_async_code_are_not_global() {
    Script::new(
        r#"
        const X = 1;
        fn look() { global::X }
        async fn f() { const X = 2; await sleep(0); look() }
        print(await f());
        { const X = await async { 3 }; print(X + look()); }
        "#,
    )
    .prints("1\n4");
}

#[test]
fn an_error_that_is_bare_in_an_async_function_is_not_a_rethrow() {
    Script::new(
        r#"
        async fn bare() { throw; }
        try { try { throw "first" } catch { await bare() } } catch (e) { print(e == ()) }
        try { try { throw "first" } catch { await sleep(0); throw } } catch (e) { print(e) }
        "#,
    )
    .prints("true\nfirst");
}

#[test]
fn an_async_closure_without_braces_is_a_single_statement() {
    Script::new(
        r#"
        let n = 0;
        let thrower = async |x| throw x;
        try { await thrower.call("oh") } catch (e) { print(e) }
        let bare = async || throw;
        try { await bare.call() } catch (e) { print(e == ()) }
        let back = async |x| return x + 1; // a comment, with a comma
        print(await back.call(1));
        await gather([1, 2].map(async |x| n += x));
        print(n);
        let add = async |x| |a, b| a + b + x;
        print((await add.call(1)).call(2, 3));
        let nested = async |x| async |a, b| a | b | x;
        print(await (await nested.call(8)).call(4, 1));
        let size = async |x| if x > 1 { await sleep(0); "big" } else { "small" };
        print([await size.call(1), await size.call(2)]);
        let m = #{a: async || `${1}, ;`, b: async |x| switch x { 1 | 2 => "few", _ => "many" }};
        print(await m.a() + await m.b(2) /* | */);
        let count = async || for i in 0..2 { await sleep(0); print(i) };
        await count.call();
        let a = 1 /* | */ | 6; print(a);
        fn plain() { async || return [1, 2] } print(await plain().call());
        print(await (async || #{k: 1}).call());
        "#,
    )
    .prints("oh\ntrue\n2\n3\n6\n13\n[\"small\", \"big\"]\n1, ;few\n0\n1\n7\n[1, 2]\n#{\"k\": 1}")
    .exits(0);
    Script::raw("let f = async || throw 1 // no end").passes();
    Script::raw("let f = async |x| x.").fails("Expecting name of a property").says(":1:21");
    Script::new("foo(async |x| bar(x)").fails("Expecting ')' to close the arguments list of this function call 'foo'");
}

#[test]
fn with_as_a_functions_name() {
    Script::new(
        r#"
        fn with(a) { this.n + a }
        async fn with(a, b) { await sleep(0); a - b }
        let x = #{n: 1, with: 5};
        print(x.with(3)); print(await with(5, 1)); print(x.with);
        "#,
    )
    .prints("4\n4\n5")
    .exits(0);
    Script::new("fn with() {} fn with() {}").fails("Function with with no parameters already exists");
    Script::new("fn with() { 1 / 0 }\nwith();").fails("called with, <stdin>:2:1");
}

#[test]
fn what_an_async_method_changes_is_changed() {
    Script::new(
        r#"
        async fn bump(by) { let old = this.n; await sleep(0.1); this.n = old + by; old }
        async fn twice(by) { await this.bump(by); await this.bump(by) }
        async fn grow() { await sleep(0); this += 1; this }
        let x = #{n: 1, bonus: async |k| { await sleep(0); this.n += k }, add: |k| this.n += k};
        print(await x.bump(2)); print(x.n);
        await x.twice(10); print(x.n);
        "#,
    )
    .prints("1\n3\n23");
    Script::new(
        r#"
        async fn bump(by) { let old = this.n; await sleep(0.1); this.n = old + by; old }
        async fn grow() { await sleep(0); this += 1; this }
        async fn later() { await async { await sleep(0); this.n += 100 }; defer(|| print("end")); }
        let x = #{n: 1, bonus: async |k| { await sleep(0); this.n += k }, add: |k| this.n += k};
        let copy = x;
        await x.bonus(2); x.add(3); print(x.n);
        print(await gather(x.bump(5), x.bump(7))); print(x.n);
        let t = spawn(x.bump(1)); x.n = 50; await t; print(x.n);
        await x.later(); print(x.n);
        let n = 1; print(await n.grow()); print(n);
        let get = || x.n; await x.bump(1); print(get.call());
        for y in [x, #{n: 7}] { await y.bump(1); print(y.n) }
        let all = []; for i in 0..3 { let y = #{n: i}; all.push(spawn(y.bump(i))); }
        print(await gather(all)); print(x.n); print(copy.n);
        let work = |i| x.bump(i); await work.call(9); print(x.n);
        print(await gather([1, 2].map(|i| x.bump(i))));
        async fn inside() { let z = #{n: 1}; await z.bump(1); { let z = z; await z.bump(1); print(z.n) } z.n }
        print(await inside());
        "#,
    )
    .prints("6\n[6, 6]\n13\n51\nend\n151\n2\n2\n152\n153\n8\n[0, 1, 2]\n152\n1\n161\n[161, 161]\n3\n2")
    .exits(0);
}

#[test]
fn temporaries_and_constants_as_this() {
    Script::new(
        r#"
        async fn bump() { await sleep(0); this.n += 1; this.n }
        async fn look() { await sleep(0); this.n }
        fn make() { #{n: 5, child: #{n: 7}} }
        print(await make().bump()); print(await make().child.bump()); print(await #{n: 8}.bump());
        fn plain() { let y = #{n: 1}; y.bump() } print(await plain());
        const K = #{n: 1}; print(await K.look());
        try { await K.bump() } catch (e) { print(e.error) } print(K.n);
        let list = [make()]; print(await list[0].look()); print(await list[0].child.look());
        try { await list[0].child.bump() } catch (e) { print(e.error) } print(list[0].child.n);
        let first = list[0]; print(await first.bump()); print(list[0].n);
        "#,
    )
    .prints("6\n8\n9\n2\n1\nErrorAssignmentToConstant\n1\n5\n7\nErrorAssignmentToConstant\n7\n6\n5")
    .exits(0);
    Script::new("async fn bump() { this.n += 1 }\nlet list = [#{n: 1}];\nawait list[0].bump();")
        .fails("<stdin>:1:19")
        .says("help: an async method can change what it is called on only if that is a variable");
}

#[test]
fn names_with_other_letters_are_told_at_their_place() {
    Script::new("let bé = async || { 1 };").fails("<stdin>:1:6");
    Script::new("let m = #{\"é\": async || 2}; print(await m[\"é\"].call())").passes().prints("2");
}
