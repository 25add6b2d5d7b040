use super::*;
use crate::permissions::Flags;

fn memory() -> Connection {
    let permissions = Permissions::new(&Flags::default(), Some(std::path::Path::new("/nowhere")));
    Connection::open(Place::Memory, permissions, false, 4 << 30).unwrap()
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
}

fn none() -> Params {
    Params::List(Vec::new())
}

fn execute(sql: &str) -> Work {
    Work::Execute(sql.into(), none())
}

fn query(sql: &str) -> Work {
    Work::Query(sql.into(), none())
}

async fn fails(connection: &Connection, work: Work, in_transaction: bool) -> (&'static str, String) {
    let fault = connection.run(work, in_transaction).await.unwrap_err();
    (fault.kind, fault.message)
}

#[test]
fn memory_is_bounded() {
    block_on(async {
        let db = memory();
        for sql in ["SELECT zeroblob(1000000000)", "SELECT length(hex(zeroblob(60000000)))"] {
            let (kind, message) = fails(&db, query(sql), false).await;
            assert!(kind == "limit" && message.contains("64 MiB"), "{message}");
        }
    });
}

/// Where the process uses more than it may, a large result is refused, and a small one is not.
#[cfg(target_os = "linux")]
#[test]
fn results_meet_the_limit_of_the_process() {
    let db = rusqlite::Connection::open_in_memory().unwrap();
    let query = |sql: &str, memory: usize| statement::query(&db, sql, &none(), memory);
    let fault = query("SELECT zeroblob(6000000)", 1 << 20).unwrap_err();
    assert_eq!(fault.kind, "limit");
    assert!(fault.message.contains("are used, and 1 MiB are allowed"), "{}", fault.message);
    let many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) SELECT i FROM n";
    assert_eq!(query(many, 1 << 20).unwrap_err().kind, "limit");
    assert!(query("SELECT zeroblob(6000)", 1 << 20).is_ok());
    assert!(query("SELECT zeroblob(6000000)", usize::MAX).is_ok());
}

#[test]
fn changes_are_counted_by_statement() {
    block_on(async {
        let db = memory();
        let run = async |sql: &str| db.run(execute(sql), false).await.unwrap();
        assert_eq!(run("CREATE TABLE t (n)").await, Done::Changed(0));
        assert_eq!(run("INSERT INTO t VALUES (1), (2)").await, Done::Changed(2));
        assert_eq!(run("CREATE INDEX i ON t (n)").await, Done::Changed(0), "not those of the statement before");
        assert_eq!(run("SELECT * FROM t").await, Done::Changed(0));
        assert_eq!(run("UPDATE t SET n = 0; DELETE FROM t WHERE 1").await, Done::Changed(4));
        assert_eq!(run(" vacuum").await, Done::Changed(0));
    });
}

#[test]
fn parameters_have_to_fit() {
    block_on(async {
        let db = memory();
        let two = Params::List(vec![Value::Integer(1), Value::Null]);
        let (kind, message) = fails(&db, Work::Query("SELECT ?".into(), two), false).await;
        assert_eq!((kind, message.as_str()), ("value", "the statement has 1 parameter, and 2 values were given"));
        let named = || Params::Named(vec![("x".into(), Value::Integer(1))]);
        assert!(fails(&db, Work::Query("SELECT :y".into(), named()), false).await.1.contains(":y"));
        let found = db.run(Work::Query("SELECT :x + @x + $x AS sum".into(), named()), false).await.unwrap();
        assert_eq!(found, Done::Found(Rows { columns: vec!["sum".into()], rows: vec![vec![Value::Integer(3)]] }));
    });
}

#[test]
fn transactions_are_not_begun_by_hand() {
    block_on(async {
        let db = memory();
        for sql in ["BEGIN", "BEGIN IMMEDIATE", "COMMIT", "END", "ROLLBACK", "SAVEPOINT a"] {
            let (kind, message) = fails(&db, execute(sql), false).await;
            assert!(kind == "value" && message.contains("db.transaction"), "{sql}: {kind}: {message}");
        }
        db.run(Work::Begin, true).await.unwrap();
        db.run(execute("SAVEPOINT a"), true).await.unwrap();
        db.run(execute("RELEASE a"), true).await.unwrap();
        db.run(Work::Commit, true).await.unwrap();
        assert!(fails(&db, execute("SAVEPOINT a"), false).await.1.contains("db.transaction"), "prepared before");
    });
}

#[test]
fn a_transaction_that_sqlite_ended_takes_no_more_statements() {
    block_on(async {
        let db = memory();
        db.run(execute("CREATE TABLE t (n UNIQUE)"), false).await.unwrap();
        db.run(Work::Begin, true).await.unwrap();
        db.run(execute("INSERT INTO t VALUES (1)"), true).await.unwrap();
        let (kind, message) = fails(&db, execute("INSERT OR ROLLBACK INTO t VALUES (1)"), true).await;
        assert_eq!((kind, message.as_str()), ("sqlite", "UNIQUE constraint failed: t.n"));
        assert!(fails(&db, execute("INSERT INTO t VALUES (2)"), true).await.1.contains("rolled this transaction back"));
        assert!(fails(&db, Work::Commit, true).await.1.contains("rolled this transaction back"));
        let found = db.run(query("SELECT * FROM t"), false).await.unwrap();
        assert!(matches!(found, Done::Found(rows) if rows.rows.is_empty()));
    });
}

