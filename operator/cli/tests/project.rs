//! What `aegisctl` does with the folder of an app: begins it, adds to it, holds its manifest against its code, follows its template, or
//! takes one over that another program has begun.

#[path = "project/desk.rs"]
mod desk;
#[path = "project/generate.rs"]
mod generate;
#[path = "project/import.rs"]
mod import;
#[path = "project/init.rs"]
mod init;
#[path = "project/manifest.rs"]
mod manifest;
#[path = "project/update.rs"]
mod update;
