//! `import` of modules that have async functions.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A folder of its own for scripts that import each other.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let folder = std::env::temp_dir().join(format!("loopscope-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        for (file, text) in files {
            fs::write(folder.join(file), text).expect("a file");
        }
        Self(folder)
    }

    /// Where a file of it is.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Its path.
    pub fn path(&self) -> String {
        self.0.display().to_string()
    }

    /// Writes a file.
    pub fn write(&self, file: &str, text: &str) {
        fs::write(self.file(file), text).expect("a file");
    }

    /// Runs main.rhai; gives stdout, stderr and whether it went well.
    pub fn run(&self) -> (String, String, bool) {
        self.run_file("main.rhai")
    }

    /// The same for another file.
    pub fn run_file(&self, file: &str) -> (String, String, bool) {
        let output = Command::new(env!("CARGO_BIN_EXE_loopscope"))
            .args(["run", "--virtual-time", file])
            .env("NO_COLOR", "1")
            .current_dir(&self.0)
            .output()
            .expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&output.stdout), text(&output.stderr), output.status.success())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn its_functions_see_what_is_private_to_it() {
    let module = r#"
        import "other" as other;
        export const LIMIT = 3;
        const SECRET = 40;
        private fn helper(x) { x + 1 }
        private async fn hidden(x) { await sleep(0.1); helper(x) }
        async fn work(x) { let y = await hidden(x); y + global::SECRET }
        async fn each(list) { let add = |x| helper(x); await sleep(0); list.map(add) }
        async fn later(x) { let c = async |y| { await sleep(0); helper(x) + y }; await c.call(1) }
        async fn block(x) { await async { await sleep(0); helper(x) } }
        async fn far(x) { await sleep(0); await other::twice(x) }
    "#;
    let main = r#"
        import "tools" as tools;
        print(await tools::work(1));
        print(await tools::each([1, 2]));
        print(await tools::later(1));
        print(await tools::block(1));
        print(await tools::far(5));
        print(tools::LIMIT);
        print(await gather(tools::work(1), tools::work(2)));
        let t = spawn(tools::work(3), "imported");
        print(await t);
        async fn inside() { import "tools" as mine; await sleep(0); await mine::far(1) }
        print(await inside());
    "#;
    let folder = Folder::new(
        "private",
        &[("tools.rhai", module), ("other.rhai", "async fn twice(x) { await sleep(0); x * 2 }"), ("main.rhai", main)],
    );
    let (out, err, _) = folder.run();
    assert_eq!((out.as_str(), err.as_str()), ("42\n[2, 3]\n3\n2\n10\n3\n[42, 43]\n44\n2\n", ""));
}

#[test]
fn errors_point_into_it() {
    let folder = Folder::new(
        "errors",
        &[
            ("tools.rhai", "async fn bad() {\n    await sleep(0);\n    throw \"oh\"\n}\nfn worse() {\n    1 / 0\n}"),
            ("main.rhai", "import \"tools\" as tools;\nawait tools::bad();"),
        ],
    );
    let (_, err, ok) = folder.run();
    assert!(!ok && err.contains("tools.rhai:3:5") && err.contains("awaited in main, main.rhai:2:1"), "{err}");
    fs::write(folder.0.join("main.rhai"), "import \"tools\" as tools;\nasync fn f() { tools::worse() }\nawait f();")
        .expect("a file");
    let (_, err, ok) = folder.run();
    assert!(!ok && err.contains("tools.rhai:6:7"), "{err}");
}

