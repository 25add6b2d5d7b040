mod places;

use super::{Place, Report, Source};

const WIDTH: usize = 100;

/// Compares, and shows both sides as they look on a terminal.
#[track_caller]
fn shows(report: &Report, expected: &str) {
    let actual = report.render_within(WIDTH, false);
    assert_eq!(actual, expected, "\n{actual}\nis not\n{expected}");
}

fn never_awaited() -> Report {
    let source = Source::new("demo.rhai", "async fn worker(n) {}\n\n    worker(1);\n");
    Report::warning("this coroutine was never awaited, so it never ran")
        .at(Place::new(&source, 3, 5, 9), "`worker` is async: write `await worker(1)` or `spawn(worker(1))`")
}

fn await_in_plain_function() -> Report {
    let source = Source::new("demo.rhai", "fn get(url) {\n    let r = await fetch(url);\n    r\n}\n");
    Report::error("`await` in a function that is not async")
        .at(Place::new(&source, 2, 13, 5), "")
        .also(Place::new(&source, 1, 1, 2), "write `async fn get(url)`")
}

fn thrown() -> Report {
    let source = Source::new("demo.rhai", "async fn inner(n) {\n    if n == 0 { throw \"boom\" }\n}\n");
    Report::error("boom")
        .at(Place::new(&source, 2, 17, 12), "")
        .note("awaited in middle, demo.rhai:5:17")
        .note("awaited in main, demo.rhai:9:3")
        .note("task 3 \"loader\", spawned at demo.rhai:8:11")
}

fn blocked() -> Report {
    let source = Source::new("clock.rhai", "\n\n\n\n\n\n    blocking_sleep(0.2);\n");
    Report::warning("task 2 \"crunch\" blocked the loop for 210 ms")
        .at(Place::new(&source, 7, 5, 19), "1 other task was ready and had to wait")
        .help("`await sleep(0.2)`, or `await to_thread(...)` for CPU work")
        .lesson("blocking")
}

fn deadlock() -> Report {
    Report::deadlock("no task can ever run again")
        .line("task 1 \"alice\" at demo.rhai:4 waits for lock \"B\", held by task 2 \"bob\" since demo.rhai:8")
        .line("task 2 \"bob\"   at demo.rhai:9 waits for lock \"A\", held by task 1 \"alice\" since demo.rhai:3")
        .help("take the locks in the same order everywhere")
        .lesson("deadlock")
}

#[test]
fn the_sketches() {
    shows(
        &never_awaited(),
        r"warning: this coroutine was never awaited, so it never ran
  --> demo.rhai:3:5
 3 |     worker(1);
   |     ^^^^^^^^^ `worker` is async: write `await worker(1)` or `spawn(worker(1))`
",
    );
    shows(
        &await_in_plain_function(),
        r"error: `await` in a function that is not async
  --> demo.rhai:2:13
 1 | fn get(url) {
   | -- write `async fn get(url)`
 2 |     let r = await fetch(url);
   |             ^^^^^
",
    );
    shows(
        &thrown(),
        r#"error: boom
  --> demo.rhai:2:17
 2 |     if n == 0 { throw "boom" }
   |                 ^^^^^^^^^^^^
   = awaited in middle, demo.rhai:5:17
   = awaited in main, demo.rhai:9:3
   = task 3 "loader", spawned at demo.rhai:8:11
"#,
    );
    shows(
        &blocked(),
        r#"warning: task 2 "crunch" blocked the loop for 210 ms
  --> clock.rhai:7:5
 7 |     blocking_sleep(0.2);
   |     ^^^^^^^^^^^^^^^^^^^ 1 other task was ready and had to wait
   = help: `await sleep(0.2)`, or `await to_thread(...)` for CPU work      :learn blocking
"#,
    );
    shows(
        &deadlock(),
        r#"deadlock: no task can ever run again
  task 1 "alice" at demo.rhai:4 waits for lock "B", held by task 2 "bob" since demo.rhai:8
  task 2 "bob"   at demo.rhai:9 waits for lock "A", held by task 1 "alice" since demo.rhai:3
  = help: take the locks in the same order everywhere      :learn deadlock
"#,
    );
}

#[test]
fn colours_change_nothing_but_colours() {
    for report in [never_awaited(), await_in_plain_function(), thrown(), blocked(), deadlock()] {
        let coloured = report.render_within(WIDTH, true);
        println!("{coloured}");
        let mut plain = String::new();
        for (index, part) in coloured.split("\u{1b}[").enumerate() {
            plain.push_str(if index == 0 { part } else { part.split_once('m').expect("only SGR sequences").1 });
        }
        let trimmed: Vec<_> = plain.lines().map(str::trim_end).collect();
        let expected = report.render_within(WIDTH, false);
        assert_eq!(trimmed, expected.lines().collect::<Vec<_>>());
        assert!(coloured.len() > plain.len());
    }
}

#[test]
fn long_chains_are_abridged_in_the_middle() {
    let chain = (0..100_000).map(|n| format!("awaited in f{n}"));
    shows(
        &Report::error("call too deep").notes(chain),
        "error: call too deep
  = awaited in f0
  = awaited in f1
  = awaited in f2
  = awaited in f3
  = awaited in f4
  = ... 99,990 more ...
  = awaited in f99995
  = awaited in f99996
  = awaited in f99997
  = awaited in f99998
  = awaited in f99999
",
    );
    for (count, lines) in [(0, 0), (1, 1), (11, 11), (12, 11)] {
        let report = Report::error("e").notes(vec!["n"; count]);
        assert_eq!(report.render_within(80, false).lines().count(), lines + 1);
        let mut report = Report::error("e");
        report.body = vec![String::from("n"); count];
        assert_eq!(report.render_within(80, false).lines().count(), lines + 1);
    }
}

#[test]
fn text_from_outside_is_harmless_and_bounded() {
    let evil = "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\n\t|";
    let source = Source::new(evil, evil);
    let report =
        Report::error(evil).at(Place::new(&source, 1, 1, 1), evil).line(evil).note(evil).help(evil).lesson(evil);
    shows(
        &report,
        r"error: \u{1b}]0;x\u{7}\u{9b}31m\u{202e}
           |
  \u{1b}]0;x\u{7}\u{9b}31m\u{202e}
      |
  --> \u{1b}]0;x\u{7}\u{9b}31m\u{202e}\n	|:1:1
 1 | \u{1b}]0;x\u{7}\u{9b}31m\u{202e}
   | ^^^^^^ \u{1b}]0;x\u{7}\u{9b}31m\u{202e}  |
   = \u{1b}]0;x\u{7}\u{9b}31m\u{202e}
         |
   = help: \u{1b}]0;x\u{7}\u{9b}31m\u{202e}
               |      :learn \u{1b}]0;x\u{7}\u{9b}31m\u{202e}
               |
",
    );
    let shown = Report::error("x".repeat(1_000_000)).render_within(80, false);
    assert!(shown.ends_with("xxx... (990,000 more characters)\n"));
}

#[test]
fn the_lesson_moves_down_where_there_is_no_room() {
    let shown = |width| {
        let report = Report::error("e").help("do this").lesson("order");
        report.render_within(width, false)
    };
    assert_eq!(shown(80), "error: e\n  = help: do this      :learn order\n");
    assert_eq!(shown(30), "error: e\n  = help: do this\n          :learn order\n");
    let report = Report::error("e").lesson("order");
    assert_eq!(report.render_within(80, false), "error: e\n  = help: :learn order\n");
}
