//! One mutant: a place of the planner without some of its lines.

use std::{
    fmt,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use aegis_tests::files::{below, root, text};

use crate::source::{self, Place};

/// Folder of the planner's sources, from the repository's root.
pub const PLANNER: &str = "operator/plan/src";

/// A place without some of its lines.
#[derive(Clone)]
pub struct Mutant {
    /// Its number, from one.
    pub number: usize,
    /// The number of its place.
    pub place: usize,
    /// Its file, from the repository's root.
    pub file: PathBuf,
    /// The lines that are removed.
    pub lines: RangeInclusive<usize>,
    /// What stands on the first of them.
    pub text: String,
}

impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = self.lines.end() - self.lines.start();
        let more = if more == 0 { String::new() } else { format!(" (and {more} below)") };
        write!(f, "{}:{}: {}{more}", self.file.display(), self.lines.start(), self.text.trim())
    }
}

/// A file of the planner.
pub struct Source {
    /// Its path from the repository's root.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Its places, which are numbered from `first` on.
    pub places: Vec<Place>,
    /// Number of its first place.
    pub first: usize,
}

/// Every file of the planner.
pub fn sources() -> Vec<Source> {
    let mut first = 0;
    let files = below(&root().join(PLANNER)).into_iter();
    files
        .map(|path| {
            let text = text(&path);
            // what it includes is not its code
            let places = if is_rust(&path) { source::places(&text) } else { vec![] };
            let source = Source { path: path.strip_prefix(root()).unwrap_or(Path::new("")).to_owned(), text, first, places };
            first += source.places.len();
            source
        })
        .collect()
}

/// Whether it is a file of code, not one that code includes.
pub fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Every mutant that can be parsed, whether it compiles or not.
pub fn mutants(sources: &[Source]) -> Vec<Mutant> {
    let mut all = vec![];
    for source in sources {
        let lines: Vec<&str> = source.text.lines().collect();
        for (i, place) in source.places.iter().enumerate() {
            for range in &place.lines {
                all.push(Mutant {
                    number: all.len() + 1,
                    place: source.first + i,
                    file: source.path.clone(),
                    lines: range.clone(),
                    text: lines[range.start() - 1].to_owned(),
                });
            }
        }
    }
    all
}
