//! From events to spans: what each task did from when to when.
//!
//! All drawn views need this. It is one pass over the events with one small entry for each live task, and it
//! takes a recording whose beginning is missing: what a task did before its first event follows from that event.

use std::convert::Infallible;

use crate::trace::event::{Event, Kind, SiteId, TextId, WaitClass};
use crate::trace::numbers::NumberMap;
use crate::trace::recording::Recording;

/// What a task does in a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It could run, but the thread is busy with others.
    Ready,
    /// It runs.
    Running,
    /// It waits for a thing of this class.
    Waiting(WaitClass),
}

/// A stretch of a task's life in one state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// The task's number.
    pub task: u32,
    /// What it does.
    pub state: State,
    /// Where on the timeline it begins.
    pub start: u64,
    /// Where it ends; the same as `start` if it took no time.
    pub end: u64,
    /// What is waited for; of a turn, what the await before it brought.
    pub label: TextId,
    /// Where in the source it waits; of a first turn, where its code begins.
    pub site: SiteId,
    /// The recording ended before the span did.
    pub open: bool,
}

/// What [`Timeline::walk`] meets.
#[derive(Clone, Copy, Debug)]
pub enum Item<'s> {
    /// A span has ended.
    Span(&'s Span),
    /// An event, and where on the timeline it is.
    Event(u64, &'s Event),
}

/// How a task ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End {
    /// Where on the timeline.
    pub at: u64,
    /// `Finished`, `Failed` or `Cancelled`.
    pub kind: Kind,
    /// The error's message.
    pub message: TextId,
}

/// The outline of a task's life.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Life {
    /// The task's number.
    pub task: u32,
    /// Where on the timeline its first event is.
    pub start: u64,
    /// `None` if it goes on after the recording's end.
    pub end: Option<End>,
    /// For how many milliseconds it blocked the loop at its worst, and in which statement.
    pub blocked: Option<(u32, SiteId)>,
}

/// The events of a recording along a line: of time, or of steps where no time went by.
pub struct Timeline<'a> {
    recording: &'a Recording,
    /// How far events are apart at least, on a line of time.
    apart: u64,
    /// Positions are nanoseconds; otherwise each event is one further than the one before it.
    pub by_time: bool,
    /// Position of the earliest event.
    pub start: u64,
    /// Position of the end, not before `start`.
    pub end: u64,
}

