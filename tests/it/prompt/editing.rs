//! Typing, completing, recalling.

use super::{history, start};
use crate::pty::{CTRL_C, CTRL_R, Folder, LEFT, RIGHT, TAB, UP};

#[test]
fn a_paste_of_several_lines_is_one_input() {
    let folder = Folder::new("paste");
    let mut t = start(&folder);
    t.pastes("let a = 20;\nlet b = 1;\n(a + b) * 2\n").sees("* 2").types("\r").sees("=> 42").sees_prompt();
    assert_eq!(history(&folder).lines().count(), 1);
}

#[test]
fn a_paste_of_300_lines_while_a_task_prints() {
    let folder = Folder::new("long");
    let mut t = start(&folder);
    t.runs(&super::ticker("漢字", 20)).sees("[漢字] tick 3");
    let lines: String = (0..300).map(|n| format!("total += {n}; // 行 {n} 🎉\n")).collect();
    t.pastes(&format!("let total = 0;\n{lines}total")).sees("[漢字] tick").types("\r").sees("=> 44850").sees_prompt();
    assert_eq!(history(&folder).lines().count(), 2);
}

#[test]
fn an_entry_of_several_lines_is_recalled_whole() {
    let folder = Folder::new("recalled");
    let mut t = start(&folder);
    t.sends("fn f(a) {").sees("...").sends("    a + 1").sees("...").sends("}").sees_prompt();
    t.sends("f(41)").sees("=> 42").sees_prompt();
    t.types(UP).types(UP).shows("the entry laid out", |s| s.matches("...       a + 1").count() == 2);
    t.types("\r").sees_prompt();
}

#[test]
fn completion() {
    let folder = Folder::new("complete");
    let mut t = start(&folder);
    t.types(format!("await sle{TAB}")).sees("sleep(").types("0)\r").sees_prompt();
    t.runs("let row = #{number: 42};");
    t.types(format!("row.nu{TAB}\r")).sees("=> 42").sees_prompt();
    t.types(format!("ga{TAB}{TAB}")).sees("gather(").sees("gather_settled(").types(CTRL_C).sees_prompt();
    t.types(format!(":ta{TAB}\r")).sees("no tasks").sees_prompt();
    std::fs::write(folder.path().join("script.rhai"), "6 * 7").expect("written");
    t.types(format!(":load scr{TAB}\r")).sees("=> 42").sees_prompt();
}

#[test]
fn hints_and_search() {
    let folder = Folder::new("hints");
    let mut t = start(&folder);
    t.types("sleep(").sees("sleep(s)").types(CTRL_C).sees_prompt();
    t.types("sleep(1).").sees("await it first").types(CTRL_C).sees_prompt();
    t.runs("let remember = 7");
    t.types("let rem").sees("ember = 7").types(RIGHT).types(" * 6\r").sees_prompt();
    t.sends("remember").sees("=> 42").sees_prompt();
    t.types(CTRL_R).types("member =").sees("let remember = 7 * 6").types(CTRL_C);
}

#[test]
fn editing_in_the_middle() {
    let folder = Folder::new("middle");
    let mut t = start(&folder);
    t.types("4 + 38").types(LEFT.repeat(5)).types("0").types("\r").sees("=> 78").sees_prompt();
}
