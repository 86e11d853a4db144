//! Where somebody sits who begins and changes apps: a folder of a test's own, gone with it.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// The folder.
pub struct Desk(pub PathBuf);

/// What a command came to.
pub struct Said {
    pub code: Option<i32>,
    pub data: String,
    pub talk: String,
}

impl Desk {
    /// One that is empty.
    pub fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir_all(&folder).expect("a folder can be made");
        Self(folder)
    }

    /// One with a new app in it.
    pub fn with_app(test: &str, choices: &[&str]) -> Self {
        let desk = Self::new(test);
        assert_eq!(desk.aegisctl(&[&["init", "shop", "--into", "."], choices].concat()).code, Some(0));
        desk
    }

    pub fn aegisctl(&self, words: &[&str]) -> Said {
        let mut command = Command::cargo_bin("aegisctl").expect("it is built");
        let output = command.args(words).current_dir(&self.0).output().expect("it can be run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it speaks UTF-8");
        Said { code: output.status.code(), data: text(output.stdout), talk: text(output.stderr) }
    }

    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.0.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub fn write(&self, path: &str, text: &str) -> &Self {
        let file = self.0.join(path);
        fs::create_dir_all(file.parent().expect("it has one")).expect("a folder can be made");
        fs::write(file, text).expect("a file can be written");
        self
    }

    pub fn is_there(&self, path: &str) -> bool {
        self.0.join(path).exists()
    }

    /// The manifest of the app in it.
    pub fn manifest(&self) -> Value {
        serde_json::from_str(&self.text("aegis_manifest.json")).expect("it is JSON")
    }

    /// Every file, by its path, and what it says.
    pub fn everything(&self) -> Vec<(PathBuf, String)> {
        fn look(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
            for entry in fs::read_dir(folder).expect("it is a folder") {
                let path = entry.expect("it can be read").path();
                if path.is_dir() {
                    look(&path, found);
                } else {
                    let text = fs::read_to_string(&path).expect("it is text");
                    found.push((path, text));
                }
            }
        }
        let mut found = vec![];
        look(&self.0, &mut found);
        found.sort();
        found
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
