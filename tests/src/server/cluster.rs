//! Objects as plain JSON: what an administrator does with the cluster in these tests.
//! It knows no app.

use aegis_plan::{Kind, children};
use http::{Method, Request};
use k8s_openapi::{
    NamespaceResourceScope, Resource,
    api::{apps::v1::ReplicaSet, core::v1::Pod, events::v1::Event},
};
use kube::{Client, core::Status};
use serde_json::{Value, json};

const APP: Kind = Kind { group: aegis_crds::GROUP, version: aegis_crds::VERSION, kind: "AegisApp", plural: "aegisapps" };

/// The cluster, as its administrator.
#[derive(Clone)]
pub struct Cluster {
    /// Its client.
    pub client: Client,
}

/// How a body is meant.
#[derive(Clone, Copy)]
pub enum Patch<'a> {
    /// JSON merge patch.
    Merge,
    /// Strategic merge patch: items of lists by their keys.
    Strategic,
    /// JSON patch.
    Json,
    /// Server-side apply, by force, as that manager.
    Apply(&'a str),
}

impl Cluster {
    /// Creates a namespace.
    pub async fn namespace(&self, name: &str) {
        let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        self.create_at("/api/v1/namespaces", &body).await.expect("a namespace is created");
    }

    /// Creates what `body` says.
    pub async fn create(&self, namespace: &str, body: &Value) -> Result<Value, Box<Status>> {
        self.create_at(&collection(namespace, body["kind"].as_str().expect("a kind")), body).await
    }

    /// Creates in a collection.
    pub async fn create_at(&self, collection: &str, body: &Value) -> Result<Value, Box<Status>> {
        let sign = if collection.contains('?') { '&' } else { '?' };
        self.send(Method::POST, &format!("{collection}{sign}fieldValidation=Strict"), "application/json", body).await
    }

    /// The object, if there is one.
    pub async fn get(&self, namespace: &str, kind: &str, name: &str) -> Option<Value> {
        let path = format!("{}/{name}", collection(namespace, kind));
        match self.send(Method::GET, &path, "application/json", &Value::Null).await {
            Ok(object) => Some(object),
            Err(status) if status.code == 404 => None,
            Err(status) => panic!("{path}: {status}"),
        }
    }

    /// What is at a path, if that is allowed.
    pub async fn try_get_at(&self, path: &str) -> Result<Value, Box<Status>> {
        self.send(Method::GET, path, "application/json", &Value::Null).await
    }

    /// What is at a path.
    pub async fn get_at(&self, path: &str) -> Value {
        self.send(Method::GET, path, "application/json", &Value::Null).await.unwrap_or_else(|status| panic!("{path}: {status}"))
    }

    /// Changes what is at a path by a JSON patch.
    pub async fn patch_at(&self, path: &str, patch: &Value) -> Result<Value, Box<Status>> {
        self.send(Method::PATCH, path, "application/json-patch+json", patch).await
    }

    /// All objects of a kind.
    pub async fn list(&self, namespace: &str, kind: &str) -> Vec<Value> {
        let list = self.send(Method::GET, &collection(namespace, kind), "application/json", &Value::Null).await;
        list.expect("a collection can be listed")["items"].as_array().cloned().unwrap_or_default()
    }

    /// Changes an object; `name` may end in a subresource or a query.
    pub async fn patch(&self, namespace: &str, kind: &str, name: &str, how: Patch<'_>, body: &Value) -> Result<Value, Box<Status>> {
        let (content, query) = match how {
            Patch::Merge => ("application/merge-patch+json", String::new()),
            Patch::Strategic => ("application/strategic-merge-patch+json", String::new()),
            Patch::Json => ("application/json-patch+json", String::new()),
            Patch::Apply(manager) => ("application/apply-patch+yaml", format!("fieldManager={manager}&force=true")),
        };
        let sign = if name.contains('?') { '&' } else { '?' };
        self.send(Method::PATCH, &format!("{}/{name}{sign}{query}", collection(namespace, kind)), content, body).await
    }

    /// Deletes an object.
    pub async fn delete(&self, namespace: &str, kind: &str, name: &str) {
        self.delete_and(namespace, kind, name, "Background").await;
    }

    /// Deletes the object at a path.
    pub async fn delete_at(&self, path: &str) {
        self.send(Method::DELETE, path, "application/json", &json!({})).await.expect("it can be deleted");
    }

    /// Deletes an object and lets its dependents live, as `kubectl delete --cascade=orphan` does.
    pub async fn orphan(&self, namespace: &str, kind: &str, name: &str) {
        self.delete_and(namespace, kind, name, "Orphan").await;
    }

    /// Deletes an object, if that is allowed.
    pub async fn try_delete(&self, namespace: &str, kind: &str, name: &str) -> Result<Value, Box<Status>> {
        let body = json!({"propagationPolicy": "Background"});
        self.send(Method::DELETE, &format!("{}/{name}", collection(namespace, kind)), "application/json", &body).await
    }

    async fn delete_and(&self, namespace: &str, kind: &str, name: &str, propagation: &str) {
        let path = format!("{}/{name}", collection(namespace, kind));
        let body = json!({"propagationPolicy": propagation});
        self.send(Method::DELETE, &path, "application/json", &body).await.expect("it can be deleted");
    }

    async fn send(&self, method: Method, path: &str, content: &str, body: &Value) -> Result<Value, Box<Status>> {
        let bytes = if body.is_null() { vec![] } else { body.to_string().into_bytes() };
        let request = Request::builder().method(method).uri(path).header("content-type", content).body(bytes).expect("a path");
        match self.client.request(request).await {
            Ok(answer) => Ok(answer),
            Err(kube::Error::Api(status)) => Err(status),
            Err(error) => panic!("{path}: {error}"),
        }
    }
}

/// Path of the collection of a kind.
pub fn collection(namespace: &str, kind: &str) -> String {
    let mut kinds = children::kinds();
    kinds.extend([APP, of::<Pod>(), of::<Event>(), of::<ReplicaSet>()]);
    let kind = kinds.into_iter().find(|known| known.kind == kind).unwrap_or_else(|| panic!("{kind} is not used here"));
    let root = if kind.group.is_empty() { "api" } else { "apis" };
    format!("/{root}/{}/namespaces/{namespace}/{}", kind.api_version(), kind.plural)
}

fn of<K: Resource<Scope = NamespaceResourceScope>>() -> Kind {
    Kind::of::<K>()
}
