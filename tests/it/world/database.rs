//! SQLite.

use std::process::Command;

use super::script;

#[test]
fn values_come_back_as_they_went() {
    script(
        r#"
        let db = sqlite(":memory:");
        await db.execute("CREATE TABLE t (a, b, c, d, e, f)");
        await db.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", [1, 2.5, "drei", (), blob(2, 7), true]);
        print(await db.query("SELECT * FROM t"));
        print(await db.query("SELECT a FROM t WHERE a = :a AND c = :c", #{a: 1, c: "drei", z: 0}));
        print(type_of((await db.query("SELECT e FROM t"))[0].e));
        print(await db.execute("UPDATE t SET a = a + 1"));
        for f in [async || db.query("SELECT ?", [#{}]), async || db.query("SELECT ?", 1),
                  async || await db.query("SELECT 1; SELECT 2")] {
            let e = await attempt(f);
            print(`${e.error}: ${e.message}`);
        }
        print(await db.query("SELECT 1 AS n, 2 AS n, 3 AS n_2, 4 AS n"));
        print(await db.query("SELECT ? AS nan", [0.0 / 0.0]));
        "#,
    )
    .passes()
    .prints(
        r##"
        [#{"a": 1, "b": 2.5, "c": "drei", "d": (), "e": [0707], "f": 1}]
        [#{"a": 1}]
        blob
        1
        value: parameter 1 is a map, which SQLite can't hold: to_json makes a string of it
        value: the parameters of a statement are an array, or a map for :names, and this is an integer
        value: query runs one statement; execute runs several
        [#{"n": 1, "n_2": 3, "n_3": 2, "n_4": 4}]
        [#{"nan": ()}]
        "##,
    );
}

#[test]
fn errors_have_the_words_of_sqlite() {
    script(
        r#"
        let db = sqlite(":memory:");
        let e = await attempt(async || await db.execute("SELEC 1"));
        print(`${e.error} ${e.code} ${e.message} | ${e.sql}`);
        await db.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)");
        await db.execute("INSERT INTO t VALUES (1)");
        let e = await attempt(async || await db.execute("INSERT INTO t VALUES (?)", [1]));
        print(`${e.error} ${e.code} ${e.message} | ${e.sql}`);
        for sql in ["", " -- nothing"] {
            print((await attempt(async || await db.query(sql))).message);
            print((await attempt(async || await db.execute(sql))).message);
        }
        try { sqlite("") } catch (e) { print(`${e.error} ${e.message}`) }
        "#,
    )
    .passes()
    .prints(
        r#"
        sqlite 1 near "SELEC": syntax error | SELEC 1
        sqlite 1555 UNIQUE constraint failed: t.n | INSERT INTO t VALUES (?)
        there is no statement in it
        there is no statement in it
        there is no statement in it
        there is no statement in it
        value sqlite needs the path of a file, or ":memory:"
        "#,
    );
}

#[test]
fn a_transaction_is_kept_whole_or_undone() {
    script(
        r#"
        let db = sqlite(":memory:");
        await db.execute("CREATE TABLE t (n)");
        print(await db.transaction(async |tx| { await tx.execute("INSERT INTO t VALUES (1)"); "kept" }));
        let e = await attempt(async || await db.transaction(async |tx| {
            await tx.execute("INSERT INTO t VALUES (2)");
            throw "undone";
        }));
        print(e);
        let t = spawn(db.transaction(async |tx| {
            await tx.execute("INSERT INTO t VALUES (3)");
            await sleep(60);
        }));
        await sleep(1);
        t.cancel();
        print((await attempt(async || await t)).error);
        print(await db.query("SELECT n FROM t"));
        let kept = ();
        await db.transaction(async |tx| { kept = tx; });
        print((await attempt(async || await kept.execute("DELETE FROM t"))).error);
        print(`${now()}`);
        "#,
    )
    .passes()
    .prints("kept\nundone\ncancelled\n[#{\"n\": 1}]\nclosed\n1.0");
}

#[test]
fn others_wait_for_a_transaction_in_their_order() {
    script(
        r#"
        let db = sqlite(":memory:");
        await db.execute("CREATE TABLE t (who)");
        async fn add(db, who) { await db.execute("INSERT INTO t VALUES (?)", [who]); print(`${who} at ${now()}`) }
        let first = spawn(db.transaction(async |tx| {
            await tx.execute("INSERT INTO t VALUES ('first')");
            await sleep(1);
            print((await tx.query("SELECT count(*) AS n FROM t"))[0].n);
        }));
        await sleep(0.1);
        let second = spawn(add(db, "second"));
        let third = spawn(add(db, "third"));
        let fourth = spawn(add(db, "fourth"));
        await sleep(0.1);
        third.cancel();
        await gather(first, second, fourth);
        print(await db.query("SELECT who FROM t"));
        print((await attempt(async || await third)).error);
        "#,
    )
    .passes()
    .prints(
        r#"
        1
        second at 1.0
        fourth at 1.0
        [#{"who": "first"}, #{"who": "second"}, #{"who": "fourth"}]
        cancelled
        "#,
    );
}

#[test]
fn a_transaction_does_not_wait_for_itself() {
    script(
        r#"
        let db = sqlite(":memory:");
        let e = await attempt(async || await db.transaction(async |tx| { await db.query("SELECT 1") }));
        print(`${e.error}: ${e.message}`);
        let e = await attempt(async || await db.transaction(async |tx| { await db.transaction(async |tx| 1) }));
        print(e.error);
        print((await db.query("SELECT 1 AS n"))[0].n);
        "#,
    )
    .passes()
    .prints("value: this task has a transaction open: use tx.execute and tx.query in it\nvalue\n1");
    let text = "let db = sqlite(`:memory:`); await db.transaction(async |tx| { await gather(db.query(`SELECT 1`)) });";
    script(text).run().exits(3).says("deadlock").says("sqlite \":memory:\"");
}

#[test]
fn a_slow_statement_is_interrupted_by_cancelling() {
    script(
        r#"
        let db = sqlite(":memory:");
        let slow = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
        let t = spawn(db.query(slow));
        let from = timestamp();
        while from.elapsed < 0.05 { await sleep(0) }
        t.cancel();
        try { await t } catch (e) { print(e.error) }
        print(await db.query("SELECT 1 AS n"));
        await db.close();
        print((await attempt(async || await db.query("SELECT 1"))).error);
        await db.close();
        print(db);
        "#,
    )
    .passes()
    .prints("cancelled\n[#{\"n\": 1}]\nclosed\n<sqlite \":memory:\", closed>");
}

/// Runs Python with the code, if there is one here.
fn python(code: &str) -> Option<String> {
    let output = Command::new("python3").args(["-c", code]).output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

#[test]
fn python_reads_what_was_written_and_the_other_way_round() {
    let folder = std::env::temp_dir().join(format!("loopscope-python-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("a.db");
    let path = file.display();
    let text = format!(
        r#"
        let db = sqlite("{path}");
        await db.execute("CREATE TABLE t (n INTEGER, s TEXT, b BLOB)");
        await db.transaction(async |tx| {{
            for i in 0..100 {{ await tx.execute("INSERT INTO t VALUES (?, ?, ?)", [i, `grün ${{i}}`, blob(1, i)]) }}
        }});
        await db.close();
        "#
    );
    script(&text).flag(format!("--allow-write={path}")).flag(format!("--allow-read={path}")).passes();
    let code = format!(
        "import sqlite3; c = sqlite3.connect({path:?}); \
         print(c.execute('SELECT count(*), sum(n), max(s), sum(length(b)) FROM t').fetchone()); \
         c.execute('INSERT INTO t VALUES (-1, NULL, ?)', (b'x',)); c.commit()",
        path = path.to_string()
    );
    if let Some(seen) = python(&code) {
        assert_eq!(seen, "(100, 4950, 'grün 99', 100)");
        let text = format!(
            "let db = sqlite(`{path}`); print((await db.query(`SELECT s FROM t WHERE n < 0`))[0]);
             print((await attempt(async || await db.execute(`DELETE FROM t`))).message.contains(`--allow-write=`))"
        );
        script(&text).flag(format!("--allow-read={path}")).passes().prints("#{\"s\": ()}\ntrue");
    }
    let _ = std::fs::remove_dir_all(folder);
}
