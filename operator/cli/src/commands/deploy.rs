//! `deploy`: a new image, or apps in files, followed until they run. It ends as soon as a release fails; to go back is the operator's part.

use aegis_crds::AegisApp;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams, ValidationDirective};
use kube::core::DynamicObject;
use serde_json::{Value, json};

use super::rollout::changes::changes;
use super::status::{self, read::answer};
use crate::args::change::Deploy;
use crate::connection::{self, Connection};
use crate::edit::{self, Edit, MANAGER, Step};
use crate::failure::{Failure, Failures};
use crate::output::Output;
use crate::refusal;
use crate::written::{self, Reading};

/// How often a resource may move between a look at it and the apply.
const MOVES: u32 = 10;

pub fn run(args: &Deploy, output: &Output) -> Result<(), Failures> {
    connection::block_on(async {
        match (&args.name, &args.image) {
            (Some(name), Some(image)) => one(args, name, image, output).await,
            _ => files(args, output).await,
        }
    })?
}

async fn one(args: &Deploy, name: &str, image: &str, output: &Output) -> Result<(), Failures> {
    let connection = Connection::open(&args.target).await?;
    let app = status::read::object(&connection, name).await?;
    edit::apply(&connection, &app, &Edit::new(vec![Step::Field("image")], json!(image)), output).await?;
    status::until_ready(&connection, name, args.timeout, output).await
}

/// Nothing is applied unless everything in the files is right; what fails on the way keeps no other app from being followed.
async fn files(args: &Deploy, output: &Output) -> Result<(), Failures> {
    let apps = apps(args)?;
    let mut connection = Connection::open(&args.target).await?;
    let fallback = connection.namespace.clone();
    let place = |app: &AegisApp| app.namespace().unwrap_or_else(|| fallback.clone());
    if let Some(digest) = &args.plan {
        let [app] = apps.as_slice() else { return Err(several().into()) };
        connection.namespace = place(app);
        as_planned(&connection, app, digest, args.force_conflicts, output).await?;
    } else {
        for app in &apps {
            connection.namespace = place(app);
            apply(&connection, app, None, args.force_conflicts, output).await?;
        }
    }
    let mut failures = vec![];
    for app in &apps {
        connection.namespace = place(app);
        let followed = status::until_ready(&connection, &app.name_any(), args.timeout, output).await;
        failures.extend(followed.err().into_iter().flat_map(|Failures(failures)| failures));
    }
    if failures.is_empty() { Ok(()) } else { Err(Failures(failures)) }
}

/// The apps in the files, or everything that is wrong there.
fn apps(args: &Deploy) -> Result<Vec<AegisApp>, Failures> {
    let reading = Reading { environment: args.env.as_deref(), image: args.image.as_deref(), namespace: None };
    let apps = written::apps(&args.files, &reading)?;
    let asked = args.target.namespace.as_deref();
    let failures: Vec<Failure> = apps.iter().filter_map(|app| elsewhere(app, asked?)).collect();
    if failures.is_empty() { Ok(apps) } else { Err(Failures(failures)) }
}

/// A file that names another namespace than the command line.
pub(super) fn elsewhere(app: &AegisApp, asked: &str) -> Option<Failure> {
    let own = app.namespace().filter(|own| own != asked)?;
    let what = format!("{} is not for namespace {asked}", app.name_any());
    Some(Failure::new(what, format_args!("its metadata.namespace is {own}"), "leave out -n, or metadata.namespace"))
}

fn several() -> Failure {
    Failure::new("a plan is of one app", "the files hold several", "deploy them one by one, each by its own plan")
}

/// What would happen now is what was planned then, and so it stays until it happens: an edit in between is looked at again.
async fn as_planned(connection: &Connection, app: &AegisApp, digest: &str, is_forced: bool, output: &Output) -> Result<(), Failure> {
    for tries in 1.. {
        let now = super::plan::of(connection, app).await?;
        if now.digest != digest {
            let why = format!("the plan is {} now: what is asked for, or what is in the cluster, is another than it was", now.digest);
            let fix = format!("look at it again: aegisctl plan FILE -n {}", connection.namespace);
            return Err(Failure::new(format_args!("{} is not deployed by plan {digest}", now.name), why, fix));
        }
        match apply(connection, app, now.version.as_deref(), is_forced, output).await {
            // a status is written at any time, and changes the version too
            Err(failure) if tries < MOVES && failure.why.contains("object has been modified") => {}
            end => return end,
        }
    }
    Ok(())
}

/// A resource before and after an apply.
pub struct Applied {
    pub before: Option<Value>,
    pub after: Value,
}

/// What the server would make of the app, and what it has.
pub async fn dry_run(connection: &Connection, app: &AegisApp) -> Result<Applied, Failure> {
    let name = app.name_any();
    let apps = connection.apps();
    let before = answer(connection, apps.get_opt(&name)).await?.map_err(|error| refusal::explain(&error, connection))?;
    let params =
        PatchParams { force: true, dry_run: true, field_validation: Some(ValidationDirective::Strict), ..PatchParams::apply(MANAGER) };
    let applied = answer(connection, apps.patch(&name, &params, &Patch::Apply(body(app)))).await?;
    let after = applied.map_err(|error| refusal::of_change(&error, connection))?;
    let value = |object: &DynamicObject| serde_json::to_value(object).expect("an object is JSON");
    Ok(Applied { before: before.as_ref().map(value), after: value(&after) })
}

