//! How the data of a generated Secret is made: literals, random text, and texts composed of both.
//! Randomness comes in as an argument; nothing made here is kept.

use std::collections::BTreeMap;

use serde_json::json;

use crate::canonical;

/// A Secret to be made once. Its anchor, a ConfigMap, must exist first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// The Secret and its anchor.
    pub made: Anchored,
    /// Its component label.
    pub component: &'static str,
    /// `type` of the Secret.
    pub secret_type: Option<String>,
    /// Whether it was made for an earlier app: then it is never made again.
    pub is_found: bool,
    /// Its keys, made in this order.
    pub keys: Vec<(String, Ingredient)>,
}

/// A Secret that the operator makes once, and the ConfigMap that owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchored {
    /// Name of the anchor.
    pub anchor: String,
    /// Uid of the anchor; None until it is there.
    pub uid: Option<String>,
    /// What the Secret's name begins with.
    pub stem: String,
}

/// How one value is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ingredient {
    /// This text.
    Literal(String),
    /// This many random bytes in URL-safe base64 without padding: letters, digits, `-` and `_`.
    Random(usize),
    /// Earlier keys put together: `{key}` stands for a value.
    Composed(String),
}

impl Anchored {
    /// Name of the Secret. The anchor's uid is part of it: a value that was given up is never met again, neither by the
    /// next anchor nor by an app that is created again before the collector came, and a Secret that exists is this one.
    pub fn name(&self) -> String {
        format!("{}-{}", self.stem, canonical::digest(&json!([self.anchor, self.uid])))
    }
}

impl Recipe {
    /// Makes the data. `random` must fill the slice with bytes fit for keys.
    pub fn brew(&self, random: &mut dyn FnMut(&mut [u8])) -> BTreeMap<String, String> {
        let mut made = BTreeMap::new();
        for (key, ingredient) in &self.keys {
            let value = match ingredient {
                Ingredient::Literal(text) => text.clone(),
                Ingredient::Random(bytes) => {
                    let mut buffer = vec![0; *bytes];
                    random(&mut buffer);
                    url_safe(&buffer)
                }
                Ingredient::Composed(template) => compose(template, &made),
            };
            made.insert(key.clone(), value);
        }
        made
    }
}

fn compose(template: &str, made: &BTreeMap<String, String>) -> String {
    made.iter().fold(template.to_owned(), |text, (key, value)| text.replace(&format!("{{{key}}}"), value))
}

/// URL-safe base64 without padding.
pub(crate) fn url_safe(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(word >> (18 - 6 * i)) as usize & 63]));
        }
    }
    out
}
