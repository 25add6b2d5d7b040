//! The same at the prompt, on a terminal.

use pty_process::blocking::Command;

use crate::prompt::{start, start_wide};
use crate::pty::{CTRL_C, CTRL_D, Folder, Terminal};

const TWO: &str = "let n = 0; let add = async |id| { let v = n; await sleep(0); n = v + 1 };";
const RUN: &str = "n = 0; await gather(add.call(1), add.call(2)); n";

#[test]
fn steps_at_the_prompt() {
    let folder = Folder::new("steps");
    let mut t = start_wide(&folder);
    t.runs(TWO).sends(":step on").sees("you are the event loop").sees_prompt();
    t.sends(RUN).sees("step 1").sees("ready    main  line 1").sees("next? [Enter = main");
    t.sends("").sees("step 2").sees("1 \"add").sees("2 \"add").sees("waiting  main").sees("next? [Enter = 1");
    t.sends("2").sees("v = 0 (new)").sees("next? [Enter = 1");
    t.sends("b 2").sees("next? ").sends("c").sees("=> 1").sees("chosen by hand: `:replay ").sees_prompt();
    t.sends(":replay").sees("replaying n = 0; await").sees("next? [Enter = main");
    t.sends("").sees("next? [Enter = 4").sends("").sees("next? ").types(CTRL_D).sees_prompt();
    t.sends(":step off").sees("runs are not stopped").sees_prompt();
    t.sends(RUN).sees("=> 1").sees_prompt();
    t.types(CTRL_D).exits_with(0);
}

#[test]
fn quitting_a_stopped_run_leaves_the_background_alone() {
    let folder = Folder::new("quit");
    let mut t = start_wide(&folder);
    t.runs("let t = spawn(async { await sleep(3600) }, \"back\");").runs(":step on");
    let run = "defer(|| print(\"deferred\")); await sleep(0); await sleep(3600)";
    t.sends(run).sees("next? ").sends("").sees("step 2").sees("1 \"back\" in 1 h 00 min").sees("next? ");
    t.sends("q").sees("deferred").sees("cancelled").sees_prompt();
    t.sends(run).sees("next? ").sends("").sees("next? ").types(CTRL_C).sees("deferred").sees("cancelled").sees_prompt();
    t.sends(":tasks").sees("1  back").sees_prompt();
}

#[test]
fn seeds_and_replays_at_the_prompt() {
    let folder = Folder::new("seeds");
    let mut t = start_wide(&folder);
    t.runs(":lanes off").runs(TWO);
    let fails = "n = 0; await gather(add.call(1), add.call(2)); throw `it is ${n}`";
    t.sends(":seed 6").sees("draws who is next from the seed 6").sees_prompt();
    t.sends(":clock virtual").sees("the clock is virtual").sees_prompt();
    t.sends(fails).sees("error: it is 1").sees("the order of this run was random: `:replay ").sees_prompt();
    t.sends(":seed off").sees("first in, first out").sees_prompt();
    t.sends(":replay").sees("replaying n = 0; await gather").sees("error: it is 1").sees_prompt();
    t.sends(":seed x").sees(":seed takes a whole number").sees_prompt();
    t.sends(":replay 0000x1").sees("nothing that was run in this session has the token 0000x1").sees_prompt();
    t.sends(":replay nonsense").sees("is no replay token").sees_prompt();
}

#[test]
fn the_clock_changes_under_tasks_that_wait() {
    let folder = Folder::new("clock");
    let mut t = start_wide(&folder);
    t.sends(":replay").sees("no token has been told yet").sees_prompt();
    t.runs("let t = spawn(async { await sleep(100); print(\"a hundred\") }, \"long\");");
    t.runs("await sleep(0); // it is at its await");
    t.sends(":clock").sees("the clock is real").sees("1 \"long\" in 1 min 40 s").sees_prompt();
    t.sends(":clock virtual").sees("stands still while the prompt waits").sees("in 1 min").sees_prompt();
    t.sends(":why 1").sees("waits for sleep(100), ").sees_prompt();
    t.sends("await sleep(99)").sees_prompt();
    t.sends("await sleep(2)").sees("a hundred").sees_prompt();
    t.runs("let t = spawn(async { await sleep(500); print(\"five hundred\") });");
    t.sends(":clock x1000").sees("1000 times as fast").sees("five hundred");
    t.sends(":clock x0").sees("a speed is a number from").sees_prompt();
    t.sends(":clock soon").sees("`real`, `virtual`, or a speed").sees_prompt();
}

#[test]
fn a_virtual_clock_moves_for_runs_only() {
    let folder = Folder::new("virtual");
    let mut t = start(&folder);
    t.runs(":lanes off").sends(":clock virtual").sees("the clock is virtual").sees_prompt();
    let ticker = "spawn(async { let n = 0; loop { await sleep(1); n += 1; print(`tick ${n}`) } }, \"ticker\");";
    t.runs(ticker).runs("await sleep(0)");
    t.sends(":tasks").sees("sleep(1), 1.00 s left").sees_prompt();
    t.sends("await sleep(3.5)").sees("[ticker] tick 1\n[ticker] tick 2\n[ticker] tick 3").sees_prompt();
    t.sends(":tasks").sees("sleep(1), 0.50 s left").sees_prompt();
    assert!(!t.transcript().contains("tick 4"), "{}", t.transcript());
}

