//! From a place on the timeline to a column, and the line of round ticks above the bars.

use super::super::timeline::Timeline;
use crate::units;

/// Columns from the start of one tick's label to the next, at least.
const MIN_SPACING: u64 = 9;
/// Positions are scaled down to this many bits, so that they can be multiplied by the number of columns.
const BITS: u32 = 48;

const MS: u64 = 1_000_000;
const S: u64 = 1_000_000_000;

/// Divides a stretch of the timeline evenly into cells, each one column wide.
///
/// Places between are in *parts*: a cell is `cell_parts` of them wide.
#[derive(Clone, Copy, Debug)]
pub(in crate::trace::render) struct Scale {
    start: u64,
    shift: u32,
    /// Number of cells.
    pub(in crate::trace::render) cells: usize,
    /// Parts in a cell.
    pub(in crate::trace::render) cell_parts: u64,
}

impl Scale {
    /// A scale of so many cells (at least 1) for the whole timeline.
    pub(in crate::trace::render) fn new(timeline: &Timeline<'_>, cells: usize) -> Scale {
        let length = timeline.length().max(1);
        let shift = (64 - length.leading_zeros()).saturating_sub(BITS);
        Scale { start: timeline.start, shift, cells, cell_parts: length >> shift }
    }

    /// The parts before this position.
    pub(in crate::trace::render) fn parts(&self, position: u64) -> u64 {
        (position.saturating_sub(self.start) >> self.shift) * self.cells as u64
    }

    /// The cell in which so many parts end up; the last one at most.
    pub(in crate::trace::render) fn cell(&self, parts: u64) -> usize {
        ((parts / self.cell_parts) as usize).min(self.cells - 1)
    }
}

/// The labels of the ticks and their columns, from left to right. A label may reach up to `columns`, which is
/// not less than the number of cells.
pub(in crate::trace::render) fn ticks(timeline: &Timeline<'_>, scale: &Scale, columns: usize) -> Vec<(usize, String)> {
    let mut ticks: Vec<(usize, String)> = Vec::new();
    let mut free_from = 0;
    for (at, label) in marks(timeline, scale.cells as u64 / MIN_SPACING) {
        let width = label.len();
        let column = scale.cell(scale.parts(at));
        // The last label moves to the left as far as it must; a tick is within it all the same.
        let start = column.min(columns.saturating_sub(width));
        if start >= free_from && start + width <= columns {
            ticks.push((start, label));
            free_from = start + width + 2;
        }
    }
    ticks
}

/// Round places on the timeline, in order, that divide it into about `parts` at most; the first label has the unit.
pub(in crate::trace::render) fn marks(timeline: &Timeline<'_>, parts: u64) -> Vec<(u64, String)> {
    let step = round_step(timeline.length().max(1), parts.max(1), timeline.by_time);
    let unit = Unit::of(timeline, step);
    let mut marks: Vec<(u64, String)> = Vec::new();
    let mut next = timeline.start.div_ceil(step).checked_mul(step);
    while let Some(at) = next.filter(|at| *at <= timeline.end) {
        marks.push((at, unit.label(at, marks.is_empty())));
        next = at.checked_add(step);
    }
    marks
}

/// The smallest round step that divides the length into at most so many parts.
fn round_step(length: u64, parts: u64, by_time: bool) -> u64 {
    let fits = |step: &u64| length / step <= parts;
    if by_time && length > 60 * S {
        let minutes = [10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];
        let days = [2, 5, 12, 24, 48, 120, 240, 24 * 30].map(|hours| hours * 3600);
        let mut steps = minutes.into_iter().chain(days).map(|seconds| seconds * S);
        if let Some(step) = steps.find(fits) {
            return step;
        }
    }
    let mut decade: u64 = 1;
    loop {
        let steps = [1, 2, 5].map(|factor| decade.saturating_mul(factor));
        match steps.into_iter().find(fits) {
            Some(step) => return step,
            None => decade = decade.saturating_mul(10),
        }
    }
}

/// In what the ticks are labelled.
enum Unit {
    /// So many nanoseconds, with a name, and so many decimals.
    Time(u64, &'static str, usize),
    Steps,
}

impl Unit {
    fn of(timeline: &Timeline<'_>, step: u64) -> Unit {
        if !timeline.by_time {
            return Unit::Steps;
        }
        let (nanos, name) = match timeline.end {
            end if end < 10_000 => (1, "ns"),
            end if end < 10 * MS => (1_000, "us"),
            end if end < S => (MS, "ms"),
            _ if step.is_multiple_of(3600 * S) => (3600 * S, "h"),
            _ if step.is_multiple_of(60 * S) => (60 * S, "min"),
            _ => (S, "s"),
        };
        let mut decimals = 0;
        let mut exact = nanos;
        while !step.is_multiple_of(exact) && exact.is_multiple_of(10) {
            exact /= 10;
            decimals += 1;
        }
        Unit::Time(nanos, name, decimals)
    }

    fn label(&self, at: u64, first: bool) -> String {
        match self {
            Unit::Steps if first => format!("step {at}"),
            Unit::Steps => units::count(at),
            Unit::Time(nanos, name, decimals) => {
                let number = format!("{:.decimals$}", at as f64 / *nanos as f64);
                let number = if at == 0 { "0".to_string() } else { number };
                if first { format!("{number} {name}") } else { number }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::event::{Event, Kind};
    use crate::trace::recording::Recording;

    fn labels(start: u64, end: u64, cells: usize) -> String {
        let mut recording = Recording::default();
        recording.push(Event::new(start, 0, Kind::Started));
        recording.push(Event::new(end, 0, Kind::Finished));
        let timeline = Timeline::to_draw(&recording);
        let mut line = String::new();
        for (column, label) in ticks(&timeline, &Scale::new(&timeline, cells), cells + 1) {
            line = format!("{line:column$}{label}");
        }
        assert!(line.len() <= cells + 1, "{line:?}");
        line
    }

    #[test]
    fn ticks_are_round_and_have_a_fitting_unit() {
        let cases = [
            (301 * MS, "0 ms           100            200           300"),
            (2_500 * MS, "0 s      0.5      1.0      1.5      2.0     2.5"),
            (9_000, "0 ns      2000      4000      6000      8000"),
            (850_000, "0 us      200        400        600        800"),
            (75 * S, "0 s         20          40          60"),
            (600 * S, "0 min    2        4        6        8        10"),
        ];
        for (end, line) in cases {
            assert_eq!(labels(0, end, 46), line, "{end}");
        }
    }

    #[test]
    fn a_window_that_begins_late_has_absolute_ticks() {
        assert_eq!(labels(1_234 * MS, 1_611 * MS, 46), "        1.3 s       1.4         1.5         1.6");
    }

    #[test]
    fn no_length_is_too_long_or_too_short() {
        for cells in [1, 5, 17, 46, 240] {
            for end in (0..64).map(|bits| 1u64 << bits).chain([u64::MAX, u64::MAX - 1]) {
                for start in [0, 1, end / 2, end - 1, end] {
                    labels(start, end, cells);
                }
            }
        }
    }

    #[test]
    fn cells_cover_the_whole() {
        let mut recording = Recording::default();
        recording.push(Event::new(5, 0, Kind::Started));
        recording.push(Event::new(u64::MAX, 0, Kind::Finished));
        let timeline = Timeline::to_draw(&recording);
        let scale = Scale::new(&timeline, 200);
        let cell = |position: u64| scale.cell(scale.parts(position));
        assert_eq!([cell(5), cell(u64::MAX / 2), cell(u64::MAX)], [0, 99, 199]);
    }
}
