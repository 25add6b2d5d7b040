//! File descriptors that scripts can not use up.

use std::fs::File;

/// Files that are held open for nothing while scripts run, so that a line can be read, and kept in the history, when
/// they have opened all that there may be: rustyline opens two for each line.
#[derive(Default)]
pub struct Spare(Vec<File>);

impl Spare {
    const COUNT: usize = 4;

    /// Takes what is missing, as far as there are any.
    pub fn take(&mut self) {
        let missing = Self::COUNT.saturating_sub(self.0.len());
        let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
        self.0.extend((0..missing).map_while(|_| File::open(nothing).ok()));
    }

    /// Gives them back: a line is read next.
    pub fn give(&mut self) {
        self.0.clear();
    }
}
