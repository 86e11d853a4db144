//! Flags of `manifest`.

use std::path::PathBuf;

use clap::Subcommand;

use super::Format;

#[derive(Debug, Subcommand)]
pub enum Manifest {
    /// Whether the manifest says what the code does: routers, views, actors, jobs, settings, and one newest migration.
    Check(Check),
    /// Write into the manifest what the code says, and what is made of the manifest; what people decide stays.
    Sync(Sync),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl manifest check
  aegisctl manifest check -C examples/shop --python .venv/bin/python -o json | jq -r '.differences[].place'

The app's own Python imports the modules that components.code names; nothing is started. Lines with - are only in the manifest, those
with + only in the code.
Exit codes: 0 they say the same, 1 they do not, or it could not be found out, 2 wrong command line")]
pub struct Check {
    #[command(flatten)]
    pub code: Code,
    /// How to print the differences.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl manifest sync
  aegisctl manifest sync --dry-run

Derived are components.code, the settings that the code has and their defaults, and AGENTS.md where layout says that it is generated.
Exit codes: 0 they say the same now (with --dry-run: they could), 1 they do not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Sync {
    #[command(flatten)]
    pub code: Code,
    /// Write nothing; print what would be changed.
    #[arg(long)]
    pub dry_run: bool,
    /// How to print the differences.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}

/// Where the code is, and what reads it.
#[derive(Debug, clap::Args)]
pub struct Code {
    /// The app's folder.
    #[arg(long, short = 'C', value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// The app's Python, with everything that the app needs, below the folder. Default: .venv/bin/python, else python3.
    #[arg(long, value_name = "PROGRAM")]
    pub python: Option<PathBuf>,
}
