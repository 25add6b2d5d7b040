//! The lines of a source that a report shows, ready to draw: escaped, cut to the width, with the
//! bytes to mark.
//!
//! Columns count characters of the text as the user wrote it; what is drawn can be wider (a tab is
//! four spaces, an escape character is `\u{1b}`) or shorter (a window of a long line). Here is the
//! one place that goes from the first to the second.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use unicode_width::UnicodeWidthChar as _;

use super::{Place, Report, Source};
use crate::term;

const ELLIPSIS: &str = "...";

/// Columns that a tab takes, wherever it stands: the carets follow it.
const TAB: &str = "    ";

/// A source line is never cut to less than this, however narrow the terminal.
const NARROWEST: usize = 24;

/// The part of one source that a report shows.
#[derive(Debug)]
pub(super) struct Excerpt {
    /// The source's name, escaped.
    pub(super) name: String,
    /// Where to say that it is: that of the primary place, or of the first one.
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
    /// The lines to draw, from `first_line` on. Those that no one will see are empty.
    pub(super) text: String,
    pub(super) first_line: usize,
    last_line: usize,
    pub(super) marks: Vec<Mark>,
}

/// Something to underline.
#[derive(Debug)]
pub(super) struct Mark {
    /// Bytes of the excerpt's text.
    pub(super) span: Range<usize>,
    pub(super) label: String,
    pub(super) primary: bool,
}

impl Excerpt {
    /// The number of digits of the largest line number.
    pub(super) fn number_width(&self) -> usize {
        if self.text.is_empty() { 0 } else { digits(self.last_line) }
    }
}

/// A place brought inside its text.
struct Spot<'a> {
    line: usize,
    /// Characters of the line, from 0. Empty just behind the last one.
    range: Range<usize>,
    /// From 1; `None` where the place is a whole line.
    column: Option<usize>,
    label: &'a str,
    primary: bool,
}

/// What to draw of each source, the primary one first; and a line of text for each label whose
/// place cannot be.
pub(super) fn excerpts(report: &Report, width: usize) -> (Vec<Excerpt>, Vec<String>) {
    let primary = report.primary.iter().map(|(p, label)| (p, label, true));
    let others = report.others.iter().map(|(p, label)| (p, label, false));
    let mut by_source: Vec<(&Rc<Source>, Vec<_>)> = Vec::new();
    for (place, label, is_primary) in primary.chain(others) {
        let item = (place, label.as_str(), is_primary);
        match by_source.iter_mut().find(|(s, _)| **s == place.source) {
            Some((_, items)) => items.push(item),
            None => by_source.push((&place.source, vec![item])),
        }
    }
    let mut cut_off = Vec::new();
    let excerpts = by_source.into_iter().map(|(source, items)| excerpt(source, &items, width, &mut cut_off)).collect();
    (excerpts, cut_off)
}

fn excerpt(source: &Source, items: &[(&Place, &str, bool)], width: usize, cut_off: &mut Vec<String>) -> Excerpt {
    let name = term::escape(&source.name).replace('\n', "\\n");
    let lines = lines(&source.text);
    let mut spots = Vec::new();
    for &(place, label, primary) in items {
        if place.line > 0 {
            spots.push(locate(&lines, place, label, primary));
        } else if !label.is_empty() {
            cut_off.push(format!("{name}: {label}"));
        }
    }
    let mut excerpt = Excerpt {
        name,
        line: spots.first().map(|spot| spot.line),
        column: spots.first().and_then(|spot| spot.column),
        text: String::new(),
        first_line: spots.iter().map(|spot| spot.line).min().unwrap_or(0),
        last_line: spots.iter().map(|spot| spot.line).max().unwrap_or(0),
        marks: Vec::new(),
    };
    draw(&mut excerpt, &lines, spots, width, cut_off);
    excerpt
}

/// Fills in the text and the marks.
fn draw(excerpt: &mut Excerpt, lines: &[&str], spots: Vec<Spot>, width: usize, cut_off: &mut Vec<String>) {
    let mut by_line: BTreeMap<usize, Vec<Spot>> = BTreeMap::new();
    for spot in spots {
        by_line.entry(spot.line).or_default().push(spot);
    }
    // Report indent, line number, ` | `.
    let columns = width.saturating_sub(digits(excerpt.last_line) + 4).max(NARROWEST);
    let mut drawn_to = None;
    for (line, spots) in by_line {
        if let Some(previous) = drawn_to {
            bridge(&mut excerpt.text, lines, previous, line, columns);
        }
        draw_line(excerpt, lines[line - 1], &spots, columns, cut_off);
        drawn_to = Some(line);
    }
}

