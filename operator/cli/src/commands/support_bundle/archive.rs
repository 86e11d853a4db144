//! The archive: each text goes through the black pen before it goes in.

use std::fmt::Display;
use std::io;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tar::{Builder, Header};

use super::redact;

/// Files, and what there is to say of what is not among them.
#[derive(Default)]
pub struct Archive {
    files: Vec<(String, String)>,
    missed: Vec<String>,
}

impl Archive {
    /// An object as YAML.
    pub fn object(&mut self, path: &str, object: &Value) {
        let mut object = object.clone();
        redact::object(&mut object);
        let text = crate::yaml::text(&object);
        self.files.push((path.to_owned(), redact::text(&text)));
    }

    /// What a program said.
    pub fn text(&mut self, path: &str, text: &str) {
        self.files.push((path.to_owned(), redact::log(text)));
    }

    /// Something that could not be read.
    pub fn miss(&mut self, path: &str, why: &impl Display) {
        self.missed.push(format!("{path}: {}", redact::text(&why.to_string())));
    }

    /// How much could not be read.
    pub fn missed(&self) -> usize {
        self.missed.len()
    }

    /// How many files there are, and the archive.
    pub fn finish(mut self) -> io::Result<(usize, Vec<u8>)> {
        let lines = self.files.iter().map(|(path, text)| format!("{path} ({} bytes)", text.len()));
        let missed = self.missed.iter().map(|line| format!("not read: {line}"));
        let index = lines.chain(missed).collect::<Vec<_>>().join("\n") + "\n";
        self.files.insert(0, ("index.txt".to_owned(), index));
        let mut builder = Builder::new(GzEncoder::new(vec![], Compression::default()));
        for (path, text) in &self.files {
            let mut header = Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o600);
            builder.append_data(&mut header, format!("aegis-support/{path}"), text.as_bytes())?;
        }
        Ok((self.files.len(), builder.into_inner()?.finish()?))
    }
}
