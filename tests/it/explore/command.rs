//! `loopscope explore`, as a person or a program sees it.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::super::support::unindented;
use crate::pty::{CTRL_C, Folder, Terminal};

/// What came of it.
struct Ran {
    stdout: String,
    stderr: String,
    code: i32,
}

/// Explores a script that comes from stdin.
fn explore(args: &[&str], script: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_loopscope"))
        .arg("explore")
        .args(args)
        .arg("-")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    stdin.write_all(unindented(script).as_bytes()).expect("the script is read");
    drop(stdin);
    let output = child.wait_with_output().expect("the program ends");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    Ran { stdout: text(output.stdout), stderr: text(output.stderr), code: output.status.code().unwrap_or(-1) }
}

const NAMED: &str = "
    let n = 0;
    let add = async || { let v = n; await sleep(0); n = v + 1; };
    await gather(spawn(add.call(), \"a\"), spawn(add.call(), \"b\"));
    print(\"not seen\");
    n
";

#[test]
fn what_is_explored_cant_explore_and_stays_bounded() {
    let ran = explore(&[], "await explore(async || 1)");
    assert!(ran.stdout.contains("value: what is explored can't explore"), "{} {}", ran.stdout, ran.stderr);
    let large = explore(&["--limit", "array=100"], "let list = []; list.pad(1000, 0); list.len()");
    assert!(large.stdout.contains("at most 100 are allowed"), "{} {}", large.stdout, large.stderr);
    let goes_on = explore(&["--timeout", "300"], "try { await explore(async || 1) } catch { } while true { }");
    assert!(goes_on.stdout.contains("livelock: did not end within "), "{} {}", goes_on.stdout, goes_on.stderr);
    assert_eq!([ran.code, goes_on.code], [1, 1]);
}

#[test]
fn a_request_is_one_wait() {
    // three start in any order, and the answers, which come together, are taken in any order
    let ran = explore(
        &[],
        "
        let s = demo_server();
        let came = [];
        let ask = async |i| { await fetch(s.url + `/json`); came.push(i) };
        await gather(ask.call(1), ask.call(2), ask.call(3));
        came
        ",
    );
    let first = ran.stdout.lines().next().unwrap_or_default();
    assert!(
        first.starts_with("all 36 schedules in ") && first.ends_with(", 6 outcomes"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

#[test]
fn what_was_found_before_the_time_is_up_is_told_however_long_runs_take() {
    let slow = "
        let n = 0;
        let work = async |k| { let s = 0; for i in 0..30000 { s += i } await sleep(0); n += k; };
        await gather(work.call(1), work.call(2), work.call(3), work.call(4), work.call(5));
        n
    ";
    let ran = explore(&["--timeout", "3"], slow);
    assert!(ran.stdout.contains("\n  15   "), "{}{}", ran.stdout, ran.stderr);
    assert!(!ran.stdout.starts_with("0 schedules"), "{}", ran.stdout);
}

#[test]
fn the_report_names_outcomes_counts_schedules_and_tokens() {
    let ran = explore(&[], NAMED);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("all 6 schedules in ") && lines[0].ends_with(", 2 outcomes"), "{lines:?}");
    assert!(lines[1].starts_with("  1   4 schedules   shortest: a b b a   --replay "), "{lines:?}");
    assert!(lines[2].starts_with("  2   2 schedules   shortest: a a b b   --replay "), "{lines:?}");
    assert_eq!((ran.stderr.as_str(), ran.code), ("", 0));
    // the rarest first, step by step
    let steps = ran.stdout.split("\n\n").collect::<Vec<&str>>();
    assert_eq!(steps.len(), 3, "{}", ran.stdout);
    assert!(steps[1].starts_with("2   (--replay ") && steps[2].starts_with("1   (--replay "), "{}", ran.stdout);
    assert!(steps[2].contains("step  main") && steps[2].contains("v = n; sleep(0) ⏸"), "{}", ran.stdout);
}

#[test]
fn of_many_outcomes_a_few_are_listed() {
    let many = "
        let log = \"\";
        let say = async |word| { for i in 0..3 { log += word; await sleep(0); } };
        await gather(say.call(\"a\"), say.call(\"b\"));
        log
    ";
    let ran = explore(&[], many);
    assert!(ran.stdout.starts_with("all 70 schedules in ") && ran.stdout.contains("outcomes\n"), "{}", ran.stdout);
    let report: Value = serde_json::from_str(&explore(&["--json"], many).stdout).expect("JSON");
    assert!(report["outcomes"].as_array().is_some_and(|list| list.iter().all(|o| o["schedule"][0] == "main")));
}

#[test]
fn random_numbers_are_the_same_in_each_run_and_when_one_is_replayed() {
    let script = "
        let drawn = random();
        let n = 0;
        let add = async |x| { let v = n; await sleep(0); n = v + x + random(); };
        await gather(add.call(1), add.call(2));
        print(`${drawn} ${n}`);
        `${drawn} ${n}`
    ";
    let report: Value = serde_json::from_str(&explore(&["--json"], script).stdout).expect("JSON");
    let outcomes = report["outcomes"].as_array().expect("an array");
    assert!(report["ended"].is_null() && outcomes.len() > 1, "{report}");
    let file = std::env::temp_dir().join(format!("loopscope-random-{}.rhai", std::process::id()));
    std::fs::write(&file, unindented(script)).expect("a file");
    for outcome in outcomes {
        let (text, token) = (outcome["text"].as_str().expect("text"), outcome["token"].as_str().expect("a token"));
        let mut program = Command::new(env!("CARGO_BIN_EXE_loopscope"));
        let output = program.args(["run", "--replay", token]).arg(&file).output().expect("it runs");
        assert_eq!(format!("{:?}", String::from_utf8_lossy(&output.stdout).trim()), text);
    }
    let _ = std::fs::remove_file(&file);
}

#[test]
fn the_exit_code_is_that_of_the_worst_schedule() {
    let failing = NAMED.replace("print(", "assert(n == 2); print(");
    let ran = explore(&[], &failing);
    assert!(ran.stdout.contains("error: value: the assertion does not hold"), "{}", ran.stdout);
    assert_eq!(ran.code, 1);
    let circle = "
        let a = lock(\"first\"); let b = lock(\"second\");
        let take = async |x, y| { await x.acquire(); await sleep(0); await y.acquire(); y.release(); x.release(); };
        await gather(spawn(take.call(a, b), \"ab\"), spawn(take.call(b, a), \"ba\"));
    ";
    let ran = explore(&[], circle);
    assert!(ran.stdout.contains("\ndeadlock: no task can ever run again   (--replay "), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("\n  task 1 \"ab\" at <stdin>:2 waits for lock \"second\", held by task 2 \"ba\""),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("\n  task 2 \"ba\" at <stdin>:2 waits for lock \"first\", held by task 1 \"ab\""),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\n  = help: take the locks in the same order"), "{}", ran.stdout);
    let ran = explore(&[], "spawn(async { throw \"bg\" }, \"b\"); await sleep(0); 5");
    assert!(ran.stdout.contains("error: task 1 \"b\" failed, and nobody awaited it: bg"), "{}", ran.stdout);
    assert_eq!(ran.code, 1);
    let ran = explore(&[], "let t = spawn(async { throw 1 }); try { await t } catch {} 5");
    assert!(!ran.stdout.contains("error"), "{}", ran.stdout);
    let ran = explore(&[], "await event(\"never\").wait()");
    assert!(ran.stdout.contains("deadlock: main (line 1) waits for event \"never\""), "{}", ran.stdout);
    assert_eq!(ran.code, 3);
    assert_eq!(explore(&[], "let = 3").code, 1);
    assert_eq!(explore(&["--shard", "3/2"], "1").code, 2);
}

#[test]
fn json_is_one_object() {
    let ran = explore(&["--json", "--jobs", "2"], NAMED);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["version"], 1);
    assert_eq!((&report["covered"], &report["schedules"]), (&true.into(), &6.into()));
    let lost = &report["outcomes"][0];
    assert_eq!((&lost["kind"], &lost["text"], &lost["count"]), (&"value".into(), &"1".into(), &4.into()));
    assert_eq!(lost["schedule"], serde_json::json!(["main", "a", "b", "b", "a", "main"]));
    let alike = explore(&["--json"], &NAMED.replace("\"b\"", "\"a\""));
    let report: Value = serde_json::from_str(&alike.stdout).expect("JSON");
    assert_eq!(report["outcomes"][0]["schedule"], serde_json::json!(["main", "1 a", "2 a", "2 a", "1 a", "main"]));
    assert!(lost["token"].as_str().is_some_and(|t| t.parse::<loopscope::engine::token::Token>().is_ok()));
}

#[test]
fn each_token_brings_its_outcome_back() {
    let script = NAMED.replace("print(\"not seen\")", "print(n)");
    let file = std::env::temp_dir().join(format!("loopscope-replay-{}.rhai", std::process::id()));
    std::fs::write(&file, &script).expect("a file");
    let program = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_loopscope")).args(args).arg(&file).output().expect("it runs");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let report: Value = serde_json::from_str(&program(&["explore", "--json"])).expect("JSON");
    for outcome in report["outcomes"].as_array().expect("an array") {
        let (text, token) = (outcome["text"].as_str().expect("text"), outcome["token"].as_str().expect("a token"));
        assert_eq!(program(&["run", "--replay", token]).trim(), text);
    }
    let _ = std::fs::remove_file(&file);
    assert_eq!(report["outcomes"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_world_outside_is_refused_with_an_explanation() {
    let ran = explore(&[], "await fetch(\"http://127.0.0.1:9/\")");
    assert!(
        ran.stderr.contains("it waits for the world: GET /") && ran.stderr.contains("demo_server()"),
        "{}",
        ran.stderr
    );
    assert_eq!((ran.stdout.as_str(), ran.code), ("", 1));
}

#[test]
fn a_time_limit_ends_it_with_what_was_found_so_far() {
    let long = "
        let add = async || { for i in 0..20 { await sleep(0) } };
        await gather(add.call(), add.call(), add.call());
    ";
    let mut child = Command::new(env!("CARGO_BIN_EXE_loopscope"));
    let folder = std::env::temp_dir().join(format!("loopscope-explore-{}", std::process::id()));
    std::fs::write(&folder, unindented(long)).expect("a file");
    let output = child
        .args(["--timeout", "1", "explore", "--schedules", "100000000", "--strategy", "random"])
        .arg(&folder)
        .output()
        .expect("it runs");
    let _ = std::fs::remove_file(&folder);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("stopped") && text.contains("drawing never shows that there are no others"), "{text}");
    assert_eq!(output.status.code(), Some(124));
}

#[test]
fn a_schedule_that_never_ends_is_an_outcome() {
    let ran = explore(&["--max-steps", "50"], "let n = 0; loop { await sleep(0); n += 1 }");
    assert!(ran.stdout.contains("livelock: did not end within 50 steps   1 schedule "), "{}", ran.stdout);
    assert!(ran.stdout.contains("\n  …  26 steps are left out here\n"), "{}", ran.stdout);
    assert_eq!(ran.code, 1);
}

#[test]
fn on_a_terminal_a_bar_says_how_far_it_is() {
    let folder = Folder::new("bar");
    let script = folder.path().join("long.rhai");
    let text =
        "let add = async || { for i in 0..20 { await sleep(0) } };\nawait gather(add.call(), add.call(), add.call());";
    std::fs::write(&script, text).expect("a file");
    let mut program = pty_process::blocking::Command::new(env!("CARGO_BIN_EXE_loopscope"));
    program = program.args(["explore", "--schedules", "100000000", "--strategy", "random"]).arg(&script);
    let mut t = Terminal::start_sized(program, 100, 24);
    t.sees("exploring ").sees("░").sees(" of at most 100,000,000 schedules, ").sees(" a second");
    t.types(CTRL_C).sees("stopped), 1 outcome");
    let screen = t.screen();
    assert!(!screen.contains("exploring"), "the bar goes when it is over:\n{screen}");
    t.exits_with(130);
}

#[test]
fn a_schedule_that_never_ends_is_stopped_by_the_time_limit() {
    let ran = explore(&["--timeout", "0.5", "--max-steps", "1000000000"], "while true {}");
    assert!(ran.stdout.starts_with("0 schedules in ") && ran.stdout.contains("stopped"), "{}", ran.stdout);
    assert!(ran.stderr.contains("not one schedule came to an end"), "{}", ran.stderr);
    assert_eq!(ran.code, 124);
    assert_eq!(explore(&["--timeout", "0"], "1").code, 2);
}

#[test]
fn the_port_of_the_demo_server_makes_no_outcomes() {
    let script = "let s = demo_server();
await gather(async { await sleep(0) }, async { await sleep(0) });
(await fetch(s.url + \"/status/500\")).raise()";
    let ran = explore(&[], script);
    assert!(ran.stdout.contains("1 outcome\n") && ran.stdout.contains("127.0.0.1/status/500"), "{}", ran.stdout);
}

/// Two tasks with two awaits each, which have 20 schedules; and three with four each, which have many.
const TWENTY: &str = "
    let n = 0;
    let add = async || { for i in 0..2 { let v = n; await sleep(0); n = v + 1; } };
    await gather(add.call(), add.call());
    n
";
const MANY: &str = "
    let n = 0;
    let add = async || { for i in 0..4 { let v = n; await sleep(0); n = v + 1; } };
    await gather(add.call(), add.call(), add.call());
    n
";

#[test]
fn as_many_schedules_as_there_are_cover_all_and_never_are_there_more() {
    for jobs in ["1", "2", "3"] {
        let ran = explore(&["--jobs", jobs, "--schedules", "20"], TWENTY);
        assert!(ran.stdout.starts_with("all 20 schedules in "), "{jobs}: {}", ran.stdout);
        let ran =
            explore(&["--jobs", jobs, "--schedules", "19", "--reduce", "never", "--strategy", "exhaustive"], TWENTY);
        assert!(ran.stdout.starts_with("19 schedules"), "{jobs}: {}", ran.stdout);
        assert!(ran.stdout.contains("not all, so there may be others"), "{jobs}: {}", ran.stdout);
    }
}

#[test]
fn where_the_time_is_short_half_of_it_is_for_drawn_schedules() {
    let ran = explore(&["--timeout", "4", "--schedules", "100000000"], MANY);
    let line = ran.stdout.lines().next().unwrap_or_default();
    assert!(line.contains(" depth first") && line.contains(" drawn"), "{}", ran.stdout);
}

#[test]
fn outcomes_that_differ_late_are_told_apart() {
    let script = "
        let log = [];
        let add = async |id| { await sleep(0); log.push(`the worker that is known to all of us by the name of ${id} has come`); };
        await gather(add.call(1), add.call(2));
        log
    ";
    let ran = explore(&[], script);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    let (first, second) = (lines[1], lines[3]);
    assert!(first.contains("e name of 1 has come") && second.contains("e name of 2 has come"), "{}", ran.stdout);
    let one = |id| format!("\"the worker that is known to all of us by the name of {id} has come\"");
    let whole = format!("\n[{}, {}]   (--replay ", one(1), one(2));
    assert!(ran.stdout.contains(&whole), "{}", ran.stdout);
}

#[test]
fn permissions_and_arguments_are_as_for_run() {
    let env = "env(\"NO_COLOR\")";
    let refused = explore(&[], env);
    assert!(refused.stdout.contains("--allow-env=NO_COLOR"), "{}", refused.stdout);
    for flag in ["--allow-env=NO_COLOR", "-A"] {
        let ran = explore(&[flag], env);
        assert!(ran.stdout.contains("\n  \"1\"  "), "{flag}: {} {}", ran.stdout, ran.stderr);
    }
    let folder = Folder::new("explore-modules");
    std::fs::create_dir(folder.path().join("sub")).expect("made");
    std::fs::write(folder.path().join("lib.rhai"), "fn twice(n) { n * 2 }").expect("written");
    let script = folder.path().join("sub/main.rhai");
    std::fs::write(&script, "import \"../lib\" as m; m::twice(args().len())").expect("written");
    let run = |flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
        command.current_dir(folder.path().join("sub")).env("NO_COLOR", "1").args(flags).arg("explore");
        let output = command.arg(&script).args(["a", "--", "--b"]).output().expect("the program ends");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert!(run(&["--allow-read"]).contains("\n  4  "), "{}", run(&["--allow-read"]));
    assert!(run(&[]).contains("--allow-read"), "{}", run(&[]));
}

#[test]
fn of_drawn_schedules_nothing_absurd_is_said() {
    let ran = explore(&["--strategy", "random", "--schedules", "500"], NAMED);
    let line = ran.stdout.lines().next().unwrap_or_default();
    assert!(line.starts_with("500 schedules in "), "{line}");
    assert!(line.ends_with(" (drawn), 2 outcomes; drawing never shows that there are no others"), "{line}");
    let script = "
        let all = [];
        for i in 0..40 { all.push(async { for turn in 0..20 { await sleep(0) } }) }
        await gather(all);
        1
    ";
    for strategy in ["random", "pct"] {
        let ran = explore(&["--strategy", strategy, "--schedules", "20"], script);
        assert!(ran.stdout.starts_with("20 schedules of more than 1e300 in "), "{}", ran.stdout);
        let json = explore(&["--json", "--strategy", strategy, "--schedules", "20"], script);
        let report: Value = serde_json::from_str(&json.stdout).expect("JSON");
        assert_eq!(report["estimate"], 1e300, "{report}");
    }
}
