//! HTML: what a scraper needs of it.

use rhai::{Array, Dynamic, Map, NativeCallContext};
use scraper::error::SelectorErrorKind;
use scraper::{ElementRef, Html, Selector};

use super::functions;
use super::json::may_go_on;
use super::values::Fallible;
use crate::engine::errors::{error, kind};

functions! {
    /// The elements of an HTML text that a CSS selector finds, in their order: an array of `#{text, attributes, html}`.
    /// `text` is all text in the element as it stands there, `attributes` a map of strings, `html` the element itself.
    /// HTML that is not well formed is read as browsers read it. Throws "value" for what is no selector.
    ///
    /// ```
    /// let page = `<ul><li><a href="/a">one</a><li><a href="/b">two</a></ul>`;
    /// let links = html_select(page, "li > a[href]");
    /// assert(links.map(|a| a.attributes.href) == ["/a", "/b"]);
    /// assert(links[0].text == "one" && links[0].html == `<a href="/a">one</a>`);
    /// ```
    ///
    /// asyncio: `BeautifulSoup(text).select`; JavaScript: `document.querySelectorAll`; tokio: the crate `scraper`
    "html_select(text, css)" => |lib| {
        lib.engine.register_fn("html_select", |context: NativeCallContext, text: &str, css: &str| {
            select(text, css, &|| may_go_on(&context))
        });
    };
}

/// What a selector finds; whether to go on is asked at each element, as the texts of many that are nested are long.
fn select(text: &str, css: &str, go_on: &dyn Fn() -> Fallible<()>) -> Fallible<Array> {
    let selector = Selector::parse(css).map_err(|e| {
        let message = format!("{css:?} is no CSS selector, such as \"a[href]\": {}", problem(css, &e));
        error(kind::VALUE, message)
    })?;
    let document = Html::parse_document(text);
    document.select(&selector).map(|element| go_on().map(|()| map_of(element))).collect()
}

/// What is wrong with a selector. The parser's own words are for those who work on it.
fn problem(css: &str, e: &SelectorErrorKind) -> String {
    match e {
        _ if css.trim().is_empty() => "it is empty".to_owned(),
        SelectorErrorKind::EndOfLine => "it ends too early".to_owned(),
        SelectorErrorKind::UnexpectedToken => "a character is out of place".to_owned(),
        _ if css.contains(':') => "a part after \":\" is unknown, or a bracket is not closed".to_owned(),
        _ => "a part is missing, or unknown".to_owned(),
    }
}

fn map_of(element: ElementRef) -> Dynamic {
    let attributes: Map =
        element.value().attrs().map(|(name, value)| (name.into(), value.to_string().into())).collect();
    let entries = [
        ("text", Dynamic::from(element.text().collect::<String>())),
        ("attributes", attributes.into()),
        ("html", element.html().into()),
    ];
    entries.into_iter().map(|(name, value)| (name.into(), value)).collect::<Map>().into()
}
