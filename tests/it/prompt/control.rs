//! Ctrl-C wherever it strikes, and Ctrl-Z.

use std::time::{Duration, Instant};

use super::{command, start, start_wide, ticker};
use crate::pty::{CTRL_C, CTRL_D, Folder, TAB, Terminal};

/// It is to take 200 ms; but tests run on machines that are busy.
const SOON: Duration = Duration::from_secs(3);

/// Runs what never ends, and presses Ctrl-C when it goes on.
fn stops(t: &mut Terminal, endless: &str) {
    t.sends(&format!("print(\"go\"); {endless}")).sees("\ngo\n");
    // into the midst of it
    std::thread::sleep(Duration::from_millis(300));
    let start = Instant::now();
    t.types(CTRL_C).sees("cancelled").sees_prompt();
    let took = start.elapsed();
    println!("Ctrl-C ended `{endless}` in {took:?}");
    assert!(took < SOON, "{endless}: {took:?}");
    t.sends("kept").sees("=> 42").sees_prompt();
}

#[test]
fn in_functions_that_take_long() {
    let folder = Folder::new("native");
    let mut t = start_wide(&folder);
    t.runs("let kept = 42;");
    stops(&mut t, "blocking_sleep(3600)");
    stops(&mut t, "[3, 2, 1].sort(|a, b| { loop {} })");
    stops(
        &mut t,
        "let db = sqlite(\":memory:\"); await db.query(\"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c\")",
    );
    stops(&mut t, "let big = []; big.pad(1000000, 1); loop { big.reverse(); }");
}

#[test]
fn in_threads() {
    let folder = Folder::new("thread");
    let mut t = start_wide(&folder);
    t.runs("let kept = 42; fn spin() { loop {} }");
    stops(&mut t, "await to_thread(\"spin\", [])");
    stops(&mut t, "await gather([to_thread(\"spin\", []), to_thread(\"spin\", []), sleep(3600)])");
}

#[test]
fn in_processes_and_sockets() {
    let folder = Folder::new("world");
    let mut t = start_wide(&folder);
    t.runs("let kept = 42;");
    stops(&mut t, "let l = tcp_listen(0); await l.next()");
    stops(&mut t, "await serve(async |r| 1).stop(); await queue().get()");
}

#[test]
fn in_what_catches_and_in_what_tidies_up() {
    let folder = Folder::new("catching");
    let mut t = start_wide(&folder);
    t.runs("let kept = 42;");
    stops(&mut t, "loop { try { await sleep(3600) } catch (e) { print(e) } }");
    stops(&mut t, "try { loop {} } catch { loop {} }");
    // a second press ends a `defer` that does not
    t.sends("defer(async || { print(\"tidying\"); await sleep(3600) }); print(\"go\"); await sleep(3600)")
        .sees("\ngo\n");
    t.types(CTRL_C).sees("tidying").types(CTRL_C).sees_prompt();
    t.sends("kept").sees("=> 42").sees_prompt();
}

#[test]
fn in_an_exploration() {
    let folder = Folder::new("explored");
    std::fs::write(folder.path().join("config"), "spinner = on\n").expect("written");
    let mut t = start_wide(&folder);
    t.runs("let kept = 42; async fn many() { let n = 0; for i in 0..12 { spawn(async { n += 1; await sleep(0); n += 1 }); } await sleep(1) }");
    t.sends(":explore loop {}").sees("Ctrl-C stops").types(CTRL_C).sees("stopped").sees_prompt();
    t.sends(":explore many()").sees("Ctrl-C stops").types(CTRL_C).sees("stopped").sees_prompt();
    t.sends("kept").sees("=> 42").sees_prompt();
}

#[test]
fn in_the_list_of_completions() {
    let folder = Folder::new("menu");
    let mut t = start(&folder);
    t.runs("let kept = 42;");
    // more than there are rows: in columns, and never paged
    t.types(format!("f(1).{TAB}{TAB}")).sees("task_done()\n").sees("loop> f(1).").types(CTRL_C).sees_prompt();
    assert!(!t.transcript().contains("--More--"));
    t.sends("kept").sees("=> 42").sees_prompt();
}

#[test]
fn in_the_search_of_the_history() {
    let folder = Folder::new("search");
    let mut t = start(&folder);
    t.runs("let kept = 42;").types("\x12").sees("reverse-i-search").types("ke").sees("let kept").types(CTRL_C);
    t.sees_prompt().sends("kept").sees("=> 42").sees_prompt();
}

#[test]
fn typed_ahead_it_does_no_harm() {
    let folder = Folder::new("ahead");
    let mut t = start(&folder);
    t.runs("let kept = 42;");
    for _ in 0..20 {
        t.types(CTRL_C);
    }
    t.sends("kept").sees("=> 42").sees_prompt().types(CTRL_D).exits_with(0);
    assert!(t.is_cooked());
}

