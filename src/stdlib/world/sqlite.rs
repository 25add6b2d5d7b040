//! SQLite.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::rc::Rc;

use rhai::{Array, Dynamic, FnPtr, ImmutableString};

use super::super::functions;
use super::super::sync::permits::Permits;
use super::super::values::Fallible;
use super::sqlite_values::{params, rows};
use super::{Use, World, resolved, thrown};
use crate::engine::Future;
use crate::engine::errors::{error, error_value, kind, raise};
use crate::engine::script::{self, Result, Script, Waits};
use crate::lang::Raise;
use crate::system::sqlite::{Connection, Done, Fault, Place, Work};
use crate::trace::event::WaitClass;

functions! {
    /// Opens a database and gives it at once; a file that is not there is made. `":memory:"` is a database of its own in
    /// memory. Statements are carried out on another thread, one after another. Where writing is not allowed, an existing
    /// file is opened for reading. A database that is locked by others is waited for up to 5 s. Errors of the kind
    /// "sqlite" have SQLite's own message and extended `code`, and the `sql`.
    ///
    /// ```
    /// let db = sqlite(":memory:");
    /// await db.execute("CREATE TABLE pages (url TEXT PRIMARY KEY, title TEXT)");
    /// await db.execute("INSERT INTO pages VALUES (?, ?)", ["/", "Home"]);
    /// try {
    ///     await db.execute("INSERT INTO pages VALUES (:url, :title)", #{url: "/", title: "Again"});
    /// } catch (e) {
    ///     assert(e.error == "sqlite" && e.message == "UNIQUE constraint failed: pages.url");
    /// }
    /// ```
    ///
    /// asyncio: `aiosqlite.connect`; JavaScript: `node:sqlite`; tokio: the crates `rusqlite`, `sqlx`
    "sqlite(path)" => |lib| {
        lib.engine.register_type_with_name::<Db>("database");
        lib.engine.register_type_with_name::<Tx>("transaction");
        for name in ["to_string", "to_debug"] {
            lib.engine.register_fn(name, |db: &mut Db| db.show());
            lib.engine.register_fn(name, |tx: &mut Tx| tx.show());
        }
        let world = World::of(lib);
        lib.engine.register_fn("sqlite", move |path: &str| open(&world, path));
    };

    /// Carries out a statement, and gives the number of rows that it inserted, changed or deleted. Parameters are an
    /// array for `?`, or a map for `:names`; without them there may be several statements. `()` is stored as NULL, and so
    /// is NaN, which SQLite does not have. Who is cancelled meanwhile interrupts it.
    ///
    /// ```
    /// let db = sqlite(":memory:");
    /// await db.execute("CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (2)");
    /// assert(await db.execute("DELETE FROM t WHERE n > ?", [0]) == 2);
    /// ```
    ///
    /// asyncio: `aiosqlite.Connection.execute`; JavaScript: `statement.run`; tokio: `Connection::execute`
    "database.execute(sql[, parameters])" => |lib| {
        let world = World::of(lib);
        let (one, two) = (world.clone(), world.clone());
        lib.engine.register_fn("execute", move |db: &mut Db, sql: ImmutableString| db.work(&one, sql, None, Work::Execute));
        lib.engine.register_fn("execute", move |db: &mut Db, sql: ImmutableString, params: Dynamic| {
            db.work(&two, sql, Some(params), Work::Execute)
        });
        let (one, two) = (world.clone(), world);
        lib.engine.register_fn("execute", move |tx: &mut Tx, sql: ImmutableString| tx.work(&one, sql, None, Work::Execute));
        lib.engine.register_fn("execute", move |tx: &mut Tx, sql: ImmutableString, params: Dynamic| {
            tx.work(&two, sql, Some(params), Work::Execute)
        });
    };

    /// The rows that a statement finds: an array of maps from the names of the columns to values. NULL is `()`. Where two
    /// columns have the same name, as in a join, the second is `name_2`; `AS` gives better ones. At most 1,000,000 rows
    /// and 64 MiB, else it throws "limit".
    ///
    /// ```
    /// let db = sqlite(":memory:");
    /// let found = await db.query("SELECT :x + 1 AS n, NULL AS missing", #{x: 1});
    /// assert(found == [#{n: 2, missing: ()}]);
    /// assert(await db.query("SELECT 1 AS id, 2 AS id") == [#{id: 1, id_2: 2}]);
    /// ```
    ///
    /// asyncio: `aiosqlite.Connection.execute_fetchall`; JavaScript: `statement.all`; tokio: `Statement::query_map`
    "database.query(sql[, parameters])" => |lib| {
        let world = World::of(lib);
        let (one, two) = (world.clone(), world.clone());
        lib.engine.register_fn("query", move |db: &mut Db, sql: ImmutableString| db.work(&one, sql, None, Work::Query));
        lib.engine.register_fn("query", move |db: &mut Db, sql: ImmutableString, params: Dynamic| {
            db.work(&two, sql, Some(params), Work::Query)
        });
        let (one, two) = (world.clone(), world);
        lib.engine.register_fn("query", move |tx: &mut Tx, sql: ImmutableString| tx.work(&one, sql, None, Work::Query));
        lib.engine.register_fn("query", move |tx: &mut Tx, sql: ImmutableString, params: Dynamic| {
            tx.work(&two, sql, Some(params), Work::Query)
        });
    };

    /// Runs a function within a transaction, and gives its value. What it did by `tx.execute` is kept when it ends well;
    /// it is undone when it throws or is cancelled. Meanwhile the statements of others wait, first-in first-out.
    ///
    /// ```
    /// let db = sqlite(":memory:");
    /// await db.execute("CREATE TABLE t (n INTEGER)");
    /// try {
    ///     await db.transaction(async |tx| {
    ///         await tx.execute("INSERT INTO t VALUES (1)");
    ///         throw "changed my mind";
    ///     });
    /// } catch (e) {
    ///     assert(await db.query("SELECT * FROM t") == []);
    /// }
    /// ```
    ///
    /// asyncio: `async with connection:`; JavaScript: `BEGIN` and `COMMIT`; tokio: `Connection::transaction`
    "database.transaction(async |tx| ...)" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("transaction", move |db: &mut Db, f: FnPtr| transaction(&world, db, f));
    };

    /// Closes the database, when the statements before are done. Statements after it throw "closed". What is not closed
    /// is closed at the end of the session, or when nobody holds it any more.
    ///
    /// ```
    /// let db = sqlite(":memory:");
    /// await db.close();
    /// try { await db.query("SELECT 1") } catch (e) { assert(e.error == "closed") }
    /// ```
    ///
    /// asyncio: `aiosqlite.Connection.close`; JavaScript: `db.close`; tokio: `Connection::close`
    "database.close()" => |lib| {
        let world = World::of(lib);
        lib.engine.register_fn("close", move |db: &mut Db| close(&world, db));
    };
}

