//! Files and folders.

use std::path::Path;

use super::script;
use crate::support::Script;

#[test]
fn errors_name_the_path_and_what_to_do() {
    script(
        r#"
        let dir = await temp_dir();
        let e = await attempt(async || await read_file("none.txt"));
        print(`${e.error} ${e.path} ${e.message.contains("relative paths start at the current folder, /")}`);
        print((await attempt(async || await read_file(dir))).message.contains("it is a folder"));
        print((await attempt(async || await remove_file(dir))).message.contains("it is a folder"));
        print((await attempt(async || await list_dir("Cargo.toml"))).message.contains("is a file, not a folder"));
        print((await attempt(async || await write_file(dir + "/none/a", ""))).message.contains("there is no such"));
        print((await attempt(async || await write_file(dir + "/a", #{}))).message);
        await write_file(dir + "/a", "x");
        let copy = await attempt(async || await copy_file(dir + "/a", dir + "/./a"));
        print(`${copy.error} ${copy.message.contains("the same file")}`);
        "#,
    )
    .passes()
    .prints(
        r"
        io none.txt true
        true
        true
        true
        true
        write_file needs a string or a blob, and this is a map: to_json makes a string of it
        value true
        ",
    );
}

#[test]
fn what_is_not_utf8_is_told_by_its_line() {
    script(
        r#"
        let path = await temp_dir() + "/a.txt";
        let bytes = "one\ntwo".to_blob();
        bytes.push(255);
        await write_file(path, bytes);
        let e = await attempt(async || await read_file(path));
        print(`${e.error} ${e.message.contains("a.txt\", line 2: this is not UTF-8")}`);
        print((await read_bytes(path)).len());
        let lines = file_lines(path);
        print(await lines.next());
        let e = await attempt(async || await lines.next());
        print(`${e.error} ${e.message.contains("line 2")}`);
        print(await lines.next() == ());
        "#,
    )
    .passes()
    .prints("value true\n8\none\nvalue true\ntrue");
}

#[test]
fn lines_are_a_stream_that_opens_when_it_is_read() {
    script(
        r#"
        let path = await temp_dir() + "/a.txt";
        let lines = file_lines(path);
        print(`${lines}`.starts_with("<lines of \""));
        await write_file(path, "one\r\n\ntwo");
        await lines.for_each(|line| print(`[${line}]`));
        print((await attempt(async || await file_lines("none").next())).path);
        "#,
    )
    .passes()
    .prints("true\n[one]\n[]\n[two]\nnone");
}

#[test]
fn too_much_at_once_is_a_limit() {
    let text = r#"
        let path = await temp_dir() + "/large";
        let part = blob(1048576, 97);
        for i in 0..64 { await append_file(path, part) }
        print((await read_bytes(path)).len());
        await append_file(path, "x");
        let e = await attempt(async || await read_bytes(path));
        print(`${e.error} ${e.message.contains("file_lines reads a line at a time")}`);
        print((await attempt(async || await file_lines(path).next())).error);
        print((await attempt(async || await read_file("/dev/zero"))).error);
    "#;
    script(text).flag("--allow-read").passes().prints("67108864\nlimit true\nlimit\nlimit");
}

#[test]
fn many_at_once_do_not_disturb_each_other() {
    script(
        r#"
        let dir = await temp_dir();
        let writes = [];
        for i in 0..200 { writes.push(write_file(`${dir}/${i}`, `${i}`)) }
        await gather(writes);
        let reads = [];
        for i in 0..200 { reads.push(read_file(`${dir}/${i}`)) }
        let sum = 0;
        for text in await gather(reads) { sum += parse_int(text) }
        print(`${sum} ${(await list_dir(dir)).len()} ${now()}`);
        "#,
    )
    .passes()
    .prints("19900 200 0.0");
}

#[test]
fn temporary_folders_go_with_the_session() {
    for ending in ["", "throw 1;", "exit(0);", "await queue().get();"] {
        let text = format!("let dir = await temp_dir(); await write_file(dir + `/a`, `x`); print(dir); {ending}");
        let ran = Script::new(&text).run();
        let dir = ran.stdout.trim();
        assert!(dir.contains("loopscope-") && !Path::new(dir).exists(), "after {ending:?}: {ran:#}");
    }
}
