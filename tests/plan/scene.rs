//! What `facts.yaml` may say: which releases were applied, and how the cluster differs from one that works.
//! It decides nothing; what is not said is as the planner's own plan would have it.

use std::collections::BTreeMap;

use aegis_crds::{
    AegisApp,
    status::{InventoryEntry, QueueStatus},
};
use aegis_plan::{
    Facts, Key, Planned, Seen, accept, everything,
    facts::{Detail, Fields, JobSeen, Manifest, OtherRoute, PodSeen, RevisionSeen, Rival, Settings, Warning},
    names::{ROLE_LABEL, SECTION_LABEL, UNDO_ANNOTATION},
};
use aegis_tests::cluster;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::keys::{self, Made};

/// A cluster, by its differences. Objects are named `Kind/name`, where a `*` at the end stands for a digest.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Scene {
    /// What is known of the manifest that the app refers to.
    manifest: Option<Manifest>,
    /// Which resources were applied and have settled, in this order; what the first left behind is still there.
    applied: Vec<Release>,
    /// Objects that are there, or that differ.
    children: Vec<Differing>,
    /// Objects that are not there although they were applied.
    gone: Vec<String>,
    /// Pods, where they matter.
    pods: Vec<PodSeen>,
    /// Warning events.
    warnings: Vec<Warning>,
    /// The signing keys, the oldest first, instead of the one that was made when the app was applied.
    keys: Vec<Made>,
    /// What the installation decides.
    settings: Settings,
    /// Kinds that the cluster lacks.
    lacking: Vec<String>,
    /// Routes of other apps for the same hosts.
    routes: Vec<OtherRoute>,
    /// What is to be told of queues.
    queues: Vec<QueueStatus>,
    /// Pools that may move.
    rested: Vec<String>,
    /// Of these, the ones whose workers still had tasks.
    given_up: Vec<String>,
    /// Replaces fields of the status as last written.
    status: BTreeMap<String, Value>,
    /// Writes that the server refused in this round.
    pub failures: Vec<Refused>,
    /// Objects in the order in which the writer came to them; they make the inventory, which is shown.
    pub written: Vec<String>,
    /// Objects whose bodies are shown.
    pub show: Vec<String>,
}

/// A resource of the case: `app.yaml` or `before.yaml`.
#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "camelCase")]
enum Release {
    #[default]
    App,
    Before,
}

/// An object that differs from how it was applied, or was not applied at all.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Differing {
    object: String,
    /// The resource whose plan knows it.
    #[serde(default)]
    of: Release,
    uid: Option<String>,
    owners: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
    /// Whether the object of an older release was written anew by the one it is `of`.
    #[serde(default)]
    moved: bool,
    #[serde(default)]
    deleting: bool,
    fields: Option<Fields>,
    #[serde(default)]
    rivals: Vec<Rival>,
    /// Replaces fields of a Deployment's or StatefulSet's state.
    workload: Option<BTreeMap<String, Value>>,
    /// Whether only that it is there is known, as of an object of an earlier app.
    #[serde(default)]
    plain: bool,
    /// The state of a Job.
    job: Option<JobSeen>,
    /// Replaces fields of a PersistentVolumeClaim's state.
    claim: Option<BTreeMap<String, Value>>,
    /// Replaces fields of a CronJob's state.
    cron_job: Option<BTreeMap<String, Value>>,
    /// Replaces fields of an HTTPRoute's, Ingress's or policy's state.
    route: Option<BTreeMap<String, Value>>,
    /// The state of a ControllerRevision.
    revision: Option<RevisionSeen>,
}

/// A write that the server refused.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refused {
    pub object: String,
    pub reason: String,
    pub message: String,
}

/// The resources of a case.
struct Asked<'a> {
    app: &'a AegisApp,
    before: Option<&'a AegisApp>,
}

