//! What exists for an app: every object of the table's kinds with the app's label, Secrets included.
//! The suite may read what the operator may not.

use std::collections::BTreeMap;

use kube::{
    Api, Error, ResourceExt,
    api::{DynamicObject, ListParams},
    core::{ApiResource, GroupVersionKind},
};

use aegis_plan::{children, names::APP_LABEL};

use crate::space::Space;

/// Uid and version of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub uid: String,
    pub version: String,
}

/// The objects of an app, by `Kind/name`.
pub async fn of(space: &Space, app: &str) -> BTreeMap<String, Mark> {
    let mut all = BTreeMap::new();
    for kind in children::kinds() {
        let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(kind.group, kind.version, kind.kind), kind.plural);
        let api: Api<DynamicObject> = Api::namespaced_with(space.lab.client.clone(), &space.namespace, &resource);
        let found = match api.list(&ListParams::default().labels(&format!("{APP_LABEL}={app}"))).await {
            Ok(found) => found.items,
            Err(Error::Api(status)) if status.code == 404 && children::optional_kinds().contains(&kind) => vec![],
            Err(error) => panic!("children can be listed: {error}"),
        };
        for object in found {
            let mark = Mark { uid: object.uid().unwrap_or_default(), version: object.resource_version().unwrap_or_default() };
            all.insert(format!("{}/{}", kind.kind, object.name_any()), mark);
        }
    }
    all
}
