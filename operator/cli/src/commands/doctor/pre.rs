//! `doctor --pre`: whether a cluster can take the operator, and what it would lack there. Nothing is installed or changed.

use std::collections::BTreeSet;
use std::process::ExitCode;

use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{ListParams, PostParams};
use kube::{Error, ResourceExt};
use serde::Serialize;
use serde_json::json;

use super::operators;
use crate::args::doctor::Doctor;
use crate::commands::status::read::answer;
use crate::connection::Connection;
use crate::failure::Failure;
use crate::output::Output;
use crate::page::{Colour, Page};
use crate::refusal;

/// Version of the printed JSON.
const VERSION: u8 = 1;
/// The oldest Kubernetes that the chart installs on: 1.MINOR.
const OLDEST: u32 = 33;
/// What whoever installs the chart creates: API group, resource, whether it stands in a namespace.
const CREATED: [(&str, &str, bool); 10] = [
    ("", "namespaces", false),
    ("apiextensions.k8s.io", "customresourcedefinitions", false),
    ("rbac.authorization.k8s.io", "clusterroles", false),
    ("rbac.authorization.k8s.io", "clusterrolebindings", false),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies", false),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings", false),
    ("apps", "deployments", true),
    ("", "secrets", true),
    ("", "serviceaccounts", true),
    ("rbac.authorization.k8s.io", "roles", true),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum Outcome {
    Ok,
    /// Worth knowing.
    Info,
    Warning,
    Error,
}

/// One line.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Check {
    group: &'static str,
    /// Stays the same from version to version.
    id: String,
    outcome: Outcome,
    message: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    hint: String,
}

impl Check {
    fn new(group: &'static str, id: impl Into<String>, outcome: Outcome, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let hint = if outcome == Outcome::Ok { String::new() } else { hint.into() };
        Self { group, id: id.into(), outcome, message: message.into(), hint }
    }
}

pub async fn run(args: &Doctor, output: &Output) -> Result<ExitCode, Failure> {
    let connection = Connection::open(&args.target).await?;
    let checks = checks(&connection, args).await?;
    let is_possible = !checks.iter().any(|check| check.outcome == Outcome::Error);
    let report = json!({"version": VERSION, "ok": is_possible, "checks": checks});
    output.data(args.output.written(&report).unwrap_or_else(|| text(&checks, &output.data_page)));
    if is_possible {
        output.note("Next: helm upgrade --install aegis charts/aegis -n aegis-system --create-namespace");
        return Ok(ExitCode::SUCCESS);
    }
    output.note("Next: mend what is an error, then aegisctl doctor --pre again");
    Ok(ExitCode::FAILURE)
}

async fn checks(connection: &Connection, args: &Doctor) -> Result<Vec<Check>, Failure> {
    let version = answer(connection, connection.server_version()).await?.map_err(|error| refusal::explain(&error, connection))?;
    let mut checks =
        vec![Check::new("kubernetes", "server-answers", Outcome::Ok, format!("the server at {} answers", connection.server), "")];
    checks.push(supported(&version));
    checks.extend(nodes(connection).await?);
    let home = args.target.namespace.as_deref().unwrap_or("aegis-system");
    for (group, resource, is_namespaced) in CREATED {
        let namespace = is_namespaced.then_some(home);
        checks.push(right(resource, namespace, may_create(connection, group, resource, namespace).await?));
    }
    checks.push(crd(connection, home).await?);
    checks.extend(others(connection, home).await?);
    checks.push(storage(connection).await?);
    let groups = answer(connection, connection.api_groups()).await?.map_err(|error| refusal::explain(&error, connection))?;
    checks.extend(kinds(&groups));
    Ok(checks)
}

fn supported(version: &str) -> Check {
    let mut parts = version.trim_start_matches('v').split(['.', '-', '+']);
    let number = |part: Option<&str>| part.and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    let (major, minor) = (number(parts.next()), number(parts.next()));
    let outcome = if (major, minor) >= (1, OLDEST) { Outcome::Ok } else { Outcome::Error };
    Check::new(
        "kubernetes",
        "version-supported",
        outcome,
        format!("Kubernetes is {version}"),
        format!("upgrade the cluster to 1.{OLDEST} or newer"),
    )
}

async fn nodes(connection: &Connection) -> Result<Vec<Check>, Failure> {
    let found = match answer(connection, connection.everywhere::<Node>().list(&ListParams::default())).await? {
        Ok(found) => found.items,
        Err(Error::Api(status)) if status.code == 403 => {
            return Ok(vec![Check::new("kubernetes", "nodes-ready", Outcome::Info, "you may not look at nodes", "")]);
        }
        Err(error) => return Err(refusal::explain(&error, connection)),
    };
    let is_ready = |node: &&Node| {
        let mut conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
        conditions.any(|condition| condition.type_ == "Ready" && condition.status == "True")
    };
    let ready = found.iter().filter(is_ready).count();
    let outcome = match (ready, found.len()) {
        (0, _) => Outcome::Error,
        (ready, all) if ready < all => Outcome::Warning,
        _ => Outcome::Ok,
    };
    let message = format!("{ready} of {} nodes are ready", found.len());
    Ok(vec![Check::new("kubernetes", "nodes-ready", outcome, message, "kubectl get nodes; kubectl describe node NAME")])
}

