//! Problems that only files have: what the API server refuses before an operator ever sees it, in our words.
//! The codes of accepted shapes stand in the planner's catalogue.

use aegis_crds::status::Severity::{self, Error, Warning};
use aegis_plan::Code;
use aegis_plan::problem::CATALOGUE;

const fn code(name: &'static str, severity: Severity, why: &'static str, cure: &'static str) -> Code {
    Code { name, severity, why, cure }
}

/// The text is not YAML, so nothing behind this place can be read.
pub const BROKEN_YAML: Code = code(
    "BrokenYaml",
    Error,
    "The text is not YAML, so nothing behind this place can be read.",
    "Mend the line; indentation is by spaces, and text with `: `, `#` or `{` needs quotes.",
);
/// The document is not a Kubernetes resource: it lacks apiVersion or kind, or names them wrongly.
pub const NOT_A_RESOURCE: Code = code(
    "NotAResource",
    Error,
    "The document is not a Kubernetes resource: it lacks apiVersion or kind, or names them wrongly.",
    "Begin with apiVersion: aegis.dev/v1alpha1 and kind: AegisApp.",
);
/// A key stands twice in one map; one of the two values would be lost without a word.
pub const DUPLICATE_KEY: Code = code(
    "DuplicateKey",
    Error,
    "A key stands twice in one map; one of the two values would be lost without a word.",
    "Remove one of the two.",
);
/// The field does not exist; the API server refuses it, or drops it when it is not asked to be strict.
pub const UNKNOWN_FIELD: Code = code(
    "UnknownField",
    Error,
    "The field does not exist; the API server refuses it, or drops it when it is not asked to be strict.",
    "Correct or remove it. kubectl explain aegisapp.spec --recursive lists every field.",
);
/// The value has another type than the field: for example a number where text belongs, or a map where a list belongs.
pub const WRONG_TYPE: Code = code(
    "WrongType",
    Error,
    "The value has another type than the field: for example a number where text belongs, or a map where a list belongs.",
    "Write a value of the field's type.",
);
/// A field that is always needed is not there, or has no value.
pub const MISSING_FIELD: Code =
    code("MissingField", Error, "A field that is always needed is not there, or has no value.", "Add the field.");
/// The value has the right type, and is outside of what the field allows: a range, a length, a pattern or a list of words.
pub const BAD_VALUE: Code = code(
    "BadValue",
    Error,
    "The value has the right type, and is outside of what the field allows: a range, a length, a pattern or a list of words.",
    "Write a value that the field allows.",
);
/// A key without a value counts as not written at all: `scheduler:` makes no scheduler, and a variable without a value is not set.
pub const NO_VALUE: Code = code(
    "NoValue",
    Warning,
    "A key without a value counts as not written at all: `scheduler:` makes no scheduler, and a variable without a value is not set.",
    "Write {} for a section with its defaults, \"\" for empty text, or remove the key.",
);
/// A value that must stay secret stands in a manifest, which everybody who has the project can read.
pub const SECRET_VALUE: Code = code(
    "SecretValue",
    Error,
    "A value that must stay secret stands in a manifest, which everybody who has the project can read.",
    "Take the value out, and change it where it is used: it is known now. Let it come from a binding, from secrets (generated), or from env with valueFrom.secretKeyRef.",
);
/// A gate or a convention names a command that the manifest does not have.
pub const UNKNOWN_COMMAND: Code = code(
    "UnknownCommand",
    Error,
    "A gate or a convention names a command that the manifest does not have.",
    "Name an entry of commands, or add it there.",
);
/// A manifest has no environment of that name, so it is unclear what is meant to run.
pub const UNKNOWN_ENVIRONMENT: Code = code(
    "UnknownEnvironment",
    Error,
    "A manifest has no environment of that name, so it is unclear what is meant to run.",
    "Name an entry of environments.",
);
/// The manifest is of a later format than this program reads: what it says could be misunderstood.
pub const UNKNOWN_VERSION: Code = code(
    "UnknownVersion",
    Error,
    "The manifest is of a later format than this program reads: what it says could be misunderstood.",
    "Use a newer aegisctl or operator, or write version 1.",
);
/// Facts about code are told of a pool of workers that the components do not have.
pub const UNKNOWN_WORKER: Code = code(
    "UnknownWorker",
    Error,
    "Facts about code are told of a pool of workers that the components do not have.",
    "Name an entry of components.workers.",
);

/// The codes of files.
const FILES: &[&Code] = &[
    &BAD_VALUE,
    &BROKEN_YAML,
    &DUPLICATE_KEY,
    &MISSING_FIELD,
    &NOT_A_RESOURCE,
    &NO_VALUE,
    &SECRET_VALUE,
    &UNKNOWN_COMMAND,
    &UNKNOWN_ENVIRONMENT,
    &UNKNOWN_FIELD,
    &UNKNOWN_VERSION,
    &UNKNOWN_WORKER,
    &WRONG_TYPE,
];

/// Every code there is, in the order of the alphabet.
pub fn all() -> Vec<&'static Code> {
    let mut all: Vec<_> = FILES.iter().chain(CATALOGUE).copied().collect();
    all.sort_by_key(|code| code.name);
    all
}
