//! The bundled examples: every `.rhai` file of `scripts/examples`, in the program itself.

use crate::near::nearest;

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// Names and texts, in the order of the alphabet.
pub fn all() -> &'static [(&'static str, &'static str)] {
    EXAMPLES
}

/// The name and the text of an example, whose name may end as its file does.
pub fn named(name: &str) -> Option<(&'static str, &'static str)> {
    EXAMPLES.iter().find(|(n, _)| *n == name.trim_end_matches(".rhai")).copied()
}

/// The text of an example.
///
/// # Errors
/// A line for the user, with the nearest name.
pub fn find(name: &str) -> Result<&'static str, String> {
    if let Some((_, text)) = named(name) {
        return Ok(text);
    }
    let name = name.trim_end_matches(".rhai");
    Err(match nearest(name, EXAMPLES.iter().map(|(n, _)| *n)) {
        Some(near) => format!("there is no example {name}; did you mean {near}?"),
        None => format!("there is no example {name}"),
    })
}

/// The list of them: each name, padded to one width, and what it shows.
pub fn list() -> impl Iterator<Item = (String, &'static str)> {
    let width = EXAMPLES.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    EXAMPLES.iter().map(move |(name, text)| (format!("{name:width$}  "), summary(text)))
}

/// The first comment line of an example: what it shows.
fn summary(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_start_matches(['/', ' '])
}
