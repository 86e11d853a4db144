//! Flags of `queue`.

use clap::{Subcommand, ValueEnum};

use super::{Format, Target};

#[derive(Debug, Subcommand)]
pub enum Queue {
    /// How much work waits, runs, is delayed and was given up, by pool and queue.
    List(List),
    /// The first messages of a queue.
    Peek(Peek),
    /// Put dead messages back.
    Retry(Retry),
    /// Remove the messages of a queue, none that a worker has.
    Purge(Purge),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl queue list shop -n shop
  aegisctl queue list shop -n shop -o json | jq '.workers[].queues[] | select(.dead > 0)'

A dash is a number that the library does not keep.
Exit codes: 0 printed, 1 it could not be read, 2 wrong command line")]
pub struct List {
    /// The app.
    pub name: String,
    #[command(flatten)]
    pub target: Target,
    /// How to print it.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

/// Which queue.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// The app.
    pub name: String,
    /// The worker pool.
    pub worker: String,
    /// One of the pool's queues. Default: its only one.
    #[arg(long, value_name = "NAME")]
    pub queue: Option<String>,
    #[command(flatten)]
    pub target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum State {
    Waiting,
    Delayed,
    InFlight,
    Dead,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl queue peek shop orders -n shop
  aegisctl queue peek shop orders -n shop --state dead --bodies -o json

Exit codes: 0 printed, 1 it could not be read, 2 wrong command line")]
pub struct Peek {
    #[command(flatten)]
    pub place: Place,
    /// Which messages.
    #[arg(long, value_enum, default_value_t = State::Waiting)]
    pub state: State,
    /// How many.
    #[arg(long, value_name = "COUNT", default_value_t = 20, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub limit: u8,
    /// Their bodies too, which may hold personal data; only with -o json.
    #[arg(long)]
    pub bodies: bool,
    /// How to print them.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl queue retry shop orders -n shop
  aegisctl queue retry shop orders -n shop --limit 1

Only Dramatiq keeps dead messages.
Exit codes: 0 done, 1 refused, 2 wrong command line")]
pub struct Retry {
    #[command(flatten)]
    pub place: Place,
    /// How many at most, the oldest first.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: u16,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl queue purge shop orders -n shop --state dead --yes

What is purged is lost. Exit codes: 0 done, 1 refused, 2 wrong command line")]
pub struct Purge {
    #[command(flatten)]
    pub place: Place,
    /// Which messages.
    #[arg(long, value_enum)]
    pub state: State,
    /// That they may be lost.
    #[arg(long)]
    pub yes: bool,
}
