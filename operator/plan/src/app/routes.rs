//! Routes as accepted: one host each, the way in, and which role serves which paths.

use std::collections::BTreeMap;

use aegis_crds::routes::Implementation;

use super::{App, Http};
use crate::names;

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its name.
    pub name: String,
    /// Its host.
    pub host: String,
    /// Through what requests come in.
    pub door: Door,
    /// What runs behind the door, where that is known.
    pub implementation: Option<Implementation>,
    /// Annotations of its objects.
    pub annotations: BTreeMap<String, String>,
    /// Which role serves which paths.
    pub rules: Vec<Rule>,
    /// Seconds for which a connection may be silent.
    pub idle_timeout: i64,
    /// Whether another app holds the host: then nothing is made of it.
    pub is_taken: bool,
}

/// Through what requests come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Door {
    /// A Gateway.
    Gateway {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// One of its listeners; None is all.
        listener: Option<String>,
    },
    /// An ingress controller.
    Class {
        /// Its IngressClass.
        name: String,
        /// Secret with the certificate.
        certificate: Option<String>,
    },
}

/// Paths that a role serves.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Start of the path.
    pub path: String,
    /// Section of the role.
    pub to: &'static str,
    /// Addresses that are let through; none means all.
    pub allow: Vec<String>,
}

impl Door {
    /// The same word for two routes that come in by one door.
    pub fn word(&self) -> String {
        match self {
            Self::Gateway { namespace, name, .. } => format!("gateway {namespace}/{name}"),
            Self::Class { name, .. } => format!("class {name}"),
        }
    }

    /// Kind of the object that opens it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Gateway { .. } => "HTTPRoute",
            Self::Class { .. } => "Ingress",
        }
    }
}

impl Route {
    /// Name of its object.
    pub fn object(&self, app: &str) -> String {
        names::part(app, "route", &self.name)
    }

    /// Where it leads.
    pub fn url(&self) -> String {
        let is_plain = match &self.door {
            Door::Gateway { listener, .. } => listener.as_deref() == Some("http"),
            Door::Class { certificate, .. } => certificate.is_none(),
        };
        let paths = || self.rules.iter().map(|rule| rule.path.as_str());
        let path = paths().find(|path| *path == "/").or(paths().next()).unwrap_or("/");
        format!("{}://{}{path}", if is_plain { "http" } else { "https" }, self.host)
    }
}

impl App {
    /// The role that a rule leads to; a frontend that is not there has been refused.
    pub fn http(&self, section: &str) -> &Http {
        self.frontend.as_ref().filter(|_| section == "frontend").unwrap_or(&self.api)
    }

    /// Routes that lead somewhere.
    pub fn open_routes(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| !route.is_taken)
    }
}
