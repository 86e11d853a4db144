//! The key of this installation, and the token of each agent that follows from it: nobody has to store one, and none opens two.
//! It does not decide who is asked for what.

use std::{fmt, fs, path::Path};

use aws_lc_rs::{digest, hmac};

use crate::failure::Failure;

/// Fewest bytes that nobody guesses.
const SHORTEST: usize = 32;

/// The key; it is never shown.
pub struct AgentKey(hmac::Key);

impl AgentKey {
    /// Reads it from a file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| Failure::Key { path: path.to_owned(), why: error.to_string() })?;
        if bytes.len() < SHORTEST {
            return Err(Failure::Key { path: path.to_owned(), why: format!("it has {} bytes, {SHORTEST} are needed", bytes.len()) });
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The token that opens the agent of the app of that uid.
    pub fn token(&self, uid: &str) -> String {
        hex(hmac::sign(&self.0, uid.as_bytes()).as_ref())
    }

    /// What that agent knows of it.
    pub fn digest(&self, uid: &str) -> String {
        hex(digest::digest(&digest::SHA256, self.token(uid).as_bytes()).as_ref())
    }
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write;
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes every write");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_key_and_one_app() {
        let key = |text: &[u8]| AgentKey(hmac::Key::new(hmac::HMAC_SHA256, text));
        // RFC 4231, test case 2
        assert_eq!(key(b"Jefe").token("what do ya want for nothing?"), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert_ne!(key(b"Jefe").token("a"), key(b"Jefe").token("b"));
        assert_eq!(key(b"Jefe").digest("a").len(), 64);
    }
}
