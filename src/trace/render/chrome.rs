//! The `.json` format: Chrome trace events, for <https://ui.perfetto.dev> and `chrome://tracing`.
//!
//! A task is a track (a thread of the one process), named as in the lanes. On it lie, one after another, slices
//! (`"ph":"X"`) of three categories: `run`, `wait.timer`, `wait.io` and so on with what is waited for as their name, and
//! `ready` for the time in which the thread was busy with others. Prints, ends and blocked loops are instants
//! (`"ph":"i"`). An arrow (`"ph":"s"` to `"ph":"f"`) leads from the turn that woke or spawned a task to the turn that
//! came of it. Times are microseconds with three decimals, on the loop's clock. On the virtual clock only waits take
//! time, so there each event takes one microsecond besides, that turns can be seen; `otherData` says so (`each event takes`),
//! and whether the clock was `real`, `virtual`, or there was none to go by, and the axis is `steps`.

use std::io;

use serde::Serialize;

use super::timeline::{Item, Span, State, Timeline};
use super::{Options, View, title};
use crate::trace::event::{Event, Kind, SiteId, WaitClass};
use crate::trace::numbers::NumberMap;
use crate::trace::recording::Recording;
use crate::units;

#[cfg(test)]
mod tests;

/// There is one process only.
const PID: u32 = 1;
/// In nanoseconds.
const MICROSECOND: u64 = 1_000;

/// The view. Options mean nothing to it.
pub struct Chrome;

impl View for Chrome {
    fn write(&self, recording: &Recording, _options: &Options, out: &mut dyn io::Write) -> io::Result<()> {
        let timeline = Timeline::stretched(recording, MICROSECOND);
        let clock = match (timeline.by_time, recording.virtual_time()) {
            (false, _) => "steps",
            (true, true) => "virtual",
            (true, false) => "real",
        };
        write!(out, "{{\"displayTimeUnit\":\"ms\",\"otherData\":{{\"producer\":\"loopscope\",\"clock\":\"{clock}\"")?;
        let takes = if clock == "real" { "" } else { ",\"each event takes\":\"1 us\"" };
        writeln!(out, "{takes},\"dropped\":{}}},\"traceEvents\":[", recording.dropped())?;
        let mut trace = Trace { recording, out, line: Vec::new(), by_time: timeline.by_time, arrows: 0 };
        trace.tracks(&timeline)?;
        let mut causes: NumberMap<Cause> = NumberMap::default();
        timeline.walk(|item| match item {
            Item::Span(span) => {
                trace.slice(span)?;
                match causes.remove(&span.task) {
                    Some(cause) if span.state == State::Running => trace.arrow(&cause, span),
                    Some(cause) if span.state == State::Ready => {
                        causes.insert(span.task, cause);
                        Ok(())
                    }
                    _ => Ok(()),
                }
            }
            Item::Event(at, event) => {
                if let Some(task) = event.cause().filter(|task| *task != event.task) {
                    causes.insert(event.task, Cause { task, at, spawned: event.kind == Kind::Created });
                }
                trace.instant(at, event)
            }
        })?;
        writeln!(trace.out, "\n]}}")
    }
}

/// Who made a task ready, and when.
struct Cause {
    task: u32,
    at: u64,
    spawned: bool,
}

/// A trace event. What a phase has no use for is left out.
#[derive(Serialize, Default)]
struct TraceEvent<'a> {
    ph: &'static str,
    pid: u32,
    tid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<Micros>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<Micros>,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cat: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// Of an arrow's end: it ends at the slice around it.
    #[serde(skip_serializing_if = "str::is_empty")]
    bp: &'static str,
    /// Of an instant: it belongs to its track.
    #[serde(skip_serializing_if = "str::is_empty")]
    s: &'static str,
    #[serde(skip_serializing_if = "Args::is_empty")]
    args: Args<'a>,
}

#[derive(Serialize, Default)]
struct Args<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_index: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    brought: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    text: &'a str,
}

impl Args<'_> {
    fn is_empty(&self) -> bool {
        let Args { name, sort_index, at, brought, text } = self;
        name.is_none() && sort_index.is_none() && at.is_none() && brought.is_empty() && text.is_empty()
    }
}

/// A time as the format wants it, exact to the nanosecond.
struct Micros(u64);

impl Serialize for Micros {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0 as f64 / 1_000.0)
    }
}

