//! The thread of a connection.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Instant;

use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::statement::{MOST_BYTES, execute, fault, query};
use super::{Done, Fault, HOT, Job, Place, Work, guard};
use crate::permissions::Permissions;

/// So many statements are kept prepared.
const PREPARED: usize = 64;
/// SQLite's code for what needs leave to write.
const READ_ONLY: i32 = 8;

/// Does what is sent, until nobody can send any more or it is closed.
pub(super) fn serve(place: Place, permissions: Arc<Permissions>, typed: bool, memory: usize, jobs: &Receiver<Job>) {
    let opened = open(&place, permissions, typed, memory);
    while let Some(job) = next(jobs) {
        let closes = job.work == Work::Close;
        let result = match &opened {
            _ if closes => Ok(Done::Nothing),
            Ok(connection) => carry_out(connection, &job, memory).map_err(|fault| explain(fault, &place)),
            Err(fault) => Err(fault.clone()),
        };
        if closes {
            drop(opened); // the file is closed before it is said to be
            let _ = job.reply.send(result); // perhaps nobody waits for it any more
            return;
        }
        let _ = job.reply.send(result);
    }
}

/// The next job: looked for a while, then slept for.
fn next(jobs: &Receiver<Job>) -> Option<Job> {
    let end = Instant::now() + HOT;
    loop {
        for _ in 0..16 {
            match jobs.try_recv() {
                Ok(job) => return Some(job),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) => std::hint::spin_loop(),
            }
        }
        if Instant::now() > end {
            return jobs.recv().ok();
        }
    }
}

fn open(place: &Place, permissions: Arc<Permissions>, typed: bool, memory: usize) -> Result<Connection, Fault> {
    let connection = match place {
        Place::Memory => Connection::open_in_memory(),
        Place::File(path) => open_file(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE),
        Place::ReadOnly(path) => open_file(path, OpenFlags::SQLITE_OPEN_READ_ONLY),
    };
    let set_up = |mut connection: Connection| {
        connection.set_prepared_statement_cache_capacity(PREPARED);
        bound(&connection, memory)?;
        let read_only = matches!(place, Place::ReadOnly(_));
        guard::install(&mut connection, permissions, typed, read_only).map(|()| connection)
    };
    connection.and_then(set_up).map_err(|e| fault(&e))
}

/// What a statement may take: half of the memory of the process, which SQLite would take until there is none left.
fn bound(connection: &Connection, memory: usize) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MOST_BYTES as i32)?;
    // it can be lowered, but not raised again; so nothing that a script says undoes it
    connection.pragma_update(None, "hard_heap_limit", i64::try_from(memory / 2).unwrap_or(i64::MAX))
}

fn open_file(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    // the path is absolute, so that it can't be taken for a URI; one thread needs no mutex
    Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn carry_out(connection: &Connection, job: &Job, memory: usize) -> Result<Done, Fault> {
    let is_plain = matches!(job.work, Work::Execute(..) | Work::Query(..));
    if is_plain && job.given_up.load(Ordering::Relaxed) {
        return Ok(Done::Nothing); // nobody is there to be told
    }
    if is_plain && job.in_transaction && connection.is_autocommit() {
        return Err(lost());
    }
    guard::enter(&job.given_up, !is_plain || is_vacuum(&job.work));
    let result = match &job.work {
        Work::Execute(sql, params) => execute(connection, sql, params).map(Done::Changed),
        Work::Query(sql, params) => query(connection, sql, params, memory).map(Done::Found),
        Work::Begin => begin(connection),
        Work::Commit if connection.is_autocommit() => Err(lost()),
        Work::Commit => run(connection, "COMMIT"),
        Work::Rollback if connection.is_autocommit() => Ok(Done::Nothing),
        Work::Rollback => run(connection, "ROLLBACK"),
        Work::Close => Ok(Done::Nothing),
    };
    if is_plain && !job.in_transaction && !connection.is_autocommit() {
        guard::enter(&job.given_up, true);
        let _ = run(connection, "ROLLBACK"); // to end it is all that is wanted
        return Err(Fault::new("value", "SAVEPOINT needs a transaction: db.transaction(async |tx| ...)"));
    }
    result.map_err(|fault| guard::take_refused().unwrap_or(fault))
}

fn begin(connection: &Connection) -> Result<Done, Fault> {
    match connection.is_readonly("main") {
        Ok(true) => run(connection, "BEGIN"),
        // who waits for others waits now, not in the midst of it
        _ => run(connection, "BEGIN IMMEDIATE"),
    }
}

fn run(connection: &Connection, sql: &str) -> Result<Done, Fault> {
    connection.execute_batch(sql).map(|()| Done::Nothing).map_err(|e| fault(&e))
}

/// VACUUM has a transaction of its own.
fn is_vacuum(work: &Work) -> bool {
    let (Work::Execute(sql, _) | Work::Query(sql, _)) = work else {
        return false;
    };
    sql.trim_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case("vacuum"))
}

fn lost() -> Fault {
    Fault::new(
        "sqlite",
        "SQLite has rolled this transaction back: one of its statements was cancelled, or failed in a way that ends it",
    )
}

fn explain(mut fault: Fault, place: &Place) -> Fault {
    if let (Place::ReadOnly(path), Some(READ_ONLY)) = (place, fault.code.map(|code| code & 0xff)) {
        let path = path.display();
        fault.message += &format!(" (opened for reading only: --allow-write={path} would allow more)");
    }
    fault
}
