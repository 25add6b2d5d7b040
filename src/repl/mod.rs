//! The prompt: read an input, hand it to the event loop, show what came of it.
//!
//! The loop runs on another thread and goes on while this one waits for keys; the two meet in
//! [`Backend`] (what the prompt asks of the loop) and [`Sink`] (what tasks print). In reading order:
//! `session` is the loop of the prompt, `run` waits for what it runs, `editor` reads one input, `commands` is the table of
//! `:commands` and `handlers` what they do; those about tasks are in `tasks`, those for time and order
//! in `steer`, `learn` leads through lessons, `edit` starts the user's editor, `help` explains, with
//! `topics` for what is no function, `settings` has what the user likes. `printer` keeps background
//! output off the line being typed, `terminal` has modes and signals, `interrupt` counts Ctrl-C,
//! `history` has the file, `spare` keeps files open for it. `helper` and the small files behind it
//! (`scan highlight hint complete menu validate foreign unknown gutter keys kind pace`) serve the line while it is typed;
//! `save` makes a script of the inputs, `fns place shape spinner` are small things for several of them.

pub mod backend;
mod commands;
mod complete;
mod edit;
mod editor;
mod fns;
mod foreign;
mod gutter;
mod handlers;
pub mod help;
mod helper;
mod highlight;
mod hint;
mod history;
mod interrupt;
mod keys;
mod kind;
mod learn;
mod menu;
mod pace;
mod place;
mod printer;
mod run;
mod save;
mod scan;
mod session;
pub mod settings;
mod shape;
mod spare;
mod spinner;
mod steer;
mod tasks;
mod terminal;
mod topics;
mod unknown;
mod validate;

pub use backend::Backend;
pub use highlight::code_in_colour;
pub use history::default_path as history_path;
pub use printer::Sink;
pub use session::{Options, run};
pub use steer::{Asker, Question};
#[cfg(unix)]
pub use terminal::restore_in_abort as terminal_after_abort;

/// What stands before the first line of an input.
const PROMPT: &str = "loop> ";