/// What lies between two marked lines: nothing, one line that is shown, or lines that are folded.
fn bridge(text: &mut String, lines: &[&str], from: usize, to: usize, columns: usize) {
    if to - from == 2 {
        let chars: Vec<char> = lines[from].chars().collect();
        let window = window(&chars, 0..0, 0, columns);
        text.push('\n');
        push_window(text, &chars, &window);
        text.push('\n');
    } else {
        text.push_str(&"\n".repeat(to - from));
    }
}

fn draw_line(excerpt: &mut Excerpt, line: &str, spots: &[Spot], columns: usize, cut_off: &mut Vec<String>) {
    let chars: Vec<char> = line.chars().collect();
    let label_width = spots[0].label.chars().count();
    let window = window(&chars, spots[0].range.clone(), label_width, columns);
    let offsets = push_window(&mut excerpt.text, &chars, &window);
    // So that there is something to mark just behind the end; trimmed again when all is drawn.
    excerpt.text.push(' ');
    for spot in spots {
        let inside = spot.range.start >= window.start && (spot.range.start < window.end || window.end == chars.len());
        if !inside {
            // The dashes are no loss where there is nothing to say.
            if spot.label.is_empty() {
                continue;
            }
            let (name, line, column) = (&excerpt.name, spot.line, spot.range.start + 1);
            cut_off.push(format!("{name}:{line}:{column}: {}", spot.label));
            continue;
        }
        let start = offsets[spot.range.start - window.start];
        let end = offsets[spot.range.end.min(window.end) - window.start];
        excerpt.marks.push(Mark {
            span: start..end.max(start + 1),
            label: term::escape(spot.label).replace(['\n', '\t'], " "),
            primary: spot.primary,
        });
    }
}

/// The lines of a text, without their ends and without a byte-order mark. There is at least one.
fn lines(text: &str) -> Vec<&str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).collect()
}

fn locate<'a>(lines: &[&str], place: &Place, label: &'a str, primary: bool) -> Spot<'a> {
    let line = place.line.min(lines.len());
    let text = lines[line - 1];
    let count = text.chars().count();
    let range = if place.line > line {
        count..count
    } else if place.column == 0 {
        let blanks = text.chars().take_while(|c| c.is_whitespace()).count();
        blanks..text.trim_end().chars().count().max(blanks)
    } else {
        let start = (place.column - 1).min(count);
        start..start.saturating_add(place.len.max(1)).min(count)
    };
    Spot { line, column: (place.column > 0).then_some(range.start + 1), range, label, primary }
}

/// The characters to show of a line that may be too long for `columns`: `focus` with what surrounds
/// it, and room for its label where there is room.
fn window(chars: &[char], focus: Range<usize>, label_width: usize, columns: usize) -> Range<usize> {
    if fitting(chars.iter(), columns) == chars.len() {
        return 0..chars.len();
    }
    let room = columns - 2 * ELLIPSIS.len();
    let focus_width = fitted_width(&chars[focus.clone()], room);
    let spare = room - focus_width;
    let left_room = (spare / 2).min(spare.saturating_sub(label_width + 1));
    let left = focus.start - fitting(chars[..focus.start].iter().rev(), left_room);
    let right = left + fitting(chars[left..].iter(), room);
    // Near the end of the line, what the right does not need goes to the left.
    let shown = fitted_width(&chars[left..right], room);
    let left = left - fitting(chars[..left].iter().rev(), room - shown);
    left..right
}

/// How many of the characters fit into `columns`.
fn fitting<'a>(chars: impl Iterator<Item = &'a char>, columns: usize) -> usize {
    let mut used = 0;
    chars
        .take_while(|&&c| {
            used += drawn_width(c);
            used <= columns
        })
        .count()
}

/// The columns that the characters take, or `limit` if that is less.
fn fitted_width(chars: &[char], limit: usize) -> usize {
    let mut used = 0;
    for &c in chars {
        used += drawn_width(c);
        if used >= limit {
            return limit;
        }
    }
    used
}

/// Appends the window with ellipses where something is missing, and gives the byte at which each of
/// its characters starts, and the last one ends.
fn push_window(text: &mut String, chars: &[char], window: &Range<usize>) -> Vec<usize> {
    if window.start > 0 {
        text.push_str(ELLIPSIS);
    }
    let mut offsets = Vec::with_capacity(window.len() + 1);
    for &c in &chars[window.clone()] {
        offsets.push(text.len());
        push_drawn(text, c);
    }
    offsets.push(text.len());
    if window.end < chars.len() {
        text.push_str(ELLIPSIS);
    }
    offsets
}

fn push_drawn(text: &mut String, c: char) {
    if c == '\t' {
        text.push_str(TAB);
    } else {
        term::push_escaped(text, c);
    }
}

fn drawn_width(c: char) -> usize {
    match c {
        '\t' => TAB.len(),
        _ if term::is_live(c) => c.escape_unicode().count(),
        _ => c.width().unwrap_or(1),
    }
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}