#[test]
fn functions_of_the_same_name_are_told_apart() {
    let folder = Folder::new(
        "same",
        &[
            ("tools.rhai", "\n\n\nfn bad() { 1 / 0 }\nasync fn f() { await sleep(0); bad() }"),
            ("main.rhai", "import \"tools\" as t;\nfn bad() {\n  [].x\n}\nasync fn m() { bad() }\nawait m();"),
        ],
    );
    let (_, err, _) = folder.run();
    assert!(err.contains("--> main.rhai:3:6") && err.contains("called bad, main.rhai:5:16"), "{err}");
    fs::write(folder.0.join("main.rhai"), "import \"tools\" as t;\nfn bad() { 2 }\nawait t::f();").expect("a file");
    let (_, err, _) = folder.run();
    assert!(err.starts_with("error: Division by zero: 1 / 0\n") && err.contains("--> tools.rhai:4:14"), "{err}");
}

#[test]
fn what_can_not_be_imported() {
    let folder = Folder::new(
        "broken",
        &[
            ("broken.rhai", "let x = ;"),
            ("top.rhai", "await sleep(1);"),
            (
                "main.rhai",
                "for m in [\"broken\", \"top\", \"missing\"] { try { import m as x; } catch (e) { print(e) } }",
            ),
        ],
    );
    let (out, err, ok) = folder.run();
    assert!(ok, "{err}");
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3, "{out}");
    assert!(lines[0].contains("broken.rhai:1:9"), "{out}");
    assert!(lines[1].contains("`await` at the top level of a module"), "{out}");
    assert!(lines[2].contains("missing"), "{out}");
}

#[test]
fn its_closures_can_be_called_where_it_is_imported() {
    let module = r#"
        private fn twice(x) { x * 2 }
        let k = 10;
        export let plain = |x| twice(x) + k;
        export let waits = async |x| { await sleep(0.1); twice(x) + k };
        export let tools = #{ add: |a, b| a + b };
        fn make(n) { |x| x + n + twice(1) }
        fn make_async(n) { async |x| { await sleep(0); x + n + twice(1) } }
    "#;
    let main = r#"
        import "tools" as t;
        fn twice(x) { "main's" }
        print([t::plain.call(1), await t::waits.call(1), t::tools.add(1, 2)]);
        print([t::make(3).call(4), await t::make_async(3).call(4), [1, 2].map(t::plain)]);
        print(await gather([1, 2].map(t::waits)));
        async fn inside() { import "tools" as mine; await mine::waits.call(5) }
        print(await inside());
        try { t::plain.call(1, 2) } catch (e) { print(e.error) }
    "#;
    let folder = Folder::new("exported", &[("tools.rhai", module), ("main.rhai", main)]);
    let (out, err, _) = folder.run();
    let expected = "[12, 12, 3]\n[9, 9, [12, 14]]\n[12, 14]\n20\nErrorFunctionNotFound\n";
    assert_eq!((out.as_str(), err.as_str()), (expected, ""));
}

