//! The words of a line, as a shell takes them, and of a table.

/// Words between blanks, unless in quotes of either kind. A backslash takes a blank, a quote or a backslash as it is.
///
/// # Errors
/// A quote is not closed.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut chars = text.chars().peekable();
    let is_special = |c: &char| c.is_whitespace() || matches!(c, '\'' | '"' | '\\');
    while let Some(c) = chars.next() {
        match (c, quote) {
            (_, Some(q)) if c == q => quote = None,
            ('\\', None | Some('"')) => word.get_or_insert_default().push(chars.next_if(is_special).unwrap_or(c)),
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (_, None) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    match quote {
        Some(quote) => Err(format!("a quote is not closed: {quote}")),
        None => Ok(words),
    }
}

/// Whether `word` is one of those that stand in `list`, with a blank between them.
pub fn has(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_backslashes_keep_words_together() {
        let of = |text| words(text).expect("closed quotes");
        assert_eq!(of(r#" a "b c"d "" e"#), ["a", "b cd", "", "e"]);
        assert_eq!(of(r"f 'b c' d\ e C:\new 'it'\''s'"), ["f", "b c", "d e", r"C:\new", "it's"]);
        assert!(of("  ").is_empty());
        assert!(words("code '--wait").is_err_and(|why| why.contains("not closed: '")));
    }
}