#[test]
fn a_script_is_stepped_on_a_terminal() {
    let folder = Folder::new("run-step");
    std::fs::write(folder.path().join("s.rhai"), "await sleep(0);\ndefer(|| print(\"deferred\"));\nawait sleep(9)")
        .expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
    command = command.args(["run", "--step", "s.rhai"]).current_dir(folder.path());
    let mut t = Terminal::start(command);
    t.sees("step 1").sees("next? [Enter = main").sends("").sees("step 2").sees("next? ").sends("").sees("step 3");
    t.sees("next? ").types(CTRL_C).sees("deferred").exits_with(130);
}

#[test]
fn the_tree_at_the_prompt() {
    let folder = Folder::new("tree");
    let mut t = start(&folder);
    t.sends(":tree").sees("main  no run is going on").sees_prompt();
    t.runs("async fn parent() { let c = spawn(sleep(3600), \"child\"); await c }");
    t.runs("spawn(parent(), \"parent\");").runs("await sleep(0)");
    t.sends(":tree").sees("└─ 1 \"parent\"  waiting  task 2 \"child\"  -> 2").sees("   └─ 2 \"child\"").sees_prompt();
}

#[test]
fn an_outcome_is_replayed_step_by_step() {
    let folder = Folder::new("explored");
    let mut t = start_wide(&folder);
    t.runs(":lanes off").runs(TWO);
    t.sends(&format!(":explore {RUN}")).sees("all 6 schedules in ").sees("  1   4 schedules   shortest: ");
    t.sees("  2   2 schedules").sees("step  main").sees(":replay N step stops before each").sees_prompt();
    t.sends(":steps").sees("step  main").sees("6 steps").sees_prompt();
    t.sends(":lanes").sees("1 a").sees("2 tasks").sees_prompt();
    t.sends(":replay 2").sees("replaying n = 0; await").sees("=> 2").sees_prompt();
    t.sends(":replay 1 step").sees("replaying").sees("step 1").sees("next? ").sends("c").sees("=> 1").sees_prompt();
    t.sends(":replay").sees("=> 1").sees_prompt();
    t.sends(":replay 3").sees("no outcome 3: the last exploration has listed 2").sees_prompt();
}

#[test]
fn each_replay_begins_as_the_exploration_did() {
    let folder = Folder::new("again");
    let mut t = start_wide(&folder);
    t.runs(":lanes off").runs(TWO);
    t.runs("let back = spawn(async { loop { await sleep(3600) } }, \"back\");");
    let explored = "await gather(add.call(1), add.call(2)); n";
    t.sends(&format!(":explore {explored}")).sees("all 6 schedules in ").sees(":replay N step").sees_prompt();
    t.runs("n = 70;");
    for _ in 0..2 {
        t.sends(":replay 2").sees("replaying await gather").sees("=> 2").sees_prompt();
        t.sends(":replay 1").sees("replaying await gather").sees("=> 1").sees_prompt();
    }
    t.sends("[n]").sees("=> [70]").sees_prompt();
    // one that a line makes by itself
    t.sends(&format!("let found = await explore(async || {{ {explored} }});"));
    t.sees("all 6 schedules in ").sees("  71   4 schedules").sees(":replay N step").sees_prompt();
    t.runs("n = 5;");
    t.sends(":replay 2").sees("replaying call 1 of `explore` in let found").sees("=> 72").sees_prompt();
    t.sends(":replay 1 step").sees("step 1").sees("next? ").sends("c").sees("=> 71").sees_prompt();
    t.sends(":steps").sees("v = n; sleep(0)").sees("n = v + 1").sees_prompt();
    t.sends("[n]").sees("=> [5]").sees_prompt();
    t.sends(":tasks").sees("back").sees_prompt();
}

#[test]
fn an_example_is_explored_by_its_name_and_replayed_step_by_step() {
    let folder = Folder::new("explored_example");
    let mut t = start_wide(&folder);
    t.runs(":lanes off").runs("let kept = 42;");
    t.sends(":explore lost_update").sees("all 24 schedules in ").sees("3 outcomes");
    t.sees("#{locked: 150, without: 120}   8 schedules").sees(":replay N step stops").sees_prompt();
    t.sends(":replay 1 step").sees("replaying lost_update.rhai").sees("step 1").sees("next? ").sends("c");
    t.sees("without a lock: 100 + 20 + 30 = 120").sees_prompt();
    t.sends("money").sees("Variable not found: money").sees_prompt().sends("kept").sees("=> 42").sees_prompt();
}

#[test]
fn members_of_a_group_hang_below_the_task_that_has_it() {
    let folder = Folder::new("group-tree");
    let mut t = start(&folder);
    t.runs(
        "let g = spawn(async { await task_group(async |g| { g.spawn(async { await sleep(50) }, \"kid1\"); \
         g.spawn(async { await sleep(60) }, \"kid2\") }) }, \"parent\"); await sleep(0)",
    );
    t.runs("await sleep(0)").runs("await sleep(0)"); // the group's body is forgotten
    t.sends(":tree").sees("└─ 1 \"parent\"").sees("   ├─ 3 \"kid1\"").sees("   └─ 4 \"kid2\"").sees_prompt();
}

#[test]
fn a_cancelled_task_in_its_defer_says_so() {
    let folder = Folder::new("cancelled-defer");
    let mut t = start(&folder);
    t.runs("let d = spawn(async { defer(async || await sleep(300)); await sleep(1000) }, \"deferrer\");");
    t.runs("await sleep(0.01); d.cancel(); await sleep(0.01)");
    t.sends(":tasks").sees("cancelled, in its `defer`").sees_prompt();
    t.sends(":why 1").sees("task 1 \"deferrer\" (cancelled, in its `defer`), spawned").sees_prompt();
    t.sends(":tree").sees("1 \"deferrer\"  waiting (cancelled, in its `defer`)  sleep(300)").sees_prompt();
}
