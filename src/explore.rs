//! Exploring: one program under many schedules.
//!
//! A *schedule* says who is next wherever two tasks or more are ready. The program is run again and again on the virtual
//! clock, each time under another schedule, and what comes of it is counted: values, errors, deadlocks. Nothing is
//! remembered from one run to the next but the way through the tree of choices, so any script can be explored that can
//! be run twice.
//!
//! In reading order: [`outcome`] and [`schedule`] (what comes of a run, and how it came), [`run`] (one run under a
//! [`run::Guide`]), [`bounds`] (when it counts as one that never ends), [`tree`] (the guide that goes through all
//! schedules), [`reduce`] and [`races`] (the one that leaves out what makes no difference), [`random`] (guides that draw),
//! [`options`] and [`search`] (which guides, for how long), [`jobs`] (on several threads), [`findings`] (what is told),
//! [`report`] and [`json`] (in which form); [`snapshot`] (what each run begins with) and [`again`] (one of them once more).

pub mod again;
pub mod bounds;
pub mod findings;
pub mod jobs;
pub mod json;
pub mod options;
pub mod outcome;
pub mod races;
pub mod random;
pub mod reduce;
pub mod report;
pub mod run;
pub mod schedule;
pub mod search;
pub mod snapshot;
pub mod tree;

pub use again::Explored;
pub use findings::Findings;
pub use options::{Options, Reduce, Shard, Strategy};

/// How many schedules are run if nothing is said.
pub const SCHEDULES: u64 = 100_000;