async fn may_create(connection: &Connection, group: &str, resource: &str, namespace: Option<&str>) -> Result<bool, Failure> {
    let attributes = ResourceAttributes {
        group: Some(group.to_owned()),
        resource: Some(resource.to_owned()),
        verb: Some("create".to_owned()),
        namespace: namespace.map(ToOwned::to_owned),
        ..Default::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..Default::default() };
    let review = SelfSubjectAccessReview { spec, ..Default::default() };
    let answered = answer(connection, connection.everywhere::<SelfSubjectAccessReview>().create(&PostParams::default(), &review)).await?;
    let answered = answered.map_err(|error| refusal::explain(&error, connection))?;
    Ok(answered.status.is_some_and(|status| status.allowed))
}

fn right(resource: &str, namespace: Option<&str>, may: bool) -> Check {
    let place = namespace.map(|namespace| format!(" in {namespace}")).unwrap_or_default();
    // without a namespace, one that is there will do; without the fence, no policy is made
    let outcome = match (may, resource) {
        (true, _) => Outcome::Ok,
        (false, "namespaces" | "validatingadmissionpolicies" | "validatingadmissionpolicybindings") => Outcome::Warning,
        (false, _) => Outcome::Error,
    };
    let hint = match resource {
        "namespaces" => "have somebody make the namespace, and leave out --create-namespace",
        "validatingadmissionpolicies" | "validatingadmissionpolicybindings" => {
            "install with --set fence.enabled=false, or have a cluster administrator install"
        }
        _ => "have a cluster administrator install",
    };
    let message = format!("you may{} create {resource}{place}", if may { "" } else { " not" });
    Check::new("rights", format!("can-create-{resource}"), outcome, message, hint)
}

async fn crd(connection: &Connection, home: &str) -> Result<Check, Failure> {
    let crds = connection.everywhere::<CustomResourceDefinition>();
    let found = match answer(connection, crds.get_metadata_opt("aegisapps.aegis.dev")).await? {
        Ok(found) => found,
        Err(Error::Api(status)) if status.code == 403 => {
            return Ok(Check::new("installation", "crd", Outcome::Info, "you may not look whether AegisApps are known already", ""));
        }
        Err(error) => return Err(refusal::explain(&error, connection)),
    };
    let Some(found) = found else { return Ok(Check::new("installation", "crd", Outcome::Ok, "AegisApps are not known yet", "")) };
    let told = |key: &str| found.annotations().get(key).cloned().unwrap_or_default();
    let (release, namespace) = (told("meta.helm.sh/release-name"), told("meta.helm.sh/release-namespace"));
    if namespace == home {
        return Ok(Check::new(
            "installation",
            "crd",
            Outcome::Ok,
            format!("AegisApps are known, of the release {release} in {namespace}: it can be upgraded"),
            "",
        ));
    }
    let (of, hint) = match release.as_str() {
        "" => ("of no release".to_owned(), "install with --take-ownership, or with --set installCRDs=false".to_owned()),
        _ => (
            format!("of the release {release} in {namespace}"),
            format!(
                "upgrade that one, or install for namespaces of its own with --set installCRDs=false,namespaces={{...}}; here -n {namespace} is meant"
            ),
        ),
    };
    Ok(Check::new("installation", "crd", Outcome::Warning, format!("AegisApps are known already, {of}"), hint))
}

async fn others(connection: &Connection, home: &str) -> Result<Option<Check>, Failure> {
    let Some(found) = operators::find(connection).await? else { return Ok(None) };
    let elsewhere = found.iter().find(|operator| operator.namespaces.is_empty() && operator.namespace != home);
    Ok(Some(match elsewhere {
        None => Check::new("installation", "no-other-operator", Outcome::Ok, "no other operator cares for all namespaces", ""),
        Some(other) => {
            let message = format!("the operator {} in {} cares for all namespaces", other.name, other.namespace);
            Check::new(
                "installation",
                "no-other-operator",
                Outcome::Error,
                message,
                "upgrade that one, or uninstall it first: its apps run on meanwhile",
            )
        }
    }))
}

async fn storage(connection: &Connection) -> Result<Check, Failure> {
    const DEFAULT: &str = "storageclass.kubernetes.io/is-default-class";
    let found = match answer(connection, connection.everywhere::<StorageClass>().list(&ListParams::default())).await? {
        Ok(found) => found.items,
        Err(Error::Api(status)) if status.code == 403 => {
            return Ok(Check::new("optional", "default-storage-class", Outcome::Info, "you may not look at StorageClasses", ""));
        }
        Err(error) => return Err(refusal::explain(&error, connection)),
    };
    let default = found.iter().find(|class| class.annotations().get(DEFAULT).is_some_and(|value| value == "true"));
    Ok(match default {
        Some(class) => Check::new(
            "optional",
            "default-storage-class",
            Outcome::Ok,
            format!("volumes are of the StorageClass {}", class.name_any()),
            "",
        ),
        None => {
            let hint = "mark one as the default, or name one in every volume and binding: storageClass";
            Check::new(
                "optional",
                "default-storage-class",
                Outcome::Warning,
                "no StorageClass is the default: provisioned bindings and volumes would wait",
                hint,
            )
        }
    })
}

