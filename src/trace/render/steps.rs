//! Steps: a column per task, a row per step, top to bottom. The exact interleaving, whatever the clock said.
//!
//! ```text
//! step  main      1 a                   2 b
//!    1  gather ⏸
//!    2            v = n; sleep(0) ⏸
//!    3            │                     v = n; sleep(0) ⏸
//!    4            n = v + 1 ✔           │
//!    5                                  n = v + 1 ✔
//!    6  » n is 1 ✔
//! ```
//!
//! A step is what a task did from one await to the next. Its cell tells what the await brought (`←`), the statements
//! from there on (see [`super::code`]), what was printed (`»`), and what it waits for then (`⏸`) or how it ended.
//! Since there is only one step in a row, a cell may reach over the columns to its right; so columns can be close
//! together when tasks are many.
//!
//! It abridges, and says so below: tasks beyond the last column share it, of many steps those in the middle are left
//! out, and `…` is what did not fit. Two passes over the events, and as much memory as there are live tasks.

mod cell;
mod layout;
mod turns;

#[cfg(test)]
mod tests;

use std::io;

use self::cell::Cells;
use self::layout::{Columns, Gutter};
use self::turns::{Turn, for_each_turn};
use super::paint::{Line, Style};
use super::{Options, View, escape};
use crate::trace::recording::Recording;
use crate::units;

/// The names of the tasks are repeated after so many steps.
const HEADER_EVERY: usize = 60;
/// A cell takes no more lines than this.
const LINES: usize = 8;

/// The view.
pub struct Steps;

impl View for Steps {
    fn write(&self, recording: &Recording, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
        if recording.is_empty() {
            return out.write_all(b"nothing was recorded\n");
        }
        let mut total = 0;
        for_each_turn(recording, |_| {
            total += 1;
            Ok(())
        })?;
        let shown = Shown::of(total, options.steps);
        let columns = Columns::new(recording, total, options)?;
        let mut page = Page {
            recording,
            options,
            columns,
            cells: Cells::new(recording, options),
            gutter: Gutter::new(recording, options, total),
        };
        if recording.dropped() > 0 {
            let count = units::count(recording.dropped());
            page.note(&format!("{count} older events dropped: memory was full"), out)?;
        }
        let mut rows = 0;
        for_each_turn(recording, |turn| {
            if turn.number == shown.gap.0 && shown.gap.0 < shown.gap.1 {
                page.left_out(shown, out)?;
            }
            if !shown.has(turn.number) {
                return Ok(());
            }
            if rows % HEADER_EVERY == 0 {
                page.header(out)?;
            }
            rows += 1;
            page.row(turn, out)
        })?;
        page.footer(total, shown, out)
    }
}

/// Which steps are shown: all but those from `gap.0` to before `gap.1`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Shown {
    gap: (usize, usize),
}

impl Shown {
    /// Of so many steps the first three quarters of the limit and the last quarter.
    fn of(total: usize, limit: usize) -> Shown {
        if total <= limit {
            return Shown { gap: (total + 1, total + 1) };
        }
        let last = limit / 4;
        Shown { gap: (limit - last + 1, total - last + 1) }
    }

    fn has(self, number: usize) -> bool {
        !(self.gap.0..self.gap.1).contains(&number)
    }

    fn left_out(self) -> usize {
        self.gap.1 - self.gap.0
    }
}

/// What stands for a block that was passed by.
fn block(ascii: bool) -> &'static str {
    if ascii { "{..}" } else { "{…}" }
}

/// What all lines need.
struct Page<'a> {
    recording: &'a Recording,
    options: &'a Options,
    columns: Columns,
    cells: Cells<'a>,
    gutter: Gutter,
}

impl Page<'_> {
    fn line(&self) -> Line {
        Line::new(self.options.colour)
    }

    fn note(&self, text: &str, out: &mut dyn io::Write) -> io::Result<()> {
        let mut line = self.line();
        line.push(Style::Dim, &escape::fitted(text, self.options.columns(), self.options.ascii));
        out.write_all(line.finish().as_bytes())
    }

    fn header(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for (index, names) in self.columns.header(self.recording, self.options).into_iter().enumerate() {
            let mut line = self.line();
            if index == 0 {
                self.gutter.header(&mut line);
            }
            for (start, style, name) in names {
                line.pad(start);
                line.push(style, &name);
            }
            out.write_all(line.finish().as_bytes())?;
        }
        Ok(())
    }

    fn left_out(&self, shown: Shown, out: &mut dyn io::Write) -> io::Result<()> {
        let dots = if self.options.ascii { "..." } else { "…" };
        self.note(&format!("  {dots}  {} steps are left out here", units::count(shown.left_out() as u64)), out)
    }

    fn row(&mut self, turn: &Turn, out: &mut dyn io::Write) -> io::Result<()> {
        let at = self.columns.start(turn.task);
        let width = self.options.columns() - at;
        let shares = self.columns.is_shared(turn.task);
        let lines = self.cells.lines(turn, width, LINES, shares);
        for (index, pieces) in lines.iter().enumerate() {
            let mut line = self.line();
            if index == 0 {
                self.gutter.row(turn, &mut line);
            }
            self.columns.guides(&mut line, 0, at, self.options.ascii);
            line.pad(at);
            for (style, piece) in pieces {
                line.push(*style, piece);
            }
            let end = line.columns();
            self.columns.guides(&mut line, end + 1, usize::MAX, self.options.ascii);
            out.write_all(line.finish().as_bytes())?;
        }
        self.columns.follow(turn);
        Ok(())
    }

    fn footer(&self, total: usize, shown: Shown, out: &mut dyn io::Write) -> io::Result<()> {
        let tasks = units::count(self.columns.tasks() as u64);
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        let mut text = format!(
            "{} step{}, {tasks} task{} besides main",
            units::count(total as u64),
            plural(total),
            plural(self.columns.tasks())
        );
        if shown.left_out() > 0 {
            text += &format!("; {} steps are left out", units::count(shown.left_out() as u64));
        }
        if let Some(sharing) = self.columns.sharing() {
            text += &format!("; {} of the tasks share the last column", units::count(sharing as u64));
        }
        if self.cells.has_cut() {
            text += &format!("; {} is what did not fit", escape::ellipsis(self.options.ascii));
        }
        if self.cells.has_blocks() {
            text += &format!("; {} is a block that was passed by", block(self.options.ascii));
        }
        for part in cell::wrapped(&text, self.options.columns()) {
            self.note(&part, out)?;
        }
        if self.options.legend {
            for part in cell::wrapped(&self.cells.legend(), self.options.columns()) {
                self.note(&part, out)?;
            }
        }
        Ok(())
    }
}
