use super::super::lanes::tests::{all_scripts, assert_within, crowd, nonsense, options, stripped};
use super::*;
use crate::trace::event::{Event, Kind, SiteId, TextId, WaitClass};
use crate::trace::testing::{BLOCKED, GATHER, recording};

const LOST_UPDATE: &str = "let n = 0;
let add = async || {
    let v = n;
    await sleep(0);
    n = v + 1;
};
await gather(add.call(), add.call());
print(`n is ${n}`);
";

const LOST_UPDATE_RUN: &str = "
    0 0 started @ lost.rhai:1:1
    0 1 created a
    0 2 created b
    0 0 suspended task gather @ lost.rhai:7:1
    0 1 started @ lost.rhai:3:13
    0 1 suspended yield sleep(0) @ lost.rhai:4:5
    0 1 woken 1
    0 2 started @ lost.rhai:3:13
    0 2 suspended yield sleep(0) @ lost.rhai:4:5
    0 2 woken 2
    0 1 resumed
    0 1 finished
    0 2 resumed
    0 2 finished
    0 0 woken 2
    0 0 resumed [(), ()]
    0 0 printed n is 1
    0 0 finished";

fn lost_update() -> Recording {
    let mut recording = recording(LOST_UPDATE_RUN);
    recording.add_source("lost.rhai", LOST_UPDATE);
    recording
}

#[track_caller]
fn check(recording: &Recording, options: &Options, expected: &str) {
    let text = Steps.render(recording, options);
    let expected = expected.strip_prefix('\n').unwrap_or(expected);
    assert!(text == expected, "shown:\n{text}\nexpected:\n{expected}");
    assert_within(&text, options);
}

#[test]
fn the_lost_update_is_seen() {
    let options = Options { legend: true, ..options(100) };
    check(
        &lost_update(),
        &options,
        "
step  main                          1 a                           2 b
   1  n = 0; add = async || {…}; gather ⏸
   2  │                             v = n; sleep(0) ⏸
   3  │                             │                             v = n; sleep(0) ⏸
   4  │                             n = v + 1 ✔                   │
   5  │                                                           n = v + 1 ✔
   6  ← [(), ()]
      » n is 1 ✔
6 steps, 2 tasks besides main; {…} is a block that was passed by
⏸ waits  ← brought by the await  » printed  ↻ next turn of the loop  ✔ done  ✖ failed  ⊘ cancelled
",
    );
}

#[test]
fn signs_that_a_script_prints_itself_are_not_explained() {
    let recording = recording(
        "
    0 0 started @ lost.rhai:1:1
    0 0 printed ~/x … {…} {..}
    0 0 finished",
    );
    for options in [options(100), Options { ascii: true, ..options(100) }] {
        let text = Steps.render(&recording, &options);
        assert!(text.contains("~/x") && text.ends_with("1 step, 0 tasks besides main\n"), "{text}");
    }
}

#[test]
fn in_ascii() {
    let options = Options { ascii: true, legend: true, ..options(60) };
    check(
        &lost_update(),
        &options,
        "
step  main              1 a               2 b
   1  n = 0; add = async || {..}; gather ||
   2  :                 v = n; sleep(0) ||
   3  :                 :                 v = n; sleep(0) ||
   4  :                 n = v + 1 +       :
   5  :                                   n = v + 1 +
   6  <- [(), ()]
      > n is 1 +
6 steps, 2 tasks besides main; {..} is a block that was
passed by
|| waits  <- brought by the await  > printed  (again) next
turn of the loop  + done  X failed  / cancelled
",
    );
}

#[test]
fn without_a_source_it_is_told_what_was_waited_for() {
    check(
        &recording(GATHER),
        &options(80),
        "
step       time  main           1 fetch        2 fetch        3 sleep
   1        0 s  gather ⏸
   2             │              GET /delay/300 ⏸
   3             │              │              GET /delay/200 ⏸
   4             │              │              │              sleep(0.1) ⏸
   5     0.10 s  │              │              │              ✔
   6     0.20 s  │              │              ✔
   7     0.30 s  │              ✔
   8             ✔
8 steps, 3 tasks besides main
",
    );
}

