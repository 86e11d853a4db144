//! `spec.secrets`: Secrets made once from random bytes.
//! Nobody reads them back: not the operator, not its logs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules;

/// One generated Secret.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedSecret {
    /// Name of the entry: lower-case letters, digits and single hyphens.
    #[schemars(length(min = 1, max = 30), regex(pattern = rules::PART_NAME_PATTERN))]
    pub name: String,
    /// What to make, by key, each in a Secret of its own; the key is also the name of a variable of every role.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 32))]
    pub generate: BTreeMap<String, Generate>,
}

/// How a value is made.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Generate {
    /// Random bytes in the value, which is written in URL-safe base64. Default: 32.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 16, max = 1024))]
    pub bytes: Option<i32>,
}
