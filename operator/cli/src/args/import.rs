//! Flags of the command that takes an app over.

use std::path::PathBuf;

use super::Format;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  aegisctl import
  aegisctl import ../shop --dry-run -o json | jq -r '.unknown[].what'

It reads an app of the aegis-stack package: .copier-answers.yml, docker-compose.yml, .env.example and the folders of app/. It writes
aegis_manifest.json and aegisapp.yaml, changes no file that is there, and names what it cannot know.
Exit codes: 0 they are written (with --dry-run: they could be), 1 they are not (the reason and what to do are on stderr), 2 wrong command line")]
pub struct Import {
    /// The app's folder.
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// Write nothing; print what would be written.
    #[arg(long)]
    pub dry_run: bool,
    /// How to print the files.
    #[arg(long, short, value_enum, default_value_t = Format::Text)]
    pub output: Format,
}
