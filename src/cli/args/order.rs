//! The options that have time and order under control.

use clap::Args;
use clap::error::ErrorKind;

use super::super::{Exit, Order};
use super::usage;
use crate::engine::clock::Pace;
use crate::engine::token::Token;

#[derive(Args, Clone, Default, PartialEq)]
pub(super) struct OrderOptions {
    /// Let the clock run X times as fast: at 10, sleep(1) takes 0.1 s
    #[arg(long, value_name = "X", value_parser = Pace::speed_of, allow_negative_numbers = true)]
    speed: Option<f64>,
    /// Any ready task may run next, drawn from the seed N; the same seed gives the same run on virtual time
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Run in the order that a token stands for; on virtual time unless --speed is given
    #[arg(long, value_name = "TOKEN")]
    replay: Option<Token>,
    /// Stop before each step, and be the event loop; on virtual time unless --speed is given
    #[arg(long)]
    step: bool,
}

impl OrderOptions {
    /// Both together; `inner`, nearer to what is run, wins where there can be only one.
    pub(super) fn and(self, inner: Self) -> Self {
        Self {
            speed: inner.speed.or(self.speed),
            seed: inner.seed.or(self.seed),
            replay: inner.replay.or(self.replay),
            step: self.step || inner.step,
        }
    }

    /// The plain options; refuses those that contradict each other.
    pub(super) fn plain(self, virtual_time: bool) -> Result<Order, Exit> {
        if virtual_time && self.speed.is_some() {
            return Err(conflict("--speed is for the real clock: leave out it or --virtual-time"));
        }
        if self.seed.is_some() && self.replay.is_some() {
            return Err(conflict("--replay has an order of its own: leave out it or --seed"));
        }
        Ok(Order { speed: self.speed, seed: self.seed, replay: self.replay, step: self.step })
    }
}

fn conflict(message: &str) -> Exit {
    usage(ErrorKind::ArgumentConflict, message)
}

fn seed(text: &str) -> Result<u64, String> {
    text.trim().parse().map_err(|_| String::from("a seed is a whole number from 0 on, below 2 to the power of 64"))
}
