//! What a lowered `for` goes over, one item a turn.

use rhai::{Array, Dynamic, EvalAltResult};

use super::interp::Interp;

/// An iterator that can be kept while its loop waits. Counts its turns.
pub struct Iter {
    items: Items,
    count: i64,
}

enum Items {
    /// From the first number up to but without the second; `None` at the end.
    Range(i64, i64),
    /// The last number of an inclusive range is one that no half-open range could reach past.
    Inclusive(Option<(i64, i64)>),
    List(std::vec::IntoIter<Dynamic>),
}

impl Iter {
    /// Goes over what Rhai's own `for` can go over.
    pub fn over(value: Dynamic, interp: &mut Interp) -> Result<Self, Box<EvalAltResult>> {
        let value = value.flatten();
        let items = if let Some(range) = value.read_lock::<std::ops::Range<i64>>() {
            Items::Range(range.start, range.end)
        } else if let Some(range) = value.read_lock::<std::ops::RangeInclusive<i64>>() {
            Items::Inclusive((range.start() <= range.end()).then(|| (*range.start(), *range.end())))
        } else if value.is_array() {
            let list: Array = value.into_array().unwrap_or_default();
            Items::List(list.into_iter())
        } else {
            Items::List(interp.items(value)?.into_iter())
        };
        Ok(Self { items, count: 0 })
    }

    /// The number of the turn, from 0, and its item.
    #[inline]
    pub fn turn(&mut self) -> Option<(i64, Dynamic)> {
        let item = match &mut self.items {
            Items::Range(next, end) if *next < *end => {
                *next += 1;
                Dynamic::from(*next - 1)
            }
            Items::Range(..) => return None,
            Items::Inclusive(range) => {
                let (next, end) = (*range)?;
                *range = (next < end).then_some((next + 1, end));
                Dynamic::from(next)
            }
            Items::List(list) => list.next()?.flatten(),
        };
        self.count += 1;
        Some((self.count - 1, item))
    }
}
