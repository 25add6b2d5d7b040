//! Step mode on lines of stdin: what is typed, what is seen.

use std::time::{Duration, Instant};

use super::Saved;
use crate::support::unindented;

const LOST: &str = "
    let n = 0;
    let add = async |who| {
        let v = n;
        await sleep(0);
        n = v + 1;
    };
    let slow = spawn(sleep(2), \"slow\");
    await gather(spawn(add.call(\"a\"), \"a\"), spawn(add.call(\"b\"), \"b\"));
    print(`n is ${n}`);
    slow.cancel();
";

#[test]
fn you_are_the_event_loop() {
    let ran = Saved::new(LOST).run(&["--step"], "\nb 1\n3\n\nc\n");
    ran.exits(0);
    assert_eq!(ran.stdout, "n is 1\n");
    let expected = unindented(
        "
        \u{20}
        step 1           0 s
          ready    main  line 1  let n = 0;
        next? [Enter = main | number | b ID | c | q | ?] \u{20}

        step 2           0 s   main ran: made 1 \"slow\", made 2 \"a\", made 3 \"b\", waits for gather
          ready    1 \"slow\"  line 7  let slow = spawn(sleep(2), \"slow\");
                   2 \"a\"     line 3  let v = n;
                                     n = 0   who = \"a\"
                   3 \"b\"     line 3  let v = n;
                                     n = 0   who = \"b\"
          waiting  main      line 8  await gather(spawn(add.call(\"a\"), \"a\"), spawn(add.call(\"…   for gather
                                     n = 0
        next? [Enter = 1 \"slow\" | number | b ID | c | q | ?] b 1
        ",
    );
    let shown: String =
        ran.stderr.lines().skip_while(|line| !line.is_empty()).map(|line| format!("{}\n", line.trim_end())).collect();
    let expected: String = expected.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    assert!(shown.starts_with(&expected), "{shown}\n---\n{expected}");
    // what has changed is marked, timers are shown, and who was picked has run
    ran.says("step 3           0 s   1 \"slow\" ran: waits for sleep(2)");
    ran.says("  timers   1 \"slow\" in 2.00 s");
    ran.says("step 4           0 s   3 \"b\" ran: waits for sleep(0)");
    ran.says("v = 0 (new)");
    ran.says("step 5           0 s   2 \"a\" ran: waits for sleep(0)");
    ran.says("the order of this run was chosen by hand: `--replay ");
}

#[test]
fn an_order_chosen_by_hand_can_be_had_again() {
    let script = Saved::new(LOST);
    // a runs to its end before b begins
    let ran = script.run(&["--step"], "\n\n2\n2\n3\n3\n");
    ran.exits(0).says("3 \"b\" ran: is done, woke main").says("n = 2 (was 1)");
    assert_eq!(ran.stdout, "n is 2\n");
    assert_eq!(script.run(&[], "").stdout, "n is 1\n");
    let again = script.run(&["--replay", &ran.token()], "");
    assert_eq!((again.stdout.as_str(), again.code), ("n is 2\n", 0));
    assert!(!again.stderr.contains("took another way"), "{again:#?}");
    // stepping through it, Enter follows the order
    let again = script.run(&["--replay", &ran.token(), "--step"], "\n\n\n\n\n\n\n\n");
    again.says("next? [Enter = 2 \"a\"");
    assert_eq!(again.stdout, "n is 2\n");
    // who leaves it is on his own
    let left = script.run(&["--replay", &ran.token(), "--step"], "\n\n3\n\n\n\n\n\n\n");
    left.exits(0).says("chosen by hand");
    assert!(!left.stderr.contains("took another way"), "{left:#?}");
}

#[test]
fn the_end_of_the_input_runs_on() {
    let ran = Saved::new(LOST).run(&["--step"], "");
    ran.exits(0);
    assert_eq!(ran.stdout, "n is 1\n");
    assert_eq!(ran.stderr.matches("next?").count(), 1);
}

#[test]
fn quitting_cancels_all_and_defers_run() {
    let script = Saved::new(
        "
        let other = spawn(async { defer(|| print(\"other ends\")); await sleep(1) }, \"other\");
        defer(async || { await sleep(0.1); print(\"main ends\") });
        await other;
        print(\"never\");
        ",
    );
    let ran = script.run(&["--step"], "\n\n\nq\n");
    ran.exits(130).says("1 \"other\"");
    assert_eq!(ran.stdout, "other ends\nmain ends\n");
}

#[test]
fn until_a_task_stops_again() {
    let script = Saved::new(
        "
        async fn count(n) { for i in 0..n { await sleep(1) } }
        await gather(spawn(count(2), \"short\"), spawn(count(9), \"long\"));
        ",
    );
    let ran = script.run(&["--step"], "\nb 1\nb 1\nb 1\nb 1\nb 2\nc\n");
    ran.says("step 3           0 s   1 \"short\" ran: waits for sleep(1)");
    ran.says("step 5        1.00 s   2 steps: 2 \"long\", 1 \"short\"");
    ran.says("step 7        2.00 s   2 steps: 2 \"long\", 1 \"short\"");
    ran.says("task 1 has ended\nnext?");
    ran.says("step 8        3.00 s   2 \"long\" ran: waits for sleep(1)").exits(0);
}

#[test]
fn until_a_task_has_come_to_be() {
    let script = Saved::new(
        "
        await sleep(1);
        let first = spawn(async { await spawn(sleep(1), \"inner\") }, \"outer\");
        await first;
        ",
    );
    let ran = script.run(&["--step"], "b 2\nb 7\nc\n");
    ran.says("step 4        1.00 s   3 steps: ").says("ready    2 \"inner\"").exits(0);
}

#[test]
fn what_makes_no_sense_is_answered_and_asked_again() {
    let ran = Saved::new(LOST).run(&["--step"], "x\n0\n0\n0\n9\nb\nw 0\nt\n?\n\n\n1\nc\n");
    ran.says("`x` means nothing here: `?` lists what does\nnext? [Enter = main");
    ran.says("main waits for gather: only those in the ready queue can run\nnext? [Enter = 1 \"slow\"");
    ran.says("there is no task 9").says("`b` takes the number of a task: `b 2` runs on");
    ran.says("main waits for gather, 0 s so far, at\n   8 | await gather(");
    ran.says("task 2 \"a\" is ready");
    ran.says("├─ 1 \"slow\"  ready  s.rhai:7\n├─ 2 \"a\"  ready").says("c       run on to the end");
    ran.says("1 \"slow\" waits for sleep(2), 2.00 s left: only those").exits(0);
}

#[test]
fn a_deadlock_and_an_error_are_reported_as_ever() {
    let ran = Saved::new("let l = lock(\"a\");\nawait l.acquire();\nawait l.acquire();").run(&["--step"], "\n\n\n");
    ran.exits(3).says("deadlock: no task can ever run again");
    Saved::new("await sleep(0);\nthrow \"boom\"").run(&["--step"], "\n\n\n").exits(1).says("error: boom");
}

#[test]
fn many_tasks_and_variables_are_abridged() {
    let script = Saved::new(
        "
        let long = \"x\";
        long.pad(300, 'y');
        let many = [];
        for i in 0..40 { many.push(`name ${i}`) }
        let all = many.map(|name| spawn(sleep(1), name));
        await gather(all);
        ",
    );
    let ran = script.run(&["--step"], "\n\nc\n");
    ran.says("... and 28 more ready").says("long = \"xyyy");
    let longest = ran.stderr.lines().max_by_key(|line| line.chars().count()).unwrap_or_default();
    assert!(longest.chars().count() <= 100, "{longest}");
}

#[test]
fn while_it_is_stopped_a_real_clock_stands_still() {
    use std::io::Write as _;
    let script = Saved::new("let t = now();\nspawn(sleep(2));\nawait sleep(0.05);\nprint(now() - t < 0.9);");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_loopscope"))
        .args(["run", "--step", "--speed", "1", "s.rhai"])
        .current_dir(script.folder.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let began = Instant::now();
    let mut keys = child.stdin.take().expect("a pipe");
    keys.write_all(b"\n").expect("read");
    std::thread::sleep(Duration::from_millis(1000));
    keys.write_all(b"\nc\n").expect("read");
    drop(keys);
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "true\n", "{}", String::from_utf8_lossy(&output.stderr));
    assert!(began.elapsed() >= Duration::from_millis(1050), "a real sleep takes real time");
}

#[test]
fn a_task_that_never_comes_to_be_is_told_at_the_end() {
    let script = Saved::new("await spawn(sleep(1)); print(\"end\")");
    let ran = script.run(&["--step"], "b 77\n");
    ran.says("task 77, to which `b 77` was to run, never came to be").says("the last is task 1").exits(0);
    let quit = Saved::new("await sleep(1)").run(&["--step"], "b 0\nq\n");
    assert!(!quit.stderr.contains("never came to be"), "{}", quit.stderr);
}
