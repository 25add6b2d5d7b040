//! Tests of the whole: scripts are run, and what users would see is compared.

mod http;
mod language;
mod oracle;
mod readme;
mod registry;
mod scripts;
mod support;
mod tasks;
