//! Short digests of values: the same for the same value, whatever the order in which its keys were written.
//! It does not know what the values mean.

use std::fmt::Write;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Hex digits of a short digest: 40 bits, enough to tell the revisions of one app apart.
const SHORT: usize = 10;

/// The first ten hex digits of the SHA-256 of a value's text, in which `serde_json` sorts the keys.
pub fn digest(value: &Value) -> String {
    let mut hex = String::with_capacity(SHORT);
    for byte in Sha256::digest(value.to_string()).iter().take(SHORT / 2) {
        write!(hex, "{byte:02x}").expect("a string takes every write");
    }
    hex
}
