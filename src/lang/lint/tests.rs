//! Each rule on scripts that break it, and on those that do not.

use super::*;
use crate::lang::syntax::{self, Shared};
use crate::lang::{Unit, compile};
use std::rc::Rc;

/// What is found in a script: `rule line:column`.
fn found(text: &str) -> Vec<String> {
    lints(text, Before::Check).iter().map(|l| format!("{} {}:{}", l.rule, l.place.line, l.place.column)).collect()
}

fn lints(text: &str, before: Before) -> Vec<Lint> {
    let mut engine = rhai::Engine::new();
    engine.set_optimization_level(rhai::OptimizationLevel::None);
    engine.set_max_expr_depths(200, 200); // those of a debug build are too small
    let shared = Rc::new(Shared::default());
    syntax::install(&mut engine, &shared, Rc::new(|_| rhai::Dynamic::UNIT));
    let program = compile(&engine, &shared, "t.rhai", text, Unit::Script).map_err(|e| e.title);
    let library = |name: &str, method: bool| match method {
        true => ["get", "put", "wait", "acquire", "with", "next"].contains(&name),
        false => ["sleep", "gather"].contains(&name),
    };
    program
        .map(|p| lint(&p, before, &library, &["own".to_string()], &|| false))
        .unwrap_or_else(|e| panic!("{e} in {text}"))
}

fn check(cases: &[(&str, &[&str])]) {
    for (text, expected) in cases {
        assert_eq!(found(text), *expected, "in {text}");
    }
}

#[test]
fn a_call_that_is_not_awaited() {
    check(&[
        ("async fn f() { 1 }\nf();\nlet x = 1;", &["not-awaited 2:1"]),
        ("sleep(1);", &["not-awaited 1:1"]),
        ("let q = queue();\nq.put(1);\nq.len();", &["not-awaited 2:3"]),
        ("async fn f() {\n  sleep(1);\n}\nawait f();", &["not-awaited 2:3"]),
        ("fn f() {\n  sleep(1);\n  2\n}\nf();", &["not-awaited 2:3"]),
        ("for i in 0..3 { sleep(i) }", &["not-awaited 1:17"]),
        ("if true { sleep(1) } else { 2 }\n();", &["not-awaited 1:11"]),
        ("let a = async { sleep(1); 2 };\nawait a;", &["not-awaited 1:17"]),
        // it is awaited, kept, or handed on
        ("await sleep(1); let s = sleep(1); await s; spawn(sleep(1));", &[]),
        ("fn f() { sleep(1) } async fn g() { await f() } await g();", &[]),
        ("async fn g() { return sleep(1); } await await g();", &[]),
        ("let all = [1, 2].map(|x| sleep(x)); await gather(all);", &[]),
    ]);
}

#[test]
fn a_text_in_double_quotes_with_a_variable_in_braces() {
    check(&[
        ("let x = 1;\nprint(\"a is ${x}\");", &["unfilled-text 2:7"]),
        ("print(\"${own.a}, ${own}\");", &["unfilled-text 1:7"]),
        ("fn f(n) { print(\"${n[0]}\"); n }\nf(1);", &["unfilled-text 1:17"]),
        // no variable, filled in, or about texts like it
        ("let x = `${own}`; print(\"${HOME} {own} $own\"); print(x);", &[]),
        ("let x = 1; print(\"write `${x}`\"); print(x);", &[]),
    ]);
}

#[test]
fn the_help_for_a_method_names_what_it_is_called_on() {
    let found = lints("let q = queue();\nlet x = #{q: q};\nq.put(1);\nx.q.put(1);", Before::Check);
    let helps: Vec<bool> = ["await q.put(...)", "await x.q.put(...)"]
        .iter()
        .zip(&found)
        .map(|(call, lint)| lint.help.starts_with(&format!("write `{call}`, or `spawn(")))
        .collect();
    assert_eq!(helps, [true, true], "{found:?}");
}

#[test]
fn a_loop_variable_captured_in_plain_code() {
    check(&[
        ("fn f() { let v = [];\nfor i in 0..3 { v.push(|| i); } v }\nf();", &["captured-loop-variable 2:24"]),
        ("fn f() { let v = [];\nfor i in 0..3 { v.push(async { i }); } v }\nf();", &["captured-loop-variable 2:24"]),
        ("fn f() { for (x, n) in [1] {\nlet c = || n; } }\nf();", &["captured-loop-variable 2:9"]),
        // a copy, a closure that is run at once, and async code
        ("fn f() { let v = []; for i in 0..3 { let x = i; v.push(|| x); } v } f();", &[]),
        ("fn f() { for i in 0..3 { [1, 2].map(|x| x + i); } } f();", &[]),
        ("let v = []; for i in 0..3 { v.push(|| i); }", &[]),
        ("async fn f() { let v = []; for i in 0..3 { v.push(|| i); } v } await f();", &[]),
    ]);
}

