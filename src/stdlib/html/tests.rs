use std::cell::Cell;

use super::*;

const MOST: usize = 64 << 20;

fn found(text: &str, css: &str) -> Vec<String> {
    let list = select(text, css, MOST, &|| Ok(())).unwrap_or_default();
    let html = |item: Dynamic| item.read_lock::<Map>().map(|map| map["html"].to_string()).unwrap_or_default();
    list.into_iter().map(html).collect()
}

#[test]
fn it_finds_what_scraper_finds() {
    let item = |n: u32| format!("<li id=\"i{n}\" class=\"c{}\">é {n} &amp; <b>{n}</b>\r\n</li>", n % 3);
    let page = format!("<!doctype html>x<p>y<ul>{}</ul><table><td>1</table>", (0..2_000).map(item).collect::<String>());
    let document = Html::parse_document(&page);
    for css in
        ["li", "li.c1 > b", "li:nth-child(3n+1)", "ul:has(b) li:not(.c2)", "b, td", "li + .c0", ":root", "html", "x"]
    {
        let selector = Selector::parse(css).expect(css);
        let expected: Vec<String> = document.select(&selector).map(|element| element.html()).collect();
        assert_eq!(found(&page, css), expected, "{css}");
    }
}

#[test]
fn what_is_nested_deep_is_as_long_as_may_be_and_no_longer() {
    let nested = "<div>".repeat(2_000);
    let sizes: Vec<usize> = found(&nested, "div div").iter().map(String::len).collect();
    assert_eq!(sizes, (1..2_000).rev().map(|n| n * "<div></div>".len()).collect::<Vec<_>>());
    assert!(matches!(select(&nested, "div", 1 << 20, &|| Ok(())), Err(Unselected::TooMuch)));
    assert!(select(&nested, "div:not(:has(div))", 1 << 10, &|| Ok(())).is_ok_and(|list| list.len() == 1));
}

#[test]
fn it_stops_wherever_the_time_goes() {
    // to read it, to find nothing, and to copy what is found
    for (text, css) in
        [("<div>".repeat(30_000), "p"), ("<i>x</i>".repeat(60_000), "x > y"), ("<p>".repeat(60_000), "body, p")]
    {
        let asked = Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            if asked.get() < 3 { Ok(()) } else { Err("enough".into()) }
        };
        assert!(matches!(select(&text, css, MOST, &stop), Err(Unselected::Failed(_))), "{css}");
        assert_eq!(asked.get(), 3, "{css}");
    }
}