impl<'a> Timeline<'a> {
    /// The events along time.
    pub fn of_time(recording: &'a Recording) -> Timeline<'a> {
        let times = || recording.events().map(|event| event.time);
        let start = times().min().unwrap_or(0);
        let end = times().max().unwrap_or(0);
        Timeline { recording, apart: 0, by_time: true, start, end }
    }

    /// The events along time, or one by one if all are at the same time.
    pub fn to_draw(recording: &'a Recording) -> Timeline<'a> {
        let timeline = Timeline::of_time(recording);
        if timeline.length() > 0 {
            return timeline;
        }
        Timeline { recording, apart: 0, by_time: false, start: 0, end: recording.len() as u64 }
    }

    /// The same, and where only waits take time each event takes at least `apart`, so that all there is has a length. What
    /// happens at one time then comes to lie that much later, up to the next time that is later still.
    pub fn stretched(recording: &'a Recording, apart: u64) -> Timeline<'a> {
        let timeline = Timeline::to_draw(recording);
        if !timeline.by_time || !recording.virtual_time() {
            return timeline;
        }
        let timeline = Timeline { apart, ..timeline };
        let end = timeline.events().last().map_or(timeline.end, |(at, _)| at + apart);
        Timeline { end: end.max(timeline.end), ..timeline }
    }

    /// From the start to the end.
    pub fn length(&self) -> u64 {
        self.end - self.start
    }

    /// The events with their positions. Of `Woken` the position may lie before that of the event before it.
    pub fn events(&self) -> impl Iterator<Item = (u64, Event)> {
        let (by_time, apart, mut next) = (self.by_time, self.apart, 0);
        self.recording.events().enumerate().map(move |(index, event)| match (by_time, apart) {
            (false, _) => (index as u64, event),
            (true, 0) => (event.time, event),
            (true, apart) => {
                let at = event.time.max(next);
                next = at + apart;
                (at, event)
            }
        })
    }

    /// An outline for each task that has events, by number.
    pub fn lives(&self) -> Vec<Life> {
        let mut lives: Vec<Life> = Vec::new();
        let mut indexes: NumberMap<usize> = NumberMap::default();
        for (at, ref event) in self.events() {
            let index = *indexes.entry(event.task).or_insert_with(|| {
                lives.push(Life { task: event.task, start: at, end: None, blocked: None });
                lives.len() - 1
            });
            lives[index].follow(at, event);
        }
        lives.sort_unstable_by_key(|life| life.task);
        lives
    }

    /// Calls `visit` with every span; the spans of a task come in order.
    pub fn for_each_span(&self, mut visit: impl FnMut(&Span)) {
        let done: Result<(), Infallible> = self.walk(|item| {
            if let Item::Span(span) = item {
                visit(span);
            }
            Ok(())
        });
        let Ok(()) = done;
    }

    /// Calls `visit` with every span, when it ends, and then with the event that ended it.
    ///
    /// # Errors
    /// Those of `visit`, after which it is not called again.
    pub fn walk<E>(&self, mut visit: impl FnMut(Item<'_>) -> Result<(), E>) -> Result<(), E> {
        let mut open: NumberMap<Span> = NumberMap::default();
        for (at, ref event) in self.events() {
            if matches!(event.kind, Kind::Printed | Kind::Blocked) {
                open.entry(event.task).or_insert_with(|| self.before(event));
                visit(Item::Event(at, event))?;
                continue;
            }
            let before = match open.remove(&event.task) {
                Some(span) => Some(span),
                None if matches!(event.kind, Kind::Created | Kind::Started) => None,
                None => Some(self.before(event)),
            };
            // A task's own time never goes back.
            let at = before.map_or(at, |span| span.start.max(at));
            if let Some(span) = before {
                visit(Item::Span(&Span { end: at, ..span }))?;
            }
            visit(Item::Event(at, event))?;
            if let Some(span) = after(at, event) {
                open.insert(event.task, span);
            }
        }
        let mut rest: Vec<Span> = open.into_values().collect();
        rest.sort_unstable_by_key(|span| span.task);
        for span in rest {
            let (end, open) = (self.end, true);
            visit(Item::Span(&Span { end, open, ..span }))?;
        }
        Ok(())
    }

    /// What a task must have done before this event, its first one here.
    fn before(&self, event: &Event) -> Span {
        let state = match event.kind {
            Kind::Woken | Kind::Cancelled => State::Waiting(WaitClass::None),
            Kind::Resumed => State::Ready,
            _ => State::Running,
        };
        span(event.task, state, self.start)
    }
}

impl Life {
    fn follow(&mut self, at: u64, event: &Event) {
        self.end = match event.kind {
            kind if kind.is_end() => {
                let message = if kind == Kind::Failed { event.text() } else { TextId::NONE };
                Some(End { at, kind, message })
            }
            // What it says after its end does not bring it to life again.
            Kind::Printed | Kind::Blocked => self.end,
            _ => None,
        };
        let worst = self.blocked.map_or(0, |(milliseconds, _)| milliseconds);
        if event.kind == Kind::Blocked && event.detail >= worst {
            self.blocked = Some((event.detail, event.site));
        }
    }
}

/// What a task does after this event.
fn after(at: u64, event: &Event) -> Option<Span> {
    let state = match event.kind {
        Kind::Created | Kind::Woken => State::Ready,
        Kind::Started | Kind::Resumed => State::Running,
        Kind::Suspended => State::Waiting(event.class),
        _ => return None,
    };
    let mut span = span(event.task, state, at);
    if event.kind != Kind::Created {
        (span.label, span.site) = (event.text(), event.site);
    }
    Some(span)
}

fn span(task: u32, state: State, start: u64) -> Span {
    Span { task, state, start, end: start, label: TextId::NONE, site: SiteId::NONE, open: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::testing::recording;

    fn spans(script: &str) -> Vec<String> {
        let recording = recording(script);
        let mut spans = Vec::new();
        Timeline::to_draw(&recording).for_each_span(|span| {
            let (start, end) = (span.start / 1_000_000, span.end / 1_000_000);
            let open = if span.open { " open" } else { "" };
            spans.push(format!("{} {start}-{end} {:?}{open}", span.task, span.state));
        });
        spans
    }

    #[test]
    fn a_life_becomes_spans() {
        let script = "0 1 created a\n1 1 started\n2 1 suspended timer sleep(1)\n5 1 woken\n6 1 resumed
            6 1 printed hello\n9 1 finished";
        assert_eq!(
            spans(script),
            ["1 0-1 Ready", "1 1-2 Running", "1 2-5 Waiting(Timer)", "1 5-6 Ready", "1 6-9 Running"]
        );
    }

    #[test]
    fn a_wake_that_the_loop_saw_late_counts_from_when_it_was_due() {
        let script = "0 1 started\n0 1 suspended timer sleep(0.1)\n0 2 started\n300 2 finished
            100 1 woken\n300 1 resumed\n300 1 finished";
        assert_eq!(
            spans(script),
            ["1 0-0 Running", "2 0-300 Running", "1 0-100 Waiting(Timer)", "1 100-300 Ready", "1 300-300 Running"]
        );
    }

    #[test]
    fn the_missing_beginning_follows_from_the_first_event() {
        let script = "10 1 woken\n11 2 resumed\n12 3 suspended io x\n13 4 cancelled\n20 2 finished";
        assert_eq!(
            spans(script),
            [
                "1 10-10 Waiting(None)",
                "2 10-11 Ready",
                "3 10-12 Running",
                "4 10-13 Waiting(None)",
                "2 11-20 Running",
                "1 10-20 Ready open",
                "3 12-20 Waiting(Io) open",
            ]
        );
    }

    #[test]
    fn where_no_time_goes_by_each_event_is_a_step() {
        let recording = recording("7 0 started\n7 1 created a\n7 0 finished");
        let timeline = Timeline::to_draw(&recording);
        assert_eq!((timeline.by_time, timeline.start, timeline.end), (false, 0, 3));
    }

    #[test]
    fn lives_tell_how_it_ended_and_the_worst_block() {
        let recording = recording(
            "0 2 created b\n0 1 created a\n9 1 blocked 200 @ a:7:5\n9 1 blocked 150 @ a:8:1\n9 1 failed boom",
        );
        let lives = Timeline::of_time(&recording).lives();
        assert_eq!(lives.iter().map(|life| life.task).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(lives[0].end.map(|end| end.kind), Some(Kind::Failed));
        let blocked = lives[0].blocked.map(|(ms, site)| (ms, recording.get_site(site)));
        assert_eq!(blocked.map(|(ms, site)| (ms, site.map(|s| s.line))), Some((200, Some(7))));
        assert_eq!(lives[1].end, None);
    }
}
