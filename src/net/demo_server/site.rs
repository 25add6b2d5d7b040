//! The pages below `/site/`: a small web to crawl, with what makes crawling interesting.
//!
//! There are relative and absolute links, two spellings of one address, circles, a fragment, a page that nothing but
//! one deep page links to, and one link that leads nowhere (`/site/lost.html`).

use std::fmt::Write;

struct Page {
    path: &'static str,
    title: &'static str,
    text: &'static str,
    /// `{origin}` stands for the address of the server.
    links: &'static [&'static str],
}

const fn page(path: &'static str, title: &'static str, text: &'static str, links: &'static [&'static str]) -> Page {
    Page { path, title, text, links }
}

static PAGES: [Page; 14] = [
    page(
        "",
        "The Async Almanac",
        "Everything that waits, from A to Z.",
        &["about.html", "guide/", "/site/terms/", "news.html"],
    ),
    page(
        "about.html",
        "About",
        "Written by one thread, a little at a time.",
        &["./", "news.html", "{origin}/site/guide/"],
    ),
    page("news.html", "News", "Nothing has happened yet; awaiting.", &["/site/", "about.html", "lost.html"]),
    page(
        "guide/",
        "Guide",
        "Three steps to the first concurrent program.",
        &["../", "tasks.html", "await.html", "cancel.html"],
    ),
    page(
        "guide/tasks.html",
        "Tasks",
        "A task is a piece of work that takes turns.",
        &["./", "await.html", "../terms/task.html"],
    ),
    page(
        "guide/await.html",
        "Await",
        "An await is the only place where others get a turn.",
        &["tasks.html", "cancel.html", "../../site/terms/future.html"],
    ),
    page(
        "guide/cancel.html",
        "Cancel",
        "To cancel is to ask; the task answers at its next await.",
        &["await.html", "#top", "hidden.html"],
    ),
    page("guide/hidden.html", "The Hidden Page", "You followed every link. Well crawled.", &["../guide/./", "/site/"]),
    page(
        "terms/",
        "Terms",
        "The words of the field.",
        &["task.html", "future.html", "loop.html", "queue.html", "/site/terms/lock.html"],
    ),
    page(
        "terms/task.html",
        "Task",
        "A coroutine that the event loop has taken on.",
        &["./", "loop.html", "/site/guide/tasks.html"],
    ),
    page("terms/future.html", "Future", "A value that is not there yet.", &["task.html", "/site/terms/"]),
    page(
        "terms/loop.html",
        "Event Loop",
        "It asks who is ready, runs them in turn, and waits for the rest.",
        &["queue.html", "task.html"],
    ),
    page(
        "terms/queue.html",
        "Queue",
        "Where producers wait for room and consumers for work.",
        &["loop.html", "lock.html?from=queue"],
    ),
    page(
        "terms/lock.html",
        "Lock",
        "Held across an await, it makes others wait.",
        &["queue.html", "../terms/task.html#lock", "/site/"],
    ),
];

/// The HTML of the page with that path below `/site/`, if there is one.
pub(super) fn page_html(path: &str, port: u16) -> Option<String> {
    let page = PAGES.iter().find(|page| page.path == path)?;
    let origin = format!("http://127.0.0.1:{port}");
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{0}</title></head>\n\
         <body id=\"top\">\n<h1>{0}</h1>\n<p>{1}</p>\n<ul>\n",
        page.title, page.text
    );
    for link in page.links {
        let href = link.replace("{origin}", &origin);
        let _ = writeln!(html, "<li><a href=\"{href}\">{href}</a></li>");
    }
    html.push_str("</ul>\n</body>\n</html>\n");
    Some(html)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use url::Url;

    #[test]
    fn all_pages_but_one_link_lead_somewhere() {
        let root = Url::parse("http://127.0.0.1:80/site/").unwrap();
        let (mut seen, mut broken, mut ways) = (BTreeSet::new(), Vec::new(), vec![root.clone()]);
        while let Some(mut url) = ways.pop() {
            url.set_fragment(None);
            url.set_query(None);
            let path = url.path().strip_prefix("/site/").expect("links stay on the site").to_owned();
            if !seen.insert(path.clone()) {
                continue;
            }
            match PAGES.iter().find(|page| page.path == path) {
                Some(page) => ways
                    .extend(page.links.iter().map(|l| url.join(&l.replace("{origin}", "http://127.0.0.1")).unwrap())),
                None => broken.push(path),
            }
        }
        assert_eq!(broken, ["lost.html"]);
        assert_eq!(seen.len(), PAGES.len() + 1);
    }
}