#[test]
fn values_errors_blocks_and_cancellations_where_they_arrive() {
    let script = "
        0 0 started
        0 1 created loader
        0 2 created late
        0 0 suspended task task 1 \"loader\"
        0 1 started
        0 1 suspended io GET /flaky
        30 2 cancelled
        30 1 woken
        30 1 resumed <response 500>
        30 1 blocked 120
        150 1 failed HTTP 500 from /flaky
        150 0 woken 1
        150 0 resumed !HTTP 500 from /flaky
        150 0 printed gave up
        150 0 finished 7";
    check(
        &recording(script),
        &options(80),
        "
step       time  main                 1 loader             2 late
   1        0 s  task 1 \"loader\" ⏸
   2             │                    GET /flaky ⏸
   3    30.0 ms  │                    │                    ⊘ (did not run)
   4             │                    ← <response 500> (blocked 120 ms)
                 │                    ✖ HTTP 500 from /flaky
   5     0.15 s  ← ✖ HTTP 500 from /flaky
                 » gave up ✔ 7
5 steps, 2 tasks besides main
",
    );
}

#[test]
fn tasks_beyond_the_last_column_share_it() {
    let text = Steps.render(&crowd(12), &options(100));
    assert!(text.starts_with("step       time  main   1      2      3      4      5      6      others\n"), "{text}");
    assert_eq!(text.lines().nth(1).map(str::trim), Some("report worker worker worker worker worker"), "{text}");
    assert!(text.contains("│      9 worker: GET /item/9 ⏸\n"), "{text}");
    assert!(text.contains("13 tasks besides main; 7 of the tasks share the last column"), "{text}");
}

#[test]
fn of_many_steps_the_middle_is_left_out() {
    let few = Options { steps: 8, ..options(60) };
    let text = Steps.render(&recording(BLOCKED), &few);
    let numbers: Vec<&str> = text.lines().filter_map(|line| line.get(..4)).map(str::trim).collect();
    let kept: Vec<u32> = numbers.iter().filter_map(|number| number.parse().ok()).collect();
    assert_eq!(kept, [1, 2, 3, 4, 5, 6, 9, 10], "{text}");
    assert!(text.contains("  …  2 steps are left out here\n"), "{text}");
    assert!(text.ends_with("10 steps, 2 tasks besides main; 2 steps are left out\n"), "{text}");
}

#[test]
fn long_statements_keep_their_end() {
    let source = format!("{}let last = 1;\nawait sleep(1);\n", "let some_long_name = 12345;\n".repeat(30));
    let mut recording = recording("0 0 started @ a:1:1\n0 0 suspended timer sleep(1) @ a:32:1");
    recording.add_source("a", &source);
    let text = Steps.render(&recording, &options(40));
    assert!(text.contains("  1  … some") && text.contains("last = 1;\n      sleep(1) ⏸"), "{text}");
    assert!(text.lines().count() <= 6, "{text}");
    assert_within(&text, &options(40));
}

#[test]
fn what_was_dropped_is_said() {
    let mut recording = recording("1200 7 resumed\n1260 7 suspended io body\n1280 8 finished");
    recording.set_dropped(12_288);
    let text = Steps.render(&recording, &options(80));
    assert!(text.starts_with("12,288 older events dropped: memory was full\n"), "{text}");
}