/// The longest that a statement may be in the views, in characters.
const SHOWN: usize = 36;

/// A database, as scripts hold it.
#[derive(Clone)]
struct Db(Rc<Inner>);

struct Inner {
    /// None when it was closed.
    connection: RefCell<Option<Rc<Connection>>>,
    /// Held by a transaction, and for the length of each statement outside of one.
    turn: Permits,
    title: String,
}

/// An open transaction, as scripts hold it.
#[derive(Clone)]
struct Tx(Rc<TxInner>);

struct TxInner {
    db: Db,
    connection: Rc<Connection>,
    ended: Cell<bool>,
}

fn open(world: &World, path: &str) -> Fallible<Db> {
    let asker = world.asker();
    let place = match path {
        ":memory:" => Place::Memory,
        "" => return Err(error(kind::VALUE, "sqlite needs the path of a file, or \":memory:\"")),
        path => {
            let file = resolved(Use::Write, Path::new(path)).map_err(|e| error(e.kind, e.message))?;
            let exists = file.exists();
            match asker.allow_path(Use::Write, &file) {
                Ok(()) if exists => thrown(asker.allow_path(Use::Read, &file)).map(|()| Place::File(file))?,
                Ok(()) => Place::File(file),
                Err(_) if exists && asker.allow_path(Use::Read, &file).is_ok() => Place::ReadOnly(file),
                Err(denied) => return thrown(Err(denied)),
            }
        }
    };
    let memory = world.kernel.limits.memory;
    let connection = Connection::open(place, world.host.permissions(), asker.is_typed(), memory)
        .map_err(|e| error(kind::IO, format!("can't start a thread for SQLite: {e}")))?;
    let title = format!("sqlite {path:?}");
    let turn = Permits::new("lock", &title, 0, 1);
    Ok(Db(Rc::new(Inner { connection: RefCell::new(Some(Rc::new(connection))), turn, title })))
}

/// A statement in short: `sqlite INSERT INTO pages VALUES (?, ?)`.
fn label(sql: &str) -> String {
    let mut label = String::with_capacity(64);
    label.push_str("sqlite");
    let mut room = SHOWN;
    for word in sql.split_whitespace() {
        let len = word.chars().count() + 1;
        label.push(' ');
        if len > room {
            label.extend(word.chars().take(room));
            label.push('…');
            break;
        }
        room -= len;
        label.push_str(word);
    }
    label
}

type Make = fn(String, crate::system::sqlite::Params) -> Work;

fn make(sql: &str, parameters: Option<Dynamic>, make: Make) -> Fallible<Work> {
    let parameters = params(&parameters.unwrap_or_else(|| Array::new().into()))?;
    Ok(make(sql.to_string(), parameters))
}

impl Db {
    fn show(&self) -> String {
        let closed = if self.0.connection.borrow().is_none() { ", closed" } else { "" };
        format!("<{}{closed}>", self.0.title)
    }

    fn connection(&self) -> Result<Rc<Connection>> {
        let connection = self.0.connection.borrow().clone();
        connection.ok_or_else(|| raise(kind::CLOSED, format!("the database {} was closed", self.0.title)))
    }

