//! Bad input and faults that are taken in stride, by number. A fault is checked here, or by tests elsewhere that
//! [`ELSEWHERE`] names; the tests of 1 to 22 begin with their number: `cargo test --test it fault_06`.

#[cfg(target_os = "linux")]
mod network;
#[cfg(unix)]
mod output;
#[cfg(unix)]
mod prompt;
#[cfg(target_os = "linux")]
mod scripts;
#[cfg(target_os = "linux")]
mod system;

use std::path::Path;

/// Numbers of faults, what they are, and the tests that check them.
const ELSEWHERE: &[(u32, &str, &[&str])] = &[
    (23, "recursion without end", &["recursion_without_end_is_an_error", "too_deep_is_an_error_wherever_it_happens"]),
    (24, "values nested thousands deep", &["values_nested_thousands_deep_are_shown_compared_and_dropped"]),
    (25, "open parentheses", &["parentheses_without_end_are_an_error", "open_parentheses_have_a_position"]),
    (26, "what grows without end", &["what_grows_without_end_is_stopped_in_time"]),
    (27, "a blocked loop", &["a_blocked_loop", "a_loop_that_blocked_goes_on_with_the_others"]),
    (28, "a deadlock", &["a_deadlock_names_who_waits_for_what", "ctrl_c_says_what_could_never_have_gone_on"]),
    (29, "a failure that nobody awaited", &["a_failed_task_that_nobody_awaited"]),
    (30, "an import from outside", &["imports_ask_for_the_right_to_read"]),
    (31, "very many tasks", &["many_tasks_run_or_meet_a_clear_limit"]),
    (
        32,
        "a server that is slow, or never answers",
        &["a_server_that_never_answers", "a_byte_now_and_then", "slow_servers_end_at_the_timeout"],
    ),
    (
        33,
        "answers that break off",
        &[
            "bodies_that_break_off_or_are_malformed",
            "connections_that_are_cut",
            "a_compressed_body_that_ends_too_early",
            "misbehaving_servers_are_told_apart",
        ],
    ),
    (34, "bodies without end", &["a_bomb_and_an_endless_body_stop_at_the_limit", "a_bomb_takes_no_memory"]),
    (35, "redirects", &["the_eleventh_hop_is_one_too_many", "circles_and_other_schemes_are_refused"]),
    (36, "denied addresses in disguise", &["denied_addresses_are_denied_in_any_spelling"]),
    (37, "clients that misbehave", &["odd_clients_are_told_what_is_wrong", "idle_clients_keep_nobody_waiting"]),
    (38, "too many open files", &["too_many_open_files", "few_files_are_survived"]),
    (
        39,
        "ways out of the allowed folder",
        &[
            "links_lead_out_of_no_folder",
            "other_files_are_attached_with_leave_only",
            "arguments_are_literal_and_ways_around_are_denied",
        ],
    ),
    (40, "files that are broken, locked or full", &["a_locked_file_is_waited_for", "broken_and_full_files_are_errors"]),
];

#[test]
fn each_fault_has_its_checks() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    for folder in ["tests/it", "src/net/tests", "src/system/sqlite"] {
        read(&root.join(folder), &mut sources);
    }
    for (number, what, tests) in ELSEWHERE {
        assert!(!tests.is_empty(), "fault {number}, {what}, has no check");
        for test in *tests {
            let is_there = sources.contains(&format!("]\nfn {test}() {{\n"));
            assert!(is_there, "fault {number}, {what}: there is no test `{test}`");
        }
    }
    let numbers: Vec<u32> = ELSEWHERE.iter().map(|(number, ..)| *number).collect();
    assert!(numbers.windows(2).all(|pair| pair[1] == pair[0] + 1) && numbers.last() == Some(&40), "{numbers:?}");
}

fn read(folder: &Path, into: &mut String) {
    for entry in folder.read_dir().expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            read(&path, into);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            into.push_str(&std::fs::read_to_string(path).expect("a source"));
        }
    }
}
