//! What is to be drawn: the spans of each row, exactly where they are few and in cells where they are many.

use super::super::lanes::axis::Scale;
use super::super::lanes::bar::{Bar, Shown};
use super::super::lanes::fold::{self, Row};
use super::super::timeline::{Item, Span, State, Timeline};
use crate::trace::event::{Kind, TextId};
use crate::trace::numbers::NumberMap;
use crate::trace::recording::Recording;

/// Spans that are drawn one by one, in the whole picture.
const MAX_SPANS: usize = 4_000;
/// Prints and arrows that are drawn.
const MAX_MARKS: usize = 400;
const MAX_ARROWS: usize = 60;
/// Cells of a row with more spans.
pub(super) const CELLS: usize = 800;

/// A row's spans.
pub(super) struct Track {
    /// One by one; none if they are too many.
    pub(super) spans: Option<Vec<Span>>,
    bar: Bar,
}

impl Track {
    /// What each of the cells shows.
    pub(super) fn cells(&self) -> Vec<Shown> {
        self.bar.shown()
    }
}

/// A line of output.
pub(super) struct Print {
    pub(super) at: u64,
    pub(super) row: usize,
    pub(super) text: TextId,
}

/// Who made whom ready.
pub(super) struct Arrow {
    pub(super) at: u64,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// All that is to be drawn.
pub(super) struct Rows {
    pub(super) rows: Vec<Row>,
    pub(super) tracks: Vec<Track>,
    pub(super) prints: Vec<Print>,
    pub(super) arrows: Vec<Arrow>,
}

impl Rows {
    /// Folds the tasks into rows, and goes through the events once.
    pub(super) fn new(recording: &Recording, timeline: &Timeline<'_>, limit: usize) -> Rows {
        let (rows, row_of) = fold::fold(&timeline.lives(), recording, limit);
        let each = MAX_SPANS / rows.len().max(1);
        let scale = Scale::new(timeline, CELLS);
        let new = |row: &Row| Track { spans: (row.count == 1).then(Vec::new), bar: Bar::new(scale) };
        let tracks = rows.iter().map(new).collect();
        let mut all = Rows { rows, tracks, prints: Vec::new(), arrows: Vec::new() };
        let done: Result<(), std::convert::Infallible> = timeline.walk(|item| {
            all.add(item, &row_of, each);
            Ok(())
        });
        let Ok(()) = done;
        if all.prints.len() > MAX_MARKS {
            all.prints.clear();
        }
        if all.arrows.len() > MAX_ARROWS {
            all.arrows.clear();
        }
        all
    }

    fn add(&mut self, item: Item<'_>, row_of: &NumberMap<usize>, each: usize) {
        match item {
            Item::Span(span) => {
                let Some(row) = row_of.get(&span.task) else {
                    return;
                };
                let track = &mut self.tracks[*row];
                track.bar.add(span);
                if track.spans.as_ref().is_some_and(|spans| spans.len() >= each) {
                    track.spans = None;
                }
                let is_nothing = span.state != State::Running && span.start == span.end;
                if let (Some(spans), false) = (&mut track.spans, is_nothing) {
                    spans.push(*span);
                }
            }
            Item::Event(at, event) => {
                let Some(row) = row_of.get(&event.task).copied() else {
                    return;
                };
                if event.kind == Kind::Printed && self.prints.len() <= MAX_MARKS {
                    self.prints.push(Print { at, row, text: event.text() });
                }
                let from = event.cause().and_then(|task| row_of.get(&task)).copied();
                if let (Kind::Woken, Some(from)) = (event.kind, from)
                    && from != row
                    && self.arrows.len() <= MAX_ARROWS
                {
                    self.arrows.push(Arrow { at, from, to: row });
                }
            }
        }
    }
}
