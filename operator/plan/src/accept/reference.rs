//! Image references as nodes read them: `[registry[:port]/]repository[:tag][@sha256:digest]`.
//! It says whether one is well formed, not whether the image exists.

/// Why a reference is refused.
pub(super) fn fault(image: &str) -> Option<String> {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    if let Some(digest) = digest
        && !is_digest(digest)
    {
        return Some("its digest is not sha256: and 64 hex digits".into());
    }
    let (path, last) = name.rsplit_once('/').map_or(("", name), |(path, last)| (path, last));
    let (last, tag) = last.split_once(':').map_or((last, None), |(last, tag)| (last, Some(tag)));
    if let Some(tag) = tag
        && !is_tag(tag)
    {
        return Some(format!("{tag:?} is not a tag"));
    }
    let mut folders: Vec<&str> = path.split('/').filter(|_| !path.is_empty()).collect();
    if folders.first().is_some_and(|first| is_registry(first)) {
        folders.remove(0);
    }
    let bad = folders.into_iter().chain([last]).find(|part| !is_part(part))?;
    Some(format!("{bad:?} is not a part of a repository's name, which is in lower case"))
}

fn is_digest(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')))
}

fn is_tag(tag: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128 && tag.starts_with(is_word) && tag.chars().all(|c| is_word(c) || c == '.' || c == '-')
}

/// The first part is a registry when it could not be a part of a repository's name alone.
fn is_registry(part: &str) -> bool {
    let (host, port) = part.split_once(':').map_or((part, None), |(host, port)| (host, Some(port)));
    let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    let is_port = port.is_none_or(|port| !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()));
    is_host && is_port && (host == "localhost" || host.contains('.') || port.is_some())
}

fn is_part(part: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(is_letter) && part.ends_with(is_letter) && part.chars().all(|c| is_letter(c) || matches!(c, '.' | '_' | '-'))
}
