//! One app: from its operator and its spec over its release and its roles to single pods, until something says why.

use aegis_crds::status::{Component, Severity as Grade};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{Event, Node};
use kube::ResourceExt;
use kube::api::ListParams;
use kube::core::DynamicObject;

use super::finding::{Diagnosis, Finding, Severity};
use super::operators::{self, Operator};
use crate::commands::events::last;
use crate::commands::status::next;
use crate::commands::status::read::answer;
use crate::commands::status::report::{Report, State, is_good, is_moving, status};
use crate::connection::Connection;
use crate::failure::Failure;
use crate::objects::{Health, Object, Objects};
use crate::refusal;

/// Longer than an operator leaves a spec unseen.
const PATIENCE: SignedDuration = SignedDuration::from_secs(60);

/// What is found about an app.
pub async fn of(connection: &Connection, name: &str, operators: Option<&[Operator]>) -> Result<Diagnosis, Failure> {
    let objects = Objects::of(connection, name).await?;
    let report = Report::of(&objects.app)?;
    let warnings = warnings(connection).await?;
    let nodes = nodes(connection).await?;
    let mut hidden: Vec<String> = objects.hidden.iter().map(|kind| format!("{kind}s")).collect();
    hidden.extend(operators.is_none().then(|| "the operator's Deployment".to_owned()));
    hidden.extend(nodes.is_none().then(|| "nodes".to_owned()));

    let mut findings: Vec<Finding> =
        operators.and_then(|operators| operators::finding(operators, &connection.namespace)).into_iter().collect();
    let operator = operators.and_then(|operators| operators::of(operators, &connection.namespace));
    if let Some(operator) = operator {
        findings.extend(operators::idle(connection, operator).await?);
    }
    let is_cared_for = findings.is_empty();
    findings.extend(unseen(&report, &objects.app, operator.filter(|_| is_cared_for), Timestamp::now()));
    findings.extend(problems(&report));
    findings.extend(nodes.iter().flatten().filter(|node| concerns(node, &objects)).filter_map(node));
    findings.extend(release(&report));
    findings.extend(components(&report, &objects, &warnings, is_cared_for));
    findings.extend(evicted(&objects, &warnings));
    findings.extend(claims(&objects, &warnings));
    findings.extend(routes(&report));
    findings.extend(work(&objects)?);
    if findings.is_empty() {
        findings.extend(otherwise(&report));
    }
    let looked_at =
        ["the operator", "the spec", "the release", "every role and its pods", "volumes", "routes", "queues", "schedules", "nodes"];
    Ok(Diagnosis {
        name: report.name.clone(),
        namespace: report.namespace.clone(),
        state: report.reason.clone(),
        findings,
        looked_at: looked_at.map(ToOwned::to_owned).to_vec(),
        hidden,
    })
}

/// What the operator has not looked at yet, which takes it seconds. Without an operator, that is no wonder.
fn unseen(report: &Report, app: &DynamicObject, operator: Option<&Operator>, now: Timestamp) -> Option<Finding> {
    let operator = operator.filter(|_| report.state == State::Unseen)?;
    let object = format!("AegisApp/{}", report.name);
    let look = format!("kubectl -n {} logs deploy/{}", operator.namespace, operator.name);
    let written = app.metadata.managed_fields.iter().flatten();
    let written = written.filter(|entry| entry.fields_v1.as_ref().is_some_and(|fields| fields.0["f:spec"].is_object()));
    let written = written.filter_map(|entry| entry.time.as_ref()).map(|time| time.0).max();
    Some(match written.filter(|written| now.duration_since(*written) > PATIENCE) {
        None => Finding::warning(
            "spec-not-seen",
            object,
            &report.message,
            format!("wait some seconds; if it stays so, look at the operator's log: {look}"),
        ),
        Some(written) => Finding::error("spec-not-seen", object, format!("{}, which was written at {written}", report.message), look),
    })
}

