//! Whether a port of this machine is free, asked by taking it for a moment.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use super::owner;
use crate::engine::Engine;
use crate::failure::Failure;
use crate::kind::port::PortMapping;

pub fn free(engine: Option<&Engine>, port: PortMapping) -> Result<(), Failure> {
    let Err(error) = TcpListener::bind((Ipv4Addr::LOCALHOST, port.host)) else {
        return Ok(());
    };
    let why = match error.kind() {
        ErrorKind::AddrInUse => match owner::of(engine, port.host) {
            Some(owner) => format!("{owner} listens on it"),
            None => "another program listens on it".to_owned(),
        },
        _ => error.to_string(),
    };
    Err(Failure::new(
        format_args!("port {} of 127.0.0.1 cannot be taken", port.host),
        why,
        format_args!("stop that, or choose another: --port {}:{}", port.host.saturating_add(1), port.node_port),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_told_with_its_owner() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = taken.local_addr().unwrap().port();
        let failure = free(None, PortMapping { host, node_port: 30080 }).unwrap_err();
        assert!(failure.what.contains(&host.to_string()));
        let name = std::fs::read_to_string(format!("/proc/{}/comm", std::process::id())).unwrap();
        assert!(failure.why.contains(name.trim()), "{}", failure.why);
    }
}
