//! A signing key made: its public half is written first, with the anchor, and then its private half, once. Nothing keeps it.
//! When one is due is decided by the plan.

use aegis_crds::{auth::Algorithm, status::InventoryEntry};
use aegis_plan::{
    App, Key, Planned, Seen,
    app::Wish,
    child::ANCHOR,
    children,
    keys::{self, PRIVATE},
};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::{failure::Failure, inventory, place::Place, prune, seen, watch, world::World};

/// What became of a key.
pub struct Made {
    /// Records of its anchor and its Secret; or what could not be written, and why.
    pub end: Result<[InventoryEntry; 2], (Key, Failure)>,
    /// Whether anything was written.
    pub has_written: bool,
}

/// Makes a key. What is left of one that was given up goes first, so that there is never more than one such.
pub async fn make(world: &World, app: &App, wish: &Wish) -> Made {
    let mut has_written = false;
    let end = write(world, app, wish, &mut has_written).await;
    Made { end, has_written }
}

async fn write(world: &World, app: &App, wish: &Wish, has_written: &mut bool) -> Result<[InventoryEntry; 2], (Key, Failure)> {
    let abandoned = app.auth.iter().flat_map(|auth| &auth.keys.abandoned);
    for leftover in abandoned {
        prune::delete(world, app, leftover).await.map_err(|failure| (leftover.key.clone(), failure))?;
        *has_written = true;
    }
    let pair = Pair::new(wish.algorithm);
    let mut key = keys::key(app, &pair.public, wish);
    let [anchor, _] = children::key(app, &key);
    let place = Place::of(&anchor, &app.namespace);
    let failed = |planned: &Planned| {
        let key = aegis_plan::Key { kind: planned.kind.kind.to_owned(), name: planned.name.clone() };
        move |refusal| (key, Failure::Create(refusal))
    };
    let lean = world.writer.create(&place, &anchor.body.value()).await.map_err(failed(&anchor))?;
    *has_written = true;
    world.cache.note(watch::child(place.kind, lean.clone()));
    let seen = seen::seen(&place.kind, lean);
    key.secret.uid = Some(seen.uid.clone());
    let [_, secret] = children::key(app, &key);
    let body = secret_body(&secret, &anchor.name, &seen.uid, &pair.private);
    world.writer.create(&Place::of(&secret, &app.namespace), &body).await.map_err(failed(&secret))?;
    let record = InventoryEntry { uid: seen.uid.clone(), ..inventory::entry(&secret, &Seen::default()) };
    Ok([inventory::entry(&anchor, &seen), record])
}

/// The body of a Secret with what exists nowhere else.
fn secret_body(planned: &Planned, anchor: &str, uid: &str, private: &str) -> Value {
    let mut body = planned.body.value();
    body["metadata"]["ownerReferences"] = json!([{"apiVersion": ANCHOR.api_version(), "kind": ANCHOR.kind, "name": anchor, "uid": uid}]);
    body["stringData"] = json!({PRIVATE: private});
    body
}

/// Two halves.
struct Pair {
    /// The point of ES256, uncompressed; or the 32 bytes of EdDSA.
    public: Vec<u8>,
    /// PKCS#8 in PEM.
    private: String,
}

impl Pair {
    fn new(algorithm: Algorithm) -> Self {
        let random = "the system has randomness";
        match algorithm {
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect(random);
                let document = pair.to_pkcs8v1().expect("a key that was made can be written");
                Self { public: pair.public_key().as_ref().to_vec(), private: pem(document.as_ref()) }
            }
            // the newer form, with the public half in it, is one that not everybody reads
            Algorithm::EdDSA => {
                let pair = Ed25519KeyPair::generate().expect(random);
                let document = pair.to_pkcs8v1().expect("a key that was made can be written");
                Self { public: pair.public_key().as_ref().to_vec(), private: pem(document.as_ref()) }
            }
        }
    }
}

/// RFC 7468: base64 in lines of 64.
fn pem(der: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in der.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        let letters = (0..4).map(|i| if i <= chunk.len() { char::from(ALPHABET[(word >> (18 - 6 * i)) as usize & 63]) } else { '=' });
        text.extend(letters);
    }
    let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("base64 is ASCII")).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::{
        rand::SystemRandom,
        signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey},
    };

    /// What stands between the lines, in bytes.
    fn der(pem: &str) -> Vec<u8> {
        let value = |letter: char| match letter {
            'A'..='Z' => letter as u32 - 'A' as u32,
            'a'..='z' => letter as u32 - 'a' as u32 + 26,
            '0'..='9' => letter as u32 - '0' as u32 + 52,
            '+' => 62,
            _ => 63,
        };
        let text: Vec<char> = pem.lines().filter(|line| !line.starts_with('-')).flat_map(str::chars).collect();
        let bytes = |four: &[char]| {
            let word = four.iter().fold(0, |word, letter| word << 6 | if *letter == '=' { 0 } else { value(*letter) });
            let count = 3 - four.iter().filter(|letter| **letter == '=').count();
            word.to_be_bytes()[1..=count].to_vec()
        };
        text.chunks(4).flat_map(bytes).collect()
    }

    #[test]
    fn the_halves_of_a_key_belong_together() {
        let pair = Pair::new(Algorithm::ES256);
        let private = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der(&pair.private)).unwrap();
        let signed = private.sign(&SystemRandom::new(), b"token").unwrap();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &pair.public).verify(b"token", signed.as_ref()).unwrap();
        assert_eq!((pair.public.len(), pair.public[0]), (65, 4), "a point that is not compressed");

        let pair = Pair::new(Algorithm::EdDSA);
        let private = Ed25519KeyPair::from_pkcs8(&der(&pair.private)).unwrap();
        UnparsedPublicKey::new(&ED25519, &pair.public).verify(b"token", private.sign(b"token").as_ref()).unwrap();
        assert_ne!(pair.private, Pair::new(Algorithm::EdDSA).private, "no two are the same");
    }

    #[test]
    fn a_private_half_is_written_as_everybody_reads_it() {
        let lines = |der: &[u8]| pem(der).lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(b"light work.")[1], "bGlnaHQgd29yay4=");
        assert_eq!(lines(b"light work")[1], "bGlnaHQgd29yaw==");
        let long = lines(&[255; 60]);
        assert_eq!((long[1].as_str(), long[2].as_str(), long.len()), ("/".repeat(64).as_str(), "/".repeat(16).as_str(), 4));
    }
}
