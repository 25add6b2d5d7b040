//! Ctrl-C and Ctrl-D.

use std::time::{Duration, Instant};

use super::{start, start_wide, ticker};
use crate::pty::{CTRL_C, CTRL_D, Folder};

/// It is to take 200 ms; but tests run on machines that are busy.
const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn ctrl_c_stops_a_run_at_once_and_nothing_else() {
    let folder = Folder::new("stop");
    let mut t = start(&folder);
    t.runs("let kept = 41;").runs(&ticker("ticker", 40));
    for forever in
        ["loop {}", "await sleep(3600)", "while true { let x = 1; }", "await async { loop { await sleep(0) } }"]
    {
        t.sends(&format!("print(\"go\"); {forever}")).sees("\ngo\n");
        // apart from the press before, or it would count as the second of two
        std::thread::sleep(Duration::from_millis(1100));
        let start = Instant::now();
        t.types(CTRL_C).sees("cancelled").sees_prompt();
        let took = start.elapsed();
        println!("Ctrl-C ended `{forever}` in {took:?}");
        assert!(took < AT_ONCE, "{forever}: {took:?}");
    }
    t.sends("kept + 1").sees("=> 42").sees("[ticker] tick").sees("[ticker] tick");
    t.sends(":tasks").sees("1  ticker").sees_prompt();
}

#[test]
fn ctrl_c_ends_a_long_text_in_its_midst() {
    let folder = Folder::new("flood");
    let mut t = start(&folder);
    t.runs("let s = \"\"; s.pad(3_000_000, \"x\");");
    for _ in 0..4 {
        t.sends("loop { print(s) }").sees("xxxxxxxxxx").types(CTRL_C).sees("cancelled").sees_prompt();
        std::thread::sleep(Duration::from_millis(1100)); // apart from the next press, or that would be a second one
    }
    t.sends("s.len()").sees("=> 3000000").sees_prompt();
}

#[test]
fn ctrl_c_cancels_what_the_run_awaits_and_runs_its_defers() {
    let folder = Folder::new("defers");
    let mut t = start(&folder);
    t.sends("defer(|| print(\"tidied\")); print(\"go\"); await sleep(3600)").sees("\ngo\n");
    t.types(CTRL_C).sees("tidied").sees_prompt();
    t.sends("defer(|| print(\"swept\")); print(\"round\"); loop {}").sees("\nround\n");
    t.types(CTRL_C).sees("swept").sees_prompt();
    t.sends("try { print(\"on\"); loop {} } catch { 1 }").sees("\non\n").types(CTRL_C).sees("cancelled").sees_prompt();
}

#[test]
fn ctrl_c_spares_the_background_and_names_what_it_cancelled() {
    let folder = Folder::new("spared");
    let mut t = start_wide(&folder);
    t.runs("let bg = spawn(async { await sleep(3600); 1 }, \"background\");");
    // it speaks when main and all that main began have come to their awaits, not before
    t.runs("let main_waits = event();");
    t.runs("async fn announce(e) { loop { await e.wait(); e.clear(); await sleep(0.05); print(\"go\") } }");
    t.runs("spawn(announce(main_waits), \"herald\");");
    let mut pressed = |input: &str, said: &str| {
        t.sends(&format!("main_waits.set(); {input}")).sees("go\n");
        t.types(CTRL_C).sees(said).sees_prompt();
        t.sends(":tasks").sees("1  background  waiting").sees_prompt();
    };
    pressed("await bg", "cancelled\n");
    pressed("await timeout(99, bg)", "cancelled\n");
    pressed("await task_group(async |g| { g.spawn(bg); })", "cancelled\n");
    pressed("await async { await bg }", "cancelled\n");
    pressed(
        "let mine = spawn(sleep(50), \"mine\"); await gather([bg, mine, spawn(async { await bg }, \"link\")])",
        "cancelled, with 4 \"mine\", 5 \"link\"\n",
    );
    pressed(
        "spawn(sleep(60), \"other\"); await race([bg, sleep(70)])",
        "cancelled, with 7 \"sleep\"; in the background: 6 \"other\"",
    );
    // what it awaits can still be had, and a failure of it is not taken for seen
    t.runs(":cancel 1").runs(":cancel 2").runs(":cancel 6").sends(":tasks").sees("no tasks").sees_prompt();
}

#[test]
fn a_background_task_that_was_spared_can_still_fail_unseen() {
    let folder = Folder::new("unseen");
    let mut t = start(&folder);
    t.runs("let main_waits = event(); let fail = event();");
    t.runs("let bg = spawn(async { await fail.wait(); throw \"oh\" }, \"bg\");");
    t.runs("spawn(async { await main_waits.wait(); print(\"go\") }, \"herald\");");
    t.sends("main_waits.set(); await gather([bg, sleep(99)])").sees("go\n").types(CTRL_C).sees("cancelled, with");
    t.sees_prompt().sends("fail.set();").sees("task 1 \"bg\" failed, and nobody has awaited it so far: oh");
}

#[test]
fn ctrl_c_stops_tasks_of_the_run_that_never_yield() {
    let folder = Folder::new("never");
    let mut t = start(&folder);
    t.runs("let kept = 42;").sends("await gather([spawn(async { print(\"go\"); loop {} }, \"busy\"), sleep(3600)])");
    t.sees("\ngo\n").types(CTRL_C).sees("cancelled").sees_prompt();
    t.sends(":tasks").sees("no tasks").sees_prompt().sends("kept").sees("=> 42");
}

