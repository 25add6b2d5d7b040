//! What a newcomer does: values, variables, functions, coroutines, tasks, and the explanations.

use std::time::{Duration, Instant};

use super::{start, start_wide};
use crate::pty::{CTRL_D, Folder, Terminal};

#[test]
fn values_are_shown_and_ctrl_d_leaves() {
    let folder = Folder::new("values");
    let mut t = start(&folder);
    t.sends("1 + 1").sees("=> 2").sees_prompt();
    t.runs("let x = 20");
    t.sends("x * 2 + 2").sees("=> 42").sees_prompt();
    t.sends("\"a\\nb\"").sees("=> \"a\\nb\"").sees_prompt();
    t.types(CTRL_D).exits_with(0);
    assert!(t.is_cooked());
    assert_eq!(super::history(&folder).lines().count(), 4);
}

#[test]
fn variables_functions_and_it_last_across_lines() {
    let folder = Folder::new("last");
    let mut t = start(&folder);
    t.runs("let a = 40;");
    t.runs("fn plus_one(n) { n + 1 }");
    t.runs("async fn later(n) { await sleep(0.01); plus_one(n) }");
    t.sends("await later(a)").sees("=> 41").sees_prompt();
    t.sends("it + 1").sees("=> 42").sees_prompt();
    t.runs("a = it;").sends("[a, it]").sees("=> [42, 42]").sees_prompt();
    t.runs("let a = \"new\";").sends("a").sees("=> \"new\"").sees_prompt();
    t.runs("fn plus_one(n) { n + 100 }").sends("await later(1)").sees("=> 101").sees_prompt();
}

#[test]
fn requests_and_a_sleep_side_by_side_draw_lanes() {
    let folder = Folder::new("gather");
    let mut t = start(&folder);
    t.runs("let s = demo_server();");
    let took = took_to_gather(&mut t, 1);
    println!("gather of 0.3, 0.2 and 0.1 s took {took:?}");
    t.sees("main ").sees("1 fetch  ").sees("2 fetch  ").sees("3 sleep  ").sees("3 tasks  0.").sees_prompt();
    let screen = t.screen();
    for lane in ["main ", "1 fetch ", "2 fetch ", "3 sleep "] {
        let row = screen.lines().find(|l| l.trim_start().starts_with(lane)).expect("a lane");
        assert!(row.contains('░') && row.trim_end().ends_with('✔') && row.chars().count() <= 80, "{row}");
    }
    // together they take as long as the slowest; a machine that is busy gets more chances
    let rounds = 2..=4;
    let fastest = rounds.map(|n| took_to_gather(t.runs(":lanes off"), n)).fold(took, Duration::min);
    let start = Instant::now();
    t.sends(
        "await fetch(s.url + \"/delay/300\"); await fetch(s.url + \"/delay/200\"); await sleep(0.1); \"one by one\"",
    );
    t.sees("=> \"one by one\"");
    let apart = start.elapsed();
    assert!(fastest >= Duration::from_millis(300) && fastest < apart, "{fastest:?} {apart:?}");
}

fn took_to_gather(t: &mut Terminal, round: i32) -> Duration {
    let start = Instant::now();
    t.sends("await gather([fetch(s.url + \"/delay/300\"), fetch(s.url + \"/delay/200\"), sleep(0.1)])");
    t.sees("=> [<response 200 OK, 2 B,").sees("<response 200 OK, 2 B,").sees(", ()]");
    let took = start.elapsed();
    println!("round {round}: {took:?}");
    took
}

#[test]
fn a_coroutine_has_not_started() {
    let folder = Folder::new("coroutine");
    let mut t = start(&folder);
    t.runs("async fn work(n) { print(\"at work\"); await sleep(0.01); n * 2 }");
    t.sends("work(21)").sees("=> <coroutine work(21)>\n").sees("not started: `await it` starts it").sees_prompt();
    t.sends("await it").sees("\nat work\n=> 42").sees_prompt();
    t.sends("sleep(0.01)").sees("=> <future").sees("not started").sees_prompt();
    t.sends("await it").sees_prompt();
    assert_eq!(t.transcript().matches("not started").count(), 2);
    assert!(!t.transcript().contains("never awaited"));
}

#[test]
fn a_forgotten_await_is_explained() {
    let folder = Folder::new("forgotten");
    let mut t = start(&folder);
    t.runs("async fn work(n) { n }");
    t.sends("work(1); 5").sees("warning: this coroutine was never awaited, so it never ran");
    t.sees("work(1); 5\n").sees("^^^^").sees("write `await work(1)` or `spawn(work(1))`").sees("=> 5").sees_prompt();
}

