//! SQLite: a connection is a thread of its own, to which statements are sent.
//!
//! They are carried out in the order in which they were sent. Who no longer waits for an answer has its statement
//! skipped, or interrupted. That only one transaction is open at a time, and that it is ended, is up to the caller.

mod guard;
mod statement;
#[cfg(test)]
mod tests;
mod worker;

use std::cell::Cell;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

pub use rusqlite::types::Value;
use tokio::sync::oneshot::{self, error::TryRecvError};

use crate::permissions::Permissions;

/// Where a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Memory,
    /// It is made if it is not there.
    File(PathBuf),
    /// Its file may be read, but not written.
    ReadOnly(PathBuf),
}

/// The values for the parameters of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Params {
    List(Vec<Value>),
    /// By name, without `:`.
    Named(Vec<(String, Value)>),
}

/// What a query found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

/// Something for a connection to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    Execute(String, Params),
    Query(String, Params),
    Begin,
    Commit,
    /// Does nothing if no transaction is open.
    Rollback,
    Close,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Done {
    /// So many rows were inserted, changed or deleted.
    Changed(u64),
    Found(Rows),
    Nothing,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// "sqlite", or "value", "limit", "permission", "closed".
    pub kind: &'static str,
    pub message: String,
    /// SQLite's extended result code.
    pub code: Option<i32>,
}

impl Fault {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), code: None }
    }
}

/// What the thread is sent.
struct Job {
    work: Work,
    /// Whether it belongs to the open transaction.
    in_transaction: bool,
    given_up: Arc<AtomicBool>,
    reply: oneshot::Sender<Result<Done, Fault>>,
}

/// How long the thread looks for more work before it sleeps, and the sender for the answer to a quick statement: it
/// takes longer to wake a thread than to insert a row.
const HOT: Duration = Duration::from_micros(30);
/// After so many answers that took longer it is tried again.
const SOBER: u32 = 16;

/// A connection. When it is dropped, the thread ends and an open transaction is rolled back.
pub struct Connection {
    jobs: mpsc::Sender<Job>,
    /// How often it is not worth while to look for the answer at once.
    sober: Cell<u32>,
    several_cores: bool,
}

impl Connection {
    /// Starts the thread, which opens the database; if that fails, every statement says so. ATTACH follows the
    /// permissions; `typed` as in [`crate::permissions::Access`]. All connections of the process together take
    /// at most half of so many bytes of memory, the least that one was given; results are given while the process uses no
    /// more than that.
    ///
    /// # Errors
    /// If no thread can be started.
    pub fn open(place: Place, permissions: Arc<Permissions>, typed: bool, memory: usize) -> io::Result<Self> {
        let (jobs, received) = mpsc::channel();
        let work = move || worker::serve(place, permissions, typed, memory, &received);
        std::thread::Builder::new().name("sqlite".into()).spawn(work)?;
        let several_cores = std::thread::available_parallelism().is_ok_and(|n| n.get() > 1);
        Ok(Self { jobs, sober: Cell::new(0), several_cores })
    }

    /// Sends work; nobody has to wait for the answer.
    pub fn send(&self, work: Work, in_transaction: bool) -> Answer {
        let (reply, answer) = oneshot::channel();
        let given_up = Arc::new(AtomicBool::new(false));
        let job = Job { work, in_transaction, given_up: given_up.clone(), reply };
        let _ = self.jobs.send(job); // a thread that is gone drops the other end of the answer
        Answer { answer, given_up }
    }

    /// Sends work and waits for the answer. Others have a turn meanwhile, however quick it is.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn run(&self, work: Work, in_transaction: bool) -> Result<Done, Fault> {
        let mut answer = self.send(work, in_transaction);
        match self.look_for(&mut answer) {
            Some(result) => {
                yield_once().await;
                result
            }
            None => answer.wait().await,
        }
    }

    /// The answer, if it comes at once.
    fn look_for(&self, answer: &mut Answer) -> Option<Result<Done, Fault>> {
        if !self.several_cores || self.sober.get() > 0 {
            self.sober.set(self.sober.get().saturating_sub(1));
            return None;
        }
        let end = Instant::now() + HOT;
        loop {
            for _ in 0..16 {
                match answer.answer.try_recv() {
                    Ok(result) => return Some(result),
                    Err(TryRecvError::Closed) => return Some(Err(closed())),
                    Err(TryRecvError::Empty) => std::hint::spin_loop(),
                }
            }
            if Instant::now() > end {
                self.sober.set(SOBER);
                return None;
            }
        }
    }
}

/// An answer that is awaited. When it is dropped, its statement is interrupted.
pub struct Answer {
    answer: oneshot::Receiver<Result<Done, Fault>>,
    given_up: Arc<AtomicBool>,
}

impl Answer {
    /// Waits for it.
    ///
    /// # Errors
    /// What went wrong.
    pub async fn wait(mut self) -> Result<Done, Fault> {
        let answer = (&mut self.answer).await;
        answer.unwrap_or_else(|_| Err(closed()))
    }
}

fn closed() -> Fault {
    Fault::new("closed", "the database was closed")
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}

async fn yield_once() {
    let mut yielded = false;
    std::future::poll_fn(|cx| match std::mem::replace(&mut yielded, true) {
        true => std::task::Poll::Ready(()),
        false => {
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        }
    })
    .await;
}
