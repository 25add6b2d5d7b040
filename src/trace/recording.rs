//! The recording of a run: what the loop writes and the views read.
//!
//! It refuses to grow without bound. When memory is used up, the oldest events go (`events`) and are
//! counted. A task is forgotten when the event of its end has gone, since nothing can mention it any more.
//! Texts are kept once each (`texts`), and get at most three eighths of the memory, as do
//! the tasks; so events have at least a quarter.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use super::event::{Event, Kind, NO_TASK, SiteId, TextId};
use super::events::Events;
use super::tasks::{TaskInfo, Tasks};
use super::texts::{Texts, without_ports};

/// Sites and the text of sources have no share of the limit: they are as many as the script is long.
/// This many sites are enough for any script a person wrote.
const MAX_SITES: usize = 1 << 20;
/// Characters of a value.
const MAX_VALUE: usize = 120;

/// A place in a source.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Site {
    /// The source's name, such as `demo.rhai`.
    pub source: Arc<str>,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.source, self.line, self.column)
    }
}

/// A source's text, so that views may quote lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// As in [`Site::source`].
    pub name: Arc<str>,
    /// All of it; shared with the recordings that are made of this one.
    pub text: Arc<str>,
}

/// The events of a run, with the texts, tasks and places that they mention.
#[derive(Clone)]
pub struct Recording {
    enabled: bool,
    virtual_time: bool,
    limit: usize,
    events: Events,
    dropped: u64,
    texts: Texts,
    tasks: Tasks,
    sites: Vec<Site>,
    site_ids: HashMap<Site, SiteId>,
    sources: Vec<Source>,
}

impl Default for Recording {
    fn default() -> Recording {
        Recording::new(Recording::DEFAULT_LIMIT)
    }
}

impl std::fmt::Debug for Recording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recording").field("dropped", &self.dropped).finish_non_exhaustive()
    }
}

impl Recording {
    /// 32 MiB: some five million events, which a view draws in a second or two.
    pub const DEFAULT_LIMIT: usize = 32 << 20;

    /// An empty recording that keeps to about this many bytes; the newest thousand events are kept in any case.
    pub fn new(limit_bytes: usize) -> Recording {
        let share = limit_bytes / 8 * 3;
        let mut recording = Recording {
            enabled: true,
            virtual_time: false,
            limit: limit_bytes,
            events: Events::default(),
            dropped: 0,
            texts: Texts::new(share),
            tasks: Tasks::new(share),
            sites: Vec::new(),
            site_ids: HashMap::new(),
            sources: Vec::new(),
        };
        recording.name_task(0, "main", NO_TASK, SiteId::NONE);
        recording
    }

    /// Switches recording off and on; while off, events and tasks are not kept.
    pub fn set_enabled(&mut self, on: bool) {
        self.enabled = on;
    }

    /// Whether events are kept.
    #[inline]
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// Appends an event. Events must come in the order of time, but see [`Kind::Woken`](super::Kind::Woken).
    #[inline]
    pub fn push(&mut self, event: Event) {
        if !self.enabled {
            return;
        }
        if self.events.is_full() {
            self.make_room();
        }
        self.events.push(event);
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self) {
        self.events.make_room();
        while self.size() > self.limit
            && let Some(oldest) = self.events.drop_oldest()
        {
            for event in oldest.events() {
                self.dropped += 1;
                self.forget_if_ended(&event);
            }
        }
    }

    /// Forgets the task whose end this is, an event which is about to go.
    fn forget_if_ended(&mut self, event: &Event) {
        if event.kind.is_end() && event.task != 0 {
            self.tasks.remove(event.task);
        }
    }

    /// Bytes in use, nearly.
    pub fn size(&self) -> usize {
        self.events.size() + self.texts.size() + self.tasks.size()
    }

    /// The number of a text, which is kept once. A text over 4 KiB is cut; when the memory for texts is full,
    /// new ones read "…". A number stays good until a [`clear`](Recording::clear) after many texts; from
    /// then on it reads "…". On the virtual clock, where runs are to be the same each time, it has no port of 127.0.0.1
    /// that the system may have given out.
    pub fn text(&mut self, s: &str) -> TextId {
        self.texts.intern(&self.shown(s))
    }

