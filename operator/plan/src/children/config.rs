//! `config`: settings in a ConfigMap that never changes; other content is another ConfigMap.

use k8s_openapi::api::core::v1::ConfigMap;

use crate::{App, names};

pub(super) fn config_map(app: &App) -> Vec<ConfigMap> {
    let named = |name: String| ConfigMap {
        metadata: names::metadata(app, &name, "config"),
        data: Some(app.config.clone()),
        immutable: Some(true),
        ..Default::default()
    };
    app.config_name().map(named).into_iter().collect()
}
