//! "Did you mean": the known word that a mistyped one is closest to. It never corrects, it only suggests.

/// The closest of `known`, unless all are too far from `typed` to be meant.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = typed.to_lowercase();
    let scored = known.into_iter().map(|word| (score(&lower, &word.to_lowercase()), word));
    // of two that begin as it does, the one with less behind it is meant
    let rest = |word: &str| word.len().abs_diff(typed.len());
    let near = scored.filter(|(score, _)| *score > 0.82);
    near.max_by(|a, b| a.0.total_cmp(&b.0).then(rest(b.1).cmp(&rest(a.1)))).map(|(_, word)| word)
}

/// 1 for the same word, near 1 for a slip; a missing or additional ending is a slip too.
fn score(typed: &str, word: &str) -> f64 {
    let is_prefix = typed.len() >= 3 && (word.starts_with(typed) || typed.starts_with(word) && word.len() >= 3);
    let slip = strsim::normalized_damerau_levenshtein(typed, word).max(strsim::jaro_winkler(typed, word) - 0.05);
    if is_prefix { slip.max(0.9) } else { slip }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let fields = ["image", "workers", "replicas", "scheduler", "schedules", "api"];
        for (typed, meant) in
            [("wrokers", "workers"), ("worker", "workers"), ("replica", "replicas"), ("Image", "image"), ("scheduls", "schedules")]
        {
            assert_eq!(nearest(typed, fields), Some(meant), "{typed}");
        }
        assert_eq!(nearest("ful", ["full", "full-size"]), Some("full"));
        for stranger in ["ingress", "x", "", "route"] {
            assert_eq!(nearest(stranger, fields), None, "{stranger}");
        }
    }
}
