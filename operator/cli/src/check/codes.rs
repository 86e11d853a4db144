//! Problems that only files have: what the API server refuses before an operator ever sees it, in our words.
//! The codes of accepted shapes stand in the planner's catalogue.

use aegis_crds::status::Severity::{self, Error, Warning};
use aegis_plan::Code;
use aegis_plan::problem::CATALOGUE;

const fn code(name: &'static str, severity: Severity, why: &'static str, cure: &'static str) -> Code {
    Code { name, severity, why, cure }
}

pub const BROKEN_YAML: Code = code(
    "BrokenYaml",
    Error,
    "The text is not YAML, so nothing behind this place can be read.",
    "Mend the line; indentation is by spaces, and text with `: `, `#` or `{` needs quotes.",
);
pub const NOT_A_RESOURCE: Code = code(
    "NotAResource",
    Error,
    "The document is not a Kubernetes resource: it lacks apiVersion or kind, or names them wrongly.",
    "Begin with apiVersion: aegis.dev/v1alpha1 and kind: AegisApp.",
);
pub const DUPLICATE_KEY: Code = code(
    "DuplicateKey",
    Error,
    "A key stands twice in one map; one of the two values would be lost without a word.",
    "Remove one of the two.",
);
pub const UNKNOWN_FIELD: Code = code(
    "UnknownField",
    Error,
    "The field does not exist; the API server refuses it, or drops it when it is not asked to be strict.",
    "Correct or remove it. kubectl explain aegisapp.spec --recursive lists every field.",
);
pub const WRONG_TYPE: Code = code(
    "WrongType",
    Error,
    "The value has another type than the field: for example a number where text belongs, or a map where a list belongs.",
    "Write a value of the field's type.",
);
pub const MISSING_FIELD: Code =
    code("MissingField", Error, "A field that is always needed is not there, or has no value.", "Add the field.");
pub const BAD_VALUE: Code = code(
    "BadValue",
    Error,
    "The value has the right type, and is outside of what the field allows: a range, a length, a pattern or a list of words.",
    "Write a value that the field allows.",
);
pub const NO_VALUE: Code = code(
    "NoValue",
    Warning,
    "A key without a value counts as not written at all: `scheduler:` makes no scheduler, and a variable without a value is not set.",
    "Write {} for a section with its defaults, \"\" for empty text, or remove the key.",
);

/// The codes of files.
const FILES: &[&Code] =
    &[&BAD_VALUE, &BROKEN_YAML, &DUPLICATE_KEY, &MISSING_FIELD, &NOT_A_RESOURCE, &NO_VALUE, &UNKNOWN_FIELD, &WRONG_TYPE];

/// Every code there is, in the order of the alphabet.
pub fn all() -> Vec<&'static Code> {
    let mut all: Vec<_> = FILES.iter().chain(CATALOGUE).copied().collect();
    all.sort_by_key(|code| code.name);
    all
}
