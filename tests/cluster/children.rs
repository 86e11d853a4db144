//! What exists for an app: every object of the table's kinds with the app's label, Secrets included.
//! The suite may read what the operator may not.

use std::collections::BTreeMap;

use kube::{
    Api, ResourceExt,
    api::{DynamicObject, ListParams},
    core::{ApiResource, GroupVersionKind},
};

use aegis_plan::names::APP_LABEL;

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
    for kind in aegis_plan::children::kinds() {
        let resource = ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(kind.group, kind.version, kind.kind), kind.plural);
        let api: Api<DynamicObject> = Api::namespaced_with(space.lab.client.clone(), &space.namespace, &resource);
        let found = api.list(&ListParams::default().labels(&format!("{APP_LABEL}={app}"))).await.expect("children can be listed");
        for object in found.items {
            let mark = Mark { uid: object.uid().unwrap_or_default(), version: object.resource_version().unwrap_or_default() };
            all.insert(format!("{}/{}", kind.kind, object.name_any()), mark);
        }
    }
    all
}
