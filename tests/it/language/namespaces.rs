//! What a program can call: its functions and imports, in blocks, beside other programs, and from run to run.

use std::fs;

use loopscope::session::End;

use super::modules::Folder;
use crate::support::{Inside, with_stack};

/// Runs `work` with a session and a folder that has these files; `@` in their texts and in the session's stands for it.
fn with_files(name: &str, files: &'static [(&str, &str)], work: impl FnOnce(&mut Inside, &Folder) + Send + 'static) {
    let folder = Folder::new(name, &[]);
    for (file, text) in files {
        folder.write(file, &text.replace('@', &folder.path()));
    }
    with_stack(move || work(&mut Inside::new(), &folder));
}

/// Runs a line at the prompt; gives what was printed, and the error if there was one.
fn line(inside: &mut Inside, text: &str) -> String {
    let end = inside.line(text);
    let mut printed = inside.collector.printed().join(" ");
    if let End::Failed(failure) = end {
        printed += &format!("! {}", failure.error);
    }
    printed
}

#[test]
fn an_import_ends_with_its_block_even_if_the_block_waits() {
    with_files(
        "block",
        &[("m.rhai", "fn one() { 1 } async fn two() { await sleep(0); one() + 1 }")],
        |inside, folder| {
            let run = |inside: &mut Inside, text: &str| line(inside, &text.replace('@', &folder.path()));
            let block =
                "{ import \"@/m\" as m; await sleep(0.1); print(m::one()); await sleep(0); print(await m::two()); }";
            assert!(run(inside, &format!("{block} m::one()")).starts_with("1 2! Module not found: m"));
            let other = "let t = spawn(async { await sleep(0.05); m::one() });";
            let seen = run(inside, &format!("{other} {block} try {{ await t }} catch (e) {{ print(e.error) }}"));
            assert_eq!(seen, "1 2 ErrorModuleNotFound");
            assert_eq!(
                run(inside, &format!("if true {block} try {{ m::one() }} catch {{ print(\"gone\") }}")),
                "1 2 gone"
            );
            let jump = "for i in 0..2 { import \"@/m\" as m; await sleep(0); if i == 0 { continue } break } try { m::one() } catch { print(\"gone\") }";
            assert_eq!(run(inside, jump), "gone");
            let thrown = "try { import \"@/m\" as m; await sleep(0); throw m::one() } catch (e) { try { m::one() } catch { print(e) } }";
            assert_eq!(run(inside, thrown), "1");
        },
    );
}

#[test]
fn functions_that_a_block_calls_see_its_imports() {
    with_files("seen", &[("m.rhai", "fn one() { 1 }")], |inside, folder| {
        let text = "async fn f() { await sleep(0.1); m::one() } fn g() { m::one() }
            { import \"@/m\" as m; print(await f() + g()); await sleep(0); print(await async { await sleep(0); m::one() }); }";
        assert_eq!(line(inside, &text.replace('@', &folder.path())), "2 1");
    });
}

#[test]
fn imports_of_the_top_level_last_until_the_session_forgets() {
    with_files("last", &[("m.rhai", "fn one() { 1 }")], |inside, folder| {
        let import = "import \"@/m\" as m; await sleep(0);".replace('@', &folder.path());
        assert_eq!(line(inside, &import), "");
        assert_eq!(
            line(
                inside,
                "async fn f() { await sleep(0); m::one() } print(await f()); const K = 5; fn k() { global::K } print(k());"
            ),
            "1 5"
        );
        assert_eq!(line(inside, "print(m::one());"), "1");
        inside.session.forget();
        assert!(line(inside, "m::one()").starts_with("! Module not found: m"));
        assert!(line(inside, "fn k() { global::K } k()").starts_with('!'));
    });
}

#[test]
fn a_changed_file_is_read_anew() {
    with_files(
        "changed",
        &[("m.rhai", "import \"@/n\" as n; fn one() { n::one() }"), ("n.rhai", "fn one() { 1 }")],
        |inside, folder| {
            let text = "import \"@/m\" as m; print(m::one());".replace('@', &folder.path());
            assert_eq!(line(inside, &text), "1");
            folder.write("n.rhai", "fn one() { 2 }");
            assert_eq!(line(inside, "print(m::one());"), "1");
            assert_eq!(line(inside, &text), "2");
        },
    );
}

#[test]
fn modules_that_import_each_other() {
    let files = [
        ("a.rhai", "import \"b\" as b; fn one() { b::two() }"),
        ("b.rhai", "import \"./c\" as c; fn two() { 2 }"),
        ("c.rhai", "import \"a\" as a;"),
        ("main.rhai", "import \"a\" as a;"),
    ];
    let folder = Folder::new("circle", &files);
    let (_, err, ok) = folder.run();
    let circle =
        "modules import each other in a circle: \"a.rhai\" imports \"b.rhai\" imports \"c.rhai\" imports \"a.rhai\"";
    assert!(!ok && err.contains(circle), "{err}");
    fs::write(folder.file("a.rhai"), "import \"a\" as a;").expect("a file");
    let (_, err, _) = folder.run();
    assert!(err.contains("circle: \"a.rhai\" imports \"a.rhai\""), "{err}");
}

#[test]
fn a_program_that_runs_apart_leaves_background_tasks_their_functions() {
    with_stack(|| {
        let mut inside = Inside::new();
        let setup = "fn word() { \"mine\" } async fn tick() { loop { await sleep(0.1); print(word() + fresh()) } }
            fn fresh() { \"\" } const K = 1; let t = spawn(tick()); let v = 3;";
        assert_eq!(line(&mut inside, setup), "");
        let apart =
            "fn word() { \"other\" } await sleep(0.25); print(word()); try { tick() } catch { print(\"no tick\") }
            try { print(v) } catch { print(\"no v\") } spawn(async { sleep(9) });";
        inside.apart(apart);
        assert_eq!(inside.collector.printed(), ["mine", "mine", "other", "no tick", "no v"]);
        // it goes on with what the prompt defines anew
        assert_eq!(line(&mut inside, "fn fresh() { \"!\" } await sleep(0.1); print(word() + v);"), "mine! mine3");
        inside.session.forget();
        assert_eq!(line(&mut inside, "fn word() { \"new\" } await sleep(0.1); print(word());"), "mine! new");
    });
}
