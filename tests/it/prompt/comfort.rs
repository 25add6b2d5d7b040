//! What makes the prompt comfortable: values, completion, colours, the editor, settings, the spinner.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{command, start, start_wide, ticker};
use crate::pty::{CTRL_C, CTRL_D, Folder, TAB, Terminal, UP};

const RED: vt100::Color = vt100::Color::Idx(1);
const GREEN: vt100::Color = vt100::Color::Idx(28);

#[test]
fn values_are_folded_and_maps_are_tables() {
    let folder = Folder::new("shown");
    let mut t = start(&folder);
    t.runs("let rows = [#{id: 1, name: \"Ada\"}, #{id: 20, name: \"Grace\"}];");
    t.sends("rows").sees("\n=> id  name\n    1  Ada\n   20  Grace").shows_in(GREEN, "Ada").sees_prompt();
    t.sends("let l = []; for i in 0..1000 { l.push(i) } l")
        .sees("=> [\n     0, 1, 2, 3, ")
        .sees("… ")
        .sees(" more\n   ]");
    t.sees_prompt().sends("#{list: rows, text: \"long enough to have the whole map on several lines\", a: 1, b: [()]}");
    t.sees("=> #{\n     a: 1,\n     b: [()],\n     list: [#{id: 1, name: \"Ada\"}, #{id: 20, name: \"Grace\"}],\n     text: ");
    t.sees_prompt();
}

#[test]
fn responses_and_tasks_have_a_view_of_their_own() {
    let folder = Folder::new("own-view");
    let mut t = start(&folder);
    t.runs("let s = demo_server();").sends("await fetch(s.url + \"/json\")");
    t.sees("=> <response 200 OK, ").sees("\n   url: http://127.0.0.1:").sees("\n   content-type: application/json");
    t.sees_prompt().sends("spawn(sleep(1000), \"long\")").sees("=> <task 1 \"long\" ready>");
    t.sees("\n   spawned at line 1 of prompt 3; `:why 1` says more").sees_prompt();
}

#[test]
fn completion_knows_types() {
    let folder = Folder::new("types");
    let mut t = start_wide(&folder);
    t.runs("let data = #{rows: [#{number: 42}], text: \"a b\"};");
    t.types(format!("data.rows[0].num{TAB}\r")).sees("=> 42").sees_prompt();
    t.types(format!("data.text.to_up{TAB}")).sees("to_upper()").types("\r").sees("=> \"A B\"").sees_prompt();
    t.runs("let q = queue();").types(format!("q.try_{TAB}{TAB}")).sees("queue.try_get()  ").sees("queue.try_put(");
    t.types(CTRL_C).sees_prompt();
    // a function with its signature and its line of help
    t.types(format!("gather_{TAB}")).sees("gather_settled(").types(CTRL_C).sees_prompt();
    t.types(format!("timeo{TAB}")).sees("timeout(").sees("timeout(s, x)").types(CTRL_C).sees_prompt();
    t.types(format!("lo{TAB}{TAB}")).sees("lock(").types(CTRL_C).sees_prompt();
}

#[test]
fn completion_knows_the_arguments_of_commands() {
    let folder = Folder::new("arguments");
    let mut t = start_wide(&folder);
    t.types(format!(":learn que{TAB}")).sees(":learn queues").types(CTRL_C).sees_prompt();
    t.types(format!(":examples hel{TAB}\r")).sees("one task, one pause").sees_prompt();
    t.types(format!(":set com{TAB}circ{TAB}\r")).sees(":set completion circular").sees_prompt();
    t.types(format!(":lanes o{TAB}")).sees("off").types(CTRL_C).sees_prompt();
    t.types(":clock ").sees("[real|virtual|xN]").types(CTRL_C).sees_prompt();
}

#[test]
fn wrong_names_and_brackets_are_red_while_they_are_typed() {
    let folder = Folder::new("red");
    let mut t = start(&folder);
    t.types("slep(1) + ").shows_in(RED, "slep");
    t.types(CTRL_C).sees_prompt().types("[1)").shows_in(RED, ")");
    t.types(CTRL_C).sees_prompt().types("let x = 1; x + now() ");
    t.shows_in(vt100::Color::Default, "x + now()").types("\r").sees_prompt().types(CTRL_D).exits_with(0);
}

