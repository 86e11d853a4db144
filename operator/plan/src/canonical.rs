//! Values as texts with sorted keys, and short digests of these: the same for the same value, whatever the order in which its
//! keys were written. It does not know what the values mean.

use std::{
    fmt::{self, Display, Write},
    sync::Arc,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Hex digits of a short digest: 40 bits, enough to tell the revisions of one app apart.
const SHORT: usize = 10;

/// The first ten hex digits of the SHA-256 of a value's text, in which `serde_json` sorts the keys.
pub fn digest(value: &impl Display) -> String {
    short(&value.to_string())
}

fn short(text: &str) -> String {
    let mut hex = String::with_capacity(SHORT);
    for byte in Sha256::digest(text).iter().take(SHORT / 2) {
        write!(hex, "{byte:02x}").expect("a string takes every write");
    }
    hex
}

/// A value that is kept for long, as its text: that takes a tenth of the memory, and a copy takes none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Arc<str>);

impl Text {
    /// The value.
    pub fn value(&self) -> Value {
        self.decode().expect("it is the text of a value")
    }

    /// The text of an object, whose fields always stand in the order of its type.
    pub fn of(object: &impl Serialize) -> Self {
        Self(serde_json::to_string(object).expect("an object is JSON").into())
    }

    /// Its digest.
    pub fn digest(&self) -> String {
        short(&self.0)
    }

    /// What it says, or why it does not fit.
    pub fn decode<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.0)
    }
}

impl From<&Value> for Text {
    fn from(value: &Value) -> Self {
        Self(value.to_string().into())
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::from(&Value::Null)
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|value| Self::from(&value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_has_the_digest_of_its_value() {
        let value: Value = serde_json::from_str(r#"{"b": [1, 2.5, null], "a": {"d": "ü", "c": true}}"#).unwrap();
        let text: Text = serde_json::from_value(value.clone()).unwrap();
        assert_eq!((digest(&text), text.value(), json!(text)), (digest(&value), value.clone(), value));
        assert_eq!(Text::default().value(), Value::Null);
    }
}
