//! What is allowed without flags, and by them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::script;
use crate::support::Script;

fn error_of(code: &str) -> Script {
    script(&format!("let e = await attempt(async || await {code}); print(`${{e.error}} ${{e.flag ?? ()}}`);"))
}

#[test]
fn each_operation_asks() {
    for (code, flag) in [
        ("read_file(`/etc/passwd`)", "--allow-read=/etc/passwd"),
        ("read_bytes(`/etc/passwd`)", "--allow-read=/etc/passwd"),
        ("file_lines(`/etc/passwd`).next()", "--allow-read=/etc/passwd"),
        ("exists(`/none/x`)", "--allow-read=/none/x"),
        ("list_dir(`/`)", "--allow-read=/"),
        ("copy_file(`/etc/passwd`, await temp_dir() + `/a`)", "--allow-read=/etc/passwd"),
        ("copy_file(`Cargo.toml`, `/none/a`)", "--allow-write=/none/a"),
        ("write_file(`/none/a`, ``)", "--allow-write=/none/a"),
        ("append_file(`/none/a`, ``)", "--allow-write=/none/a"),
        ("remove_file(`/none/a`)", "--allow-write=/none/a"),
        ("make_dir(`/none/a`)", "--allow-write=/none/a"),
        ("run_process(`echo`)", "--allow-run=echo"),
        ("spawn_process(`echo`).wait()", "--allow-run=echo"),
        ("run_process(`no such`)", "--allow-run='no such'"),
        ("sqlite(`/none/a.db`).close()", "--allow-write=/none/a.db"),
    ] {
        error_of(code).passes().prints(&format!("permission {flag}"));
        let denied = flag.replace("allow", "deny");
        let kind = denied.split('=').next().expect("a flag");
        error_of(code).flag("-A").flag(kind).passes().prints("permission");
    }
    error_of("read_file(`/etc/passwd`)").flag("-A").passes().prints("none");
    error_of("run_process(`echo`)").flag("--allow-run=echo").passes().prints("none");
    error_of("file_lines(`/etc/passwd`).next()").flag("--allow-read=/etc/passwd").passes().prints("none");
    script("try { env(`HOME`) } catch (e) { print(e.flag) }").passes().prints("--allow-env=HOME");
    script("print(env(`HOME`).len() > 0)").flag("--allow-env=HOME").passes().prints("true");
}

#[test]
fn denied_wins_over_allowed() {
    error_of("read_file(`Cargo.toml`)").flag("-A").flag("--deny-read=Cargo.toml").passes().prints("permission");
    error_of("write_file(await temp_dir() + `/a`, ``)").flag("--allow-write").flag("--deny-write").prints("permission");
    error_of("run_process(`echo`)").flag("-A").flag("--deny-run=echo").passes().prints("permission");
    for file in ["/proc/self/environ", "/proc/thread-self/environ", "/proc/self/root/proc/self/environ"] {
        let read = |flag: &str| error_of(&format!("read_bytes(`{file}`)")).flag("-A").flag(flag).passes();
        read("--deny-env").prints("permission");
        read("--deny-env=HOME").prints("permission");
        read("--deny-env=NO_SUCH_VARIABLE").prints("permission");
        read("--deny-run").prints("none");
    }
    let ran = script("try { env(`HOME`) } catch (e) { print(e.message) }").flag("-A").flag("--deny-env").passes();
    ran.prints("reading the environment variable \"HOME\" is forbidden by --deny-env");
}

#[test]
fn who_may_run_one_program_may_not_have_it_load_the_code_of_others() {
    for variable in ["LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES"] {
        for code in [
            format!("run_process(`echo`, #{{env: #{{A: 1, {variable}: `./mine`}}}})"),
            format!("spawn_process(`echo`, #{{env: #{{{variable}: `./mine`}}}}).wait()"),
        ] {
            error_of(&code).flag("--allow-run=echo").passes().prints("permission --allow-run");
            error_of(&code).flag("-A").flag("--deny-run=echo").passes().prints("permission");
            for all in ["--allow-run", "-A"] {
                error_of(&code).flag(all).passes().prints("none");
            }
        }
    }
    script("await run_process(`echo`, #{env: #{LD_PRELOAD: `./mine`}})").flag("--allow-run=echo").fails(
        "running \"echo\" with \"LD_PRELOAD\" in its environment is not allowed (a program loads any code by it): \
         --allow-run would allow it",
    );
    error_of("run_process(`echo`, #{env: #{OLD_ONE: `x`}})").flag("--allow-run=echo").passes().prints("none");
}

#[test]
fn the_network_can_be_narrowed() {
    let fetches = "let s = demo_server(); let e = await attempt(async || { await fetch(s.url + `/json`); throw `ok` }); \
                   print(if type_of(e) == `map` { e.error } else { e })";
    script(fetches).passes().prints("ok");
    script(fetches).flag("--allow-net=127.0.0.1").passes().prints("ok");
    script(fetches).flag("--allow-net=localhost").passes().prints("ok");
    // to listen and to connect
    let listens = "print((await attempt(async || demo_server())).message); print((await attempt(async || serve(async |r| 1))).error); \
                   print((await attempt(async || await fetch(`http://127.0.0.1:9/`))).error)";
    for flags in
        [&["--allow-net=example.com"][..], &["--deny-net=localhost"], &["-A", "--deny-net"], &["--deny-net=127.0.0.1"]]
    {
        let ran = flags.iter().fold(script(listens), |script, flag| script.flag(*flag)).passes();
        assert!(ran.stdout.starts_with("listening on 127.0.0.1 is "), "{flags:?}: {ran:#}");
        assert!(ran.stdout.ends_with("\npermission\npermission\n"), "{flags:?}: {ran:#}");
    }
}