#[test]
fn it_is_found_beside_the_script_wherever_that_imports_it() {
    let folder =
        Folder::new("beside", &[("main.rhai", "import \"scripts/inner\" as inner; print(await inner::all());")]);
    fs::create_dir_all(folder.file("scripts")).expect("a folder");
    folder.write("scripts/tools.rhai", "fn double(x) { x * 2 }");
    let script = "fn plain(x) { import \"tools\" as t; t::double(x) }
        async fn waits(x) { import \"tools\" as t; await sleep(0); t::double(x) }
        async fn all() { let closure = |x| plain(x); [plain(1), closure.call(2), await waits(3), [4].map(|x| plain(x))] }";
    folder.write("scripts/inner.rhai", script);
    let main = format!("{script}\nprint(await all());");
    folder.write("scripts/main.rhai", &main);
    assert_eq!(folder.run().0, "[2, 4, 6, [8]]\n");
    assert_eq!(folder.run_file("scripts/main.rhai").0, "[2, 4, 6, [8]]\n");
}

#[test]
fn closures_of_the_same_text_and_place_are_not_taken_for_each_other() {
    let module = |letter: &str| {
        format!("fn work(x) {{ [x].map(|x| h(x)) }}\nexport let f = |x| h(x);\nprivate fn h(x) {{ \"{letter}\" + x }}")
    };
    let main = "fn work(x) { [x].map(|x| h(x)) }
import \"a\" as a;
print(a::work(1)); print(a::f.call(1));
import \"b\" as b;
print([a::work(1), b::work(1), work(1)]);
try { b::f.call(1) } catch (e) { print(e.error) }
fn h(x) { \"M\" + x }";
    let files = [("a.rhai", module("A")), ("b.rhai", module("B")), ("main.rhai", main.to_string())];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let (out, err, _) = Folder::new("alike", &files).run();
    let expected = "[\"A1\"]\nA1\n[[\"A1\"], [\"B1\"], [\"M1\"]]\nErrorFunctionNotFound\n";
    assert_eq!((out.as_str(), err.as_str()), (expected, ""));
}

#[test]
fn closures_that_the_library_calls_for_it_are_its_own() {
    let module = r#"
        import "deep/inner" as inner;
        private fn helper(x) { x + 7 }
        private async fn hidden(x) { await sleep(0); helper(x) }
        async fn deferred() { defer(|| print(`deferred ${helper(1)}`)); await sleep(0); 1 }
        async fn grouped() { let n = 0; await task_group(async |g| { g.spawn(|| n += helper(1)); g.spawn(async || n += await hidden(1)) }); n }
        async fn each() { let n = 0; let q = queue(); q.try_put(1); q.close(); await q.for_each(async |x| n += helper(x)); n }
        async fn apart() { let n = 0; let q = queue(); q.try_put(1); q.close(); await spawn(q.for_each(async |x| { await sleep(0); n += helper(x) })); n }
        async fn locked() { await lock().with(async || helper(3)) }
        async fn members() { await gather(|| helper(1), async || await hidden(2), spawn(|| helper(3)), timeout(1, || helper(4))) }
        fn plain() { spawn(|| helper(2)) }
        async fn far() { await inner::work(2) }
        async fn method(k) { await sleep(0); this.n += k; helper(this.n) }
    "#;
    let main = r#"
        import "tools" as t;
        fn helper(x) { "main's" }
        print(await t::deferred()); print(await t::grouped()); print(await t::each()); print(await t::apart());
        print(await t::locked()); print(await t::members());
        print(await gather(|| helper(1), t::plain(), || helper(1)));
        print(await t::far());
    "#;
    let folder = Folder::new("closures", &[("tools.rhai", module), ("main.rhai", main)]);
    fs::create_dir_all(folder.file("deep")).expect("a folder");
    folder.write("deep/inner.rhai", "import \"../third\" as t; async fn work(x) { await sleep(0); x * t::ten() }");
    folder.write("third.rhai", "fn ten() { 10 }");
    let (out, err, _) = folder.run();
    let expected = "deferred 8\n1\n16\n8\n8\n10\n[8, 9, 10, 11]\n[\"main's\", 9, \"main's\"]\n20\n";
    assert_eq!((out.as_str(), err.as_str()), (expected, ""));
}

#[test]
fn what_is_wrong_in_a_module_is_drawn_in_its_own_text() {
    let main = "let a = 1;\nimport \"lib\" as lib;\nprint(lib::ok());";
    let folder = Folder::new("drawn", &[("main.rhai", main), ("lib.rhai", "fn ok() { 1 }\nfn bad( { 2 }\n")]);
    let (_, said, well) = folder.run();
    assert!(!well && said.contains("lib.rhai:2:9\n 2 | fn bad( { 2 }\n   |         ^"), "{said}");
    assert!(said.contains("= imported at main.rhai:2:8"), "{said}");
    folder.write("lib.rhai", "let x = 1;\nlet y = nosuch;\n");
    let (_, said, well) = folder.run();
    assert!(!well && said.contains("lib.rhai:2:9\n 2 | let y = nosuch;"), "{said}");
    assert!(said.contains("= imported at main.rhai:2:8"), "{said}");
}
