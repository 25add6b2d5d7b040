//! The language: Rhai plus `await`, `async` and `spawn`.
//!
//! This folder is the one place that knows Rhai's internals. It turns a text into a [`Program`] whose bodies are lists
//! of steps ([`body`]), and runs a [`Frame`] until it must wait. It knows nothing of tasks, timers or functions.
//!
//! In reading order: [`rewrite`] (the pass over the text), [`syntax`] (the three words in Rhai's parser), [`compile`],
//! [`query`] and [`capture`] (questions about trees), [`lower`] (from trees to steps), [`temps`], [`body`], [`frame`]
//! (running steps), [`direct`] (calls that do without Rhai), [`receiver`] (`this` of async methods), [`interp`] (the door
//! to Rhai's evaluator), [`namespace`] (what a program can call), [`natives`] (what Rhai has), [`failure`] (errors on
//! their way). [`habits`] (what other languages write). [`touch`] and [`mention`] tell what turns have in common.
//! [`lint`] looks for what is legal, but hardly meant.

pub mod assign;
pub mod body;
pub mod capture;
pub mod compile;
pub mod direct;
pub mod failure;
pub mod frame;
pub mod habits;
pub mod interp;
pub mod iter;
pub mod lint;
pub mod lower;
pub mod mention;
pub mod modules;
pub mod namespace;
pub mod natives;
pub mod query;
pub mod receiver;
pub mod rewrite;
pub mod scopes;
pub mod stopwatch;
pub mod syntax;
pub mod temps;
pub mod touch;

pub use capture::variables_taken;
pub use compile::{CompileError, Program, Unit, compile};
pub use failure::{Failure, Link, Raise};
pub use frame::{Env, Flow, Frame, Resolve};
pub use interp::Interp;
pub use namespace::{Namespace, is_closure_name};
