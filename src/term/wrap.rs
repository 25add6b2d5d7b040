//! Lines that are too wide for a terminal, broken at blanks: a terminal by itself would break them within a word. Colours
//! take no columns; a word that is wider stays whole.

use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// How far in goes on what is indented itself by more than half of the width.
const LITTLE: usize = 4;

fn options<'a>(width: usize) -> Options<'a> {
    Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
}

/// Each line of the text in lines of at most so many columns.
pub fn wrapped(text: &str, width: usize) -> String {
    textwrap::fill(text, options(width))
}

/// The lines of at most so many columns, of which a cell of a table consists; here a word that is wider is cut.
pub fn cut(text: &str, width: usize) -> Vec<String> {
    textwrap::wrap(text, options(width).break_words(true)).into_iter().map(Into::into).collect()
}

/// Paragraphs in lines of at most so many columns: one that has a wider line is broken anew as a whole. Lines that are
/// indented, as code is, are broken each by itself.
pub fn refilled(text: &str, width: usize) -> String {
    let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for part in lines.chunk_by(|a, b| is_prose(a) && is_prose(b)) {
        match part.iter().any(|line| is_prose(line) && display_width(line) > width) {
            true => out.push(wrapped(&part.join(" "), width)),
            false => out.extend(part.iter().map(|line| hung(line, width))),
        }
    }
    out.join("\n")
}

/// Lines of at most so many columns. What goes on stands below the second column of the row of a table, else two columns
/// further in than its line.
pub fn hung(text: &str, width: usize) -> String {
    let lines: Vec<String> = text.lines().map(|line| one(line, width)).collect();
    lines.join("\n")
}

fn one(line: &str, width: usize) -> String {
    if display_width(line) <= width {
        return line.to_owned();
    }
    let text = line.trim_start_matches(' ');
    let indent = line.len() - text.len();
    let indent = if indent > width / 2 { LITTLE } else { indent };
    let second = text.find("  ").map(|at| {
        let blanks = text[at..].len() - text[at..].trim_start_matches(' ').len();
        indent + display_width(&text[..at]) + blanks
    });
    let hang = second.filter(|column| *column <= width / 2).unwrap_or(indent + 2);
    let (indent, hang) = (" ".repeat(indent), " ".repeat(hang));
    textwrap::fill(text, options(width).initial_indent(&indent).subsequent_indent(&hang))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_at_blanks_where_it_is_too_wide() {
        let text = "one two three four five six\n\n    code that is as wide as it is\nshort\nlines";
        let narrow = "one two three four\nfive six\n\n    code that is as\n      wide as it is\nshort\nlines";
        assert_eq!(refilled(text, 19), narrow);
        assert_eq!(refilled(text, 79), text);
        assert_eq!(refilled("so\nit is with a long one", 10), "so it is\nwith a\nlong one");
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrapped("a semi-automatic https://127.0.0.1/x y", 8), "a\nsemi-automatic\nhttps://127.0.0.1/x\ny");
    }

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
        let line = "\u{1b}[1mbold\u{1b}[0m 水";
        assert_eq!(hung(line, 7), line);
        assert_eq!(hung("\u{1b}[1mbold\u{1b}[0m two", 7), "\u{1b}[1mbold\u{1b}[0m\n  two");
    }
}
