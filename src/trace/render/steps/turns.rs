//! From events to steps: what a task did from one await to the next.

use std::io;

use super::super::code::From;
use crate::trace::event::{Event, Kind, SiteId, TextId};
use crate::trace::numbers::NumberMap;
use crate::trace::recording::Recording;

/// How a step ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Close {
    /// It waits for this, at this await.
    Waits(TextId, SiteId),
    /// The task ended: `Finished` with a value, `Failed` with a message from a place, `Cancelled`.
    Ended(Kind, TextId, SiteId),
    /// The recording ended before the step did.
    Open,
}

/// A step.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    /// From 1.
    pub(super) number: usize,
    pub(super) task: u32,
    /// Nanoseconds since the recording began.
    pub(super) time: u64,
    /// Where it began, if that is known.
    pub(super) from: Option<From>,
    /// Where the task began, if that is known.
    pub(super) root: Option<SiteId>,
    /// It is only the end of a task that did not run then.
    pub(super) is_bare: bool,
    /// What the await before it brought.
    pub(super) arrival: TextId,
    /// That was an error.
    pub(super) threw: bool,
    pub(super) prints: Vec<TextId>,
    /// For so many milliseconds it kept the thread.
    pub(super) blocked: Option<u32>,
    pub(super) close: Close,
}

impl Turn {
    fn new(event: &Event, from: Option<From>) -> Turn {
        Turn {
            number: 0,
            task: event.task,
            time: event.time,
            from,
            root: None,
            is_bare: false,
            arrival: if event.kind == Kind::Resumed { event.text() } else { TextId::NONE },
            threw: event.threw,
            prints: Vec::new(),
            blocked: None,
            close: Close::Open,
        }
    }
}

/// Collects the events of steps.
struct Collector<'a> {
    recording: &'a Recording,
    /// Where each task waited last.
    waited: NumberMap<SiteId>,
    /// Where each began.
    began: NumberMap<SiteId>,
    current: Option<Turn>,
    /// What happened to others meanwhile.
    meanwhile: Vec<Turn>,
    count: usize,
}

/// Calls `visit` with every step, in order.
pub(super) fn for_each_turn(recording: &Recording, mut visit: impl FnMut(&Turn) -> io::Result<()>) -> io::Result<()> {
    let mut steps = Collector {
        recording,
        waited: NumberMap::default(),
        began: NumberMap::default(),
        current: None,
        meanwhile: Vec::new(),
        count: 0,
    };
    for event in recording.events() {
        if steps.follow(&event) {
            steps.hand_out(&mut visit)?;
        }
    }
    let last = steps.current.take();
    steps.meanwhile.splice(0..0, last);
    steps.hand_out(&mut visit)
}

impl Collector<'_> {
    /// Whether a task that waits does so in code of its own. One that is just a future stands where it was spawned.
    fn has_code(&self, event: &Event) -> bool {
        let spawned = self.recording.task(event.task).map(|info| info.site);
        self.began.contains_key(&event.task) || spawned != Some(event.site)
    }

    /// Takes in an event; true if there are steps to hand out.
    fn follow(&mut self, event: &Event) -> bool {
        let is_current = self.current.as_ref().is_some_and(|turn| turn.task == event.task);
        match event.kind {
            Kind::Created | Kind::Woken => false,
            Kind::Started | Kind::Resumed => {
                let had = self.current.is_some();
                let from = match event.kind {
                    Kind::Started => known(event.site).map(From::Start),
                    _ => self.waited.get(&event.task).copied().and_then(known).map(From::Await),
                };
                if let Some(From::Start(site)) = from {
                    self.began.insert(event.task, site);
                }
                let root = self.began.get(&event.task).copied();
                let turn = Turn { root, ..Turn::new(event, from) };
                if had {
                    self.meanwhile.extend(self.current.take()); // no loop would do so
                }
                self.current = Some(turn);
                had
            }
            Kind::Suspended => {
                self.waited.insert(event.task, if self.has_code(event) { event.site } else { SiteId::NONE });
                self.close(event, is_current, Close::Waits(event.text(), event.site))
            }
            Kind::Finished | Kind::Failed | Kind::Cancelled => {
                self.waited.remove(&event.task);
                self.began.remove(&event.task);
                self.close(event, is_current, Close::Ended(event.kind, event.text(), event.site))
            }
            Kind::Printed => match &mut self.current {
                Some(turn) if is_current => {
                    turn.prints.push(event.text());
                    false
                }
                _ => {
                    let prints = vec![event.text()];
                    self.meanwhile.push(Turn { is_bare: true, prints, ..Turn::new(event, None) });
                    self.current.is_none()
                }
            },
            Kind::Blocked => {
                if let (Some(turn), true) = (&mut self.current, is_current) {
                    turn.blocked = Some(event.detail);
                }
                false
            }
        }
    }

    fn close(&mut self, event: &Event, is_current: bool, close: Close) -> bool {
        match &mut self.current {
            Some(turn) if is_current => turn.close = close,
            _ => self.meanwhile.push(Turn { is_bare: true, close, ..Turn::new(event, None) }),
        }
        is_current || self.current.is_none()
    }

    /// The step that has come to its end, and then what happened meanwhile.
    fn hand_out(&mut self, visit: &mut impl FnMut(&Turn) -> io::Result<()>) -> io::Result<()> {
        let is_over = self.current.as_ref().is_some_and(|turn| turn.close != Close::Open);
        let mut over: Vec<Turn> = self.meanwhile.drain(..).collect();
        if is_over {
            over.splice(0..0, self.current.take());
        }
        for mut turn in over {
            self.count += 1;
            turn.number = self.count;
            visit(&turn)?;
        }
        Ok(())
    }
}

fn known(site: SiteId) -> Option<SiteId> {
    (site != SiteId::NONE).then_some(site)
}
