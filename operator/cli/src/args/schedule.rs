//! Flags of `schedule`.

use clap::Subcommand;

use super::{Format, Target};

#[derive(Debug, Subcommand)]
pub enum Schedule {
    /// When each runs next, when a run last succeeded, and whether it is late.
    List(List),
    /// Run one now, whatever its time.
    Run(Run),
    /// Let one fire nothing until it is resumed.
    Pause(Switch),
    /// End what pause began.
    Resume(Switch),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl schedule list shop -n shop
  aegisctl schedule list shop -n shop -o json | jq '.schedules[] | select(.late)'

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

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl schedule run shop nightly -n shop
  aegisctl schedule run shop nightly -n shop --detach

It runs once, as a Job of the schedule, and prints what it prints; when it succeeds, the schedule is late no more. Of a schedule whose
runs may not overlap, none is begun while one runs; a time that comes meanwhile is not held up. Ctrl-C ends it.
Exit codes: that of what ran; 1 when it could not run, 2 wrong command line, 130 ended by Ctrl-C")]
pub struct Run {
    #[command(flatten)]
    pub place: Place,
    /// Print the Job's name and do not wait for it.
    #[arg(long, short)]
    pub detach: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl schedule pause shop nightly -n shop
  aegisctl schedule resume shop nightly -n shop --wait 60

It changes spec.schedules[].suspended. Times that pass meanwhile are not made up for, but for one of the last 200 seconds.
Exit codes: 0 changed, or so already, 1 refused (with --wait: not there in time), 2 wrong command line")]
pub struct Switch {
    #[command(flatten)]
    pub place: Place,
    /// Wait until it is so, with progress on stderr.
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
}

/// Which schedule.
#[derive(Debug, clap::Args)]
pub struct Place {
    /// The app.
    pub name: String,
    /// The schedule.
    pub schedule: String,
    #[command(flatten)]
    pub target: Target,
}
