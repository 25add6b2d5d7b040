//! Where errors point.

use crate::support::Script;

#[test]
fn an_await_in_a_plain_function_is_refused_before_anything_runs() {
    Script::new("print(1);\nfn f(x) {\n    await sleep(1);\n}\nf(1);")
        .prints("")
        .exits(1)
        .says("`await` in a function that is not async")
        .says("<stdin>:3:5")
        .says("write `async fn f`");
}

#[test]
fn an_await_in_a_plain_closure() {
    Script::new("let f = |x| await sleep(x);\nf.call(1);")
        .prints("")
        .exits(1)
        .says(":1:13")
        .says("write `async` before this `|`");
    Script::new("[1].map(|x| { let y = x; await sleep(y) });").fails("write `async` before this `|`");
    Script::new("async fn f() { [1].map(|x| await sleep(x)) }").fails("write `async` before this `|`");
    Script::new("fn f() { loop { break await sleep(1) } }").fails("write `async fn f`");
    // operators and closures that are over are not where it stands
    Script::new("fn f(a, b) { let x = a || b; await sleep(1); }").fails("write `async fn f`");
    Script::new("fn f(a, b) { let x = a | b; await sleep(1); }").fails("write `async fn f`");
    Script::new("fn f(l) { let y = l.map(|n| n * 2); await sleep(1) }").fails("write `async fn f`");
    Script::new("fn f(l) { let y = l.map(|n| { n * 2 }); await sleep(1) }").fails("write `async fn f`");
    Script::new("let f = |l| { let y = l.map(async |n| n); await sleep(1) };")
        .fails("\n   |         - write `async` before this `|`");
}

#[test]
fn an_await_in_eval() {
    Script::new("eval(\"await sleep(1)\");").run().exits(1);
}

#[test]
fn awaiting_a_literal() {
    Script::new("await 5;").fails("`await` needs");
    Script::new("let x = 1 + await 5;").fails("`await` needs");
    Script::new("await \"x\";").run().exits(1);
    Script::new("await;").run().exits(1);
    Script::new("async 5").fails("after `async`");
}

#[test]
fn places_are_those_of_the_user() {
    Script::new("async fn f(a){throw a}await f(1);").fails("<stdin>:1:15");
    Script::new("async fn f(a){let b=a;throw b}\nawait f(1);").fails("<stdin>:1:23");
    Script::new("async fn f(a){}async fn g(a){throw a}await g(1);").fails("<stdin>:1:30");
    Script::new("let f=async||throw_it();fn throw_it(){throw 1}\nawait f.call();").fails("<stdin>:1:39");
    Script::new("let f=async|x|{throw x};await f.call(1);").fails("<stdin>:1:16");
    Script::new("async fn f() { 1 / 0 }\nawait f();").fails("<stdin>:1:18");
    Script::new("async fn f(){\n  let x = nothing;\n}\nawait f();").fails("<stdin>:2:11");
    Script::new("async fn f(a){a} let x = ;").fails("<stdin>:1:26");
}

#[test]
fn the_chain_of_async_calls_is_told() {
    Script::new(
        "async fn a() { await sleep(0); throw \"oh\" }\nasync fn b() { let x = await a(); x }\nlet c = async || await b();\nawait c.call();",
    )
    .fails("oh")
    .says("<stdin>:1:32")
    .says("awaited in b, <stdin>:2:24")
    .says("awaited in c, <stdin>:3:18")
    .says("awaited in main, <stdin>:4:1");
}

#[test]
fn an_error_of_a_plain_function_tells_both() {
    Script::new("fn bad(x) {\n  x.nothing()\n}\nasync fn a() { bad(1) }\nawait a();")
        .fails("nothing")
        .says("<stdin>:2:5")
        .says("called bad, <stdin>:4:16");
}

#[test]
fn an_origin_survives_a_rethrow_and_a_gather() {
    Script::new("async fn a() { throw \"oh\" }\ntry { await a() } catch (e) { throw; }").fails("<stdin>:1:16");
    Script::new("async fn a() { throw \"oh\" }\nawait gather(a(), sleep(1));").fails("<stdin>:1:16");
    Script::new("async fn a() { await sleep(1); throw \"oh\" }\nawait timeout(5, a());").fails("<stdin>:1:32");
}

#[test]
fn types_have_the_names_that_scripts_know() {
    Script::new("await range(0, 10, 2);").fails("and this is a range\n");
    Script::new("spawn(1..2);").fails("and this is a range:");
    Script::new("await gather(1);").fails("and this is an integer\n");
    Script::new("await task_group(async |g| { await g });").fails("and this is a task_group");
    Script::new("if queue() { }").fails("Data type incorrect: queue (expecting bool)");
    Script::new("let x = await async { 1..2 }; if x { }").fails("Data type incorrect: range (expecting bool)");
    Script::new("queue(\"a\", \"b\");").fails("`queue([n][, name])` can't be called with a string and a string");
    Script::new("let f = |x| x; f.call(1, 2);").fails("this closure can't be called with (i64, i64): it takes");
    Script::new("mine::core::f();").fails("mine::core");
}

