//! AegisApps of a test: applied as a user would, looked at through their status.
//! What the operator makes of them is looked at elsewhere.

use aegis_crds::{AegisApp, status::Component};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{
    Error,
    api::{Api, DynamicObject, Patch, PatchParams},
    core::{ApiResource, GroupVersionKind},
};
use serde_json::{Value, json};

use crate::{
    lab::SHOP,
    space::Space,
    wait::{Look, found, holds, until},
};

/// Time for a few small processes to start on a busy machine.
pub const START: u64 = 90;
/// Time in which the user is told about trouble.
pub const TOLD: u64 = 20;

impl Space {
    /// Applies an app whose spec is YAML; without an image it gets the small one.
    ///
    /// # Panics
    /// When the API server refuses it.
    pub async fn apply(&self, name: &str, spec: &str) {
        self.try_apply(name, spec).await.unwrap_or_else(|error| panic!("the API server refuses {name}: {error}"));
    }

    /// The same, with the API server's answer.
    pub async fn try_apply(&self, name: &str, spec: &str) -> Result<(), Error> {
        let mut spec: Value = serde_yaml::from_str(spec).expect("the spec is YAML");
        if spec["image"].is_null() {
            spec["image"] = self.lab.hello.clone().into();
        }
        self.apply_value(name, spec).await
    }

    /// Applies a spec as it is.
    pub async fn apply_value(&self, name: &str, spec: Value) -> Result<(), Error> {
        let kind = ApiResource::from_gvk(&GroupVersionKind::gvk(aegis_crds::GROUP, aegis_crds::VERSION, "AegisApp"));
        let apps: Api<DynamicObject> = Api::namespaced_with(self.lab.client.clone(), &self.namespace, &kind);
        let body = json!({"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": name}, "spec": spec});
        let parameters =
            PatchParams { field_validation: Some(kube::api::ValidationDirective::Strict), ..PatchParams::apply("user").force() };
        apps.patch(name, &parameters, &Patch::Apply(body)).await.map(drop)
    }

    /// The flagship's spec as its example has it, with the image that was built, but without some sections.
    pub async fn flagship(&self, without: &[&str]) -> Value {
        let example = aegis_tests::files::root().join(format!("examples/{SHOP}/aegisapp.yaml"));
        let mut spec = aegis_tests::files::yaml::<Value>(&example)["spec"].take();
        let flagship = Api::<AegisApp>::namespaced(self.lab.client.clone(), SHOP).get(SHOP).await.expect("the flagship is there");
        spec["image"] = flagship.spec.image.into();
        spec.as_object_mut().expect("a spec is an object").retain(|section, _| !without.contains(&section.as_str()));
        spec
    }

    /// The app as it is stored.
    pub async fn app(&self, name: &str) -> AegisApp {
        self.api::<AegisApp>().get(name).await.expect("the app is there")
    }

    /// Waits until everything asked for last is there; ends early when only a person can help.
    pub async fn ready(&self, name: &str) -> AegisApp {
        until(format!("{name} Ready"), START, async || {
            let app = self.app(name).await;
            match (condition(&app, "Ready"), condition(&app, "Stalled")) {
                (_, Some(stalled)) => Look::Never(words(&stalled)),
                (Some(ready), _) if ready.status == "True" => Look::Done(app),
                (ready, _) => Look::Waiting(ready.map_or_else(|| "no status yet".to_owned(), |ready| words(&ready))),
            }
        })
        .await
    }

    /// Waits until it is well again, whatever it says until then.
    pub async fn healed(&self, name: &str) {
        until(format!("{name} Ready again"), START, async || {
            let ready = condition(&self.app(name).await, "Ready");
            holds(ready.as_ref().is_some_and(|ready| ready.status == "True"), ready.as_ref().map_or_else(String::new, words))
        })
        .await;
    }

    /// Applies a file of `examples/`; its image is the small one.
    pub async fn apply_example(&self, name: &str, file: &str) {
        let mut example: Value = aegis_tests::files::yaml(&aegis_tests::files::root().join("examples").join(file));
        assert_eq!(example["metadata"]["name"], name);
        example["spec"]["image"] = self.lab.hello.clone().into();
        self.apply_value(name, example["spec"].take()).await.expect("the API server takes an example");
    }

    /// Waits until a condition says what is expected of it, in the time in which users must be told.
    pub async fn told(&self, name: &str, type_: &str, status: &str, reason: &str) -> String {
        let what = format!("{name}: {type_}={status} ({reason})");
        until(what, TOLD, async || {
            let told = condition(&self.app(name).await, type_);
            let state = told.as_ref().map_or_else(|| "nothing".to_owned(), words);
            found(told.filter(|told| told.status == status && told.reason == reason).map(|told| told.message), state)
        })
        .await
    }
}

/// A condition, if it speaks of the newest spec.
pub fn condition(app: &AegisApp, type_: &str) -> Option<Condition> {
    let status = app.status.as_ref().filter(|status| status.observed_generation == app.metadata.generation)?;
    status.conditions.iter().find(|condition| condition.type_ == type_).cloned()
}

/// A component of the status.
///
/// # Panics
/// When it is not there.
pub fn component(app: &AegisApp, name: &str) -> Component {
    let components = app.status.as_ref().map(|status| status.components.as_slice()).unwrap_or_default();
    components.iter().find(|component| component.name == name).unwrap_or_else(|| panic!("there is no component {name}")).clone()
}

/// A condition as a line.
pub fn words(condition: &Condition) -> String {
    format!("{}={} {}: {}", condition.type_, condition.status, condition.reason, condition.message)
}
