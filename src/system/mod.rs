//! Files, processes and SQLite below the functions of scripts: nothing here knows of tasks or values. What
//! may be done with files is asked before; SQLite and processes, which go on to others by themselves, ask here.
//!
//! Files are read and written by plain blocking functions, to be called on tokio's threads for that; processes are
//! tokio's; SQLite has a thread of its own for each connection.

pub mod error;
pub mod files;
pub mod lines;
pub mod process;
pub mod scratch;
pub mod sqlite;

pub use error::Error;
