//! What scripts do to themselves: depth, size, numbers.

use loopscope::session::End;

use crate::support::{Inside, Ran, Script, with_stack};

/// Prints the most memory that the process has used so far, in MiB.
const PEAK: &str = "async fn peak() { let lines = (await read_file(`/proc/self/status`)).split(\"\\n\"); \
    let line = lines.filter(|l| l.starts_with(`VmHWM`))[0]; parse_int(line.split(` `).filter(|w| w != ``)[1]) / 1024 }\n";

/// The peak that a script printed last.
fn peak_of(ran: &Ran) -> i64 {
    ran.stdout.trim().lines().last().and_then(|line| line.parse().ok()).unwrap_or_else(|| panic!("{ran:#}"))
}

#[test]
fn too_deep_is_an_error_wherever_it_happens() {
    for (function, call) in [
        ("fn f(n) { f(n + 1) + 1 }", "f(0)"),
        ("fn f(n) { f(n + 1) + 1 }", "await spawn(async { f(0) })"),
        ("fn f(n) { f(n + 1) + 1 }", "await to_thread(f, [0])"),
        ("fn f(n) { [n].map(|x| f(x + 1)) }", "f(0)"),
        ("fn f(n) { [n].filter(|x| f(x + 1)) }", "f(0)"),
        ("fn f(n) { [n, 1].sort(|a, b| f(a + 1)) }", "f(0)"),
        ("fn f(n) { [n].reduce(|a, b| f(b + 1), 0) }", "f(0)"),
        ("fn f(n) { eval(\"f(n + 1)\") }", "f(0)"),
        ("fn f() { this.n += 1; this.f() }", "let m = #{n: 1}; m.f()"),
        ("async fn f(n) { await f(n + 1) }", "await f(0)"),
    ] {
        let text = format!("{function} try {{ {call} }} catch (e) {{ print(`caught`) }}");
        let ran = Script::new(&text).flag("--limit").flag("awaits=2000").run().exits(1).says("call too deep");
        assert_eq!(ran.stdout, "", "no catch sees it: {text}");
    }
    // the usual limits: as deep in debug builds as in others
    let deep = "fn f(n) { if n == 0 { 0 } else { f(n - 1) + 1 } }";
    Script::new(&format!("{deep} print(f(9_990))")).passes().prints("9990");
    Script::new(&format!("{deep} print(f(10_100))")).fails("call too deep");
    Script::new("async fn f(n) { if n == 0 { 0 } else { await f(n - 1) + 1 } } print(await f(50_000))").prints("50000");
}

#[test]
fn a_session_lives_on_after_errors_of_depth_and_size() {
    with_stack(|| {
        let mut inside = Inside::new();
        inside.go("let kept = 41; fn f(n) { f(n + 1) + 1 }");
        for text in ["f(0)", "await spawn(|| f(0))", "let s = `x`; loop { s += s }", "[].pad(1_000_000_000, 0)"] {
            assert!(matches!(inside.go(text), End::Failed(_)), "{text}");
        }
        match inside.go("kept + 1") {
            End::Value(value) => assert_eq!(value.to_string(), "42"),
            end => panic!("{end:?}"),
        }
    });
}

#[test]
fn values_nested_thousands_deep_are_shown_compared_and_dropped() {
    for (start, wrap) in [("[]", "[v]"), ("#{}", "#{a: v}")] {
        let text = format!(
            "let v = {start}; for i in 0..3000 {{ v = {wrap} }}
             let w = v;
             print(v.to_string().len() == `${{w}}`.len());
             print(v == w);
             try {{ to_json(v) }} catch (e) {{ print(e.error) }}
             print(await to_thread(|x| type_of(x), [1]));
             v = (); w = ();
             print(`dropped`);"
        );
        Script::new(&text).run().exits(0).prints("true\ntrue\nlimit\ni64\ndropped");
    }
    // captured variables are nested at no cost, so they could go far deeper than the stack
    Script::new("let a = 1; for i in 0..1_000_000 { let b = a; a = || b }")
        .run()
        .exits(1)
        .says("nested more than 10000 deep");
    Script::new("let c = async { 1 }; for i in 0..50_000 { let p = c; c = async { await p } } print(await c)")
        .prints("1");
}

#[test]
fn open_parentheses_have_a_position() {
    for open in ["(", "[", "#{a: ", "{", "-", "!", "f(", "if true {", "async {", "await ("] {
        let ran = Script::new(&open.repeat(100_000)).run().exits(1).says("error");
        assert!(ran.stderr.contains("--> <stdin>:1:"), "{open}: {ran:#}");
    }
}

#[test]
fn what_grows_without_end_is_stopped_in_time() {
    for text in [
        "let s = `x`; loop { s += s }",
        "let s = `x`; loop { s = s + s }",
        "let s = `xxxxxxxxxxxxxxxx`; loop { s = `${s}${s}` }",
        "let s = `x`; s.pad(1_000_000_000, `ab`)",
        "let s = `x`; s.pad(1_000_000_000, 'a')",
        "let s = `x`; s.pad(30_000_000, `x`); s.replace(`x`, `xxxxxxxxxxxxxxxxxxxx`)",
        "let a = []; a.pad(1_000_000_000, 0)",
        "let a = [1]; loop { a += a }",
        "let b = blob(1_000_000_000)",
        "let b = blob(1); b.pad(1_000_000_000, 1)",
        "let s = `x`; s.pad(30_000_000, `x`); s.to_chars()",
        "let s = `x`; s.pad(30_000_000, `x`); s.split(``)",
    ] {
        let script =
            format!("{PEAK}spawn(async {{ {text}; print(`went through`) }});\nawait sleep(1);\nprint(await peak());");
        let ran = Script::new(&script).flag("--allow-read=/proc").run().exits(1).says("too large: ").says("--limit");
        assert!(!ran.stdout.contains("through"), "{ran:#}");
        assert!(peak_of(&ran) < 512, "{text}: {} MiB", peak_of(&ran));
    }
}

