//! Carets under the right column, whatever the text.

use super::super::{Place, Report, Source};
use super::{WIDTH, shows};

/// A report that marks one place of `text`.
fn pointing(text: &str, line: usize, column: usize, len: usize) -> Report {
    let source = Source::new("x.rhai", text);
    Report::error("e").at(Place::new(&source, line, column, len), "")
}

/// A row: the text, line, column and length, and what is shown below the title.
type Row = (&'static str, [usize; 3], &'static str);

const PLACES: &[Row] = &[
    // Ordinary, first and last character.
    ("abc", [1, 1, 3], "  --> x.rhai:1:1\n 1 | abc\n   | ^^^\n"),
    ("abc", [1, 3, 1], "  --> x.rhai:1:3\n 1 | abc\n   |   ^\n"),
    // Zero characters mark one.
    ("abc", [1, 2, 0], "  --> x.rhai:1:2\n 1 | abc\n   |  ^\n"),
    // Past the end: of the line, of the file, of an empty one.
    ("abc", [1, 4, 1], "  --> x.rhai:1:4\n 1 | abc\n   |    ^\n"),
    ("abc\nd", [1, 99, 9], "  --> x.rhai:1:4\n 1 | abc\n   |    ^\n"),
    ("abc", [1, 2, 99], "  --> x.rhai:1:2\n 1 | abc\n   |  ^^\n"),
    ("abc\nd", [7, 2, 1], "  --> x.rhai:2:2\n 2 | d\n   |  ^\n"),
    ("abc\n", [2, 1, 1], "  --> x.rhai:2:1\n 2 |\n   | ^\n"),
    ("abc\n", [9, 9, 9], "  --> x.rhai:2:1\n 2 |\n   | ^\n"),
    ("", [1, 1, 1], "  --> x.rhai:1:1\n 1 |\n   | ^\n"),
    ("", [5, 5, 5], "  --> x.rhai:1:1\n 1 |\n   | ^\n"),
    ("a", [usize::MAX; 3], "  --> x.rhai:1:2\n 1 | a\n   |  ^\n"),
    ("ab", [1, 2, usize::MAX], "  --> x.rhai:1:2\n 1 | ab\n   |  ^\n"),
    // Not known: the column, the line.
    ("  ab c ", [1, 0, 0], "  --> x.rhai:1\n 1 |   ab c\n   |   ^^^^\n"),
    ("   ", [1, 0, 0], "  --> x.rhai:1\n 1 |\n   |    ^\n"),
    ("abc", [0, 0, 0], " --> x.rhai\n"),
    // Tabs, wide characters, combining ones, line ends, a byte-order mark.
    ("\tx\ty", [1, 2, 1], "  --> x.rhai:1:2\n 1 |     x    y\n   |     ^\n"),
    ("\tx\ty", [1, 4, 1], "  --> x.rhai:1:4\n 1 |     x    y\n   |          ^\n"),
    ("日本x", [1, 3, 1], "  --> x.rhai:1:3\n 1 | 日本x\n   |     ^\n"),
    ("日本x", [1, 2, 1], "  --> x.rhai:1:2\n 1 | 日本x\n   |   ^^\n"),
    ("e\u{301}x", [1, 3, 1], "  --> x.rhai:1:3\n 1 | e\u{301}x\n   |  ^\n"),
    ("a\r\nbc\r\n", [2, 2, 9], "  --> x.rhai:2:2\n 2 | bc\n   |  ^\n"),
    ("a\r\nbc\r\n", [1, 2, 1], "  --> x.rhai:1:2\n 1 | a\n   |  ^\n"),
    ("\u{feff}abc", [1, 1, 1], "  --> x.rhai:1:1\n 1 | abc\n   | ^\n"),
    // What a terminal would obey.
    ("\u{1b}[2J(x)", [1, 6, 1], "  --> x.rhai:1:6\n 1 | \\u{1b}[2J(x)\n   |           ^\n"),
    ("a\u{202e}b", [1, 2, 1], "  --> x.rhai:1:2\n 1 | a\\u{202e}b\n   |  ^^^^^^^^\n"),
    ("a\rb", [1, 3, 1], "  --> x.rhai:1:3\n 1 | a\\u{d}b\n   |       ^\n"),
];

