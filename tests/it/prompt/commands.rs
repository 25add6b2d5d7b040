//! The commands.

use super::{start, start_wide, ticker};
use crate::pty::Folder;

#[test]
fn an_unknown_command_suggests_the_nearest() {
    let folder = Folder::new("unknown");
    let mut t = start(&folder);
    t.sends(":taks").sees("no command :taks; did you mean :tasks?").sees_prompt();
    t.sends(":t").sees("could be :tasks or :tree or :type or :time or :trace").sees_prompt();
    t.sends(":xyzzy").sees(":help lists them").sees_prompt();
}

#[test]
fn help() {
    let folder = Folder::new("help");
    let mut t = start(&folder);
    t.sends(":help").sees(":save [-f] FILE").sees("Ctrl-R searches").sees_prompt();
    t.sends(":help gather").sees("\ngather(").sees("asyncio.gather").sees("Promise.all").sees("tokio").sees_prompt();
    t.sends(":help tasks").sees(":tasks\n").sees_prompt();
    t.sends(":help await").sees("Suspends this task").sees_prompt();
    t.sends(":help coroutine").sees("async fn f(a)").sees_prompt();
    t.sends(":help legend").sees("░ waiting").sees_prompt();
    t.sends(":help slep").sees("did you mean :help sleep?").sees_prompt();
    t.sends(":help nosuch").sees("no help on nosuch; :fns lists").sees_prompt();
    t.sends(":help queue.put").sees("\nqueue.put(item)\nPuts an item").sees_prompt();
    t.runs("let jobs = queue();").sends(":help jobs.task_don").sees("did you mean :help jobs.task_done?").sees_prompt();
    t.sends(": help reset").sees("\n:reset\n").sees_prompt();
    // no word is cut at 80 columns
    t.sends(":help set").sees("$LOOPSCOPE_CONFIG\nnames, else in").sees_prompt();
}

#[test]
fn what_a_command_can_not_do_is_said() {
    let folder = Folder::new("said");
    let mut t = start(&folder);
    t.sends(":replay 1 foo").sees(":replay takes a token or a number, then `step` or nothing").sees_prompt();
    for count in ["0", "-1"] {
        t.sends(&format!(":history {count}")).sees(":history takes how many inputs, from 1 on").sees_prompt();
    }
    t.sends(":save .").sees("not saved: . is a folder").sees_prompt();
    t.sends(":save -x").sees("-f is all that :save takes").sees_prompt();
    t.sends(":run f 'b").sees("a quote is not closed: '").sees_prompt();
    std::fs::write(folder.path().join("a b.rhai"), "print(args())").expect("written");
    t.sends(":run 'a b.rhai' 'c d' e").sees("[\"c d\", \"e\"]").sees_prompt();
    t.sends(":load 'a b.rhai'").sees("[]").sees_prompt();
}

#[test]
fn a_saved_script_finds_its_modules() {
    let folder = Folder::new("modules");
    std::fs::create_dir(folder.path().join("sub")).expect("made");
    std::fs::write(folder.path().join("lib.rhai"), "fn twice(n) { n * 2 }").expect("written");
    let mut t = start(&folder);
    t.runs("import \"lib\" as lib;").sends("print(lib::twice(21))").sees("42").sees_prompt();
    t.types("lib::tw\t").sees("lib::twice(").types("8)\r").sees("=> 16").sees_prompt();
    t.sends(":save sub/saved.rhai").sees("saved in sub/saved.rhai").sees_prompt();
    t.sends(":run sub/saved.rhai").sees("42").sees_prompt();
}

#[test]
fn tasks_why_and_cancel() {
    let folder = Folder::new("tasks");
    let mut t = start_wide(&folder);
    t.sends(":tasks").sees("no tasks").sees_prompt();
    t.runs("let db = lock(\"db\");");
    t.runs("spawn(async { await db.acquire(); defer(async || { await sleep(0.3); print(\"released\") }); await sleep(3600) }, \"loader\");");
    t.runs("spawn(async { let row = 7; await db.acquire(); }, \"writer\");");
    t.runs(&ticker("ticker", 3_600_000));
    t.sends(":tasks").sees(" id  name").sees("1  loader  waiting  sleep(3600), ");
    t.sees("2  writer  waiting  lock \"db\", held by 1").sees("3  ticker").sees_prompt();
    t.sends(":why 2").sees("task 2 \"writer\", spawned by main at").sees("waits for lock \"db\" (first in line), ");
    t.sees("let row = 7; await db.acquire()")
        .sees("held by task 1 \"loader\" for ")
        .sees("taken at line 1 of prompt 2, which waits for sleep(3600), ")
        .sees("row = 7")
        .sees_prompt();
    t.sends(":cancel 1").sees("cancelled task 1 \"loader\"").sees("released");
    t.sends(":why 1").sees("task 1 has ended").sees_prompt();
    t.sends(":cancel 99").sees("there is no task 99").sees_prompt();
    t.sends(":cancel nobody").sees("no task is called \"nobody\"").sees_prompt();
    t.runs("spawn(sleep(3600), \"napper\"); spawn(sleep(3600), \"twin\"); spawn(sleep(3600), \"twin\");");
    t.sends(":cancel twin").sees("5 \"twin\", 6 \"twin\" are called so: say which by its number").sees_prompt();
    t.sends(":cancel napper").sees("cancelled task 4 \"napper\"").sees_prompt();
    t.sends(":cancel 5").sees("cancelled task 5").sees_prompt();
    t.sends(":cancel twin").sees("cancelled task 6").sees_prompt();
    t.sends(":cancel all").sees("cancelled: 2 \"writer\", 3 \"ticker\"").sees_prompt();
    t.runs("await sleep(0.05);"); // they end in turns of their own
    t.sends(":tasks").sees("no tasks").sees_prompt();
}

