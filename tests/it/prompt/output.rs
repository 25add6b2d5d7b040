//! What tasks print while a line is being typed.

use std::time::{Duration, Instant};

use super::{command, start, ticker};
use crate::pty::{CTRL_D, Folder, Terminal};

/// Between two keys.
const KEY: Duration = Duration::from_millis(8);

#[test]
fn a_ticker_goes_on_while_a_line_is_typed() {
    let folder = Folder::new("ticker");
    let mut t = start(&folder);
    t.runs(&ticker("ticker", 100)).sees("[ticker] tick ");
    let start = Instant::now();
    t.types_slowly("let typed = \"by and by\"; typed.leX", Duration::from_millis(30)).types("\x7f");
    t.types_slowly("n() + 33", KEY);
    t.shows_line("loop> let typed = \"by and by\"; typed.len() + 33");
    t.sees("[ticker] tick 10\n");
    println!("9 ticks of 100 ms took {:?}", start.elapsed());
    t.types("\r").sees("=> 42").sees_prompt();
    t.sees("[ticker] tick ").sends(":cancel 1").sees("cancelled task 1 \"ticker\"").sees_prompt();
    super::assert_in_order(&t.transcript(), 10);
}

#[test]
fn without_colour_no_colours() {
    let folder = Folder::new("plain");
    let mut t = Terminal::start(command(&folder).env("NO_COLOR", "1"));
    t.sees_prompt().sends("fn f() {").sees("...   ").sends("}").sees_prompt();
    t.runs(&ticker("ticker", 20)).sees("[ticker] tick 3");
    t.sends("await gather([sleep(0.02), nothing])").sees("error").sees_prompt();
    assert!(!t.has_colours());
}

#[test]
fn a_dumb_terminal_works() {
    let folder = Folder::new("dumb");
    let mut t = Terminal::start(command(&folder).env("TERM", "dumb").env("NO_COLOR", "1"));
    t.sees("loop> ").types("6 *\n").types("7\n").sees("=> 42").sees("loop> ");
    t.types(CTRL_D).exits_with(0);
}

#[test]
fn stdout_may_go_elsewhere() {
    let folder = Folder::new("elsewhere");
    let file = std::fs::File::create(folder.path().join("out")).expect("created");
    let mut t = Terminal::start(command(&folder).stdout(file));
    t.sees("loop> ").sends("print(\"\\x1bc\"); print(\"done\"); nothing").sees("error").sees("loop> ");
    t.sends(&format!("{}6 * 7", ticker("ticker", 10))).sees("loop> ").types(CTRL_D).exits_with(0);
    let out = std::fs::read_to_string(folder.path().join("out")).expect("read");
    assert!(out.starts_with("\x1bc\ndone\n") && out.contains("=> 42\n"), "{out:?}");
}

#[test]
fn what_is_said_stays_on_the_terminal_when_stdout_goes_elsewhere() {
    let folder = Folder::new("said-here");
    let file = std::fs::File::create(folder.path().join("out")).expect("created");
    let mut t = Terminal::start(command(&folder).stdout(file));
    t.sees("loop> ").sends("spawn(async { await sleep(0.05); throw \"boom\" });").sees("loop> ");
    t.types("print(1)").sees("failed, and nobody awaited it: boom").types("\r").sees("loop> ");
    t.types(CTRL_D).exits_with(0);
    assert_eq!(std::fs::read_to_string(folder.path().join("out")).expect("read"), "1\n");
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_full_disk_takes_away_is_told_once() {
    let folder = Folder::new("full-out");
    let full = std::fs::File::options().write(true).open("/dev/full").expect("opened");
    let mut t = Terminal::start(command(&folder).stdout(full));
    t.sees("loop> ").sends("print(1)").sees("what is printed is lost: cannot write to standard output").sees("loop> ");
    t.sends("print(2)").sees("loop> ").types(CTRL_D).exits_with(0);
    assert_eq!(t.transcript().matches("is lost").count(), 1);
}

#[test]
fn a_picture_of_several_signs_is_shown_as_one() {
    let folder = Folder::new("joined");
    let mut t = start(&folder);
    t.runs("let who = \"👩\u{200d}🚒\";").sends("[who]").sees("=> [\"👩\u{200d}🚒\"]").sees_prompt();
    t.sends("print([who, #{who: who}])").sees("[\"👩\u{200d}🚒\", #{\"who\": \"👩\u{200d}🚒\"}]").sees_prompt();
}
