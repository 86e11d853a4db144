//! `plan`: what the operator would do if files were applied: what is made, changed, restarted and deleted, and which data is at
//! risk. Both sides are the operator's own plan; it changes nothing.

mod compare;

use aegis_check::manifest;
use aegis_crds::AegisApp;
use aegis_crds::manifest::source::ConfigMapRef;
use aegis_plan::canonical::Text;
use aegis_plan::facts::{Detail, Fault, Key, Manifest, RevisionSeen, Seen};
use aegis_plan::{App, Facts, Problem, accept, canonical};
use aegis_s3::{Store, digest};
use k8s_openapi::api::apps::v1::ControllerRevision;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::ResourceExt;
use kube::api::ListParams;
use serde::Serialize;
use serde_json::{Value, json};

use super::deploy::{Applied, dry_run};
use super::status::read::answer;
use crate::args::change::Plan;
use crate::connection::{self, Connection};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::refusal;
use crate::written::{Reading, apps};
use compare::Changes;

/// Version of the printed JSON.
const VERSION: u8 = 1;

/// As `-o json` prints it.
#[derive(Serialize)]
struct Report {
    version: u8,
    apps: Vec<Planned>,
}

/// What would become of one app.
#[derive(Serialize)]
pub struct Planned {
    pub name: String,
    pub namespace: String,
    /// Digest of what is asked for and of what is there: another plan has another one.
    pub digest: String,
    /// The resource's version that was looked at.
    #[serde(skip)]
    pub version: Option<String>,
    #[serde(flatten)]
    changes: Changes,
}

pub fn run(args: &Plan, output: &Output) -> Result<(), Failures> {
    let reading =
        Reading { environment: args.files.env.as_deref(), image: args.files.image.as_deref(), namespace: args.target.namespace.as_deref() };
    let apps = apps(&args.files.paths.all(), &reading)?;
    let plans = connection::block_on(async {
        let mut connection = Connection::open(&args.target).await?;
        let fallback = connection.namespace.clone();
        let mut plans = vec![];
        for app in &apps {
            connection.namespace = app.namespace().unwrap_or_else(|| fallback.clone());
            plans.push(of(&connection, app).await?);
        }
        Ok::<_, Failure>(plans)
    })??;
    let report = Report { version: VERSION, apps: plans };
    match args.output.written(&report) {
        Some(text) => output.data(text),
        None => report.apps.iter().for_each(|plan| output.data(text(plan))),
    }
    Ok(())
}

/// What would become of an app if it were applied now.
pub async fn of(connection: &Connection, app: &AegisApp) -> Result<Planned, Failure> {
    let name = app.name_any();
    let applied = dry_run(connection, app).await?;
    let asked = json!([applied.after["spec"], applied.after["metadata"]["annotations"]]);
    let digest = canonical::digest(&json!([applied.before.as_ref().map(known), asked]));
    let before = applied.before.as_ref();
    let version = before.and_then(|before| before["metadata"]["resourceVersion"].as_str()).map(str::to_owned);
    let (before, after) = both(connection, &name, &applied).await?;
    Ok(Planned { name, namespace: connection.namespace.clone(), digest, version, changes: Changes::between(before.as_ref(), &after) })
}

/// What the operator makes of the resource as it is, if it accepts that, and as it would be.
pub async fn both(connection: &Connection, name: &str, applied: &Applied) -> Result<(Option<App>, App), Failure> {
    let facts = Facts { children: revisions(connection, name).await?, ..Facts::default() };
    let before = match &applied.before {
        // one that was never accepted has nothing that could change
        Some(before) => accepted(connection, before, &facts).await?.ok(),
        None => None,
    };
    let after = accepted(connection, &applied.after, &facts).await?.map_err(|problems| refused(name, &problems))?;
    Ok((before, after))
}

/// What a plan starts from: the resource's identity and what it asks for.
fn known(object: &Value) -> Value {
    json!([object["metadata"]["uid"], object["spec"], object["metadata"]["annotations"]])
}

/// What the operator would make of the resource, or why it would refuse it.
async fn accepted(connection: &Connection, object: &Value, facts: &Facts) -> Result<Result<App, Vec<Problem>>, Failure> {
    let app: AegisApp = serde_json::from_value(object.clone())
        .map_err(|error| Failure::new("the resource cannot be read", error, "use the aegisctl that belongs to the installed operator"))?;
    let manifest = content(connection, &app).await?;
    let accepted = accept(&app, &Facts { manifest, ..facts.clone() });
    Ok(match accepted.app {
        Some(planned) if accepted.is_fresh => Ok(planned),
        _ => Err(accepted.problems.into_iter().filter(Problem::is_error).collect()),
    })
}

