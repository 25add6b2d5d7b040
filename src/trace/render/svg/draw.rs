//! Drawing it. Lengths are in pixels; a browser scales the whole.

use std::io;

use super::super::Options;
use super::super::escape;
use super::super::lanes::axis::marks;
use super::super::lanes::bar::Shown;
use super::super::lanes::blocked;
use super::super::lanes::fold::{ENDS, Row};
use super::super::paint::{self, Signs};
use super::super::timeline::{Span, State, Timeline};
use super::rows::{CELLS, Rows, Track};
use super::xml;
use crate::trace::event::{Kind, TextId};
use crate::trace::recording::Recording;
use crate::units;

const WIDTH: f64 = 1280.0;
const MARGIN: f64 = 28.0;
/// From one row to the next, and the height of a turn and of a wait.
const ROW: f64 = 34.0;
const TURN: f64 = 20.0;
const WAIT: f64 = 16.0;
/// The width of a letter of the names (15 px) and of the labels (12 px), which are of fixed pitch.
const LETTER: f64 = 9.1;
const SMALL: f64 = 7.3;
/// A turn is seen even if it took no time.
const MIN_TURN: f64 = 3.0;
/// The title takes no more letters than this.
const MAX_TITLE: usize = 26;
/// What the text after a row's end takes of the width at most, in letters.
const MAX_NOTE: usize = 30;

