//! `volumes`: named claims, so that growth is an edit; owned only where the user wrote Delete.

use k8s_openapi::api::core::v1::PersistentVolumeClaim;

use crate::{
    App,
    parts::claim::{claim, is_owned},
};

pub(super) fn kept_claims(app: &App) -> Vec<PersistentVolumeClaim> {
    claims(app, false)
}

pub(super) fn owned_claims(app: &App) -> Vec<PersistentVolumeClaim> {
    claims(app, true)
}

fn claims(app: &App, owned: bool) -> Vec<PersistentVolumeClaim> {
    app.volumes.iter().filter(|volume| is_owned(&volume.claim) == owned).map(|volume| claim(app, "volumes", &volume.claim)).collect()
}
