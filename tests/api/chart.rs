//! What the chart installs beside its rights: pods that every cluster admits, replicas that do not go together, nothing in the way of others.
//! Whether the operator works under it is what all other tests are about.

use aegis_plan::facts::Access;
use aegis_tests::pod_security;
use k8s_openapi::{api::core::v1::PodSpec, apimachinery::pkg::apis::meta::v1::LabelSelector};
use serde_json::{Value, json};

use crate::{
    install::{self, NAMESPACE, chart, chart_with},
    scene::{Scene, tests},
};

tests![
    the_operators_own_pods_are_admitted_as_restricted,
    two_replicas_do_not_go_together,
    one_replica_stops_no_drain,
    no_webhook_stands_between_anybody_and_the_cluster,
    alerts_are_of_numbers_that_the_operator_tells,
    rights_in_some_namespaces_are_rights_in_no_other,
    apps_let_in_whom_the_chart_names_and_its_operator,
    manifests_are_read_from_where_the_chart_says,
];

/// Values by which the operator's pod differs.
const PODS: [&[&str]; 3] = [
    &[],
    &["replicas=2"],
    &["replicas=3", "namespaces={shop,blog}", "priorityClassName=", "nodeSelector.disk=fast", "fence.enabled=false", "log.format=text"],
];

async fn the_operators_own_pods_are_admitted_as_restricted(scene: Scene) {
    let labels = json!({"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}});
    let path = format!("/api/v1/namespaces/{}", scene.namespace);
    let labels = json!([{"op": "add", "path": "/metadata/labels", "value": labels["metadata"]["labels"]}]);
    scene.cluster.patch_at(&path, &labels).await.expect("a namespace can be labelled");
    for values in PODS {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "operator"}, "spec": pod(&chart_with(values))});
        let spec: PodSpec = serde_json::from_value(pod["spec"].clone()).expect("a pod");
        assert_eq!(pod_security::restricted(&spec), Vec::<String>::new(), "{values:?}");
        admit(&scene, &pod).await.unwrap_or_else(|refusal| panic!("{values:?}: {refusal}"));
    }
    let mut root = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "operator"}, "spec": pod(&chart())});
    root["spec"]["securityContext"]["runAsNonRoot"] = false.into();
    let refusal = admit(&scene, &root).await.expect_err("the namespace enforces restricted");
    assert!(refusal.contains("runAsNonRoot"), "{refusal}");
}

async fn two_replicas_do_not_go_together(scene: Scene) {
    let chart = chart_with(&["replicas=2"]);
    let budget = only(&chart, "PodDisruptionBudget");
    let made = scene.cluster.create_at(&format!("/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets?dryRun=All"), budget).await;
    made.unwrap_or_else(|refusal| panic!("{refusal}"));
    let deployment = only(&chart, "Deployment");
    let made = scene.cluster.create_at(&format!("/apis/apps/v1/namespaces/{NAMESPACE}/deployments?dryRun=All"), deployment).await;
    made.unwrap_or_else(|refusal| panic!("{refusal}"));

    let selector = &deployment["spec"]["selector"];
    assert_eq!((&budget["spec"]["maxUnavailable"], &budget["spec"]["selector"]), (&json!(1), selector), "drains take one at a time");
    let apart = &pod(&chart)["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"][0]["podAffinityTerm"];
    assert_eq!(
        (&apart["topologyKey"], &apart["labelSelector"]),
        (&json!("kubernetes.io/hostname"), selector),
        "they keep to different nodes"
    );
    assert_eq!(deployment["spec"]["strategy"]["type"], "RollingUpdate", "an upgrade always leaves one");

    let own = chart_with(&["replicas=2", "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution=null"]);
    assert_eq!(pod(&own)["affinity"]["podAntiAffinity"], Value::Null, "who says where they go is obeyed");
}

async fn one_replica_stops_no_drain(_: Scene) {
    let chart = chart();
    assert!(chart.iter().all(|object| object["kind"] != "PodDisruptionBudget"));
    assert_eq!(pod(&chart)["affinity"], Value::Null);
    assert_eq!(only(&chart, "Deployment")["spec"]["strategy"]["type"], "Recreate", "two never run at once where one is meant to");
}

