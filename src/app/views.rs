//! Drawing the recording: lanes on stderr, files, and the log while it runs.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use crate::engine::Kernel;
use crate::term::{self, Stream};
use crate::trace::recording::Recording;
use crate::trace::render::{Options, View as _, format_of, lanes::Lanes, log, steps::Steps};

/// How views look on stderr.
pub fn options(colour: bool) -> Options {
    let (width, ascii) = (term::width(Stream::Stderr).unwrap_or(100), term::is_plain(Stream::Stderr));
    Options { width, colour, ascii, ..Options::default() }
}

/// The lanes and the line below them.
pub fn lanes(recording: &Recording, options: &Options) -> String {
    Lanes.render(recording, options)
}

/// The steps and the line below them.
pub fn steps(recording: &Recording, options: &Options) -> String {
    Steps.render(recording, options)
}

/// Checks that the endings of trace files are known, before anything runs.
///
/// # Errors
/// What is wrong with the first that is not, in words.
pub fn check_formats(files: &[PathBuf]) -> Result<(), String> {
    files.iter().try_for_each(|file| format_of(file).map(drop))
}

/// Saves the recording in the format of the file's ending. An old file stays whole until the new one is.
///
/// # Errors
/// What went wrong, in words.
pub fn save(recording: &Recording, file: &Path) -> Result<(), String> {
    let format = format_of(file)?;
    let fail = |e: std::io::Error| format!("can't write the trace {}: {e}", file.display());
    crate::source::file::replace(file, |out| format.view.write(recording, &Options::default(), out)).map_err(fail)
}

/// Shows events as they are recorded.
#[derive(Default)]
pub struct Tail {
    /// How many events of which run have been shown.
    shown: Cell<(u32, u64)>,
}

impl Tail {
    /// Passes over what has been recorded so far.
    pub fn skip(&self, kernel: &Kernel) {
        self.shown.set((kernel.run_number(), kernel.recording.borrow().total()));
    }

    /// The lines of the events since the last call.
    pub fn next(&self, kernel: &Kernel, options: &Options) -> String {
        let recording = kernel.recording.borrow();
        let (run, shown) = self.shown.get();
        let from = if run == kernel.run_number() { shown } else { 0 };
        self.shown.set((kernel.run_number(), recording.total()));
        recording.events_since(from).map(|event| log::line(&recording, &event, options)).collect()
    }
}
