//! Tests of the whole: scripts are run, and what users would see is compared.

mod command_line;
#[cfg(unix)]
mod browser;
mod http;
mod language;
mod oracle;
#[cfg(unix)]
mod prompt;
#[cfg(unix)]
mod pty;
mod readme;
mod registry;
mod scripts;
mod support;
mod tasks;
