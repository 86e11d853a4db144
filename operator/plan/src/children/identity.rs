//! `identity`: one ServiceAccount, without a token in the pods.

use k8s_openapi::api::core::v1::ServiceAccount;

use crate::{App, names};

pub(super) fn service_account(app: &App) -> Vec<ServiceAccount> {
    let mut metadata = names::metadata(app, &app.name, "identity");
    metadata.annotations = (!app.identity.is_empty()).then(|| app.identity.clone());
    vec![ServiceAccount { metadata, automount_service_account_token: Some(false), ..Default::default() }]
}
