//! Flags of the command that adds a part to an app.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use super::Format;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl generate endpoint invoices
  aegisctl generate task send_mail --worker default
  aegisctl generate schedule clean_up --cron '30 2 * * mon-fri' --dry-run
  aegisctl generate model invoice -o json | jq -r '.changes[].path'

Each is code that works, its test, and its entry in aegis_manifest.json. No file that is there is written over: one that differs is in the
way, and then nothing is written at all; what is there already and is meant stays as it is. It adds to apps that aegisctl init began.
Exit codes: 0 it is there now (with --dry-run: it could be), 1 it is not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Generate {
    /// What to add.
    #[arg(value_enum)]
    pub kind: Kind,
    /// What it is called: a lower-case letter, then lower-case letters, digits, hyphens or underscores, 30 at most.
    pub name: String,
    /// The pool whose workers do the task. Default: the first.
    #[arg(long, value_name = "POOL")]
    pub worker: Option<String>,
    /// When the job of a schedule runs, in UTC. Default: at 02:00.
    #[arg(long, value_name = "FIVE FIELDS")]
    pub cron: Option<String>,
    /// The app's folder.
    #[arg(long, short = 'C', value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// Write nothing; print what would be written.
    #[arg(long)]
    pub dry_run: bool,
    /// How to print the changes.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

/// What an app can have one more of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A router of the API, at /api/NAME.
    Endpoint,
    /// A table, and the migration that makes it.
    Model,
    /// What the app does, without HTTP.
    Service,
    /// A page of the frontend, at /NAME.
    View,
    /// A part of pages.
    Component,
    /// A pool of workers with a queue of its own.
    Worker,
    /// A task of a pool's queue.
    Task,
    /// A job that time starts.
    Schedule,
    /// A step from one schema to the next.
    Migration,
}
