//! Tests of the whole: scripts are run, and what users would see is compared.

mod http;
mod readme;
mod scripts;
mod oracle;
mod support;