/// What is used where the cluster knows it.
fn kinds(groups: &BTreeSet<String>) -> Vec<Check> {
    let all = [
        ("metrics", "metrics.k8s.io", Outcome::Warning, "scaling by CPU", "install metrics-server; queues scale without it"),
        (
            "policies",
            "admissionregistration.k8s.io",
            Outcome::Warning,
            "the fence around the operator",
            "install with --set fence.enabled=false",
        ),
        (
            "gateways",
            "gateway.networking.k8s.io",
            Outcome::Info,
            "routes through gateways",
            "install the Gateway API and a gateway; Ingresses work without it",
        ),
        (
            "prometheus",
            "monitoring.coreos.com",
            Outcome::Info,
            "PodMonitors and PrometheusRules",
            "install the Prometheus Operator; it is noticed within seconds",
        ),
    ];
    let check = |(id, group, otherwise, what, hint): (&str, &str, Outcome, &str, &str)| {
        let is_known = groups.contains(group);
        let message = format!("{group} is {}known: {what}", if is_known { "" } else { "not " });
        Check::new("optional", id, if is_known { Outcome::Ok } else { otherwise }, message, hint)
    };
    let mut checks: Vec<Check> = all.into_iter().map(check).collect();
    let hint = "see docs/access.md: without a network that enforces them, everybody reaches every pod";
    checks.push(Check::new(
        "optional",
        "network-policies",
        Outcome::Info,
        "whether NetworkPolicies are enforced cannot be seen from here",
        hint,
    ));
    checks
}

fn text(checks: &[Check], page: &Page) -> String {
    let mut lines: Vec<String> = vec![];
    let mut group = "";
    for check in checks {
        if check.group != group {
            group = check.group;
            lines.push(page.paint(Colour::Bold, group));
        }
        let (mark, word, colour) = match check.outcome {
            Outcome::Ok => ("√", "ok", Colour::Green),
            Outcome::Info => ("i", "info", Colour::Cyan),
            Outcome::Warning => ("‼", "warning", Colour::Yellow),
            Outcome::Error => ("×", "error", Colour::Red),
        };
        let mark = page.paint(colour, if page.is_live { mark } else { word });
        lines.push(format!("  {mark} {}: {}", check.id, check.message));
        if !check.hint.is_empty() {
            lines.push(format!("      {} {}", page.paint(Colour::Cyan, "hint:"), check.hint));
        }
    }
    let count = |outcome| checks.iter().filter(|check| check.outcome == outcome).count();
    lines.push(format!("{} checks, {} errors, {} warnings", checks.len(), count(Outcome::Error), count(Outcome::Warning)));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_cluster_is_no_place_for_it() {
        for (version, outcome) in [
            ("v1.33.0", Outcome::Ok),
            ("v1.37.2+k3s1", Outcome::Ok),
            ("v1.34.1-gke.100", Outcome::Ok),
            ("v1.32.9", Outcome::Error),
            ("v2.0.0", Outcome::Ok),
            ("unknown", Outcome::Error),
        ] {
            assert_eq!(supported(version).outcome, outcome, "{version}");
        }
        let chart = include_str!("../../../../../charts/aegis/Chart.yaml");
        assert!(chart.contains(&format!("kubeVersion: \">=1.{OLDEST}.0-0\"")), "the chart says otherwise: {chart}");
    }

    #[test]
    fn what_is_missing_is_as_bad_as_what_it_is_for() {
        assert_eq!(right("clusterroles", None, false).outcome, Outcome::Error);
        assert_eq!(right("namespaces", None, false).outcome, Outcome::Warning);
        assert_eq!(right("secrets", Some("aegis-system"), true).message, "you may create secrets in aegis-system");
        let some = BTreeSet::from(["metrics.k8s.io".to_owned(), "admissionregistration.k8s.io".to_owned()]);
        let outcomes: Vec<Outcome> = kinds(&some).iter().map(|check| check.outcome).collect();
        assert_eq!(outcomes, [Outcome::Ok, Outcome::Ok, Outcome::Info, Outcome::Info, Outcome::Info]);
    }

    #[test]
    fn lines_have_words_where_there_is_no_terminal() {
        let page = Page { columns: 80, colour: false, is_live: false };
        let checks = [supported("v1.30.0"), right("secrets", None, true)];
        let wanted = [
            "kubernetes",
            "  error version-supported: Kubernetes is v1.30.0",
            "      hint: upgrade the cluster to 1.33 or newer",
            "rights",
            "  ok can-create-secrets: you may create secrets",
            "2 checks, 1 errors, 0 warnings",
        ];
        assert_eq!(text(&checks, &page), wanted.join("\n"));
    }
}