#[test]
fn endless_recursion_of_plain_functions_is_an_error() {
    Script::new("fn f(n) { f(n + 1) }\nf(0);").fails("call too deep");
    Script::new("fn f(n) { f(n + 1) }\ntry { f(0) } catch { print(\"no\") }").prints("").exits(1);
}

#[test]
fn texts_that_do_not_parse() {
    Script::new("print(1);\nlet x = (1 + ;").prints("").exits(1).says("<stdin>:2:14");
    Script::new("async fn f( {").run().exits(1);
    Script::new("async fn").run().exits(1);
    Script::new("async |x").run().exits(1);
    Script::new("async {").run().exits(1);
    Script::new("let s = `a${await").run().exits(1);
}

#[test]
fn a_function_that_the_library_calls_is_called_where_that_is_awaited() {
    let closure = "let f = || 1 / 0;\nlet l = lock();\n  ";
    Script::new(&format!("{closure}await l.with(f);")).fails("<stdin>:1:14").says("called a closure, <stdin>:3:3");
    Script::new(&format!("{closure}spawn(f); await sleep(0);")).fails("<stdin>:1:14");
    let deferred = "fn bad() { 1 / 0 }\nasync fn f() {\n  defer(|| bad());\n  await sleep(0);\n}\nawait f();";
    Script::new(deferred).fails("<stdin>:1:14").says("called bad, <stdin>:3:12").says("awaited in main, <stdin>:6:1");
}

#[test]
fn a_text_that_is_not_ours_knows_nothing_of_the_marks_of_another() {
    Script::new("async fn f() { 1 }\neval(\"fn f() {@ 1 }\");").fails("@");
}

#[test]
fn what_for_can_not_go_over_is_told_at_its_place() {
    let help = "`await` first what is not there yet";
    Script::new("async fn f() { [1] }\nfor x in f() { print(x); await sleep(0) }").fails("<stdin>:2:10").says(help);
    Script::raw("\n\nlet y = 1;\n   for x in await sleep(0) { await sleep(1) }").fails("<stdin>:4:13").says(help);
    Script::new("let y = 1;\nfor x in y { }").fails("<stdin>:2:10").says(help);
}

#[test]
fn too_deep_a_text_names_the_limit() {
    Script::new(&format!("let a = 1{};", " + 1".repeat(1_000))).fails("`--limit nesting=N`");
}

#[test]
fn a_block_that_was_not_awaited_is_told_at_its_word() {
    let run = |text: &str| Script::new(text).run();
    run("let x = 5;   let c = async { 1 }; c = ();").says("<stdin>:1:22").says("an async block: `await` it");
    run("print([1].map(async |x| x));").says("<stdin>:1:15").says("an async closure: `await` it");
}

#[test]
fn the_way_through_a_function_that_calls_a_closure() {
    let script = "async fn f(l) {\n await l.with(async || {\n  throw 1\n })\n}\nawait f(lock());";
    Script::new(script).fails("<stdin>:3:3").says("   = awaited in f, <stdin>:2:2\n   = awaited in main, <stdin>:6:1");
}

#[test]
fn an_origin_survives_a_throw_of_what_was_caught() {
    let thrown = "async fn a() { await sleep(0); throw \"oh\" }\ntry { await a() } catch (e) { if true { throw e } }";
    Script::new(thrown).fails("<stdin>:1:32").says("awaited in main, <stdin>:2:7");
    let own = "async fn a() { let x = [1]; x[7] }\ntry { await a() } catch (e) { throw e }";
    Script::new(own).fails("Array index 7 out of bounds").says("<stdin>:1:31").says("awaited in main, <stdin>:2:7");
    let other = "async fn a() { throw \"oh\" }\ntry { await a() } catch (e) { throw e + \"!\" }";
    Script::new(other).fails("<stdin>:2:31");
    Script::new("async fn a() { 1 }\ntry { await a(); throw 1 } catch (e) { throw 1 }").fails("<stdin>:2:40");
}

#[test]
fn what_is_thrown_again_without_an_await_points_at_where_it_was_thrown_first() {
    for again in ["throw;", "throw e", "if true { throw }"] {
        let script = format!("try {{\n  throw \"x\";\n}} catch (e) {{\n  {again}\n}}");
        Script::new(&script).fails("error: x\n").says("<stdin>:2:3");
    }
    Script::new(
        "let n = 0; for i in 0..3 { try { if i == 1 { continue } n += i; throw i } catch (e) { n += e } } print(n);",
    )
    .prints("4");
}

