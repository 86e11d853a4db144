//! `top`: what each role of an app uses, and how its work stands, drawn again as it changes. It changes nothing.

use std::time::Duration;

use aegis_crds::status::{Component, QueueStatus};
use aegis_plan::accept::quantity::amount;
use aegis_plan::names::{APP_LABEL, ROLE_LABEL};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use kube::api::ListParams;
use kube::core::DynamicObject;
use serde::Serialize;
use serde_json::Value;

use super::status::one::colour;
use super::status::read::{self, answer};
use super::status::report::{Report, is_good, is_moving, status};
use crate::args::Format;
use crate::args::look::Top;
use crate::connection::{self, Connection};
use crate::failure::Failure;
use crate::output::Output;
use crate::page::{Colour, Page};
use crate::refusal;
use crate::table::{Cell, Table};

/// Version of the printed JSON and YAML.
const VERSION: u8 = 1;
/// Share of a limit from which on it is shown as close.
const CLOSE: f64 = 0.8;

/// As `-o json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    version: u8,
    name: String,
    namespace: String,
    #[serde(skip)]
    report: Report,
    /// Whether metrics-server told what pods use.
    measured: bool,
    roles: Vec<Role>,
}

/// One role; what its pods use together.
#[derive(Debug, Default, Serialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct Role {
    name: String,
    section: String,
    ready: i32,
    desired: i32,
    state: String,
    restarts: i32,
    cpu_cores: Option<f64>,
    cpu_limit_cores: Option<f64>,
    memory_bytes: Option<f64>,
    memory_limit_bytes: Option<f64>,
    /// Idle, Busy, Blocked or Unknown, of pools with a broker.
    work: Option<String>,
    #[serde(skip)]
    is_good: bool,
    #[serde(skip)]
    is_moving: bool,
}

pub fn run(args: &Top, output: &Output) -> Result<(), Failure> {
    connection::block_on(async {
        let connection = Connection::open(&args.target).await?;
        let is_live = output.data_page.is_live && !args.once && args.output == Format::Text;
        let looking = async {
            loop {
                let seen = look(&connection, &args.name).await?;
                if !is_live {
                    output.data(args.output.written(&seen).unwrap_or_else(|| table(&seen, &output.data_page)));
                    if !seen.measured {
                        output.warning("nothing is measured in this cluster: install metrics-server to see cpu and memory");
                    }
                    return Ok(());
                }
                output.replace(&table(&seen, &output.data_page));
                tokio::time::sleep(Duration::from_secs(args.every)).await;
            }
        };
        tokio::select! {
            end = looking => end,
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    })?
}

async fn look(connection: &Connection, name: &str) -> Result<Seen, Failure> {
    let app = read::object(connection, name).await?;
    let (report, status) = (Report::of(&app)?, status(&app)?);
    let params = ListParams::default().labels(&format!("{APP_LABEL}={name}"));
    let pods = answer(connection, connection.namespaced::<Pod>().list(&params)).await?;
    let pods = pods.map_err(|error| refusal::of_change(&error, connection))?.items;
    let used = match answer(connection, connection.pod_metrics().list(&params)).await? {
        Ok(used) => Some(used.items),
        // not installed, not ready, or not for who asks
        Err(kube::Error::Api(status)) if [403, 404, 503].contains(&status.code) => None,
        Err(error) => return Err(refusal::of_change(&error, connection)),
    };
    let runs = |component: &&Component| component.section != "schedules" && component.section != "migration";
    let role = |component: &Component| role(component, &pods, used.as_deref(), &status.queues);
    let roles = report.components.iter().filter(runs).map(role).collect();
    let measured = used.is_some();
    Ok(Seen { version: VERSION, name: report.name.clone(), namespace: report.namespace.clone(), report, measured, roles })
}

fn role(component: &Component, pods: &[Pod], used: Option<&[DynamicObject]>, queues: &[QueueStatus]) -> Role {
    let own: Vec<&Pod> = pods.iter().filter(|pod| pod.labels().get(ROLE_LABEL) == Some(&component.name) && !is_over(pod)).collect();
    let restarts = own.iter().flat_map(|pod| pod.status.iter().flat_map(|status| status.container_statuses.iter().flatten()));
    let usage = |what: &str| {
        let all = used?.iter().filter(|used| own.iter().any(|pod| pod.name_any() == used.name_any()));
        let amounts: Vec<f64> = all.filter_map(|pod| sum(&pod.data["containers"], what)).collect();
        (!amounts.is_empty()).then(|| amounts.iter().sum())
    };
    let queue = queues.iter().find(|queue| component.section == "workers" && queue.worker == component.name);
    Role {
        name: component.name.clone(),
        section: component.section.clone(),
        ready: component.ready,
        desired: component.desired,
        state: component.reason.clone(),
        restarts: restarts.map(|container| container.restart_count).sum(),
        cpu_cores: usage("cpu"),
        cpu_limit_cores: limit(&own, "cpu"),
        memory_bytes: usage("memory"),
        memory_limit_bytes: limit(&own, "memory"),
        work: queue.map(|queue| format!("{:?}", queue.state)),
        is_good: is_good(component),
        is_moving: is_moving(component),
    }
}

fn is_over(pod: &Pod) -> bool {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).is_some_and(|phase| ["Succeeded", "Failed"].contains(&phase))
}