#[test]
fn a_deadlock_is_explained_and_survived() {
    let folder = Folder::new("deadlock");
    let mut t = start_wide(&folder);
    t.runs("let left = lock(\"left\"); let right = lock(\"right\");");
    t.runs("async fn both(a, b) { await a.acquire(); await sleep(0.05); await b.acquire(); }");
    t.sends("await gather([spawn(both(left, right), \"alice\"), spawn(both(right, left), \"bob\")])");
    t.sees("deadlock: no task can ever run again");
    t.sees("\"alice\"").sees("waits for lock \"right\", held by task 2 \"bob\"");
    t.sees("\"bob\"").sees("waits for lock \"left\", held by task 1 \"alice\"");
    t.sees("= help: take the locks in the same order everywhere").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt();
}

#[test]
fn a_blocked_loop_is_explained() {
    let folder = Folder::new("blocked");
    let mut t = start_wide(&folder);
    t.sends("let other = spawn(sleep(0.05)); blocking_sleep(0.2); await other");
    t.sees("warning: main blocked the loop for 2").sees("blocking_sleep(0.2)").sees("^^^^");
    t.sees("= help: `await sleep(").sees_prompt();
}

#[test]
fn a_task_that_fails_unseen_is_reported_once() {
    let folder = Folder::new("unseen");
    let mut t = start_wide(&folder);
    t.sends("spawn(async { await sleep(0.05); throw \"oops\" }, \"bad\");").sees_prompt();
    t.sees("task 1 \"bad\" failed, and nobody awaited it: oops").sees("throw \"oops\"");
    t.sends("6 * 7").sees("=> 42").sees_prompt();
    assert_eq!(t.transcript().matches("nobody awaited it").count(), 1);
}

#[test]
fn errors_keep_the_session() {
    let folder = Folder::new("errors");
    let mut t = start(&folder);
    t.runs("let kept = 41;");
    for (wrong, said) in [
        ("let = 3", "error: "),
        ("kept +* 2", "error: "),
        ("fn f() { await sleep(1) }", "error: `await` in a function that is not async"),
        ("kept = 0; throw \"ouch\"", "error: ouch"),
        ("nothing + 1", "error: Variable not found: nothing"),
        ("\"unfinished", "error: "),
    ] {
        t.sends(wrong).sees(said).sees("--> <prompt").sees_prompt();
    }
    t.sends("kept + 42").sees("=> 42").sees_prompt();
}

#[test]
fn input_of_several_lines() {
    let folder = Folder::new("lines");
    let mut t = start(&folder);
    t.sends("async fn f(a) {").sees("...").sends("    await sleep(0.01);").sees("...").sends("    a + 1").sees("...");
    t.sends("}").sees_prompt();
    t.shows_line("...       a + 1");
    t.sends("await f(41)").sees("=> 42").sees_prompt();
    t.sends("await gather([").sees("...").sends("f(1),").sees("...").sends("f(2)])").sees("=> [2, 3]").sees_prompt();
    t.sends("f(").sees("...").types("\r\r").sees("error").sees_prompt();
    t.sends("`a").sees("...").sends("b`").sees("=> \"a\\nb\"").sees_prompt();
    assert!(
        super::history(&folder).starts_with("async fn f(a) {\\n    await sleep(0.01);\\n    a + 1\\n}\nawait f(41)\n")
    );
}

#[test]
fn a_first_session_says_where_to_begin() {
    let folder = Folder::new("first");
    let mut t = Terminal::start(super::command(&folder));
    t.sees(":help lists commands").sees("first time here? try").sees_prompt();
    t.sends("await gather([sleep(0.2), sleep(0.1)])").sees("=> [(), ()]").sees("2 tasks").sees_prompt();
    t.sends("exit").sees(":quit, or Ctrl-D, leaves").sees_prompt().sends(":quit").exits_with(0);
    assert!(!t.transcript().contains("error"));
}

#[test]
fn a_deadlock_leaves_main_its_locks_and_says_so() {
    let folder = Folder::new("held");
    let mut t = start(&folder);
    t.runs("let l = lock(\"L\"); await l.acquire();");
    t.sends("await l.acquire()").sees("which it holds itself since <prompt 1>:1");
    t.sees("main still holds lock \"L\": `release()` gives it back").sees_prompt();
    t.sends("l").sees("=> <lock \"L\", held by main>").sees_prompt();
    t.runs("l.release()").sends("l").sees("=> <lock \"L\", free>").sees_prompt();
}

