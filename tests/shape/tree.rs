//! The files that git knows, and what kind each is.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use aegis_tests::files::root;

/// Every file in git that is there, from the repository's root; new ones that are not ignored count too.
pub fn committed() -> Vec<PathBuf> {
    let listed = Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]).current_dir(root()).output();
    let listed = listed.expect("git is there");
    assert!(listed.status.success(), "git ls-files: {}", String::from_utf8_lossy(&listed.stderr));
    let names = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let paths = names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from);
    paths.filter(|path| root().join(path).is_file()).collect()
}

/// Files of Rust.
pub fn rust() -> Vec<PathBuf> {
    committed().into_iter().filter(|path| is_rust(path)).collect()
}

/// Whether a file is Rust.
pub fn is_rust(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
}

/// Whether a file is text.
pub fn is_text(path: &Path) -> bool {
    fs::read(root().join(path)).is_ok_and(|bytes| !bytes.contains(&0) && String::from_utf8(bytes).is_ok())
}

/// The text of a shell script, told by its first line.
pub fn shell(path: &Path) -> Option<String> {
    let text = fs::read_to_string(root().join(path)).ok()?;
    let first = text.lines().next()?;
    (first.starts_with("#!") && first.contains("bash")).then_some(text)
}

/// The last part of a path.
pub fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Whether a line speaks of a place inside an image, where /root and /home are the image's own.
pub fn is_inside_an_image(path: &Path, line: &str) -> bool {
    let is_build = path.ends_with("Dockerfile") || path.starts_with("images") || path.starts_with("tests/kubernetes/node");
    is_build && !line.contains("/shared/") && !line.contains("artifactory")
}