/// A webhook whose server is down stops whoever it was put before; validation is in the schema, in CEL and in the operator's look.
async fn no_webhook_stands_between_anybody_and_the_cluster(scene: Scene) {
    let hooks = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "APIService"];
    for values in PODS {
        let found: Vec<_> = chart_with(values).into_iter().filter(|object| hooks.iter().any(|hook| object["kind"] == *hook)).collect();
        assert!(found.is_empty(), "{found:?}");
    }
    for kind in ["validatingwebhookconfigurations", "mutatingwebhookconfigurations"] {
        let there = scene.cluster.get_at(&format!("/apis/admissionregistration.k8s.io/v1/{kind}")).await;
        assert_eq!(there["items"], json!([]), "{kind}");
    }
    let definition = scene.cluster.get_at("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/aegisapps.aegis.dev").await;
    assert_eq!(definition["spec"]["conversion"]["strategy"], "None", "no conversion is asked of the operator");

    // no operator cares for this namespace
    let asked = crate::apps::app("shop", json!({"config": {"COLOUR": "red"}}));
    scene.apply(&asked).await;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "somebodys"}, "spec": pod(&chart())});
    admit(&scene, &pod).await.unwrap_or_else(|refusal| panic!("{refusal}"));
}

/// By its metric's own name and labels. Whether Prometheus reads the expression is told by promtool, where there is one.
async fn alerts_are_of_numbers_that_the_operator_tells(mut scene: Scene) {
    let is_rule = |object: &&Value| object["kind"] == "PrometheusRule";
    assert!(!chart().iter().any(|object| is_rule(&object)), "a cluster that does not know the kind gets none");
    assert!(!chart_with(&["alerts.enabled=false"]).iter().any(|object| is_rule(&object)));
    let chart = chart_with(&["alerts.enabled=true", "alerts.labels.release=monitoring", "alerts.severity=page"]);
    let rule = only(&chart, "PrometheusRule");
    assert_eq!(rule["metadata"]["labels"]["release"], "monitoring");
    let asked = json!({"schedules": [{"name": "yearly", "schedule": "@yearly", "run": {"args": ["x"]}}]});
    scene.apply(&crate::apps::app("shop", asked)).await;
    scene.runs("shop").await;
    let told = scene.operator().await.metrics().await;
    let rules = rule["spec"]["groups"][0]["rules"].as_array().expect("it has rules");
    assert_eq!(rules.len(), 1);
    for rule in rules {
        let words = |text: &Value| text.as_str().unwrap_or_default().to_owned();
        let expression = words(&rule["expr"]);
        let of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let metric = expression.split(|c| !of_word(c)).find(|word| word.starts_with("aegis_")).expect("it is about a number of ours");
        let line = told.lines().find(|line| line.starts_with(&format!("{metric}{{"))).unwrap_or_else(|| panic!("{metric} in {told}"));
        let (_, by) = expression.split_once("by (").expect("replicas tell the same");
        let labels: Vec<&str> = by.split(')').next().unwrap_or_default().split(", ").collect();
        assert!(labels.iter().all(|label| line.contains(&format!("{label}=\""))), "{labels:?} in {line}");
        let said = words(&rule["annotations"]["summary"]) + &words(&rule["annotations"]["description"]);
        assert!(labels.iter().all(|label| said.contains(&format!("{{{{ $labels.{label} }}}}"))), "{said}");
        assert_eq!(rule["labels"]["severity"], "page");
    }
}

/// The same rights, in each of them; what stands in no namespace gives the operator none.
async fn rights_in_some_namespaces_are_rights_in_no_other(_: Scene) {
    let rules = |objects: &[Value], kind: &str| {
        let roles = objects
            .iter()
            .filter(|object| object["kind"] == kind && object["metadata"]["name"].as_str().is_some_and(|name| !name.ends_with("-leader")));
        roles.map(|role| (role["metadata"]["namespace"].clone(), role["rules"].clone())).collect::<Vec<_>>()
    };
    let (everywhere, some) = (chart(), chart_with(&["namespaces={shop,blog}"]));
    let account = json!([{"kind": "ServiceAccount", "name": "aegis", "namespace": NAMESPACE}]);
    let whole = only(&everywhere, "ClusterRoleBinding");
    assert_eq!(whole["subjects"], account);
    let role = everywhere.iter().find(|object| object["kind"] == "ClusterRole" && object["metadata"]["name"] == whole["roleRef"]["name"]);
    let rights = role.expect("the chart has it")["rules"].clone();
    assert_eq!(rules(&some, "Role"), [(json!("shop"), rights.clone()), (json!("blog"), rights)]);
    assert!(some.iter().all(|object| object["kind"] != "ClusterRoleBinding"), "and none everywhere");
    let bound = some.iter().filter(|object| object["kind"] == "RoleBinding" && !object["metadata"]["namespace"].is_null());
    let bound: Vec<_> =
        bound.map(|binding| (&binding["metadata"]["namespace"], &binding["subjects"], &binding["roleRef"]["kind"])).collect();
    assert_eq!(bound, [(&json!("shop"), &account, &json!("Role")), (&json!("blog"), &account, &json!("Role"))]);
    let named = |objects: &[Value]| {
        let wide = objects
            .iter()
            .filter(|object| object["kind"].as_str().is_some_and(|kind| kind.starts_with("Cluster") || kind.starts_with("Validating")));
        wide.map(|object| install::text(&object["metadata"]["name"])).collect::<Vec<_>>()
    };
    assert!(
        named(&some).iter().all(|name| name.starts_with(&format!("aegis-{NAMESPACE}-"))),
        "two of one name do not meet: {:?}",
        named(&some)
    );
}

