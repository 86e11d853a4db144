//! What `init` wrote, kept beside it: what the template has changed since, and what somebody has made of it, can be told apart by it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::choice::Choice;
use super::files::File;
use crate::failure::Failure;

/// Where it is, below the app's folder.
pub const PATH: &str = ".aegis/template.json";
/// Known by what it is made of.
const LOCK: &str = "uv.lock";

#[derive(Debug, Serialize, Deserialize)]
pub struct Base {
    pub version: u8,
    pub choice: Choice,
    /// Texts by their paths.
    pub files: BTreeMap<String, String>,
}

impl Base {
    pub fn of(choice: &Choice, files: &[File]) -> Self {
        let files = files.iter().filter(|file| file.path != LOCK).map(|file| (file.path.clone(), file.text.clone())).collect();
        Self { version: 1, choice: choice.clone(), files }
    }

    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(PATH);
        let fix = "name the folder of an app that aegisctl init wrote, with this file as it was, by -C";
        let text = fs::read_to_string(&path).map_err(|error| Failure::new(path.display(), error, fix))?;
        let base: Self = serde_json::from_str(&text).map_err(|error| Failure::new(path.display(), error, fix))?;
        if base.version != 1 {
            let why = format!("it is of version {}, this program knows version 1", base.version);
            return Err(Failure::new(path.display(), why, "use a newer aegisctl"));
        }
        Ok(base)
    }

    pub fn file(&self) -> File {
        File { path: PATH.to_owned(), text: serde_json::to_string_pretty(self).expect("texts are writable") + "\n" }
    }
}
