//! The rules of the format, as its readers rely on them, checked on a parsed trace.

use std::collections::HashMap;

use serde_json::Value;

use super::super::lanes::tests::{all_scripts, crowd, nonsense};
use super::*;
use crate::trace::testing::{BLOCKED, GATHER, recording};

fn events(recording: &Recording) -> Vec<Value> {
    let text = Chrome.render(recording, &Options::default());
    let mut whole: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(whole["displayTimeUnit"], "ms");
    serde_json::from_value(whole["traceEvents"].take()).expect("an array of events")
}

/// Each phase has the fields that it needs; slices of a track do not overlap; arrows have both ends in order.
fn follows_the_rules(events: &[Value]) {
    let mut ends: HashMap<u64, f64> = HashMap::new();
    let mut starts: HashMap<u64, f64> = HashMap::new();
    let mut named: Vec<u64> = Vec::new();
    for event in events {
        let text = |field: &str| event[field].as_str().unwrap_or_else(|| panic!("{field}: {event}"));
        let number = |field: &str| event[field].as_f64().unwrap_or_else(|| panic!("{field}: {event}"));
        assert_eq!(event["pid"], 1);
        let track = event["tid"].as_u64().expect("a track");
        assert!(!text("name").is_empty() || event["ph"] == "X", "{event}");
        match text("ph") {
            "M" if text("name") == "thread_name" => named.push(track),
            "M" => assert!(["process_name", "thread_sort_index"].contains(&text("name")), "{event}"),
            "X" => {
                let (from, to) = (number("ts"), number("ts") + number("dur"));
                assert!(number("dur") >= 0.0 && !text("cat").is_empty(), "{event}");
                let end = ends.entry(track).or_insert(0.0);
                assert!(from >= *end * (1.0 - 1e-12), "{event} begins before {end}");
                *end = to;
            }
            "i" => assert_eq!(text("s"), "t"),
            "s" => assert_eq!(starts.insert(number("id") as u64, number("ts")), None, "{event}"),
            "f" => {
                let start = starts.remove(&(number("id") as u64));
                assert!(start.is_some_and(|start| start <= number("ts")) && event["bp"] == "e", "{event}");
            }
            other => panic!("unknown phase {other}"),
        }
        assert!(event["ph"] == "M" || named.contains(&track), "a track without a name: {event}");
    }
    assert!(starts.is_empty(), "arrows without an end: {starts:?}");
}

#[test]
fn the_rules_of_the_format_hold() {
    for recording in all_scripts().iter().chain(&[crowd(500)]) {
        follows_the_rules(&events(recording));
    }
    for recording in nonsense() {
        events(&recording);
    }
}

fn slices(script: &str, track: u64) -> Vec<String> {
    let events = events(&recording(script));
    let of_track = events.iter().filter(|event| event["ph"] == "X" && event["tid"] == track);
    let show = |event: &Value| {
        let (from, to) = (event["ts"].as_f64().unwrap_or(-1.0), event["dur"].as_f64().unwrap_or(-1.0));
        format!("{from}+{to} {} {}", event["cat"].as_str().unwrap_or(""), event["name"].as_str().unwrap_or(""))
    };
    of_track.map(show).collect()
}

#[test]
fn waits_are_slices_with_their_reason_and_a_blocked_loop_is_seen() {
    assert_eq!(slices(GATHER, 2), ["0+0 run running", "0+200000 wait.io GET /delay/200", "200000+0 run running"]);
    let ticks = slices(BLOCKED, 1);
    assert!(ticks.contains(&"120000+180000 ready ready, thread busy".to_string()), "{ticks:?}");
}

#[test]
fn arrows_lead_from_who_woke_to_who_was_woken() {
    let events = events(&recording(GATHER));
    let wakes = events
        .iter()
        .filter(|event| event["cat"] == "wake")
        .map(|event| (event["ph"].as_str().unwrap_or("").to_string(), event["tid"].as_u64(), event["ts"].as_f64()));
    let expected = [("s", 1), ("f", 0)].map(|(phase, track)| (phase.to_string(), Some(track), Some(300_000.0)));
    assert_eq!(wakes.collect::<Vec<_>>(), expected);
    assert_eq!(events.iter().filter(|event| event["cat"] == "spawn" && event["ph"] == "f").count(), 3);
}

#[test]
fn where_no_time_goes_by_each_event_takes_a_microsecond() {
    let script = "5 0 started\n5 0 suspended yield sleep(0)\n5 0 woken\n5 0 resumed\n5 0 finished";
    assert_eq!(
        slices(script, 0),
        ["0+1 run running", "1+1 wait.yield sleep(0)", "2+1 ready ready, thread busy", "3+1 run running"]
    );
}

#[test]
fn on_the_virtual_clock_each_event_takes_a_microsecond_besides() {
    let script = "0 0 started\n0 1 created a\n0 0 suspended task gather\n0 1 started\n0 1 suspended timer sleep(0.1)
        100 1 woken\n100 1 resumed\n100 1 finished\n100 0 woken\n100 0 resumed\n100 0 finished";
    let mut recording = recording(script);
    recording.set_virtual_time(true);
    let events = events(&recording);
    follows_the_rules(&events);
    let slices = events.iter().filter(|event| event["ph"] == "X" && event["tid"] == 1);
    let shown: Vec<String> = slices.map(|s| format!("{} {} {}", s["ts"], s["dur"], s["cat"])).collect();
    assert_eq!(
        shown,
        [
            "1.0 2.0 \"ready\"",
            "3.0 1.0 \"run\"",
            "4.0 99996.0 \"wait.timer\"",
            "100000.0 1.0 \"ready\"",
            "100001.0 1.0 \"run\"",
        ]
    );
    let text = Chrome.render(&recording, &Options::default());
    assert!(text.contains("\"clock\":\"virtual\",\"each event takes\":\"1 us\""), "{text}");
}
