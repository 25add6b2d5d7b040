//! Leave that is asked for at the terminal.

use pty_process::blocking::Command;

use crate::pty::{CTRL_C, CTRL_D, Folder, Terminal};

const SCRIPT: &str = "
    for name in [`a`, `b`] {
        try { await write_file(name, `x`); print(`wrote ${name}`) } catch (e) { print(`${e.error}: ${e.message}`) }
    }";

/// The program in a folder with a script that writes two files.
fn program(folder: &Folder) -> Command {
    std::fs::write(folder.path().join("script.rhai"), SCRIPT).expect("a script");
    Command::new(env!("CARGO_BIN_EXE_loopscope"))
        .env("HOME", folder.path())
        .env("LOOPSCOPE_HISTORY", folder.path().join("history"))
        .env("TERM", "xterm-256color")
        .current_dir(folder.path())
}

fn run(folder: &Folder) -> Terminal {
    Terminal::start_sized(program(folder).args(["run", "script.rhai"]), 200, 24)
}

#[test]
fn each_answer_counts_for_what_it_says() {
    let folder = Folder::new("answers");
    let mut t = run(&folder);
    t.sees("the script asks for writing").sees("/a\"").sees("n: no").types("y\n").sees("wrote a");
    t.sees("the script asks for writing").sees("/b\"").sees("n: no").types("maybe\n").sees("please answer y, n or a");
    t.types("n\n").sees("permission: writing").sees("was refused at the terminal").exits_with(0);
    assert!(folder.path().join("a").exists() && !folder.path().join("b").exists());
    let mut t = run(&folder);
    t.sees("/a\"").sees("n: no").types(CTRL_C).exits_with(130);
    let mut t = run(&folder);
    t.sees("/a\"").sees("n: no").hangs_up().exits_with(129);
}

#[test]
fn keys_pressed_before_the_question_are_no_answer() {
    let folder = Folder::new("before");
    let mut program = program(&folder);
    let text = "print(`go`); await sleep(0.5); try { env(`SECRET`); print(`read`) } catch (e) { print(e.error) }";
    program = program.args(["eval", text]);
    let mut t = Terminal::start(program);
    t.sees("go").types("y\n").sees("asks for reading").sees("n: no").types("\n").sees("permission").exits_with(0);
}

#[test]
fn the_clock_stands_still_while_somebody_is_asked() {
    let folder = Folder::new("asked");
    let text = "let t = now(); try { env(`SECRET`) } catch { } print(`took ${if now() - t < 0.4 { `nothing` } else { `long` }}`)";
    let mut t = Terminal::start(program(&folder).args(["eval", text]));
    t.sees("n: no");
    std::thread::sleep(std::time::Duration::from_millis(500));
    t.types("n\n").sees("took nothing").exits_with(0);
    assert!(!t.transcript().contains("blocked"), "{}", t.transcript());
}

#[test]
fn the_prompt_asks_for_what_it_runs() {
    let folder = Folder::new("asks");
    let mut t = Terminal::start_sized(program(&folder), 200, 24);
    t.sees_prompt();
    t.sends(":run script.rhai").sees("asks for writing").sees("n: no").types("a\r").sees("wrote a");
    t.sees("asks for writing").sees("n: no").types("n\r").sees("was refused").sees_prompt();
    t.sends(":run script.rhai").sees("wrote a").sees("n: no").types(CTRL_C).sees_prompt();
    t.sends(":allow").sees("in force: --allow-write=").sees_prompt();
    t.sends(":allow write").sees("--allow-write").sees_prompt();
    t.sends(":run script.rhai").sees("wrote a").sees("wrote b").sees_prompt();
    t.sends(":allow reed=/x").sees("expected read, write, run, env, net").sees_prompt();
    // nobody is asked while a line is typed: it is denied, with the flag
    t.sends(
        "spawn(async { await sleep(0.05); try { env(\"HOME\") } catch (e) { print(`said: ${e.flag}`) } }, \"bg\");",
    );
    t.sees("said: --allow-env=HOME").types(CTRL_D).exits_with(0);
}

#[test]
fn what_was_denied_stays_denied() {
    let folder = Folder::new("stays");
    let mut t = Terminal::start_sized(program(&folder).arg("--deny-env"), 200, 24);
    t.sees_prompt();
    t.sends(":allow all").sees("what is denied stays denied").sees_prompt();
    t.sends("env(\"HOME\")").sees("is forbidden by --deny-env").sees_prompt();
}

#[test]
fn nobody_is_asked_without_a_terminal() {
    let ran = crate::support::Script::new("try { env(`HOME`) } catch (e) { print(e.flag) }").passes();
    ran.prints("--allow-env=HOME");
}

#[test]
fn ctrl_c_at_a_question_ends_the_run_and_is_no_answer() {
    let folder = Folder::new("neither");
    std::fs::write(folder.path().join("other.rhai"), "fn f() { 1 }").expect("a module");
    let module = folder.path().join("other.rhai");
    for ask in ["env(`SECRET`)", "await write_file(`a`, `x`)", "import `MODULE` as m", "await run_process(`ls`)"] {
        let ask = ask.replace("MODULE", &module.display().to_string());
        let text = format!("defer(|| print(`tidied`)); try {{ {ask}; }} catch {{ print(`caught`) }} print(`went on`)");

        let elsewhere = Folder::new("elsewhere");
        let program = program(&folder).current_dir(elsewhere.path()).args(["eval", &text]);
        let mut t = Terminal::start_sized(program, 200, 24);
        t.sees("n: no").types(CTRL_C).sees("tidied").exits_with(130);
        let transcript = t.transcript();
        assert!(!transcript.contains("caught") && !transcript.contains("went on"), "{transcript}");
        assert_eq!(transcript.matches("n: no").count(), 1, "{transcript}");
    }
}
