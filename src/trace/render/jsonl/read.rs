//! Reading back what was saved.

use std::borrow::Cow;

use serde::Deserialize;

use super::{FORMAT, Header, Line, REAL, VERSION, VIRTUAL};
use crate::trace::event::{Event, Kind, NO_TASK, SiteId, TextId, WaitClass};
use crate::trace::recording::Recording;

/// The recording in this text. The error names the line, counted from 1, and what was expected there.
pub fn read(text: &str) -> Result<Recording, String> {
    match read_so_far(text)? {
        (recording, None) => Ok(recording),
        (_, Some(error)) => Err(error),
    }
}

/// The recording in a text that may have been cut off in its last line, as that of a run that was killed: what there is
/// before that line, and what is wrong with it.
pub fn read_so_far(text: &str) -> Result<(Recording, Option<String>), String> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    // A line is longer than what it becomes, so that with this limit nothing is dropped; and yet a small file
    // that names few tasks with far-apart numbers cannot take all memory.
    let limit = text.len().saturating_mul(8).saturating_add(Recording::DEFAULT_LIMIT);
    let mut recording = Recording::new(limit);
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (_, first) = lines.next().ok_or("line 1: the file is empty; a trace has a header there")?;
    let dropped = read_header(first, &mut recording).map_err(|error| format!("line 1: {error}"))?;
    let (mut time, mut cut) = (0, None);
    for (index, line) in lines {
        let done = parse(line).and_then(|line| read_line(&line, &mut time, &mut recording));
        let error = done.err().map(|error| format!("line {}: {error}", index + 1));
        match error {
            Some(error) if text.ends_with(line) => cut = Some(error), // no line end: it was not written to its end
            Some(error) => return Err(error),
            None => {}
        }
    }
    recording.set_dropped(dropped);
    Ok((recording, cut))
}

fn parse<'a, T: Deserialize<'a>>(line: &'a str) -> Result<T, String> {
    serde_json::from_str(line).map_err(|error| {
        let text = error.to_string();
        // It ends in the position within this one line, as if it were a whole file.
        let what = text.rsplit_once(" at line ").map_or(&*text, |(what, _)| what);
        format!("column {}: {what}", error.column())
    })
}

/// Reads the header, and gives the number of dropped events.
fn read_header(line: &str, recording: &mut Recording) -> Result<u64, String> {
    let not_ours = |why: String| {
        format!("this is not a trace of loopscope: expected an object with \"format\": \"{FORMAT}\" ({why})")
    };
    // A later version may have another header; so version and format are looked at first.
    #[derive(Deserialize)]
    struct Start {
        format: String,
        version: u64,
    }
    let start: Start = parse(line).map_err(not_ours)?;
    if start.format != FORMAT {
        return Err(not_ours(format!("the format is {:?}", start.format)));
    }
    if start.version != VERSION {
        return Err(format!(
            "the trace has version {}, this loopscope reads version {VERSION}: use the loopscope that wrote it",
            start.version
        ));
    }
    let header: Header<'_> = parse(line)?;
    match &*header.clock {
        REAL => recording.set_virtual_time(false),
        VIRTUAL => recording.set_virtual_time(true),
        other => return Err(unknown("clock", other, [REAL, VIRTUAL])),
    }
    for source in &header.sources {
        recording.add_source(&source.name, &source.text);
    }
    Ok(header.dropped)
}

fn read_line(line: &Line<'_>, time: &mut u64, recording: &mut Recording) -> Result<(), String> {
    let site = match line.at.as_deref() {
        Some(at) => read_site(at, recording)?,
        None => SiteId::NONE,
    };
    match (&line.event, &line.name) {
        (Some(kind), _) => {
            let event = read_event(line, kind, site, recording)?;
            if event.time < *time && event.kind != Kind::Woken {
                return Err(format!(
                    "time_ns goes back from {time} to {}: events must be in the order of time",
                    event.time
                ));
            }
            *time = event.time.max(*time);
            recording.push(event);
        }
        (None, Some(name)) => {
            let parent = line.parent.unwrap_or(NO_TASK);
            recording.name_task(line.task, name, parent, site);
        }
        (None, None) => {
            return Err("expected an event (with \"event\") or a task (with \"name\")".to_string());
        }
    }
    Ok(())
}

fn read_event(line: &Line<'_>, kind: &str, site: SiteId, recording: &mut Recording) -> Result<Event, String> {
    let kind = Kind::ALL
        .into_iter()
        .find(|known| known.name() == kind)
        .ok_or_else(|| unknown("event", kind, Kind::ALL.map(Kind::name)))?;
    let time = line.time_ns.ok_or("an event must have \"time_ns\"")?;
    let mut text = |text: &Option<Cow<'_, str>>| match text {
        Some(text) => recording.text(text).0,
        None => TextId::NONE.0,
    };
    let mut event = Event::new(time, line.task, kind);
    event.site = site;
    event.detail = match kind {
        Kind::Created | Kind::Woken => line.by.unwrap_or(NO_TASK),
        Kind::Suspended => text(&line.on),
        Kind::Failed => text(&line.message),
        Kind::Printed => text(&line.text),
        Kind::Resumed if line.error.is_some() => text(&line.error),
        Kind::Resumed | Kind::Finished => text(&line.value),
        Kind::Blocked => line.ms.ok_or("a \"blocked\" event must have \"ms\"")?,
        _ => NO_TASK,
    };
    event.threw = kind == Kind::Resumed && line.error.is_some();
    if let Some(class) = line.class.as_deref() {
        event.class = WaitClass::ALL
            .into_iter()
            .find(|known| known.name() == class)
            .ok_or_else(|| unknown("class", class, WaitClass::ALL.map(WaitClass::name)))?;
    }
    Ok(event)
}

fn read_site(at: &str, recording: &mut Recording) -> Result<SiteId, String> {
    let mut parts = at.rsplitn(3, ':');
    let mut number = || parts.next().and_then(|part| part.parse().ok());
    match (number(), number(), parts.next()) {
        (Some(column), Some(line), Some(source)) => Ok(recording.site(source, line, column)),
        _ => Err(format!("\"at\" must be source:line:column, but is {at:?}")),
    }
}

fn unknown<const N: usize>(what: &str, given: &str, known: [&str; N]) -> String {
    format!("unknown {what} {given:?}: expected one of {}", known.join(", "))
}