const ENDLESS: &str = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";

#[test]
fn who_gives_up_interrupts_the_statement() {
    block_on(async {
        let db = memory();
        let slow = db.run(query(ENDLESS), false);
        assert!(tokio::time::timeout(Duration::from_millis(50), slow).await.is_err());
        drop(db.send(query(ENDLESS), false)); // not even begun
        assert!(matches!(db.run(query("SELECT 1 AS n"), false).await, Ok(Done::Found(_))));
    });
}

#[test]
fn results_are_bounded() {
    block_on(async {
        let db = memory();
        let many = ENDLESS.replace("count(*)", "n");
        let (kind, message) = fails(&db, query(&many), false).await;
        assert!(kind == "limit" && message.contains("LIMIT"), "{message}");
        let large = "SELECT zeroblob(40000000) AS a, zeroblob(40000000) AS b";
        assert_eq!(fails(&db, query(large), false).await.0, "limit");
    });
}

#[test]
fn other_files_are_attached_with_leave_only() {
    let folder = crate::system::scratch::Scratch::default();
    let allowed = folder.make().unwrap();
    let permissions = Permissions::new(&Flags::default(), Some(std::path::Path::new("/nowhere")));
    permissions.add_own(allowed.clone());
    let db = Connection::open(Place::Memory, permissions, false, 4 << 30).unwrap();
    let other = folder.make().unwrap();
    block_on(async {
        let inside = format!("ATTACH '{}/a.db' AS a", allowed.display());
        db.run(execute(&inside), false).await.unwrap();
        db.run(execute("ATTACH ':memory:' AS b"), false).await.unwrap();
        let outside = other.join("b.db");
        for sql in [
            format!("ATTACH '{}' AS c", outside.display()),
            format!("ATTACH '{}/../{}/b.db' AS c", allowed.display(), other.file_name().unwrap().display()),
            format!("ATTACH 'file:{}' AS c", outside.display()),
            format!("ATTACH '{}' || '' AS c", outside.display()),
            format!("VACUUM INTO '{}'", outside.display()),
            "PRAGMA temp_store_directory = '/'".to_string(),
        ] {
            assert_eq!(fails(&db, execute(&sql), false).await.0, "permission", "{sql}");
        }
        let bound = Params::List(vec![Value::Text(outside.display().to_string())]);
        assert_eq!(fails(&db, Work::Execute("ATTACH ? AS c".into(), bound), false).await.0, "permission");
        assert!(!outside.exists());
    });
}

#[test]
fn a_copy_that_vacuum_makes_is_written() {
    let folder = crate::system::scratch::Scratch::default();
    let readable = folder.make().unwrap();
    let permissions = Permissions::new(&Flags::default(), Some(&readable));
    let (path, copy) = (readable.join("a.db"), readable.join("copy.db"));
    block_on(async {
        let owner = Connection::open(Place::File(path.clone()), permissions.clone(), true, 1 << 30).unwrap();
        owner.run(execute("CREATE TABLE t (n)"), false).await.unwrap();
        let vacuum = format!("VACUUM INTO '{}'", copy.display());
        for place in [Place::ReadOnly(path.clone()), Place::File(path)] {
            let db = Connection::open(place, permissions.clone(), false, 4 << 30).unwrap();
            let (kind, message) = fails(&db, execute(&vacuum), false).await;
            assert!(kind == "permission" && message.contains("--allow-write="), "{message}");
        }
        assert!(!copy.exists());
        owner.run(execute(&vacuum), false).await.unwrap();
        assert!(copy.exists());
    });
}

#[test]
fn a_locked_file_is_waited_for() {
    let folder = crate::system::scratch::Scratch::default();
    let path = folder.make().unwrap().join("a.db");
    let open = || Connection::open(Place::File(path.clone()), Permissions::standard(), false, 4 << 30).unwrap();
    let (one, two) = (open(), open());
    block_on(async {
        one.run(execute("CREATE TABLE t (n)"), false).await.unwrap();
        one.run(Work::Begin, true).await.unwrap();
        let waiting = two.send(execute("INSERT INTO t VALUES (2)"), false);
        tokio::time::sleep(Duration::from_millis(30)).await;
        one.run(Work::Commit, true).await.unwrap();
        assert_eq!(waiting.wait().await, Ok(Done::Changed(1)));
    });
}

#[test]
fn after_close_there_is_nobody() {
    block_on(async {
        let db = memory();
        assert_eq!(db.run(Work::Close, false).await, Ok(Done::Nothing));
        assert_eq!(fails(&db, query("SELECT 1"), false).await.0, "closed");
    });
}
