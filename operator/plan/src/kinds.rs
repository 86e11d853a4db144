//! The kinds that children can have, and which of them need more than metadata to be judged.
//! Derived from the table; nothing else lists kinds.

use std::fmt;

/// A kind of the Kubernetes API, as the table's rows name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Version within the group.
    pub version: &'static str,
    /// Kind, as in `Deployment`.
    pub kind: &'static str,
    /// Plural, as in URLs.
    pub plural: &'static str,
}

impl Kind {
    /// The kind of a typed Kubernetes object.
    pub const fn of<K: k8s_openapi::Resource<Scope = k8s_openapi::NamespaceResourceScope>>() -> Self {
        Self { group: K::GROUP, version: K::VERSION, kind: K::KIND, plural: K::URL_PATH_SEGMENT }
    }

    /// `apiVersion` of its objects.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Whether the operator may only create objects of this kind, and never sees them.
    pub fn is_write_only(&self) -> bool {
        self.kind == "Secret"
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)
    }
}