#[test]
fn every_line_keeps_to_the_width() {
    for recording in &all_scripts() {
        for width in [40, 47, 60, 80, 100, 173, 250] {
            for ascii in [false, true] {
                let options = Options { ascii, legend: true, steps: 40, ..options(width) };
                let text = Steps.render(recording, &options);
                assert_within(&text, &options);
                assert!(!ascii || text.is_ascii(), "{text}");
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour_and_nothing_live_gets_through() {
    let mut evil = lost_update();
    let mut event = Event::new(0, 1, Kind::Failed);
    event.detail = evil.text("\x1b]0;title\x07\u{2066}x").0;
    evil.push(event);
    evil.name_task(1, "\x1b[31mred\u{202e}", 0, SiteId::NONE);
    for recording in [evil, lost_update(), recording(GATHER), crowd(30)] {
        let plain = Steps.render(&recording, &options(80));
        let live = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{2069}').contains(&c);
        assert!(!plain.contains(live), "{plain:?}");
        let colour = Options { colour: true, ..options(80) };
        assert_eq!(stripped(&Steps.render(&recording, &colour)), plain);
    }
}

#[test]
fn nonsense_is_shown_somehow() {
    for (round, recording) in nonsense().enumerate() {
        for width in [0, 60, 9999] {
            let options = Options { steps: round % 9, ..options(width) };
            let text = Steps.render(&recording, &options);
            assert_within(&text, &Options { width: options.columns(), ..options });
        }
    }
}

#[test]
fn numbers_of_many_steps_stay_apart_from_what_was_done() {
    let mut recording = Recording::new(Recording::DEFAULT_LIMIT);
    recording.name_task(0, "main", crate::trace::event::NO_TASK, SiteId::NONE);
    let text = recording.text("sleep(0)");
    for step in 0..100_000 {
        let kind = if step == 0 { Kind::Started } else { Kind::Resumed };
        for (kind, text) in [(kind, TextId::NONE), (Kind::Suspended, text)] {
            recording.push(Event {
                time: 0,
                task: 0,
                kind,
                class: WaitClass::Yield,
                site: SiteId::NONE,
                detail: text.0,
                threw: false,
            });
        }
    }
    let text = Steps.render(&recording, &options(80));
    assert!(text.starts_with("  step  main\n     1  sleep(0)"), "{}", &text[..60]);
    assert!(text.contains("\n100000  sleep(0)"), "{text}");
}

/// As many workers as there are columns, with names that are told apart by their ends.
fn workers(name: impl Fn(u32) -> String) -> Recording {
    let (mut events, mut rest) = ("0 0 started".to_string(), String::new());
    for id in 1..=8 {
        events += &format!("\n0 {id} created {}", name(id));
        rest += &format!("\n0 {id} started\n0 {id} finished");
    }
    recording(&format!("{events}\n0 0 suspended task gather{rest}\n0 0 woken 8\n0 0 resumed\n0 0 finished"))
}

#[test]
fn of_names_that_do_not_fit_the_ends_are_seen() {
    let options = options(100);
    let text = Steps.render(&workers(|id| format!("worker {id}")), &options);
    assert_within(&text, &options);
    let head: Vec<&str> = text.lines().take(3).collect();
    assert_eq!(head[1].split_whitespace().collect::<Vec<_>>(), ["1", "2", "3", "4", "5", "6", "7"], "{text}");
    let text = Steps.render(&workers(|id| format!("extraordinarily-long-name-of-number-{id}x")), &options);
    assert_within(&text, &options);
    for id in 1..=8 {
        assert!(text.lines().take(3).any(|line| line.contains(&format!("{id}x"))), "{id} in\n{text}");
    }
}

#[test]
fn what_did_not_fit_is_said_and_what_its_sign_means() {
    let long: String = (1..40).map(|n| format!("step_number_{n}();\n")).collect();
    let mut recording = recording(
        "0 0 started @ s.rhai:1:1\n0 0 suspended yield sleep(0) @ s.rhai:40:1\n0 0 woken 0\n0 0 resumed\n0 0 finished",
    );
    recording.add_source("s.rhai", &format!("{long}await sleep(0);"));
    let text = Steps.render(&recording, &options(100));
    assert!(text.contains("   1  … step_number_") && text.contains("step_number_39();\n      sleep(0) ⏸\n"), "{text}");
    assert!(text.contains("2 steps, 0 tasks besides main; … is what did not fit"), "{text}");
    let text = Steps.render(&recording, &Options { ascii: true, ..options(100) });
    assert!(text.is_ascii() && text.contains("; ~ is what did not fit"), "{text}");
    assert!(!Steps.render(&lost_update(), &options(100)).contains("did not fit"));
}

#[test]
fn a_step_that_comes_back_from_a_function_tells_what_its_caller_did() {
    let text = "async fn load(n) { await sleep(n); n }
let work = async || {
    let got = await load(1);
    total += got;
    await sleep(0);
    await load(2);
    end();
};
await spawn(work.call());
";
    let mut recording = recording(
        "0 0 started @ s.rhai:2:1\n0 1 created work\n0 0 suspended task task 1 @ s.rhai:9:1
        0 1 started @ s.rhai:3:15\n0 1 suspended timer sleep(1) @ s.rhai:1:20\n0 1 woken\n0 1 resumed
        0 1 suspended yield sleep(0) @ s.rhai:5:5\n0 1 woken\n0 1 resumed\n0 1 suspended timer sleep(2) @ s.rhai:1:20
        0 1 woken\n0 1 resumed\n0 1 finished\n0 0 woken\n0 0 resumed\n0 0 finished",
    );
    recording.add_source("s.rhai", text);
    let shown = Steps.render(&recording, &options(100));
    for part in ["got = load(1); sleep(1) ⏸", "n; total += got; sleep(0) ⏸", "load(2); sleep(2) ⏸", "n; end() ✔"]
    {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
}