    /// A statement outside of a transaction.
    fn work(&self, world: &World, sql: ImmutableString, parameters: Option<Dynamic>, kind: Make) -> Fallible<Future> {
        let work = make(&sql, parameters, kind)?;
        let (db, made) = (self.clone(), world.kernel.here());
        Ok(script::future(&world.kernel, label(&sql), WaitClass::Io, Waits::Loop, move |script| async move {
            let own = db.0.turn.is_held_by(&script.task);
            if own {
                let message = "this task has a transaction open: use tx.execute and tx.query in it";
                return Err(raise(kind::VALUE, message));
            }
            let _turn = db.0.turn.hold(&script, made).await?;
            let connection = db.connection()?;
            script.now_waits(Waits::Outside);
            value(&sql, connection.run(work, false).await)
        }))
    }
}

impl Tx {
    fn show(&self) -> String {
        format!("<transaction of {}{}>", self.0.db.0.title, if self.0.ended.get() { ", ended" } else { "" })
    }

    fn work(&self, world: &World, sql: ImmutableString, parameters: Option<Dynamic>, kind: Make) -> Fallible<Future> {
        let work = make(&sql, parameters, kind)?;
        let tx = self.0.clone();
        Ok(script::future(&world.kernel, label(&sql), WaitClass::Io, Waits::Outside, move |_| async move {
            if tx.ended.get() {
                return Err(raise(kind::CLOSED, "this transaction has ended: its statements belong into its function"));
            }
            value(&sql, tx.connection.run(work, true).await)
        }))
    }
}

impl Drop for TxInner {
    fn drop(&mut self) {
        self.roll_back();
    }
}

impl TxInner {
    /// What nobody can wait for any more: it comes before whatever is sent next.
    fn roll_back(&self) {
        if !self.ended.replace(true) {
            drop(self.connection.send(Work::Rollback, true));
        }
    }
}

/// Ends a transaction however its future ends.
struct Open(Rc<TxInner>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.roll_back();
    }
}

fn transaction(world: &World, db: &Db, f: FnPtr) -> Future {
    let (db, made) = (db.clone(), world.kernel.here());
    let label = format!("transaction of {}", db.0.title);
    script::future(&world.kernel, label, WaitClass::Io, Waits::Loop, move |script| async move {
        if db.0.turn.is_held_by(&script.task) {
            return Err(raise(kind::VALUE, "this task has a transaction open already: SQLite has one at a time"));
        }
        let _turn = db.0.turn.hold(&script, made).await?;
        let connection = db.connection()?;
        within(&script, Tx(Rc::new(TxInner { db, connection, ended: Cell::new(false) })), &f).await
    })
}

/// Begins, runs the function, and ends.
async fn within(script: &Script, tx: Tx, f: &FnPtr) -> Result {
    let open = Open(tx.0.clone());
    let connection = tx.0.connection.clone();
    script.now_waits(Waits::Outside);
    let _ = value("BEGIN", connection.run(Work::Begin, true).await)?;
    script.now_waits(Waits::Loop);
    let result = script.call(f, vec![Dynamic::from(tx.clone())]).await;
    script.now_waits(Waits::Outside);
    let ended = match &result {
        Ok(_) => value("COMMIT", connection.run(Work::Commit, true).await),
        Err(_) => value("ROLLBACK", connection.run(Work::Rollback, true).await),
    };
    match (result, ended) {
        (Ok(value), Ok(_)) => {
            open.0.ended.set(true);
            Ok(value)
        }
        (Ok(_), Err(raise)) => Err(raise), // what could not be committed is rolled back
        (Err(raise), _) => Err(raise),
    }
}

fn close(world: &World, db: &Db) -> Future {
    let (db, made) = (db.clone(), world.kernel.here());
    let label = format!("close {}", db.0.title);
    script::future(&world.kernel, label, WaitClass::Io, Waits::Loop, move |script| async move {
        let _turn = db.0.turn.hold(&script, made).await?;
        let connection = db.0.connection.borrow_mut().take();
        script.now_waits(Waits::Outside);
        match connection {
            Some(connection) => value("", connection.run(Work::Close, false).await),
            None => Ok(Dynamic::UNIT),
        }
    })
}

/// What came of a statement, as the script gets it; errors are `#{error, message, code, sql}`.
fn value(sql: &str, done: std::result::Result<Done, Fault>) -> Result {
    match done {
        Ok(Done::Changed(n)) => Ok(i64::try_from(n).unwrap_or(i64::MAX).into()),
        Ok(Done::Found(found)) => Ok(rows(found)),
        Ok(Done::Nothing) => Ok(Dynamic::UNIT),
        Err(fault) => {
            let mut map = error_value(fault.kind, fault.message);
            if let Some(code) = fault.code {
                map.insert("code".into(), i64::from(code).into());
            }
            map.insert("sql".into(), sql.into());
            Err(Raise::error(map.into()))
        }
    }
}

/// How a value of this file prints.
pub(super) fn show(value: &Dynamic) -> Option<String> {
    let db = value.read_lock::<Db>().map(|db| db.show());
    db.or_else(|| value.read_lock::<Tx>().map(|tx| tx.show()))
}