#[test]
fn variables_types_and_time() {
    let folder = Folder::new("vars");
    let mut t = start(&folder);
    t.sends(":vars").sees("no variables").sees_prompt();
    t.runs("let numbers = [1, 2, 3]; let db = lock(\"db\");");
    t.sends("numbers.len()").sees("=> 3").sees_prompt();
    t.sends(":vars")
        .sees("numbers  array  = [1, 2, 3]")
        .sees("= <lock \"db\", free>")
        .sees("it")
        .sees("= 3")
        .sees_prompt();
    t.sends(":type numbers").sees("=> array").sees_prompt();
    t.sends(":time await sleep(0.2)").sees("took 0.").sees_prompt();
    t.sends("[db]").sees("=> [<lock \"db\", free>]").sees_prompt();
}

#[test]
fn steps_and_files_of_the_last_run() {
    let folder = Folder::new("views");
    let mut t = start(&folder);
    t.sends(":steps").sees("nothing has run yet").sees_prompt();
    t.sends(":trace save run.svg").sees("nothing has run yet").sees_prompt();
    t.runs(":lanes off");
    t.sends("await gather([async { let a = 1; await sleep(0.01); a }, sleep(0)])").sees("=> [1, ()]").sees_prompt();
    t.sends(":steps").sees("1 async block").sees("a = 1; sleep(0.01) ⏸").sees("a ✔ 1").sees("2 tasks").sees_prompt();
    t.sends(":trace save run.svg").sees("events saved in run.svg").sees_prompt();
    let picture = std::fs::read_to_string(folder.path().join("run.svg")).expect("a picture");
    assert!(picture.starts_with("<svg "), "{picture}");
    t.sends(":trace save run.gif").sees("it must end in").sees_prompt();
    t.sends(":trace run.svg").sees(":trace takes `save` and a file").sees_prompt();
    t.sends(":trace save").sees(":trace save FILE").sees_prompt();
}

#[test]
fn lanes_when_asked() {
    let folder = Folder::new("lanes");
    let mut t = start(&folder);
    t.sends(":lanes").sees("nothing has run yet").sees_prompt();
    t.runs(":lanes off");
    t.sends("await gather([sleep(0.02), sleep(0.01)])").sees("=> [(), ()]").sees_prompt();
    assert!(!t.transcript().contains('░'));
    t.sends(":lanes").sees("1 sleep").sees("2 tasks").sees("running").sees_prompt();
    t.runs(":lanes on").sends("await sleep(0.01)").sees("main").sees_prompt();
    t.sends(":lanes perhaps").sees(":lanes takes auto, on or off").sees_prompt();
}

#[test]
fn files_are_loaded_run_and_saved() {
    let folder = Folder::new("files");
    let script = "fn from_file(n) { n + 1 }\nlet loaded = from_file(40);\nprint(args());\nloaded";
    std::fs::write(folder.path().join("s.rhai"), script).expect("written");
    std::fs::write(folder.path().join("bad.rhai"), "let a = 1;\n  nothing()").expect("written");
    let mut t = start(&folder);
    t.sends(":run s.rhai one \"two three\"").sees("[\"one\", \"two three\"]").sees_prompt();
    t.sends("loaded").sees("error: Variable not found").sees_prompt();
    t.sends(":load s.rhai").sees("[]\n=> 41").sees_prompt();
    t.sends("from_file(loaded)").sees("=> 42").sees_prompt();
    t.sends(":load bad.rhai").sees("error: ").sees("bad.rhai:2:3").sees_prompt();
    t.sends(":load nowhere").sees("nowhere: No such file").sees_prompt();
    t.sends(":save out.rhai").sees("saved in out.rhai").sees_prompt();
    t.sends(":save out.rhai").sees("out.rhai exists").sees_prompt();
    t.runs(":reset").sends(":run out.rhai").sees("[]").sees_prompt();
    let saved = std::fs::read_to_string(folder.path().join("out.rhai")).expect("saved");
    assert!(saved.contains("from_file(loaded)") && !saved.contains("nothing"), "{saved}");
}

#[test]
fn reset_forgets_all() {
    let folder = Folder::new("reset");
    let mut t = start(&folder);
    t.runs("let a = 1; fn f() { 1 }").runs(&ticker("ticker", 50));
    t.sends(":reset").sees("forgot variables and functions; cancelled 1 task").sees_prompt();
    t.sends("a").sees("error: Variable not found: a").sees_prompt();
    t.sends("f()").sees("error: Function not found: f").sees_prompt();
    t.sends(":tasks").sees("no tasks").sees_prompt();
    t.sends(":q").exits_with(0);
}

#[test]
fn what_was_loaded_from_a_file_with_a_shebang_is_saved_as_a_script() {
    let folder = Folder::new("shebang");
    std::fs::write(folder.path().join("one.rhai"), "#!/usr/bin/env loopscope\nlet one = 1;\n").expect("written");
    let mut t = start(&folder);
    t.runs("let zero = 0;").runs(":load one.rhai").runs("print(`sum ${zero + one}`)");
    t.sends(":save all.rhai").sees("saved").sees_prompt();
    t.sends(":run all.rhai").sees("sum 1").sees_prompt();
}
