//! Which bases can be made here, and what each consists of. A table: it makes nothing.

use crate::failure::Failure;
use crate::reference;

/// The names that can be made, for messages.
const KNOWN: &str = "debian:bookworm, debian:bookworm-slim, debian:12, debian:12-slim, \
                     python:3.11, python:3.11-slim, python:3.11-bookworm, python:3.11-slim-bookworm";

/// A base that Debian's packages can stand in for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// The first part of the cached archive's name.
    pub name: &'static str,
    /// The Debian release.
    pub suite: &'static str,
    /// What is installed beside Debian's smallest variant.
    pub packages: &'static [&'static str],
    /// The image's default command.
    pub command: &'static str,
}

const DEBIAN: Family = Family { name: "debian", suite: "bookworm", packages: &["ca-certificates"], command: r#"["bash"]"# };

const PYTHON: Family = Family {
    name: "python",
    suite: "bookworm",
    packages: &["ca-certificates", "python3", "python3-venv", "python3-pip"],
    command: r#"["python3"]"#,
};

impl Family {
    /// The family of an image, or why there is none.
    pub fn of(image: &str) -> Result<Self, String> {
        if image.contains('@') {
            return Err("a digest names one exact image, which cannot be made again".to_owned());
        }
        let full = reference::full(image);
        let (name, tag) = reference::name_and_tag(&full);
        match name {
            "docker.io/library/debian" if is_bookworm(tag) => Ok(DEBIAN),
            "docker.io/library/python" if is_python_3_11(tag) => Ok(PYTHON),
            _ => Err("no Debian package set is known for it".to_owned()),
        }
    }

    pub fn has_python(&self) -> bool {
        self.name == PYTHON.name
    }
}

/// `bookworm`, `12`, a point release of it, each also slim.
fn is_bookworm(tag: &str) -> bool {
    let release = tag.strip_suffix("-slim").unwrap_or(tag);
    release == "bookworm" || release == "12" || release.strip_prefix("12.").is_some_and(is_number)
}

/// `3.11` or a patch release of it, each also slim, on bookworm or wherever it happens to be.
fn is_python_3_11(tag: &str) -> bool {
    let version = tag.strip_suffix("-bookworm").unwrap_or(tag);
    let version = version.strip_suffix("-slim").unwrap_or(version);
    version == "3.11" || version.strip_prefix("3.11.").is_some_and(is_number)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// Neither here, nor to be had, nor to be made.
pub fn unknown(image: &str, why: &str, reason: &str) -> Failure {
    Failure::new(
        format_args!("base image {image}"),
        format_args!("{why}, and it cannot be made here: {reason}"),
        format_args!("build where its registry answers, load it into the builder, or use one of: {KNOWN}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_in_the_message_can_be_made() {
        for name in KNOWN.split(", ") {
            assert!(Family::of(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn families_are_found_by_full_and_short_names() {
        assert_eq!(Family::of("docker.io/library/python:3.11.9-slim-bookworm"), Ok(PYTHON));
        assert_eq!(Family::of("library/debian:12.5"), Ok(DEBIAN));
    }

    #[test]
    fn what_debian_cannot_stand_in_for_is_refused() {
        for image in ["python:3.12", "python:3.11-alpine", "python:3.1", "debian", "debian:trixie", "me/python:3.11"] {
            assert!(Family::of(image).is_err(), "{image}");
        }
        assert!(Family::of("debian@sha256:00").unwrap_err().contains("digest"));
    }
}
