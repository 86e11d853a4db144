//! The texts that a command was asked to look at: files, folders of them, stdin. It does not parse them.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// One text and what it is called.
pub struct Source {
    pub name: String,
    pub text: String,
}

/// Every text behind the arguments, or all that cannot be read.
pub fn sources(paths: &[PathBuf]) -> Result<Vec<Source>, Vec<Failure>> {
    let mut sources = vec![];
    let mut failures = vec![];
    for path in paths {
        match read(path) {
            Ok(more) => sources.extend(more),
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() { Ok(sources) } else { Err(failures) }
}

fn read(path: &Path) -> Result<Vec<Source>, Failure> {
    if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map_err(|error| unreadable(Path::new("stdin"), &error))?;
        return Ok(vec![Source { name: "stdin".to_owned(), text }]);
    }
    if !path.is_dir() {
        return Ok(vec![file(path)?]);
    }
    let mut sources = vec![];
    for path in below(path)? {
        let source = file(&path)?;
        // A folder may hold anything, templates too; only what speaks of us is ours to judge.
        let is_manifest = path.file_name().is_some_and(|name| name == aegis_crds::manifest::FILE);
        if is_manifest || source.text.contains("AegisApp") || source.text.contains(aegis_crds::GROUP) {
            sources.push(source);
        }
    }
    Ok(sources)
}

fn file(path: &Path) -> Result<Source, Failure> {
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    Ok(Source { name: path.display().to_string(), text })
}

/// The YAML and JSON files below a folder, sorted; hidden ones are left out.
fn below(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = vec![];
    let mut entries: Vec<_> =
        fs::read_dir(folder).and_then(Iterator::collect::<io::Result<_>>).map_err(|error| unreadable(folder, &error))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries.iter().filter(|entry| !entry.file_name().to_string_lossy().starts_with('.')) {
        let path = entry.path();
        // A link to a folder could lead back here.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if entry.file_name() == "templates" && folder.join("Chart.yaml").is_file() {
                continue; // Helm's templates are not YAML before they are rendered.
            }
            files.extend(below(&path)?);
        } else if path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json") {
            files.push(path);
        }
    }
    Ok(files)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    let fix = match error.kind() {
        io::ErrorKind::NotFound => "check the path; - reads stdin",
        io::ErrorKind::InvalidData => "save the file as UTF-8 text",
        _ => "make it readable",
    };
    Failure::new(format_args!("reading {}", path.display()), error, fix)
}