#[test]
fn history_is_searched() {
    let folder = Folder::new("searched");
    let mut t = start(&folder);
    t.runs("let alpha = 1;").runs("let beta = 2;").runs("alpha + 10");
    t.sends(":history ALPHA").sees("\nlet alpha = 1;\nalpha + 10").sees_prompt();
    t.sends(":history gamma").sees("no input contains \"gamma\"").sees_prompt();
    t.sends(":history 1").sees("\n:history 1").sees_prompt();
}

/// An editor that notes what it was given and writes something else.
fn editor(folder: &Folder, text: &str) -> PathBuf {
    let path = folder.path().join("editor.sh");
    let script = format!("#!/bin/sh\ncp \"$1\" {}\n{text}\n", folder.path().join("given").display());
    std::fs::write(&path, script).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("executable");
    path
}

fn read(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(Path::new(folder.path()).join(name)).expect("the file is there")
}

#[test]
fn an_input_is_written_in_the_editor() {
    let folder = Folder::new("editor");
    let editor = editor(&folder, "printf 'let made = 40;\\nmade + 2\\n' > \"$1\"");
    let mut t = Terminal::start(command(&folder).env("EDITOR", &editor).env_remove("VISUAL"));
    t.sees_prompt().runs("let before = 7;").runs(":tasks");
    t.sends(":edit").sees("let made = 40;").sees("=> 42").sees_prompt();
    assert_eq!(read(&folder, "given"), "let before = 7;\n");
    t.sends("made")
        .sees("=> 40")
        .sees_prompt()
        .types(UP)
        .types(UP)
        .types(UP)
        .sees("made + 2")
        .types(CTRL_C)
        .sees_prompt();
    t.types(CTRL_D).exits_with(0);
    assert!(t.is_cooked());
}

#[test]
fn the_editor_has_the_terminal_to_itself() {
    let folder = Folder::new("lent");
    let editor =
        editor(&folder, "stty -a | grep -c ' icanon' ; echo open; read line; echo \"print(\\\"$line\\\")\" > \"$1\"");
    let mut t = Terminal::start(command(&folder).env("EDITOR", &editor).env_remove("VISUAL"));
    t.sees_prompt().runs(&ticker("ticker", 5)).sees("[ticker] tick 3");
    t.sends(":edit").sees("1\nopen\n").types("typed there\r").sees("\ntyped there\n").sees_prompt();
    let transcript = t.transcript();
    let inside = transcript.split("open\n").nth(1).and_then(|rest| rest.split("typed there\n").next()).expect("a part");
    assert!(!inside.contains("tick"), "{inside}");
    t.sees("[ticker] tick").types(CTRL_D).sees("still running").exits_with(0);
}

#[test]
fn an_editor_that_fails_runs_nothing() {
    let folder = Folder::new("no-editor");
    let mut t = Terminal::start(command(&folder).env("EDITOR", "/nowhere/ed -x").env_remove("VISUAL"));
    t.sees_prompt().sends(":edit").sees("can't start the editor /nowhere/ed: No such file").sees_prompt();
    t.sends(":set editor true")
        .sees_prompt()
        .sends(":edit")
        .sees("nothing was saved, so nothing was run")
        .sees_prompt();
    t.sends(":set editor").sees("editor = true").sees_prompt();
    t.sends(":reset me").sees(":reset takes nothing after it").sees_prompt();
    t.sends(":set editor false").sees_prompt().sends(":edit").sees("false ended with exit status: 1; nothing was run");
    t.sees_prompt().sends("6 * 7").sees("=> 42").sees_prompt();
}

#[test]
fn settings_are_kept() {
    let folder = Folder::new("settings");
    let mut t = start(&folder);
    t.sends(":set").sees("lanes").sees("auto|on|off").sees("kept in ").sees_prompt();
    t.sends(":set lanes never").sees("lanes can be auto, on, off, and not \"never\"").sees_prompt();
    t.sends(":set lane on").sees("did you mean lanes?").sees_prompt();
    t.runs(":set banner off").sends(":set lanes on").sees_prompt().sends("await sleep(0)").sees("main").sees_prompt();
    t.types(CTRL_D).exits_with(0);
    assert_eq!(read(&folder, "config"), "spinner = off\nbanner = off\nlanes = on\n");
    let mut t = Terminal::start(command(&folder));
    t.sees("loop> ").sends(":set lanes").sees("lanes = on").sees_prompt();
    assert!(!t.transcript().contains("lists commands"));
    std::fs::write(folder.path().join("config"), "lanes = of\n").expect("written");
    let mut t = Terminal::start_sized(command(&folder), 200, 50);
    t.sees("warning: ").sees("config:1: lanes can be auto, on, off, and not \"of\"").sees_prompt();
}

