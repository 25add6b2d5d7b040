//! loopscope: a playground for asynchronous programming.
//!
//! What is where, in reading order:
//!
//! - [`lang`]: Rhai and three words more. From a text to the steps of its async bodies, and a frame that runs them.
//! - [`engine`]: the event loop. Tasks, timers, cancellation; the one door through which a function waits.
//! - [`stdlib`]: the functions that scripts call, a table in each file; [`net`] is the network below `fetch`.
//! - [`trace`]: the recording of a run, and the views of it.
//! - [`session`]: an engine, a loop and the variables that last; it says what goes wrong, by [`report`].
//! - [`repl`]: the prompt; [`app`]: the program, from the command line ([`cli`]) to the exit code.
//! - [`explore`]: one program under many schedules; [`lessons`], [`examples`], [`cheatsheet`]: what is taught with it.
//! - [`limits`]: what scripts may use up; [`permissions`]: what they may do to the world; [`system`] is files, processes and SQLite below their functions.
//! - [`source`], [`term`], [`host`]: texts and places in them, terminals, what the functions need of the program.
//! - [`near`], [`words`], [`units`], [`draws`]: which name was meant, the words of a line, numbers as people read them,
//!   numbers from a seed.
//!
//! `src/build.rs` puts the examples and the lessons into the program.

#![forbid(unsafe_code)]

pub mod app;
pub mod cheatsheet;
pub mod cli;
pub mod draws;
pub mod engine;
pub mod examples;
pub mod explore;
pub mod host;
pub mod lang;
pub mod lessons;
pub mod limits;
pub mod near;
pub mod net;
pub mod permissions;
pub mod repl;
pub mod report;
pub mod session;
pub mod source;
pub mod stdlib;
pub mod system;
pub mod term;
pub mod trace;
pub mod units;
pub mod words;