#[test]
fn arguments_that_a_library_function_does_not_take_are_an_error_of_kind_value() {
    let caught = |call: &str, said: &str| {
        let script =
            format!("let q = queue(1); try {{ {call} }} catch (e) {{ print(`${{e.error}}: ${{e.message}}`) }}");
        Script::new(&script).prints(said);
    };
    caught("timeout(\"x\")", "value: `timeout(s, x)` can't be called with a string");
    caught("await q.put()", "value: `queue.put(item)` can't be called without arguments");
    caught("await q.get(1, 2)", "value: `queue.get()` can't be called with an integer and an integer");
    caught("await fetch(5)", "value: `fetch(url[, options])` can't be called with an integer");
    caught("5.put(1)", "ErrorFunctionNotFound: Function not found: put (i64, i64)");
}

#[test]
fn an_error_of_rhai_is_told_in_the_same_words_beyond_a_task() {
    for call in ["f()", "spawn(f())", "gather(f())", "spawn(async { await spawn(f()) })"] {
        let script = format!("async fn f() {{ await sleep(0); nofn(1, \"x\") }}\nawait {call};");
        Script::new(&script).fails("error: Function not found: nofn (i64, string)\n").says("<stdin>:1:32");
    }
    let deep = "fn g(x) { x / 0 } fn h(x) { g(x) } async fn k() { await sleep(0); h(1) }\nawait gather(k());";
    let ran = Script::new(deep).fails("error: Division by zero: 1 / 0\n");
    ran.says("called g, ").says("called h, ");
}

#[test]
fn a_back_tick_text_may_have_a_dollar_that_begins_nothing() {
    Script::new("let s = `\\${`; async fn f() { 1 }\nprint(s + await f());").prints("${1").says_nothing();
    Script::new("async fn f(s) { throw s }\nprint(`\\${` + `a\\${` + await f(1));").fails("<stdin>:2:24");
}

#[test]
fn habits_of_other_languages_are_answered() {
    let rows = [
        ("async def get():\n    await sleep(1)", "`async fn` if it awaits"),
        ("async function get() { 1 }", "`async fn` if it awaits"),
        ("let f = async () => { 1 };", "`async |a| { ... }`"),
        ("class Foo { }", "Rhai has no classes"),
        ("try { 1 } catch { 2 } finally { 3 }", "`defer(|| ...)`"),
        ("let x = null;", "`()` is what Rhai has for nothing"),
        ("let x = {a: 1};", "`#{a: ...}`"),
        ("if not true { 1 }", "`!x` is not"),
        ("let a = true; let b = a and true;", "`a && b` is and"),
        ("let i = 0; i++;", "`i += 1` counts up"),
        ("print(f\"a\");", "in backticks"),
        ("print('hello');", "in double quotes"),
        ("await sleep 1;", "`sleep(1)`"),
        ("await sleep;", "it is a function: call it, as in `sleep(s)`"),
        ("await timeout(sleep(1), 2);", "what is waited for stands behind it, as in `timeout(1, f())`"),
        ("asyncio.create_task(1);", "`spawn(f())` makes a task of it"),
        ("(0..3).map(|x| x);", "a range is only gone over"),
        ("if true { 1 } elif false { 2 }", "`if a { ... } else if b { ... }"),
        ("for i in range(3):", "`for i in 0..3 { ... }`"),
        ("for i in range(3) { }", "`0..3` is 0, 1, 2"),
        ("let x: int = 1;", "`let x = ...`"),
        ("println!(\"a\");", "`print(x)` prints"),
        ("print(\"abc\".length);", "`x.len()`"),
        ("let a = [1]; a.append(2);", "`list.push(x)`"),
        ("let q = queue(); q.push(1);", "`await q.put(x)`"),
        ("let s = \"abc\"; s.set(0, \"z\");", "`string.set(index, character)`"),
        ("async fn get(n) { n } await gathr(get(1));", "did you mean `gather`?"),
        ("async fn get(n) { n } print(len(get(1)));", "`len(await x)`"),
        ("async fn get(n) { n } let x = get(1).await;", "`await` stands before"),
    ];
    for (script, advice) in rows {
        Script::new(script).fails(advice);
    }
}

#[test]
fn an_error_in_the_text_of_eval_is_drawn_at_its_call() {
    let ran = Script::new("let a = 1;\nfn f() { nosuch }\nlet s = \"let q = 5;\\nq + none\";\nlet x = eval(s);")
        .run()
        .exits(1);
    let ran = ran.says("<stdin>:4:").says("4 | let x = eval(s);");
    ran.says("= in line 2, column 5 of the text that `eval` was given");
    Script::new("let a = 1;\n\neval(\"1 +* 2\");").fails("3 | eval(\"1 +* 2\");").says("= in line 1, column 4 of");
    // in a function that the text calls
    let ran = Script::new("fn f() { nosuch }\n\neval(\"\\n f()\");").run().exits(1);
    let ran = ran.says("<stdin>:1:10").says("= called eval, <stdin>:3:");
    assert!(!ran.stderr.contains("of the text that"), "{}", ran.stderr);
}