fn problems(report: &Report) -> Vec<Finding> {
    let finding = |problem: &aegis_crds::status::ProblemReport| Finding {
        id: problem.code.clone(),
        severity: if problem.severity == Grade::Error { Severity::Error } else { Severity::Warning },
        object: format!("AegisApp/{} {}", report.name, problem.path),
        cause: problem.message.clone(),
        cure: problem.fix.clone(),
    };
    // what is only worth knowing is told by status
    let mut all: Vec<_> = report.problems.iter().filter(|problem| problem.severity != Grade::Info).map(finding).collect();
    all.sort_by_key(|finding| finding.severity != Severity::Error);
    all
}

/// A release that gave way, or does not get on for a reason that no role tells.
fn release(report: &Report) -> Option<Finding> {
    report.is_set_back().then(|| {
        let cure = format!(
            "aegisctl rollout history {0} -n {1}; once it is mended: aegisctl rollout retry {0} -n {1}",
            report.name, report.namespace
        );
        Finding::error(&report.reason, format!("AegisApp/{}", report.name), &report.message, cure)
    })
}

/// The roles that are not as asked. One that is on its way is only wrong where a pod of it is; and so is one of which only an operator
/// that does nothing any more has said that it runs.
fn components(report: &Report, objects: &Objects, warnings: &[Event], is_cared_for: bool) -> Vec<Finding> {
    let mut findings = vec![];
    for component in report.components.iter().filter(|component| !is_good(component) || !is_cared_for) {
        if !is_moving(component) && !is_good(component) {
            let cause = component.message.clone().unwrap_or_else(|| format!("{} of {} are ready", component.ready, component.desired));
            findings.push(Finding::error(&component.reason, object(report, component), cause, next::about(report, component)));
            continue;
        }
        let own = |object: &&Object| {
            object.section == component.section && (object.role == component.name || component.name == component.section)
        };
        let mut pods = objects.all.iter().filter(own).filter(|object| object.kind.kind == "Pod");
        let is_gone = pods.clone().next().is_none() && component.desired > 0 && component.reason == "Running";
        findings.extend(is_gone.then(|| {
            let cause =
                format!("it has no pod, and the status is from before: {} of {} were ready then", component.ready, component.desired);
            Finding::error("pods-gone", self::object(report, component), cause, "bring the operator back first: it makes them again")
        }));
        let bad = pods.find(|object| object.state.health == Health::Bad);
        findings.extend(bad.map(|pod| {
            let said = warning(pod, warnings).unwrap_or_else(|| format!("the pod is {}", pod.state.word));
            Finding::error(word(&pod.state.word), pod.title(), said, next::about(report, component))
        }));
    }
    findings
}

fn object(report: &Report, component: &Component) -> String {
    format!("{}/{} of {}", component.section, component.name, report.name)
}

fn word(state: &str) -> &str {
    state.split(',').next().unwrap_or(state)
}

/// Pods that their node has ended to save itself.
fn evicted(objects: &Objects, warnings: &[Event]) -> Option<Finding> {
    let evicted = || objects.all.iter().filter(|object| object.kind.kind == "Pod" && word(&object.state.word) == "Evicted");
    let newest = evicted().max_by_key(|pod| &pod.created)?;
    let node = newest.node.as_deref().unwrap_or("NODE");
    let said = warning(newest, warnings).unwrap_or_else(|| "its node ran short of something".to_owned());
    let cause = format!("{} pods were evicted, this one last: {said}", evicted().count());
    let cure = format!(
        "kubectl describe node {node}; set resources.requests of the role {} to what it needs (aegisctl top shows it)",
        newest.role
    );
    Some(Finding::warning("pod-evicted", newest.title(), cause, cure))
}

/// Whether something of the app is on that node, or could be.
fn concerns(node: &Node, objects: &Objects) -> bool {
    let (name, mut pods) = (node.name_any(), objects.all.iter().filter(|object| object.kind.kind == "Pod"));
    pods.any(|pod| pod.node.as_deref().is_none_or(|node| node == name))
}

/// Volumes that nobody provides.
fn claims(objects: &Objects, warnings: &[Event]) -> Vec<Finding> {
    let pending = objects.all.iter().filter(|object| object.kind.kind == "PersistentVolumeClaim" && object.state.word == "Pending");
    let told = pending.filter_map(|claim| {
        let cause = warning(claim, warnings)?;
        Some(Finding::error(
            "VolumePending",
            claim.title(),
            cause,
            "kubectl get storageclass; name one of these in storageClass, or make one the default",
        ))
    });
    told.collect()
}

