//! A port of this machine that answers for a NodePort of the cluster, and how it is written. No sockets here.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// `HOST:NODEPORT`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PortMapping {
    /// The port on 127.0.0.1.
    pub host: u16,
    /// The Service's NodePort.
    pub node_port: u16,
}

impl FromStr for PortMapping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((host, node_port)) = text.split_once(':') else {
            return Err("write HOST:NODEPORT, such as 8080:30080".to_owned());
        };
        let mapping = Self { host: number(host)?, node_port: number(node_port)? };
        if !(30000..=32767).contains(&mapping.node_port) {
            return Err(format!("{node_port} is no NodePort: Kubernetes takes 30000 to 32767"));
        }
        Ok(mapping)
    }
}

fn number(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("`{text}` is no port: write a number from 1 to 65535")),
        Ok(port) => Ok(port),
    }
}

impl fmt::Display for PortMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.node_port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_host_then_node_port() {
        let mapping: PortMapping = "8080:30080".parse().unwrap();
        assert_eq!(mapping, PortMapping { host: 8080, node_port: 30080 });
    }

    #[test]
    fn each_mistake_is_named() {
        for (text, why) in [
            ("8080", "write HOST:NODEPORT"),
            ("x:30080", "`x` is no port"),
            ("0:30080", "`0` is no port"),
            ("70000:30080", "`70000` is no port"),
            ("30080:8080", "8080 is no NodePort"),
            ("1:2:3", "`2:3` is no port"),
        ] {
            let error = text.parse::<PortMapping>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
