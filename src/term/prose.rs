//! Prose in lines that fit the terminal, broken at blanks. A word that is wider stays whole.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Each line of the text in lines of at most so many columns.
pub fn wrapped(text: &str, width: usize) -> String {
    let options = Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::fill(text, options)
}

/// Paragraphs in lines of at most so many columns: one that has a wider line is broken anew as a whole. Lines that are
/// indented stay as they are.
pub fn refilled(text: &str, width: usize) -> String {
    let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
    let is_wide = |line: &&str| textwrap::core::display_width(line) > width;
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for part in lines.chunk_by(|a, b| is_prose(a) && is_prose(b)) {
        match part.iter().any(|line| is_prose(line) && is_wide(line)) {
            true => out.push(wrapped(&part.join(" "), width)),
            false => out.push(part.join("\n")),
        }
    }
    out.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_at_blanks_where_it_is_too_wide() {
        let text = "one two three four five six\n\n    code that is as wide as it is\nshort\nlines";
        assert_eq!(
            refilled(text, 19),
            "one two three four\nfive six\n\n    code that is as wide as it is\nshort\nlines"
        );
        assert_eq!(refilled(text, 79), text);
        assert_eq!(refilled("so\nit is with a long one", 10), "so it is\nwith a\nlong one");
    }

    #[test]
    fn words_stay_whole() {
        assert_eq!(wrapped("a semi-automatic https://127.0.0.1/x y", 8), "a\nsemi-automatic\nhttps://127.0.0.1/x\ny");
    }
}
