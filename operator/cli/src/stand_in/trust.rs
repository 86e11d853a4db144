//! How this machine reaches package servers, for the stand-in to do the same: certificate authorities and
//! apt's proxy and date settings. It reads; `root` writes it into the image.

use std::path::{Path, PathBuf};
use std::{env, fs};

use sha2::{Digest, Sha256};

use super::family::Family;
use crate::failure::Failure;
use crate::process::{self, SHORT};

/// Where Debian and its descendants keep the bundle, and the authorities added to it by hand.
pub const BUNDLE: &str = "etc/ssl/certs/ca-certificates.crt";
pub const ADDED: &str = "usr/local/share/ca-certificates";

/// apt's settings that decide whether packages can be fetched at all.
const APT_KEYS: [&str; 4] = ["Acquire::http::Proxy", "Acquire::https::Proxy", "Acquire::Check-Valid-Until", "Acquire::Check-Date"];

pub struct Trust {
    /// All authorities, concatenated; empty when this machine has no bundle.
    pub bundle: Vec<u8>,
    /// Name and content of each authority added by hand, so that updating the bundle keeps it.
    pub added: Vec<(String, Vec<u8>)>,
    /// Lines for /etc/apt/apt.conf.d.
    pub apt: String,
    /// Where Debian packages come from.
    pub mirror: String,
}

impl Trust {
    pub fn of_this_machine() -> Result<Self, Failure> {
        let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let bundle = set("SSL_CERT_FILE").map_or_else(|| Path::new("/").join(BUNDLE), PathBuf::from);
        Ok(Self {
            bundle: fs::read(bundle).unwrap_or_default(),
            added: added()?,
            apt: apt()?,
            mirror: set("AEGIS_DEBIAN_MIRROR").unwrap_or_else(|| "http://deb.debian.org/debian".to_owned()),
        })
    }

    /// What tells two stand-ins of a family apart: 12 hex digits over all that goes into one.
    pub fn key(&self, family: &Family) -> String {
        let mut digest = Sha256::new();
        let recipe = include_str!("root.rs");
        let settings = [recipe, family.suite, &family.packages.join(" "), family.command, &self.apt, &self.mirror];
        settings.iter().for_each(|setting| digest.update(setting));
        digest.update(&self.bundle);
        self.added.iter().for_each(|(_, certificate)| digest.update(certificate));
        format!("{:x}", digest.finalize())[..12].to_owned()
    }
}

fn added() -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let Ok(entries) = fs::read_dir(Path::new("/").join(ADDED)) else {
        return Ok(Vec::new());
    };
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|it| it == "crt"));
    let mut added = paths
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let unreadable = |error| Failure::new(path.display(), error, "make the certificate readable");
            Ok((name, fs::read(&path).map_err(unreadable)?))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    added.sort();
    Ok(added)
}

fn apt() -> Result<String, Failure> {
    let Some(program) = process::find("apt-config") else {
        return Ok(String::new());
    };
    let finished = process::finish(process::command(&program).arg("dump"), SHORT)?;
    Ok(chosen(&finished.stdout))
}

fn chosen(dump: &str) -> String {
    let wanted = |line: &&str| APT_KEYS.iter().any(|key| line.split_whitespace().next() == Some(key));
    dump.lines().filter(wanted).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_decides_about_fetching_is_taken() {
        let dump = "APT::Architecture \"amd64\";\nAcquire::Check-Date \"false\";\nAcquire::Languages \"none\";\n";
        assert_eq!(chosen(dump), "Acquire::Check-Date \"false\";\n");
    }
}
