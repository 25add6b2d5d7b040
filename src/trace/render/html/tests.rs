use serde_json::Value;

use super::*;
use crate::trace::event::{Event, Kind, SiteId};
use crate::trace::testing::{BLOCKED, GATHER, recording};
use crate::units;

fn page(recording: &Recording) -> String {
    Html.render(recording, &Options::default())
}

/// What lies between the first `from` and the `to` after it.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).expect(from);
    rest.split_once(to).expect(to).0
}

/// The recording that a browser finds in a page.
fn data(page: &str) -> Value {
    let json = between(page, r#"<script type="application/json" id="recording">"#, "</script>");
    serde_json::from_str(json).expect("the page holds JSON")
}

/// `TIME TASK KIND` of each event, time in milliseconds.
fn events(data: &Value) -> Vec<String> {
    let mut time = data["start"].as_i64().unwrap_or_default();
    let flat: Vec<i64> = data["events"].as_array().expect("events").iter().filter_map(Value::as_i64).collect();
    let line = |event: &[i64]| {
        time += event[0];
        let kind = &data["kinds"][(event[2] >> 3) as usize];
        format!("{} {} {}", time / 1_000_000, event[1], kind.as_str().unwrap_or_default())
    };
    flat.chunks(5).map(line).collect()
}

#[test]
fn the_page_holds_every_event_and_what_it_mentions() {
    let data = data(&page(&recording(GATHER)));
    let events = events(&data);
    assert_eq!(events.len(), recording(GATHER).len());
    assert_eq!(events[1], "0 1 created");
    assert_eq!(events[events.len() - 1], "300 0 finished");
    let names =
        data["tasks"].as_array().expect("tasks").iter().map(|task| &data["texts"][task[1].as_u64().unwrap() as usize]);
    assert_eq!(names.collect::<Vec<_>>(), ["main", "fetch", "fetch", "sleep"]);
    assert_eq!(data["files"][data["sites"][0][0].as_u64().unwrap() as usize], "demo.rhai");
    assert_eq!(data["summary"], "3 tasks  0.30 s  (0.60 s one after another, 2.0x)");
    assert_eq!(data["left_out"], Value::Null);
}

#[test]
fn events_are_in_the_order_of_time_even_where_the_loop_saw_them_late() {
    let events = events(&data(&page(&recording(BLOCKED))));
    let late = events.iter().position(|event| event == "120 1 woken").expect("the late wake-up");
    assert_eq!(events[late - 1..=late + 1], ["100 2 resumed", "120 1 woken", "300 2 blocked"]);
}

#[test]
fn a_task_is_never_woken_before_it_waits() {
    let events = events(&data(&page(&recording("0 1 created a\n5 1 started\n5 1 suspended timer x\n3 1 woken"))));
    assert_eq!(events.last().map(String::as_str), Some("5 1 woken"));
}

#[test]
fn hostile_texts_stay_texts() {
    let evil = "</script><script>alert(1)</script><!-- \u{202e}\u{7}";
    let mut recording = recording("");
    recording.add_source(evil, &format!("// {evil}\n\tprint(1)\n"));
    let site = recording.site(evil, 1, 1);
    recording.name_task(1, evil, 0, site);
    let (text, created) = (recording.text(evil), Event::new(0, 1, Kind::Created));
    recording.push(Event { detail: 0, site, ..created });
    recording.push(Event { detail: text.0, ..Event::new(1, 1, Kind::Printed) });
    let page = page(&recording);
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<script>alert") && !page.contains("\u{202e}") && !page.contains('\u{7}'));
    let shown = r"</script><script>alert(1)</script><!-- \u{202e}\x07";
    let data = data(&page);
    assert_eq!(data["sources"][0]["text"], format!("// {shown}\n\tprint(1)"));
    assert_eq!(data["texts"][0], shown);
}

#[test]
fn what_was_typed_in_other_runs_is_not_there() {
    let mut recording = recording(GATHER);
    recording.add_source("demo.rhai", "await gather()");
    recording.add_source("<prompt 1>", "let key = 12345;");
    recording.site("<prompt 1>", 1, 1);
    let data = data(&page(&recording));
    let names: Vec<_> = data["sources"].as_array().expect("a list").iter().map(|source| &source["name"]).collect();
    assert_eq!(names, ["demo.rhai"]);
}

#[test]
fn only_the_pages_own_script_and_style_may_run() {
    let page = page(&recording(GATHER));
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    let policy = between(&page, r#"http-equiv="Content-Security-Policy" content=""#, "\"");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    let script = format!("script-src 'sha256-{}'", hash(between(&page, "<script>", "</script>")));
    let style = format!("style-src 'sha256-{}'", hash(between(&page, "<style>", "</style>")));
    assert!(policy.contains(&script) && policy.contains(&style), "{policy}");
}

#[test]
fn nothing_comes_from_elsewhere() {
    let page = page(&recording(GATHER));
    for foreign in ["http://", "https://", "src=", "url(", "@import", "innerHTML", "eval("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn a_run_of_a_million_events_becomes_a_page_of_the_newest() {
    let mut recording = Recording::default();
    recording.name_task(1, "busy", 0, SiteId::NONE);
    for time in 0..500_000 {
        recording.push(Event::new(time * 1000, 1, Kind::Suspended));
        recording.push(Event::new(time * 1000 + 500, 1, Kind::Resumed));
    }
    let page = page(&recording);
    assert!(page.len() < 20 * data::MAX_EVENTS as usize, "{} bytes", page.len());
    let data = data(&page);
    assert_eq!(data["events"].as_array().map(Vec::len), Some(5 * data::MAX_EVENTS as usize));
    assert_eq!(
        data["left_out"],
        "The first 750,000 events are left out: a page of more would be slow. This page shows the last 250,000."
    );
}

#[test]
fn what_memory_had_no_room_for_is_said() {
    let mut recording = Recording::new(0);
    for time in 0..10_000 {
        recording.push(Event::new(time, 0, Kind::Resumed));
    }
    let missing = units::count(recording.dropped());
    let said = format!("The first {missing} events are left out: memory was full.");
    assert!(data(&page(&recording))["left_out"].as_str().is_some_and(|text| text.starts_with(&said)), "{said}");
}

#[test]
fn the_same_recording_gives_the_same_page() {
    assert_eq!(page(&recording(GATHER)), page(&recording(GATHER)));
}
