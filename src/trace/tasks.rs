//! What a recording knows of each task: 12 bytes, found by the task's number.
//!
//! Numbers only grow, and in a long session most tasks are over; so the table is made of small pages that go
//! when all tasks on them are forgotten.

use super::event::{NO_TASK, SiteId, TextId};
use super::numbers::NumberMap;

const PAGE: u32 = 256;

/// What is known of a task.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TaskInfo {
    /// Its name.
    pub name: TextId,
    /// The number of the task that spawned it; [`NO_TASK`] for main.
    pub parent: u32,
    /// Where it was spawned.
    pub site: SiteId,
}

const UNKNOWN: TaskInfo = TaskInfo { name: TextId::NONE, parent: NO_TASK, site: SiteId::NONE };

#[derive(Clone)]
struct Page {
    known: u32,
    infos: [TaskInfo; PAGE as usize],
}

/// The infos of tasks, within a limit of bytes.
#[derive(Clone)]
pub(super) struct Tasks {
    limit: usize,
    pages: NumberMap<Box<Page>>,
}

impl Tasks {
    /// No tasks yet; at most about `limit` bytes of them.
    pub(super) fn new(limit: usize) -> Tasks {
        Tasks { limit, pages: NumberMap::default() }
    }

    /// Remembers a task; beyond the limit it stays without a name.
    pub(super) fn insert(&mut self, task: u32, info: TaskInfo) {
        if info.name == TextId::NONE {
            return;
        }
        let full = self.size() + size_of::<Page>() > self.limit;
        let page = match self.pages.get_mut(&(task / PAGE)) {
            Some(page) => page,
            None if full => return,
            None => {
                self.pages.entry(task / PAGE).or_insert(Box::new(Page { known: 0, infos: [UNKNOWN; PAGE as usize] }))
            }
        };
        let slot = &mut page.infos[(task % PAGE) as usize];
        if slot.name == TextId::NONE {
            page.known += 1;
        }
        *slot = info;
    }

    /// What is known of this task.
    pub(super) fn get(&self, task: u32) -> Option<&TaskInfo> {
        let page = self.pages.get(&(task / PAGE))?;
        let info = &page.infos[(task % PAGE) as usize];
        (info.name != TextId::NONE).then_some(info)
    }

    /// Forgets a task.
    pub(super) fn remove(&mut self, task: u32) {
        let Some(page) = self.pages.get_mut(&(task / PAGE)) else {
            return;
        };
        let slot = &mut page.infos[(task % PAGE) as usize];
        if slot.name == TextId::NONE {
            return;
        }
        *slot = UNKNOWN;
        page.known -= 1;
        if page.known == 0 {
            self.pages.remove(&(task / PAGE));
        }
    }

    /// All known tasks, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &TaskInfo)> {
        let mut pages: Vec<(&u32, &Box<Page>)> = self.pages.iter().collect();
        pages.sort_unstable_by_key(|(number, _)| **number);
        pages.into_iter().flat_map(|(number, page)| {
            let numbered = page.infos.iter().enumerate();
            let known = numbered.filter(|(_, info)| info.name != TextId::NONE);
            known.map(move |(index, info)| (number * PAGE + index as u32, info))
        })
    }

    /// All known tasks, to be changed.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut TaskInfo> {
        let infos = self.pages.values_mut().flat_map(|page| page.infos.iter_mut());
        infos.filter(|info| info.name != TextId::NONE)
    }

    /// Bytes in use.
    pub(super) fn size(&self) -> usize {
        self.pages.len() * (size_of::<Page>() + 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: u32) -> TaskInfo {
        TaskInfo { name: TextId(name), parent: 0, site: SiteId::NONE }
    }

    #[test]
    fn a_million_tasks_cost_less_than_24_bytes_each() {
        let mut tasks = Tasks::new(usize::MAX);
        for task in 1..=1_000_000 {
            tasks.insert(task, info(7));
        }
        assert!(tasks.size() < 24_000_000, "{}", tasks.size());
        assert_eq!(tasks.get(1_000_000), Some(&info(7)));
        assert_eq!(tasks.get(1_000_001), None);
        assert_eq!(tasks.iter().count(), 1_000_000);
    }

    #[test]
    fn pages_of_forgotten_tasks_are_freed_and_gaps_cost_nothing() {
        let mut tasks = Tasks::new(usize::MAX);
        for task in [0, 300, 4_000_000_000] {
            tasks.insert(task, info(task));
        }
        assert_eq!(tasks.iter().map(|(task, _)| task).collect::<Vec<_>>(), [0, 300, 4_000_000_000]);
        let before = tasks.size();
        tasks.remove(300);
        tasks.remove(300);
        assert!(tasks.size() < before);
        assert_eq!(tasks.get(300), None);
    }

    #[test]
    fn beyond_the_limit_tasks_stay_unknown() {
        let mut tasks = Tasks::new(10_000);
        for task in 0..10_000 {
            tasks.insert(task, info(1));
        }
        assert!(tasks.size() <= 10_000 && tasks.get(0).is_some() && tasks.get(9_999).is_none());
    }
}
