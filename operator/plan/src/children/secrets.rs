//! `secrets`: each key generated once. The anchor stands first; deleting it is how a value is given up.

use k8s_openapi::api::core::v1::ConfigMap;

use crate::{
    App, names,
    recipe::{Ingredient, Recipe},
};

pub(super) fn anchors(app: &App) -> Vec<ConfigMap> {
    app.secrets.iter().map(|secret| ConfigMap { metadata: names::metadata(app, &secret.object, "secrets"), ..Default::default() }).collect()
}

pub(super) fn recipes(app: &App) -> Vec<Recipe> {
    let recipe = |secret: &crate::app::Secret| Recipe {
        name: secret.object.clone(),
        component: "secrets",
        secret_type: None,
        keys: vec![(secret.key.clone(), Ingredient::Random(secret.bytes))],
    };
    app.secrets.iter().map(recipe).collect()
}
