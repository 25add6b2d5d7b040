//! Small texts: durations, tables, paragraphs.

use std::fmt::Write as _;
use std::time::Duration;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::term::{escape_keep_sgr, wrap};

/// A duration, short enough for a column.
pub fn seconds(time: Duration) -> String {
    let s = time.as_secs_f64();
    match s {
        _ if s < 0.001 => format!("{:.0} us", s * 1e6),
        _ if s < 0.1 => format!("{:.1} ms", s * 1e3),
        _ if s < 10.0 => format!("{s:.2} s"),
        _ => format!("{s:.0} s"),
    }
}

/// Prose that fits a terminal of so many columns.
pub fn fitted(text: &str, width: u16) -> String {
    wrap::refilled(text, usize::from(width).max(20) - 1)
}

/// Most columns of a cell that others follow.
const CELL: usize = 40;

/// Rows of plain text in columns, `width` wide at most; those in `right` are flush right.
pub fn table<const N: usize>(rows: &[[String; N]], right: &[usize], width: u16) -> String {
    let limit = usize::from(width).max(20) - 1;
    let cell = |text: &String| cut(&escape_keep_sgr(text).replace('\n', " "), limit);
    let mut rows: Vec<[String; N]> = rows.iter().map(|row| row.each_ref().map(cell)).collect();
    for row in &mut rows {
        for cell in row.iter_mut().rev().skip(1) {
            *cell = cut(cell, CELL);
        }
    }
    let widths: [usize; N] = std::array::from_fn(|i| rows.iter().map(|row| row[i].width()).max().unwrap_or(0));
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (i, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[i] - cell.width());
            let (before, after) = if right.contains(&i) { (pad.as_str(), "") } else { ("", pad.as_str()) };
            let _ = write!(line, " {before}{cell}{after} ");
        }
        text.push_str(&cut(line.trim_end(), limit));
        text.push('\n');
    }
    text
}

/// At most `limit` columns of `line`.
fn cut(line: &str, limit: usize) -> String {
    if line.width() <= limit {
        return line.to_owned();
    }
    let (mut out, mut columns) = (String::new(), 3);
    for c in line.chars() {
        columns += c.width().unwrap_or(0);
        if columns > limit {
            break;
        }
        out.push(c);
    }
    out.push_str("...");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits() {
        let rows = [["id", "name"], ["7", "a long\nname that is cut"]].map(|r| r.map(str::to_owned));
        assert_eq!(table(&rows, &[0], 20), " id  name\n  7  a long name...\n");
    }

    #[test]
    fn times_have_three_digits_at_most() {
        let shown = |us| seconds(Duration::from_micros(us));
        assert_eq!([shown(12), shown(1_500), shown(301_000), shown(61_000_000)], ["12 us", "1.5 ms", "0.30 s", "61 s"]);
    }
}