#[test]
fn sleeping_without_letting_others_run() {
    check(&[
        ("async fn f() {\n  blocking_sleep(1);\n}\nawait f();", &["blocking-sleep 2:3"]),
        ("blocking_sleep(1);", &["blocking-sleep 1:1"]),
        ("fn crunch() { blocking_sleep(1) } to_thread(\"crunch\");", &[]),
        // in a plain function that async code calls, and in one that this one calls
        (
            "fn nap() { let x = 1; blocking_sleep(x) } fn crunch() { nap(); 1 }\nasync fn f() {\n  crunch()\n}\nawait f();",
            &["blocking-sleep 3:3"],
        ),
        ("fn crunch() { blocking_sleep(1) }\ncrunch();", &["blocking-sleep 2:1"]),
        ("fn crunch() { blocking_sleep(1) } fn other() { 1 } other();", &[]),
        // another function of this name, with other arguments, and what a map has under it
        ("fn crunch() { 1 } fn crunch(a) { blocking_sleep(a) } crunch();", &[]),
        ("fn crunch() { 1 } fn crunch(a) { blocking_sleep(a) } fn f() { crunch() } f();", &[]),
        ("fn crunch() { 1 } fn crunch(a) { blocking_sleep(a) }\ncrunch(2);", &["blocking-sleep 2:1"]),
        ("fn nap() { blocking_sleep(1) } let db = #{nap: || 2}; db.nap();", &[]),
        ("fn nap() { blocking_sleep(1) } fn f(db) { db.nap() } f(#{nap: || 2});", &[]),
    ]);
}

#[test]
fn a_lost_update() {
    check(&[
        (
            "let n = 0;\nlet t = async {\n  let v = n;\n  await sleep(0);\n  n = v + 1;\n};\nawait t;",
            &["lost-update 5:3"],
        ),
        ("let n = 0;\nawait async { n = n + await sleep(0) };", &["lost-update 2:15"]),
        (
            "let n = 0;\nlet add = async |k| { let v = n; let w = v + k; await sleep(0); n = w; };\nawait add.call(1);",
            &["lost-update 2:65"],
        ),
        ("let m = #{n: 0};\nawait async { let v = m.n; await sleep(0); m.n = v + 1; };", &["lost-update 2:44"]),
        ("let left = 1;\nawait async { if left > 0 { await sleep(0); left -= 1; } };", &["lost-update 2:45"]),
        ("let n = 0;\nspawn(async { n += 1 });\nlet v = n;\nawait sleep(0);\nn = v + 1;", &["lost-update 5:1"]),
        // what was read is changed before it is written
        ("let n = 0;\nspawn(async { let t = n; await sleep(0); t += 1; n = t });", &["lost-update 2:50"]),
        ("let n = 0; let d = 1;\nspawn(async { let t = n; await sleep(0); t += d; n = t });", &["lost-update 2:50"]),
        ("let n = 0;\nspawn(async { let t = n; let r = await sleep(0); t += r; n = t });", &["lost-update 2:58"]),
        // a loop that goes on as long as the check holds
        ("let n = 0;\nawait async { while n < 3 { await sleep(0); n += 1 } };", &["lost-update 2:45"]),
        ("let n = 0;\nawait async { do { await sleep(0); n = n + 1 } while n < 3 };", &["lost-update 2:36"]),
        ("let on = true; await async { while on { await sleep(1); on = false } };", &[]),
        // the await lies on another way than the write, or the turn was left there
        ("let n = 0; await async { let v = n; if v > 1 { await sleep(0) } else { n = v + 1 } };", &[]),
        ("let n = 0; await async { let v = n; if v > 1 { await sleep(0); return } n = v + 1 };", &[]),
        ("let n = 0; await async { let v = n; switch v { 1 => { await sleep(0) } _ => { n = v + 1 } } };", &[]),
        (
            "let n = 0;\nawait async { let v = n; if v > 1 { await sleep(0) } else { v += 1 } n = v };",
            &["lost-update 2:70"],
        ),
        ("let n = 0;\nawait async { let v = n; try { await sleep(0) } catch { n = v + 1 } };", &["lost-update 2:57"]),
        // compared before it is written
        ("let n = 0; await async { let v = n; await sleep(0); if n == v { n = v + 1 } };", &[]),
        ("let n = 0;\nawait async { let v = n; await sleep(0); if n > 0 { n = v + 1 } };", &["lost-update 2:53"]),
        (
            "let n = 0;\nawait async { let v = n; await sleep(0); if n == v { await sleep(0); n = v + 1 } };",
            &["lost-update 2:70"],
        ),
        // checked again
        ("let n = 1; await async { if n > 0 { await sleep(0); if n > 0 { n -= 1 } } };", &[]),
        // written at once; not shared; read again; under a lock
        ("let n = 0; await async { await sleep(0); n = n + 1; };", &[]),
        ("let n = 0; await async { n += await sleep(0); };", &[]),
        ("let n = 0; let v = n; await sleep(0); n = v + 1;", &[]),
        ("async fn f(n) { let v = n; await sleep(0); n = v + 1; n } await f(1);", &[]),
        ("let n = 0; await async { let v = n; await sleep(0); v = n; n = v + 1; };", &[]),
        (
            "let n = 0; let l = lock(); await async { await l.with(async || { let v = n; await sleep(0); n = v + 1; }); };",
            &[],
        ),
    ]);
}

