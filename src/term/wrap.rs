//! Lines that are too wide for a terminal, broken at blanks: a terminal by itself would break them within a word.

use unicode_width::UnicodeWidthChar as _;

/// How far in goes on what is indented itself by more than half of the width.
const LITTLE: usize = 4;

/// The columns that a text takes; what sets its colour takes none.
pub fn columns(text: &str) -> usize {
    let (mut columns, mut in_colour) = (0, false);
    for c in text.chars() {
        match (c, in_colour) {
            ('\u{1b}', _) => in_colour = true,
            ('m', true) => in_colour = false,
            (_, true) => {}
            (c, false) => columns += c.width().unwrap_or(0),
        }
    }
    columns
}

/// Lines of at most so many columns. What goes on stands below the second column of the row of a table, else two columns
/// further in than its line. A word that is longer stays whole.
pub fn hung(text: &str, limit: usize) -> String {
    let lines: Vec<String> = text.lines().flat_map(|line| one(line, limit)).collect();
    lines.join("\n")
}

fn one(line: &str, limit: usize) -> Vec<String> {
    if columns(line) <= limit {
        return vec![line.to_owned()];
    }
    let text = line.trim_start_matches(' ');
    let indent = line.len() - text.len();
    let indent = if indent > limit / 2 { LITTLE } else { indent };
    let second = text.find("  ").map(|at| indent + columns(&text[..at]) + leading_blanks(&text[at..]));
    let hang = second.filter(|column| *column <= limit / 2).unwrap_or(indent + 2);
    let mut out = Vec::new();
    let mut now = " ".repeat(indent);
    for word in text.split_inclusive(' ') {
        if columns(&now) + columns(word.trim_end()) > limit && !now.trim().is_empty() {
            out.push(now.trim_end().to_owned());
            now = " ".repeat(hang);
        }
        if !(word == " " && now.trim().is_empty()) {
            now.push_str(word);
        }
    }
    out.push(now.trim_end().to_owned());
    out
}

fn leading_blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_rows_are_broken_at_blanks() {
        assert_eq!(hung("    let x = f(1, 2, 3);", 16), "    let x = f(1,\n      2, 3);");
        assert_eq!(hung("  ab   one two three", 14), "  ab   one two\n       three");
        assert_eq!(hung("short\n\n  lines", 14), "short\n\n  lines");
        assert_eq!(hung("          far in one", 12), "    far in\n      one");
        assert_eq!(hung("a_word_that_is_longer stays", 10), "a_word_that_is_longer\n  stays");
    }

    #[test]
    fn colours_take_no_columns() {
        assert_eq!(columns("\u{1b}[1mbold\u{1b}[0m 水"), 7);
        let line = "\u{1b}[1mone\u{1b}[0m two";
        assert_eq!(hung(line, 7), line);
    }
}
