//! Flags of the command that begins an app.

use std::path::PathBuf;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::Format;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl init shop
  aegisctl init notes --database none --auth none --frontend none --workers none --scheduler none
  aegisctl init mail --into services/mail --dry-run -o json | jq -r '.files[].path'

Where a choice is not named it is asked for on a terminal; without one the whole app is written. --auth jwt needs a database.
No file that is there is written over: where one is, nothing is written at all.
Exit codes: 0 the app is written (with --dry-run: it could be), 1 it is not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Init {
    /// The app's name: a lower-case letter, then lower-case letters, digits and hyphens, 40 at most.
    pub name: String,
    /// The folder, which is made where it is missing. Default: the name.
    #[arg(long, value_name = "FOLDER")]
    pub into: Option<PathBuf>,
    /// Where data is kept.
    #[arg(long, value_enum)]
    pub database: Option<Database>,
    /// How users are known: accounts, roles, and tokens that any service can verify.
    #[arg(long, value_enum)]
    pub auth: Option<Tokens>,
    /// What people see: a web page of Flet, as a role of its own or at /ui of the API.
    #[arg(long, value_enum)]
    pub frontend: Option<Frontend>,
    /// What works on queues.
    #[arg(long, value_enum)]
    pub workers: Option<Workers>,
    /// What starts jobs because time passes.
    #[arg(long, value_enum)]
    pub scheduler: Option<Scheduler>,
    /// Ask nothing: what is not named is in.
    #[arg(long, short)]
    pub yes: bool,
    /// Write nothing; print what would be written.
    #[arg(long)]
    pub dry_run: bool,
    /// How to print the files.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Database {
    /// PostgreSQL, by SQLAlchemy and alembic.
    Postgres,
    /// Nowhere.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tokens {
    /// Accounts and roles; tokens that any service can verify.
    Jwt,
    /// Everybody may do everything.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frontend {
    /// Flet, as a role of its own.
    Apart,
    /// Flet, at /ui of the API.
    Path,
    /// The API only.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Workers {
    /// Dramatiq, with queues in Redis.
    Dramatiq,
    /// arq, with queues in Redis.
    Arq,
    /// TaskIQ, with queues in Redis.
    #[value(name = "taskiq")]
    TaskIQ,
    /// There are no queues.
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheduler {
    /// APScheduler, as a role of its own.
    Apscheduler,
    /// Nothing; the operator's schedules need none.
    None,
}
