//! Lessons at the prompt.

use super::{command, ready, start, start_wide};
use crate::pty::{CTRL_C, Folder, Terminal, UP};

const ENTER: &str = "\r";

#[test]
fn a_lesson_from_its_beginning_to_its_end() {
    let folder = Folder::new("lesson");
    let mut t = start_wide(&folder);
    t.sends(":learn").sees("  1  event-loop").sees("17  exploring").sees("`:learn 1` begins").sees_prompt();
    t.sends(":learn cor").sees("Lesson 2: Coroutines").sees("hello Ada\nawaited, and it gave 3").sees("[coroutines 1/");
    t.sees_prompt();
    t.types(ENTER).sees("Calling is not running").sees("done").sees("was never awaited").sees("coroutines-2.rhai:6:1");
    t.sees_prompt();
    t.sends(":back").sees("awaited, and it gave 3").sees("[coroutines 1/").sees_prompt();
    t.sends(":back").sees("where the lesson begins").sees_prompt();
    t.sends(":again").sees("awaited, and it gave 3").sees_prompt();
    // what programs define stays, to play with
    t.sends("await greet(\"me\")").sees("hello me\n=> 2").sees_prompt();
    // nothing is told before it was asked
    t.sends(":answer").sees("the question of this lesson comes first: it is").sees("steps further on").sees_prompt();
    t.sends(":hint").sees("the exercise of this lesson comes first").sees_prompt();
    t.sends(":check").sees("the exercise of this lesson comes first").sees_prompt();
    for _ in 0..3 {
        t.types(ENTER).sees("Enter goes on").sees_prompt();
    }
    t.sends(":answer").sees("it is the next step, and Enter goes on").sees_prompt();
    t.sends(":next").sees("Question").sees("`:answer` tells").sees_prompt();
    t.sends(":answer").sees("Nothing was printed").sees_prompt();
    t.types(ENTER).sees("Exercise").sees("Up brings this code back").sees_prompt();
    for heading in ["Elsewhere", "Python", "JavaScript", "Rust", "That was lesson 2. Its exercise is still open"] {
        t.types(ENTER).sees(heading).sees_prompt();
    }
    t.sends(":learn off").sees("left the lesson").sees_prompt();
    t.sends(":next").sees("no lesson is open").sees_prompt();
    t.sends(":learn").sees("·  Coroutines").sees("· read to the end").sees_prompt();
    // who was there before may look back at once
    t.sends(":learn 2").sees("[coroutines 1/").sees_prompt().sends(":answer").sees("Nothing was printed").sees_prompt();
}

#[test]
fn an_exercise_is_typed_and_checked() {
    let folder = Folder::new("exercise");
    let mut t = start_wide(&folder);
    t.sends(":learn 4").sees("[tasks 1/").sees_prompt();
    for _ in 0..5 {
        t.types(ENTER).sees("[tasks ").sees_prompt();
    }
    t.sends(":check").sees("nothing to check").sees_prompt();
    t.types(UP).types(UP).sees("longest").types(ENTER).sees("30").sees_prompt();
    t.sends(":check").sees("not yet: longest([1, 3, 2]) took 6.0 s").sees("`:hint` helps").sees_prompt();
    t.sends(":hint").sees("hint 1 of 2: Two loops").sees_prompt();
    t.sends(":hint").sees("hint 2 of 2").sees_prompt();
    t.sends(":hint").sees("a solution:").sees_prompt();
    let better = "async fn longest(list) { let best = 0; let all = await gather(list.map(|s| cook(s))); \
                  for v in all { if v > best { best = v } } best }";
    t.runs(better).sends(":check").sees("passed").sees_prompt();
    t.sends(":learn").sees("✔  Tasks").sees("you were at tasks").sees_prompt();
    std::fs::write(folder.path().join("mine.rhai"), "fn longest(list) { throw \"oh\" }").expect("written");
    t.sends(":check mine.rhai").sees("not yet: oh").sees_prompt();
}

#[test]
fn progress_is_kept_and_a_lesson_goes_on_where_it_was() {
    let folder = Folder::new("progress");
    let mut t = start_wide(&folder);
    t.sends(":learn queues").sees("[queues 1/").sees_prompt().types(ENTER).sees("[queues 2/").sees_prompt();
    t.sends(":q").exits_with(0);
    let mut t = start_wide(&folder);
    t.sends(":learn").sees("2/").sees("Queues").sees("you were at queues").sees_prompt();
    t.sends(":learn queues").sees("going on where you were").sees("Back-pressure").sees("[queues 2/").sees_prompt();
}

#[test]
fn ctrl_c_ends_the_check_and_not_the_lesson() {
    let folder = Folder::new("break");
    // the spinner says that the check is going on
    std::fs::write(folder.path().join("config"), "spinner = on\n").expect("written");
    let mut t = start(&folder);
    t.runs(":learn 3");
    for _ in 0..4 {
        t.types(ENTER).sees("[await ").sees_prompt();
    }
    t.types(ENTER).sees("Up brings this code back").sees_prompt();
    t.runs("async fn total(a, b) { loop { } }");
    t.sends(":check").sees("Ctrl-C stops").types(CTRL_C).sees("the check was stopped").sees_prompt();
    t.types(ENTER).sees("Elsewhere").sees_prompt();
    t.sends(":tasks").sees("no tasks").sees_prompt();
    t.sends("await sleep(0.01); 7").sees("=> 7").sees_prompt();
}

#[test]
fn the_command_line_opens_a_lesson() {
    let folder = Folder::new("open");
    let mut command = command(&folder);
    command = command.arg("learn").arg("races");
    let mut t = ready(Terminal::start(command));
    assert!(t.transcript().contains("100 + 20 + 30 = 130"));
    t.types(ENTER).sees("a reads 100").sees_prompt();
}

#[test]
fn wrong_names_are_told() {
    let folder = Folder::new("wrong");
    let mut t = start(&folder);
    t.sends(":learn quees").sees("no lesson quees; did you mean queues?").sees_prompt();
    t.sends(":learn 99").sees("there are 1 to 17").sees_prompt();
    t.sends(":hint").sees("no lesson is open").sees_prompt();
    t.sends(":help cheatsheet").sees("asyncio.create_task(f(1))").sees("tokio::spawn").sees_prompt();
}

#[test]
fn lessons_have_the_limits_of_the_session() {
    let folder = Folder::new("lesson-limits");
    let mut t = ready(Terminal::start_sized(command(&folder).arg("--limit").arg("tasks=1"), 200, 50));
    t.sends(":learn 4").sees("there are 1 tasks, and no more are allowed at once (--limit tasks=N)").sees_prompt();
}
