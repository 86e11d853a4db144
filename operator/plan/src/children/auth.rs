//! `auth`: an anchor and a Secret for each key, and the public halves of all in one ConfigMap, whose name never changes:
//! what is published reaches pods that run. Which keys there are is decided in `keys.rs`.

use k8s_openapi::api::core::v1::ConfigMap;
use kube_core::ObjectMeta;
use serde_json::json;

use crate::{
    App,
    app::Key,
    names::{self, JWK_ANNOTATION, KIDS_ANNOTATION, MADE_ANNOTATION, ROTATE_ANNOTATION},
    parts::auth::JWKS,
    recipe::Recipe,
};

pub(super) fn anchors(app: &App) -> Vec<ConfigMap> {
    let anchor = |key: &Key| {
        let word = key.word.clone().map(|word| (ROTATE_ANNOTATION.to_owned(), word));
        let own = [(JWK_ANNOTATION.to_owned(), key.jwk.to_string()), (MADE_ANNOTATION.to_owned(), key.made.to_string())];
        let annotations = Some(own.into_iter().chain(word).collect());
        let metadata = ObjectMeta { annotations, ..names::metadata(app, &key.secret.anchor, "auth") };
        ConfigMap { metadata, ..Default::default() }
    };
    published(app).map(anchor).collect()
}

/// What is published has been made: the writer makes a key once, with its anchor.
pub(super) fn recipes(app: &App) -> Vec<Recipe> {
    let recipe = |key: &Key| Recipe { made: key.secret.clone(), component: "auth", secret_type: None, is_found: true, keys: vec![] };
    published(app).map(recipe).collect()
}

pub(super) fn key_set(app: &App) -> Vec<ConfigMap> {
    let (kids, keys): (Vec<_>, Vec<_>) = published(app).map(|key| (key.kid.as_str(), &key.jwk)).unzip();
    if app.auth.as_ref().is_none_or(|auth| keys.is_empty() && !auth.keys.has_set) {
        return vec![];
    }
    let annotations = Some([(KIDS_ANNOTATION.to_owned(), kids.join(","))].into());
    let metadata = ObjectMeta { annotations, ..names::metadata(app, &app.jwks_name(), "auth") };
    vec![ConfigMap { metadata, data: Some([(JWKS.to_owned(), json!({"keys": keys}).to_string())].into()), ..Default::default() }]
}

fn published(app: &App) -> impl Iterator<Item = &Key> {
    app.auth.iter().flat_map(|auth| &auth.keys.published)
}
