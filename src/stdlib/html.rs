//! HTML: what a scraper needs of it.

use rhai::{Array, Dynamic, Map};
use scraper::{ElementRef, Html, Selector};

use super::functions;
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
        lib.engine.register_fn("html_select", |text: &str, css: &str| select(text, css));
    };
}

fn select(text: &str, css: &str) -> Fallible<Array> {
    let selector = Selector::parse(css)
        .map_err(|e| error(kind::VALUE, format!("{css:?} is no CSS selector, such as \"a[href]\": {e}")))?;
    Ok(Html::parse_document(text).select(&selector).map(map_of).collect())
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
