//! The command line: exit codes, and what is said when there is nothing to run or no time left.

use std::process::{Command, Output, Stdio};

use crate::programs::Running;

fn loopscope(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loopscope"))
        .args(args)
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .output()
        .expect("the program starts")
}

#[track_caller]
fn says(args: &[&str], code: i32, parts: &[&str]) {
    let output = loopscope(args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    for part in parts {
        assert!(said.contains(part), "expected {part:?}\n{said}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_a_wrong_command_line() {
    says(&["nosuch.rhai"], 2, &["nosuch.rhai"]);
    says(&["run", "nosuch.rhai"], 2, &["can't read nosuch.rhai: No such file"]);
    says(&["check", "nosuch.rhai"], 2, &["can't read nosuch.rhai: No such file"]);
    says(&["run", "/"], 2, &["can't read /"]);
}

#[test]
fn a_timeout_says_what_each_task_was_doing() {
    let code = "let l = lock(\"L\"); await l.acquire(); spawn(async { await l.acquire() }, \"waiter\");
await gather([sleep(99)])";
    let parts = [
        "error: the --timeout of 0.3 s has come, and the script was stopped",
        "\n  main at <eval>:2 waits for gather of task 2 \"sleep\"\n",
        "\n  task 1 \"waiter\" at <eval>:1 waits for lock \"L\", held by main since <eval>:1\n",
        "\n  task 2 \"sleep\" at <eval>:2 waits for sleep(99)\n",
    ];
    says(&["--timeout", "0.3", "eval", code], 124, &parts);
}

#[test]
fn what_does_not_end_after_its_timeout_is_left() {
    let code = "defer(async || { loop { await sleep(1) } }); await sleep(9)";
    says(
        &["--timeout", "0.3", "eval", code],
        124,
        &["the --timeout of 0.3 s", "the script did not end within 1 s of its --timeout", "a `defer` takes longer"],
    );
    let file = std::env::temp_dir().join(format!("loopscope-left-{}.jsonl", std::process::id()));
    let name = file.display().to_string();
    says(&["--timeout", "0.3", "--trace", &name, "eval", code], 124, &[&format!("not written: {name}")]);
    assert!(!file.exists());
}

#[test]
fn a_timeout_counts_where_no_await_is_left_to_be_cancelled_at() {
    says(&["--timeout", "0.3", "eval", "blocking_sleep(9); 5"], 124, &["the --timeout of 0.3 s has come"]);
}

#[test]
fn a_timeout_says_who_did_not_yield() {
    let parts = ["\n  main at <eval>:2 was running, and did not let go of the loop\n", "task 1 \"nap\""];
    says(&["--timeout", "0.3", "eval", "spawn(sleep(9), \"nap\"); let n = 0;\nloop { n += 1 }"], 124, &parts);
    let code = "spawn(async {\nloop {}\n}, \"busy\"); await sleep(9)";
    says(&["--timeout", "0.3", "eval", code], 124, &["task 1 \"busy\" at <eval>:2 was running", "main at <eval>:3"]);
}

#[test]
fn eval_leaves_with_the_code_of_exit() {
    let output = loopscope(&["eval", "exit(3)"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
}

#[test]
fn learn_lists_lessons_and_prints_one_with_its_programs_run() {
    let output = loopscope(&["learn"]);
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && list.lines().count() >= 14 && list.contains("2  coroutines"), "{list}");
    let output = loopscope(&["learn", "deadl"]);
    let lesson = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && output.stderr.is_empty());
    for part in [
        "Lesson 12: Deadlock",
        "no task can ever run again",
        "░ lock \"pen\" ░",
        "async with pen:",
        "Five philosophers",
    ] {
        assert!(lesson.contains(part), "expected {part:?}\n{lesson}");
    }
    assert!(!lesson.contains("let second = locks"), "the solution is not told");
    says(
        &["learn", "corutines"],
        2,
        &["no lesson corutines; did you mean coroutines?", "`loopscope learn` lists the lessons"],
    );
}

#[test]
fn a_lesson_has_the_limits_of_the_command_line() {
    let output = loopscope(&["learn", "--limit", "tasks=1", "tasks"]);
    let lesson = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(lesson.contains("there are 1 tasks, and no more are allowed at once (--limit tasks=N)"), "{lesson}");
}

#[test]
fn what_was_printed_in_a_long_turn_appears_when_the_loop_rests() {
    let mut running = Running::script("print(\"seen\");\nblocking_sleep(0.05);\nawait sleep(600);");
    assert_eq!(running.line(), "seen");
}

#[test]
fn an_option_behind_the_file_is_the_scripts_and_said_to_be() {
    let folder = crate::pty::Folder::new("behind");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    };
    let (deaf, all) = (file("deaf.rhai", "1"), file("all.rhai", "print(args())"));
    let told = "warning: `--replay` stands after the file, so it goes to the script";
    says(&["run", &deaf, "--replay", "x"], 0, &[told, "loopscope run [OPTIONS] FILE"]);
    for args in [["run", &deaf, "--mine"], ["run", &all, "--replay"]] {
        let output = loopscope(&args);
        assert!(output.stderr.is_empty() && output.status.success(), "{output:?}");
    }
}
