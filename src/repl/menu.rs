//! What Tab offers, made to fit below the line.

use rustyline::completion::Pair;
use unicode_width::UnicodeWidthStr as _;

use super::complete::pair;

/// As many of the candidates as a screen can show below a line, and how many there are besides. A list that is paged
/// would have keys of its own, and hold up what tasks print.
pub fn fitted(mut found: Vec<Pair>, typed: &str, columns: usize, rows: usize) -> Vec<Pair> {
    /// Rows for the line itself, twice.
    const OWN: usize = 4;
    let room = |found: &[Pair]| {
        let widest = found.iter().map(|p| p.display.width()).max().unwrap_or(0) + GAP;
        (columns / widest.min(columns).max(1)).max(1) * rows.saturating_sub(OWN).max(1)
    };
    if found.len() > room(&found) {
        let share = columns / found.len().div_ceil(rows.saturating_sub(OWN).max(1));
        found.iter_mut().for_each(|pair| pair.display = shortened(pair, share.saturating_sub(GAP)));
    }
    let most = room(&found);
    if found.len() > most {
        let more = found.len() - most + 1;
        found.truncate(most - 1);
        found.push(pair(format!("… {more} more"), typed));
    }
    found
}

/// Between two candidates of a row.
const GAP: usize = 2;

/// A candidate in so many columns at most, if that can be: without the type that it belongs to, then without its
/// parameters.
fn shortened(pair: &Pair, columns: usize) -> String {
    let name = pair.replacement.trim_end_matches(['(', ')', ' ']);
    let from = match pair.display.find(name) {
        Some(at) if !name.is_empty() => at,
        _ => return pair.display.clone(),
    };
    let signature = pair.display[from..].split("  ").next().unwrap_or_default();
    let ends = if pair.replacement.ends_with('(') { "(…)" } else { "" };
    [signature.to_owned(), format!("{name}{ends}")]
        .into_iter()
        .find(|text| text.width() <= columns)
        .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_fits_on_the_screen() {
        let many: Vec<Pair> =
            (0..300).map(|n| pair(format!("queue.method_{n}(item)"), format!("method_{n}("))).collect();
        let shown = fitted(many, "m", 80, 24);
        assert_eq!((shown.len(), shown[0].display.as_str()), (120, "method_0"));
        assert_eq!(shown[119].display, "… 181 more");
        assert_eq!(shown[119].replacement, "m");
        let some: Vec<Pair> = (10..60)
            .map(|n| pair(format!("string.method_{n}(by)"), format!("method_{n}(")))
            .chain([pair("string.replace_all(from, to, and, more)", "replace_all(")])
            .collect();
        let shown = fitted(some, "m", 80, 24);
        assert_eq!((shown.len(), shown[0].display.as_str()), (51, "method_10(by)"));
        assert_eq!(shown[50].display, "replace_all(…)");
        let few = fitted(vec![pair("sleep(s)  Waits.", "sleep(")], "s", 80, 24);
        assert_eq!(few[0].display, "sleep(s)  Waits.");
    }
}
