//! `secrets`: each key generated once. The anchor stands first; deleting it is how a value is given up.

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::ObjectMeta;

use crate::{
    App,
    app::Secret,
    names,
    recipe::{Ingredient, Recipe},
};

pub(super) fn anchors(app: &App) -> Vec<ConfigMap> {
    let anchor = |secret: &Secret| {
        let annotations = Some([(names::KEY_ANNOTATION.to_owned(), secret.key.clone())].into());
        let metadata = ObjectMeta { annotations, ..names::metadata(app, &secret.made.anchor, "secrets") };
        ConfigMap { metadata, ..Default::default() }
    };
    app.secrets.iter().map(anchor).collect()
}

pub(super) fn recipes(app: &App) -> Vec<Recipe> {
    let recipe = |secret: &Secret| Recipe {
        made: secret.made.clone(),
        component: "secrets",
        secret_type: None,
        is_found: secret.is_found,
        keys: vec![(secret.key.clone(), Ingredient::Random(secret.bytes))],
    };
    app.secrets.iter().map(recipe).collect()
}
