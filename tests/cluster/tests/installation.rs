//! The operator is taken away and put back, by the real helm, and others stand in for it: apps run on.
//! These take it from every other test, so none runs at their side.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, path::Path};

use aegis_crds::AegisApp;
use aegis_tests::files::root;
use futures::FutureExt;
use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{Namespace, Pod},
    rbac::v1::ClusterRoleBinding,
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams},
};
use serde_json::json;
use tokio::process::Command;

use super::operator;
use crate::{
    children::{self, Mark},
    lab::{OPERATOR, SHOP},
    pods::is_ready,
    space::Space,
    traffic::Visitor,
    wait::{found, holds, until},
};

const WORDS: &str = "
config: {COLOUR: red}
bindings: [{name: queue, type: redis, provision: {}, env: {REDIS_URL: '{uri}'}}]
api: {args: [words], stop: {delaySeconds: 0}}
workers: [{name: words, args: [worker], broker: {type: Dramatiq, binding: queue}}]
";
/// Without an agent, which knows the key of one installation.
const PLAIN: &str = "
bindings: [{name: queue, type: redis, provision: {}, env: {REDIS_URL: '{uri}'}}]
api: {args: [words], stop: {delaySeconds: 0}}
workers: [{name: words, args: [worker]}]
";
const HELLO: &str = "api: {args: [webserver], stop: {delaySeconds: 0}}";

/// `helm uninstall`: what runs runs on and can be deleted; `helm install`: it is taken over, nothing is written, no pod is another.
pub async fn apps_outlive_it(space: Space) {
    space.apply("words", WORDS).await;
    space.apply("passing", HELLO).await;
    space.ready("words").await;
    space.ready("passing").await;
    let door = space.door("words-api");
    door.insist("PUT", "/words/perseverance", None).await;
    door.expect("/words/perseverance", 30, |length| *length == json!(12)).await;
    let visitor = Visitor::start(space.door("words-api"), "/words/perseverance");
    let shop = Space { namespace: SHOP.to_owned(), ..space.clone() };
    let before = (marks(&space, "words").await, marks(&shop, SHOP).await);
    let uids = (space.app("words").await.uid(), shop.app(SHOP).await.uid());

    without_the_operator(&space, async |_: &str| {
        visitor.asks(20).await;
        space.api::<AegisApp>().delete("passing", &DeleteParams::default()).await.expect("an app can be deleted");
        until("the end of all that an app had", 60, async || {
            let left: Vec<String> = children::of(&space, "passing").await.into_keys().collect();
            let pods = space.list::<Pod>("aegis.dev/app=passing").await.len();
            holds(left.is_empty() && pods == 0, format!("{left:?} and {pods} pods"))
        })
        .await;
        assert_eq!(before, (marks(&space, "words").await, marks(&shop, SHOP).await), "what runs runs on");
    })
    .await;

    operator::looked_at_every_app(&space, &operators_pod(&space, OPERATOR).await).await;
    assert_eq!(before, (marks(&space, "words").await, marks(&shop, SHOP).await), "and nothing of it is another");
    assert_eq!(uids, (space.app("words").await.uid(), shop.app(SHOP).await.uid()));
    space.ready("words").await;
    visitor.asks(20).await;
    visitor.was_always_served();
}

