//! The network under the script functions `fetch`, `serve`, `ws_connect` and `tcp_connect`.
//!
//! What this layer refuses to know: the script language. It speaks in plain Rust types, so that it can be tested
//! with real sockets and without a script, and so that the glue above it stays a matter of converting values.
//!
//! In reading order:
//!
//! - [`clock`]: the one thing asked of the event loop, a way to sleep on the script's clock;
//! - [`request`]: what a script wants, checked before anything is sent;
//! - [`client`]: the pooled client, and the loop that follows redirects;
//! - [`certificates`]: by which servers of https are trusted;
//! - [`redirect`]: what may follow a 3xx answer;
//! - [`connect`]: name lookup, the permission check, and how far a connection has come;
//! - [`deadline`]: the one timeout of a request, from its start to the last byte of the body;
//! - [`response`]: the head at once, the body when it is asked for;
//! - [`lines`] and [`events`]: bodies that are streams;
//! - [`cookies`]: what a session keeps of them;
//! - [`tcp`] and [`ws`]: connections without HTTP, and WebSockets;
//! - [`server`]: a server of HTTP; [`intake`]: requests as it gets them;
//! - [`error`] and [`diagnose`]: what went wrong, in words from which one can learn;
//! - [`demo_server`]: a server to practise on, without internet.

mod certificates;
pub mod client;
pub mod clock;
mod connect;
pub mod cookies;
mod deadline;
pub mod demo_server;
mod diagnose;
pub mod error;
pub mod events;
pub mod intake;
pub mod lines;
mod redirect;
pub mod request;
pub mod response;
pub mod server;
pub mod tcp;
pub mod ws;

#[cfg(test)]
mod tests;

pub use client::{Client, Options};
pub use clock::{Clock, RealClock};
pub use connect::{Gate, Target};
pub use cookies::Cookies;
pub(crate) use deadline::Deadline;
pub use demo_server::DemoServer;
pub use error::Error;
pub use events::{Event, Events};
pub use lines::Lines;
pub use request::{Checked, Content, Request};
pub use response::{Body, Response};
pub use server::Server;
