//! The bundled examples: every `.rhai` file of `scripts/examples`, in the program itself.

use super::console::Console;
use super::script;
use crate::cli::{Options, exit};
use crate::report::Report;
use crate::session::Speaker as _;

include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// The names of the examples, in the order of the alphabet.
pub fn names() -> impl Iterator<Item = &'static str> {
    EXAMPLES.iter().map(|(name, _)| *name)
}

/// The first comment line of an example: what it shows.
fn summary(text: &str) -> &str {
    text.lines().next().unwrap_or_default().trim_start_matches(['/', ' '])
}

/// Lists the examples, or runs or shows one.
pub fn command(name: Option<&str>, show: bool, options: &Options) -> u8 {
    let console = Console::new(options, Vec::new());
    let Some(name) = name else {
        let width = names().map(str::len).max().unwrap_or(0);
        for (name, text) in EXAMPLES {
            let _ = console.out.write(format!("{name:width$}  {}\n", summary(text)).as_bytes());
        }
        return if console.fault().is_some() { exit::FAILED } else { exit::DONE };
    };
    let Some((name, text)) = EXAMPLES.iter().find(|(n, _)| *n == name) else {
        let near = names().min_by_key(|n| strsim::damerau_levenshtein(n, name)).unwrap_or_default();
        console.report(
            &Report::error(format!("there is no example {name}"))
                .help(format!("did you mean {near}? `loopscope examples` lists them")),
        );
        return exit::USAGE;
    };
    if show {
        let _ = console.out.write(text.as_bytes());
        return if console.fault().is_some() { exit::FAILED } else { exit::DONE };
    }
    script::execute(&console, &format!("{name}.rhai"), text, options, false)
}
