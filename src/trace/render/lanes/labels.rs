//! What is written into the bars: what a task waits for, where there is room.

use super::super::escape;
use super::bar::Shown;
use crate::trace::event::TextId;
use crate::trace::recording::Recording;

/// Columns of a label that is cut, at least; less would not be understood.
const MIN_CUT: usize = 9;
/// A label has a blank and at least one sign of the bar on either side.
const MARGINS: usize = 4;

/// A text that replaces signs of the bar, blanks around it included.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Inlay {
    /// The cell in which it begins.
    pub(super) at: usize,
    pub(super) text: String,
}

impl Inlay {
    /// Puts a label into the longest stretch of such cells between `from` and `to`, if it is long enough.
    pub(super) fn fit(
        label: &str,
        kind: Shown,
        shown: &[Shown],
        (from, to): (usize, usize),
        ascii: bool,
    ) -> Option<Inlay> {
        let (start, len) = longest(shown, kind, from, to);
        let room = len.checked_sub(MARGINS)?;
        let is_cut = escape::width(&escape::escaped(label, ascii)) > room;
        let text = match without_arguments(label, ascii) {
            Some(short) if is_cut && escape::width(&short) <= room => short,
            _ if is_cut && room < MIN_CUT => return None,
            _ => escape::fitted(label, room, ascii),
        };
        if text.is_empty() {
            return None;
        }
        // A wait is read from its beginning; a turn is a block with a text on it.
        let slack = if kind == Shown::Running { room - escape::width(&text) } else { 0 };
        Some(Inlay { at: start + 1 + slack / 2, text: format!(" {text} ") })
    }
}

/// `sleep(…)` for `sleep(0.05)`: half a number says something wrong.
fn without_arguments(label: &str, ascii: bool) -> Option<String> {
    let (name, _) = label.strip_suffix(')')?.split_once('(')?;
    let rest = if ascii { "(~)" } else { "(…)" };
    Some(format!("{}{rest}", escape::escaped(name, ascii)))
}

/// Start and length of the longest stretch of such cells within `from..=to`.
fn longest(shown: &[Shown], kind: Shown, from: usize, to: usize) -> (usize, usize) {
    let mut best = (from, 0);
    let mut start = from;
    for stretch in shown[from..=to].chunk_by(|a, b| a == b) {
        if stretch[0] == kind && stretch.len() > best.1 {
            best = (start, stretch.len());
        }
        start += stretch.len();
    }
    best
}

/// A wait long enough to be seen: its first and last cell and what it is for.
#[derive(Clone, Copy)]
struct Wait {
    cells: (usize, usize),
    label: TextId,
}

/// The waits of a row, as far as they may be labelled.
#[derive(Default)]
pub(super) struct Waits {
    seen: Vec<Wait>,
    longest: (u64, Option<TextId>),
}

impl Waits {
    /// Remembers a wait of this length on the timeline.
    pub(super) fn add(&mut self, label: TextId, length: u64, cells: (usize, usize)) {
        if label == TextId::NONE {
            return;
        }
        if cells.1 - cells.0 >= MARGINS {
            self.seen.push(Wait { cells, label });
        }
        if self.longest.1.is_none() || length > self.longest.0 {
            self.longest = (length, Some(label));
        }
    }

    /// What was waited for the longest.
    pub(super) fn longest(&self) -> Option<TextId> {
        self.longest.1
    }

    /// A label for each wait that has room for it; not twice the same in a row.
    pub(super) fn inlays(&self, shown: &[Shown], recording: &Recording, ascii: bool) -> Vec<Inlay> {
        let mut inlays = Vec::new();
        let mut last = TextId::NONE;
        for wait in self.seen.iter() {
            if wait.label == last {
                continue;
            }
            let label = recording.get_text(wait.label);
            if let Some(inlay) = Inlay::fit(&label, Shown::Waiting, shown, wait.cells, ascii) {
                inlays.push(inlay);
                last = wait.label;
            }
        }
        inlays
    }
}

/// What the labels of many waits have in common.
pub(super) struct Common {
    last: TextId,
    label: Option<String>,
    is_whole: bool,
}

impl Default for Common {
    fn default() -> Common {
        Common { last: TextId::NONE, label: None, is_whole: true }
    }
}

impl Common {
    /// Adds the label of a wait.
    pub(super) fn add(&mut self, id: TextId, recording: &Recording) {
        if id == self.last || id == TextId::NONE {
            return;
        }
        self.last = id;
        let text = recording.get_text(id);
        let Some(label) = &mut self.label else {
            self.label = Some(text.into_owned());
            return;
        };
        let same = label.chars().zip(text.chars()).take_while(|(a, b)| a == b);
        let len = same.map(|(c, _)| c.len_utf8()).sum();
        if len < label.len() || len < text.len() {
            label.truncate(len);
            self.is_whole = false;
        }
    }

    /// The label that all share, or its beginning up to a full word: `GET /item/…`, `sleep(…)`.
    pub(super) fn label(&self, ascii: bool) -> Option<String> {
        let label = self.label.as_deref()?;
        if self.is_whole {
            return Some(label.to_string());
        }
        let end = label.rfind(['(', '/', ' ', ':', '"'])? + 1;
        let rest = match (label[..end].ends_with('('), ascii) {
            (true, false) => "…)",
            (true, true) => "~)",
            (false, false) => "…",
            (false, true) => "~",
        };
        Some(format!("{}{rest}", &label[..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(labels: &[&str]) -> Option<String> {
        let mut recording = Recording::default();
        let mut common = Common::default();
        for label in labels {
            let id = recording.text(label);
            common.add(id, &recording);
        }
        common.label(false)
    }

    #[test]
    fn what_labels_have_in_common_ends_with_a_word() {
        assert_eq!(common(&[]), None);
        assert_eq!(common(&["gather", "gather"]).as_deref(), Some("gather"));
        assert_eq!(common(&["sleep(0.1)", "sleep(0.2)"]).as_deref(), Some("sleep(…)"));
        assert_eq!(common(&["GET /item/17", "GET /item/18"]).as_deref(), Some("GET /item/…"));
        assert_eq!(common(&["gather", "get"]), None);
        assert_eq!(common(&["sleep(1)", "gather", "sleep(1)"]), None);
    }

    #[test]
    fn a_label_needs_room_and_is_cut_where_enough_is_left() {
        let shown = [vec![Shown::Running], vec![Shown::Waiting; 16]].concat();
        let fit = |label: &str, to: usize| {
            let inlay = Inlay::fit(label, Shown::Waiting, &shown, (0, to), false);
            inlay.map(|inlay| (inlay.at, inlay.text))
        };
        assert_eq!(fit("gather", 16), Some((2, " gather ".to_string())));
        assert_eq!(fit("GET /delay/300", 13), Some((2, " GET /del… ".to_string())));
        assert_eq!(fit("GET /delay/300", 12), None);
        assert_eq!(fit("x", 5), Some((2, " x ".to_string())));
        assert_eq!(fit("x", 3), None);
        assert_eq!(fit("sleep(0.05)", 12), Some((2, " sleep(…) ".to_string())));
        assert_eq!(fit("sleep(0.05)", 11), None);
    }
}