#[test]
fn a_second_press_spares_nobody_but_the_first_does() {
    let folder = Folder::new("levels");
    let mut t = start(&folder);
    t.runs(&ticker("ticker", 40)).sends("print(\"go\"); loop {}").sees("\ngo\n").types(CTRL_C).sees("cancelled");
    t.sees_prompt().sees("[ticker] tick").sends(":tasks").sees("1  ticker").sees_prompt();
    // at the prompt two presses, on an empty line, end all
    t.types(CTRL_C).sees_prompt().types(CTRL_C).sees("cancelling all: 1 \"ticker\"").sees_prompt();
    t.sends(":tasks").sees("no tasks").sees_prompt();
}

#[test]
fn the_terminal_may_be_resized() {
    let folder = Folder::new("resized");
    let mut t = start(&folder);
    t.runs(&ticker("ticker", 20)).sees("[ticker] tick 3").types("let typed = \"a line that is not short\"; typed.l");
    for (columns, rows) in [(40, 24), (200, 50), (20, 10), (80, 24)] {
        t.resizes(columns, rows).sees("[ticker] tick").sees("[ticker] tick").sees("[ticker] tick");
    }
    t.types("en").shows("the line", |s| {
        s.replace('\n', "").contains("loop> let typed = \"a line that is not short\"; typed.len")
    });
    t.types("\r").sees("=> 24").sees_prompt();
    t.sends(":cancel all").sees("cancelled: 1").sees_prompt();
    // views are as wide as the terminal is now
    t.resizes(60, 24).sends("await gather([sleep(0.02), sleep(0.01)])").sees("2 tasks").sees_prompt();
    let lanes: Vec<String> = t.screen().lines().filter(|l| l.contains('░')).map(str::to_owned).collect();
    assert!(!lanes.is_empty() && lanes.iter().all(|l| l.chars().count() <= 60), "{lanes:?}");
}

#[test]
fn wide_characters_and_what_combines() {
    let folder = Folder::new("wide");
    let mut t = start(&folder);
    t.runs(&ticker("漢字🎉", 10)).sees("[漢字🎉] tick 3");
    t.types_slowly(
        "let s = \"日本語 e\u{301} 🎉🎉 und so weiter, bis die Zeile umbricht\"; s.len",
        Duration::from_millis(5),
    );
    t.shows("the line", |s| {
        s.replace('\n', "")
            .contains("loop> let s = \"日本語 e\u{301} 🎉🎉 und so weiter, bis die Zeile umbricht\"; s.len")
    });
    t.types("\r").sees("=> ").sees_prompt().sends("s").sees("=> \"日本語 ").sees_prompt();
}

#[test]
fn a_paste_of_500_lines() {
    let folder = Folder::new("five-hundred");
    let mut t = start(&folder);
    t.runs(&ticker("ticker", 2)).sees("[ticker] tick 3");
    let lines: String = (0..500).map(|n| format!("total += {n}; // line {n}\n")).collect();
    t.pastes(&format!("let total = 0;\n{lines}total")).types("\r").sees("=> 124750").sees_prompt();
    // and without bracketed paste: each line is an input
    let lines: String = (0..500).map(|n| format!("total -= {n};\r")).collect();
    t.types(lines).sends("total + 7").sees("=> 7").sees_prompt();
    t.sends(":cancel 1").sees("cancelled task 1").sees_prompt();
    super::assert_in_order(&t.transcript(), 10);
}

#[test]
fn the_history_has_what_was_typed_when_it_hangs_up_in_a_run() {
    let folder = Folder::new("hangup-run");
    let mut t = Terminal::start(command(&folder));
    t.sees_prompt().sends("print(\"go\"); await sleep(3600)").sees("\ngo\n").hangs_up().exits();
    assert_eq!(super::history(&folder), "print(\"go\"); await sleep(3600)\n");
}

/// Blocks the loop in the background for so long that a test can type something meanwhile.
fn block(t: &mut Terminal) {
    t.runs("spawn(async { await sleep(0.1); blocking_sleep(8); print(\"open\") });");
    while !t.transcript().contains("the loop is busy") {
        t.runs(":seed");
    }
}

#[test]
fn what_a_busy_loop_has_refused_is_not_done_later() {
    let folder = Folder::new("refused");
    let mut t = start(&folder);
    t.runs("let x = 41; let kept = spawn(sleep(1000), \"kept\");");
    block(&mut t);
    t.sends(":cancel 1").sees("the loop is busy").sees_prompt();
    t.sends(":reset").sees("the loop is busy").sees_prompt();
    t.sees("open").sends("x + 1").sees("=> 42").sees_prompt();
    t.sends(":tasks").sees("kept").sees_prompt();
}

#[test]
fn a_reset_that_waits_for_defers_is_one_all_the_same() {
    let folder = Folder::new("long-reset");
    let mut t = start_wide(&folder);
    t.runs("let x = 41;");
    t.runs("spawn(async { defer(async || { await sleep(3); print(\"swept\") }); await sleep(1000) });");
    t.sends(":reset").sees("when their `defer`s are over, variables and functions are forgotten").sees_prompt();
    t.sees("swept").sends(":save all.rhai").sees("0 inputs saved").sees_prompt();
    t.sends("x").sees("Variable not found: x").sees_prompt();
}
