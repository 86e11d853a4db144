//! What a cluster was asked to be, and how two of them differ. It looks at nothing.

use serde::Serialize;

use super::port::PortMapping;

/// The parts of a cluster that cannot change while it lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    pub nodes: usize,
    /// Sorted.
    pub ports: Vec<PortMapping>,
    /// `None` means any: the user did not choose.
    pub image: Option<String>,
    /// The digest of the audit policy, when requests are recorded.
    pub audit_policy: Option<String>,
}

impl Shape {
    /// One sentence per difference between what is wanted and what is there.
    pub fn differences(&self, found: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        let mut differ = |what: &str, wanted: String, found: String| {
            if wanted != found {
                differences.push(format!("{what}: it has {found}, you asked for {wanted}"));
            }
        };
        differ("nodes", self.nodes.to_string(), found.nodes.to_string());
        differ("ports", list(&self.ports), list(&found.ports));
        if self.image.is_some() {
            differ("node image", text(self.image.as_ref()), text(found.image.as_ref()));
        }
        differ("audit policy", text(self.audit_policy.as_ref()), text(found.audit_policy.as_ref()));
        differences
    }
}

fn list(ports: &[PortMapping]) -> String {
    if ports.is_empty() {
        return "none".to_owned();
    }
    ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn text(value: Option<&String>) -> String {
    value.map_or_else(|| "none".to_owned(), Clone::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        Shape { nodes: 1, ports: vec![PortMapping { host: 8080, node_port: 30080 }], image: None, audit_policy: None }
    }

    #[test]
    fn any_image_will_do_when_none_was_chosen() {
        let found = Shape { image: Some("kindest/node:v1.37.0".to_owned()), ..shape() };
        assert_eq!(shape().differences(&found), Vec::<String>::new());
    }

    #[test]
    fn every_difference_is_told() {
        let found = Shape { nodes: 2, ports: vec![], audit_policy: Some("ab".to_owned()), ..shape() };
        assert_eq!(
            shape().differences(&found),
            [
                "nodes: it has 2, you asked for 1",
                "ports: it has none, you asked for 8080:30080",
                "audit policy: it has ab, you asked for none",
            ]
        );
    }
}