/// Applies an app; with a version, only to the resource as it is in that version.
async fn apply(connection: &Connection, app: &AegisApp, version: Option<&str>, is_forced: bool, output: &Output) -> Result<(), Failure> {
    output.data(format_args!("{}: {}", app.name_any(), applied(connection, app, version, is_forced).await?));
    Ok(())
}

/// The same, and says what it changed.
pub(super) async fn applied(connection: &Connection, app: &AegisApp, version: Option<&str>, is_forced: bool) -> Result<String, Failure> {
    let name = app.name_any();
    let apps = connection.apps();
    let before = answer(connection, apps.get_opt(&name)).await?.map_err(|error| refusal::explain(&error, connection))?;
    let params = |force| PatchParams { force, field_validation: Some(ValidationDirective::Strict), ..PatchParams::apply(MANAGER) };
    let mut body = body(app);
    if let Some(version) = version {
        body["metadata"]["resourceVersion"] = version.into();
    }
    let body = Patch::Apply(body);
    let mut applied = answer(connection, apps.patch(&name, &params(is_forced), &body)).await?;
    if applied.as_ref().is_err_and(is_with_own_edits) {
        applied = answer(connection, apps.patch(&name, &params(true), &body)).await?;
    }
    let after = applied.map_err(|error| conflict(&error, &name).unwrap_or_else(|| refusal::of_change(&error, connection)))?;
    Ok(done(before.as_ref(), &after))
}

/// What the file says, and nothing that the server keeps.
fn body(app: &AegisApp) -> Value {
    let mut body = serde_json::to_value(app).expect("an app is JSON");
    body.as_object_mut().expect("an app is an object").remove("status");
    body
}

fn done(before: Option<&DynamicObject>, after: &DynamicObject) -> String {
    let Some(before) = before else { return "created".to_owned() };
    match changes(&before.data["spec"], &after.data["spec"]).as_slice() {
        [] => "as it was".to_owned(),
        changed => format!("changed {}", changed.join(", ")),
    }
}

/// Whether the only fields in the way are those that this program edited, one by one: the server takes edits and applies for two.
fn is_with_own_edits(error: &kube::Error) -> bool {
    let kube::Error::Api(status) = error else { return false };
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let mut causes = causes.filter(|cause| cause.reason == "FieldManagerConflict").peekable();
    causes.peek().is_some() && causes.all(|cause| cause.message.contains(&format!("conflict with \"{MANAGER}\"")))
}

/// Fields that somebody else set to something else.
fn conflict(error: &kube::Error, name: &str) -> Option<Failure> {
    let kube::Error::Api(status) = error else { return None };
    let fix = "change them where that is applied from, leave them out of the file, or take them over: --force-conflicts";
    (status.code == 409).then(|| Failure::new(format_args!("{name} has fields of others"), &status.message, fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(namespace: Option<&str>, image: &str) -> AegisApp {
        let metadata = json!({"name": "shop", "namespace": namespace});
        let app = json!({"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "metadata": metadata, "spec": {"image": image}});
        serde_json::from_value(app).unwrap()
    }

    #[test]
    fn what_is_applied_is_what_the_file_says() {
        let body = body(&app(None, "shop:1"));
        let wanted =
            json!({"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "metadata": {"name": "shop"}, "spec": {"image": "shop:1"}});
        assert_eq!(body, wanted);
    }

    #[test]
    fn two_namespaces_are_one_too_many() {
        assert!(elsewhere(&app(Some("prod"), "a"), "test").unwrap().why.contains("prod"));
        assert!(elsewhere(&app(Some("test"), "a"), "test").is_none() && elsewhere(&app(None, "a"), "test").is_none());
    }

    #[test]
    fn own_edits_are_nobody_elses_fields() {
        let refused = |managers: &[&str]| {
            let cause = |manager: &&str| json!({"reason": "FieldManagerConflict", "field": ".spec.image", "message": format!("conflict with {manager:?} using v1")});
            let causes: Vec<Value> = managers.iter().map(cause).collect();
            let status = json!({"status": "Failure", "code": 409, "message": "", "reason": "Conflict", "details": {"causes": causes}});
            kube::Error::Api(Box::new(serde_json::from_value(status).unwrap()))
        };
        assert!(is_with_own_edits(&refused(&["aegisctl"])));
        assert!(!is_with_own_edits(&refused(&["aegisctl", "argocd"])) && !is_with_own_edits(&refused(&["aegisctl-dev:me@here"])));
        assert!(!is_with_own_edits(&refused(&[])), "of a version, say");
    }

    #[test]
    fn what_became_of_it_is_told_by_its_fields() {
        let object = |image: &str| serde_json::from_value::<DynamicObject>(body(&app(None, image))).unwrap();
        assert_eq!(done(None, &object("a")), "created");
        assert_eq!(done(Some(&object("a")), &object("a")), "as it was");
        assert_eq!(done(Some(&object("a")), &object("b")), "changed image");
    }
}
