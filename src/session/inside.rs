//! How many values there are deep inside another.
//!
//! What is put into itself doubles each time: `a = [a, a]`, `f = f.curry(f)`. Thirty times fill any memory, and no array in
//! it is long. But nearly all that is in it is nested deep, as it is in few values that programs need; and whether a value
//! goes deep is quickly tried.

use std::cell::RefCell;

use rhai::{Dynamic, FnPtr};

use crate::draws::Draws;

/// Nested more than so deep is deep.
pub const DEEP: usize = 8;
/// So many ways down into a value are tried.
const WAYS: usize = 32;
/// Among so many entries of a map one is taken: they are not to be had by number.
const ENTRIES: usize = 256;
/// So deep values are counted: how deep they may be is another question.
const LEVELS: usize = 1_000;

thread_local! {
    static RANDOM: RefCell<Draws> = const { RefCell::new(Draws::new(1)) };
}

/// Whether there are more than so many values deep inside this one. They are counted only if it goes deep.
pub fn are_more(value: &Dynamic, most: usize) -> bool {
    // what was put in last is the largest where something is put into itself again and again
    let ways = [|count: usize| count.saturating_sub(1), |_| 0].into_iter().chain([any_of as fn(usize) -> usize; WAYS]);
    ways.into_iter().any(|way| goes_deep(value, 1, way)) && !is_counted(value, 1, &mut { most })
}

/// Whether one way down leads deep.
fn goes_deep(value: &Dynamic, level: usize, way: fn(usize) -> usize) -> bool {
    if value.is_shared() {
        let inner = if value.is_locked() { None } else { value.read_lock::<Dynamic>() };
        return inner.is_some_and(|inner| goes_deep(&inner, level, way));
    }
    let below = |item: Option<&Dynamic>| item.is_some_and(|item| level > DEEP || goes_deep(item, level + 1, way));
    if let Ok(list) = value.as_array_ref() {
        below(list.get(way(list.len())))
    } else if let Ok(map) = value.as_map_ref() {
        below(map.values().nth(way(map.len().min(ENTRIES))))
    } else if let Some(function) = value.read_lock::<FnPtr>() {
        below(function.curry().get(way(function.curry().len())))
    } else {
        false
    }
}

/// A number below this one.
fn any_of(count: usize) -> usize {
    RANDOM.with_borrow_mut(|draws| draws.below(count.max(1)))
}

/// Whether no more than `left` values are deep inside.
fn is_counted(value: &Dynamic, level: usize, left: &mut usize) -> bool {
    if value.is_shared() {
        let inner = if value.is_locked() { None } else { value.read_lock::<Dynamic>() };
        return inner.is_none_or(|inner| is_counted(&inner, level, left));
    }
    if level > LEVELS {
        return true;
    }
    let mut item = |item: &Dynamic| {
        if level > DEEP {
            let Some(fewer) = left.checked_sub(1) else { return false };
            *left = fewer;
        }
        is_counted(item, level + 1, left)
    };
    if let Ok(list) = value.as_array_ref() {
        list.iter().all(item)
    } else if let Ok(map) = value.as_map_ref() {
        map.values().all(item)
    } else if let Some(function) = value.read_lock::<FnPtr>() {
        function.curry().iter().all(&mut item)
    } else {
        true
    }
}

#[cfg(test)]
mod tests {
    use rhai::{Array, Map};

    use super::*;

    fn doubled(times: usize, twice: impl Fn(Dynamic) -> Dynamic) -> Dynamic {
        (0..times).fold(Dynamic::from(1_i64), |value, _| twice(value))
    }

    #[test]
    fn what_doubles_is_seen() {
        let pair = |value: Dynamic| Dynamic::from(vec![value.clone(), value]);
        let map = |value: Dynamic| Dynamic::from(Map::from([("x".into(), value.clone()), ("y".into(), value)]));
        for twice in [&pair as &dyn Fn(Dynamic) -> Dynamic, &map] {
            assert!(are_more(&doubled(15, twice), 1_000) && !are_more(&doubled(15, twice), 100_000));
        }
        let mut own: Array = vec![Dynamic::UNIT];
        (0..18).for_each(|_| own.push(own.clone().into()));
        assert!(are_more(&own.into(), 10_000));
    }

    #[test]
    fn what_is_large_but_flat_is_let_be() {
        let map = Dynamic::from(Map::from([
            ("x".into(), 1_i64.into()),
            ("y".into(), Dynamic::from(vec![Dynamic::from(2_i64); 9])),
        ]));
        let flat = Dynamic::from(vec![map; 20_000]);
        assert!(!are_more(&flat, 10));
        assert!(!are_more(&doubled(8, |value| vec![value.clone(), value].into()), 10));
    }
}
