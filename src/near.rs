//! The name that somebody may have meant by a wrong one: the one place that says what "near" is.

/// So many changes there may be in a word that still means a name: a third of its letters.
pub fn allowed(wrong: &str) -> usize {
    wrong.chars().count().max(3) / 3
}

/// So many changes lead from one to the other, if few enough that one may stand for the other, and not all of its
/// letters.
pub fn distance(wrong: &str, name: &str) -> Option<usize> {
    let letters = wrong.chars().count();
    let changes = strsim::damerau_levenshtein(wrong, name);
    (changes <= allowed(wrong) && changes < letters).then_some(changes)
}

/// The name that is the same but for capitals and underscores, as `indexOf` is for `index_of`; else the one that takes
/// the fewest changes to become `wrong`; of equals the first.
pub fn nearest<'a>(wrong: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let letters = |name: &str| name.replace('_', "").to_lowercase();
    let wanted = letters(wrong);
    let near = names.filter_map(|name| match letters(name) == wanted && !wanted.is_empty() {
        true => Some((0, name)),
        false => Some((distance(wrong, name)?, name)),
    });
    near.min_by_key(|(changes, _)| *changes).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_what_shares_most_letters() {
        let near = |wrong| nearest(wrong, ["lock", "cosh", "sleep", "gather", "queue", "x"].into_iter());
        assert_eq!(["lcok", "slep", "gahter", "queu"].map(near), ["lock", "sleep", "gather", "queue"].map(Some));
        assert_eq!(nearest("isSet", ["is_let", "is_set"].into_iter()), Some("is_set"));
        assert_eq!(["nosuch", "xyz", "y", "", "sheepdog"].map(near), [None; 5]);
    }
}
