//! The script's surroundings: its arguments, styled text, checks.

use rhai::{Array, Dynamic};

use super::functions;
use super::values::Fallible;
use crate::engine::errors::{error, kind};

functions! {
    /// The arguments of the script, an array of strings.
    ///
    /// ```
    /// let n = if args().len() > 0 { parse_int(args()[0]) } else { 10 };
    /// ```
    ///
    /// asyncio: `sys.argv`; JavaScript: `process.argv`; tokio: `std::env::args`
    "args()" => |lib| {
        let host = lib.host.clone();
        lib.engine.register_fn("args", move || -> Array { host.args().into_iter().map(Dynamic::from).collect() });
    };

    /// Ends the script, from any of its tasks: `defer`s run, and what still runs is cancelled. The code, from 0 to 255,
    /// is what the process leaves with; without one it is 0. At the prompt it ends the run, and the prompt stays.
    ///
    /// ```
    /// if args().len() > 3 { exit(2) }
    /// ```
    ///
    /// asyncio: `sys.exit`; JavaScript: `process.exit`; tokio: `std::process::exit`
    "exit([code])" => |_| {
        // Rhai's own; the loop and the command line see to the rest
    };

    /// Text in colours, for a terminal that shows them; else just the text. Words: black red green yellow blue magenta
    /// cyan white, bright_red and so on, bold dim italic underline, on_red and so on.
    ///
    /// ```
    /// print(style("done", "green bold"));
    /// ```
    ///
    /// asyncio: `rich.print`; JavaScript: `chalk`; tokio: the crate `colored`
    "style(text, words)" => |lib| {
        let host = lib.host.clone();
        lib.engine.register_fn("style", move |text: Dynamic, words: &str| style(&text.to_string(), words, host.colour()));
    };

    /// Throws "value" unless the condition holds; with the message, if there is one.
    ///
    /// ```
    /// assert(1 + 1 == 2);
    /// assert(1 < 2, "one is less than two");
    /// ```
    ///
    /// asyncio: `assert`; JavaScript: `console.assert`; tokio: `assert!`
    "assert(condition[, message])" => |lib| {
        lib.engine.register_fn("assert", |condition: bool| check(condition, "the assertion does not hold"));
        lib.engine.register_fn("assert", check);
    };
}

fn check(condition: bool, message: &str) -> Fallible<()> {
    if condition { Ok(()) } else { Err(error(kind::VALUE, message)) }
}

/// # Errors
/// Kind "value" for a word that is no style.
fn style(text: &str, words: &str, colour: bool) -> Fallible<String> {
    let mut codes = Vec::new();
    for word in words.split_whitespace() {
        codes.push(code(word).ok_or_else(|| {
            error(
                kind::VALUE,
                format!("\"{word}\" is no style: use colours (red, bright_red, on_red), bold, dim, italic, underline"),
            )
        })?);
    }
    if !colour || codes.is_empty() {
        return Ok(text.to_string());
    }
    let codes: Vec<String> = codes.iter().map(u8::to_string).collect();
    Ok(format!("\u{1b}[{}m{text}\u{1b}[0m", codes.join(";")))
}

fn code(word: &str) -> Option<u8> {
    const COLOURS: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
    let colour = |name: &str| COLOURS.iter().position(|c| *c == name).map(|i| i as u8);
    let (background, rest) = word.strip_prefix("on_").map_or((0, word), |rest| (10, rest));
    let (bright, name) = rest.strip_prefix("bright_").map_or((0, rest), |name| (60, name));
    match word {
        "bold" => Some(1),
        "dim" => Some(2),
        "italic" => Some(3),
        "underline" => Some(4),
        _ => colour(name).map(|n| 30 + n + background + bright),
    }
}