#[test]
fn carets_stand_under_what_they_point_at() {
    for (text, [line, column, len], expected) in PLACES {
        let actual = pointing(text, *line, *column, *len).render_within(WIDTH, false);
        assert_eq!(actual, format!("error: e\n{expected}"), "{text:?} {line}:{column}+{len}\n{actual}");
    }
}

#[test]
fn no_place_of_a_text_panics() {
    let text = "a\t日\u{1b}\r\n\n\u{feff}x\u{301}\u{200d}y\r\n\u{9b}";
    for line in 0..7 {
        for column in 0..9 {
            for len in 0..9 {
                for width in [0, 1, 30, 80, usize::MAX] {
                    let report = pointing(text, line, column, len);
                    assert!(report.render_within(width, true).contains("x.rhai"));
                    let both = Place::new(&Source::new("y", text), column, line, len);
                    let other = report.primary.clone().unwrap().0;
                    let report = report.also(both, "one").also(other, "two");
                    assert!(report.render_within(width, false).contains("two"));
                }
            }
        }
    }
}

/// The character over the first caret, and the widest line.
fn pointed_at(shown: &str) -> (char, usize) {
    let lines: Vec<_> = shown.lines().collect();
    let row = lines.iter().position(|l| l.contains('^')).unwrap();
    let column = lines[row].find('^').unwrap();
    let widest = lines.iter().map(|l| l.chars().count()).max().unwrap();
    (lines[row - 1].chars().nth(column).unwrap(), widest)
}

#[test]
fn long_lines_are_cut_around_the_caret() {
    for length in [10, 90, 97, 100, 5_000, 1_000_000] {
        for at in [1, 2, 5, length / 2, length - 3, length] {
            let mut text = "a".repeat(length);
            text.replace_range(at - 1..at, "X");
            let shown = pointing(&text, 1, at, 1).render_within(80, false);
            let (over, widest) = pointed_at(&shown);
            assert_eq!(over, 'X', "{length} {at}\n{shown}");
            assert!(widest <= 80, "{length} {at}\n{shown}");
            assert!(shown.contains(&format!("x.rhai:1:{at}\n")));
        }
    }
}

#[test]
fn a_cut_line_leaves_room_for_its_label() {
    let text = format!("{}f(){}", "a + ".repeat(500), " + b".repeat(500));
    let source = Source::new("x.rhai", text);
    let place = Place::new(&source, 1, 2001, 3);
    shows(
        &Report::error("e").at(place, "a label of some length that explains a great deal to the reader"),
        "error: e
  --> x.rhai:1:2001
 1 | ...+ a + a + a + a + a + f() + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b + b...
   |                          ^^^ a label of some length that explains a great deal to the reader
",
    );
}

#[test]
fn a_place_too_far_from_the_caret_becomes_a_note() {
    let text = format!("fn f() {{{}await x }}", " ".repeat(500));
    let source = Source::new("x.rhai", text);
    let report = Report::error("e")
        .at(Place::new(&source, 1, 509, 5), "")
        .also(Place::new(&source, 1, 1, 2), "write `async fn f()`")
        .note("n");
    let shown = report.render_within(60, false);
    let notes: Vec<_> = shown.lines().skip(4).collect();
    assert_eq!(notes, ["   = x.rhai:1:1: write `async fn f()`", "   = n"], "{shown}");
}

#[test]
fn lines_between_two_places_are_folded() {
    let text: String = (1..=1_200).map(|n| format!("line {n}\n")).collect();
    let source = Source::new("x.rhai", text);
    let place = |line| Place::new(&source, line, 1, 4);
    shows(
        &Report::error("e").at(place(1_003), "here").also(place(1_001), "").also(place(5), "there"),
        "error: e
     --> x.rhai:1003:1
    5 | line 5
      | ---- there
 ...
 1001 | line 1001
      | ----
 1002 | line 1002
 1003 | line 1003
      | ^^^^ here
",
    );
}

#[test]
fn another_file_is_shown_below() {
    let main = Source::new("main.rhai", "import \"lib\" as l;\nl::go();\n");
    let lib = Source::new("lib.rhai", "fn go() {}\n");
    shows(
        &Report::error("e")
            .at(Place::new(&main, 2, 1, 7), "called here")
            .also(Place::new(&lib, 1, 4, 2), "not async")
            .help("h"),
        "error: e
  --> main.rhai:2:1
 2 | l::go();
   | ^^^^^^^ called here
  --> lib.rhai:1:4
 1 | fn go() {}
   |    -- not async
   = help: h
",
    );
}
