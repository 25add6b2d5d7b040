//! The order of values in a `priority_queue`: numbers by size, texts by their letters, arrays by their elements.

use std::cmp::Ordering;

use crate::lang::touch::is_held;
use rhai::{Array, Dynamic};

/// What sort of value it is, for comparing. What can't be compared is of the last sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Unit,
    Bool,
    Number,
    Char,
    Text,
    List,
    Other,
}

fn sort(value: &Dynamic) -> Sort {
    match value.type_name() {
        _ if is_held(value) => Sort::Other,
        _ if value.is_unit() => Sort::Unit,
        _ if value.is_bool() => Sort::Bool,
        _ if value.is_int() || value.is_float() => Sort::Number,
        _ if value.is_char() => Sort::Char,
        _ if value.is_string() => Sort::Text,
        _ if value.is_array() => Sort::List,
        _ => Sort::Other,
    }
}

/// Compares two values. It is an order of all values: those of different sorts go by their sorts, and those that can't
/// be compared count as equal.
pub fn compare(a: &Dynamic, b: &Dynamic) -> Ordering {
    let (sort_a, sort_b) = (sort(a), sort(b));
    if sort_a != sort_b {
        return sort_a.cmp(&sort_b);
    }
    match sort_a {
        Sort::Bool => a.as_bool().ok().cmp(&b.as_bool().ok()),
        Sort::Number => numbers(a, b),
        Sort::Char => a.as_char().ok().cmp(&b.as_char().ok()),
        Sort::Text => texts(a, b),
        Sort::List => lists(a, b),
        Sort::Unit | Sort::Other => Ordering::Equal,
    }
}

fn texts(a: &Dynamic, b: &Dynamic) -> Ordering {
    match (a.read_lock::<rhai::ImmutableString>(), b.read_lock::<rhai::ImmutableString>()) {
        (Some(a), Some(b)) => a.as_str().cmp(b.as_str()),
        _ => Ordering::Equal,
    }
}

fn lists(a: &Dynamic, b: &Dynamic) -> Ordering {
    match (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        (Some(a), Some(b)) => {
            let pairs = a.iter().zip(b.iter()).map(|(a, b)| compare(a, b));
            pairs.into_iter().find(|o| o.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        _ => Ordering::Equal,
    }
}

fn numbers(a: &Dynamic, b: &Dynamic) -> Ordering {
    match (a.as_int(), b.as_int()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(a), Err(_)) => int_and_float(a, b.as_float().unwrap_or_default()),
        (Err(_), Ok(b)) => int_and_float(b, a.as_float().unwrap_or_default()).reverse(),
        (Err(_), Err(_)) => floats(a.as_float().unwrap_or_default(), b.as_float().unwrap_or_default()),
    }
}

/// NaN comes after all other numbers; the two zeros are equal.
fn floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

/// Exact also where a float could not tell the integer from its neighbours.
fn int_and_float(a: i64, b: f64) -> Ordering {
    const END: f64 = 9_223_372_036_854_775_808.0; // 2^63
    match b {
        b if b.is_nan() || b >= END => Ordering::Less,
        b if b < -END => Ordering::Greater,
        b => a.cmp(&(b.floor() as i64)).then(0.0_f64.partial_cmp(&(b - b.floor())).unwrap_or(Ordering::Equal)),
    }
}

/// Says why a value has no place in a queue that has `other` in it, if it has none: by the first elements that differ
/// in their sort. With nothing else in the queue, it must be of a sort that has an order.
pub fn objection<'v>(value: &'v Dynamic, other: Option<&'v Dynamic>) -> Option<String> {
    let article = |v: &Dynamic| crate::engine::errors::article(v.type_name());
    let Some(other) = other else {
        return (sort(value) == Sort::Other).then(|| {
            format!("priorities are numbers or texts, and this is {}: put `[priority, item]`", article(value))
        });
    };
    match (sort(value), sort(other)) {
        (Sort::Other, _) => objection(value, None),
        (Sort::List, Sort::List) => {
            let (a, b) = (value.read_lock::<Array>()?, other.read_lock::<Array>()?);
            match (a.first(), b.first()) {
                (Some(a), Some(b)) => objection(a, Some(b)),
                _ => None,
            }
        }
        (a, b) if a == b => None,
        _ => Some(format!(
            "priorities have to be of one type: the queue has {}, and this is {}",
            article(other),
            article(value)
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(script: &str) -> Array {
        rhai::Engine::new().eval(script).expect("it is an array")
    }

    #[test]
    fn numbers_are_compared_exactly() {
        let list = values(
            "[-1.0/0.0, -3, -2.5, -2, 0, 0.5, 1, 9007199254740992.0, 9007199254740993, 9223372036854775807, 1e19, 0.0/0.0]",
        );
        for (i, a) in list.iter().enumerate() {
            for (j, b) in list.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} and {b}");
            }
        }
        let equal = values("[0.0, -0.0, 0]");
        assert!(equal.iter().all(|a| equal.iter().all(|b| compare(a, b).is_eq())));
    }

    #[test]
    fn arrays_go_by_their_elements_and_what_has_no_order_is_equal() {
        let list = values("[[], [1], [1, \"a\"], [1, \"b\", 0], [1, [2]], [1, #{}], [2]]");
        for pair in list.windows(2) {
            assert_eq!(compare(&pair[0], &pair[1]), Ordering::Less, "{} and {}", pair[0], pair[1]);
        }
        let equal = values("[[1, #{a: 1}], [1, #{b: 2}]]");
        assert_eq!(compare(&equal[0], &equal[1]), Ordering::Equal);
    }

    #[test]
    fn what_does_not_fit_is_objected_to() {
        let list = values("[1, 2.5, \"a\", #{}, [1, #{}], [2, \"x\"], [\"a\"]]");
        let fits = |a: usize, b: usize| objection(&list[a], Some(&list[b])).is_none();
        assert!(fits(0, 1) && fits(4, 5) && objection(&list[2], None).is_none());
        assert!(!fits(0, 2) && !fits(3, 0) && !fits(5, 6) && !fits(4, 0) && objection(&list[3], None).is_some());
    }
}
