//! Which elements a selector finds. As `Html::select` of scraper, which can't be stopped between one that it finds and the
//! next: there may be none in megabytes.

use cssparser::Parser as CssParser;
use scraper::selector::Parser;
use scraper::{ElementRef, Html};
use selectors::matching::{
    MatchingContext, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches,
    matches_selector,
};
use selectors::parser::{ParseRelative, SelectorList};

/// Calls `see` for each element in their order, with whether the selector, which is one, finds it.
///
/// # Errors
/// The first that `see` gives.
pub fn each<E>(document: &Html, css: &str, mut see: impl FnMut(ElementRef, bool) -> Result<(), E>) -> Result<(), E> {
    let Ok(selectors) = SelectorList::parse(&Parser, &mut CssParser::new(css), ParseRelative::No) else {
        return Ok(());
    };
    // what they remember of siblings and of `:has` makes quick what would go over them for each element
    let mut caches = SelectorCaches::default();
    let mut context = MatchingContext::new(
        MatchingMode::Normal,
        None,
        &mut caches,
        QuirksMode::NoQuirks,
        NeedsSelectorFlags::No,
        MatchingForInvalidation::No,
    );
    for element in document.tree.nodes().filter_map(ElementRef::wrap) {
        let is_match = element.parent().is_some()
            && selectors.slice().iter().any(|s| matches_selector(s, 0, None, &element, &mut context));
        see(element, is_match)?;
    }
    Ok(())
}
