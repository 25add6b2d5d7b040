//! The picture as an XML parser sees it.

use roxmltree::{Document, Node};

use super::super::lanes::tests::{all_scripts, crowd, nonsense};
use super::*;
use crate::trace::event::{Event, Kind, SiteId};
use crate::trace::testing::{BLOCKED, GATHER, recording};

fn drawn(recording: &Recording) -> String {
    Svg.render(recording, &Options::default())
}

fn parsed(text: &str) -> Document<'_> {
    Document::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn number(node: &Node<'_, '_>, name: &str) -> f64 {
    node.attribute(name).and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name}: {node:?}"))
}

fn texts(document: &Document<'_>) -> Vec<String> {
    let texts = document.descendants().filter(|node| node.has_tag_name("text"));
    texts.filter_map(|node| node.text().map(str::to_string)).collect()
}

/// Everything that is drawn lies within the picture.
fn lies_within(text: &str) {
    let document = parsed(text);
    let root = document.root_element();
    assert_eq!(root.tag_name().namespace(), Some("http://www.w3.org/2000/svg"));
    let (width, height) = (number(&root, "width"), number(&root, "height"));
    for node in document.descendants().filter(|node| node.has_tag_name("rect") && node.attribute("x").is_some()) {
        let (x, y) = (number(&node, "x"), number(&node, "y"));
        assert!(x >= 0.0 && x + number(&node, "width") <= width, "{node:?}");
        assert!(y >= 0.0 && y + number(&node, "height") <= height, "{node:?}");
    }
    for node in document.descendants().filter(|node| node.has_tag_name("text")) {
        assert!((0.0..width).contains(&number(&node, "x")), "{node:?}");
        assert!((0.0..height).contains(&number(&node, "y")), "{node:?}");
    }
    let outside = ["href", "src", "url(http", "@import", "<script"];
    assert!(!outside.iter().any(|word| text.contains(word)), "it needs something from outside");
}

#[test]
fn it_is_xml_and_all_lies_within() {
    for recording in all_scripts().iter().chain(&[crowd(2_000)]) {
        lies_within(&drawn(recording));
    }
    for recording in nonsense() {
        lies_within(&drawn(&recording));
    }
}

#[test]
fn evil_text_stays_text() {
    let mut evil = recording("0 0 started\n0 1 created x\n0 1 started\n0 1 suspended io y\n90 1 woken\n90 1 resumed");
    evil.name_task(1, "</text><script>alert(1)</script>\x1b\u{0}\u{ffff}", 0, SiteId::NONE);
    let mut event = Event::new(99_000_000, 1, Kind::Failed);
    event.detail = evil.text("a & b < \"c\" ]]> \u{202e}").0;
    evil.push(event);
    let text = drawn(&evil);
    let document = parsed(&text);
    assert!(!document.descendants().any(|node| node.has_tag_name("script")));
    assert!(texts(&document).contains(&"a & b < \"c\" ]]> \\u{202e}".to_string()), "{text}");
}

#[test]
fn who_points_at_a_thing_learns_more() {
    let text = drawn(&recording(GATHER));
    let document = parsed(&text);
    let titles: Vec<&str> =
        document.descendants().filter(|node| node.has_tag_name("title")).filter_map(|node| node.text()).collect();
    let wait = "1 fetch waits for GET /delay/300 \u{b7} from 0 s to 0.30 s (0.30 s) \u{b7} at demo.rhai:2:14";
    assert!(titles.contains(&wait), "{titles:?}");
    assert!(texts(&document).contains(&"3 tasks \u{b7} 0.30 s \u{b7} (0.60 s one after another, 2.0x)".to_string()));
}

#[test]
fn a_blocked_loop_is_seen_at_its_place() {
    let text = drawn(&recording(BLOCKED));
    let document = parsed(&text);
    let ready: Vec<Node<'_, '_>> =
        document.descendants().filter(|node| node.attribute("class") == Some("ready hot")).collect();
    let long = ready.iter().filter(|node| number(node, "width") > 300.0).count();
    assert_eq!(long, 1, "the ticker was ready for 180 of 380 ms");
    assert!(texts(&document).contains(&"blocked 200 ms, line 7".to_string()));
}

#[test]
fn a_long_recording_makes_no_larger_a_picture() {
    let sizes = [crowd(300), crowd(6_000)].map(|recording| drawn(&recording).len());
    assert!(sizes[1] < 200_000 && sizes[1] < sizes[0] * 2, "{sizes:?}");
    let mut ticks = "0 1 created a\n0 1 started".to_string();
    for time in 0..5_000 {
        ticks += &format!("\n{time}.2 1 suspended timer x\n{time}.9 1 woken\n{time}.9 1 resumed");
    }
    assert!(drawn(&recording(&ticks)).len() < 200_000);
}