impl Scene {
    /// The facts of the scene.
    pub fn facts(&self, app: &AegisApp, before: Option<&AegisApp>) -> Facts {
        let app = &before_undo(app);
        let asked = Asked { app, before };
        let nothing =
            Facts { manifest: self.manifest.clone(), settings: self.settings.clone(), lacking: self.lacking.clone(), ..cluster::empty() };
        let mut facts = self.applied.iter().fold(nothing, |facts, release| cluster::applied(asked.of(*release), &facts));
        for object in &self.gone {
            let gone = asked.name(object, Release::App, &facts);
            facts.children.retain(|seen| !matches(&gone, &seen.key.kind, &seen.key.name));
        }
        let keys = if self.keys.is_empty() { vec![] } else { keys::put(&self.keys, asked.of(self.last()), &mut facts) };
        for differing in &self.children {
            differing.put(&mut facts, &asked);
        }
        facts.routes = self.routes.clone();
        facts.pods = self.pods.iter().map(|pod| asked.made(asked.saying(&keys::signing(pod, &keys), &facts), &facts)).collect();
        facts.warnings = self.warnings.iter().map(|warning| asked.about(&keys::saying(warning, &keys), &facts)).collect();
        facts.queues = self.queues.clone();
        facts.rested = self.rested.clone();
        facts.given_up = self.given_up.clone();
        facts.status = replaced(&facts.status, &self.status);
        for release in [&mut facts.status.release, &mut facts.status.previous_release].into_iter().flatten() {
            *release = asked.hash(release);
        }
        facts
    }

    /// The resource that was applied last.
    fn last(&self) -> Release {
        self.applied.last().copied().unwrap_or_default()
    }

    /// What the writer made of it: everything as it was, or the objects of `written` alone.
    pub fn inventory(&self, facts: &Facts) -> Vec<InventoryEntry> {
        let entries = &facts.status.inventory;
        if self.written.is_empty() {
            return entries.clone();
        }
        let entry = |object: &String| entries.iter().find(|entry| matches(object, &entry.kind, &entry.name)).cloned();
        self.written.iter().filter_map(entry).collect()
    }
}

impl Asked<'_> {
    fn of(&self, release: Release) -> &AegisApp {
        match release {
            Release::App => self.app,
            Release::Before => self.before.expect("facts.yaml: before needs a before.yaml"),
        }
    }

    /// The object as that release plans it.
    fn planned(&self, object: &str, release: Release, facts: &Facts) -> Option<(aegis_plan::App, Planned)> {
        let app = accept(self.of(release), facts).app?;
        let planned = everything(&app).into_iter().find(|planned| matches(object, planned.kind.kind, &planned.name))?;
        Some((app, planned))
    }

    /// The full name of an object, where that release plans it.
    fn name(&self, object: &str, release: Release, facts: &Facts) -> String {
        self.planned(object, release, facts).map_or(object.to_owned(), |(_, planned)| format!("{}/{}", planned.kind, planned.name))
    }

    /// The pod, with the full name of the object that `@Kind/name*` stands for in what it says.
    fn saying(&self, pod: &PodSeen, facts: &Facts) -> PodSeen {
        let mut pod = pod.clone();
        if let Some((_, message)) = &mut pod.container.waiting
            && let Some(object) = message.split('"').find_map(|word| word.strip_prefix('@')).map(str::to_owned)
        {
            let full = self.name(&object, Release::App, facts);
            let (_, name) = full.split_once('/').expect("facts.yaml: an object is Kind/name");
            *message = message.replace(&format!("@{object}"), name);
        }
        pod
    }

    /// The hash of a release that is said by its resource: `app` or `before`.
    fn hash(&self, release: &str) -> String {
        let asked = match release {
            "app" => self.app,
            "before" => self.of(Release::Before),
            hash => return hash.to_owned(),
        };
        cluster::accepted(asked, &cluster::empty()).revision.hash
    }

    /// A pod whose template is said by its release: `app` or `before`.
    fn made(&self, pod: PodSeen, facts: &Facts) -> PodSeen {
        let release = match pod.template.as_deref() {
            Some("app") => self.app,
            Some("before") => self.of(Release::Before),
            _ => return pod,
        };
        let labels = |planned: &Planned| [SECTION_LABEL, ROLE_LABEL].map(|label| planned.body.value()["metadata"]["labels"][label].clone());
        let own = [json!(pod.section), json!(pod.role)];
        let planned = accept(release, facts).app.map(|app| everything(&app)).unwrap_or_default();
        let role = planned.into_iter().find(|planned| planned.template.is_some() && labels(planned) == own);
        PodSeen { template: role.expect("facts.yaml: a pod is of a role").template, ..pod }
    }

    fn about(&self, warning: &Warning, facts: &Facts) -> Warning {
        let object = self.name(&format!("{}/{}", warning.kind, warning.name), Release::App, facts);
        let name = object.split_once('/').map_or(warning.name.clone(), |(_, name)| name.to_owned());
        Warning { name, ..warning.clone() }
    }
}

