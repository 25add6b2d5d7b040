//! A recording as JSON within a page, for the script of that page alone: it may change with every version.
//!
//! Events are five numbers each in one array; texts and places are named by their index, and only what the events
//! mention is there. A page of too many events would be slow to open, so it has the newest, and says so.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;

use super::super::{Options, escape, paint, summary};
use crate::trace::event::{Event, Kind, NO_TASK, SiteId, TextId, WaitClass};
use crate::trace::numbers::NumberMap;
use crate::trace::recording::Recording;
use crate::units;

/// Events on a page: as many as a browser opens and scrubs at ease.
pub(super) const MAX_EVENTS: u64 = 250_000;
/// Columns of the summary, which wraps on the page.
const SUMMARY_COLUMNS: usize = 250;

/// Writes the recording so that it can stand within a `script` element.
pub(super) fn write(recording: &Recording, out: &mut dyn Write) -> io::Result<()> {
    let mut out = ScriptSafe(out);
    let first = recording.total().saturating_sub(MAX_EVENTS).max(recording.dropped());
    let events = in_order_of_time(recording.events_since(first));
    let (mut texts, mut sites) = (Index::default(), Index::default());

    write!(out, "{{\"events\":[")?;
    let start = events.first().map_or(0, |event| event.time);
    let mut time = start;
    for (n, event) in events.iter().enumerate() {
        let comma = if n > 0 { "," } else { "" };
        let kind = event.kind as u32 * 8 + event.class as u32;
        let detail = match event.text() {
            TextId::NONE if event.detail == NO_TASK => -1,
            TextId::NONE => i64::from(event.detail),
            text => texts.of(text.0),
        };
        let site = sites.of(event.site.0);
        write!(out, "{comma}{},{},{kind},{detail},{site}", event.time - time, event.task)?;
        time = event.time;
    }
    write!(out, "],\"tasks\":[")?;
    for (n, task) in tasks_of(&events).into_iter().enumerate() {
        let comma = if n > 0 { "," } else { "" };
        let name = texts.name_of(recording, task);
        let site = recording.task(task).map_or(-1, |info| sites.of(info.site.0));
        write!(out, "{comma}[{task},{name},{site}]")?;
    }
    write!(out, "],\"texts\":")?;
    let text = |id: &u32| if *id == UNNAMED { "task".into() } else { shown(&recording.get_text(TextId(*id))) };
    write_list(texts.all.iter().map(text), &mut out)?;
    write_places(recording, &sites, &mut out)?;
    write_words(recording, start, events.len(), &mut out)
}

/// The events by their times, where that of a late wake-up lies back; a task's own time never goes back.
fn in_order_of_time(events: impl Iterator<Item = Event>) -> Vec<Event> {
    let mut latest: NumberMap<u64> = NumberMap::default();
    let mut ordered: Vec<Event> = events.collect();
    for event in &mut ordered {
        let latest = latest.entry(event.task).or_default();
        event.time = event.time.max(*latest);
        *latest = event.time;
    }
    ordered.sort_by_key(|event| event.time);
    ordered
}

/// The tasks to which the events happened, by number.
fn tasks_of(events: &[Event]) -> Vec<u32> {
    let mut tasks: Vec<u32> = events.iter().map(|event| event.task).collect();
    tasks.sort_unstable();
    tasks.dedup();
    tasks
}

/// The name of tasks of which the recording knows none.
const UNNAMED: u32 = u32::MAX - 1;

/// Gives what is mentioned an index on the page, in the order of its first mention.
#[derive(Default)]
struct Index {
    known: NumberMap<u32>,
    all: Vec<u32>,
}

impl Index {
    /// The index of a text or a site of the recording; -1 for none.
    fn of(&mut self, id: u32) -> i64 {
        if id == u32::MAX {
            return -1;
        }
        let index = *self.known.entry(id).or_insert_with(|| {
            self.all.push(id);
            self.all.len() as u32 - 1
        });
        i64::from(index)
    }

    fn name_of(&mut self, recording: &Recording, task: u32) -> i64 {
        self.of(recording.task(task).map_or(UNNAMED, |info| info.name.0))
    }
}

/// The places, the names of the files that they are in, and the sources of those.
fn write_places(recording: &Recording, sites: &Index, out: &mut ScriptSafe<'_>) -> io::Result<()> {
    let mut files: HashMap<&str, usize> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    let mut places = Vec::new();
    for site in sites.all.iter().filter_map(|id| recording.get_site(SiteId(*id))) {
        let file = *files.entry(&site.source).or_insert_with(|| {
            names.push(shown(&site.source));
            names.len() - 1
        });
        places.push((file, site.line, site.column));
    }
    let source = |source: &crate::trace::Source| json!({"name": shown(&source.name), "text": shown(&source.text)});
    write!(out, ",\"sites\":")?;
    write_list(places.into_iter(), out)?;
    write!(out, ",\"files\":")?;
    write_list(names.into_iter(), out)?;
    write!(out, ",\"sources\":")?;
    write_list(recording.sources_of(sites.all.iter().map(|id| SiteId(*id))).map(source), out)
}

/// What is said of the whole, and what the numbers in the events stand for.
fn write_words(recording: &Recording, start: u64, kept: usize, out: &mut ScriptSafe<'_>) -> io::Result<()> {
    let options = Options { width: SUMMARY_COLUMNS, ..Options::default() };
    let missing = recording.total() - kept as u64;
    let words = json!({
        "start": start,
        "kinds": Kind::ALL.map(Kind::name),
        "classes": WaitClass::ALL.map(WaitClass::name),
        "palette": paint::task_colours().collect::<Vec<_>>(),
        "summary": summary::line(recording, &options).trim_end(),
        "left_out": left_out(recording, missing, kept),
    });
    let words = words.to_string();
    // One object: what was written so far has its beginning.
    write!(out, ",{}", words.trim_start_matches('{'))
}

/// Why events are missing at the beginning, in words; nothing if none are.
fn left_out(recording: &Recording, missing: u64, kept: usize) -> Option<String> {
    let why = match recording.dropped() {
        0 => "a page of more would be slow",
        dropped if dropped == missing => "memory was full",
        _ => "memory was full, and a page of more would be slow",
    };
    let (missing_text, kept) = (units::count(missing), units::count(kept as u64));
    (missing > 0)
        .then(|| format!("The first {missing_text} events are left out: {why}. This page shows the last {kept}."))
}

fn write_list<T: Serialize>(items: impl Iterator<Item = T>, out: &mut ScriptSafe<'_>) -> io::Result<()> {
    out.write_all(b"[")?;
    for (n, item) in items.enumerate() {
        if n > 0 {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut *out, &item)?;
    }
    out.write_all(b"]")
}

/// A text without live characters but for the ends of its lines and tabs.
fn shown(text: &str) -> String {
    let line = |line: &str| {
        let pieces: Vec<_> = line.split('\t').map(|piece| escape::escaped(piece, false)).collect();
        pieces.join("\t")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Passes JSON on; `<`, which stands in strings only, is written as its escape, so that no tag can begin.
struct ScriptSafe<'a>(&'a mut dyn Write);

impl Write for ScriptSafe<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.write_all(buffer)?;
        Ok(buffer.len())
    }

    fn write_all(&mut self, buffer: &[u8]) -> io::Result<()> {
        for (n, piece) in buffer.split(|byte| *byte == b'<').enumerate() {
            if n > 0 {
                self.0.write_all(b"\\u003c")?;
            }
            self.0.write_all(piece)?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
