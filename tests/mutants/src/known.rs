//! What was found out before about these very files, so that nothing is tried twice.
//! It is kept beside the build and may be lost at any time.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use aegis_tests::files::{below, root};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{build::folder, mutant::Mutant};

/// What decides whether a mutant compiles.
const SOURCES: [&str; 4] = ["Cargo.lock", "crds", "operator/plan", "tests/mutants"];
/// What more decides whether a case holds it.
const CASES: [&str; 2] = ["tests/plan", "tests/src"];

/// Mutants by their numbers.
#[derive(Serialize, Deserialize, Default)]
pub struct Known {
    /// Digest of the sources.
    sources: String,
    /// Those that do not compile.
    pub refused: BTreeSet<usize>,
    /// Digest of the cases by which all mutants were tried.
    cases: Option<String>,
    /// Digest of the cases as they are.
    #[serde(skip)]
    found: String,
    /// Those that no case holds.
    survivors: BTreeSet<usize>,
}

impl Known {
    /// What is known about the files as they are.
    pub fn read() -> Self {
        let sources = digest(&SOURCES);
        let known = fs::read(path()).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let known = known.filter(|known| known.sources == sources).unwrap_or(Self { sources, ..Self::default() });
        Self { found: digest(&CASES), ..known }
    }

    /// The survivors, when these very cases were tried.
    pub fn survivors(&self, mutants: &[Mutant]) -> Option<Vec<Mutant>> {
        let is_known = self.cases.as_ref() == Some(&self.found);
        is_known.then(|| mutants.iter().filter(|mutant| self.survivors.contains(&mutant.number)).cloned().collect())
    }

    /// Keeps what was found.
    pub fn keep(&mut self, survivors: Option<&[Mutant]>) -> Result<(), String> {
        self.cases = survivors.map(|_| self.found.clone());
        self.survivors = survivors.into_iter().flatten().map(|mutant| mutant.number).collect();
        let text = serde_json::to_vec(self).map_err(|error| error.to_string())?;
        fs::write(path(), text).map_err(|error| format!("{}: {error}", path().display()))
    }
}

fn path() -> PathBuf {
    folder().join("known.json")
}

/// Digest of all files at those places, of their names, and of the compiler.
fn digest(places: &[&str]) -> String {
    let mut digest = Sha256::new();
    digest.update(env::var("RUSTUP_TOOLCHAIN").unwrap_or_default());
    for place in places.iter().map(|place| root().join(place)) {
        let files = if place.is_dir() { below(&place) } else { vec![place] };
        for file in files {
            digest.update(file.strip_prefix(root()).unwrap_or(Path::new("")).as_os_str().as_encoded_bytes());
            digest.update(Sha256::digest(fs::read(&file).unwrap_or_default()));
        }
    }
    format!("{:x}", digest.finalize())
}
