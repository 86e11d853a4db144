//! `config`: settings in ConfigMaps that never change; other content is another ConfigMap. Roles that read the same share one.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;

use crate::{App, names};

pub(super) fn config_maps(app: &App) -> Vec<ConfigMap> {
    let roles = app.roles().chain(app.migration.iter().map(|migration| &migration.role));
    let read: BTreeMap<_, _> = roles.filter_map(|role| Some((app.config_name(role)?, &role.config))).collect();
    let named = |(name, settings): (String, &BTreeMap<String, String>)| ConfigMap {
        metadata: names::metadata(app, &name, "config"),
        data: Some(settings.clone()),
        immutable: Some(true),
        ..Default::default()
    };
    read.into_iter().map(named).collect()
}
