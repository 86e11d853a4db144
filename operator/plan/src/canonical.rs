//! One text per value, whatever the order of its keys, and short digests of it.
//! It does not know what the values mean.

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Hex digits of a short digest: 40 bits, enough to tell the revisions of one app apart.
const SHORT: usize = 10;

/// JSON with sorted keys and without white space.
pub fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// The first ten hex digits of the SHA-256 of a value's canonical text.
pub fn digest(value: &Value) -> String {
    let mut hex = String::with_capacity(SHORT);
    for byte in Sha256::digest(text(value)).iter().take(SHORT / 2) {
        write!(hex, "{byte:02x}").expect("a string takes every write");
    }
    hex
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (i, (key, value)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}