impl Differing {
    /// Puts the object into the cluster: as it was applied, or a stranger, and with its differences.
    fn put(&self, facts: &mut Facts, asked: &Asked<'_>) {
        let object = asked.name(&self.object, self.of, facts);
        if self.moved || !facts.children.iter().any(|seen| matches(&object, &seen.key.kind, &seen.key.name)) {
            match asked.planned(&object, self.of, facts) {
                Some((app, planned)) => cluster::put(facts, &app, &planned),
                None => facts.children.push(stranger(&object)),
            }
        }
        let seen = facts.children.iter_mut().find(|seen| matches(&object, &seen.key.kind, &seen.key.name));
        let seen = seen.expect("facts.yaml: a Secret is never seen");
        seen.deleting = self.deleting;
        seen.uid = self.uid.clone().unwrap_or(seen.uid.clone());
        seen.owners = self.owners.clone().unwrap_or(seen.owners.clone());
        seen.annotations = self.annotations.clone().unwrap_or(seen.annotations.clone());
        seen.labels = self.labels.clone().unwrap_or(seen.labels.clone());
        seen.fields = self.fields.clone().or(seen.fields.clone());
        seen.rivals = self.rivals.clone();
        if let (Detail::Workload(workload), Some(differing)) = (&seen.detail, &self.workload) {
            seen.detail = Detail::Workload(replaced(workload, differing));
        }
        if let (Detail::Claim(claim), Some(differing)) = (&seen.detail, &self.claim) {
            seen.detail = Detail::Claim(replaced(claim, differing));
        }
        if let (Detail::CronJob(cron_job), Some(differing)) = (&seen.detail, &self.cron_job) {
            seen.detail = Detail::CronJob(replaced(cron_job, differing));
        }
        if let (Detail::Route(route), Some(differing)) = (&seen.detail, &self.route) {
            seen.detail = Detail::Route(replaced(route, differing));
        }
        let job = self.job.clone().map(Detail::Job);
        let revision = self.revision.clone().map(Detail::Revision);
        seen.detail = job.or(revision).unwrap_or(if self.plain { Detail::Plain } else { seen.detail.clone() });
    }
}

/// The resource before its user wanted an older release back.
fn before_undo(app: &AegisApp) -> AegisApp {
    let mut app = app.clone();
    app.metadata.annotations.get_or_insert_default().remove(UNDO_ANNOTATION);
    app
}

/// The same with other values of some fields.
fn replaced<T: Serialize + DeserializeOwned>(whole: &T, fields: &BTreeMap<String, Value>) -> T {
    let mut whole = json!(whole);
    for (field, value) in fields {
        whole[field] = value.clone();
    }
    serde_json::from_value(whole).unwrap_or_else(|error| panic!("facts.yaml: {fields:?}: {error}"))
}

fn stranger(object: &str) -> Seen {
    let (kind, name) = object.split_once('/').expect("facts.yaml: an object is Kind/name");
    Seen { key: Key { kind: kind.into(), name: name.into() }, uid: object.into(), ..Default::default() }
}

/// Whether `object`, as a scene writes it, names that object.
pub fn matches(object: &str, kind: &str, name: &str) -> bool {
    let Some((wanted, pattern)) = object.split_once('/') else { return false };
    wanted == kind && pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}
