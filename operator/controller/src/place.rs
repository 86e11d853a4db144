//! Where objects are: keys of apps, places of children, and their URLs.
//! It knows no content.

use aegis_plan::{Kind, Planned};

/// The kind of the resource itself.
pub const APP: Kind = Kind { group: aegis_crds::GROUP, version: aegis_crds::VERSION, kind: "AegisApp", plural: "aegisapps" };

/// Namespace and name of an app.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppKey {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl AppKey {
    /// Where its resource is.
    pub fn place(&self) -> Place {
        Place { kind: APP, namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

/// Kind, namespace and name of one object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Its kind.
    pub kind: Kind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Place {
    /// Where a planned object of an app in `namespace` will be.
    pub fn of(planned: &Planned, namespace: &str) -> Self {
        Self { kind: planned.kind, namespace: namespace.to_owned(), name: planned.name.clone() }
    }

    /// Path of the collection it is in.
    pub fn collection(&self) -> String {
        let root = if self.kind.group.is_empty() { "api" } else { "apis" };
        format!("/{root}/{}/namespaces/{}/{}", self.kind.api_version(), self.namespace, self.kind.plural)
    }

    /// Its own path.
    pub fn path(&self) -> String {
        format!("{}/{}", self.collection(), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_the_group() {
        let app = AppKey { namespace: "shop".into(), name: "web".into() };
        assert_eq!(app.place().path(), "/apis/aegis.dev/v1alpha1/namespaces/shop/aegisapps/web");
        let kind = Kind { group: "", version: "v1", kind: "Service", plural: "services" };
        let place = Place { kind, ..app.place() };
        assert_eq!(place.collection(), "/api/v1/namespaces/shop/services");
    }
}
