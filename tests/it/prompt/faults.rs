//! Bad input, which is survived.

use super::{history, start};
use crate::pty::{CTRL_D, Folder, UP};

#[test]
fn lines_in_one_write_all_run() {
    let folder = Folder::new("burst");
    let mut t = start(&folder);
    t.types("let a = 1\rlet b = 2; await sleep(0.1)\ra + b + 39\r").sees("=> 42");
    t.types(format!("7 * 8\r{CTRL_D}")).sees("=> 56").exits_with(0);
    assert_eq!(history(&folder).lines().count(), 4);
}

#[test]
fn a_byte_that_is_not_utf8_is_survived() {
    let folder = Folder::new("byte");
    let mut t = start(&folder);
    t.types("let name = 4").sees("= 4").types(b"\xe9\r").sees("not UTF-8").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt();
    t.types(UP).types(UP).sees("let name = 4");
}

#[test]
fn a_megabyte_is_taken_or_refused() {
    let folder = Folder::new("megabyte");
    let mut t = start(&folder);
    let long = "1+".repeat(500_000);
    t.sends(&format!("\"{long}\"")).sees("refused: more than 16 KiB").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt();
    t.pastes(&format!("\"{long}\".len")).types("\r").sees("=> 1000000").sees_prompt();
    t.sends("7 * 8").sees("=> 56");
}

#[test]
fn parentheses_without_end_are_an_error() {
    let folder = Folder::new("parentheses");
    let mut t = start(&folder);
    t.pastes(&"(".repeat(100_000)).types("\r\r\r").sees("error").sees_prompt();
    t.sends("6 * 7").sees("=> 42").sees_prompt();
}

#[test]
fn recursion_without_end_is_an_error() {
    let folder = Folder::new("recursion");
    let mut t = start(&folder);
    t.runs("let kept = 42; fn deep(n) { deep(n + 1) + 1 }");
    t.sends("deep(0)").sees("error: call too deep").sees_prompt();
    t.sends("await spawn(async { deep(0) })").sees("error: call too deep").sees_prompt();
    t.sends("kept").sees("=> 42").sees_prompt();
}
