//! The CustomResourceDefinition as it is installed: the derived one, and what the derive cannot say.
//! It adds no field of its own.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube_core::CustomResourceExt;
use serde_json::{Value, json};

use crate::{AegisApp, rules};

/// kube-derive writes rules of the root type only for users of the whole `kube` crate, so this one is added here.
const APP_NAME: &str = "self.metadata.name.matches('^[a-z]([a-z0-9]|-[a-z0-9])*$') && self.metadata.name.size() <= 40";

/// The CRD with the status default that keeps GitOps tools from calling a new resource healthy.
pub fn custom_resource_definition() -> CustomResourceDefinition {
    let mut crd = serde_json::to_value(AegisApp::crd()).expect("a CRD is JSON");
    crd["metadata"]["annotations"] = json!({"helm.sh/resource-policy": "keep"});
    let schema = &mut crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    schema["x-kubernetes-validations"] = json!([{"rule": APP_NAME, "message": rules::APP_NAME}]);
    let status = &mut schema["properties"]["status"];
    status["default"] = json!({"observedGeneration": -1});
    status.as_object_mut().expect("status is an object").remove("nullable");
    list_map(&mut status["properties"]["conditions"], "type");
    serde_json::from_value(crd).expect("a CRD stays a CRD")
}

fn list_map(list: &mut Value, key: &str) {
    list["x-kubernetes-list-type"] = json!("map");
    list["x-kubernetes-list-map-keys"] = json!([key]);
}
