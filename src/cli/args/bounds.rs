//! The options that say what a script may do and use up, wherever one is run.

use std::time::Duration;

use clap::Args;

use super::super::permissions::PermissionArgs;
use crate::limits::{self, Setting};

#[derive(Args, Clone, Default, PartialEq)]
pub(in super::super) struct Bounds {
    /// Stop after so many seconds; `explore` tells what it has found by then
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_negative_numbers = true)]
    pub timeout: Option<Duration>,
    #[command(flatten)]
    pub permissions: PermissionArgs,
    #[arg(long, value_name = "NAME=N", value_parser = str::parse::<Setting>, help = limit_help())]
    pub limit: Vec<Setting>,
}

impl Bounds {
    /// Both together; `inner`, nearer to what is run, wins where there can be only one.
    pub fn and(mut self, inner: Self) -> Self {
        self.timeout = inner.timeout.or(self.timeout);
        self.permissions = self.permissions.and(inner.permissions);
        self.limit.extend(inner.limit);
        self
    }
}

fn limit_help() -> String {
    let names: Vec<&str> = limits::TABLE.iter().map(|limit| limit.name).collect();
    format!("Let scripts use more, or less, as in array=10M ({}; can be repeated)", names.join(" "))
}

/// A positive number of seconds.
fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().unwrap_or(0.0);
    // NaN, infinity and what no Duration can hold fail here, too.
    Duration::try_from_secs_f64(number)
        .ok()
        .filter(|_| number > 0.0)
        .map(|duration| duration.max(Duration::from_nanos(1)))
        .ok_or_else(|| String::from("expected a finite number of seconds above 0, such as 2.5"))
}