/// The last warning about an object.
fn warning(object: &Object, warnings: &[Event]) -> Option<String> {
    let mut newest = warnings.iter().rev();
    let own = newest.find(|event| event.involved_object.uid.as_deref() == Some(&object.uid));
    own.and_then(|event| event.message.clone()).map(|message| message.trim().to_owned())
}

fn routes(report: &Report) -> Vec<Finding> {
    let broken = report.routes.iter().filter(|route| !route.ready && route.reason != "Waiting");
    let finding = |route: &aegis_crds::status::RouteStatus| {
        let cause = route.message.clone().unwrap_or_else(|| format!("{} leads nowhere", route.url));
        Finding::error(
            &route.reason,
            format!("route {} of {}", route.name, report.name),
            cause,
            "see docs/routes.md; kubectl get gateways -A",
        )
    };
    broken.map(finding).collect()
}

/// Queues whose work is not known, and schedules that are late.
fn work(objects: &Objects) -> Result<Vec<Finding>, Failure> {
    let status = status(&objects.app)?;
    let name = objects.app.name_any();
    let namespace = objects.app.namespace().unwrap_or_default();
    let blind = status.queues.iter().filter(|queue| queue.reason.is_some());
    let queues = blind.map(|queue| {
        let cause = queue.message.clone().unwrap_or_else(|| "the work in its queues is not known".to_owned());
        let cure = format!("aegisctl queue list {name} -n {namespace}; aegisctl logs {name} agent -n {namespace}");
        Finding::warning(queue.reason.as_deref().unwrap_or_default(), format!("worker {} of {name}", queue.worker), cause, cure)
    });
    let late = status.schedules.iter().filter(|schedule| schedule.late && !schedule.suspended);
    let schedules = late.map(|schedule| {
        let cause = "a run was due, and none has succeeded since".to_owned();
        let cure = format!("aegisctl schedule list {name} -n {namespace}; aegisctl logs {name} {} -n {namespace}", schedule.name);
        Finding::warning("schedule-late", format!("schedule {} of {name}", schedule.name), cause, cure)
    });
    Ok(queues.chain(schedules).collect())
}

fn node(node: &Node) -> Option<Finding> {
    let mut conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    let wrong =
        conditions.find(|condition| if condition.type_ == "Ready" { condition.status != "True" } else { condition.status == "True" })?;
    let id = if wrong.type_ == "Ready" { "node-not-ready" } else { "node-under-pressure" };
    let cause = format!("{}: {}", wrong.type_, wrong.message.as_deref().unwrap_or_default());
    Some(Finding::warning(id, format!("Node/{}", node.name_any()), cause, format!("kubectl describe node {}", node.name_any())))
}

/// It is not ready, and nothing was found that says why.
fn otherwise(report: &Report) -> Option<Finding> {
    let is_well = report.state == State::Ready && report.components.iter().all(is_good);
    let object = format!("AegisApp/{}", report.name);
    match report.state {
        _ if is_well || report.state == State::Ready => None,
        State::Stalled => Some(Finding::error(&report.reason, object, &report.message, &report.next)),
        _ => Some(Finding::warning(&report.reason, object, &report.message, &report.next)),
    }
}

/// Warnings of the namespace, the last one last.
async fn warnings(connection: &Connection) -> Result<Vec<Event>, Failure> {
    let params = ListParams::default().fields("type=Warning");
    match answer(connection, connection.namespaced::<Event>().list(&params)).await? {
        Ok(found) => {
            let mut events = found.items;
            events.sort_by_key(last);
            Ok(events)
        }
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(vec![]),
        Err(error) => Err(refusal::of_change(&error, connection)),
    }
}