#[test]
fn locks_that_stay_held() {
    check(&[
        ("let l = lock();\nawait l.acquire();\nawait fetch(1);\nl.release();", &["lock-not-released 3:1"]),
        (
            "let l = lock(); let q = queue();\nawait l.with(async || {\n  await q.get()\n});",
            &["lock-held-while-waiting 3:3"],
        ),
        ("let l = lock();\nawait l.acquire();\nif 1 > 2 { throw \"no\" }\nl.release();", &["lock-not-released 3:12"]),
        ("let l = lock();\nawait l.acquire();\nif 1 > 2 { return 5 }\nl.release();", &["lock-not-released 3:12"]),
        (
            "let l = lock(); let q = queue();\nawait l.acquire(); defer(|| l.release()); await q.get();",
            &["lock-held-while-waiting 2:43"],
        ),
        ("let l = lock(); await l.acquire(); try { throw 1 } catch { 2 } l.release();", &[]),
        ("let l = lock(); await l.acquire(); if 1 > 2 { l.release(); throw 1 } l.release();", &[]),
        (
            "let l = lock(); await l.acquire(); if 1 > 2 { l.release(); return 1 } await q.get(); l.release();",
            &["lock-not-released 1:71"],
        ),
        ("let s = semaphore(2); let q = queue(); await s.with(async || { await q.get() });", &[]),
        ("let l = lock(); await l.acquire(); l.release(); await fetch(1);", &[]),
        ("let l = lock(); await l.acquire(); await sleep(1); l.release();", &[]),
        ("let l = lock(); await l.acquire(); defer(|| l.release()); await fetch(1); l.release();", &[]),
        ("let l = lock(); let c = condition(l); await l.with(async || { await c.wait() });", &[]),
        // a condition gives the lock back while it waits; one that is a parameter may be one
        ("let l = lock(); let c = condition(l); await l.acquire(); await c.wait(); l.release();", &[]),
        ("let l = lock(); let c = condition(l); await l.acquire(); while 1 > 2 { await c.wait() } l.release();", &[]),
        ("let l = lock(); let c = condition(l); await l.acquire(); await c.wait_for(|| true); l.release();", &[]),
        ("async fn f(l, c) { await l.acquire(); await c.wait(); l.release(); } await f(1, 2);", &[]),
        (
            "let l = lock(); let e = event();\nawait l.acquire(); await e.wait(); l.release();",
            &["lock-not-released 2:20"],
        ),
        ("let l = lock(); await l.with(async || { await sleep(1) });", &[]),
    ]);
}

#[test]
fn locks_that_are_never_released() {
    check(&[
        (
            "let l = lock();\nlet a = async || { await l.acquire(); await sleep(0.1); };\nawait gather(a.call(), a.call());",
            &["lock-never-released 2:20"],
        ),
        ("let l = lock();\nasync fn f(l) { await l.acquire(); }\nawait f(l);", &["lock-never-released 2:17"]),
        (
            "let s = semaphore(1); let c = condition(s);\nspawn(async { await s.acquire() });",
            &["lock-never-released 2:15"],
        ),
        // another task releases it, or whom it is handed to, or what comes at the prompt
        ("let s = semaphore(0); spawn(async { await s.acquire(); }); s.release();", &[]),
        ("let l = lock(); spawn(async { await l.acquire(); defer(|| l.release()); });", &[]),
        ("let l = lock(); fn done(k) { k.release() } spawn(async { await l.acquire(); done(l); });", &[]),
        ("async fn f(l) { await l.acquire(); } fn g(k) { k.release() } let l = lock(); await f(l); g(l);", &[]),
        ("let l = lock(); await l.acquire();", &[]),
        ("async fn f(l) { await l.acquire(); }", &[]),
    ]);
}

