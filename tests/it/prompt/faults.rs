//! Bad input, which is survived.

use super::start;
use crate::pty::Folder;

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