#[test]
fn a_spinner_while_a_run_takes_long() {
    let folder = Folder::new("spinner");
    std::fs::write(folder.path().join("config"), "spinner = on\n").expect("written");
    let mut t = start(&folder);
    t.sends("spawn(sleep(99), \"other\"); await sleep(99)").sees(" s  1 task  Ctrl-C stops");
    t.types(CTRL_C)
        .shows("no spinner, and the prompt", |s| !s.contains("Ctrl-C stops\n") && s.trim_end().ends_with("loop>"));
    t.sees_prompt().runs(":cancel all");
    t.sends("defer(async || await sleep(99)); print(\"go\"); await sleep(99)").sees("\ngo\n").types(CTRL_C);
    t.sees(" s  stopping; a `defer` still runs: Ctrl-C again ends it").types(CTRL_C).sees("cancelled").sees_prompt();
    t.sends("print(\"first\"); await sleep(1); print(\"second\"); loop { await sleep(0.3); print(\"more\") }");
    t.sees(" s  Ctrl-C stops").shows_line("second").shows_line("more").types(CTRL_C);
    t.shows("what was printed, whole", |s| s.contains("\nfirst\nsecond\nmore\n") && s.trim_end().ends_with("loop>"));
}

#[test]
fn the_log_is_switched() {
    let folder = Folder::new("log");
    let mut t = start_wide(&folder);
    t.runs("await sleep(0);")
        .runs(":log on")
        .sends("await spawn(sleep(0.01), \"logged\")")
        .sees("created")
        .sees("logged");
    t.sees_prompt().runs(":log off").sends("await spawn(sleep(0.01), \"quiet\")").sees_prompt();
    assert!(!t.transcript().contains("suspended  1 \"quiet\"") && t.transcript().matches("created").count() >= 1);
    t.sends(":log perhaps").sees(":log takes on or off").sees_prompt();
}

#[test]
fn the_demo_server_is_started_once() {
    let folder = Folder::new("demo");
    let mut t = start(&folder);
    t.sends(":demo").sees("`demo` is a server").sees("/delay/MS").sees_prompt();
    t.sends("let first = demo.url; (await fetch(demo.url + \"/json\")).status").sees("=> 200").sees_prompt();
    t.runs(":demo").sends("demo.url == first").sees("=> true").sees_prompt();
}

#[test]
fn examples_are_listed_shown_and_run() {
    let folder = Folder::new("examples");
    let mut t = start(&folder);
    t.sends(":examples").sees("lost_update").sees("ticker").sees_prompt();
    t.runs(":clock virtual").sends(":examples lost_update").sees("let ").sees("without a lock").sees_prompt();
    t.sends(":examples lost_updat").sees("did you mean lost_update?").sees_prompt();
}

#[test]
fn what_a_failed_input_left_is_saved_too() {
    let folder = Folder::new("saved-failed");
    std::os::unix::fs::symlink("real.rhai", folder.path().join("link.rhai")).expect("a link");
    let mut t = start(&folder);
    t.sends("let y = 1; throw 2").sees("error").sees_prompt().sends("y + 1").sees("=> 2").sees_prompt();
    t.sends("async fn f(n) { n } await f(it)")
        .sees("=> 2")
        .sees_prompt()
        .sends("print(`last: ${it + y}`)")
        .sees("last: 3");
    t.sees_prompt().sends(":save -f link.rhai").sees("4 inputs saved").sees_prompt();
    assert!(folder.path().join("link.rhai").is_symlink());
    t.sends(":run real.rhai").sees("last: 3").sees_prompt();
}

