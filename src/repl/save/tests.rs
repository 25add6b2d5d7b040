use super::*;

fn saved(inputs: &[(&str, bool)]) -> String {
    let entries: Vec<Entry> = inputs
        .iter()
        .map(|(source, gave_value)| Entry { source: (*source).to_owned(), gave_value: *gave_value })
        .collect();
    script(&entries, "")
}

#[test]
fn the_head_says_how_it_runs_the_same() {
    let entry = Entry { source: "now()".to_owned(), gave_value: true };
    let script = script(&[entry], "--virtual-time --seed 3");
    assert_eq!(
        script,
        "// Saved from a loopscope session.\n// Runs the same with: loopscope run --virtual-time --seed 3 FILE\n\nnow();\n"
    );
}

fn value(script: &str) -> i64 {
    rhai::Engine::new().eval(script).unwrap_or_else(|error| panic!("{error}\n{script}"))
}

#[test]
fn it_is_bound_where_a_later_input_uses_it() {
    let script = saved(&[
        ("let a = 20", false),
        ("let b = 1; a + b // sum", true),
        ("let c = 0", false),
        ("it * 2", true),
        ("it + c", true),
    ]);
    assert_eq!(value(&format!("{}it", script.replace("it + c", "let it = it + c"))), 42);
    assert_eq!(script.matches("let it =").count(), 2);
}

#[test]
fn the_last_definition_stays() {
    let script = saved(&[
        ("fn f(a) { a + 1 }", false),
        ("fn f(a) {\n    a + 2\n}\nlet x = 1", false),
        ("fn f(a, b) { a * b } // two", false),
        ("let y = f(40) * f(1, 1)", false),
    ]);
    assert_eq!(value(&format!("{script}y")), 42);
}

#[test]
fn a_definition_needs_no_semicolon() {
    let script = saved(&[("async fn f(a) { a }", false), ("fn g() { 42 } // g", false), ("let x = g()", false)]);
    assert!(script.ends_with("\nasync fn f(a) { a }\nfn g() { 42 } // g\nlet x = g();\n"), "{script}");
}

#[test]
fn an_input_that_returns_does_not_end_the_script() {
    let script = saved(&[
        ("let a = 1; return a + 4; let b = 2", true),
        ("let c = it", false),
        ("return;", false),
        ("fn f() { return 7; } let d = || { return 1 };", false),
    ]);
    assert_eq!(value(&format!("{script}c + f()")), 12);
    assert!(!script.contains("let b"), "{script}");
    assert!(saved(&[("returned = 1", false)]).ends_with("\nreturned = 1;\n"));
}

#[test]
fn imports_stay_where_they_were() {
    let there = |source| importing_from(source, Path::new("/a b/c")).into_owned();
    assert_eq!(there("import \"lib\" as l; l::f(\"lib\")"), "import \"/a b/c/lib\" as l; l::f(\"lib\")");
    let others = "import \"/lib\" as l; import name as m; // import \"lib\"";
    assert_eq!(there(others), others);
}

#[test]
fn comments_and_blocks_do_not_swallow_the_semicolon() {
    let script = saved(&[
        ("let n = 0 // nought", false),
        ("for i in 0..3 { n += i }", false),
        ("if n > 2 { n * 14 } else { 0 }", true),
        ("// only a remark", false),
    ]);
    assert_eq!(value(&format!("{script}n")), 3);
}

#[test]
fn a_statement_may_end_with_its_block() {
    let of = |source: &str| -> Vec<String> {
        statements(source, &scan(source)).into_iter().map(|span| source[span].to_owned()).collect()
    };
    assert_eq!(of("async fn f(n) { n }\nawait f(1)"), ["async fn f(n) { n }", "await f(1)"]);
    assert_eq!(of("for i in 0..3 { g(i) } n"), ["for i in 0..3 { g(i) }", "n"]);
    assert_eq!(of("if a { 1 } else if b { 2 } else { 3 } x"), ["if a { 1 } else if b { 2 } else { 3 }", "x"]);
    assert_eq!(
        of("if #{a: 1}.a == 1 { 2 }; try { } catch (e) { } y"),
        ["if #{a: 1}.a == 1 { 2 }", ";", "try { } catch (e) { }", "y"]
    );
    assert_eq!(
        of("let f = || { 1 }; do { n += 1 } while n < 3; #{a: 1}"),
        ["let f = || { 1 };", "do { n += 1 } while n < 3;", "#{a: 1}"]
    );
    assert_eq!(of("spawn(async { if x { 1 } 2 })"), ["spawn(async { if x { 1 } 2 })"]);
}

#[test]
fn it_is_bound_behind_blocks() {
    for (source, sum) in [("fn f(n) { n }\nf(1)", 2), ("for i in 0..3 { } 4", 5), ("if true { } 6", 7)] {
        let script = saved(&[(source, true), ("let y = it + 1", false)]);
        assert_eq!(value(&format!("{script}y")), sum);
    }
}

#[test]
fn what_a_failed_input_left_is_kept() {
    let left = |source: &str, there: &[&str], older: &[&str]| {
        let worked = |source: &str| Input { source: source.to_owned(), ..Input::default() };
        let there = there.iter().map(|name| (*name).to_owned()).collect();
        let mut inputs: Vec<Input> = older.iter().map(|source| worked(source)).collect();
        inputs.push(Input { left: Some(there), ..worked(source) });
        entries(&inputs, older.len()).pop().map(|entry| entry.source)
    };
    assert_eq!(left("let y = 1; throw 2", &["y"], &[]).as_deref(), Some("let y = 1;"));
    assert_eq!(
        left("let y = 1; f(); let z = g(); fn h() { 1 }", &["y"], &[]).as_deref(),
        Some("let y = 1;\nfn h() { 1 }")
    );
    assert_eq!(left("throw 2", &[], &[]), None);
    assert_eq!(left("throw 2; let y = 1;", &["y"], &["let y = 0"]), None, "it is the older one");
}

#[test]
fn what_a_file_imports_is_looked_for_beside_it() {
    let source = "import \"lib\" as l;".to_owned();
    let input = Input { source, folder: Some("/a".into()), ..Input::default() };
    assert_eq!(entries(&[input], 0)[0].source, "import \"/a/lib\" as l;");
}

#[test]
fn a_long_source_takes_no_longer_for_its_brackets() {
    let count = 40_000;
    let source: String = (0..count).map(|n| format!("fn f{n}(a) {{ [a] }}\nif f{n}(1) == [2] {{ g() }}\n")).collect();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let found = scan(&source);
        sender.send((definitions(&source).len(), statements(&source, &found).len()))
    });
    // each bracket's other one was once looked for among all of them, which would take many times as long
    let found = receiver.recv_timeout(std::time::Duration::from_secs(60));
    assert_eq!(found, Ok((count, 2 * count)));
}
