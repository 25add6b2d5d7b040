//! What statements may not do, and when they are to stop.
//!
//! SQLite asks on the thread of the connection, while it works: what it has to know lies in variables of that thread.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

use super::Fault;
use crate::permissions::{Access, Permissions, Thing, resolve};

/// How long one waits for another connection that has the file locked.
const BUSY: Duration = Duration::from_secs(5);
/// How long between two tries.
const RETRY: Duration = Duration::from_millis(2);
/// So many steps of SQLite's machine between two looks at whether anybody still waits.
const STEPS: i32 = 10_000;
/// SQLite's number for ATTACH, which has no name where the file is not known yet.
const ATTACH: i32 = 24;

thread_local! {
    static GIVEN_UP: RefCell<Arc<AtomicBool>> = RefCell::default();
    static BUSY_SINCE: Cell<Option<Instant>> = const { Cell::new(None) };
    static MAY_BEGIN: Cell<bool> = const { Cell::new(false) };
    static REFUSED: RefCell<Option<Fault>> = const { RefCell::new(None) };
}

/// Begins a statement, which ends early when the flag is set. `may_begin`: whether it may begin and end transactions.
pub(super) fn enter(given_up: &Arc<AtomicBool>, may_begin: bool) {
    GIVEN_UP.set(given_up.clone());
    MAY_BEGIN.set(may_begin);
    REFUSED.set(None);
}

/// Why the last statement was refused, if it was.
pub(super) fn take_refused() -> Option<Fault> {
    REFUSED.take()
}

fn is_given_up() -> bool {
    GIVEN_UP.with_borrow(|flag| flag.load(Ordering::Relaxed))
}

/// Has a connection ask.
pub(super) fn install(
    connection: &mut Connection,
    permissions: Arc<Permissions>,
    typed: bool,
    read_only: bool,
) -> rusqlite::Result<()> {
    connection.busy_handler(Some(wait_for_others))?;
    connection.progress_handler(STEPS, Some(is_given_up))?;
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        match judge(&context.action, &permissions, typed, read_only) {
            Ok(()) => Authorization::Allow,
            Err(fault) => {
                REFUSED.set(Some(fault));
                Authorization::Deny
            }
        }
    }))
}

/// Another connection has the file: whether to try again.
fn wait_for_others(tries: i32) -> bool {
    if tries == 0 {
        BUSY_SINCE.set(Some(Instant::now()));
    }
    std::thread::sleep(RETRY);
    !is_given_up() && BUSY_SINCE.get().is_some_and(|since| since.elapsed() < BUSY)
}

fn judge(action: &AuthAction, permissions: &Permissions, typed: bool, read_only: bool) -> Result<(), Fault> {
    match action {
        AuthAction::Transaction { .. } if !MAY_BEGIN.get() => Err(Fault::new(
            "value",
            "transactions begin and end by db.transaction(async |tx| ...), so that others wait for their end",
        )),
        AuthAction::Attach { filename } => may_attach(filename, permissions, typed, read_only),
        AuthAction::Unknown { code: ATTACH, .. } => Err(Fault::new(
            "permission",
            "ATTACH needs the name of its file in the statement itself, not as a parameter",
        )),
        AuthAction::Pragma { pragma_name, .. } if pragma_name.ends_with("_store_directory") => {
            Err(Fault::new("permission", format!("PRAGMA {pragma_name} is not allowed")))
        }
        _ => Ok(()),
    }
}

fn may_attach(file: &str, permissions: &Permissions, typed: bool, read_only: bool) -> Result<(), Fault> {
    if file.is_empty() || file == ":memory:" {
        return Ok(());
    }
    if file.starts_with("file:") {
        return Err(Fault::new("permission", "ATTACH takes paths, not URIs"));
    }
    let path = resolve(Path::new(file)).map_err(|e| Fault::new("io", format!("can't use {file:?}: {e}")))?;
    let ask = |thing| permissions.check(&Access { thing, typed });
    // SQLite asks in the same way for VACUUM INTO, which makes a file also from what was opened for reading
    let size = std::fs::metadata(&path).ok().map(|data| data.len());
    let writes = !read_only || size.is_none_or(|size| size == 0);
    let asked = if writes { ask(Thing::Write(&path)) } else { Ok(()) };
    let asked = asked.and_then(|()| if size.is_some() { ask(Thing::Read(&path)) } else { Ok(()) });
    asked.map_err(|denied| Fault::new("permission", denied.message))
}