/// By default whom the operator names itself; of its own pods, those that this chart makes.
async fn apps_let_in_whom_the_chart_names_and_its_operator(_: Scene) {
    let usual = Access::default();
    let told = access(&chart());
    assert_eq!((&told.gateways, &told.prometheus, &told.dns), (&usual.gateways, &usual.prometheus, &usual.dns));
    let [operator] = told.operators.as_slice() else { panic!("there is one operator: {:?}", told.operators) };
    let labels = |selector: &Option<LabelSelector>| json!(selector.as_ref().and_then(|selector| selector.match_labels.clone()));
    assert_eq!(labels(&operator.namespace_selector), json!({"kubernetes.io/metadata.name": NAMESPACE}));
    let chart = chart();
    let own = &only(&chart, "Deployment")["spec"];
    assert_eq!(labels(&operator.pod_selector), own["selector"]["matchLabels"], "{operator:?}");

    let other = access(&chart_with(&["access.gateways=null", "access.prometheus[0].ipBlock.cidr=10.9.0.0/24"]));
    let cidr = other.prometheus.first().and_then(|peer| peer.ip_block.as_ref()).map(|block| block.cidr.as_str());
    assert_eq!((other.gateways.len(), cidr, &other.dns), (0, Some("10.9.0.0/24"), &usual.dns));
}

/// By default from nowhere in S3, and with no identity.
async fn manifests_are_read_from_where_the_chart_says(_: Scene) {
    let usual = pod(&chart())["containers"][0].clone();
    assert_eq!((flag(&usual, "--manifest-buckets="), &usual["env"], &usual["envFrom"]), (None, &Value::Null, &Value::Null));
    let chart = chart_with(&[
        "manifests.s3.allow.shop={releases/shop,others}",
        "manifests.s3.region=eu-west-1",
        "manifests.s3.endpoint=http://minio.storage:9000",
        "manifests.s3.credentialsSecret=s3-reader",
        "serviceAccount.annotations.example\\.com/role=reader",
    ]);
    let container = pod(&chart)["containers"][0].clone();
    let told: Value = serde_json::from_str(&flag(&container, "--manifest-buckets=").expect("it is said")).expect("it is JSON");
    assert_eq!(told, json!({"shop": ["releases/shop", "others"]}));
    let env = json!([{"name": "AWS_REGION", "value": "eu-west-1"}, {"name": "AWS_ENDPOINT_URL", "value": "http://minio.storage:9000"}]);
    assert_eq!((&container["env"], &container["envFrom"]), (&env, &json!([{"secretRef": {"name": "s3-reader"}}])));
    assert_eq!(only(&chart, "ServiceAccount")["metadata"]["annotations"], json!({"example.com/role": "reader"}));
}

/// What a flag of a container says.
fn flag(container: &Value, name: &str) -> Option<String> {
    let mut arguments = container["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    arguments.find_map(|argument| argument.strip_prefix(name)).map(ToOwned::to_owned)
}

/// What the operator's flag says.
fn access(chart: &[Value]) -> Access {
    let said = flag(&pod(chart)["containers"][0], "--access=").expect("the chart says who is let in");
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{said}: {error}"))
}

/// What the server says to a pod in the scene's namespace.
async fn admit(scene: &Scene, pod: &Value) -> Result<(), String> {
    let mut pod = pod.clone();
    pod["spec"]["serviceAccountName"] = Value::Null;
    let path = format!("/api/v1/namespaces/{}/pods?dryRun=All", scene.namespace);
    scene.cluster.create_at(&path, &pod).await.map(drop).map_err(|status| status.message.clone())
}

fn pod(chart: &[Value]) -> Value {
    only(chart, "Deployment")["spec"]["template"]["spec"].clone()
}

fn only<'a>(chart: &'a [Value], kind: &str) -> &'a Value {
    let mut found = chart.iter().filter(|object| object["kind"] == kind);
    let (Some(object), None) = (found.next(), found.next()) else { panic!("the chart has one {kind}") };
    object
}
