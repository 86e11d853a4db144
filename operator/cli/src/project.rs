//! The folder of an app: its manifest, and how files are written there.

use std::fs;
use std::path::Path;

use aegis_crds::manifest::FILE;
use serde_json::Value;

use crate::failure::{Failure, Failures};

/// The manifest of the folder, which must be a good one: its text, and what it says.
pub fn manifest(folder: &Path) -> Result<(String, Value), Failures> {
    let path = folder.join(FILE);
    let begin = "name the folder of an app with -C; aegisctl init begins one";
    let text = fs::read_to_string(&path).map_err(|error| Failure::new(path.display(), error, begin))?;
    let manifest = checked(folder, &text)?;
    Ok((text, manifest))
}

/// What a text of a manifest says that stands in the folder, or shall.
pub fn checked(folder: &Path, text: &str) -> Result<Value, Failures> {
    let path = folder.join(FILE);
    let repair = format!("aegisctl validate {}", path.display());
    let manifest = serde_json::from_str(text).map_err(|error| Failure::new(path.display(), error, &repair))?;
    if aegis_check::check(text).has_errors() {
        return Err(Failure::new(path.display(), "it has mistakes", repair).into());
    }
    Ok(manifest)
}

/// Writes a file, and makes the folders that it needs.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error| Failure::new(path.display(), error, "see whether the folder can be written to, then run this again");
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    fs::write(path, text).map_err(failed)
}