    fn shown<'s>(&self, s: &'s str) -> Cow<'s, str> {
        if self.virtual_time { without_ports(s) } else { s.into() }
    }

    /// The number of the text of a value, which is cut after some words. Values take only half of the memory
    /// for texts, lest there be none left for what tasks wait for; beyond that it is `NONE`.
    pub fn value(&mut self, s: &str) -> TextId {
        if self.texts.is_half_full() {
            return TextId::NONE;
        }
        let s = self.shown(s);
        match s.char_indices().nth(MAX_VALUE) {
            Some((end, _)) => self.texts.intern(&format!("{}…", &s[..end])),
            None => self.texts.intern(&s),
        }
    }

    /// The same for a value that is a whole number, where that costs nothing.
    pub fn whole_value(value: i64) -> Option<TextId> {
        Texts::of_whole(value)
    }

    /// Adds to the event with which this task was just resumed what its await brought: a value, or an error.
    pub fn arrived(&mut self, task: u32, text: TextId, threw: bool) {
        if let Some(event) = self.events.find_recent(|event| event.task == task && event.kind == Kind::Resumed) {
            (event.detail, event.threw) = (text.0, threw);
        }
    }

    /// Tells where the code begins of the task that was just started, if that was not known.
    pub fn began(&mut self, task: u32, site: SiteId) {
        let is_it = |event: &Event| event.task == task && event.kind == Kind::Started;
        if let Some(event) = self.events.find_recent(is_it).filter(|event| event.site == SiteId::NONE) {
            event.site = site;
        }
    }

    /// The text of a number; "" for [`TextId::NONE`].
    pub fn get_text(&self, id: TextId) -> Cow<'_, str> {
        self.texts.get(id)
    }

    /// The number of a place in a source; line and column from 1, column in characters. It is good for ever.
    pub fn site(&mut self, source: &str, line: u32, column: u32) -> SiteId {
        let same_source = self.sites.iter().rev().find(|site| &*site.source == source);
        let source = match same_source {
            Some(site) => site.source.clone(),
            None => Arc::from(source),
        };
        let site = Site { source, line, column };
        if let Some(id) = self.site_ids.get(&site) {
            return *id;
        }
        if self.sites.len() >= MAX_SITES {
            return SiteId::NONE;
        }
        let id = SiteId(self.sites.len() as u32);
        self.sites.push(site.clone());
        self.site_ids.insert(site, id);
        id
    }

    /// The place of a number; `None` for [`SiteId::NONE`].
    pub fn get_site(&self, id: SiteId) -> Option<&Site> {
        self.sites.get(id.0 as usize)
    }

    /// Tells a task's name, the number of the task that spawned it and where. Task 0 is named "main" already.
    pub fn name_task(&mut self, task: u32, name: &str, parent: u32, site: SiteId) {
        if self.enabled {
            let name = self.texts.intern(name);
            self.tasks.insert(task, TaskInfo { name, parent, site });
        }
    }

    /// What is known of a task; `None` if it was never named or is forgotten.
    pub fn task(&self, task: u32) -> Option<&TaskInfo> {
        self.tasks.get(task)
    }

    /// The name of a task; "task" if it is not known.
    pub fn task_name(&self, task: u32) -> &str {
        match self.tasks.get(task) {
            Some(info) => self.texts.kept(info.name),
            None if task == 0 => "main",
            None => "task",
        }
    }

    /// All known tasks, by number.
    pub fn tasks(&self) -> impl Iterator<Item = (u32, &TaskInfo)> {
        self.tasks.iter()
    }

    /// Keeps a source's text; one of the same name is replaced.
    pub fn add_source(&mut self, name: &str, text: &str) {
        let text = Arc::from(text);
        match self.sources.iter_mut().find(|source| &*source.name == name) {
            Some(source) => source.text = text,
            None => self.sources.push(Source { name: Arc::from(name), text }),
        }
    }

    /// The text of a source.
    pub fn source(&self, name: &str) -> Option<&str> {
        self.sources.iter().find(|source| &*source.name == name).map(|source| &*source.text)
    }

    /// The sources in which these sites are, in the order in which they were added: what was typed in other runs is not
    /// for those who are given this one.
    pub fn sources_of(&self, sites: impl IntoIterator<Item = SiteId>) -> impl Iterator<Item = &Source> {
        let names: HashSet<&str> =
            sites.into_iter().filter_map(|id| self.get_site(id)).map(|site| &*site.source).collect();
        self.sources.iter().filter(move |source| names.contains(&*source.name))
    }

    /// Whether the loop's clock is virtual.
    pub fn virtual_time(&self) -> bool {
        self.virtual_time
    }

    /// Tells whether the loop's clock is virtual.
    pub fn set_virtual_time(&mut self, on: bool) {
        self.virtual_time = on;
    }

    /// An empty recording that knows the same places and sources.
    pub fn like(&self) -> Recording {
        let mut recording = Recording::new(self.limit);
        recording.sites.clone_from(&self.sites);
        recording.site_ids.clone_from(&self.site_ids);
        recording.sources.clone_from(&self.sources);
        recording
    }

    /// Knows from now on the places and sources of one that was [`like`](Recording::like) this.
    pub fn take_places(&mut self, other: Recording) {
        self.sites = other.sites;
        self.site_ids = other.site_ids;
        self.sources = other.sources;
    }

    /// The events, oldest first.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        self.events.from(0)
    }

    /// The events from the n-th on, counted from the beginning of the run, dropped ones included.
    pub fn events_since(&self, n: u64) -> impl Iterator<Item = Event> {
        self.events.from(n.saturating_sub(self.dropped) as usize)
    }

    /// How many events there have been, dropped ones included.
    pub fn total(&self) -> u64 {
        self.dropped + self.len() as u64
    }

    /// The number of events kept.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether no event is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many events had to go because memory was full; they were the oldest.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Tells how many events went before those that are here, in a recording read from a file.
    pub(super) fn set_dropped(&mut self, dropped: u64) {
        self.dropped = dropped;
    }

    /// A new run begins: the events go. Sites, sources and the tasks that have not ended stay.
    pub fn clear(&mut self) {
        for event in std::mem::take(&mut self.events).from(0) {
            self.forget_if_ended(&event);
        }
        self.dropped = 0;
        if let Some(before) = self.texts.renew_if_many() {
            for info in self.tasks.iter_mut() {
                info.name = self.texts.intern(before.kept(info.name));
            }
        }
    }
}

#[cfg(test)]
mod tests;