/// What is known of the manifest that it refers to.
async fn content(connection: &Connection, app: &AegisApp) -> Result<Option<Manifest>, Failure> {
    let Some(source) = &app.spec.manifest else { return Ok(None) };
    let text = match (&source.config_map_ref, &source.s3) {
        (Some(reference), None) => in_map(connection, reference).await?,
        (None, Some(object)) => Store::default().read(object).await.map_err(|trouble| {
            (
                format!("{object} cannot be read: {trouble}"),
                "Plan with an identity that may read it (AWS_PROFILE), or from the file itself.",
            )
        }),
        _ => return Ok(None),
    };
    let told = |message: String, fix: &str| Fault { message, fix: fix.to_owned() };
    let text = match text {
        Ok(text) => text,
        Err((message, fix)) => return Ok(Some(Manifest::Unavailable(told(message, fix)))),
    };
    if let Some(pinned) = source.digest.as_ref().filter(|pinned| **pinned != digest(&text)) {
        let message = format!("its content has {}, and {pinned} is pinned", digest(&text));
        return Ok(Some(Manifest::Unavailable(told(message, "Set spec.manifest.digest to that of the content that is meant."))));
    }
    Ok(Some(match manifest::spec(&text, source.environment.as_deref(), Some(&app.spec.image)) {
        Ok(spec) => Manifest::Spec(Text::of(&spec)),
        Err(problems) => {
            let all = problems.iter().map(|(mark, problem)| told(format!("line {}: {}", mark.line, problem.message), &problem.fix));
            Manifest::Refused(all.collect())
        }
    }))
}

/// The text in a ConfigMap, or why there is none and what to do.
async fn in_map(connection: &Connection, reference: &ConfigMapRef) -> Result<Result<String, (String, &'static str)>, Failure> {
    let maps = connection.namespaced::<ConfigMap>();
    let found = answer(connection, maps.get_opt(&reference.name)).await?;
    let map = found.map_err(|error| refusal::of_change(&error, connection))?;
    let text = map.and_then(|map| map.data).and_then(|mut data| data.remove(reference.key()));
    Ok(text
        .ok_or_else(|| (format!("ConfigMap {} with key {} is not there", reference.name, reference.key()), "Create it, then plan again.")))
}

/// What was accepted before: it says how the operator renders it.
async fn revisions(connection: &Connection, name: &str) -> Result<Vec<Seen>, Failure> {
    let selector = format!("{}={name}", aegis_plan::names::APP_LABEL);
    let all = connection.namespaced::<ControllerRevision>();
    let found = answer(connection, all.list(&ListParams::default().labels(&selector))).await?;
    let found = found.map_err(|error| refusal::of_change(&error, connection))?;
    let own = found.items.into_iter().filter(|revision| revision.owner_references().iter().any(|owner| owner.kind == "AegisApp"));
    Ok(own.map(seen).collect())
}

fn seen(revision: ControllerRevision) -> Seen {
    let spec = revision.data.as_ref().map_or(&Value::Null, |data| &data.0);
    Seen {
        detail: Detail::Revision(RevisionSeen { number: revision.revision, spec: spec.into() }),
        key: Key { kind: "ControllerRevision".into(), name: revision.name_any() },
        uid: revision.uid().unwrap_or_default(),
        annotations: revision.annotations().clone(),
        labels: revision.labels().clone(),
        ..Seen::default()
    }
}

fn refused(name: &str, problems: &[Problem]) -> Failure {
    let told: Vec<String> =
        problems.iter().map(|problem| format!("{}: {} ({})", problem.path, problem.message, problem.code.name)).collect();
    let cures: Vec<&str> = problems.iter().map(|problem| problem.fix.as_str()).collect();
    Failure::new(format_args!("the operator would refuse {name}"), told.join("; "), cures.join("\n"))
}

fn text(plan: &Planned) -> String {
    let head = format!("{} in {}: plan {}", plan.name, plan.namespace, plan.digest);
    [vec![head], plan.changes.lines()].concat().join("\n")
}
