//! Tests of the whole: scripts are run, and what users would see is compared.

#[cfg(unix)]
mod browser;
mod command_line;
mod explore;
mod faults;
mod fuzz;
mod http;
mod language;
mod lessons;
mod oracle;
#[cfg(unix)]
mod order;
mod programs;
#[cfg(unix)]
mod prompt;
#[cfg(unix)]
mod pty;
mod readme;
mod registry;
mod scripts;
mod serve;
mod sockets;
mod support;
mod tasks;
#[cfg(unix)]
mod views;
mod world;
