//! Which column of the lanes belongs to what.

use super::super::paint::{Line, Style};
use super::super::{Options, escape};
use super::fold::{ENDS, Row};
use crate::trace::event::Kind;
use crate::units;

/// Blanks before a row.
pub(super) const INDENT: usize = 2;
/// Blanks between the title and the bar.
const GAP: usize = 2;
/// The title takes no more columns than this, and no more than two fifths.
const MAX_TITLE: usize = 28;
/// On a screen narrower than this, the ends of groups stand below their bars.
const MIN_FOR_ENDS: usize = 60;

/// The columns of a drawing. Behind the cells of the bar there is always one for the sign of the end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Layout {
    ascii: bool,
    /// Columns for the number, or the range of numbers, of a row's tasks.
    numbers: usize,
    ranges: bool,
    /// Columns for the whole title.
    title: usize,
    /// Where the bar begins.
    pub(super) bar: usize,
    /// Cells of the bar.
    pub(super) cells: usize,
    /// Where the numbers of a group's ends begin, if there is room for them.
    pub(super) ends: Option<usize>,
}

impl Layout {
    /// Divides the columns among the parts of these rows.
    pub(super) fn new(rows: &[Row], options: &Options) -> Layout {
        let columns = options.columns();
        let limit = (columns * 2 / 5).min(MAX_TITLE);
        let ranges = rows.iter().all(|row| row.count == 1 || numbers(row, true).len() + suffix(row).len() + 5 <= limit);
        let number_width = |row: &Row| numbers(row, ranges).len();
        let number_width = rows.iter().map(number_width).max().unwrap_or(0);
        let name_width = |row: &Row| escape::width(&escape::escaped(&row.name, options.ascii)) + suffix(row).len();
        let name_width = rows.iter().map(name_width).max().unwrap_or(0);
        let title = (number_width + 1 + name_width).min(limit);
        let bar = INDENT + title + GAP;
        let ends = rows.iter().filter(|row| row.count > 1).map(ends_width).max();
        let ends = ends.filter(|width| *width > 0 && columns >= MIN_FOR_ENDS);
        let cells = columns - bar - 1 - ends.map_or(0, |width| width + 1);
        Layout {
            ascii: options.ascii,
            numbers: number_width,
            ranges,
            title,
            bar,
            cells,
            ends: ends.map(|_| bar + cells + 2),
        }
    }

    /// Writes the title of a row: number, name and, for a group, how many.
    pub(super) fn title(&self, row: &Row, line: &mut Line) {
        let numbers = numbers(row, self.ranges);
        let mut suffix = suffix(row);
        let room = self.title - self.numbers - 1;
        if room < suffix.len() + 3 {
            suffix.clear();
        }
        line.pad(INDENT + self.numbers - numbers.len());
        line.push(Style::Dim, &numbers);
        line.pad(INDENT + self.numbers + 1);
        let name = escape::fitted(&row.name, room - suffix.len(), self.ascii);
        line.push(Style::Task(row.life.task), &name);
        line.push(Style::Plain, &suffix);
    }
}

/// `7` or `4-1003`; nothing for main, and for what is only together because it is left over.
fn numbers(row: &Row, ranges: bool) -> String {
    match (row.life.task, row.count) {
        (0, _) => String::new(),
        (task, 1) => task.to_string(),
        (task, _) if ranges => format!("{task}-{}", row.last_task),
        _ => String::new(),
    }
}

/// ` (1,000)` for a group.
fn suffix(row: &Row) -> String {
    match row.count {
        1 => String::new(),
        count => format!(" ({})", units::count(count as u64)),
    }
}

/// How many of a group ended how, without zeros.
pub(super) fn shown_ends(row: &Row) -> impl Iterator<Item = (usize, Kind)> {
    row.ends.into_iter().zip(ENDS).filter(|(count, _)| *count > 0)
}

/// Columns that the ends of a group take.
pub(super) fn ends_width(row: &Row) -> usize {
    let widths = shown_ends(row).map(|(count, _)| units::count(count as u64).len() + 4);
    widths.sum::<usize>().saturating_sub(2)
}
