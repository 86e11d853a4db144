//! `version`: of this program, of the operators and the CRD that are installed, and of the cluster.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use serde::Serialize;

use super::doctor::operators::{self, Operator};
use super::status::read::answer;
use crate::args::look::Version;
use crate::connection::{self, Connection};
use crate::failure::Failure;
use crate::output::Output;
use crate::refusal;

/// Version of the printed JSON.
const VERSION: u8 = 1;
/// This program's own.
pub const CLIENT: &str = env!("CARGO_PKG_VERSION");
/// As `-o json` prints it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    version: u8,
    client: &'static str,
    #[serde(flatten)]
    cluster: Option<Cluster>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cluster {
    kubernetes: String,
    /// Served versions of the AegisApp; none where it is not installed, nothing where who asks may not look.
    served: Option<Vec<String>>,
    /// Nothing where who asks may not look.
    operators: Option<Vec<Operator>>,
}

pub fn run(args: &Version, output: &Output) -> Result<(), Failure> {
    let cluster = match args.client {
        true => Ok(None),
        false => connection::block_on(ask(args)).and_then(|asked| asked).map(Some),
    };
    let (cluster, failure) = match cluster {
        Ok(cluster) => (cluster, None),
        Err(failure) => (None, Some(failure)),
    };
    let report = Report { version: VERSION, client: CLIENT, cluster };
    output.data(args.output.written(&report).unwrap_or_else(|| text(&report)));
    for operator in
        report.cluster.iter().flat_map(|cluster| cluster.operators.iter().flatten()).filter(|operator| operator.version != CLIENT)
    {
        let other = &operator.version;
        output.warning(format_args!(
            "this aegisctl is {CLIENT}, and the operator in {} is {other}: use the aegisctl of that version",
            operator.namespace
        ));
    }
    failure.map_or(Ok(()), Err)
}

async fn ask(args: &Version) -> Result<Cluster, Failure> {
    let connection = Connection::open(&args.target).await?;
    let server = answer(&connection, connection.server_version()).await?;
    let kubernetes = server.map_err(|error| refusal::explain(&error, &connection))?;
    let crds = connection.everywhere::<CustomResourceDefinition>();
    let served = match answer(&connection, crds.get_opt("aegisapps.aegis.dev")).await? {
        Ok(crd) => {
            Some(crd.into_iter().flat_map(|crd| crd.spec.versions).filter(|version| version.served).map(|version| version.name).collect())
        }
        Err(error) => hidden(&error, &connection)?,
    };
    let operators = operators::find(&connection).await?;
    Ok(Cluster { kubernetes, served, operators })
}

/// What who asks may not see is left out; anything else is a failure.
fn hidden<T>(error: &kube::Error, connection: &Connection) -> Result<Option<T>, Failure> {
    match error {
        kube::Error::Api(status) if status.code == 403 => Ok(None),
        other => Err(refusal::explain(other, connection)),
    }
}

fn text(report: &Report) -> String {
    let mut lines = vec![format!("aegisctl    {}", report.client)];
    let Some(cluster) = &report.cluster else { return lines.concat() };
    let hidden = "you may not look";
    lines.push(match &cluster.operators {
        None => format!("operator    {hidden}"),
        Some(all) if all.is_empty() => {
            "operator    not installed: helm upgrade --install aegis charts/aegis -n aegis-system --create-namespace".to_owned()
        }
        Some(all) => {
            let told = |one: &Operator| {
                format!("operator    {} ({}, {}/{} ready, in {})", one.version, one.image, one.ready, one.replicas, one.namespace)
            };
            all.iter().map(told).collect::<Vec<_>>().join("\n")
        }
    });
    lines.push(match &cluster.served {
        None => format!("aegisapps   {hidden}"),
        Some(served) if served.is_empty() => "aegisapps   not installed".to_owned(),
        Some(served) => format!("aegisapps   {}", served.join(", ")),
    });
    lines.push(format!("kubernetes  {}", cluster.kubernetes));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_not_there_and_what_is_hidden_are_told_apart() {
        let report = |served, operators| {
            let cluster = Cluster { kubernetes: "v1.37.2".into(), served, operators };
            text(&Report { version: VERSION, client: "1.0.0", cluster: Some(cluster) })
        };
        assert!(report(Some(vec![]), Some(vec![])).contains("aegisapps   not installed"));
        assert_eq!(report(None, None).matches("you may not look").count(), 2);
        let deployment = json!({"metadata": {"name": "aegis", "namespace": "aegis-system", "labels": {"app.kubernetes.io/version": "1.0.0"}},
            "spec": {"replicas": 2, "selector": {}, "template": {"spec": {"containers": [{"name": "operator", "image": "aegis:1"}]}}},
            "status": {"readyReplicas": 1}});
        let found = operators::operator(&serde_json::from_value(deployment).unwrap());
        let told = report(Some(vec!["v1alpha1".into()]), Some(vec![found]));
        assert_eq!(
            told,
            "aegisctl    1.0.0\noperator    1.0.0 (aegis:1, 1/2 ready, in aegis-system)\naegisapps   v1alpha1\nkubernetes  v1.37.2"
        );
    }
}
