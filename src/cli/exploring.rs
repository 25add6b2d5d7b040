//! The arguments of `explore`.

use std::ffi::OsString;

use clap::Args;

use super::args::{Bounds, split};
use super::{Command, Exit};
use crate::explore::{self, Reduce, Shard, Strategy};

/// What `explore` takes.
#[derive(Args)]
pub(super) struct ExploreArgs {
    /// The script ('-' = standard input)
    #[arg(value_name = "FILE")]
    file: OsString,
    /// What the script gets from args(); behind `--` they may begin with a minus
    #[arg(value_name = "ARG")]
    words: Vec<OsString>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    /// The most runs
    #[arg(long, value_name = "N", default_value_t = crate::explore::SCHEDULES, value_parser = clap::value_parser!(u64).range(1..))]
    schedules: u64,
    /// Which schedules: exhaustive, random or pct; without it, all where they are few, else drawn ones, too
    #[arg(long, value_name = "WHICH", value_parser = clap::builder::PossibleValuesParser::new(Strategy::NAMED.map(|(name, _)| name)))]
    strategy: Option<String>,
    /// Take one for all schedules that differ only in the order of independent steps: always, never, or (auto) where
    /// there are more than are to be run
    #[arg(long, value_name = "WHEN", value_parser = clap::builder::PossibleValuesParser::new(Reduce::NAMED.map(|(name, _)| name)), default_value = "auto")]
    reduce: String,
    /// What schedules are drawn from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many threads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=256))]
    jobs: u64,
    /// Cover only the I-th of N parts; the JSON reports of all add up. What is drawn is shared out; a part of the tree
    /// takes as many runs as --schedules allows for the whole
    #[arg(long, value_name = "I/N", value_parser = str::parse::<Shard>, default_value_t)]
    shard: Shard,
    /// The most steps of a run before it counts as one that never ends, with 1,000 operations for each, but at least
    /// 100,000. Without it, 20 times what the usual order takes: from 1,000 to 100,000 steps, up to 20 million operations
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_steps: Option<u64>,
    #[command(flatten)]
    pub(super) bounds: Bounds,
}

impl ExploreArgs {
    pub(super) fn command(self) -> Result<Command, Exit> {
        let (file, args) = split(std::iter::once(self.file).chain(self.words))?;
        let options = explore::Options {
            strategy: self.strategy.and_then(|name| name.parse().ok()).unwrap_or_default(),
            schedules: self.schedules,
            seed: self.seed,
            jobs: usize::try_from(self.jobs).unwrap_or(1),
            shard: self.shard,
            reduce: self.reduce.parse().unwrap_or_default(),
            named: if self.json { usize::MAX } else { explore::report::LINES },
            max_steps: self.max_steps.and_then(|n| usize::try_from(n).ok()),
            time: self.bounds.timeout,
        };
        Ok(Command::Explore { script: file.into(), args, json: self.json, options })
    }
}
