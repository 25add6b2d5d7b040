//! The world outside from a terminal: what is typed, and bars of progress.

use pty_process::blocking::Command;

use crate::pty::{CTRL_D, Folder, Terminal};

fn command(folder: &Folder) -> Command {
    Command::new(env!("CARGO_BIN_EXE_loopscope"))
        .env("HOME", folder.path())
        .env("LOOPSCOPE_HISTORY", folder.path().join("history"))
        .env("TERM", "xterm-256color")
        .current_dir(folder.path())
}

#[test]
fn what_is_typed_may_write_and_what_it_runs_may_not() {
    let folder = Folder::new("typed");
    let script = "try { await write_file(`written`, `x`) } catch (e) { print(`denied: ${e.error}`) }";
    std::fs::write(folder.path().join("script.rhai"), script).expect("a script");
    let mut t = Terminal::start(command(&folder));
    t.sees_prompt();
    t.sends("await write_file(\"typed\", \"by hand\"); await read_file(\"typed\")")
        .sees("=> \"by hand\"")
        .sees_prompt();
    t.sends(":run script.rhai").sees("n: no").types("n\r").sees("denied: permission").sees_prompt();
    t.sends("let dir = await temp_dir(); env(\"HOME\")").sees("as --allow-env=HOME does").types("n\r").sees_prompt();
    t.sends("print(dir)").sees("\n/").sees_prompt();
    let screen = t.transcript();
    let dir = screen.lines().find(|line| line.starts_with('/')).expect("the folder's path").trim().to_string();
    assert!(std::path::Path::new(&dir).is_dir(), "{dir}");
    t.types(CTRL_D).exits_with(0);
    assert!(!std::path::Path::new(&dir).exists() && folder.path().join("typed").exists());
    assert!(!folder.path().join("written").exists());
}

#[test]
fn a_bar_is_drawn_below_what_is_printed() {
    let folder = Folder::new("bar");
    let code = "let p = progress(4, \"pages\x1b[2J\"); \
                for i in 1..=4 { print(`page ${i}`); p.inc(1); await sleep(0.12) } p.finish(); print(`end`);";
    let mut program = command(&folder);
    program = program.args(["eval", code]);
    let mut t = Terminal::start(program);
    t.sees("pages\\u{1b}[2J").sees("4/4").exits_with(0);
    let screen = t.screen();
    let lines: Vec<&str> = screen.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    let [one, two, three, four, rest @ ..] = &lines[..] else { panic!("{screen}") };
    assert_eq!([*one, *two, *three, *four], ["page 1", "page 2", "page 3", "page 4"], "{screen}");
    assert!(rest.iter().any(|line| line.starts_with("pages") && line.ends_with("4/4")), "{screen}");
    assert_eq!(rest.iter().filter(|line| line.contains("pages")).count(), 1, "{screen}");
}

#[test]
fn a_bar_leaves_the_prompt_as_it_was() {
    let folder = Folder::new("bars");
    let mut t = Terminal::start(command(&folder));
    t.sees_prompt();
    t.sends("let p = progress(2, \"pages\"); p.inc(1); await sleep(0.1); p.inc(1); print(\"through\")");
    t.sees("through").shows("a line to type", |screen| screen.trim_end().ends_with("through\nloop>"));
    t.sends("p.inc(1); spawn(async { p.inc(1); progress(9, \"background\").inc(1) }); 40 + 2")
        .sees("=> 42")
        .sees_prompt();
    t.types("1 + 1");
    t.shows_line("loop> 1 + 1");
    assert!(!t.screen().contains(['░', '█']), "{}", t.screen());
    t.types("\r").sees("=> 2").types(CTRL_D).exits_with(0);
}

#[test]
fn what_is_denied_is_denied_where_a_connection_is_open_already() {
    let folder = Folder::new("narrowed");
    let mut t = Terminal::start(command(&folder));
    t.sees_prompt();
    t.sends("let url = `http://localhost:${demo_server().port}/json`;").sees_prompt();
    t.sends("(await fetch(url)).status").sees("=> 200").sees_prompt();
    t.sends(":allow --deny-net=127.0.0.1").sees_prompt();
    t.sends("try { await fetch(url) } catch (e) { print(`now ${e.error}`) }").sees("now permission").sees_prompt();
}
