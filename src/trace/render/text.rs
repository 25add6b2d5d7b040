//! The `.txt` format: the lanes, below them the steps, and then the log.

use std::io;

use super::lanes::Lanes;
use super::log::Log;
use super::steps::Steps;
use super::{Options, View};
use crate::trace::recording::Recording;

/// A file can be scrolled: more rows than on a screen.
const ROWS: usize = 200;
const STEPS: usize = 10_000;

/// The view. A file knows no terminal, so width and colour are its own: 100 columns without.
pub struct Text;

impl View for Text {
    fn write(&self, recording: &Recording, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
        let options = Options { width: 100, colour: false, legend: true, rows: ROWS, steps: STEPS, ..*options };
        Lanes.write(recording, &options, out)?;
        out.write_all(b"\n")?;
        Steps.write(recording, &options, out)?;
        out.write_all(b"\n")?;
        Log.write(recording, &options, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::{GATHER, recording};

    #[test]
    fn lanes_steps_and_the_log_follow_each_other() {
        let options = Options { width: 40, colour: true, ..Options::default() };
        let text = Text.render(&recording(GATHER), &options);
        let (lanes, rest) = text.split_once("\n\n").expect("a blank line after the lanes");
        let (steps, log) = rest.split_once("\n\n").expect("a blank line after the steps");
        assert!(steps.contains("GET /delay/300 ⏸") && steps.contains("⏸ waits"), "{steps}");
        assert!(lanes.contains("3 tasks  0.30 s  (0.60 s one after another, 2.0x)"), "{lanes}");
        assert!(lanes.contains("░ waiting"), "{lanes}");
        assert_eq!(log.lines().count(), recording(GATHER).len());
        assert!(!text.contains('\x1b'));
    }
}
