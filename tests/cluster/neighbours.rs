//! What stands beside an app: other namespaces and pods of nobody, and tries to reach one thing from another.
//! A try is a TCP connection that is made by the pod itself.

use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::{Api, ResourceExt, api::PostParams};
use serde_json::{Value, json};
use tokio::{process::Command, sync::OnceCell};

use crate::{
    pods::is_ready,
    programs,
    space::Space,
    traffic::Door,
    wait::{found, holds, until},
};

/// Whether something enforces NetworkPolicies by now.
static ENFORCED: OnceCell<()> = OnceCell::const_new();
/// Time in which a new policy takes effect.
const EFFECT: u64 = 30;

/// Lets the cluster enforce NetworkPolicies from now on, if it does not yet.
pub async fn enforce() {
    let start = async || {
        let cluster = std::env::var("AEGIS_CLUSTER").expect("the suite was entered with it");
        let script = aegis_tests::files::root().join("tests/kubernetes/network-policies");
        let output = Command::new(script).args(["up", &cluster]).output().await.expect("the script can be run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    ENFORCED.get_or_init(start).await;
}

impl Space {
    /// Another namespace with a label, which goes with this one.
    pub async fn neighbour(&self, word: &str, label: (&str, &str)) -> Self {
        let namespaces = Api::<Namespace>::all(self.lab.client.clone());
        let own = namespaces.get(&self.namespace).await.expect("it is there");
        let owner = json!({"apiVersion": "v1", "kind": "Namespace", "name": self.namespace, "uid": own.uid()});
        let mut labels = own.labels().clone();
        labels.insert(label.0.to_owned(), label.1.to_owned());
        let (_, moment) = self.namespace.rsplit_once('-').expect("a namespace of this suite ends with its moment");
        let namespace = format!("{word}-{moment}");
        let body = json!({"metadata": {"name": namespace, "labels": labels, "ownerReferences": [owner]}});
        let body: Namespace = serde_json::from_value(body).expect("it is a namespace");
        namespaces.create(&PostParams::default(), &body).await.expect("a namespace can be made");
        Self { lab: self.lab.clone(), namespace }
    }

    /// A pod that belongs to no app, with labels, which can be asked to reach others.
    pub async fn stranger(&self, name: &str, labels: Value) -> Door {
        let spec = json!({
            "securityContext": {"runAsNonRoot": true, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "app", "image": self.lab.hello, "command": programs::traveller()["command"],
                "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}}],
            "terminationGracePeriodSeconds": 0,
        });
        let body = json!({"metadata": {"name": name, "labels": labels}, "spec": spec});
        let body: Pod = serde_json::from_value(body).expect("it is a pod");
        self.api::<Pod>().create(&PostParams::default(), &body).await.expect("a pod can be made");
        until(format!("{name} runs"), 60, async || {
            let pod = self.api::<Pod>().get(name).await.expect("it is there");
            holds(is_ready(&pod), format!("{:?}", pod.status.and_then(|status| status.phase)))
        })
        .await;
        self.pod_door(name, programs::TRAVELLER_PORT)
    }

    /// Address of the first ready pod that a selector finds.
    pub async fn address(&self, selector: &str) -> String {
        let pod = self.ready_pod(selector).await;
        pod.status.and_then(|status| status.pod_ip).expect("a ready pod has an address")
    }

    /// The traveller in the first ready pod that a selector finds.
    pub async fn traveller(&self, selector: &str) -> Door {
        self.pod_door(&self.ready_pod(selector).await.name_any(), programs::TRAVELLER_PORT)
    }

    async fn ready_pod(&self, selector: &str) -> Pod {
        until(format!("a ready pod of {selector}"), 60, async || {
            let pods: Vec<Pod> = self.list(selector).await;
            found(pods.iter().find(|pod| is_ready(pod)).cloned(), format!("{} pods", pods.len()))
        })
        .await
    }
}

impl Door {
    /// Waits until the traveller behind it reaches an address.
    pub async fn reaches(&self, what: &str, address: &str, port: u16) {
        self.tries(what, address, port, true).await;
    }

    /// Waits until it does not reach it any more.
    pub async fn is_kept_from(&self, what: &str, address: &str, port: u16) {
        self.tries(what, address, port, false).await;
    }

    async fn tries(&self, what: &str, address: &str, port: u16, reached: bool) {
        let words = if reached { "is reached" } else { "is out of reach" };
        until(format!("{what} {words}"), EFFECT, async || match self.json(&format!("/reach/{address}/{port}")).await {
            Ok(answer) => holds(answer["reached"] == reached, answer.to_string()),
            Err(error) => holds(false, error.to_string()),
        })
        .await;
    }
}
