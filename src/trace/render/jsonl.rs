//! The `.jsonl` format: all of a recording, a JSON object a line, to be read by other programs and by [`read`].
//!
//! ```text
//! {"format":"loopscope-trace","version":1,"clock":"real","dropped":0,"sources":[{"name":"demo.rhai","text":"..."}]}
//! {"task":0,"name":"main"}
//! {"task":1,"name":"fetch","parent":0,"at":"demo.rhai:2:14"}
//! {"time_ns":0,"task":1,"event":"created","by":0,"at":"demo.rhai:2:14"}
//! {"time_ns":51000,"task":1,"event":"suspended","on":"GET /delay/300","class":"io","at":"demo.rhai:2:14"}
//! {"time_ns":301200000,"task":1,"event":"woken"}
//! ```
//!
//! The first line is the header. `clock` is `real` or `virtual`; `dropped` tells how many events went before the
//! first one here, because memory was full; `sources` has the texts that places
//! below are in.
//!
//! A line with `name` describes a task: its number, which task spawned it and where. Main is task 0. Tasks whose
//! description was dropped may have events all the same.
//!
//! A line with `event` is an event, in the order of time. `time_ns` is nanoseconds on the loop's clock since the
//! recording began; that of `woken` may lie back, since a blocked loop sees a timer later than it was due.
//! `event` is one of `created started resumed suspended woken finished failed cancelled printed blocked`, and
//! brings:
//!
//! | event | field | meaning |
//! | --- | --- | --- |
//! | created | `by` | the task that spawned it |
//! | resumed | `value`, `error` | what its await brought: a value as text, absent for `()`, or the error thrown |
//! | suspended | `on`, `class` | what it waits for; `yield timer io task sync`, what sort of thing that is |
//! | woken | `by` | the task that woke it; absent when it was the loop (a timer, I/O) |
//! | finished | `value` | the task's value as text, absent for `()` |
//! | failed | `message` | the error |
//! | printed | `text` | the line |
//! | blocked | `ms` | for how long, in milliseconds |
//! | created | `at` | where it was spawned, as `source:line:column`, both from 1, the column in characters |
//! | started, suspended | `at` | the same: where its code begins, where it awaits |
//! | failed, blocked | `at` | where the error was thrown, what blocked the loop |
//!
//! What is not known is left out. Readers should ignore fields that they do not know; a change that they could
//! not ignore will have another version.

mod read;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io;

use serde::{Deserialize, Serialize};

use super::{Options, View};
use crate::trace::event::{Event, Kind, NO_TASK, SiteId, TextId, WaitClass};
use crate::trace::numbers::NumberMap;
use crate::trace::recording::Recording;
use crate::trace::tasks::TaskInfo;

pub use self::read::{read, read_so_far};

const FORMAT: &str = "loopscope-trace";
const VERSION: u64 = 1;
const REAL: &str = "real";
const VIRTUAL: &str = "virtual";

#[derive(Serialize, Deserialize)]
struct Header<'a> {
    #[serde(borrow)]
    format: Cow<'a, str>,
    version: u64,
    clock: Cow<'a, str>,
    #[serde(default)]
    dropped: u64,
    #[serde(default)]
    sources: Vec<SourceText<'a>>,
}

#[derive(Serialize, Deserialize)]
struct SourceText<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    text: Cow<'a, str>,
}

/// A line that describes a task or an event.
#[derive(Serialize, Deserialize, Default)]
struct Line<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ns: Option<u64>,
    task: u32,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    event: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    on: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    class: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    message: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    value: Option<Cow<'a, str>>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ms: Option<u32>,
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    at: Option<Cow<'a, str>>,
}

/// The view. Options mean nothing to it.
pub struct Jsonl;

impl View for Jsonl {
    fn write(&self, recording: &Recording, _options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
        // Each line goes out in one piece, whatever `out` is.
        let mut line = Vec::new();
        write_line(&mut line, &header(recording), out)?;
        for (task, info) in recording.tasks() {
            write_line(&mut line, &task_line(recording, task, info), out)?;
        }
        for event in recording.events() {
            write_line(&mut line, &event_line(recording, &event), out)?;
        }
        Ok(())
    }
}

fn write_line(buffer: &mut Vec<u8>, line: &impl Serialize, out: &mut dyn io::Write) -> io::Result<()> {
    buffer.clear();
    serde_json::to_writer(&mut *buffer, line)?;
    buffer.push(b'\n');
    out.write_all(buffer)
}

fn header(recording: &Recording) -> Header<'_> {
    let clock = if recording.virtual_time() { VIRTUAL } else { REAL };
    let of_tasks = recording.tasks().map(|(_, info)| info.site);
    let sites = of_tasks.chain(recording.events().map(|event| event.site));
    let sites: NumberMap<()> = sites.map(|site| (site.0, ())).collect(); // few, of perhaps millions of events
    let sources = recording
        .sources_of(sites.into_keys().map(SiteId))
        .map(|source| SourceText { name: Cow::Borrowed(&*source.name), text: Cow::Borrowed(&*source.text) });
    Header {
        format: Cow::Borrowed(FORMAT),
        version: VERSION,
        clock: Cow::Borrowed(clock),
        dropped: recording.dropped(),
        sources: sources.collect(),
    }
}

fn task_line<'a>(recording: &'a Recording, task: u32, info: &TaskInfo) -> Line<'a> {
    Line {
        task,
        name: Some(recording.get_text(info.name)),
        parent: (info.parent != NO_TASK).then_some(info.parent),
        at: site(recording, info.site),
        ..Line::default()
    }
}

fn event_line<'a>(recording: &'a Recording, event: &Event) -> Line<'a> {
    let text = match event.text() {
        TextId::NONE => None,
        id => Some(recording.get_text(id)),
    };
    let mut line = Line {
        time_ns: Some(event.time),
        task: event.task,
        event: Some(Cow::Borrowed(event.kind.name())),
        by: event.cause(),
        at: site(recording, event.site),
        ..Line::default()
    };
    match event.kind {
        Kind::Suspended => line.on = text,
        Kind::Failed => line.message = text,
        Kind::Printed => line.text = text,
        Kind::Resumed if event.threw => line.error = text,
        Kind::Resumed | Kind::Finished => line.value = text,
        Kind::Blocked => line.ms = Some(event.detail),
        _ => {}
    }
    if event.class != WaitClass::None {
        line.class = Some(Cow::Borrowed(event.class.name()));
    }
    line
}

fn site(recording: &Recording, id: SiteId) -> Option<Cow<'_, str>> {
    recording.get_site(id).map(|site| Cow::Owned(site.to_string()))
}