#[test]
fn what_is_put_into_itself_again_and_again_is_stopped_in_time() {
    for text in [
        "let f = |x| x; loop { f = f.curry(f) }",
        "let a = [1]; loop { a = [a, a] }",
        "let a = [1]; loop { a.push(a) }",
        "let m = #{x: 1}; loop { m = #{x: m, y: m} }",
        "fn d(x) { d([x, x]) } d([1])",
    ] {
        let (functions, text) = text.split_once("} d(").map_or((String::new(), text.to_owned()), |(function, call)| {
            (format!("{function}}}"), format!("d({call}"))
        });
        let script = format!("{PEAK}{functions}spawn(async {{ {text} }});\nawait sleep(1);\nprint(await peak());");
        let ran = Script::new(&script).flag("--allow-read=/proc").run().exits(1);
        let ran = ran.says("too large: a value with more than 500000 values nested more than 8 deep");
        println!("{text}: {} MiB", peak_of(&ran));
        assert!(peak_of(&ran) < 1_024, "{text}: {} MiB", peak_of(&ran));
    }
}

#[test]
fn what_grows_within_values_meets_the_limit_of_memory() {
    for text in [
        "let a = [`x`]; loop { a[0] += a[0] }",
        "let m = #{}; let s = `x`; s.pad(1_000_000, `y`); loop { m[`${m.len()}`] = s + `z` }",
    ] {
        let script = format!("{PEAK}spawn(async {{ {text} }});\nawait sleep(1);\nprint(await peak());");
        let ran = Script::new(&script).flag("--allow-read=/proc").flag("--limit").flag("memory=200M").run();
        let ran = ran.exits(1).says("out of memory");
        assert!(peak_of(&ran) < 512, "{text}: {} MiB", peak_of(&ran));
    }
}

#[test]
fn limits_can_be_set() {
    let limited = |limit: &str, text: &str| Script::new(text).flag("--limit").flag(limit).run();
    limited("calls=50", "fn f(n) { if n == 0 { 0 } else { f(n - 1) } } f(60)").exits(1).says("call too deep");
    limited("string=2k", "let s = ``; s.pad(3000, 'x')").exits(1).says("2.93 KiB, and at most 2 KiB");
    limited("string=100M", "let s = ``; s.pad(70_000_000, 'x'); print(s.len())").exits(0).prints("70000000");
    limited("array=100", "let a = []; for i in 0..200 { a.push(i) }").exits(1).says("an array of 101 entries");
    limited("array=100", "let m = #{}; for i in 0..200 { m[`${i}`] = i }").exits(1).says("a map of 101 entries");
    limited("nesting=20", &"(".repeat(50)).exits(1).says("maximum complexity");
    limited("depth=50", "let a = []; for i in 0..60 { a = [a] } a == a").exits(1).says("nested more than 50 deep");
    limited("reach=5", "").exits(2).says("there is no limit of that name");
}

#[test]
fn a_loop_that_blocked_goes_on_with_the_others() {
    Script::new(
        "
        spawn(async { for i in 0..3 { await sleep(0.01) } print(`other`) }, `other`);
        spawn(async { let t = now(); while now() - t < 0.3 {} print(`loop`) }, `loop`);
        await sleep(1);
        ",
    )
    .real()
    .run()
    .exits(0)
    .prints("loop\nother")
    .says("task 2 \"loop\" blocked the loop for 3");
}

#[test]
fn many_tasks_run_or_meet_a_clear_limit() {
    let text = "let n = 0; for i in 0..200_000 { spawn(|| n += 1) } await sleep(1); print(n)";
    Script::new(text).run().exits(0).prints("200000");
    Script::new("for i in 0..2000 { spawn(sleep(1)) }")
        .flag("--limit")
        .flag("tasks=1000")
        .run()
        .exits(1)
        .says("limit: there are 1000 tasks, and no more are allowed at once (--limit tasks=N)");
}

#[test]
fn an_error_while_sorting_is_one_of_the_sort() {
    Script::new(
        "
        let a = [3, 1, 2];
        try { a.sort(|x, y| throw `no order`) } catch (e) { print(e) }
        print(a);
        a.sort(|x, y| x - y); print(a);
        a.sort_by(|x, y| x > y); print(a);
        print([`bb`, `a`, `cc`].order(|x, y| x.len() - y.len()));
        let wild = []; for i in 0..1000 { wild.push(i) }
        wild.sort(|x, y| 1); print(wild.len());
        ",
    )
    .passes()
    .prints("no order\n[3, 1, 2]\n[1, 2, 3]\n[3, 2, 1]\n[\"a\", \"bb\", \"cc\"]\n1000");
}