/// Two installations, each with rights in one namespace, and each cares for that one alone.
pub async fn two_care_for_their_own_namespaces(space: Space) {
    let other = space.beside("other").await;
    let places = [(&space, "left-home"), (&other, "right-home")];
    without_the_operator(&space, async |values: &str| {
        for (place, home) in places {
            let namespaces = format!("namespaces={{{}}}", place.namespace);
            install(home, values, &["--set", "installCRDs=false", "--set", &namespaces]).await;
        }
        for (place, home) in places {
            place.apply("words", PLAIN).await;
            place.ready("words").await;
            place.door("words-api").insist("PUT", "/words/perseverance", None).await;
            let operator = Space { namespace: home.to_owned(), ..space.clone() };
            let metrics = operator.pod_door(&operators_pod(&space, home).await, 8080).insist("GET", "/metrics", None).await;
            assert!(metrics.lines().any(|line| line == "aegis_operator_apps 1"), "{home} cares for one app:\n{metrics}");
            let refused = metrics.lines().filter(|line| line.contains("Forbidden") && !line.ends_with(" 0"));
            assert_eq!(refused.collect::<Vec<_>>(), [""; 0], "{home} has all the rights that it needs");
        }
        let bindings =
            Api::<ClusterRoleBinding>::all(space.lab.client.clone()).list(&ListParams::default()).await.expect("they can be listed");
        let everywhere = bindings.items.iter().filter(|binding| {
            binding.subjects.iter().flatten().any(|subject| places.iter().any(|(_, home)| subject.namespace.as_deref() == Some(*home)))
        });
        assert_eq!(everywhere.map(ResourceExt::name_any).collect::<Vec<_>>(), [""; 0], "nothing holds everywhere");
        for (place, home) in places {
            helm(&["uninstall", "aegis", "--namespace", home, "--wait", "--timeout", "60s"]).await;
            Api::<Namespace>::all(space.lab.client.clone()).delete(home, &DeleteParams::default()).await.expect("it can be deleted");
            assert!(place.app("words").await.metadata.deletion_timestamp.is_none(), "its apps stay");
        }
    })
    .await;
    let before: Vec<_> = [marks(&space, "words").await, marks(&other, "words").await].into();
    operator::looked_at_every_app(&space, &operators_pod(&space, OPERATOR).await).await;
    for (place, _) in places {
        place.ready("words").await;
    }
    assert_eq!(before, [marks(&space, "words").await, marks(&other, "words").await], "one for all namespaces takes them over as they are");
    other.leave().await;
}

/// Does something while the operator is not installed. It comes back whatever happens.
async fn without_the_operator(space: &Space, act: impl AsyncFnOnce(&str)) {
    let values = values(space).await;
    helm(&["uninstall", "aegis", "--namespace", OPERATOR, "--wait", "--timeout", "60s"]).await;
    let gone = space_of(space, OPERATOR).api::<Deployment>().get_opt("aegis").await.expect("the API server answers");
    assert!(gone.is_none(), "it is uninstalled");
    let acted = AssertUnwindSafe(act(&values)).catch_unwind().await;
    install(OPERATOR, &values, &[]).await;
    if let Err(panic) = acted {
        std::panic::resume_unwind(panic);
    }
}

async fn install(home: &str, values: &str, more: &[&str]) {
    let chart = root().join("charts/aegis");
    let chart = chart.to_string_lossy();
    let words = ["install", "aegis", &chart, "--namespace", home, "--create-namespace", "--wait", "--timeout", "120s", "--values", values];
    helm(&[&words, more].concat()).await;
}

/// A file with the values that were given for the operator.
async fn values(space: &Space) -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.yaml", space.namespace));
    let values = helm(&["get", "values", "aegis", "--namespace", OPERATOR, "--output", "yaml"]).await;
    std::fs::write(&file, values).expect("a file can be written");
    file.to_string_lossy().into_owned()
}

async fn helm(words: &[&str]) -> String {
    let output = Command::new("helm").args(words).kill_on_drop(true).output().await.expect("scripts/test-cluster has helm in its path");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "helm {words:?}: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn operators_pod(space: &Space, home: &str) -> String {
    let place = space_of(space, home);
    until("the operator's pod", 60, async || {
        let pods: Vec<Pod> = place.list("app.kubernetes.io/name=aegis-operator").await;
        found(pods.iter().find(|pod| is_ready(pod)).map(ResourceExt::name_any), format!("{} pods", pods.len()))
    })
    .await
}

fn space_of(space: &Space, namespace: &str) -> Space {
    Space { namespace: namespace.to_owned(), ..space.clone() }
}

/// Uids of all that an app has, pods included; runs of schedules come and go.
async fn marks(space: &Space, app: &str) -> BTreeMap<String, String> {
    let lasting = |kind: &&str| !kind.starts_with("Job/");
    let children: BTreeMap<String, Mark> = children::of(space, app).await;
    let mut marks: BTreeMap<String, String> =
        children.into_iter().filter(|(name, _)| lasting(&name.as_str())).map(|(name, mark)| (name, mark.uid)).collect();
    let pods: Vec<Pod> = space.list(&format!("aegis.dev/app={app},aegis.dev/section notin (schedules,migration)")).await;
    marks.extend(pods.iter().map(|pod| (format!("Pod/{}", pod.name_any()), pod.uid().unwrap_or_default())));
    marks
}
