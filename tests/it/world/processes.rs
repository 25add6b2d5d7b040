//! Processes.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::script;

/// Waits until a process is gone, or only a zombie of nobody's.
fn is_gone(pid: &str) -> bool {
    let end = Instant::now() + Duration::from_secs(5);
    while Instant::now() < end {
        if !Path::new("/proc").join(pid).exists() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

#[test]
fn what_a_process_did_is_a_map() {
    script(
        r#"
        print(await run_process("sh", ["-c", "echo out; echo err >&2; exit 3"]));
        print((await run_process("sh", ["-c", "kill -TERM $$"])).status);
        print((await run_process("printf", ["%s|", "a b", "$HOME", 1, 2.5])).stdout);
        print((await run_process("cat", #{stdin: "in"})).stdout);
        print((await run_process("true", [], #{stdin: "nobody reads this"})).status);
        print((await run_process("sh", ["-c", "echo $A$B; pwd"], #{cwd: "/", env: #{A: "a", B: 1}})).stdout);
        print((await run_process("printf", ["\\377"])).stdout);
        "#,
    )
    .flag("--allow-run")
    .passes()
    .prints(
        "
        #{\"status\": 3, \"stderr\": \"err\\n\", \"stdout\": \"out\\n\"}
        -15
        a b|$HOME|1|2.5|
        in
        0
        a1
        /

        \u{fffd}
        ",
    );
}

#[test]
fn what_can_not_be_run_is_explained() {
    script(
        r#"
        print((await attempt(async || run_process("no-such-program"))).message);
        print((await attempt(async || run_process("echo hello"))).message.contains("there is no shell"));
        print((await attempt(async || run_process("./Cargo.toml"))).message);
        print((await attempt(async || run_process("echo", [#{}]))).error);
        print((await attempt(async || run_process("echo", ["a\x00b"]))).error);
        print((await attempt(async || run_process("echo", [], #{shell: true}))).message);
        print((await attempt(async || await run_process("echo", [], #{cwd: "/none"}))).message.contains("in \"/none\""));
        print((await attempt(async || spawn_process("echo", [], #{stdin: ""}))).error);
        "#,
    )
    .flag("--allow-run")
    .passes()
    .prints(
        r#"
        can't run "no-such-program": no folder of the search path (PATH) has such a program
        true
        can't run "./Cargo.toml": it is not executable
        value
        value
        run_process has no option shell; there are cwd, env, stdin, timeout, max_output
        true
        value
        "#,
    );
}

#[test]
fn time_and_output_are_bounded() {
    let began = Instant::now();
    script(
        r#"
        print((await attempt(async || await run_process("sleep", [60], #{timeout: 0.1}))).error);
        let e = await attempt(async || await run_process("yes", [], #{max_output: 1000}));
        print(`${e.error} ${e.message.contains("more than 1000 bytes to stdout")}`);
        "#,
    )
    .flag("--allow-run")
    .passes()
    .prints("timeout\nlimit true");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn one_talks_with_a_process() {
    script(
        r#"
        let p = spawn_process("sh", ["-c", "while read line; do echo got $line; echo log $line >&2; done; exit 7"]);
        print(`${p}`.contains("\"sh\", running>"));
        await p.stdin.write("a\n");
        print(await p.stdout.next());
        await p.stdin.write("b\n".to_blob());
        print(await p.stdout.next());
        await p.stdin.close();
        print(await gather(p.wait(), p.wait(), p.stdout.next()));
        await p.stderr.for_each(|line| print(line));
        print(`${p}`.contains("ended with 7"));
        print((await attempt(async || await p.stdin.write("c"))).error);
        await p.kill();
        "#,
    )
    .flag("--allow-run=sh")
    .passes()
    .prints("true\ngot a\ngot b\n[7, 7, ()]\nlog a\nlog b\ntrue\nclosed");
}

#[test]
fn a_cancelled_wait_for_a_process_kills_all_of_it() {
    let ran = script(
        r#"
        let dir = await temp_dir();
        let t = spawn(run_process("sh", ["-c", `echo $$ > ${dir}/a; sleep 60 & echo $! > ${dir}/b; mv ${dir}/a ${dir}/c; wait`]));
        while !await exists(dir + "/c") { await sleep(0) }
        t.cancel();
        try { await t } catch (e) { print(e.error) }
        print(await read_file(dir + "/c"));
        print(await read_file(dir + "/b"));
        while (await read_file("/proc/self/status")).contains("zombie") { await sleep(0) }
        "#,
    )
    .flag("--allow-run")
    .flag("--allow-read")
    .passes();
    let mut lines = ran.stdout.lines().filter(|line| !line.is_empty());
    assert_eq!(lines.next(), Some("cancelled"));
    for pid in lines {
        assert!(is_gone(pid), "process {pid} lives: {ran:#}");
    }
}

#[test]
fn a_process_goes_with_its_handle_and_leaves_no_zombie() {
    script(
        r#"
        async fn start() { let p = spawn_process("sleep", [60]); await sleep(0); p.pid }
        let pid = await start();
        while await exists(`/proc/${pid}`) { await sleep(0) }
        let pids = [];
        let t = spawn(async { let p = spawn_process("sleep", [60]); pids.push(p.pid); await p.wait() });
        await sleep(0);
        t.cancel();
        try { await t } catch (e) { print(e.error) }
        while await exists(`/proc/${pids[0]}`) { await sleep(0) }
        print(await spawn_process("echo", ["kept by its stream"]).stdout.next());
        "#,
    )
    .flag("--allow-run")
    .flag("--allow-read")
    .passes()
    .prints("cancelled\nkept by its stream");
}

#[test]
fn a_process_goes_with_the_session() {
    for ending in ["", "throw 1;", "let me = [p]; me.push(|| me); await queue().get();"] {
        let text = format!("let p = spawn_process(`sleep`, [60]); print(p.pid); {ending}");
        let ran = script(&text).flag("--allow-run").run();
        assert!(is_gone(ran.stdout.trim()), "after {ending:?}: {ran:#}");
    }
}

#[test]
fn a_run_that_does_not_heed_its_end_leaves_no_process_behind() {
    let text =
        "let p = spawn_process(`sleep`, [600]); defer(async || await sleep(600)); print(p.pid); await sleep(600)";
    let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
    command.args(["eval", "--allow-run", text]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("it starts");
    let mut pid = String::new();
    BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut pid).expect("a line");
    let id = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a number");
    let status = loop {
        // the first asks it to end, the second ends it at once
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("it is there until it is waited for");
        std::thread::sleep(Duration::from_millis(50));
        if let Some(status) = child.try_wait().expect("it is ours") {
            break status;
        }
    };
    assert_eq!(status.code(), Some(143));
    assert!(is_gone(pid.trim()), "process {pid} lives");
}

#[test]
fn each_signal_that_ends_a_run_has_its_code() {
    use rustix::process::Signal;
    let text = "defer(|| print(`tidied`)); print(`on`); await sleep(600)";
    for (signal, code) in [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loopscope"));
        command.args(["eval", text]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        assert_eq!(lines.next().as_deref(), Some("on"));
        let id = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("a number");
        rustix::process::kill_process(id, signal).expect("it runs");
        assert_eq!(lines.next().as_deref(), Some("tidied"), "{signal:?}");
        assert_eq!(child.wait().expect("it is ours").code(), Some(code), "{signal:?}");
    }
}