/// A folder of the test's own.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("loopscope-allowed-{}-{name}", std::process::id()));
        fs::create_dir_all(path.join("work")).expect("a folder");
        fs::create_dir_all(path.join("lib")).expect("a folder");
        Self(path.canonicalize().expect("it is there"))
    }

    /// Runs a script of the folder, from within `work`.
    fn run(&self, script: &str, flags: &[&str]) -> (String, String) {
        let mut program = Command::new(env!("CARGO_BIN_EXE_loopscope"));
        program.arg("run").args(flags).arg(self.0.join(script)).current_dir(self.0.join("work"));
        let output = program.env("NO_COLOR", "1").output().expect("the program starts");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (text(output.stdout), text(output.stderr))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
#[test]
fn links_lead_out_of_no_folder() {
    let folder = Folder::new("links");
    let outside = std::env::temp_dir().join(format!("loopscope-outside-{}", std::process::id()));
    fs::write(&outside, "secret").expect("a file");
    std::os::unix::fs::symlink(&outside, folder.0.join("work/link")).expect("a link");
    std::os::unix::fs::symlink(outside.with_extension("new"), folder.0.join("work/dangling")).expect("a link");
    let text = "for f in [|| read_file(`link`), || write_file(`dangling`, ``), || read_file(`../../x`)] {
                    try { await f.call(); print(`done`) } catch (e) { print(e.error) }
                }
                await remove_file(`dangling`);
                print(await read_file(`../lib/a`));";
    fs::write(folder.0.join("lib/main.rhai"), text).expect("a script");
    fs::write(folder.0.join("lib/a"), "beside the script").expect("a file");
    let (out, err) = folder.run("lib/main.rhai", &["--allow-write=."]);
    assert_eq!(out, "permission\npermission\npermission\nbeside the script\n", "{err}");
    assert!(!folder.0.join("work/dangling").is_symlink() && !outside.with_extension("new").exists());
    let _ = fs::remove_file(outside);
}

#[cfg(unix)]
#[test]
fn where_the_current_folder_is_gone_nothing_is_below_it() {
    let folder = Folder::new("gone");
    let text =
        "for f in [|| read_file(`a`), || read_file(`/etc/passwd`), || write_file(`../b`, ``), || sqlite(`a.db`)] {
                    try { await f.call(); print(`done`) } catch (e) { print(`${e.error}: ${e.message}`) }
                }";
    for (flag, outside) in [("--seed=1", "permission: "), ("-A", "done")] {
        fs::create_dir_all(folder.0.join("work")).expect("a folder");
        let mut shell = Command::new("sh");
        shell.args(["-c", r#"cd "$0" && rmdir "$0" && exec "$1" eval "$2" "$3""#]).arg(folder.0.join("work"));
        shell.args([env!("CARGO_BIN_EXE_loopscope"), flag, text]).env("NO_COLOR", "1");
        let out = String::from_utf8(shell.output().expect("the program runs").stdout).expect("UTF-8");
        let told: Vec<&str> = out.lines().collect();
        assert_eq!(told.len(), 4, "{out}");
        for (at, line) in told.iter().enumerate() {
            match at {
                1 => assert!(line.starts_with(outside), "{out}"),
                _ => assert!(line.starts_with("io: ") && line.ends_with("that is not there any more"), "{out}"),
            }
        }
    }
    assert!(!folder.0.join("b").exists());
}

#[test]
fn imports_ask_for_the_right_to_read() {
    let folder = Folder::new("import");
    fs::write(folder.0.join("lib/util.rhai"), "fn twice(n) { n * 2 }").expect("a module");
    fs::write(folder.0.join("work/main.rhai"), "import \"../lib/util\" as util; print(util::twice(4));")
        .expect("a script");
    let (out, err) = folder.run("work/main.rhai", &[]);
    assert!(out.is_empty() && err.contains("util.rhai") && err.contains("--allow-read="), "{err}");
    assert_eq!(folder.run("work/main.rhai", &["--allow-read=../lib"]).0, "8\n");
    assert_eq!(folder.run("work/main.rhai", &["-A", "--deny-read=../lib"]).0, "");
}

#[test]
fn a_flag_with_an_empty_value_allows_nothing() {
    let ran = Script::new("").flag("--allow-read=").run();
    assert!(ran.code == 2 && ran.stderr.contains("expected a name"), "{ran:#}");
    let ran = Script::new("").flag("--allow-net=http://a").run();
    assert!(ran.code == 2 && ran.stderr.contains("HOST:PORT"), "{ran:#}");
}

#[test]
fn other_threads_are_bound_by_the_same_flags() {
    let text = "print(await to_thread(|| { try { env(`HOME`) } catch (e) { return e.error } `allowed` }));";
    script(text).passes().prints("permission");
    script(text).flag("--allow-env").passes().prints("allowed");
    let text = "print(await to_thread(|| { try { spawn_process(`echo`) } catch (e) { return e.message } `started` }));";
    let ran = script(text).flag("-A").passes();
    assert!(ran.stdout.contains("call it outside of to_thread"), "{ran:#}");
}
