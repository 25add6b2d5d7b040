//! Lanes: a row per task against time. Who ran, who was ready, who waited for what, and how it ended.
//!
//! ```text
//!            0 ms          100           200           300
//!     main   █░ gather ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█✔
//!   1 fetch  █░ GET /delay/300 ░░░░░░░░░░░░░░░░░░░░░░░░█✔
//!   2 crunch ▒░░░░░░░░░░░░░█████████████✔  blocked 200 ms, line 7
//! 2 tasks  0.30 s  (0.60 s one after another, 2.0x)
//! ```
//!
//! Two passes over the events: one for the outline of each task's life, from which rows and layout follow
//! (`fold`, `layout`), and one that fills the bars (`bar`, `labels`). No line is wider than the options say.

pub(super) mod axis;
pub(super) mod bar;
pub(super) mod fold;
mod labels;
mod layout;

#[cfg(test)]
mod goldens;
#[cfg(test)]
pub(super) mod tests;

use std::io;

use self::axis::Scale;
use self::bar::{Bar, Shown};
use self::fold::Row;
use self::labels::{Common, Inlay, Waits};
use self::layout::{INDENT, Layout};
use super::escape;
use super::paint::{Line, Signs, Style};
use super::timeline::{State, Timeline};
use super::{Options, View, summary};
use crate::trace::numbers::NumberMap;
use crate::trace::recording::Recording;
use crate::units;

/// Columns of an error's message, at least; less would not be understood.
const MIN_MESSAGE: usize = 8;

/// The view.
pub struct Lanes;

impl View for Lanes {
    fn write(&self, recording: &Recording, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
        if recording.is_empty() {
            return out.write_all(b"nothing was recorded\n");
        }
        let timeline = Timeline::to_draw(recording);
        let (rows, row_of) = fold::fold(&timeline.lives(), recording, options.rows);
        let layout = Layout::new(&rows, options);
        let scale = Scale::new(&timeline, layout.cells);
        let tracks = tracks(&timeline, &rows, &row_of, scale, recording);
        let drawing = Drawing { recording, options, layout: &layout, signs: Signs::of(options) };
        let mut text = drawing.dropped(&timeline) + drawing.axis(&timeline, &scale).as_str();
        for (row, track) in rows.iter().zip(&tracks) {
            text += &drawing.row(row, track);
        }
        text += &summary::line(recording, options);
        if options.legend {
            text += &drawing.legend(&rows, &tracks);
        }
        out.write_all(text.as_bytes())
    }
}

/// What a row shows.
struct Track {
    shown: Vec<Shown>,
    waits: Waits,
    common: Common,
}

/// Fills the bars of all rows.
fn tracks(
    timeline: &Timeline<'_>,
    rows: &[Row],
    row_of: &NumberMap<usize>,
    scale: Scale,
    recording: &Recording,
) -> Vec<Track> {
    let new = || (Bar::new(scale), Waits::default(), Common::default());
    let mut tracks: Vec<_> = rows.iter().map(|_| new()).collect();
    timeline.for_each_span(|span| {
        let Some(&row) = row_of.get(&span.task) else {
            return;
        };
        let (bar, waits, common) = &mut tracks[row];
        let cells = bar.add(span);
        if !matches!(span.state, State::Waiting(_)) {
            return;
        }
        if rows[row].count == 1 {
            waits.add(span.label, span.end - span.start, cells);
        } else {
            common.add(span.label, recording);
        }
    });
    let finished = tracks.into_iter().map(|(bar, waits, common)| Track { shown: bar.shown(), waits, common });
    finished.collect()
}

/// Text behind the end of a row.
type Note = (Style, String);

/// What every line of a drawing needs.
struct Drawing<'a> {
    recording: &'a Recording,
    options: &'a Options,
    layout: &'a Layout,
    signs: Signs,
}

