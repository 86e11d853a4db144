//! Flags of the command that follows the template.

use std::path::PathBuf;

use super::Format;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl update --dry-run
  aegisctl update
  aegisctl update --keep app/settings.py

Of each file, what init writes now is merged with what it wrote then (.aegis/template.json) and with what you have made of it. Where both
have changed the same lines, the file stays as you have it and the conflict is shown: take from it what you want, then run this again,
or say --keep that yours is right. What you have deleted stays away.
Exit codes: 0 it is up to date now (with --dry-run: it could be), 1 it is not, or not wholly (the reason and what to do are on stderr),
2 wrong command line")]
pub struct Update {
    /// The app's folder.
    #[arg(long, short = 'C', value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// A file that is right as it is. Can be repeated.
    #[arg(long, value_name = "FILE")]
    pub keep: Vec<String>,
    /// Write nothing; print what would be changed.
    #[arg(long)]
    pub dry_run: bool,
    /// How to print the changes.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}
