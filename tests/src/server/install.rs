//! What the chart installs, without its pod: the resource definition, the ServiceAccount, its rights and its fence.
//! It renders the chart with the real helm; nothing of it is written down here again.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use http::{HeaderValue, Request, header::USER_AGENT};
use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{cluster::Cluster, wait::until};

/// Namespace of the operator.
pub const NAMESPACE: &str = "aegis-system";
/// Its ServiceAccount, the name of the release.
pub const ACCOUNT: &str = "aegis";
/// User agent of who has borrowed the operator's token: what is asked with it is not the operator's own.
pub const BORROWER: &str = "borrower";

/// Groups of kinds that a cluster may lack; this one has them.
pub const GROUPS: [&str; 4] = ["gateway", "envoy-gateway", "traefik", "prometheus"];
/// Where definitions of kinds are.
pub const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// A tool of the cache, built first if it is not there.
pub fn tool(name: &str) -> Command {
    let script = crate::files::root().join("tests/kubernetes/tools");
    let package = if name == "kubectl" { "kubernetes" } else { name };
    assert!(Command::new(script).arg(package).status().expect("tools can be run").success(), "tools {package} failed");
    Command::new(cache().join("bin").join(name))
}

/// The rendered chart as it is by default, one value per object.
pub fn chart() -> Vec<Value> {
    chart_with(&[])
}

/// The rendered chart with some values (`key=value`), one value per object.
pub fn chart_with(values: &[&str]) -> Vec<Value> {
    let output = tool("helm")
        .args(["template", ACCOUNT, "--namespace", NAMESPACE])
        .args(values.iter().flat_map(|value| ["--set", value]))
        .arg(crate::files::root().join("charts/aegis"))
        .output()
        .expect("helm can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "helm template: {said}");
    let text = String::from_utf8(output.stdout).expect("YAML is text");
    let documents = serde_yaml::Deserializer::from_str(&text).map(|document| Value::deserialize(document).expect("helm prints YAML"));
    documents.filter(|document| !document.is_null()).collect()
}

/// Runs the real helm on the cluster; what it says when it fails is the failure.
pub fn helm(kubeconfig: &Path, words: &[&str]) -> String {
    let output = tool("helm").args(words).arg("--kubeconfig").arg(kubeconfig).output().expect("helm can be run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "helm {words:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The credentials of an account as a client configuration.
pub async fn as_account(cluster: &Cluster, like: &Config, namespace: &str, account: &str) -> Config {
    let mut config = like.clone();
    config.auth_info.token = Some(token_of(cluster, namespace, account).await.into());
    config
}

/// Installs it all. Returns the operator's credentials as a client configuration.
pub async fn install(cluster: &Cluster, kubeconfig: &Path) -> Config {
    let definition = serde_json::to_value(aegis_crds::custom_resource_definition()).expect("a definition is JSON");
    cluster.create_at(DEFINITIONS, &definition).await.expect("the definition is accepted");
    cluster.namespace(NAMESPACE).await;
    for object in &chart() {
        if let Some(collection) = collection(object) {
            cluster.create_at(&collection, object).await.unwrap_or_else(|error| panic!("{object}: {error}"));
        }
    }
    let mut all: Vec<Value> = GROUPS.into_iter().flat_map(definitions).collect();
    for definition in &all {
        cluster.create_at(DEFINITIONS, definition).await.expect("an upstream definition is accepted");
    }
    all.push(definition);
    for definition in &all {
        served(cluster, definition).await;
    }
    let mut config = admin(kubeconfig).await;
    config.auth_info = kube::config::AuthInfo { token: Some(token(cluster).await.into()), ..Default::default() };
    fenced(&borrowed(&config)).await;
    config
}

/// Where an object of the chart is created; none for what needs a node or is there already.
fn collection(object: &Value) -> Option<String> {
    match object["kind"].as_str()? {
        "ServiceAccount" => Some(format!("/api/v1/namespaces/{NAMESPACE}/serviceaccounts")),
        "Role" => Some(format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/roles")),
        "RoleBinding" => Some(format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{NAMESPACE}/rolebindings")),
        "ClusterRole" => Some("/apis/rbac.authorization.k8s.io/v1/clusterroles".to_owned()),
        "ClusterRoleBinding" => Some("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings".to_owned()),
        "ValidatingAdmissionPolicy" => Some("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies".to_owned()),
        "ValidatingAdmissionPolicyBinding" => Some("/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings".to_owned()),
        _ => None,
    }
}

/// The cluster, as somebody who has the operator's token.
pub fn borrowed(operator: &Config) -> Cluster {
    let mut config = operator.clone();
    config.headers.push((USER_AGENT, HeaderValue::from_static(BORROWER)));
    Cluster { client: Client::try_from(config).expect("the configuration is complete") }
}

/// Waits until the fence stands: a policy takes effect a moment after it was created.
async fn fenced(borrowed: &Cluster) {
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "fenced"}});
    until("the fence stands", async || match borrowed.create_at("/api/v1/namespaces/default/configmaps?dryRun=All", &body).await {
        Err(status) if status.message.contains("ValidatingAdmissionPolicy") => Ok(()),
        answer => Err(format!("{answer:?}")),
    })
    .await;
}

/// The cluster, as somebody who may edit everything in one namespace, and nothing elsewhere.
pub async fn author(cluster: &Cluster, operator: &Config, namespace: &str) -> Cluster {
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "author"}});
    cluster.create(namespace, &account).await.expect("an account is made");
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding", "metadata": {"name": "author"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
        "subjects": [{"kind": "ServiceAccount", "name": "author", "namespace": namespace}]});
    let path = format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings");
    cluster.create_at(&path, &binding).await.expect("rights are given");
    let mut config = operator.clone();
    config.auth_info.token = Some(token_of(cluster, namespace, "author").await.into());
    let author = Cluster { client: Client::try_from(config).expect("the configuration is complete") };
    let path = format!("/apis/aegis.dev/v1alpha1/namespaces/{namespace}/aegisapps");
    until("the author may write AegisApps", async || {
        let request = Request::get(&path).body(vec![]).expect("a path");
        author.client.request::<Value>(request).await.map_err(|error| error.to_string())
    })
    .await;
    author
}

