//! Whether an image registry can be reached, asked quickly and once per run. It does not pull.

use std::collections::HashMap;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Mutex, mpsc};
use std::time::Duration;
use std::{env, thread};

use crate::reference;

/// How long a registry may take to accept a connection, name look-up included.
const PATIENCE: Duration = Duration::from_secs(3);

/// Remembers the answers, because several bases usually come from one registry.
#[derive(Default)]
pub struct Registries {
    answers: Mutex<HashMap<String, bool>>,
}

impl Registries {
    /// Whether a pull of this image has a chance.
    pub fn can_serve(&self, image: &str) -> bool {
        let host = reference::split(image).0;
        let mut answers = self.answers.lock().expect("no holder of this lock can panic");
        *answers.entry(host).or_insert_with_key(|host| behind_proxy() || accepts(host))
    }

    /// A pull failed although the registry accepted a connection: do not try it again in this run.
    pub fn refused(&self, image: &str) {
        let host = reference::split(image).0;
        self.answers.lock().expect("no holder of this lock can panic").insert(host, false);
    }
}

/// With a proxy only the engine can tell, by pulling.
fn behind_proxy() -> bool {
    ["HTTPS_PROXY", "https_proxy"].iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
}

fn accepts(host: &str) -> bool {
    let address = match host {
        "docker.io" => "registry-1.docker.io:443".to_owned(),
        host if host.contains(':') => host.to_owned(),
        host => format!("{host}:443"),
    };
    let (answer, asked) = mpsc::channel();
    // The system's name look-up cannot be given a limit, so it is left behind when it is late.
    thread::spawn(move || {
        let mut addresses = address.to_socket_addrs().into_iter().flatten();
        let connected = addresses.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok());
        let _late = answer.send(connected);
    });
    asked.recv_timeout(PATIENCE).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_listening_registry_can_serve() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(accepts(&listener.local_addr().unwrap().to_string()));
    }

    #[test]
    fn a_refused_registry_is_not_asked_again() {
        let registries = Registries::default();
        registries.refused("docker.io/library/python:3.11");
        assert!(!registries.can_serve("debian:bookworm"));
    }
}
