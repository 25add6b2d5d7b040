use std::borrow::Cow;
use std::ffi::OsStr;

use super::{ColorChoice, columns, disarm, escape, escape_keep_sgr, is_live, is_not_utf8, quoted};

/// What came in, what goes out, and what goes out when colours may pass.
const ESCAPES: &[(&str, &str, &str)] = &[
    ("", "", ""),
    ("plain\n\ttext", "plain\n\ttext", "plain\n\ttext"),
    ("日本 é ✔ 👍🏽", "日本 é ✔ 👍🏽", "日本 é ✔ 👍🏽"),
    ("\u{1b}[2J", "\\u{1b}[2J", "\\u{1b}[2J"),
    ("\u{1b}]0;x\u{7}", "\\u{1b}]0;x\\u{7}", "\\u{1b}]0;x\\u{7}"),
    ("a\u{0}\u{8}\rb", "a\\u{0}\\u{8}\\u{d}b", "a\\u{0}\\u{8}\\u{d}b"),
    ("\u{7f}\u{80}\u{9b}\u{9f}\u{a0}", "\\u{7f}\\u{80}\\u{9b}\\u{9f}\u{a0}", "\\u{7f}\\u{80}\\u{9b}\\u{9f}\u{a0}"),
    ("\u{202e}\u{200f}", "\\u{202e}\\u{200f}", "\\u{202e}\\u{200f}"),
    ("\u{61c}\u{2069}", "\\u{61c}\\u{2069}", "\\u{61c}\\u{2069}"),
    // Neighbours of the live ones, and the joiner that emoji need.
    ("\u{200d}\u{202f}\u{206a}", "\u{200d}\u{202f}\u{206a}", "\u{200d}\u{202f}\u{206a}"),
    // Colours: whole sequences of digits only, reset at the end.
    ("\u{1b}[1;31mred\u{1b}[0m.", "\\u{1b}[1;31mred\\u{1b}[0m.", "\u{1b}[1;31mred\u{1b}[0m."),
    ("\u{1b}[32mx\u{1b}[m", "\\u{1b}[32mx\\u{1b}[m", "\u{1b}[32mx\u{1b}[m"),
    ("\u{1b}[8mhidden", "\\u{1b}[8mhidden", "\u{1b}[8mhidden\u{1b}[0m"),
    ("\u{1b}[31", "\\u{1b}[31", "\\u{1b}[31"),
    ("\u{1b}[?25l", "\\u{1b}[?25l", "\\u{1b}[?25l"),
    ("\u{1b}[38:5:1m", "\\u{1b}[38:5:1m", "\\u{1b}[38:5:1m"),
    ("\u{1b}\u{1b}[0m", "\\u{1b}\\u{1b}[0m", "\\u{1b}\u{1b}[0m"),
    ("\u{9b}31m", "\\u{9b}31m", "\\u{9b}31m"),
];

#[test]
fn what_is_disarmed_takes_as_many_columns() {
    use unicode_width::UnicodeWidthStr as _;
    for (text, _, _) in ESCAPES {
        let disarmed = disarm(text);
        assert!(!disarmed.contains(is_live), "{disarmed:?}");
        assert_eq!(disarmed.width(), text.width(), "{text:?}");
    }
    assert_eq!(disarm("a\u{9b}2J\u{202e}b\tc"), "a\u{fffd}2Jb\tc");
}

#[test]
fn one_picture_of_several_stays_one() {
    assert_eq!(quoted("👩\u{200d}🚒\n\u{202e}"), "\"👩\u{200d}🚒\\n\\u{202e}\"");
    assert_eq!(quoted("\\u{200d}\u{200d}"), "\"\\\\u{200d}\u{200d}\"");
}

#[test]
fn the_first_variable_that_is_set_says_whether_the_locale_is_utf8() {
    let cases: [(&[&str], bool); 6] = [
        (&[], false),
        (&["", ""], false),
        (&["C"], true),
        (&["POSIX", "en_GB.UTF-8"], true),
        (&["", "de_DE.utf8", "C"], false),
        (&["en_US.ISO-8859-1"], true),
    ];
    for (locale, expected) in cases {
        assert_eq!(is_not_utf8(locale.iter().map(OsStr::new)), expected, "{locale:?}");
    }
}

#[test]
fn live_characters_are_shown() {
    for (text, plain, styled) in ESCAPES {
        assert_eq!(escape(text), *plain, "{text:?}");
        assert_eq!(escape_keep_sgr(text), *styled, "{text:?}");
    }
}

#[test]
fn every_live_character_is_caught_alone() {
    let live: Vec<char> = ('\0'..=char::MAX).filter(|&c| is_live(c)).collect();
    assert_eq!(live.len(), 32 - 2 + 1 + 32 + 3 + 5 + 4);
    for c in live {
        let text = c.to_string();
        assert_eq!(escape(&text), format!("\\u{{{:x}}}", u32::from(c)));
    }
}

#[test]
fn harmless_text_is_not_copied() {
    for text in ["", "plain\n", "£ — ✔ ض"] {
        assert!(matches!(escape(text), Cow::Borrowed(_)), "{text}");
        assert!(matches!(escape_keep_sgr(text), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn colour_is_decided_for_each_stream() {
    use ColorChoice::{Always, Auto, Never};
    // Choice, is a terminal, NO_COLOR, TERM, colour.
    let rows = [
        (Auto, true, None, Some("xterm"), true),
        (Auto, true, None, None, true),
        (Auto, true, Some(""), Some("xterm"), true),
        (Auto, true, Some("1"), Some("xterm"), false),
        (Auto, true, Some("0"), Some("xterm"), false),
        (Auto, true, None, Some("dumb"), false),
        (Auto, false, None, Some("xterm"), false),
        (Always, false, Some("1"), Some("dumb"), true),
        (Never, true, None, Some("xterm"), false),
    ];
    for (choice, terminal, no_color, term, expected) in rows {
        let actual = choice.decide(terminal, no_color.map(OsStr::new), term.map(OsStr::new));
        assert_eq!(actual, expected, "{choice:?} {terminal} {no_color:?} {term:?}");
    }
}

#[test]
fn columns_overrides_the_terminal_when_it_is_a_number() {
    for (variable, expected) in [
        ("120", Some(120)),
        (" 80 ", Some(80)),
        ("1", Some(1)),
        ("0", None),
        ("-1", None),
        ("", None),
        ("wide", None),
        ("99999999999", None),
    ] {
        assert_eq!(columns(Some(OsStr::new(variable))), expected, "{variable}");
    }
    assert_eq!(columns(None), None);
}
