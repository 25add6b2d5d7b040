//! Loops over what is not there all at once.

use crate::support::{Inside, Script, with_stack};

/// Runs a text under a limit to what an array may hold; gives what it prints.
fn under_limit(text: &'static str) -> Vec<String> {
    with_stack(move || {
        let mut inside = Inside::new();
        inside.session.interp.engine.set_max_array_size(1_000);
        let _ = inside.line(text);
        inside.collector.printed()
    })
}

#[test]
fn a_range_with_steps_is_not_collected() {
    let ranges =
        "range(0, 1_000_000_000, 1), range(0..1_000_000_000, 3), range(1_000_000_000, 0, -2), range(0.0, 1e9, 0.5)";
    let text =
        "for r in [RANGES] { for (x, i) in r { await sleep(0); if i == 2 { print(x); break } } } print(\"end\");";
    let text = text.replace("RANGES", ranges);
    let printed = under_limit(text.leak());
    assert_eq!(printed, ["2", "6", "999999996", "1.0", "end"]);
}

#[test]
fn texts_are_not_collected() {
    let text =
        "let s = \"é\"; s.pad(2_000, 'x'); let n = 0; for c in s { await sleep(0); if c == 'x' { n += 1 } } print(n);";
    assert_eq!(under_limit(text), ["1999"]);
}

#[test]
fn what_has_to_be_collected_is_bounded() {
    let text =
        "let s = \"\"; s.pad(2_000, 'x'); for c in s.chars() { if c == 'y' { await sleep(0) } } print(\"never\");";
    assert!(under_limit(text).is_empty());
    let few = "let n = 0; for c in \"abc\".chars() { await sleep(0); n += 1 } for b in bits(5) { await sleep(0); n += 1 } print(n);";
    assert_eq!(under_limit(few), ["67"]);
}

#[test]
fn ranges_are_those_of_rhai() {
    Script::new(
        r#"
        async fn all(r) { let list = []; for x in r { await sleep(0); list.push(x) } list }
        fn plain(r) { let list = []; for x in r { list.push(x) } list }
        let max = 9223372036854775807;
        for r in [range(0, 10, 4), range(5, 0, -2), range(0, 5, -1), range(5, 0, 1), range(3, 3, 1), range(0..10, 5),
            range(0.0, 1.0, 0.25), range(1.0, 0.0, -0.5), range(max - 3, max, 2), range(1, 4), blob(2, 3), "é", 3..=1] {
            let same = await all(r) == plain(r);
            print(`${await all(r)} ${same} ${type_of(r)}`);
        }
        print(range(0, 10, 4));
        try { range(1, 2, 0) } catch (e) { print(e.error) }
        "#,
    )
    .prints(
        r#"
        [0, 4, 8] true range
        [5, 3, 1] true range
        [] true range
        [] true range
        [] true range
        [0, 5] true range
        [0.0, 0.25, 0.5, 0.75] true range
        [1.0, 0.5] true range
        [9223372036854775804] true range
        [1, 2, 3] true range
        [3, 3] true blob
        [é] true string
        [] true range=
        range(0, 10, 4)
        ErrorInFunctionCall
        "#,
    )
    .exits(0);
}
