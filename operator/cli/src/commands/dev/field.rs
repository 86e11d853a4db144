//! `spec.dev` of an app: set, renewed, and taken out again. No other field is touched, and nobody else's claim on this one is.

use std::env;

use aegis_crds::dev::Dev;
use aegis_crds::{GROUP, VERSION};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams, ValidationDirective};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::image::Image;
use crate::args::dev::Dev as Args;
use crate::commands::status::read::answer;
use crate::connection::Connection;
use crate::edit::MANAGER;
use crate::failure::Failure;
use crate::refusal;

/// The field of one app, held by one person on one machine.
pub struct Field<'a> {
    connection: &'a Connection,
    args: &'a Args,
    name: String,
    uid: Option<String>,
    /// By this name the server tells one developer from another.
    manager: String,
}

impl<'a> Field<'a> {
    pub fn of(connection: &'a Connection, args: &'a Args, app: &DynamicObject) -> Self {
        Self { connection, args, name: app.name_any(), uid: app.uid(), manager: manager() }
    }

    /// Has that image run from now on, for as long as the lease is.
    pub async fn hold(&self, image: &Image) -> Result<(), Failure> {
        let until = Timestamp::now() + SignedDuration::from_secs(self.args.lease);
        let until = Timestamp::from_second(until.as_second()).expect("a lease ends before time does");
        let reload = (!self.args.rebuild).then(|| image.runs.clone());
        let dev = Dev { until: Some(Time(until)), image: Some(image.reference.clone()), reload };
        self.apply(json!({ "dev": dev }), self.args.take_over).await
    }

    /// Ends it: the app runs as the rest of its spec says.
    pub async fn release(&self) -> Result<(), Failure> {
        self.apply(json!({}), false).await
    }

    async fn apply(&self, spec: Value, is_forced: bool) -> Result<(), Failure> {
        let metadata = json!({"name": self.name, "uid": self.uid});
        let body = json!({"apiVersion": format!("{GROUP}/{VERSION}"), "kind": "AegisApp", "metadata": metadata, "spec": spec});
        let params =
            PatchParams { force: is_forced, field_validation: Some(ValidationDirective::Strict), ..PatchParams::apply(&self.manager) };
        let applied = answer(self.connection, self.connection.apps().patch(&self.name, &params, &Patch::Apply(body))).await?;
        applied.map(drop).map_err(|error| self.refused(&error))
    }

    fn refused(&self, error: &kube::Error) -> Failure {
        match error {
            kube::Error::Api(status) if status.code == 409 && status.message.contains("conflict with") => Failure::new(
                format_args!("somebody else develops on {}", self.name),
                &status.message,
                "have it ended there (Ctrl-C), wait until spec.dev.until, or take it over: --take-over",
            ),
            kube::Error::Api(status) if status.code == 409 => {
                Failure::new(format_args!("AegisApp {} is another than it was", self.name), &status.message, "begin again")
            }
            error => refusal::of_change(error, self.connection),
        }
    }
}

/// Who else applies the app: their files say what it is, not ours.
pub fn others(app: &DynamicObject) -> Vec<String> {
    let managed = app.metadata.managed_fields.iter().flatten();
    let is_other = |manager: &str| manager != MANAGER && !manager.starts_with("aegisctl-dev");
    let has_spec = |fields: &Value| fields["f:spec"].as_object().is_some_and(|spec| spec.keys().any(|field| field != "f:dev"));
    let all = managed.filter(|entry| entry.fields_v1.as_ref().is_some_and(|fields| has_spec(&fields.0)));
    let mut names: Vec<String> = all.filter_map(|entry| entry.manager.clone()).filter(|manager| is_other(manager)).collect();
    names.sort();
    names.dedup();
    names
}

fn manager() -> String {
    let user = env::var("USER").or_else(|_| env::var("LOGNAME")).unwrap_or_else(|_| "somebody".to_owned());
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("aegisctl-dev:{user}@{host}").chars().filter(char::is_ascii_graphic).take(128).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sets_more_than_dev_applies_the_app() {
        let entry =
            |manager: &str, fields: Value| json!({"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields});
        let managed = json!([
            entry("argocd", json!({"f:spec": {"f:image": {}}})),
            entry("aegisctl", json!({"f:spec": {"f:image": {}}})),
            entry("aegisctl-dev:a@b", json!({"f:spec": {"f:dev": {"f:until": {}}}})),
            entry("somebody", json!({"f:spec": {"f:dev": {}}})),
            entry("aegis", json!({"f:status": {}})),
        ]);
        let app = json!({"metadata": {"name": "shop", "managedFields": managed}});
        assert_eq!(others(&serde_json::from_value(app).unwrap()), ["argocd"]);
    }
}
