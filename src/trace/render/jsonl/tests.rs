use super::*;
use crate::trace::testing::{BLOCKED, GATHER, recording};

const REST: &str = "
    0 7 created größe by 3 @ C:\\dir:x.rhai:70000:1
    1 7 printed \"quoted\" \\ \u{1b}[0m\u{202e}名
    1 7 suspended sync lock \"db\"
    2 7 woken 3
    2 7 suspended yield sleep(0)
    3 7 blocked 250 @ demo.rhai:7:5
    3 7 resumed #{a: [1]}
    3 8 resumed !timeout
    3 9 finished 5
    4 7 failed boom
    4 8 cancelled";

fn render(recording: &Recording) -> String {
    Jsonl.render(recording, &Options::default())
}

/// An event with all numbers resolved to what they stand for.
fn resolved(recording: &Recording) -> Vec<String> {
    let describe = |event: Event| {
        let detail = match event.text() {
            TextId::NONE => event.detail.to_string(),
            id => format!("{:?}", recording.get_text(id)),
        };
        let site = recording.get_site(event.site);
        let Event { time, task, kind, class, threw, .. } = event;
        let name = recording.task_name(task);
        format!("{time} {task} {name} {kind:?} {class:?} {threw} {detail} {site:?}")
    };
    recording.events().map(describe).collect()
}

#[test]
fn what_is_read_is_what_was_written() {
    for script in ["", GATHER, BLOCKED, REST] {
        let mut before = recording(script);
        before.set_virtual_time(script == REST);
        before.set_dropped(5);
        before.add_source("demo.rhai", "let a = 1;\nawait \"ü\"\n");
        let site = before.site("demo.rhai", 2, 1);
        before.name_task(9, "ü", 0, site);
        let text = render(&before);
        let after = read(&text).expect(&text);
        assert_eq!(resolved(&after), resolved(&before));
        assert_eq!(after.virtual_time(), before.virtual_time());
        assert_eq!(after.dropped(), 5);
        assert_eq!(after.source("demo.rhai"), before.source("demo.rhai"));
        assert_eq!(render(&after), text);
    }
}

#[test]
fn what_was_typed_in_other_runs_is_not_written() {
    let mut recording = recording(GATHER);
    recording.add_source("demo.rhai", "await gather()");
    recording.add_source("<prompt 1>", "let key = 12345;");
    recording.site("<prompt 1>", 1, 1);
    let text = render(&recording);
    assert!(text.contains("await gather()") && !text.contains("12345"), "{text}");
}

#[test]
fn the_format_is_as_documented() {
    let text = render(&recording(
        "0 1 created fetch @ demo.rhai:2:14\n0.051 1 suspended io GET /delay/300 @ demo.rhai:2:14\n301.2 1 woken",
    ));
    let expected = r#"{"format":"loopscope-trace","version":1,"clock":"real","dropped":0,"sources":[]}
{"task":0,"name":"main"}
{"task":1,"name":"fetch","parent":0,"at":"demo.rhai:2:14"}
{"time_ns":0,"task":1,"event":"created","by":0,"at":"demo.rhai:2:14"}
{"time_ns":51000,"task":1,"event":"suspended","on":"GET /delay/300","class":"io","at":"demo.rhai:2:14"}
{"time_ns":301200000,"task":1,"event":"woken"}
"#;
    assert_eq!(text, expected);
}

const HEADER: &str = r#"{"format":"loopscope-trace","version":1,"clock":"real"}"#;

#[test]
fn windows_line_ends_blank_lines_and_unknown_fields_do_no_harm() {
    let text = format!("\u{FEFF}{HEADER}\r\n\r\n{{\"time_ns\":5,\"task\":1,\"event\":\"woken\",\"new\":[]}}\r\n");
    assert_eq!(read(&text).map(|recording| recording.len()), Ok(1));
}

#[test]
fn errors_name_the_line_and_what_was_expected() {
    let cases = [
        ("", "line 1: the file is empty"),
        ("hello", "line 1: this is not a trace of loopscope: expected an object"),
        (r#"{"format":"x","version":1}"#, r#"(the format is "x")"#),
        (
            r#"{"format":"loopscope-trace","version":2}"#,
            "line 1: the trace has version 2, this loopscope reads version 1",
        ),
        (
            r#"{"format":"loopscope-trace","version":1,"clock":"sun"}"#,
            r#"line 1: unknown clock "sun": expected one of real, virtual"#,
        ),
    ];
    for (text, expected) in cases {
        let error = read(text).err().unwrap_or_default();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn errors_in_later_lines_name_them_too() {
    let cases = [
        (r#"{"time_ns":1,"#, "line 3: column 13: EOF while parsing"),
        (r#"{"task":"x"}"#, "line 3: column 11: invalid type"),
        (r#"{"task":1}"#, "line 3: expected an event"),
        (r#"{"task":-1}"#, "line 3: column 10: invalid value: integer `-1`, expected u32"),
        (r#"{"task":1,"event":"woken"}"#, "line 3: an event must have \"time_ns\""),
        (r#"{"time_ns":9,"task":1,"event":"jumped"}"#, "unknown event \"jumped\": expected one of created,"),
        (r#"{"time_ns":9,"task":1,"event":"blocked"}"#, "line 3: a \"blocked\" event must have \"ms\""),
        (r#"{"time_ns":9,"task":1,"event":"woken","class":"sun"}"#, "unknown class \"sun\""),
        (r#"{"time_ns":9,"task":1,"event":"woken","at":"x:1"}"#, "source:line:column, but is \"x:1\""),
        (r#"{"time_ns":7,"task":1,"event":"resumed"}"#, "line 3: time_ns goes back from 8 to 7"),
    ];
    for (line, expected) in cases {
        let first = r#"{"time_ns":8,"task":1,"event":"resumed"}"#;
        let error = read(&format!("{HEADER}\n{first}\n{line}\n")).err().unwrap_or_default();
        assert!(error.contains(expected), "{error}");
    }
}