struct Trace<'a, 'o> {
    recording: &'a Recording,
    out: &'o mut dyn io::Write,
    line: Vec<u8>,
    by_time: bool,
    arrows: u64,
}

impl Trace<'_, '_> {
    /// The names of the process and of its tracks, in the order of the tasks.
    fn tracks(&mut self, timeline: &Timeline<'_>) -> io::Result<()> {
        self.line.clear();
        let process = Args { name: Some("loopscope"), ..Args::default() };
        serde_json::to_writer(&mut self.line, &metadata(0, "process_name", process))?;
        self.out.write_all(&self.line)?;
        for life in timeline.lives() {
            let title = title(self.recording, life.task, false);
            let name = Args { name: Some(&title), ..Args::default() };
            self.put(&metadata(life.task, "thread_name", name))?;
            let place = Args { sort_index: Some(life.task), ..Args::default() };
            self.put(&metadata(life.task, "thread_sort_index", place))?;
        }
        Ok(())
    }

    fn slice(&mut self, span: &Span) -> io::Result<()> {
        if span.state == State::Ready && span.start == span.end {
            return Ok(()); // it had not to wait for the thread
        }
        let text = self.recording.get_text(span.label);
        let (name, cat, brought) = match span.state {
            State::Ready => ("ready, thread busy", "ready", ""),
            State::Running => ("running", "run", &*text),
            State::Waiting(class) if text.is_empty() => ("waiting", category(class), ""),
            State::Waiting(class) => (&*text, category(class), ""),
        };
        let args = Args { at: self.place(span.site), brought, ..Args::default() };
        let (ts, dur) = (self.micros(span.start), self.micros(span.end - span.start));
        self.put(&TraceEvent { ph: "X", tid: span.task, ts, dur, name, cat, args, ..event() })
    }

    fn arrow(&mut self, cause: &Cause, to: &Span) -> io::Result<()> {
        self.arrows += 1;
        let (name, cat) = if cause.spawned { ("spawn", "spawn") } else { ("wake", "wake") };
        let id = Some(self.arrows);
        let ts = self.micros(cause.at.min(to.start));
        self.put(&TraceEvent { ph: "s", tid: cause.task, ts, name, cat, id, ..event() })?;
        let ts = self.micros(to.start);
        self.put(&TraceEvent { ph: "f", tid: to.task, ts, name, cat, id, bp: "e", ..event() })
    }

    fn instant(&mut self, at: u64, of: &Event) -> io::Result<()> {
        let (name, cat) = match of.kind {
            Kind::Printed => ("print", "print"),
            Kind::Finished => ("done", "end"),
            Kind::Failed => ("failed", "end"),
            Kind::Cancelled => ("cancelled", "end"),
            Kind::Blocked => ("blocked the loop", "blocked"),
            _ => return Ok(()),
        };
        let text = match of.kind {
            Kind::Blocked => units::blocked(of.detail.into()).into(),
            _ => self.recording.get_text(of.text()),
        };
        let args = Args { at: self.place(of.site), text: &text, ..Args::default() };
        let ts = self.micros(at);
        self.put(&TraceEvent { ph: "i", tid: of.task, ts, name, cat, s: "t", args, ..event() })
    }

    fn place(&self, site: SiteId) -> Option<String> {
        self.recording.get_site(site).map(ToString::to_string)
    }

    fn micros(&self, position: u64) -> Option<Micros> {
        Some(Micros(if self.by_time { position } else { position.saturating_mul(1_000) }))
    }

    /// Writes an event that is not the first.
    fn put(&mut self, event: &TraceEvent<'_>) -> io::Result<()> {
        self.line.clear();
        self.line.extend_from_slice(b",\n");
        serde_json::to_writer(&mut self.line, event)?;
        self.out.write_all(&self.line)
    }
}

fn metadata<'a>(tid: u32, name: &'a str, args: Args<'a>) -> TraceEvent<'a> {
    TraceEvent { ph: "M", tid, name, args, ..event() }
}

fn event<'a>() -> TraceEvent<'a> {
    TraceEvent { pid: PID, ..TraceEvent::default() }
}

fn category(class: WaitClass) -> &'static str {
    match class {
        WaitClass::None => "wait",
        WaitClass::Yield => "wait.yield",
        WaitClass::Timer => "wait.timer",
        WaitClass::Io => "wait.io",
        WaitClass::Task => "wait.task",
        WaitClass::Sync => "wait.sync",
    }
}
