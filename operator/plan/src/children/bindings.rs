//! `bindings`: what a provisioned service needs: anchor and Secret, claim, Service, StatefulSet of one.
//! Their shapes stand in `postgres.rs` and `redis.rs`.

mod engine;
mod postgres;
mod redis;

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::{self, ConfigMap, PersistentVolumeClaim};
use kube_core::ObjectMeta;

use crate::{
    App, Size,
    app::Service,
    names,
    parts::claim::{claim, is_owned},
    recipe::Recipe,
};

pub(super) fn kept_anchors(app: &App) -> Vec<ConfigMap> {
    anchors(app, false)
}

pub(super) fn owned_anchors(app: &App) -> Vec<ConfigMap> {
    anchors(app, true)
}

pub(super) fn recipes(app: &App) -> Vec<Recipe> {
    app.services().map(|(_, service)| engine::recipe(app, service)).collect()
}

pub(super) fn kept_claims(app: &App) -> Vec<PersistentVolumeClaim> {
    claims(app, false)
}

pub(super) fn owned_claims(app: &App) -> Vec<PersistentVolumeClaim> {
    claims(app, true)
}

pub(super) fn services(app: &App) -> Vec<v1::Service> {
    app.services().map(|(binding, service)| engine::service(app, binding, service)).collect()
}

pub(super) fn stateful_sets(app: &App) -> Vec<(StatefulSet, Size)> {
    app.services().map(|(binding, service)| (engine::stateful_set(app, binding, service), Size::Fixed(1))).collect()
}

fn anchors(app: &App, owned: bool) -> Vec<ConfigMap> {
    let services = app.services().filter(|(_, service)| is_owned(&service.claim) == owned);
    let anchor = |service: &Service| {
        let annotations = Some([(names::TYPE_ANNOTATION.to_owned(), service.engine.word().to_owned())].into());
        let metadata = ObjectMeta { annotations, ..names::metadata(app, &service.made.anchor, "bindings") };
        ConfigMap { metadata, ..Default::default() }
    };
    services.map(|(_, service)| anchor(service)).collect()
}

fn claims(app: &App, owned: bool) -> Vec<PersistentVolumeClaim> {
    let services = app.services().filter(|(_, service)| is_owned(&service.claim) == owned);
    services.map(|(_, service)| claim(app, "bindings", &service.claim)).collect()
}
