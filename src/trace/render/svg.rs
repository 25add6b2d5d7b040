//! The `.svg` format: the lanes as a picture, for slides and pages.
//!
//! It needs nothing from outside, is readable from the last row, and works on paper: what the colours say, shapes say,
//! too. Solid is running, hatched is ready while the thread was busy, a pale band is waiting, with what for. Pointing
//! at a thing shows more in a browser (`<title>`). Arrows lead from who woke to who was woken.
//!
//! Each row keeps its spans as long as they are few, so that all are drawn exactly; a row with more is drawn in cells
//! as those of the terminal, only finer. So a long recording takes no more memory, nor a larger file, than a short one.

mod draw;
mod rows;
mod xml;

#[cfg(test)]
mod tests;

use std::io;

use self::draw::Picture;
use self::rows::Rows;
use super::timeline::Timeline;
use super::{Options, View, summary};
use crate::trace::recording::Recording;
use crate::units;

/// Rows of a picture; of more tasks those that are alike are folded.
const ROWS: usize = 48;

/// The view. Of the options only `ascii` means something to it.
pub struct Svg;

impl View for Svg {
    fn write(&self, recording: &Recording, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
        let timeline = Timeline::to_draw(recording);
        let rows = Rows::new(recording, &timeline, ROWS);
        let picture = Picture::new(recording, &timeline, &rows, options.ascii);
        picture.write(&heading(recording, &timeline), out)
    }
}

/// What stands above: the summary, and what is missing.
fn heading(recording: &Recording, timeline: &Timeline<'_>) -> Vec<String> {
    if recording.is_empty() {
        return vec!["nothing was recorded".to_string()];
    }
    let wide = Options { width: 250, ..Options::default() };
    let mut lines = vec![summary::line(recording, &wide).trim_end().replace("  ", " \u{b7} ")];
    if recording.dropped() > 0 {
        let count = units::count(recording.dropped());
        let from = units::duration(timeline.start);
        lines.push(format!("{count} older events dropped: memory was full; shown from {from} on"));
    }
    lines
}
