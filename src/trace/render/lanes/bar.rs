//! The bar of a row: what the row's tasks did in each cell of the time axis.
//!
//! A turn is usually far shorter than a cell, and yet it is what matters. So a turn shows in at least one cell.
//! Where turns are so frequent that they would fill cell after cell, every other cell is left to what the tasks
//! did otherwise: a row that ran often but shortly must not look like one that kept the thread.

use super::super::timeline::{Span, State};
use super::axis::Scale;

/// What a cell shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::trace::render) enum Shown {
    Nothing,
    Running,
    Ready,
    Waiting,
}

/// How much of what went on in a cell, in parts, summed over the tasks of the row.
#[derive(Clone, Copy, Default)]
struct Cell {
    running: u64,
    ready: u64,
    waiting: u64,
    /// A turn shows here if nowhere else.
    turn: bool,
    /// Something of no length was here.
    touched: bool,
}

/// What the tasks of a row did, cell by cell.
pub(in crate::trace::render) struct Bar {
    scale: Scale,
    cells: Vec<Cell>,
}

impl Bar {
    /// A bar without tasks.
    pub(in crate::trace::render) fn new(scale: Scale) -> Bar {
        Bar { scale, cells: vec![Cell::default(); scale.cells] }
    }

    /// Adds a span, and gives the first and last cell in which it lies.
    pub(in crate::trace::render) fn add(&mut self, span: &Span) -> (usize, usize) {
        let (start, end) = (self.scale.parts(span.start), self.scale.parts(span.end));
        let first = self.scale.cell(start);
        let last = if end > start { self.scale.cell(end - 1) } else { first };
        let (mut most, mut best) = (0, first);
        for index in first..=last {
            let from = index as u64 * self.scale.cell_parts;
            let parts = end.min(from + self.scale.cell_parts).saturating_sub(start.max(from));
            self.cells[index].add(span.state, parts);
            if parts > most {
                (most, best) = (parts, index);
            }
        }
        self.cells[best].turn |= span.state == State::Running;
        (first, last)
    }

    /// What each cell shows.
    pub(in crate::trace::render) fn shown(&self) -> Vec<Shown> {
        let whole = self.scale.cell_parts;
        let mut shown: Vec<Shown> = self.cells.iter().map(|cell| cell.shown(whole)).collect();
        let mut from = 0;
        for run in self.cells.chunk_by(|a, b| a.is_brief(whole) == b.is_brief(whole)) {
            if run[0].is_brief(whole) && run.len() >= 3 {
                thin_out(&mut shown[from..from + run.len()], run);
            }
            from += run.len();
        }
        shown
    }
}

/// Takes turns out of a row of cells all of which have some, but for the first and the last, which is often the
/// one before a task's end. Where the tasks could have run for most of the cell, that matters more.
fn thin_out(shown: &mut [Shown], cells: &[Cell]) {
    for index in 1..cells.len() - 1 {
        let background = cells[index].background();
        if background == Shown::Ready || shown[index - 1] == Shown::Running {
            shown[index] = background;
        }
    }
}

impl Cell {
    fn add(&mut self, state: State, parts: u64) {
        let sum = match state {
            State::Running => &mut self.running,
            State::Ready => &mut self.ready,
            State::Waiting(_) => &mut self.waiting,
        };
        *sum = sum.saturating_add(parts);
        self.touched = true;
    }

    /// For most of the cell the thread ran tasks of this row.
    fn is_busy(&self, whole: u64) -> bool {
        self.running > whole / 2
    }

    /// There was a turn, but there was more of something else.
    fn is_brief(&self, whole: u64) -> bool {
        self.turn && !self.is_busy(whole) && self.ready.max(self.waiting) > 0
    }

    fn shown(&self, whole: u64) -> Shown {
        if self.is_busy(whole) || self.turn {
            return Shown::Running;
        }
        self.background()
    }

    fn background(&self) -> Shown {
        match self {
            cell if cell.ready > 0 && cell.ready >= cell.waiting => Shown::Ready,
            cell if cell.waiting > 0 => Shown::Waiting,
            cell if cell.running > 0 => Shown::Running,
            // It came and went within no time at all.
            cell if cell.touched => Shown::Ready,
            _ => Shown::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::render::timeline::Timeline;
    use crate::trace::testing::recording;

    /// The bar of all tasks but main, in ten cells.
    fn bar(script: &str) -> String {
        let recording = recording(script);
        let timeline = Timeline::to_draw(&recording);
        let mut bar = Bar::new(Scale::new(&timeline, 10));
        timeline.for_each_span(|span| {
            if span.task != 0 {
                bar.add(span);
            }
        });
        let signs = bar.shown().into_iter().map(|shown| match shown {
            Shown::Nothing => ' ',
            Shown::Running => '#',
            Shown::Ready => '%',
            Shown::Waiting => '.',
        });
        signs.collect()
    }

    #[test]
    fn the_larger_part_of_a_cell_shows() {
        let script = "0 1 created a\n14 1 started\n46 1 suspended timer x\n81 1 woken\n100 0 finished";
        assert_eq!(bar(script), "%####...%%");
        assert_eq!(bar("0 0 started\n40 1 created a\n60 1 started\n80 1 finished\n100 0 finished"), "    %%##  ");
    }

    #[test]
    fn a_turn_without_length_shows_in_one_cell() {
        let script = "0 0 started\n0 1 created a\n0 1 started\n0 1 suspended timer x
            55 1 woken\n55 1 resumed\n55 1 suspended timer x\n100 1 woken\n100 1 resumed\n100 1 finished";
        assert_eq!(bar(script), "#....#...#");
    }

    #[test]
    fn frequent_short_turns_do_not_look_busy() {
        let mut script = "0 1 created a\n0 1 started".to_string();
        for time in 0..99 {
            script += &format!("\n{time}.2 1 suspended timer x\n{time}.9 1 woken\n{time}.9 1 resumed");
        }
        assert_eq!(bar(&(script + "\n100 1 finished")), "#.#.#.#.##");
    }

    #[test]
    fn a_life_without_length_takes_one_cell() {
        assert_eq!(bar("0 0 started\n50 1 created a\n50 1 cancelled\n100 0 finished"), "     %    ");
    }
}
