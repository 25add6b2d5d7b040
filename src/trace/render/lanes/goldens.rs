//! How lanes look.

use super::tests::{MISCELLANY, assert_within, crowd, options};
use super::*;
use crate::trace::event::{Event, Kind, SiteId};
use crate::trace::testing::{BLOCKED, GATHER, recording};

#[track_caller]
fn check(recording: &Recording, options: &Options, expected: &str) {
    let text = Lanes.render(recording, options);
    let expected = expected.strip_prefix('\n').unwrap_or(expected);
    assert!(text == expected, "shown:\n{text}\nexpected:\n{expected}");
    assert_within(&text, options);
}

#[test]
fn three_requests_at_once() {
    check(
        &recording(GATHER),
        &options(100),
        "
           0 ms          50             100            150           200            250          300
    main   █░ gather ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█✔
  1 fetch  █░ GET /delay/300 ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█✔
  2 fetch  █░ GET /delay/200 ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█✔
  3 sleep  █░ sleep(0.1) ░░░░░░░░░░░░░░░█✔
3 tasks  0.30 s  (0.60 s one after another, 2.0x)
",
    );
}

#[test]
fn a_narrow_screen() {
    check(
        &recording(GATHER),
        &options(40),
        "
           0 ms     100      200     300
    main   █░ gather ░░░░░░░░░░░░░░░░░█✔
  1 fetch  █░ GET /delay/300 ░░░░░░░░░█✔
  2 fetch  █░ GET /delay/2… ░█✔
  3 sleep  █░░░░░░░░█✔  ░ sleep(0.1)
3 tasks  0.30 s
  (0.60 s one after another, 2.0x)
",
    );
}