/// A new token of the operator's ServiceAccount; the audit log tells its requests from those of other tokens.
pub async fn token(cluster: &Cluster) -> String {
    token_of(cluster, NAMESPACE, ACCOUNT).await
}

/// A new token of that account.
pub async fn token_of(cluster: &Cluster, namespace: &str, account: &str) -> String {
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}});
    let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token");
    let token = cluster.create_at(&path, &request).await.expect("a token is given");
    text(&token["status"]["token"])
}

/// The administrator's credentials.
pub async fn admin(kubeconfig: &Path) -> Config {
    let file = Kubeconfig::read_from(kubeconfig).expect("control-plane writes a kubeconfig");
    Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.expect("the kubeconfig is complete")
}

/// A client that may do anything.
pub async fn administrator(kubeconfig: &Path) -> Client {
    Client::try_from(admin(kubeconfig).await).expect("the kubeconfig is usable")
}

/// The administrator's kubeconfig, with the token in place of the administrator.
pub fn kubeconfig_of(administrator: &Path, token: &str) -> String {
    let mut config: Value = crate::files::yaml(administrator);
    config["users"][0]["user"] = json!({"token": token});
    config.to_string()
}

/// The upstream definitions of a group of kinds.
pub fn definitions(group: &str) -> Vec<Value> {
    let script = crate::files::root().join("tests/kubernetes/crds");
    let output = Command::new(script).arg(group).output().expect("crds can be run");
    assert!(output.status.success(), "crds {group}: {}", String::from_utf8_lossy(&output.stderr));
    let files = String::from_utf8(output.stdout).expect("paths are text");
    files.lines().map(|file| crate::files::yaml(Path::new(file))).collect()
}

/// Waits until the server tells of a kind, and lists its objects: that is so a moment after its definition was accepted.
pub async fn served(cluster: &Cluster, definition: &Value) {
    let spec = &definition["spec"];
    let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
    let versions = spec["versions"].as_array().expect("a definition has versions").iter();
    for version in versions.filter(|version| version["served"] == true).map(|version| text(&version["name"])) {
        let path = format!("/apis/{group}/{version}");
        until(&format!("{plural}.{group} are served"), async || {
            let get = async |path: String| {
                let request = Request::get(path).body(vec![]).expect("a path");
                cluster.client.request::<Value>(request).await.map_err(|error| error.to_string())
            };
            let told = get(path.clone()).await?;
            get(format!("{path}/{plural}?limit=1")).await?;
            let is_told = told["resources"].as_array().into_iter().flatten().any(|resource| resource["name"] == plural.as_str());
            if is_told { Ok(()) } else { Err(told.to_string()) }
        })
        .await;
    }
}

fn cache() -> PathBuf {
    let home = || PathBuf::from(env::var_os("HOME").expect("HOME is set"));
    let base = || env::var_os("XDG_CACHE_HOME").map_or_else(|| home().join(".cache"), PathBuf::from);
    env::var_os("AEGIS_CACHE").map_or_else(|| base().join("aegis"), PathBuf::from)
}

/// A JSON text.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