impl Drawing<'_> {
    fn line(&self) -> Line {
        Line::new(self.options.colour)
    }

    fn dropped(&self, timeline: &Timeline<'_>) -> String {
        if self.recording.dropped() == 0 {
            return String::new();
        }
        let count = units::count(self.recording.dropped());
        let from = units::duration(timeline.start);
        let text = format!("{count} older events dropped: memory was full; shown from {from} on");
        let mut line = self.line();
        line.pad(INDENT);
        let room = self.options.columns() - INDENT;
        line.push(Style::Bad, &escape::fitted(&text, room, self.options.ascii));
        line.finish()
    }

    fn axis(&self, timeline: &Timeline<'_>, scale: &Scale) -> String {
        let mut line = self.line();
        let columns = self.options.columns() - self.layout.bar;
        for (column, label) in axis::ticks(timeline, scale, columns) {
            line.pad(self.layout.bar + column);
            line.push(Style::Dim, &label);
        }
        line.finish()
    }

    fn row(&self, row: &Row, track: &Track) -> String {
        let mut line = self.line();
        self.layout.title(row, &mut line);
        line.pad(self.layout.bar);
        let last = track.shown.iter().rposition(|shown| *shown != Shown::Nothing);
        let end = last.map_or(0, |last| last + 1);
        let (note, mut inlays) = self.outcome(row, track, end);
        inlays.extend(self.waits(row, track));
        inlays.sort_by_key(|inlay| inlay.at);
        self.bar(row, &track.shown[..end], &inlays, &mut line);
        if row.count > 1 {
            return self.ends(row, line);
        }
        if let Some(end) = row.life.end {
            let (sign, style) = self.signs.end(end.kind);
            line.sign(style, sign);
        }
        let unlabelled = if inlays.is_empty() { self.waited(track, &line) } else { None };
        if let Some((style, note)) = note.or(unlabelled) {
            line.push(Style::Plain, "  ");
            line.push(style, &note);
        }
        line.finish()
    }

    fn bar(&self, row: &Row, shown: &[Shown], inlays: &[Inlay], line: &mut Line) {
        let style = Style::Task(row.life.task);
        let mut inlays = inlays.iter().peekable();
        let start = line.columns();
        for (cell, shown) in shown.iter().enumerate() {
            if line.columns() > start + cell {
                continue;
            }
            if let Some(inlay) = inlays.next_if(|inlay| inlay.at == cell) {
                line.push(Style::Plain, &inlay.text);
                continue;
            }
            match shown {
                Shown::Nothing => line.sign(Style::Plain, ' '),
                Shown::Running => line.sign(style, self.signs.running),
                Shown::Ready => line.sign(style, self.signs.ready),
                Shown::Waiting => line.sign(style, self.signs.waiting),
            }
        }
    }

    /// What is waited for, written into the bar.
    fn waits(&self, row: &Row, track: &Track) -> Vec<Inlay> {
        let ascii = self.options.ascii;
        if row.count == 1 {
            return track.waits.inlays(&track.shown, self.recording, ascii);
        }
        let label = track.common.label(ascii);
        let inlay = label.and_then(|label| self.inlay(&label, Shown::Waiting, track));
        inlay.into_iter().collect()
    }

    /// Why a row ended badly, or where it blocked the loop: behind its end or, if there is no room, within the
    /// bar.
    fn outcome(&self, row: &Row, track: &Track, end: usize) -> (Option<Note>, Vec<Inlay>) {
        if row.count > 1 {
            return (None, Vec::new());
        }
        let room = (self.options.columns() - self.layout.bar).saturating_sub(end + 3);
        let message = row.life.end.map_or("".into(), |end| self.recording.get_text(end.message));
        let message = message.trim_start().lines().next().unwrap_or_default();
        if !message.is_empty() && room >= MIN_MESSAGE {
            let note = escape::fitted(message, room, self.options.ascii);
            return (Some((Style::Bad, note)), Vec::new());
        }
        for text in blocked(row, self.recording) {
            if escape::width(&text) <= room && row.life.end.is_some() {
                return (Some((Style::Bad, text)), Vec::new());
            }
            let inlay = self.inlay(&text, Shown::Running, track);
            if let Some(inlay) = inlay.filter(|inlay| inlay.text.trim() == text) {
                return (None, vec![inlay]);
            }
        }
        (None, Vec::new())
    }

    /// A text in the longest stretch of such cells, if there is room.
    fn inlay(&self, text: &str, kind: Shown, track: &Track) -> Option<Inlay> {
        let all = (0, track.shown.len() - 1);
        Inlay::fit(text, kind, &track.shown, all, self.options.ascii)
    }

    /// What a row waited for, where no wait had room for it.
    fn waited(&self, track: &Track, line: &Line) -> Option<Note> {
        let label = self.recording.get_text(track.waits.longest()?);
        if label.is_empty() {
            return None;
        }
        let text = format!("{} {}", self.signs.waiting, escape::escaped(&label, self.options.ascii));
        let room = self.options.columns().checked_sub(line.columns() + 2)?;
        (escape::width(&text) <= room).then_some((Style::Dim, text))
    }

    /// How the tasks of a group ended, in numbers: behind the bar or, where there is no room for that, below it, unless
    /// they all ended alike.
    fn ends(&self, row: &Row, mut line: Line) -> String {
        let mut before = String::new();
        match self.layout.ends {
            Some(column) => line.pad(column),
            None => {
                if let [(_, kind)] = layout::shown_ends(row).collect::<Vec<_>>()[..] {
                    let (sign, style) = self.signs.end(kind);
                    line.sign(style, sign);
                    return line.finish();
                }
                before = std::mem::replace(&mut line, self.line()).finish();
                let last = self.options.columns().saturating_sub(layout::ends_width(row));
                line.pad(self.layout.bar.min(last).max(layout::INDENT));
            }
        }
        for (index, (count, kind)) in layout::shown_ends(row).enumerate() {
            let (sign, style) = self.signs.end(kind);
            let gap = if index > 0 { "  " } else { "" };
            line.push(Style::Plain, &format!("{gap}{} ", units::count(count as u64)));
            line.sign(style, sign);
        }
        before + line.finish().as_str()
    }

    /// What the signs that occur mean.
    fn legend(&self, rows: &[Row], tracks: &[Track]) -> String {
        let shows = |what: Shown| tracks.iter().any(|track| track.shown.contains(&what));
        let ends = |index: usize| rows.iter().any(|row| row.ends[index] > 0);
        let signs = &self.signs;
        let entries = [
            (shows(Shown::Running), signs.running, "running"),
            (shows(Shown::Ready), signs.ready, "ready, thread busy"),
            (shows(Shown::Waiting), signs.waiting, "waiting"),
            (ends(0), signs.finished, "done"),
            (ends(1), signs.failed, "failed"),
            (ends(2), signs.cancelled, "cancelled"),
        ];
        let mut text = String::new();
        let mut line = self.line();
        for (_, sign, meaning) in entries.into_iter().filter(|(occurs, ..)| *occurs) {
            if line.columns() + 4 + meaning.len() > self.options.columns() {
                text += &std::mem::replace(&mut line, self.line()).finish();
            }
            let gap = if line.columns() > 0 { "  " } else { "" };
            line.push(Style::Dim, &format!("{gap}{sign} {meaning}"));
        }
        text + line.finish().as_str()
    }
}

/// Where a task blocked the loop, in words; the longest form first.
pub(super) fn blocked(row: &Row, recording: &Recording) -> Vec<String> {
    let Some((milliseconds, site)) = row.life.blocked else {
        return Vec::new();
    };
    let time = match milliseconds {
        0..10_000 => format!("{milliseconds} ms"),
        _ => units::duration(u64::from(milliseconds) * 1_000_000),
    };
    match recording.get_site(site) {
        Some(site) => vec![format!("blocked {time}, line {}", site.line), format!("line {}", site.line)],
        None => vec![format!("blocked {time}")],
    }
}