#[test]
fn a_wide_screen() {
    check(&recording(GATHER), &options(200), "
           0 ms        20           40          60           80          100          120         140          160         180          200         220          240         260          280        300
    main   █░ gather ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█✔
  1 fetch  █░ GET /delay/300 ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█✔
  2 fetch  █░ GET /delay/200 ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█✔
  3 sleep  █░ sleep(0.1) ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█✔
3 tasks  0.30 s  (0.60 s one after another, 2.0x)
");
}

#[test]
fn a_blocked_loop_is_seen() {
    let options = Options { legend: true, ..options(80) };
    check(
        &recording(BLOCKED),
        &options,
        "
            0 ms    50       100      150      200      250     300      350
    main    █░ gather ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█✔
  1 tick    █░░░░░░█░░░░░░█░░░░░░▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒█░░░░░░█░░░░░░█✔
  2 crunch  █░ sleep(0.1) ░░░░█████ blocked 200 ms, line 7 ██████✔
2 tasks  0.38 s  (0.50 s one after another, 1.3x)
█ running  ▒ ready, thread busy  ░ waiting  ✔ done
",
    );
}

#[test]
fn where_the_bar_has_no_room_the_place_alone_is_told() {
    check(
        &recording(BLOCKED),
        &options(40),
        "
            0 ms   100    200    300
    main    █░ gather ░░░░░░░░░░░░░░░░█✔
  1 tick    █░█░░█░░░▒▒▒▒▒▒▒▒▒▒▒▒█░░█░█✔
  2 crunch  █░░░░░░███ line 7 ████✔
2 tasks  0.38 s
  (0.50 s one after another, 1.3x)
",
    );
}

#[test]
fn ways_to_begin_and_to_end() {
    let options = Options { legend: true, ..options(80) };
    check(
        &recording(MISCELLANY),
        &options,
        r#"
            0 ms         20           40            60           80          100
    main    █░ wait ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░█
  1 quick   █✔
  2 never   ▒▒▒▒▒▒▒▒▒▒▒▒▒▒⊘
  3 loader  █░ GET /flaky ░░░░░░█✖  HTTP 500 from /flaky
  4 writer  ▒▒▒▒▒▒█░ lock "db" ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
  5 late                              ▒▒▒▒▒▒▒▒▒▒▒▒▒▒█▒▒▒▒▒▒▒▒▒▒▒▒▒█████████████⊘
5 tasks  0.10 s
█ running  ▒ ready, thread busy  ░ waiting  ✔ done  ✖ failed  ⊘ cancelled
"#,
    );
}

#[test]
fn in_ascii() {
    let options = Options { ascii: true, legend: true, ..options(80) };
    check(
        &recording(MISCELLANY),
        &options,
        r#"
            0 ms         20           40            60           80          100
    main    #. wait ..........................................................#
  1 quick   #+
  2 never   %%%%%%%%%%%%%%/
  3 loader  #. GET /flaky ......#X  HTTP 500 from /flaky
  4 writer  %%%%%%#. lock "db" ................................................
  5 late                              %%%%%%%%%%%%%%#%%%%%%%%%%%%%#############/
5 tasks  0.10 s
# running  % ready, thread busy  . waiting  + done  X failed  / cancelled
"#,
    );
}

#[test]
fn three_thousand_tasks_are_folded() {
    check(
        &crowd(3000),
        &options(80),
        "
                         0 ms        100         200        300
         main            █░ gather ░░░░░░░░░░░░░░░░░░░░░░░░░█✔
       1 reporter        █░ sleep(0.3) ░░░░░░░░░░░░░░░░░░░░░█✔
  2-3001 worker (3,000)  █░░░░░░░░░░░████████████████████████  2,998 ✔  1 ✖  1 ⊘
3,001 tasks  0.30 s  (10 min 00 s one after another, 2,001x)
",
    );
}

#[test]
fn folded_on_a_narrow_screen() {
    check(
        &crowd(3000),
        &options(40),
        "
                    0 ms        200
    main            █░ gather ░░░░░░░░█✔
  1 reporter        █░ sleep(0.3) ░░░░█✔
    worker (3,000)  █░░░░░█████████████
                    2,998 ✔  1 ✖  1 ⊘
3,001 tasks  0.30 s
  (10 min 00 s in turn, 2,001x)
",
    );
}

#[test]
fn where_no_time_goes_by_events_are_the_axis() {
    let script = "0 0 started\n0 1 created a\n0 2 created b\n0 0 suspended task gather\n0 1 started
        0 1 suspended yield sleep(0)\n0 1 woken\n0 2 started\n0 2 finished\n0 1 resumed\n0 1 failed
        0 0 woken\n0 0 resumed\n0 0 finished";
    check(
        &recording(script),
        &options(60),
        "
          step 0           5                 10
    main  ██████████░ gather ░░░░░░░░░░░░░░░░░░░▒▒▒▒████✔
  1 a        ▒▒▒▒▒▒▒▒▒▒▒███░░░░▒▒▒▒▒▒▒▒▒▒▒███✖  ░ sleep(0)
  2 b            ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒███✔
2 tasks  0 s
",
    );
}

#[test]
fn a_recording_that_begins_in_the_middle() {
    let script = "1200 7 woken\n1250 7 resumed\n1260 8 suspended io body\n1280 7 suspended timer sleep(0.1)
        1300 9 cancelled\n1380 7 woken\n1380 7 resumed\n1400 7 finished";
    let mut recording = recording(script);
    recording.name_task(7, "ticker", 0, SiteId::NONE);
    recording.set_dropped(12_288);
    check(
        &recording,
        &options(80),
        "
  12,288 older events dropped: memory was full; shown from 1.20 s on
            1.20 s          1.25             1.30             1.35          1.40
  7 ticker  ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒██████████░ sleep(0.1) ░░░░░░░░░░░░░░░░░░░░███████✔
  8 task    ████████████████████░ body ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░
  9 task    ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░⊘
3 tasks  0.20 s
",
    );
}

#[test]
fn evil_text_is_shown_escaped() {
    let mut recording =
        recording("0 0 started\n0 1 created x\n0 1 started\n0 1 suspended io y\n90 1 woken\n90 1 resumed");
    recording.name_task(1, "\x1b[31mred\r\n\u{202e}", 0, SiteId::NONE);
    let mut event = Event::new(99_000_000, 1, Kind::Failed);
    event.detail = recording.text("\x1b]0;title\x07\u{2066}待つ").0;
    recording.push(event);
    recording.push(Event::new(300_000_000, 0, Kind::Finished));
    check(
        &recording,
        &options(80),
        r#"
                             0 ms            100              200            300
    main                     ██████████████████████████████████████████████████✔
  1 \x1b[31mred\r\n\u{202e}  █░ y ░░░░░░░░░░██✖  \x1b]0;title\x07\u{2066}待つ
1 task  0.30 s  (0.40 s one after another, 1.3x)
"#,
    );
}
