//! The operators that are installed, and which namespaces each cares for, from their Deployments alone.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use kube::ResourceExt;
use kube::api::ListParams;
use serde::Serialize;

use super::finding::Finding;
use crate::commands::status::read::answer;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::refusal;

/// By this the chart's Deployments are known.
pub const OPERATORS: &str = "app.kubernetes.io/name=aegis-operator";

/// Longer than any leader leaves its Lease alone, and than another takes to follow one that is lost.
const STILL: SignedDuration = SignedDuration::from_secs(60);

/// An installed operator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    pub namespace: String,
    pub name: String,
    pub version: String,
    pub image: String,
    /// Those that it cares for; all of them where there is none.
    pub namespaces: Vec<String>,
    pub ready: i32,
    pub replicas: i32,
    /// The Lease by which its pods agree on who leads.
    #[serde(skip)]
    pub lease: Option<String>,
}

/// All that there are; nothing where who asks may not look.
pub async fn find(connection: &Connection) -> Result<Option<Vec<Operator>>, Failure> {
    let deployments = connection.everywhere::<Deployment>();
    match answer(connection, deployments.list(&ListParams::default().labels(OPERATORS))).await? {
        Ok(found) => Ok(Some(found.items.iter().map(operator).collect())),
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(None),
        Err(error) => Err(refusal::explain(&error, connection)),
    }
}

pub fn operator(deployment: &Deployment) -> Operator {
    let spec = deployment.spec.as_ref();
    let pod = spec.and_then(|spec| spec.template.spec.as_ref());
    let image = pod.and_then(|pod| pod.containers.first()?.image.clone()).unwrap_or_default();
    let label = deployment.labels().get("app.kubernetes.io/version").cloned();
    let args = || pod.into_iter().flat_map(|pod| &pod.containers).flat_map(|container| container.args.iter().flatten());
    let namespaces = args().filter_map(|arg| arg.strip_prefix("--namespaces=")).flat_map(|list| list.split(','));
    Operator {
        namespace: deployment.namespace().unwrap_or_default(),
        name: deployment.name_any(),
        version: label.unwrap_or_else(|| "unknown".to_owned()),
        image,
        namespaces: namespaces.filter(|name| !name.is_empty()).map(ToOwned::to_owned).collect(),
        ready: deployment.status.as_ref().and_then(|status| status.ready_replicas).unwrap_or(0),
        replicas: spec.and_then(|spec| spec.replicas).unwrap_or(1),
        lease: args().find_map(|arg| arg.strip_prefix("--lease-name=")).map(ToOwned::to_owned),
    }
}

/// Who cares for a namespace.
pub fn of<'a>(operators: &'a [Operator], namespace: &str) -> Option<&'a Operator> {
    let cares = |operator: &&Operator| operator.namespaces.is_empty() || operator.namespaces.iter().any(|name| name == namespace);
    operators.iter().find(cares)
}

/// That a ready operator does nothing, as far as its Lease tells; nothing where who asks may not look.
pub async fn idle(connection: &Connection, operator: &Operator) -> Result<Option<Finding>, Failure> {
    let Some(name) = operator.lease.as_ref().filter(|_| operator.ready > 0) else { return Ok(None) };
    let leases = connection.namespaced_in::<Lease>(&operator.namespace);
    match answer(connection, leases.get_opt(name)).await? {
        Ok(lease) => Ok(still(operator, name, lease.and_then(|lease| lease.spec), Timestamp::now())),
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(None),
        Err(error) => Err(refusal::of_change(&error, connection)),
    }
}

fn still(operator: &Operator, name: &str, lease: Option<LeaseSpec>, now: Timestamp) -> Option<Finding> {
    let lease = lease.unwrap_or_default();
    let renewed = lease.renew_time.map(|time| time.0);
    if renewed.is_some_and(|renewed| now.duration_since(renewed) <= STILL) {
        return None;
    }
    let since = match (renewed, lease.holder_identity.filter(|holder| !holder.is_empty())) {
        (Some(renewed), Some(holder)) => format!("{holder} renewed it last at {}", renewed.round(jiff::Unit::Second).unwrap_or(renewed)),
        _ => "nobody holds it".to_owned(),
    };
    let cause = format!("no pod of the operator leads: {since}; the app runs on as it is, and nothing is repaired, scaled or released");
    let cure = format!(
        "kubectl -n {0} logs -l {OPERATORS} --tail=50; then kubectl -n {0} rollout restart deploy/{1}",
        operator.namespace, operator.name
    );
    Some(Finding::error("operator-not-leading", format!("Lease/{name}"), cause, cure))
}

