//! Image references as people write them, and in full as container runtimes store them. No look-ups.

/// `python:3.11` -> `docker.io/library/python:3.11`; the form under which containerd lists an image.
pub fn full(name: &str) -> String {
    let (registry, repository) = split(name);
    let tagged = repository.contains('@') || has_tag(&repository);
    let tag = if tagged { "" } else { ":latest" };
    format!("{registry}/{repository}{tag}")
}

/// Parses NAME[:TAG] by the registries' rule, so that a builder does not refuse it after the work.
pub fn new_name(text: &str) -> Result<String, String> {
    let (name, tag) = name_and_tag(text);
    let in_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/:".contains(c);
    let in_tag = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if !name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()) || !name.chars().all(in_name) {
        return Err(format!("`{name}` is no image name: use a-z, 0-9, and `.`, `_`, `-`, `/` between them"));
    }
    if tag.is_empty() || tag.len() > 128 || !tag.chars().all(in_tag) {
        return Err(format!("`{tag}` is no tag: use up to 128 of letters, digits, `.`, `_` and `-`"));
    }
    Ok(text.to_owned())
}

/// The registry's host and the rest of the reference.
pub fn split(name: &str) -> (String, String) {
    match name.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host.to_owned(), rest.to_owned()),
        Some(_) => ("docker.io".to_owned(), name.to_owned()),
        None => ("docker.io".to_owned(), format!("library/{name}")),
    }
}

/// `registry:5000/app:1` -> (`registry:5000/app`, `1`).
pub fn name_and_tag(name: &str) -> (&str, &str) {
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag),
        _ => (name, "latest"),
    }
}

fn has_tag(repository: &str) -> bool {
    repository.rsplit('/').next().is_some_and(|last| last.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_docker_hubs() {
        assert_eq!(full("python:3.11"), "docker.io/library/python:3.11");
        assert_eq!(full("kindest/node"), "docker.io/kindest/node:latest");
    }

    #[test]
    fn a_host_is_known_by_its_dot_or_port() {
        assert_eq!(full("aegis.local/shop:1"), "aegis.local/shop:1");
        assert_eq!(full("localhost/shop"), "localhost/shop:latest");
        assert_eq!(split("registry:5000/shop").0, "registry:5000");
    }

    #[test]
    fn new_names_follow_the_registries_rule() {
        assert!(new_name("registry:5000/shop/api:V1.2_x").is_ok());
        for bad in ["X Y", "Shop", "", ":1", "shop:", "shop:a b", "-shop"] {
            assert!(new_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_port_is_not_a_tag() {
        assert_eq!(name_and_tag("registry:5000/shop"), ("registry:5000/shop", "latest"));
        assert_eq!(name_and_tag("registry:5000/shop:2"), ("registry:5000/shop", "2"));
    }
}
