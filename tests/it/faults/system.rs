//! Files, processes and what the system has no more of.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::pty::Folder;
use crate::support::Script;

const ATTEMPT: &str = "async fn attempt(f) { try { await f.call(); } catch (e) { return e.error } `none` }\n";

#[test]
fn few_files_are_survived() {
    let text = "
         let s = demo_server();
         let all = [];
         for i in 0..200 { all.push(fetch(s.url + `/delay/300`)) }
         let results = await gather_settled(all);
         let failed = results.filter(|r| !r.ok);
         print(failed.len() > 0 && failed.len() < 200);
         print(failed.all(|r| r.error.error == `network`));
         if !failed.some(|r| r.error.message.contains(`Too many open files`)) { print(failed[0].error.message) }
         await sleep(0.5);
         print((await fetch(s.url + `/json`)).status);";
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 64; exec \"$0\" run -", env!("CARGO_BIN_EXE_loopscope")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("a shell");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("the script is read");
    let output = child.wait_with_output().expect("the program ends");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(out, "true\ntrue\n200\n", "{err}");
}

#[test]
fn a_file_that_may_not_grow_is_an_error() {
    let text = "try { let s = ``; s.pad(100_000, `x`); await write_file(`large`, s); } catch (e) { print(e.error) }";
    let folder = Folder::new("grow");
    let output = Command::new("sh")
        .args(["-c", "ulimit -f 8; exec \"$0\" eval -A \"$1\"", env!("CARGO_BIN_EXE_loopscope"), text])
        .current_dir(folder.path())
        .output()
        .expect("a shell");
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), &b"io\n"[..]), "{output:?}");
}

#[test]
fn arguments_are_literal_and_ways_around_are_denied() {
    let text = format!(
        "{ATTEMPT}let dir = await temp_dir();
         for file in [`/proc/self/environ`, `/proc/self/root/etc/passwd`, `/proc/self/cwd/../../etc/passwd`] {{
             print(await attempt(async || await read_file(file)));
         }}
         let db = sqlite(dir + `/a.db`);
         await db.execute(`CREATE TABLE t (x)`);
         print(await attempt(async || await db.execute(`ATTACH '/tmp/loopscope-outside.db' AS o`)));
         print(await attempt(async || await db.execute(`ATTACH ? AS o`, [`/tmp/loopscope-outside.db`])));
         print(await attempt(async || await db.execute(`VACUUM INTO '/tmp/loopscope-outside.db'`)));
         print(await attempt(async || await db.query(`SELECT load_extension('x')`)));
         let r = await run_process(`echo`, [`\"; rm -rf /none`, `$HOME`, `$(id)`, `*`]);
         print(r.stdout);"
    );
    let ran = Script::new(&text).real().flag("--allow-run=echo").run().exits(0);
    let lines: Vec<&str> = ran.stdout.trim().lines().collect();
    assert_eq!(lines[..6], ["permission"; 6], "{ran:#}");
    assert_ne!(lines[6], "none", "{ran:#}");
    assert_eq!(lines[7], "\"; rm -rf /none $HOME $(id) *", "{ran:#}");
    assert!(!std::path::Path::new("/tmp/loopscope-outside.db").exists());
}

#[test]
fn broken_and_full_files_are_errors() {
    let text = format!(
        "{ATTEMPT}let dir = await temp_dir();
         let broken = dir + `/broken.db`;
         await write_file(broken, `SQLite format 3` + `garbage that is not a database at all`);
         print(await attempt(async || await sqlite(broken).query(`SELECT * FROM sqlite_master`)));
         print(await attempt(async || await write_file(`/dev/full`, `x`)));
         print(await attempt(async || await append_file(`/dev/full`, `x`)));
         print(await attempt(async || await sqlite(`/dev/full`).execute(`CREATE TABLE t (x)`)));
         let db = sqlite(dir + `/small.db`);
         await db.execute(`PRAGMA max_page_count = 3`);
         await db.execute(`CREATE TABLE t (x)`);
         try {{ await db.execute(`INSERT INTO t VALUES (zeroblob(100000))`) }} catch (e) {{ print(e.message.contains(`full`)) }}
         print((await db.query(`SELECT count(*) AS n FROM t`))[0].n);"
    );
    let ran = Script::new(&text).real().flag("--allow-write=/dev/full").flag("--allow-read=/dev/full").run().exits(0);
    let lines: Vec<&str> = ran.stdout.trim().lines().collect();
    assert_eq!(lines[0], "sqlite", "{ran:#}");
    assert_eq!(lines[1..3], ["io"; 2], "{ran:#}");
    assert_ne!(lines[3], "none", "{ran:#}");
    assert_eq!(lines[4..], ["true", "0"], "{ran:#}");
}

#[cfg(target_os = "linux")]
#[test]
fn too_few_files_to_start_with_are_told_in_a_line() {
    let told = |limit: &str, command: &str| {
        let program = env!("CARGO_BIN_EXE_loopscope");
        let code = format!("{limit}; exec {program} {command}");
        let output = Command::new("sh").args(["-c", &code]).env("RUST_BACKTRACE", "1").output().expect("a shell");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for files in [6, 7, 8] {
        let said = told(&format!("ulimit -n {files}"), "eval 1");
        assert_eq!(said, "loopscope: can't start the event loop: Too many open files (os error 24)\n");
    }
}
