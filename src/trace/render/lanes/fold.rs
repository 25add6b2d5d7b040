//! Which tasks share a row.
//!
//! A row per task is best, as long as the rows fit a screen. When they do not, tasks of the same name are
//! folded, the largest crowd first and no more than must be; then names that differ in numbers only
//! (`worker-1`, `worker-2`); and if that is not enough, the small groups become "others".

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

use super::super::timeline::Life;
use crate::trace::event::{Kind, TextId};
use crate::trace::numbers::NumberMap;
use crate::trace::recording::Recording;

/// A row of the lanes: one task, or several that are alike.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::trace::render) struct Row {
    /// The task, or the first of them.
    pub(in crate::trace::render) life: Life,
    /// The last of them.
    pub(in crate::trace::render) last_task: u32,
    /// How many they are.
    pub(in crate::trace::render) count: usize,
    /// How many of them finished, failed and were cancelled.
    pub(in crate::trace::render) ends: [usize; 3],
    /// The name, or what the names have in common; not yet escaped.
    pub(in crate::trace::render) name: String,
}

/// The kinds that [`Row::ends`] counts.
pub(in crate::trace::render) const ENDS: [Kind; 3] = [Kind::Finished, Kind::Failed, Kind::Cancelled];

/// Members of a row, as indexes into the lives.
type Group = Vec<usize>;

/// The rows, at most so many (3 are the least), by the number of their first task; and for each task its row.
pub(in crate::trace::render) fn fold(
    lives: &[Life],
    recording: &Recording,
    limit: usize,
) -> (Vec<Row>, NumberMap<usize>) {
    let limit = limit.max(3);
    let mut groups = groups(lives, recording, limit);
    groups.sort_unstable_by_key(|group| group[0]);
    let mut row_of = NumberMap::default();
    let mut rows = Vec::with_capacity(groups.len());
    for group in &groups {
        row_of.extend(group.iter().map(|index| (lives[*index].task, rows.len())));
        rows.push(row(group, lives, recording));
    }
    (rows, row_of)
}

fn groups(lives: &[Life], recording: &Recording, limit: usize) -> Vec<Group> {
    if lives.len() <= limit {
        return (0..lives.len()).map(|index| vec![index]).collect();
    }
    let names = |life: &Life| match recording.task(life.task) {
        Some(info) if life.task != 0 => Some(info.name),
        _ => None,
    };
    let by_name = crowds(lives, |life| (life.task == 0, names(life)));
    if let Some(groups) = fold_largest(&by_name, limit) {
        return groups;
    }
    let mut patterns: HashMap<TextId, String> = HashMap::new();
    for id in lives.iter().filter_map(names) {
        patterns.entry(id).or_insert_with(|| pattern(&recording.get_text(id)));
    }
    let by_pattern = crowds(lives, |life| (life.task == 0, names(life).and_then(|id| patterns.get(&id))));
    fold_largest(&by_pattern, limit).unwrap_or_else(|| with_others(by_pattern, lives, limit))
}

/// The lives with the same key together, largest crowd first, else in the order of their first tasks.
fn crowds<K: Hash + Eq>(lives: &[Life], key: impl Fn(&Life) -> K) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut indexes: HashMap<K, usize> = HashMap::new();
    for (index, life) in lives.iter().enumerate() {
        let group = *indexes.entry(key(life)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Group::new());
        }
        groups[group].push(index);
    }
    groups.sort_by_key(|group| Reverse(group.len()));
    groups
}

/// Folds crowds, from the largest on, until no more than `limit` rows are left; `None` if all do not suffice.
fn fold_largest(crowds: &[Group], limit: usize) -> Option<Vec<Group>> {
    let mut rows: usize = crowds.iter().map(Vec::len).sum();
    let mut groups = Vec::new();
    for crowd in crowds {
        if rows > limit {
            rows -= crowd.len() - 1;
            groups.push(crowd.clone());
        } else {
            groups.extend(crowd.iter().map(|index| vec![*index]));
        }
    }
    (rows <= limit).then_some(groups)
}

