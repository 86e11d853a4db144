//! Kubernetes quantities: whether a text is one, and which of two is larger.
//! The number is exact enough to compare, not to compute with.

use crate::{Code, Problem};

const UNITS: [(&str, f64); 14] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
];

/// The amount, or None when the text is not a quantity of zero or more.
pub fn amount(text: &str) -> Option<f64> {
    let (number, unit) = match UNITS.iter().find(|(suffix, _)| text.ends_with(suffix)) {
        Some((suffix, unit)) => (&text[..text.len() - suffix.len()], *unit),
        None => match text.strip_suffix('E') {
            Some(number) => (number, 1e18),
            None => (text, 1.0),
        },
    };
    // an exponent stands in place of a unit, never before one
    let has_exponent = unit == 1.0;
    let is_number = number.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '+' | '-') || has_exponent && matches!(c, 'e' | 'E'));
    let amount: f64 = number.parse().ok().filter(|_| is_number)?;
    (amount.is_finite() && amount >= 0.0).then_some(amount * unit)
}

/// A problem at `path` when the text is not a quantity.
pub(super) fn problem(code: &'static Code, path: &str, text: &str) -> Option<Problem> {
    amount(text).is_none().then(|| Problem::new(code, path, format!("{text:?} is not a quantity")))
}

/// The same for the size of a claim, which Kubernetes wants above zero.
pub(super) fn size_problem(code: &'static Code, path: &str, text: &str) -> Option<Problem> {
    let zero = || (amount(text) == Some(0.0)).then(|| Problem::new(code, path, format!("{text:?} is no size for a volume")));
    problem(code, path, text).or_else(zero)
}
