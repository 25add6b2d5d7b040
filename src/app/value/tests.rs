use super::*;

/// What the prompt shows of the value of a script on a terminal of so many columns, without colour.
fn shown(script: &str, width: usize) -> String {
    let value: Dynamic = rhai::Engine::new().eval(script).expect("it is a script");
    let lines = match value.read_lock::<Array>().and_then(|list| table::table(&list, width)) {
        Some(lines) => lines,
        None => match line::line(&value, width) {
            Some(line) => vec![line],
            None => fold::fold(&value, width),
        },
    };
    let lines: Vec<String> = lines.iter().map(|l| l.paint(Paint { on: false }).trim_end().to_string()).collect();
    for line in &lines {
        assert!(line.width() <= width, "{line:?} of {script}");
    }
    lines.join("\n")
}

#[test]
fn what_fits_is_on_one_line() {
    assert_eq!(shown("[1, 2.5, \"a\\nb\", 'c', true, ()]", 60), r#"[1, 2.5, "a\nb", 'c', true, ()]"#);
    assert_eq!(shown("#{a: 1, \"content-type\": [#{b: 2}]}", 60), r#"#{a: 1, "content-type": [#{b: 2}]}"#);
    assert_eq!(shown("[|x| x, Fn(\"f\"), [], #{}]", 60), "[<closure>, <fn f>, [], #{}]");
}

#[test]
fn what_does_not_fit_is_folded() {
    let script =
        "#{name: \"a name of some length\", list: [1, 2, 3], inner: #{x: \"one of many\", y: [10, 20, 30, 40]}}";
    let text = "#{\n  inner: #{x: \"one of many\", y: [10, 20, 30, 40]},\n  list: [1, 2, 3],\n  \
                name: \"a name of some length\",\n}";
    assert_eq!(shown(script, 52), text);
    let narrow = "#{\n  inner: #{\n    x: \"one of many\",\n    y: [10, 20, 30, 40],\n  },\n  list: [1, 2, 3],\n  \
                  name: \"a name of some length\",\n}";
    assert_eq!(shown(script, 40), narrow);
}

#[test]
fn long_ones_are_cut_with_a_count() {
    let numbers = shown("let l = []; for n in 0..10000 { l.push(n) } l", 60);
    assert!(numbers.starts_with("[\n  0, 1, 2, 3, "), "{numbers}");
    let left: usize = numbers.split("… ").nth(1).and_then(|t| t.split(' ').next()?.parse().ok()).expect("a count");
    let first_line = numbers.lines().next_back().expect("lines");
    assert_eq!(first_line, "]");
    let last = numbers.lines().rev().nth(2).expect("lines").trim_end_matches(", ");
    let last = last.rsplit(", ").next().expect("a number").trim_end_matches(',');
    assert_eq!(last.parse::<usize>().expect("a number") + 1 + left, 10000);
    let text = shown("let s = \"\"; for n in 0..1000 { s += \"ab\"; } [s, s]", 60);
    assert_eq!(text.matches(" 2000 characters").count(), 2, "{text}");
    let nested = shown(
        "let l = []; for n in 0..1000 { l.push([n, [n, \"a text of some length, to have several lines\"]]) } l",
        40,
    );
    assert!(nested.contains("… 960 more") && nested.lines().count() < 4 * MOST, "{nested}");
}

#[test]
fn maps_that_are_alike_are_a_table() {
    let script = "[#{id: 1, name: \"Ada\", score: 2.5}, #{id: 20, name: \"Grace \\\"H\\\"\", score: [1, 2]}, #{id: 3, name: ()}]";
    let table = "id  name       score\n 1  Ada           2.5\n20  Grace \"H\"  [1, 2]\n 3  ()";
    assert_eq!(shown(script, 60), table);
    // what has little in common is none, nor is a single map
    assert_eq!(shown("[#{a: 1}, #{b: 2, c: 3}, #{d: 4}]", 60), "[#{a: 1}, #{b: 2, c: 3}, #{d: 4}]");
    assert_eq!(shown("[#{a: 1}]", 60), "[#{a: 1}]");
    assert_eq!(shown("[#{a: 1}, 2]", 60), "[#{a: 1}, 2]");
}

#[test]
fn a_table_fits_and_says_what_is_missing() {
    let rows = "let l = []; for n in 0..100 { l.push(#{n: n, text: \"words and words and words and words\", \
                also: \"more of them, and then more\"}) } l";
    let table = shown(rows, 50);
    assert!(table.ends_with("… 60 more rows") && table.contains('…'), "{table}");
    let wide = "let m = #{}; for n in 0..30 { m[`column_${n}`] = \"some text\"; } [m, m]";
    let table = shown(wide, 50);
    assert!(table.lines().last().is_some_and(|l| l.starts_with("… not shown: column_")), "{table}");
    // wide characters, and those that would not stay in their cell
    let odd = shown("[#{a: \"漢字漢字\", b: \"x\\ny\\u001b[2J\"}, #{a: \"1\", b: \"2\"}]", 60);
    assert_eq!(odd, "a         b\n漢字漢字  x\\ny\\u{1b}[2J\n1         2");
}
