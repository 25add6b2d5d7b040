//! Where the columns of the tasks are, and what stands to the left of them.

use std::io;

use super::super::paint::{Line, Style};
use super::super::{Options, escape, title};
use super::Shown;
use super::cell::wrapped;
use super::turns::{Close, Turn, for_each_turn};
use crate::trace::numbers::NumberMap;
use crate::trace::recording::Recording;
use crate::units;

/// Main and eight tasks; what more there are shares the last column.
const MAX_COLUMNS: usize = 9;
/// Columns of the terminal from one task's to the next, at least and at most.
const MIN_PITCH: usize = 7;
const MAX_PITCH: usize = 30;
/// What is left for the last one, at least, and when several tasks share it, whose names must be told then.
const MIN_LAST: usize = 16;
const MIN_SHARED: usize = 28;
/// A name takes no more lines than this.
const NAME_LINES: usize = 3;
/// On a screen narrower than this the time is not told.
const MIN_FOR_TIME: usize = 60;

/// The columns of the tasks.
pub(super) struct Columns {
    of_task: NumberMap<usize>,
    /// The tasks that have a column of their own.
    own: Vec<u32>,
    /// How many share the last one.
    sharing: usize,
    tasks: usize,
    first: usize,
    pitch: usize,
    /// Columns in which a task is alive, which is to be seen in the rows of the others.
    alive: Vec<bool>,
}

impl Columns {
    /// Gives columns to the tasks of the steps shown.
    pub(super) fn new(recording: &Recording, total: usize, options: &Options) -> io::Result<Columns> {
        let shown = Shown::of(total, options.steps);
        let first = Gutter::new(recording, options, total).width();
        let room = options.columns() - first;
        let most = (1 + room.saturating_sub(MIN_LAST) / MIN_PITCH).clamp(2, MAX_COLUMNS);
        let mut seen: NumberMap<()> = NumberMap::default();
        let mut order: Vec<u32> = Vec::new();
        let mut tasks: NumberMap<()> = NumberMap::default();
        for_each_turn(recording, |turn| {
            tasks.insert(turn.task, ());
            if shown.has(turn.number) && seen.insert(turn.task, ()).is_none() {
                order.push(turn.task);
            }
            Ok(())
        })?;
        let main = usize::from(tasks.contains_key(&0));
        let shares = order.len() > most;
        let mut own = order.clone();
        let least = if shares { MIN_SHARED } else { MIN_LAST };
        if shares {
            own.truncate((room.saturating_sub(least) / MIN_PITCH).clamp(1, MAX_COLUMNS - 1));
        }
        own.sort_unstable();
        let of_task = own.iter().enumerate().map(|(column, task)| (*task, column)).collect();
        let count = own.len() + usize::from(shares);
        let pitch = match count {
            0 | 1 => MAX_PITCH,
            n => (room - (room / n).max(least).min(room / 2)) / (n - 1),
        };
        Ok(Columns {
            of_task,
            sharing: if shares { order.len() - own.len() } else { 0 },
            tasks: tasks.len() - main,
            first,
            pitch: pitch.clamp(MIN_PITCH, MAX_PITCH),
            alive: vec![false; count],
            own,
        })
    }

    /// Tasks that have steps, without main.
    pub(super) fn tasks(&self) -> usize {
        self.tasks
    }

    /// How many share the last column, if it is shared.
    pub(super) fn sharing(&self) -> Option<usize> {
        (self.sharing > 0).then_some(self.sharing)
    }

    /// Whether a task shares its column.
    pub(super) fn is_shared(&self, task: u32) -> bool {
        !self.of_task.contains_key(&task)
    }

    fn column(&self, task: u32) -> usize {
        self.of_task.get(&task).copied().unwrap_or(self.own.len())
    }

    /// Where the cells of a task begin.
    pub(super) fn start(&self, task: u32) -> usize {
        self.first + self.column(task) * self.pitch
    }

    /// The names above the columns, on as many lines as the longest takes: where each piece begins.
    pub(super) fn header(&self, recording: &Recording, options: &Options) -> Vec<Vec<(usize, Style, String)>> {
        let count = self.alive.len();
        let mut lines = vec![Vec::new()];
        for column in 0..count {
            let start = self.first + column * self.pitch;
            let room = if column + 1 == count { options.columns() - start } else { self.pitch - 1 };
            let (style, name) = match self.own.get(column) {
                Some(task) => (Style::Task(*task), title(recording, *task, options.ascii)),
                None => (Style::Dim, "others".to_string()),
            };
            let parts = name_in_lines(&name, room, options.ascii);
            lines.resize(lines.len().max(parts.len()), Vec::new());
            for (line, part) in lines.iter_mut().zip(parts) {
                line.push((start, style, part));
            }
        }
        lines
    }

    /// Writes a sign into the columns between these where a task is alive.
    pub(super) fn guides(&self, line: &mut Line, from: usize, to: usize, ascii: bool) {
        let sign = if ascii { ':' } else { '│' };
        for (column, alive) in self.alive.iter().enumerate() {
            let at = self.first + column * self.pitch;
            if *alive && (from..to).contains(&at) && line.columns() <= at {
                line.pad(at);
                line.sign(Style::Dim, sign);
            }
        }
    }

    /// Notes whether the task of a step goes on after it.
    pub(super) fn follow(&mut self, turn: &Turn) {
        if let Some(column) = self.of_task.get(&turn.task) {
            self.alive[*column] = matches!(turn.close, Close::Waits(..));
        }
    }
}

/// A name on so few lines, none wider than `room`. Of a longer one the beginning and the end, which tells it from others.
fn name_in_lines(name: &str, room: usize, ascii: bool) -> Vec<String> {
    let lines = wrapped(name, room);
    if lines.len() <= NAME_LINES {
        return lines;
    }
    let signs: Vec<char> = name.chars().collect();
    let head: String = signs.iter().take(room).collect();
    let tail: String = signs[signs.len().saturating_sub(room - 1)..].iter().collect();
    let tail = format!("{}{tail}", escape::ellipsis(ascii));
    vec![escape::fitted(head.trim_end(), room, ascii), escape::fitted(&tail, room, ascii)]
}

/// The number of a step, and the time where it has changed.
pub(super) struct Gutter {
    /// Columns of the steps' numbers.
    digits: usize,
    ascii: bool,
    times: bool,
    last: Option<String>,
}

impl Gutter {
    pub(super) fn new(recording: &Recording, options: &Options, steps: usize) -> Gutter {
        let has_length = recording.events().any(|event| event.time > 0);
        let digits = steps.max(1_000).ilog10() as usize + 1;
        Gutter { digits, ascii: options.ascii, times: has_length && options.columns() >= MIN_FOR_TIME, last: None }
    }

    /// Where the first task's column begins.
    pub(super) fn width(&self) -> usize {
        self.digits + if self.times { 13 } else { 2 }
    }

    pub(super) fn header(&self, line: &mut Line) {
        line.push(Style::Dim, &format!("{:>1$}", "step", self.digits));
        if self.times {
            line.push(Style::Dim, "       time");
        }
    }

    pub(super) fn row(&mut self, turn: &Turn, line: &mut Line) {
        line.push(Style::Dim, &format!("{:>1$}", turn.number, self.digits));
        if !self.times {
            return;
        }
        let time = units::duration(turn.time);
        if self.last.as_ref() != Some(&time) {
            line.push(Style::Dim, &format!("{:>11}", escape::fitted(&time, 11, self.ascii)));
            self.last = Some(time);
        }
    }
}
