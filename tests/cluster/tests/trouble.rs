//! What users get wrong most: within seconds the conditions name cause and fix, and what can heal heals without an edit.

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::PostParams;
use serde_json::json;

use crate::space::Space;

/// A quick small api beside the trouble of another role.
const API: &str = "{args: [webserver], stop: {delaySeconds: 0}}";

pub async fn missing_secret_by_env(space: Space) {
    let spec = format!("env: [{{name: KEY, valueFrom: {{secretKeyRef: {{name: own, key: value}}}}}}]\napi: {API}");
    told(&space, &spec, "ApiAvailable", "MissingSecret", &["Secret \"own\"", "kubectl create secret generic own"]).await;
    create_secret(&space).await;
    space.healed("troubled").await;
}

pub async fn missing_secret_by_file(space: Space) {
    let spec = format!("files: [{{mountPath: /etc/own, secret: {{name: own, key: value}}}}]\napi: {API}");
    told(&space, &spec, "ApiAvailable", "MissingSecret", &["Secret \"own\"", "kubectl create secret generic own"]).await;
    create_secret(&space).await;
    space.healed("troubled").await;
}

pub async fn missing_config_map(space: Space) {
    let spec = format!("envFrom: [{{configMapRef: {{name: own}}}}]\napi: {API}");
    told(&space, &spec, "ApiAvailable", "MissingConfigMap", &["ConfigMap \"own\"", "kubectl create configmap own"]).await;
    let config = json!({"metadata": {"name": "own"}, "data": {"KEY": "value"}});
    let config: ConfigMap = serde_json::from_value(config).expect("it is a ConfigMap");
    space.api::<ConfigMap>().create(&PostParams::default(), &config).await.expect("a ConfigMap can be made");
    space.healed("troubled").await;
}

pub async fn wrong_image(space: Space) {
    let spec = format!("image: registry.invalid/shop:none\napi: {API}");
    told(&space, &spec, "ApiAvailable", "ImageNotPulled", &["registry.invalid/shop:none", "spec.image", "spec.imagePullSecrets"]).await;
}

pub async fn crashing_api(space: Space) {
    let spec = "api: {command: [python, -c, 'raise SystemExit(1)']}";
    told(&space, spec, "ApiAvailable", "Crashing", &["exit code 1", "kubectl logs troubled-api-"]).await;
}

pub async fn wrong_command(space: Space) {
    told(&space, "api: {command: [/no/such/program]}", "ApiAvailable", "CannotRun", &["/no/such/program", "Check command and args"]).await;
}

pub async fn crashing_worker(space: Space) {
    let spec = format!("api: {API}\nworkers: [{{name: lost, command: [python, -m, dramatiq, no.such.module]}}]");
    told(&space, &spec, "WorkersAvailable", "Crashing", &["exit code 2", "import error"]).await;
}

pub async fn out_of_memory(space: Space) {
    let limit = "resources: {limits: {memory: 32Mi}}";
    let spec = format!("api: {API}\nworkers: [{{name: greedy, {limit}, command: [python, -c, 'len(b\"x\" * 10**9)']}}]");
    told(&space, &spec, "WorkersAvailable", "OutOfMemory", &["resources.limits.memory"]).await;
}

pub async fn no_node(space: Space) {
    let spec = "api: {args: [webserver], pod: {nodeSelector: {disk: golden}}}";
    told(&space, spec, "ApiAvailable", "Unschedulable", &["node", "change requests or placement"]).await;
}

pub async fn never_ready(space: Space) {
    let spec = "api: {args: [webserver], probes: {readiness: {path: /nowhere, periodSeconds: 1}}}";
    told(&space, spec, "ApiAvailable", "NotReady", &["runs but is not ready", "404", "log"]).await;
}

/// The concern and Ready say the same, and nobody has to read more than that.
async fn told(space: &Space, spec: &str, concern: &str, reason: &str, words: &[&str]) {
    space.apply("troubled", spec).await;
    let messages = [space.told("troubled", concern, "False", reason).await, space.told("troubled", "Ready", "False", reason).await];
    for message in messages {
        words.iter().for_each(|word| assert!(message.contains(word), "{word:?} is not in {message:?}"));
    }
}

async fn create_secret(space: &Space) {
    let secret = json!({"metadata": {"name": "own"}, "stringData": {"value": "precious"}});
    let secret: Secret = serde_json::from_value(secret).expect("it is a Secret");
    space.api::<Secret>().create(&PostParams::default(), &secret).await.expect("a Secret can be made");
}