/// Keeps main and the largest crowds, and puts the rest together.
fn with_others(mut crowds: Vec<Group>, lives: &[Life], limit: usize) -> Vec<Group> {
    crowds.sort_by_key(|group| lives[group[0]].task != 0);
    let mut others: Group = crowds.split_off(limit - 1).concat();
    others.sort_unstable();
    crowds.push(others);
    crowds
}

/// The name with each number in it replaced by `*`.
fn pattern(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut in_number = false;
    for c in name.chars() {
        let digit = c.is_ascii_digit();
        if !digit {
            out.push(c);
        } else if !in_number {
            out.push('*');
        }
        in_number = digit;
    }
    out
}

fn row(group: &[usize], lives: &[Life], recording: &Recording) -> Row {
    let members = || group.iter().map(|index| &lives[*index]);
    let ends = ENDS.map(|kind| {
        let ended = |life: &&Life| life.end.is_some_and(|end| end.kind == kind);
        members().filter(ended).count()
    });
    let first = lives[group[0]];
    let name = recording.task_name(first.task);
    let shared = pattern(name);
    let mut names = members().map(|life| recording.task_name(life.task));
    let name = if names.clone().all(|other| other == name) {
        name.to_string()
    } else if names.all(|other| pattern(other) == shared) {
        shared
    } else {
        "others".to_string()
    };
    Row {
        life: first,
        last_task: members().map(|life| life.task).max().unwrap_or(first.task),
        count: group.len(),
        ends,
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::event::{Event, SiteId};
    use crate::trace::render::timeline::Timeline;

    fn folded<S: AsRef<str>>(names: impl IntoIterator<Item = S>, limit: usize) -> Vec<String> {
        let mut recording = Recording::default();
        recording.push(Event::new(0, 0, Kind::Started));
        for (index, name) in names.into_iter().enumerate() {
            let task = index as u32 + 1;
            recording.name_task(task, name.as_ref(), 0, SiteId::NONE);
            recording.push(Event::new(0, task, Kind::Created));
            recording.push(Event::new(0, task, ENDS[index % 3]));
        }
        let (rows, row_of) = fold(&Timeline::of_time(&recording).lives(), &recording, limit);
        assert!(rows.len() <= limit && row_of.values().all(|row| *row < rows.len()));
        let texts = rows
            .iter()
            .map(|row| format!("{}-{} {} {} {:?}", row.life.task, row.last_task, row.name, row.count, row.ends));
        texts.collect()
    }

    #[test]
    fn few_tasks_have_a_row_each() {
        assert_eq!(folded(["a", "a"], 3), ["0-0 main 1 [0, 0, 0]", "1-1 a 1 [1, 0, 0]", "2-2 a 1 [0, 1, 0]"]);
    }

    #[test]
    fn no_more_is_folded_than_must_be() {
        let names = ["a", "b", "b", "w", "w", "w", "w", "w", "w"];
        assert_eq!(
            folded(names, 5),
            [
                "0-0 main 1 [0, 0, 0]",
                "1-1 a 1 [1, 0, 0]",
                "2-2 b 1 [0, 1, 0]",
                "3-3 b 1 [0, 0, 1]",
                "4-9 w 6 [2, 2, 2]",
            ]
        );
    }

    #[test]
    fn names_that_differ_in_numbers_are_alike() {
        let names = (0..100).map(|n| format!("worker-{n}/{n}"));
        assert_eq!(folded(names, 5), ["0-0 main 1 [0, 0, 0]", "1-100 worker-*/* 100 [34, 33, 33]"]);
    }

    #[test]
    fn what_has_nothing_in_common_becomes_others() {
        let letters = ('a'..='z').chain('A'..='Z').map(String::from);
        assert_eq!(
            folded(letters, 4),
            ["0-0 main 1 [0, 0, 0]", "1-1 a 1 [1, 0, 0]", "2-2 b 1 [0, 1, 0]", "3-52 others 50 [17, 16, 17]",]
        );
    }
}
