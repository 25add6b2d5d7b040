//! What holds for all drawings. How they look is in the module `goldens`.

use super::*;
use crate::trace::event::{Event, Kind, SiteId, WaitClass};
use crate::trace::testing::{BLOCKED, GATHER, recording};

pub(in crate::trace::render) fn options(width: usize) -> Options {
    Options { width, ..Options::default() }
}

#[track_caller]
pub(in crate::trace::render) fn assert_within(text: &str, options: &Options) {
    for line in text.lines() {
        let width = escape::width(line);
        assert!(width <= options.width, "{width} > {}: {line}", options.width);
        assert!(!line.ends_with(' '), "blanks at the end: {line:?}");
    }
}

/// Workers of which one fails and one is cancelled, a reporter, and a writer that has to wait for the thread.
pub(in crate::trace::render) fn crowd(workers: u32) -> Recording {
    let mut script = "0 0 started\n0 1 created reporter\n".to_string();
    for task in 2..workers + 2 {
        script += &format!("0 {task} created worker\n");
    }
    script += "0 0 suspended task gather\n0 1 started\n0 1 suspended timer sleep(0.3)\n";
    for task in 2..workers + 2 {
        script += &format!("0 {task} started\n0 {task} suspended io GET /item/{task}\n");
    }
    let step = 200.0 / f64::from(workers);
    for task in 2..workers + 2 {
        let time = 100.0 + f64::from(task - 2) * step;
        let end = match task {
            17 => "failed HTTP 500",
            99 => "cancelled",
            _ => "finished",
        };
        let after = time + step;
        script += &format!("{time} {task} woken\n{time} {task} resumed\n{after} {task} {end}\n");
    }
    recording(&(script + "300 1 woken\n300 1 resumed\n300 1 finished\n300 0 woken\n300 0 resumed\n300 0 finished"))
}

pub(super) const MISCELLANY: &str = "
    0 0 started
    0 1 created quick
    0 2 created never
    0 3 created loader
    0 4 created writer
    0 0 suspended task wait
    0 1 started
    0 1 finished
    0 3 started
    0 3 suspended io GET /flaky
    10 4 started
    10 4 suspended sync lock \"db\"
    20 2 cancelled
    30 3 woken
    30 3 resumed
    31 3 failed HTTP 500 from /flaky
    40 5 created late
    60 5 started
    60 5 suspended yield sleep(0)
    60 5 woken
    80 5 resumed
    99 5 cancelled
    100 0 woken
    100 0 resumed";

pub(in crate::trace::render) fn all_scripts() -> Vec<Recording> {
    let mut evil = recording(MISCELLANY);
    evil.name_task(1, "\x1b[31mred\r\n\u{202e}\u{9b}2J", 0, SiteId::NONE);
    evil.name_task(2, "名前名前名前名前名前名前名前名前名前名前", 0, SiteId::NONE);
    evil.name_task(3, "👩‍👩‍👧🇨🇭e\u{301}\u{200b}☺️", 0, SiteId::NONE);
    let mut label = Event::new(100_000_000, 4, Kind::Suspended);
    label.detail = evil.text("\x1b]0;title\x07\u{2066}待つ待つ待つ待つ").0;
    evil.push(label);
    evil.push(Event::new(400_000_000, 4, Kind::Finished));
    let scripts = ["", "0 0 started", "5 1 woken", GATHER, BLOCKED, MISCELLANY];
    let mut all: Vec<Recording> = scripts.into_iter().map(recording).collect();
    all.extend([evil, crowd(30), crowd(300)]);
    all
}

#[test]
fn every_line_keeps_to_the_width() {
    for recording in &all_scripts() {
        for width in (40..=60).chain([79, 80, 100, 173, 200, 249, 250]) {
            for ascii in [false, true] {
                let options = Options { ascii, legend: true, ..options(width) };
                let text = Lanes.render(recording, &options);
                assert_within(&text, &options);
                assert!(!ascii || text.is_ascii(), "{text}");
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for recording in &all_scripts() {
        let plain = Lanes.render(recording, &options(80));
        let live = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{2069}').contains(&c);
        assert!(!plain.contains(live), "{plain:?}");
        let colour = Options { colour: true, ..options(80) };
        assert_eq!(stripped(&Lanes.render(recording, &colour)), plain);
    }
}

/// The text without its colours.
pub(in crate::trace::render) fn stripped(text: &str) -> String {
    let mut stripped = String::new();
    for (index, part) in text.split("\x1b[").enumerate() {
        let rest = part.split_once('m').map_or("", |(_, rest)| rest);
        stripped += if index == 0 { part } else { rest };
    }
    stripped
}

/// Events in an order in which no loop would write them.
pub(in crate::trace::render) fn nonsense() -> impl Iterator<Item = Recording> {
    let mut state: u64 = 7;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    (0..300).map(move |round| {
        let mut recording = Recording::default();
        let label = recording.text("GET /delay/300");
        let mut time = if round % 7 == 0 { u64::MAX - 100 } else { 0 };
        for _ in 0..random(60) {
            let kind = Kind::ALL[random(10) as usize];
            let mut event = Event::new(time, random(6) as u32, kind);
            event.class = WaitClass::ALL[random(6) as usize];
            event.detail = if random(2) == 0 { label.0 } else { random(1 << 32) as u32 };
            recording.push(event);
            let bits = random(60);
            time = time.saturating_add(random(1 << bits));
        }
        recording
    })
}

#[test]
fn nonsense_is_drawn_somehow() {
    for (round, recording) in nonsense().enumerate() {
        for width in [0, 40, 80, 9999] {
            let options = Options { rows: round % 5, ..options(width) };
            let text = Lanes.render(&recording, &options);
            assert_within(&text, &Options { width: options.columns(), ..options });
        }
    }
}