/// What the containers of one pod use.
fn sum(containers: &Value, what: &str) -> Option<f64> {
    containers.as_array()?.iter().map(|container| amount(container["usage"][what].as_str()?)).sum()
}

/// The limits of all pods together; none where one has none.
fn limit(pods: &[&Pod], what: &str) -> Option<f64> {
    let containers = pods.iter().flat_map(|pod| pod.spec.iter().flat_map(|spec| &spec.containers));
    let limits: Vec<Option<f64>> =
        containers.map(|container| amount(&container.resources.as_ref()?.limits.as_ref()?.get(what)?.0)).collect();
    if limits.is_empty() { None } else { limits.into_iter().sum() }
}

fn table(seen: &Seen, page: &Page) -> String {
    let row = |role: &Role| {
        let state = match role {
            Role { is_good: true, .. } => Colour::Green,
            Role { is_moving: true, .. } => Colour::Yellow,
            _ => Colour::Red,
        };
        let millis = |cores: f64| format!("{:.0}m", cores * 1000.0);
        let mebibytes = |bytes: f64| format!("{:.0}Mi", bytes / 1_048_576.0);
        [
            role.name.clone().into(),
            format!("{}/{}", role.ready, role.desired).into(),
            Cell(role.state.clone(), state),
            used(role.cpu_cores, role.cpu_limit_cores, millis),
            used(role.memory_bytes, role.memory_limit_bytes, mebibytes),
            role.restarts.to_string().into(),
            role.work.clone().unwrap_or_else(|| "-".to_owned()).into(),
        ]
    };
    let header = ["ROLE", "READY", "STATE", "CPU", "MEMORY", "RESTARTS", "WORK"];
    let rows = Table { header, rows: seen.roles.iter().map(row).collect() }.text(page);
    let state = page.paint(colour(seen.report.state), &seen.report.reason);
    format!("{} in namespace {}: {state}\n\n{rows}", page.paint(Colour::Bold, &seen.name), seen.namespace)
}

/// So much, and which share of the limit that is.
fn used(used: Option<f64>, limit: Option<f64>, unit: impl Fn(f64) -> String) -> Cell {
    let Some(used) = used else { return "-".into() };
    let Some(limit) = limit.filter(|limit| *limit > 0.0) else { return unit(used).into() };
    let share = used / limit;
    let colour = if share >= CLOSE { Colour::Yellow } else { Colour::Plain };
    Cell(format!("{} ({:.0} %)", unit(used), share * 100.0), colour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str, limits: Value) -> Pod {
        let containers = json!([{"name": "app", "resources": {"limits": limits}}]);
        let statuses = json!([{"name": "app", "restartCount": 2, "ready": true, "image": "", "imageID": ""}]);
        let pod = json!({"metadata": {"name": name, "labels": {ROLE_LABEL: "mail"}}, "spec": {"containers": containers},
            "status": {"phase": "Running", "containerStatuses": statuses}});
        serde_json::from_value(pod).unwrap()
    }

    fn usage(name: &str, cpu: &str, memory: &str) -> DynamicObject {
        let containers = json!([{"name": "app", "usage": {"cpu": cpu, "memory": memory}}]);
        serde_json::from_value(json!({"metadata": {"name": name}, "containers": containers})).unwrap()
    }

    fn mail(pods: &[Pod], used: Option<&[DynamicObject]>) -> Role {
        let component = json!({"name": "mail", "section": "workers", "ready": 2, "desired": 2, "reason": "Running"});
        let queue = json!({"worker": "mail", "state": "Busy", "dead": false});
        role(&serde_json::from_value(component).unwrap(), pods, used, &[serde_json::from_value(queue).unwrap()])
    }

    #[test]
    fn a_role_uses_what_its_pods_use() {
        let limits = json!({"cpu": "500m", "memory": "128Mi"});
        let pods = [pod("a", limits.clone()), pod("b", limits)];
        let used = [usage("a", "250000000n", "64Mi"), usage("b", "250m", "65536Ki"), usage("other", "9", "9Gi")];
        let role = mail(&pods, Some(&used));
        assert_eq!((role.cpu_cores, role.cpu_limit_cores), (Some(0.5), Some(1.0)));
        assert_eq!((role.memory_bytes, role.memory_limit_bytes), (Some(134_217_728.0), Some(268_435_456.0)));
        assert_eq!((role.restarts, role.work.as_deref()), (4, Some("Busy")));
    }

    #[test]
    fn what_is_not_measured_or_not_limited_is_not_made_up() {
        let role = mail(&[pod("a", json!({"memory": "1Gi"})), pod("b", json!({}))], None);
        assert_eq!((role.cpu_cores, role.memory_bytes, role.cpu_limit_cores, role.memory_limit_bytes), (None, None, None, None));
        let millis = |cores: f64| format!("{:.0}m", cores * 1000.0);
        assert_eq!(used(None, Some(1.0), millis).0, "-");
        assert_eq!(used(Some(0.5), None, millis).0, "500m");
        let Cell(text, colour) = used(Some(0.9), Some(1.0), millis);
        assert_eq!((text.as_str(), colour), ("900m (90 %)", Colour::Yellow));
    }
}