const STYLE: &str = "<style>
text{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:15px;fill:#1f2933;white-space:pre}
.head{font-size:19px;font-weight:600}.small{font-size:12px}.axis{font-size:13px;fill:#52606d}
.bad{fill:#c62828;font-weight:600}.gone{fill:#8d6e00;font-weight:600}.on{fill:#fff;font-weight:600}
.grid{stroke:#d9dee4;stroke-width:1}.base{stroke:#eef1f4;stroke-width:1}
.ready{fill:url(#ready);stroke:#b7791f;stroke-width:1}
.wake{fill:none;stroke:#7b8794;stroke-width:1.3;stroke-opacity:.75}
g:hover>rect.hot,rect.hot:hover{stroke:#111;stroke-width:1.5}
</style>
<defs>
<pattern id=\"ready\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect width=\"7\" height=\"7\" fill=\"#fdf0d0\"/><rect width=\"3\" height=\"7\" fill=\"#e0a030\"/></pattern>
<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" orient=\"auto\">\
<path d=\"M0 0 8 4 0 8z\" fill=\"#7b8794\"/></marker>
</defs>
";

/// A picture in the making.
pub(super) struct Picture<'a> {
    recording: &'a Recording,
    timeline: &'a Timeline<'a>,
    rows: &'a Rows,
    ascii: bool,
    /// Where the time axis begins, and how long it is.
    left: f64,
    length: f64,
    top: f64,
}

impl<'a> Picture<'a> {
    /// Divides the width between titles, time and what stands behind the ends.
    pub(super) fn new(
        recording: &'a Recording,
        timeline: &'a Timeline<'a>,
        rows: &'a Rows,
        ascii: bool,
    ) -> Picture<'a> {
        let mut picture = Picture { recording, timeline, rows, ascii, left: 0.0, length: 0.0, top: 0.0 };
        let titles = rows.rows.iter().map(|row| escape::width(&picture.title(row))).max().unwrap_or(0);
        let ends = rows.rows.iter().filter(|row| row.count > 1).map(|row| escape::width(&picture.ends(row))).max();
        picture.left = MARGIN + titles as f64 * LETTER + 16.0;
        let right = WIDTH - MARGIN - 22.0 - ends.map_or(0.0, |letters| letters as f64 * SMALL + 8.0);
        picture.length = right - picture.left;
        picture
    }

    /// Writes the whole picture.
    pub(super) fn write(mut self, heading: &[String], out: &mut dyn io::Write) -> io::Result<()> {
        self.top = MARGIN + heading.len() as f64 * 26.0 + 30.0;
        let bottom = self.top + self.rows.rows.len() as f64 * ROW;
        let height = bottom + 58.0;
        writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" \
             height=\"{height:.0}\" role=\"img\">"
        )?;
        writeln!(out, "<title>Who ran when: {}</title>", xml::text(heading.first().map_or("", |h| h), self.ascii))?;
        out.write_all(STYLE.as_bytes())?;
        writeln!(out, "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>")?;
        for (index, line) in heading.iter().enumerate() {
            let y = MARGIN + 16.0 + index as f64 * 26.0;
            let class = if index == 0 { "head" } else { "bad" };
            self.text(out, (MARGIN, y), class, line)?;
        }
        if !self.recording.is_empty() {
            self.axis(bottom, out)?;
            for index in 0..self.rows.rows.len() {
                self.row(index, out)?;
            }
            self.arrows(out)?;
            self.prints(out)?;
            self.legend(bottom + 26.0, out)?;
        }
        writeln!(out, "</svg>")
    }

    /// Where a position of the timeline is.
    fn x(&self, position: u64) -> f64 {
        let part = (position.saturating_sub(self.timeline.start)) as f64 / self.timeline.length().max(1) as f64;
        self.left + part.min(1.0) * self.length
    }

    /// The middle of a row.
    fn y(&self, row: usize) -> f64 {
        self.top + (row as f64 + 0.5) * ROW
    }

    fn text(&self, out: &mut dyn io::Write, (x, y): (f64, f64), class: &str, text: &str) -> io::Result<()> {
        let text = xml::text(text, self.ascii);
        writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{text}</text>")
    }

    fn title(&self, row: &Row) -> String {
        let name = escape::escaped(&row.name, self.ascii);
        let title = match (row.life.task, row.count) {
            (0, _) => name.into_owned(),
            (task, 1) => format!("{task} {name}"),
            (task, count) => format!("{task}-{} {name} ({})", row.last_task, units::count(count as u64)),
        };
        escape::fitted(&title, MAX_TITLE, self.ascii)
    }

    fn ends(&self, row: &Row) -> String {
        let signs = Signs::of(&Options { ascii: self.ascii, ..Options::default() });
        let ended = row.ends.into_iter().zip(ENDS).filter(|(count, _)| *count > 0);
        let parts: Vec<String> =
            ended.map(|(count, kind)| format!("{} {}", units::count(count as u64), signs.end(kind).0)).collect();
        parts.join("  ")
    }

    fn axis(&self, bottom: f64, out: &mut dyn io::Write) -> io::Result<()> {
        for (at, label) in marks(self.timeline, (self.length / 110.0) as u64) {
            let x = self.x(at);
            let top = self.top - 4.0;
            writeln!(out, "<path class=\"grid\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"/>")?;
            self.text(out, (x - 4.0, self.top - 12.0), "axis", &label)?;
        }
        Ok(())
    }

    fn row(&self, index: usize, out: &mut dyn io::Write) -> io::Result<()> {
        let (row, track) = (&self.rows.rows[index], &self.rows.tracks[index]);
        let y = self.y(index);
        let colour = paint::hex(row.life.task);
        let base = y + ROW / 2.0;
        writeln!(out, "<path class=\"base\" d=\"M{MARGIN} {base:.1}H{:.1}\"/>", WIDTH - MARGIN)?;
        writeln!(
            out,
            "<text x=\"{MARGIN}\" y=\"{:.1}\" style=\"fill:{colour};font-weight:600\">{}</text>",
            y + 5.0,
            xml::text(&self.title(row), self.ascii)
        )?;
        match &track.spans {
            Some(spans) => {
                let is_turn = |span: &&Span| span.state == State::Running;
                for span in spans.iter().filter(|span| !is_turn(span)).chain(spans.iter().filter(is_turn)) {
                    self.span(row, span, y, out)?;
                }
                self.waits(spans, y, out)?;
            }
            None => self.cells(row, track, y, out)?,
        }
        self.end(row, track, y, out)
    }

    /// A span as a rectangle, with its story for whoever points at it.
    fn span(&self, row: &Row, span: &Span, y: f64, out: &mut dyn io::Write) -> io::Result<()> {
        let (from, to) = (self.x(span.start), self.x(span.end));
        let width = to - from;
        let story = xml::text(&self.story(row, span), self.ascii);
        let fill = paint::hex(span.task);
        match span.state {
            State::Running => {
                let width = width.max(MIN_TURN);
                let from = from.min(self.left + self.length - width + MIN_TURN);
                let y = y - TURN / 2.0;
                write!(
                    out,
                    "<rect class=\"hot\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{TURN}\" "
                )?;
                write!(out, "rx=\"1.5\" fill=\"{fill}\">")?;
            }
            State::Ready => {
                let y = y - TURN / 2.0 + 0.5;
                let height = TURN - 1.0;
                write!(out, "<rect class=\"ready hot\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" ")?;
                write!(out, "height=\"{height}\">")?;
            }
            State::Waiting(_) => {
                let y = y - WAIT / 2.0;
                write!(
                    out,
                    "<rect class=\"hot\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{WAIT}\" "
                )?;
                write!(out, "fill=\"{fill}\" fill-opacity=\".17\">")?;
            }
        }
        writeln!(out, "<title>{story}</title></rect>")
    }

    /// A span in words: who, what, from when to when, and where.
    fn story(&self, row: &Row, span: &Span) -> String {
        let text = self.recording.get_text(span.label);
        let what = match span.state {
            State::Running if text.is_empty() => "runs".to_string(),
            State::Running => format!("runs, got {text}"),
            State::Ready => "is ready, but the thread is busy".to_string(),
            State::Waiting(_) => format!("waits for {text}"),
        };
        let length = match self.timeline.by_time {
            true => format!(
                "\nfrom {} to {} ({})",
                units::duration(span.start),
                units::duration(span.end),
                units::duration(span.end - span.start)
            ),
            false => String::new(),
        };
        let place = self.recording.get_site(span.site).map_or(String::new(), |site| format!("\nat {site}"));
        let name = &row.name;
        match span.task {
            0 => format!("{name} {what}{length}{place}"),
            task => format!("{task} {name} {what}{length}{place}"),
        }
        .replace('\n', " \u{b7} ")
    }

    /// What is waited for, in the bands that have room for it; not twice the same in a row.
    fn waits(&self, spans: &[Span], y: f64, out: &mut dyn io::Write) -> io::Result<()> {
        let mut last = TextId::NONE;
        for span in spans.iter().filter(|span| matches!(span.state, State::Waiting(_))) {
            if span.label == last {
                continue;
            }
            let (from, to) = (self.x(span.start) + MIN_TURN, self.x(span.end));
            let letters = ((to - from - 10.0) / SMALL).max(0.0) as usize;
            let label = self.recording.get_text(span.label);
            let whole = escape::width(&escape::escaped(&label, self.ascii));
            if label.is_empty() || letters < whole.min(6) {
                continue;
            }
            last = span.label;
            self.text(out, (from + 5.0, y + 4.0), "small", &escape::fitted(&label, letters, self.ascii))?;
        }
        Ok(())
    }

    /// A row of many spans, or of many tasks.
    fn cells(&self, row: &Row, track: &Track, y: f64, out: &mut dyn io::Write) -> io::Result<()> {
        let width = self.length / CELLS as f64;
        let fill = paint::hex(row.life.task);
        let story = xml::text(&format!("{}: {}", self.title(row), self.ends(row)), self.ascii);
        writeln!(out, "<g><title>{story}</title>")?;
        let mut cell = 0;
        for stretch in track.cells().chunk_by(|a, b| a == b) {
            let (x, length) = (self.left + cell as f64 * width, stretch.len() as f64 * width);
            cell += stretch.len();
            let (height, style) = match stretch[0] {
                Shown::Nothing => continue,
                Shown::Running => (TURN, format!("fill=\"{fill}\"")),
                Shown::Ready => (TURN - 1.0, "fill=\"url(#ready)\"".to_string()),
                Shown::Waiting => (WAIT, format!("fill=\"{fill}\" fill-opacity=\".17\"")),
            };
            let top = y - height / 2.0;
            writeln!(out, "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{height}\" {style}/>")?;
        }
        writeln!(out, "</g>")
    }

    /// How it ended, and why if badly; how many of a group ended how; where it blocked the loop.
    fn end(&self, row: &Row, track: &Track, y: f64, out: &mut dyn io::Write) -> io::Result<()> {
        if row.count > 1 {
            let x = self.left + self.length + 12.0;
            return self.text(out, (x, y + 4.0), "small", &self.ends(row));
        }
        let mut x = self.x(self.timeline.end) + 4.0;
        let mut note = None;
        if let Some(end) = row.life.end {
            x = self.x(end.at) + 4.0;
            self.sign(end.kind, x + 8.0, y, out)?;
            x += 22.0;
            let message = self.recording.get_text(end.message);
            note = message.trim_start().lines().next().map(str::to_string);
        }
        let words = blocked(row, self.recording);
        let longest = track.spans.iter().flatten().filter(|span| span.state == State::Running);
        let longest = longest.max_by_key(|span| span.end - span.start);
        for text in &words {
            let Some(span) = longest else { break };
            let room = self.x(span.end) - self.x(span.start);
            let needs = escape::width(text) as f64 * SMALL;
            if needs + 10.0 <= room {
                let middle = self.x(span.start) + (room - needs) / 2.0;
                return self.text(out, (middle, y + 4.0), "small on", text);
            }
        }
        let Some(text) = note.filter(|text| !text.is_empty()).or(words.first().cloned()) else {
            return Ok(());
        };
        let room = ((WIDTH - MARGIN / 2.0 - x) / SMALL).max(0.0) as usize;
        let shown = escape::fitted(&text, room.min(MAX_NOTE * 2), self.ascii);
        if room < 8 && escape::width(&shown) < escape::width(&text) {
            let needs = escape::width(&text).min(MAX_NOTE) as f64 * SMALL;
            let before = (x - 26.0 - needs).max(self.left);
            return self.text(out, (before, y - 9.0), "small bad", &escape::fitted(&text, MAX_NOTE, self.ascii));
        }
        self.text(out, (x, y + 4.0), "small bad", &shown)
    }

    /// The sign of an end, as a shape: not every font has it.
    fn sign(&self, kind: Kind, x: f64, y: f64, out: &mut dyn io::Write) -> io::Result<()> {
        let (word, colour, d) = match kind {
            Kind::Failed => ("failed", "#c62828", "M-3.5-3.5 3.5 3.5M3.5-3.5-3.5 3.5"),
            Kind::Cancelled => ("cancelled", "#a67c00", "M-3.8 3.8 3.8-3.8"),
            _ => ("done", "#2e7d32", "M-4 .4-1.2 3.2 4-3"),
        };
        write!(
            out,
            "<g transform=\"translate({x:.1} {y:.1})\"><title>{word}</title><circle r=\"8\" fill=\"{colour}\"/>"
        )?;
        writeln!(out, "<path d=\"{d}\" fill=\"none\" stroke=\"#fff\" stroke-width=\"2\"/></g>")
    }

    fn arrows(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for arrow in &self.rows.arrows {
            let x = self.x(arrow.at);
            let down = if arrow.to > arrow.from { 1.0 } else { -1.0 };
            let (from, to) = (self.y(arrow.from) + down * TURN / 2.0, self.y(arrow.to) - down * (TURN / 2.0 + 1.0));
            let (bend, third) = (x - 9.0, (to - from) / 3.0);
            let (up, low) = (from + third, to - third);
            writeln!(
                out,
                "<path class=\"wake\" marker-end=\"url(#tip)\" d=\"M{x:.1} {from:.1}C{bend:.1} {up:.1} {bend:.1} {low:.1} \
                 {x:.1} {to:.1}\"/>"
            )?;
        }
        Ok(())
    }

    fn prints(&self, out: &mut dyn io::Write) -> io::Result<()> {
        for print in &self.rows.prints {
            let (x, y) = (self.x(print.at), self.y(print.row) - TURN / 2.0);
            let text = format!("printed: {}", self.recording.get_text(print.text));
            writeln!(
                out,
                "<path d=\"M{x:.1} {y:.1}l-4-6h8z\" fill=\"#1f2933\"><title>{}</title></path>",
                xml::text(&text, self.ascii)
            )?;
        }
        Ok(())
    }

    /// What the shapes mean.
    fn legend(&self, y: f64, out: &mut dyn io::Write) -> io::Result<()> {
        let mut x = self.left;
        let grey = paint::hex(0);
        let swatches = [
            (format!("fill=\"{grey}\""), "running"),
            ("class=\"ready\"".to_string(), "ready, but the thread is busy"),
            (format!("fill=\"{grey}\" fill-opacity=\".17\""), "waiting"),
        ];
        for (style, meaning) in swatches {
            writeln!(out, "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"26\" height=\"14\" {style}/>", y - 7.0)?;
            self.text(out, (x + 33.0, y + 5.0), "axis", meaning)?;
            x += 33.0 + meaning.len() as f64 * 7.9 + 26.0;
        }
        for (kind, meaning) in ENDS.into_iter().zip(["done", "failed", "cancelled"]) {
            self.sign(kind, x + 8.0, y, out)?;
            self.text(out, (x + 22.0, y + 5.0), "axis", meaning)?;
            x += 22.0 + meaning.len() as f64 * 7.9 + 22.0;
        }
        if !self.rows.prints.is_empty() {
            writeln!(out, "<path d=\"M{:.1} {:.1}l-4-6h8z\" fill=\"#1f2933\"/>", x + 5.0, y + 4.0)?;
            self.text(out, (x + 15.0, y + 5.0), "axis", "printed")?;
            x += 15.0 + 7.0 * 7.9 + 22.0;
        }
        if !self.rows.arrows.is_empty() {
            let middle = y;
            writeln!(out, "<path class=\"wake\" marker-end=\"url(#tip)\" d=\"M{x:.1} {middle:.1}h20\"/>")?;
            self.text(out, (x + 27.0, y + 5.0), "axis", "woke")?;
        }
        Ok(())
    }
}
