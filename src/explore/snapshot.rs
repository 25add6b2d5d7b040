//! The variables that a function captures, as they were: each run begins with them.

use std::collections::HashSet;
use std::ops::{Range, RangeInclusive};
use std::time::Instant;

use crate::lang::touch::is_held;
use rhai::{Array, Blob, Dynamic, FnPtr, Map};

/// Shared variables, and what they held.
#[derive(Clone, Default)]
pub struct Snapshot {
    cells: Vec<(Dynamic, Dynamic)>,
}

impl Snapshot {
    /// All shared variables that can be reached from these values.
    ///
    /// # Errors
    /// What can't be put back, as a word for it: a lock, a queue, a task has a state that others share.
    pub fn of<'v>(values: impl IntoIterator<Item = &'v Dynamic>) -> Result<Self, String> {
        let mut walk = Walk { seen: HashSet::new(), cells: Vec::new() };
        values.into_iter().try_for_each(|value| walk.value(value))?;
        Ok(Self { cells: walk.cells })
    }

    /// Puts them back to what they held.
    pub fn restore(&mut self) {
        for (cell, held) in &mut self.cells {
            if let Some(mut slot) = cell.write_lock::<Dynamic>() {
                slot.clone_from(held);
            }
        }
    }

    /// Puts them back to what they held, and holds what they are now, for the next time.
    pub fn exchange(&mut self) {
        for (cell, held) in &mut self.cells {
            if let Some(mut slot) = cell.write_lock::<Dynamic>() {
                std::mem::swap(&mut *slot, held);
            }
        }
    }
}

struct Walk {
    /// Addresses of the cells that are in the list.
    seen: HashSet<usize>,
    cells: Vec<(Dynamic, Dynamic)>,
}

impl Walk {
    fn value(&mut self, value: &Dynamic) -> Result<(), String> {
        if is_held(value) {
            return Err("variable that is being written to".to_string());
        }
        if !value.is_shared() {
            return self.content(value);
        }
        let Some(address) = address(value) else {
            return Err("variable that can't be read".to_string());
        };
        if !self.seen.insert(address) {
            return Ok(());
        }
        let Some(held) = value.read_lock::<Dynamic>().map(|held| held.clone()) else {
            return Err("variable that can't be read".to_string());
        };
        self.cells.push((value.clone(), held.clone()));
        self.content(&held)
    }

    fn content(&mut self, value: &Dynamic) -> Result<(), String> {
        if let Some(list) = value.read_lock::<Array>() {
            return list.iter().try_for_each(|item| self.value(item));
        }
        if let Some(map) = value.read_lock::<Map>() {
            return map.values().try_for_each(|item| self.value(item));
        }
        if let Some(function) = value.read_lock::<FnPtr>() {
            return function.curry().iter().try_for_each(|captured| self.value(captured));
        }
        let plain = value.is_unit()
            || value.is_bool()
            || value.is_int()
            || value.is_float()
            || value.is_char()
            || value.is_string()
            || value.is::<Blob>()
            || value.is::<Range<i64>>()
            || value.is::<RangeInclusive<i64>>()
            || value.is::<Instant>();
        if plain { Ok(()) } else { Err(word(value.type_name())) }
    }
}

/// Where a shared variable lies. It stays there as long as anybody has it.
pub fn address(value: &Dynamic) -> Option<usize> {
    let held = value.read_lock::<Dynamic>()?;
    Some(std::ptr::from_ref(&*held).addr())
}

/// What Rust calls a type of the library, as a word of the script's: `loopscope::stdlib::sync::lock::Lock` is a lock.
fn word(type_name: &str) -> String {
    let last = type_name.rsplit("::").next().unwrap_or(type_name);
    last.trim_end_matches('>').to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_put_back_and_stays_shared() {
        let cell = Dynamic::from(1_i64).into_shared();
        let list = Dynamic::from(vec![cell.clone(), cell.clone()]).into_shared();
        let mut snapshot = Snapshot::of([&list]).expect("plain values");
        assert_eq!(snapshot.cells.len(), 2);
        let mut handle = cell.clone();
        *handle.write_lock::<i64>().expect("an integer") = 7;
        let mut other = list.clone();
        other.write_lock::<Array>().expect("an array").clear();
        snapshot.exchange();
        assert_eq!((cell.as_int(), list.read_lock::<Array>().map(|list| list.len())), (Ok(1), Some(2)));
        snapshot.exchange();
        assert_eq!((cell.as_int(), list.read_lock::<Array>().map(|list| list.len())), (Ok(7), Some(0)));
        snapshot.exchange();
        assert_eq!(cell.as_int(), Ok(1));
        *handle.write_lock::<i64>().expect("an integer") = 3;
        let seen: Vec<i64> = list.read_lock::<Array>().expect("an array").iter().map(|v| v.as_int().unwrap()).collect();
        assert_eq!(seen, [3, 3]);
    }

    #[test]
    fn a_value_with_a_state_of_its_own_is_refused() {
        #[derive(Clone)]
        struct Lock;
        let list = Dynamic::from(vec![Dynamic::from(Lock)]);
        assert_eq!(Snapshot::of([&list]).err().as_deref(), Some("lock"));
    }
}
