//! HTML: what a scraper needs of it.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use html5ever::driver::parse_document;
use html5ever::serialize::{SerializeOpts, TraversalScope, serialize};
use html5ever::tendril::TendrilSink as _;
use rhai::{Array, Dynamic, EvalAltResult, Map, NativeCallContext};
use scraper::error::SelectorErrorKind;
use scraper::{ElementRef, Html, HtmlTreeSink, Selector};

use super::functions;
use super::patience::{Patience, may_go_on};
use super::values::Fallible;
use crate::engine::errors::{error, kind};
use crate::units::bytes;

mod find;

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
        let (shared, most) = (lib.kernel.shared.clone(), lib.kernel.limits.string);
        lib.engine.register_fn("html_select", move |context: NativeCallContext, text: &str, css: &str| {
            let go_on = || may_go_on(&context);
            select(text, css, most, &go_on).map_err(|why| match why {
                Unselected::Failed(error) => error,
                Unselected::TooMuch => shared.exhaust(too_much(most)),
            })
        });
    };
}

fn too_much(most: usize) -> String {
    let most = bytes(most);
    format!(
        "too large: what html_select finds comes to more than {most}, as each element has the text and the HTML of all in it; \
         a selector that finds fewer helps (--limit string=N allows more)"
    )
}

/// Why nothing is selected.
enum Unselected {
    Failed(Box<EvalAltResult>),
    /// It would be more than may be.
    TooMuch,
}

impl From<Box<EvalAltResult>> for Unselected {
    fn from(error: Box<EvalAltResult>) -> Self {
        Self::Failed(error)
    }
}

/// What a selector finds, of so many bytes at most; `go_on` is asked now and then.
fn select(text: &str, css: &str, most: usize, go_on: &dyn Fn() -> Fallible<()>) -> Result<Array, Unselected> {
    let wrong = |e: SelectorErrorKind| {
        let message = format!("{css:?} is no CSS selector, such as \"a[href]\": {}", problem(css, &e));
        error(kind::VALUE, message)
    };
    Selector::parse(css).map_err(wrong)?;
    let patience = Patience::new(go_on);
    let document = document(text, &patience)?;
    let mut copier = Copier { left: most, patience: &patience };
    let mut found = Array::new();
    find::each(&document, css, |element, is_match| {
        patience.check()?;
        if is_match {
            found.push(copier.copy(element)?);
        }
        Ok::<_, Unselected>(())
    })?;
    Ok(found)
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

/// Reads a text piece by piece. Where elements are nested deep a tag takes long, so a piece is as large as is quick.
fn document(text: &str, patience: &Patience) -> Fallible<Html> {
    const QUICK: Duration = Duration::from_millis(5);
    const SIZES: (usize, usize) = (16, 64 << 10);
    let mut parser = parse_document(HtmlTreeSink::new(Html::new_document()), Default::default());
    let (mut rest, mut size) = (text, 1 << 10);
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(size));
        let began = Instant::now();
        parser.process(piece.into());
        size = if began.elapsed() < QUICK { size * 2 } else { size / 4 }.clamp(SIZES.0, SIZES.1);
        rest = after;
        patience.check()?;
    }
    Ok(parser.finish())
}

/// Makes values of elements, until there are too many bytes in them.
struct Copier<'a> {
    left: usize,
    patience: &'a Patience<'a>,
}

impl Copier<'_> {
    fn copy(&mut self, element: ElementRef) -> Result<Dynamic, Unselected> {
        let html = self.html(element)?;
        let mut text = String::new();
        for part in element.text() {
            self.take(part.len())?;
            text.push_str(part);
        }
        let mut attributes = Map::new();
        for (name, value) in element.value().attrs() {
            self.take(value.len())?;
            attributes.insert(name.into(), value.to_string().into());
        }
        let entries = [("text", text.into()), ("attributes", attributes.into()), ("html", html.into())];
        Ok(entries.into_iter().map(|(name, value)| (name.into(), value)).collect::<Map>().into())
    }

    /// The element itself: the outer HTML.
    fn html(&mut self, element: ElementRef) -> Result<String, Unselected> {
        let mut page = Page { html: Vec::new(), copier: self, why: None };
        let options = SerializeOpts { traversal_scope: TraversalScope::IncludeNode, ..SerializeOpts::default() };
        match (serialize(&mut page, &element, options), page.why) {
            (_, Some(why)) => Err(why),
            (Ok(()), None) => Ok(String::from_utf8_lossy(&page.html).into_owned()),
            (Err(e), None) => Err(error(kind::VALUE, e.to_string()).into()),
        }
    }

    fn take(&mut self, size: usize) -> Result<(), Unselected> {
        const STRETCH: usize = 4 << 10;
        let before = self.left;
        self.left = before.checked_sub(size).ok_or(Unselected::TooMuch)?;
        if before / STRETCH == self.left / STRETCH { Ok(()) } else { Ok(self.patience.check()?) }
    }
}

/// The HTML of an element while it is written.
struct Page<'c, 'p> {
    html: Vec<u8>,
    copier: &'c mut Copier<'p>,
    /// Why no more is written.
    why: Option<Unselected>,
}

impl Write for Page<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.copier.take(bytes.len()).map_err(|why| {
            self.why = Some(why);
            io::Error::other("stopped")
        })?;
        self.html.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
