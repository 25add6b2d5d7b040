//! `view`: a saved recording, shown.

use std::io::{self, Write};
use std::path::Path;

use super::console::Console;
use super::views;
use crate::cli::{Options, exit};
use crate::report::Report;
use crate::session::Speaker as _;
use crate::term::{self, Fault, Out, Stream};
use crate::trace::recording::Recording;
use crate::trace::render::{self, View, jsonl, lanes::Lanes, log::Log, steps::Steps};

/// Shows the views that are asked for on standard output, the lanes if none is, and saves the others.
pub fn show(file: &Path, options: &Options) -> u8 {
    let console = Console::new(options, Vec::new());
    if let Err(reason) = views::check_formats(&options.trace) {
        console.report(&Report::error(reason));
        return exit::USAGE;
    }
    let recording = match read(file) {
        Ok((recording, None)) => recording,
        Ok((recording, Some(error))) => {
            let title = format!("{}: {error}", file.display());
            let note = "the file was cut off there, as that of a run that was killed: what comes before it is shown";
            console.report(&Report::warning(title).note(note));
            recording
        }
        Err(report) => {
            console.report(&report);
            return exit::FAILED;
        }
    };
    let mut code = exit::DONE;
    for file in &options.trace {
        if let Err(reason) = views::save(&recording, file) {
            console.report(&Report::error(reason));
            code = exit::FAILED;
        }
    }
    let written = print(&recording, options, &console.out);
    if console.is_unread() {
        return exit::DONE; // the normal end of `| head`
    }
    if written.is_err() || console.fault().is_some() {
        let reason = console.fault().unwrap_or_default();
        console.report(&Report::error(reason));
        code = exit::FAILED;
    }
    code
}

/// The recording, and what is wrong with its last line if that was cut off.
fn read(file: &Path) -> Result<(Recording, Option<String>), Box<Report>> {
    let name = file.display();
    let help = "`loopscope view` reads what `--trace FILE.jsonl` has written";
    let fail = |why: String| Box::new(Report::error(format!("{name}: {why}")).help(help));
    let bytes = std::fs::read(file).map_err(|e| fail(format!("can't read it: {e}")))?;
    let text = String::from_utf8(bytes).or_else(|e| match e.utf8_error() {
        // cut off in the midst of a character
        at if at.error_len().is_none() => Ok(String::from_utf8_lossy(&e.as_bytes()[..at.valid_up_to()]).into_owned()),
        at => Err(fail(format!("can't read it: {at}"))),
    })?;
    jsonl::read_so_far(&text).map_err(fail)
}

fn print(recording: &Recording, options: &Options, out: &Out) -> io::Result<()> {
    let look = render::Options {
        width: term::width(Stream::Stdout).unwrap_or(100),
        colour: out.colour(),
        ascii: term::is_plain(Stream::Stdout),
        legend: true,
        steps: usize::MAX, // who asks for a file can page through it
        ..render::Options::default()
    };
    let nothing = !options.steps && !options.log && options.trace.is_empty();
    let views: [(bool, &dyn View); 3] =
        [(options.lanes || nothing, &Lanes), (options.steps, &Steps), (options.log, &Log)];
    let mut out = io::BufWriter::new(Pipe(out));
    let mut is_first = true;
    for (_, view) in views.into_iter().filter(|(wanted, _)| *wanted) {
        if !std::mem::take(&mut is_first) {
            out.write_all(b"\n")?;
        }
        view.write(recording, &look, &mut out)?;
    }
    out.flush()
}

/// A standard stream, as views write to it.
struct Pipe<'a>(&'a Out);

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fault = |fault| match fault {
            Fault::Closed => io::Error::from(io::ErrorKind::BrokenPipe),
            Fault::Failed(reason) => io::Error::other(reason),
        };
        self.0.write(bytes).map(|()| bytes.len()).map_err(fault)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // whoever owns the stream flushes it at the end
    }
}
