//! What the loop writes into the recording: events, and the numbers of places and texts that they name.

use std::rc::Rc;

use rhai::{Dynamic, Position};

use super::clock::Nanos;
use super::errors::message_of;
use super::kernel::Kernel;
use crate::lang::Raise;
use crate::lang::body::Body;
use crate::source::{Place, Source};
use crate::trace::event::{Event, Kind, SiteId, TextId, WaitClass};
use crate::trace::recording::Recording;

impl Kernel {
    /// Records an event.
    #[inline]
    pub fn record(&self, time: Nanos, task: u32, kind: Kind, class: WaitClass, site: SiteId, detail: u32) {
        let time = time.saturating_sub(self.epoch.get());
        self.recording.borrow_mut().push(Event { time, task, site, detail, kind, class, threw: false });
    }

    /// The number of a text in the recording.
    pub fn text(&self, text: &str) -> TextId {
        let mut recording = self.recording.borrow_mut();
        if recording.is_enabled() { recording.text(text) } else { TextId::NONE }
    }

    /// The number of the text of a value in the recording; none for `()`.
    pub(super) fn text_of_value(&self, value: &Dynamic) -> TextId {
        if value.is_unit() || !self.recording.borrow().is_enabled() {
            return TextId::NONE;
        }
        if let Some(text) = value.as_int().ok().and_then(Recording::whole_value) {
            return text;
        }
        let text = self.show.get()(value);
        self.recording.borrow_mut().value(&text)
    }

    /// Notes what an await brought to a task that was just resumed.
    pub(super) fn note_arrival(&self, task: u32, result: &Result<Dynamic, Raise>) {
        let (text, threw) = match result {
            Ok(value) => (self.text_of_value(value), false),
            Err(Raise::Error(failure)) => (self.text(&message_of(failure)), true),
            Err(_) => return,
        };
        if text != TextId::NONE {
            self.recording.borrow_mut().arrived(task, text, threw);
        }
    }

    /// How values are shown in the recording.
    pub fn show_values(&self, show: fn(&Dynamic) -> String) {
        self.show.set(show);
    }

    /// The number of the text of a sleep, which is asked for very often.
    pub fn text_of_sleep(&self, seconds: f64, text: impl FnOnce() -> String) -> TextId {
        let (bits, id, run) = self.last_sleep.get();
        if bits == seconds.to_bits() && run == self.run.get() {
            return id;
        }
        let id = self.text(&text());
        self.last_sleep.set((seconds.to_bits(), id, self.run.get()));
        id
    }

    /// Numbers of texts do not hold any more.
    pub(super) fn forget_texts(&self) {
        self.last_sleep.set((f64::NAN.to_bits(), TextId::NONE, 0));
    }

    /// Where the script stands now, as an entry of the recording's table of places. In a task that runs none of its
    /// code, as one that is just a future, that is where the task was spawned.
    pub fn here(&self) -> SiteId {
        let running = self.shared.running.borrow();
        match &*running {
            Some(body) => self.site_of(body, self.shared.at.get()),
            None => self.current.borrow().as_ref().map_or(SiteId::NONE, |task| task.spawned),
        }
    }

    /// The place of a body's step.
    pub(crate) fn site_of(&self, body: &Rc<Body>, step: u32) -> SiteId {
        let mut sites = body.sites.borrow_mut();
        let index = (step as usize).saturating_sub(1).min(body.steps.len() - 1);
        if sites.is_empty() {
            sites.resize(body.steps.len(), u32::MAX);
        }
        if sites[index] == u32::MAX {
            sites[index] = self.site(body, body.position_at(index)).0;
        }
        SiteId(sites[index])
    }

    /// The place that an entry of the recording's table of places stands for.
    pub fn place(&self, site: SiteId) -> Option<Place> {
        let site = self.recording.borrow().get_site(site).cloned()?;
        let source = self.shared.source_of(&site.source).unwrap_or_else(|| Source::new(site.source.to_string(), ""));
        Some(Place::at(&source, site.line as usize, site.column as usize))
    }

    fn site(&self, body: &Body, pos: Position) -> SiteId {
        let (line, column) = body.source.locate(pos);
        self.add_site(&body.source, line, column)
    }

    /// The entry of the recording's table of places for this one.
    pub(super) fn site_at(&self, place: &Place) -> SiteId {
        self.add_site(&place.source, place.line, place.column)
    }

    fn add_site(&self, source: &Source, line: usize, column: usize) -> SiteId {
        let mut recording = self.recording.borrow_mut();
        if recording.source(&source.name).is_none() {
            recording.add_source(&source.name, &source.text); // of a module
        }
        recording.site(&source.name, line as u32, column as u32)
    }
}
