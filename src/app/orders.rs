//! What the command line and the prompt say about the order of runs: seeds and replay tokens.

use crate::cli;
use crate::engine::clock::Pace;
use crate::engine::token::{Order, Token};
use crate::report::Report;
use crate::session::Session;
use crate::units;

/// The order that the command line asks for.
pub fn of(options: &cli::Order) -> Option<Order> {
    let replayed = options.replay.as_ref().map(|token| token.order.clone());
    replayed.or(options.seed.map(Order::Seed))
}

/// A token that is not for the script.
pub fn changed(token: &Token) -> Report {
    let title = format!("the script has changed since the token {token} was made, or it is for another one");
    let help = match &token.order {
        Order::Seed(seed) => format!("`--seed {seed}` draws from the same seed, though the run will be another"),
        Order::Choices(_) => "explore the script again for a token that fits it".to_string(),
    };
    Report::error(title).note("a token stands for the choices in a run of one text, and fits no other").help(help)
}

/// The token that brings the last run back, and a line that says so: of a run in random order that has failed, and of one
/// that somebody steered by hand. `how` stands before the token where it is used.
pub fn told(session: &Session, failed: bool, how: &str) -> Option<(String, String)> {
    let by_hand = session.is_by_hand();
    let token = session.token().filter(|_| failed || by_hand)?.to_string();
    let what = if by_hand { "chosen by hand" } else { "random" };
    let proviso = match session.kernel.clock.is_virtual() {
        true => "",
        false => ", as far as it did not depend on real time: on a virtual clock no run does",
    };
    let line = format!("the order of this run was {what}: `{how}{token}` brings it back{proviso}");
    Some((token, line))
}

/// `:seed`.
pub fn seed(session: &mut Session, seed: Option<u64>) -> String {
    session.set_order(seed.map(Order::Seed));
    match seed {
        None => "tasks run first in, first out".to_string(),
        Some(seed) => {
            let real =
                if session.kernel.clock.is_virtual() { "" } else { "; with `:clock virtual` it is the same each time" };
            format!("each run draws who is next from the seed {seed}{real}")
        }
    }
}

/// The seed that runs draw from, if any.
pub fn seeded(session: &Session) -> Option<u64> {
    match session.order() {
        Some(Order::Seed(seed)) => Some(*seed),
        _ => None,
    }
}

/// The options of the command line with which a script runs as the inputs do now.
pub fn flags(session: &Session) -> String {
    let clock = match session.kernel.clock.pace() {
        Pace::Virtual => Some("--virtual-time".to_string()),
        Pace::REAL => None,
        Pace::Real(speed) => Some(format!("--speed {speed}")),
    };
    let order = seeded(session).map(|seed| format!("--seed {seed}"));
    let flags: Vec<String> = clock.into_iter().chain(order).collect();
    flags.join(" ")
}

/// `:clock`; without a word it says how time passes.
///
/// # Errors
/// In words, if that is no way for time to pass.
pub fn clock(session: &Session, pace: &str) -> Result<String, String> {
    let kernel = &session.kernel;
    if !pace.is_empty() {
        kernel.set_pace(pace.parse().map_err(|why| format!(":clock {pace}: {why}"))?);
    }
    let now = units::duration(kernel.clock.read());
    let mut text = match kernel.clock.pace() {
        Pace::Virtual => format!(
            "the clock is virtual, at {now}: it jumps to the next timer when nobody is ready, and stands still while the \
             prompt waits"
        ),
        Pace::REAL => format!("the clock is real, at {now}"),
        Pace::Real(speed) => format!("the clock runs {speed} times as fast as real time, at {now}"),
    };
    let waiting = kernel.deadlines();
    let left = waiting.iter().take(5).map(|(deadline, task)| {
        format!("{} \"{}\" in {}", task.id, task.name, units::duration(deadline.saturating_sub(kernel.clock.read())))
    });
    let left: Vec<String> = left.collect();
    if !left.is_empty() {
        let more = if waiting.len() > left.len() { ", ..." } else { "" };
        text.push_str(&format!("\ndeadlines stay where they are on it: {}{more}", left.join(", ")));
    }
    Ok(text)
}
