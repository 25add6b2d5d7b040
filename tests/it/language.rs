//! The language (SPEC 2): Rhai plus `await`, `async` and `spawn`.

mod assignments;
mod calls;
mod errors;
mod loops;
mod modules;
mod namespaces;
mod streams;
mod words;
