//! A private authority, and a certificate of it for one server: made by openssl, for two days.
//! It starts no server.

use std::{fs, path::Path, process::Command};

/// Makes `ca.pem`, `server.pem` and `server.key` in a folder, for the server of that name.
///
/// # Panics
/// When openssl cannot be run, or refuses.
pub fn certify(folder: &Path, host: &str) {
    fs::write(folder.join("names"), format!("subjectAltName=DNS:{host}\n")).expect("a file can be written");
    for words in [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem",
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem",
    ] {
        let made = Command::new("openssl").args(words.split(' ')).current_dir(folder).output().expect("openssl can be run");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
}