/// What is wrong with whoever should care for a namespace.
pub fn finding(operators: &[Operator], namespace: &str) -> Option<Finding> {
    let Some(operator) = of(operators, namespace) else {
        let cure = "helm upgrade --install aegis charts/aegis -n aegis-system --create-namespace";
        return Some(if operators.is_empty() {
            Finding::error("operator-missing", "Deployment/aegis", "no operator is installed: nothing cares for the app", cure)
        } else {
            let known: Vec<&str> = operators.iter().flat_map(|operator| &operator.namespaces).map(String::as_str).collect();
            let cause = format!("no operator cares for namespace {namespace}, but for {}", known.join(", "));
            let cure = format!("add {namespace} to the values namespaces of one of them, or install one for it");
            Finding::error("namespace-not-watched", format!("Deployment/{}", operators[0].name), cause, cure)
        });
    };
    (operator.ready == 0).then(|| {
        let Operator { namespace, name, .. } = operator;
        let (why, cure) = if operator.replicas == 0 {
            (
                format!("Deployment {name} of the operator has 0 replicas"),
                format!("kubectl -n {namespace} scale deploy/{name} --replicas=1"),
            )
        } else {
            let look = format!("kubectl -n {namespace} describe pods -l {OPERATORS}; kubectl -n {namespace} logs deploy/{name}");
            ("no pod of the operator is ready".to_owned(), look)
        };
        let cause = format!("{why}: the app runs on as it is, and nothing is repaired, scaled or released");
        Finding::error("operator-not-ready", format!("Deployment/{name}"), cause, cure)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(namespaces: &str, ready: i32) -> Operator {
        let args = if namespaces.is_empty() { json!([]) } else { json!([format!("--namespaces={namespaces}")]) };
        let containers = json!([{"name": "operator", "args": args}]);
        let deployment = json!({"metadata": {"name": "aegis", "namespace": "aegis-system"}, "status": {"readyReplicas": ready},
            "spec": {"selector": {}, "template": {"spec": {"containers": containers}}}});
        operator(&serde_json::from_value(deployment).unwrap())
    }

    #[test]
    fn somebody_must_care_for_the_namespace() {
        let id = |operators: &[Operator]| finding(operators, "shop").map(|finding| finding.id).unwrap_or_default();
        assert_eq!(id(&[]), "operator-missing");
        assert_eq!(id(&[found("", 1)]), "");
        assert_eq!(id(&[found("", 0)]), "operator-not-ready");
        assert_eq!(id(&[found("blog,till", 1)]), "namespace-not-watched");
        assert_eq!(id(&[found("blog", 0), found("blog,shop", 1)]), "");
    }

    #[test]
    fn an_operator_whose_lease_nobody_renews_does_nothing() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let lease = |holder: &str, renewed: &str| {
            Some(serde_json::from_value::<LeaseSpec>(json!({"holderIdentity": holder, "renewTime": renewed})).unwrap())
        };
        let cause = |lease| still(&found("", 1), "aegis", lease, now).map(|finding| finding.cause).unwrap_or_default();
        assert_eq!(cause(lease("aegis-1", "2026-01-01T11:59:30.000000Z")), "");
        assert!(cause(lease("aegis-1", "2026-01-01T11:50:00.000000Z")).contains("aegis-1 renewed it last at 2026-01-01T11:50:00Z"));
        assert!(cause(lease("", "2026-01-01T11:50:00.000000Z")).contains("nobody holds it"));
        assert!(cause(None).contains("nobody holds it"));
    }

    #[test]
    fn an_operator_that_was_scaled_to_nothing_has_no_pods_to_look_at() {
        let cure = |replicas: i32| finding(&[Operator { replicas, ..found("", 0) }], "shop").map(|finding| finding.cure);
        assert_eq!(cure(0).as_deref(), Some("kubectl -n aegis-system scale deploy/aegis --replicas=1"));
        assert!(cure(1).is_some_and(|cure| cure.contains("describe pods")));
    }
}
