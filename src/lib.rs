#![forbid(unsafe_code)]
pub mod app;
pub mod cli;
pub mod engine;
pub mod host;
pub mod lang;
pub mod net;
pub mod repl;
pub mod report;
pub mod session;
pub mod source;
pub mod stdlib;
pub mod term;
pub mod trace;
