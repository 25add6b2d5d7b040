//! Log: a line an event, written while the run goes on or afterwards.
//!
//! ```text
//!    0.300 s  1 fetch      suspended  GET /delay/300   demo.rhai:4:3
//! ```
//!
//! Time, task, what happened, more about it, and the place in the source; two blanks or more between them, so
//! that `grep`, `awk -F'  +'` and eyes find them. Nothing is cut.

use std::fmt::Write;
use std::io;

use super::escape::{self, escaped};
use super::paint::{Line, Style};
use super::{Options, View, title};
use crate::trace::event::{Event, Kind};
use crate::trace::recording::Recording;
use crate::units;

/// Columns in which a task's number and name usually fit, and what is said about the event.
const TASK: usize = 11;
const ABOUT: usize = 15;

/// The view of a whole recording.
pub struct Log;

impl View for Log {
    fn write(&self, recording: &Recording, options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
        if recording.dropped() > 0 {
            let count = units::count(recording.dropped());
            writeln!(out, "{count} older events dropped: memory was full")?;
        }
        for event in recording.events() {
            out.write_all(line(recording, &event, options).as_bytes())?;
        }
        Ok(())
    }
}

/// One event as a line, with its newline. The recording serves for names and texts.
pub fn line(recording: &Recording, event: &Event, options: &Options) -> String {
    let mut line = Line::new(options.colour);
    let micros = event.time / 1_000;
    let (seconds, millis) = (micros / 1_000_000, micros / 1_000 % 1_000);
    line.push(Style::Dim, &format!("{seconds:>4}.{millis:03} s  "));
    let task = title(recording, event.task, options.ascii);
    line.push(Style::Task(event.task), &padded(&task, TASK));
    line.push(Style::Plain, "  ");
    line.push(style(event.kind), &format!("{:<9}", event.kind.name()));
    let about = about(recording, event, options.ascii);
    let site = recording.get_site(event.site);
    match site {
        Some(site) => {
            line.push(Style::Plain, &format!("  {}", padded(&about, ABOUT)));
            let site = site.to_string();
            line.push(Style::Dim, &format!("  {}", escaped(&site, options.ascii)));
        }
        None if about.is_empty() => {}
        None => line.push(Style::Plain, &format!("  {about}")),
    }
    line.finish()
}

fn padded(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(escape::width(text));
    format!("{text}{}", " ".repeat(missing))
}

fn about(recording: &Recording, event: &Event, ascii: bool) -> String {
    let mut text = escaped(&recording.get_text(event.text()), ascii).into_owned();
    // Writing to a string does not fail.
    let _ = match (event.kind, event.cause()) {
        (Kind::Resumed, _) if event.threw => write!(text, " (thrown)"),
        (Kind::Blocked, _) => write!(text, "{}", units::blocked(event.detail.into())),
        (Kind::Woken, None) => write!(text, "by the loop"),
        (Kind::Created | Kind::Woken, Some(task)) => {
            write!(text, "by {}", title(recording, task, ascii))
        }
        _ => Ok(()),
    };
    text
}

fn style(kind: Kind) -> Style {
    match kind {
        Kind::Failed | Kind::Blocked => Style::Bad,
        Kind::Cancelled => Style::Gone,
        Kind::Finished => Style::Good,
        _ => Style::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::recording;

    const ALL_KINDS: &str = "
        0 0 started
        0 1 created fetch @ demo.rhai:2:14
        0.5 1 started
        300 1 suspended io GET /delay/300 @ demo.rhai:4:3
        1300.7 1 woken
        1301 1 resumed
        1301 1 printed got it
        1301 0 woken 1
        1400 1 blocked 99 @ demo.rhai:5:3
        1400 1 failed boom
        61000 2 created a very long name by 1
        61000 2 cancelled
        61000 0 finished";

    #[test]
    fn each_kind_has_its_line() {
        let text = Log.render(&recording(ALL_KINDS), &Options::default());
        let expected = "   0.000 s  main         started
   0.000 s  1 fetch      created    by main          demo.rhai:2:14
   0.000 s  1 fetch      started
   0.300 s  1 fetch      suspended  GET /delay/300   demo.rhai:4:3
   1.300 s  1 fetch      woken      by the loop
   1.301 s  1 fetch      resumed
   1.301 s  1 fetch      printed    got it
   1.301 s  main         woken      by 1 fetch
   1.400 s  1 fetch      blocked    99 ms            demo.rhai:5:3
   1.400 s  1 fetch      failed     boom
  61.000 s  2 a very long name  created    by 1 fetch
  61.000 s  2 a very long name  cancelled
  61.000 s  main         finished
";
        assert_eq!(text, expected);
    }

    #[test]
    fn evil_text_stays_in_its_line() {
        let recording = recording("0 1 created a\x1b[2J\u{202e}\n0 1 printed x\u{9b}y\r");
        let text = Log.render(&recording, &Options::default());
        assert!(text.contains("1 a\\x1b[2J\\u{202e}") && text.contains("printed    x\\x9by"), "{text}");
        assert!(!text.contains(['\x1b', '\u{9b}', '\u{202e}', '\r']));
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let recording = recording(ALL_KINDS);
        let colour = Options { colour: true, ..Options::default() };
        let mut text = String::new();
        for (index, part) in Log.render(&recording, &colour).split("\x1b[").enumerate() {
            let rest = part.split_once('m').map_or("", |(_, rest)| rest);
            text += if index == 0 { part } else { rest };
        }
        assert_eq!(text, Log.render(&recording, &Options::default()));
    }
}