#[test]
fn ctrl_c_twice_cancels_all_tasks() {
    let folder = Folder::new("twice");
    let mut t = start(&folder);
    t.runs(&ticker("ticker", 40)).sends("print(\"go\"); await sleep(3600)").sees("\ngo\n");
    t.types(CTRL_C).sees("cancelled").types(CTRL_C).sees("cancelling all: 1 \"ticker\"").sees_prompt();
    t.sends(":tasks").sees("no tasks").sees_prompt();
}

#[test]
fn ctrl_c_twice_stops_a_background_task_that_blocks() {
    let folder = Folder::new("stuck");
    let mut t = start(&folder);
    t.runs("let kept = 42;").runs("spawn(async { await sleep(0.05); print(\"stuck\"); loop {} }, \"stuck\");");
    t.sees("[stuck] stuck").types(CTRL_C).types(CTRL_C).sends("kept").sees("=> 42").sees_prompt();
    let transcript = t.transcript();
    // two threads say these, and either may be the first
    for said in
        ["the loop is busy", "cancelling all", "task 1 \"stuck\" was stopped, because it did not let go of the loop"]
    {
        assert!(transcript.contains(said), "{said}\n{transcript}");
    }
    assert!(!transcript.contains("failed"), "{transcript}");
}

#[test]
fn a_later_ctrl_c_interrupts_a_defer_and_not_the_session() {
    let folder = Folder::new("deferring");
    let mut t = start(&folder);
    t.runs("let kept = 42;");
    for tidy in ["async || { print(\"tidying\"); await sleep(60) }", "|| { print(\"tidying\"); loop {} }"] {
        t.sends(&format!("defer({tidy}); print(\"go\"); await sleep(60)")).sees("\ngo\n").types(CTRL_C).sees("tidying");
        std::thread::sleep(Duration::from_millis(3_500)); // longer than a run may ignore it
        t.types(CTRL_C).sees("cancelled").sees_prompt().sends("kept").sees("=> 42").sees_prompt();
    }
    // of two `defer`s one more press interrupts the second, however soon
    let two =
        "defer(async || { print(\"one\"); await sleep(60) }); defer(async || { print(\"two\"); await sleep(60) });";
    t.sends(&format!("{two} print(\"go\"); await sleep(60)")).sees("\ngo\n").types(CTRL_C).sees("two");
    t.types(CTRL_C).sees("one").types(CTRL_C).sees("cancelled").sees_prompt().sends("kept").sees("=> 42").sees_prompt();
    assert!(!t.transcript().contains("does not let go") && !t.transcript().contains("leaving"), "{}", t.transcript());
}

#[test]
fn ctrl_d_runs_the_defers_of_what_still_runs() {
    let folder = Folder::new("farewell");
    let mut t = start(&folder);
    // what has not begun to run has no `defer` yet
    t.sends("spawn(async { defer(|| print(\"tidied\")); print(\"begun\"); await sleep(3600) }, \"sleeper\");");
    t.sees("[sleeper] begun")
        .sees_prompt()
        .types(CTRL_D)
        .sees("still running, now cancelled: 1 \"sleeper\"")
        .sees("tidied")
        .exits_with(0);
}

#[test]
fn ctrl_c_says_what_could_never_have_gone_on() {
    let folder = Folder::new("circle");
    let mut t = start(&folder);
    // with it there is no deadlock of all
    t.runs(&ticker("ticker", 50)).runs("let l = lock(\"L\"); await l.acquire();");
    t.sends("print(\"go\"); await l.acquire()").sees("\ngo\n").sees("[ticker] tick").types(CTRL_C);
    t.sees("warning: this can't go on: it waits for itself");
    t.sees("main at <prompt 3>:1 waits for lock \"L\", which it holds itself since <prompt 2>:1");
    t.sees("a lock can't be taken twice").sees("cancelled").sees_prompt();
    // who waits for longer is told without asking
    t.sends("await l.acquire()").sees("warning: this can't go on: it waits for itself").types(CTRL_C).sees("cancelled");
}

#[test]
fn the_prompt_is_back_before_a_run_has_ended_that_takes_long_to() {
    let folder = Folder::new("left");
    let mut t = start_wide(&folder);
    t.runs("let kept = 42;");
    // a background task may finish its turn after Ctrl-C, within two seconds
    let hog = "spawn(async { await begin.wait(); print(\"hogging\"); loop {} }, \"hog\");";
    t.runs(&format!("let begin = event(); {hog}"));
    t.sends("let y = 1; begin.set(); await sleep(60); let z = 2;").sees("[hog] hogging").types(CTRL_C);
    t.sees("cancelled; what goes on has not heeded that yet, and what is typed next waits for it").sees_prompt();
    // commands about the session wait for it, too
    t.sends(":vars").sees("task 1 \"hog\" was stopped").sees("kept").sees_prompt();
    t.sends("kept").sees("=> 42").sees_prompt();
    // what it left is known by now
    t.sends(":save left.rhai").sees("saved in left.rhai").sees_prompt();
    let saved = std::fs::read_to_string(folder.path().join("left.rhai")).expect("a script");
    assert!(saved.contains("let y = 1;") && !saved.contains("let z"), "{saved}");
    t.runs(":reset")
        .sends("print(\"on\"); await sleep(60)")
        .sees("\non\n")
        .types(CTRL_C)
        .sees("cancelled")
        .sees_prompt();
}