/// Nothing where who asks may not look.
async fn nodes(connection: &Connection) -> Result<Option<Vec<Node>>, Failure> {
    match answer(connection, connection.everywhere::<Node>().list(&ListParams::default())).await? {
        Ok(found) => Ok(Some(found.items)),
        Err(kube::Error::Api(status)) if status.code == 403 => Ok(None),
        Err(error) => Err(refusal::of_change(&error, connection)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn app(status: Value) -> kube::core::DynamicObject {
        serde_json::from_value(json!({"metadata": {"name": "shop", "namespace": "prod", "generation": 2}, "status": status})).unwrap()
    }

    fn report(mut status: Value) -> Report {
        status["observedGeneration"] = status.get("observedGeneration").cloned().unwrap_or(json!(2));
        Report::of(&app(status)).unwrap()
    }

    fn object(kind: aegis_plan::Kind, name: &str, status: Value) -> Object {
        let labels = json!({"aegis.dev/section": "workers", "aegis.dev/role": "mail"});
        let value = json!({"metadata": {"name": name, "uid": name, "labels": labels}, "status": status});
        Object::of(kind, &serde_json::from_value(value).unwrap())
    }

    fn ids(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.id.as_str()).collect()
    }

    #[test]
    fn an_edit_that_nobody_looked_at_is_told_only_where_somebody_could_have() {
        let report = report(json!({"observedGeneration": 1}));
        let operator: Operator =
            operators::operator(&serde_json::from_value(json!({"metadata": {"name": "aegis", "namespace": "system"}})).unwrap());
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let written = |at: &str| {
            let entry = json!({"manager": "user", "operation": "Apply", "time": at, "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {}}});
            serde_json::from_value(json!({"metadata": {"name": "shop", "managedFields": [entry]}})).unwrap()
        };
        let found = |at: &str| unseen(&report, &written(at), Some(&operator), now).map(|finding| (finding.severity, finding.cure));
        assert_eq!(found("2026-01-01T11:59:50Z").map(|(severity, _)| severity), Some(Severity::Warning));
        assert_eq!(found("2026-01-01T11:50:00Z"), Some((Severity::Error, "kubectl -n system logs deploy/aegis".into())));
        assert_eq!(unseen(&report, &written("2026-01-01T11:50:00Z"), None, now), None);
    }

    #[test]
    fn errors_of_the_spec_come_before_its_warnings() {
        let problem =
            |code: &str, severity: &str| json!({"code": code, "severity": severity, "path": "spec.api", "message": "m", "fix": "f"});
        let report = report(json!({"problems": [problem("KindMissing", "Info"), problem("A", "Warning"), problem("B", "Error")]}));
        assert_eq!(ids(&problems(&report)), ["B", "A"]);
    }

    #[test]
    fn a_role_is_told_by_its_own_words_and_one_on_its_way_by_its_pod() {
        let component = |reason: &str, message: &str| json!({"name": "mail", "section": "workers", "ready": 0, "desired": 1, "reason": reason, "message": message});
        let objects = |status: Value| Objects {
            app: app(json!({})),
            all: vec![object(aegis_plan::Kind::of::<k8s_openapi::api::core::v1::Pod>(), "p", status)],
            hidden: vec![],
        };
        let crashes = report(json!({"components": [component("Crashing", "exit code 3")]}));
        let fine = json!({"phase": "Running"});
        let found = components(&crashes, &objects(fine.clone()), &[], true);
        assert_eq!((ids(&found), found[0].cause.as_str()), (vec!["Crashing"], "exit code 3"));
        let moving = report(json!({"components": [component("Progressing", "")]}));
        assert_eq!(components(&moving, &objects(fine.clone()), &[], true), vec![]);
        let waits =
            json!({"phase": "Pending", "containerStatuses": [{"ready": false, "state": {"waiting": {"reason": "ImagePullBackOff"}}}]});
        let event: Event =
            serde_json::from_value(json!({"metadata": {}, "involvedObject": {"uid": "p"}, "message": "no such image"})).unwrap();
        let found = components(&moving, &objects(waits.clone()), std::slice::from_ref(&event), true);
        assert_eq!((ids(&found), found[0].cause.as_str()), (vec!["ImagePullBackOff"], "no such image"));

        let runs = report(json!({"components": [component("Running", "")]}));
        assert_eq!(components(&runs, &objects(waits.clone()), &[], true), vec![], "the operator looks at it");
        assert_eq!(ids(&components(&runs, &objects(waits), &[], false)), ["ImagePullBackOff"], "nobody has looked since");
        assert_eq!(components(&runs, &objects(fine), &[], false), vec![]);
        assert_eq!(ids(&components(&runs, &Objects { app: app(json!({})), all: vec![], hidden: vec![] }, &[], false)), ["pods-gone"]);
    }

    #[test]
    fn pods_that_were_evicted_are_warned_of_with_what_their_node_said() {
        let pod = |name: &str, reason: &str| {
            object(aegis_plan::Kind::of::<k8s_openapi::api::core::v1::Pod>(), name, json!({"phase": "Failed", "reason": reason}))
        };
        let objects = |all| Objects { app: app(json!({})), all, hidden: vec![] };
        assert_eq!(evicted(&objects(vec![pod("a", "Error")]), &[]), None);
        let event: Event =
            serde_json::from_value(json!({"metadata": {}, "involvedObject": {"uid": "b"}, "message": "low on memory"})).unwrap();
        let found = evicted(&objects(vec![pod("a", "Evicted"), pod("b", "Evicted")]), &[event]).unwrap();
        assert_eq!((found.object.as_str(), found.cause.as_str()), ("Pod/b", "2 pods were evicted, this one last: low on memory"));
    }

    #[test]
    fn a_node_matters_where_a_pod_of_the_app_is_or_none_has_a_place_yet() {
        let here: Node = serde_json::from_value(json!({"metadata": {"name": "here"}})).unwrap();
        let pod = |node: Option<&str>| {
            let pod = object(aegis_plan::Kind::of::<k8s_openapi::api::core::v1::Pod>(), "p", json!({}));
            Objects { app: app(json!({})), all: vec![Object { node: node.map(Into::into), ..pod }], hidden: vec![] }
        };
        assert!(concerns(&here, &pod(Some("here"))) && concerns(&here, &pod(None)));
        assert!(!concerns(&here, &pod(Some("there"))));
    }

    #[test]
    fn a_node_is_well_when_it_is_ready_and_under_no_pressure() {
        let seen = |conditions: Value| {
            let node_: Node = serde_json::from_value(json!({"metadata": {"name": "n"}, "status": {"conditions": conditions}})).unwrap();
            node(&node_).map(|finding| finding.id).unwrap_or_default()
        };
        assert_eq!(seen(json!([{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "False"}])), "");
        assert_eq!(seen(json!([{"type": "Ready", "status": "Unknown"}])), "node-not-ready");
        assert_eq!(seen(json!([{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True"}])), "node-under-pressure");
    }

    #[test]
    fn work_that_is_not_known_and_runs_that_are_late_are_warned_of() {
        let queue = json!({"worker": "mail", "state": "Unknown", "dead": false, "reason": "BrokerUnreachable", "message": "refused"});
        let schedule = json!({"name": "report", "schedule": "0 2 * * *", "timeZone": "UTC", "suspended": false, "late": true});
        let objects = Objects { app: app(json!({"queues": [queue], "schedules": [schedule]})), all: vec![], hidden: vec![] };
        assert_eq!(ids(&work(&objects).unwrap()), ["BrokerUnreachable", "schedule-late"]);
    }

    #[test]
    fn what_is_not_ready_is_never_called_well() {
        let stalled = json!([{"type": "Stalled", "status": "True", "reason": "Undone", "message": "m", "lastTransitionTime": "2026-01-01T00:00:00Z"}]);
        assert_eq!(otherwise(&report(json!({"conditions": stalled}))).map(|finding| finding.severity), Some(Severity::Error));
        assert_eq!(otherwise(&report(json!({}))).map(|finding| finding.severity), Some(Severity::Warning));
        let ready =
            json!([{"type": "Ready", "status": "True", "reason": "Running", "message": "m", "lastTransitionTime": "2026-01-01T00:00:00Z"}]);
        assert_eq!(otherwise(&report(json!({"conditions": ready}))), None);
    }
}
