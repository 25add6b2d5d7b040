//! `loopscope examples`.

use super::console::Console;
use super::script;
use crate::cli::{Options, exit};
use crate::examples;
use crate::report::Report;
use crate::session::Speaker as _;

/// The names of the examples, in the order of the alphabet.
pub fn names() -> impl Iterator<Item = &'static str> {
    examples::all().iter().map(|(name, _)| *name)
}

/// Lists the examples, or runs or shows one.
pub fn command(name: Option<&str>, show: bool, options: &Options) -> u8 {
    let console = Console::new(options, Vec::new());
    let written = |text: &str| {
        let _ = console.out.write(text.as_bytes());
        console.leave_with(exit::DONE)
    };
    let Some(name) = name else {
        return written(&examples::list().map(|(name, what)| format!("{name}{what}\n")).collect::<String>());
    };
    match examples::find(name) {
        Ok(text) if show => written(text),
        Ok(text) => script::execute(&console, &format!("{name}.rhai"), text, options, false),
        Err(why) => {
            console.report(&Report::error(why).help("`loopscope examples` lists them"));
            exit::USAGE
        }
    }
}