#[test]
fn each_input_is_a_source_of_its_own() {
    let folder = Folder::new("sources");
    let mut t = start(&folder);
    t.sends("let = 1").sees("--> <prompt 1>:1:5").sees_prompt();
    t.sends("throw 1").sees("--> <prompt 2>:1:1").sees_prompt();
    t.sends("let a = [").sees("...").sends("  1,").sees("...").sends("  b]").sees("--> <prompt 3>:3:3");
    t.sees(" 3 |   b]").sees_prompt();
    t.sends(":type nothing").sees("--> <prompt 4>:1:1").sees_prompt();
}

#[test]
fn exit_ends_the_run_and_not_the_prompt() {
    let folder = Folder::new("exit");
    let mut t = start(&folder);
    t.sends("defer(|| print(\"tidied\")); if true { exit(3) } print(\"on\")").sees("\ntidied\n`exit` ended the run");
    t.sees_prompt().sends("await gather([async { exit() }, sleep(99)])").sees("`exit` ended the run").sees_prompt();
    // one in the background ends only itself
    t.sends("spawn(async { await sleep(0.05); exit(1) }); await sleep(0.2); 6 * 7").sees("`exit` ended").sees_prompt();
    t.runs("spawn(async { await sleep(0.05); print(\"now\"); exit(1) }, \"leaver\");").sees("[leaver] now");
    t.sends("await sleep(0.1); 6 * 7").sees("=> 42").sees_prompt();
    t.types(CTRL_D).exits_with(0);
}

#[test]
fn lanes_are_of_the_run_and_not_of_the_background() {
    let folder = Folder::new("own");
    let mut t = start(&folder);
    t.runs(&super::ticker("ticker", 20)).sends("await sleep(0.2); 6 * 7").sees("=> 42").sees_prompt();
    assert!(!t.transcript().contains('░'));
    t.sends(":lanes").sees("1 ticker").sees_prompt();
}

#[test]
fn a_semicolon_at_the_end_drops_the_value() {
    let folder = Folder::new("semicolon");
    let mut t = start(&folder);
    t.sends("6 * 7;").sees_prompt().sends("6 * 8").sees("=> 48").sees_prompt();
    assert!(!t.transcript().contains("=> 42"));
    t.sends("sleep(1);").sees("this future was never awaited").sees_prompt();
}

#[test]
fn a_background_exploration_is_not_broken_off_by_a_command() {
    let folder = Folder::new("aside");
    let mut t = start_wide(&folder);
    t.runs("spawn(async { loop { await sleep(3600) } }, \"ticker\");");
    t.runs("async fn many() { for i in 0..400 { await sleep(0) } let n = 0; await gather([1, 2, 3, 4, 5, 6].map(|i| async { await sleep(0); await sleep(0); n = i })); n }");
    t.sends("let e = spawn(async { await explore(many, #{schedules: 40}) }, \"exp\");");
    t.sends(":tasks").sends("40 + 2").sees("=> 42").sees_prompt();
    t.sends("(await e).schedules").sees("=> 40").sees_prompt();
    t.sends(":tasks").sees("ticker").sees_prompt();
    t.sends("await explore(async || 1)").sees("=> #{").sees_prompt();
}

#[test]
fn each_run_has_the_limit_and_the_trace_of_the_command_line() {
    let folder = Folder::new("each");
    let trace = folder.path().join("last.txt");
    let mut t = Terminal::start(super::command(&folder).args(["--timeout", "0.5", "--trace"]).arg(&trace));
    t.sees_prompt().runs("let kept = 42; let b = spawn(sleep(3600), \"back\");");
    t.sends("await sleep(60)").sees("the --timeout of 0.5 s has come").sees_prompt();
    t.sends("loop {}").sees("the --timeout of 0.5 s has come").sees_prompt();
    t.sends("await sleep(0.01); kept").sees("=> 42").sees_prompt();
    t.sends(":tasks").sees("back").sees_prompt();
    assert!(std::fs::read_to_string(&trace).expect("it was saved").contains("sleep(0.01)"));
    Terminal::start(super::command(&folder).args(["--trace", "x.bogus"])).sees("bogus").exits_with(2);
}

#[test]
fn an_error_on_another_thread_has_the_place_of_the_newest_function() {
    let folder = Folder::new("threads");
    let mut t = start(&folder);
    for n in 1..=6 {
        t.runs(&format!("{}fn f() {{ throw {n} }}", " ".repeat(n)));
    }
    t.sends("await to_thread(f)").sees("--> <prompt 6>:1:16").sees_prompt();
}
