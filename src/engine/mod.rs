//! The event loop: one thread, a ready queue, timers, and tasks that are plain data.
//!
//! What it refuses to do: it never runs two tasks at once, never suspends a task anywhere but at an `await` that must
//! wait, and never lets a task run inside another. A task that is ready waits its turn in the ready queue; it runs
//! until it waits or ends; then the next one has its turn. Time passes only for tasks that wait.
//!
//! In reading order: [`task`] (what a task is), [`waiters`] (who is told of its end) and [`awaitable`] (coroutines and futures), [`wait`] (the one door through
//! which a function of the library waits), [`kernel`] (the state of the loop), [`record`] (what it writes down), [`spawn`] (making tasks), [`turn`] (a
//! task's turn), [`begin`] (how an await begins) and [`ending`] (how frames and tasks end), [`join`] (waiting for tasks), [`cancel`], [`timers`] and [`clock`],
//! [`schedule`] (who is next), [`token`] (an order as a text), [`drive`] (the loop itself, on tokio), [`steer`] (deciding
//! before each turn), [`inbox`] and [`alarm`] (how the world and the time wake it). Beside them: [`errors`] (and what the
//! loop speaks up about), [`effort`] (turns that take too long), [`bug`] (what a panic does), [`script`] (functions of the
//! library written as Rust futures), [`local`] (servers in the same process), [`world`] (setting
//! a run aside), [`errand`] (work for which the loop stands still), [`explorations`] (what a run explores), [`ancestry`]
//! (who spawned whom, past those who have ended).

pub mod alarm;
pub mod ancestry;
pub mod awaitable;
mod begin;
pub mod bug;
pub mod cancel;
pub mod clock;
pub mod drive;
mod effort;
mod ending;
pub mod errand;
pub mod errors;
pub mod explorations;
pub mod inbox;
pub mod join;
pub mod kernel;
pub mod local;
mod record;
pub mod schedule;
pub mod script;
pub mod spawn;
pub mod steer;
pub mod task;
pub mod timers;
pub mod token;
pub mod turn;
pub mod wait;
pub mod waiters;
pub mod world;

pub use awaitable::{Coroutine, Future};
pub use kernel::Kernel;
pub use task::{Task, TaskRef};