#[test]
fn a_saved_session_runs_the_same() {
    let folder = Folder::new("saved");
    std::fs::write(folder.path().join("part.rhai"), "fn third(n) { n / 3 }\nlet loaded = 9\n").expect("written");
    let mut t = start(&folder);
    for line in [
        "async fn later(n) { await sleep(0.01); n + 1 }",
        "let total = 0",
        "nothing()",
        ":load part.rhai",
        "await later(third(loaded))",
        "total += it",
        "fn unused(n) { 1 }",
        "fn unused(n) { 2 }",
        ":time await later(third(it + 2))",
        "total += it;",
        "print(`total ${total}`)",
    ] {
        t.runs(line);
    }
    t.runs(":save again.rhai").sends(":q").exits_with(0);
    let printed = t.transcript();
    assert!(printed.contains("\ntotal 7\n"), "{printed}");
    let mut again = command(&folder);
    again = again.arg("run").arg("again.rhai");
    Terminal::start(again).sees("total 7").exits_with(0);
}

#[test]
fn a_dumb_terminal_has_no_spinner() {
    let folder = Folder::new("dumb-spinner");
    std::fs::write(folder.path().join("config"), "spinner = on\n").expect("written");
    let mut t = Terminal::start(command(&folder).env("TERM", "dumb"));
    t.sees("loop> ").types("await sleep(1.5); 6 * 7\n").sees("=> 42");
    assert!(!t.transcript().contains("Ctrl-C stops\n") && !t.transcript().contains(" s  Ctrl-C"));
}

#[test]
fn input_that_nothing_can_make_right_is_sent() {
    let folder = Folder::new("foreign");
    let mut t = start(&folder);
    t.sends("?").sees(":help lists commands").sees_prompt();
    t.sends("t0.await").sees("`await` stands before what it awaits").sees_prompt();
    t.sends("async function get() {").sees("`async fn` if it awaits").sees_prompt();
    t.sends("for i in range(3):").sees("`for i in 0..3 { ... }`").sees_prompt();
}

#[test]
fn a_bundled_example_is_explored_whatever_the_session_has() {
    let folder = Folder::new("example-apart");
    let mut t = start(&folder);
    t.runs("let money = sleep(1);").sends("sleep(1)").sees("not started").sees_prompt();
    t.sends(":explore lost_update").sees("3 outcomes").sees_prompt();
    t.sends("type_of(money)").sees("future").sees_prompt();
}

#[test]
fn completion_offers_what_the_value_has() {
    let folder = Folder::new("has");
    let mut t = start_wide(&folder);
    t.runs("let q1 = queue(2); let n = 5; async fn get(n) { n }");
    t.types(format!("q1.fu{TAB}\r")).sees("=> false").sees_prompt();
    t.types(format!("n.ba{TAB}\r")).sees("property 'ba'").sees_prompt();
    t.types(format!("get(1).can{TAB}\r")).sees("property 'can'").sees_prompt();
    t.types(format!(":explore lost_{TAB}")).sees(":explore lost_update").types(CTRL_C).sees_prompt();
    t.types(format!(":help :le{TAB}")).sees(":help :learn").types(CTRL_C).sees_prompt();
    t.types("[1].push(").sees("array.push(item)").types(CTRL_C).sees_prompt();
}

#[test]
fn a_saved_script_says_how_it_runs_the_same() {
    let folder = Folder::new("same");
    let mut t = start(&folder);
    t.sends(":seed").sees("no seed").sees_prompt();
    t.sends(":seed 7").sees("from the seed 7").sees_prompt();
    t.sends(":clock virtual").sees("the clock is virtual").sees_prompt();
    t.runs("await sleep(60);").sends(":save same.rhai").sees("1 input saved").sees_prompt();
    let saved = std::fs::read_to_string(folder.path().join("same.rhai")).expect("saved");
    assert!(saved.contains("\n// Runs the same with: loopscope run --virtual-time --seed 7 FILE\n"), "{saved}");
}

#[test]
fn lists_fit_a_narrow_terminal() {
    let folder = Folder::new("narrow");
    let mut t = start(&folder);
    t.sends(":set")
        .sees("when the lanes are drawn after a run (auto|on|off)")
        .sees("$VISUAL, $EDITOR, or vi")
        .sees_prompt();
    t.sends(":exit").sees("no command :exit; :quit, or Ctrl-D, leaves").sees_prompt();
    t.sends(":examples nosuch").sees("there is no example nosuch; :examples lists them").sees_prompt();
}