#[test]
fn what_is_held_after_branches() {
    // each takes a lock that one branch has released already
    let after = |branches: &str| {
        found(&format!(
            "let l = lock(); let r = 1; await l.acquire();\n{branches}\nawait fetch(1); await l.acquire(); l.release();"
        ))
    };
    let released = [
        "if r == 0 { l.release(); return 0 } else { l.release(); }",
        "if r == 0 { l.release(); } else { l.release(); return 0 }",
        "if r == 0 { l.release(); } else if r == 1 { l.release(); throw 1 } else { l.release(); }",
        "switch r { 0 => { l.release(); return 0 } 1 => { l.release(); } _ => l.release() }",
        "try { l.release(); } catch { l.release(); return 0 }",
        "try { if r == 0 { l.release(); return 0 } } catch { 1 } l.release();",
        "loop { if r == 0 { l.release(); break } await sleep(1); }",
        "loop { if r == 0 { await sleep(1); continue } l.release(); break }",
        "do { l.release() } while r == 1;",
        "l.release(); for x in [1] { return 1 }",
    ];
    for branches in released {
        assert_eq!(after(branches), [""; 0], "{branches}");
    }
    let held = [
        "if r == 0 { l.release(); }",
        "if r == 0 { l.release(); } else { r = 1; }",
        "if r == 0 { l.release(); return 0 } else { r = 1; }",
        "switch r { 0 => l.release() }",
        "switch r { 0 => l.release(), _ => () }",
        "for x in [] { l.release() }",
        "while r == 1 { l.release(); r = 0; }",
        "loop { if r == 0 { break } l.release(); return 0 }",
    ];
    for branches in held {
        assert_eq!(after(branches), ["lock-not-released 3:1"], "{branches}");
    }
    // in each branch it is held anew
    check(&[(
        "let l = lock(); await l.acquire();\nif 1 > 2 { l.release(); } else {\nawait fetch(1); l.release(); }",
        &["lock-not-released 3:1"],
    )]);
}

#[test]
fn what_is_said_of_several_places_is_said_once() {
    let list = lints("sleep(1);\nsleep(2);\nqueue().put(1);\nsleep(3);", Before::Check);
    let again = |lint: &Lint| lint.again.iter().map(|place| place.line).collect::<Vec<_>>();
    assert_eq!(list.iter().map(again).collect::<Vec<_>>(), [vec![2, 4], vec![]]);
    let report = crate::session::lint_report(&list[0]).render(false);
    assert!(report.contains("= the same at 2 more places: lines 2, 4\n"), "{report}");
}

#[test]
fn the_words_are_those_of_the_case() {
    let title = |text: &str| lints(text, Before::Run).remove(0).title;
    let checked = "let n = 1; await async { if n > 0 { await sleep(0); n -= 1; } };";
    assert_eq!(title(checked), "`n` may have changed between the check and what is done by it");
    let both = "let n = 1; await async { if n > 0 { let v = n; await sleep(0); n = v - 1; } };";
    assert_eq!(title(both), "`n` may have changed between reading and writing it");
    let permits = "let s = semaphore(2); await s.acquire(); await fetch(1); s.release();";
    assert_eq!(title(permits), "`s` is not released if this await fails, is cancelled or never ends");
}

#[test]
fn a_run_speaks_up_by_itself_about_what_happens() {
    let text = "let n = 0;\nawait async { sleep(1); blocking_sleep(1); let v = n; await sleep(0); n = v };";
    let rules = |before| lints(text, before).iter().map(|l| l.rule).collect::<Vec<_>>();
    assert_eq!(rules(Before::Check), ["not-awaited", "blocking-sleep", "lost-update"]);
    assert_eq!(rules(Before::Run), ["lost-update"]);
}

#[test]
fn a_finding_has_all_that_a_report_needs() {
    let lint = lints("let n = 0;\nawait async { let v = n; await sleep(0); n = v };", Before::Run).remove(0);
    assert_eq!(lint.place.text(), "n");
    assert_eq!(lint.others[0].0.column, 26);
    assert!(lint.help.contains("lock") && lint.title.contains("`n`") && lint.lesson == "races", "{lint:?}");
}
