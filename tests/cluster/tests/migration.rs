//! The migration runs first; when it fails, nothing moves.

use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::Pod};

use crate::{
    apps::component,
    pods::Recorder,
    space::Space,
    traffic::Visitor,
    wait::{holds, until},
};

const SLOW: &str = "
migration: {command: [python, -c, 'import time; time.sleep(2)']}
api: {args: [webserver], stop: {delaySeconds: 0}}
frontend: {args: [webserver], port: 8000, stop: {delaySeconds: 0}}
workers: [{name: busy, command: [python, -c, 'import time; time.sleep(10000)']}]
scheduler: {command: [python, -c, 'import time; time.sleep(10000)']}
";

/// No pod of any role is created before the migration has completed.
pub async fn it_runs_before_any_role(space: Space) {
    let recorder = Recorder::start(&space, "aegis.dev/app=slow,aegis.dev/section!=migration").await;
    space.apply("slow", SLOW).await;
    space.ready("slow").await;
    let jobs: Vec<Job> = space.list("aegis.dev/section=migration").await;
    let [job] = jobs.as_slice() else { panic!("there should be one migration: {jobs:?}") };
    let completed = job.status.as_ref().and_then(|status| status.completion_time.clone()).expect("it has completed").0;
    let lives = recorder.lives();
    assert!(lives.len() >= 4, "four roles should have pods: {lives:?}");
    for life in lives {
        assert!(life.created >= completed, "pod {} was created at {}, the migration completed at {completed}", life.name, life.created);
    }
}

/// The old release goes on serving, untouched; the condition says why; a mended edit rolls out.
pub async fn a_failure_leaves_the_release_serving(space: Space) {
    let app = |version: &str, exit: &str| {
        format!(
            "
env: [{{name: VERSION, value: '{version}'}}]
migration: {{command: [python, -c, 'raise SystemExit({exit})']}}
api: {{args: [webserver], stop: {{delaySeconds: 2}}}}
"
        )
    };
    space.apply("careful", &app("1", "0")).await;
    space.ready("careful").await;
    let before = deployment(&space).await;
    space.door("careful-api").insist("GET", "/", None).await;
    let visitor = Visitor::start(space.door("careful-api"), "/");

    space.apply("careful", &app("2", "1")).await;
    let message = space.told("careful", "MigrationSucceeded", "False", "Crashing").await;
    assert!(message.contains("exit code 1") && message.contains("kubectl logs"), "{message}");
    visitor.asks(20).await;
    let after = deployment(&space).await;
    assert_eq!(before.metadata.uid, after.metadata.uid);
    assert_eq!(before.spec, after.spec, "the roles moved although the migration failed");

    space.apply("careful", &app("3", "0")).await;
    let rolled = space.ready("careful").await;
    assert_eq!(component(&rolled, "migration").reason, "Completed");
    assert!(variable(&deployment(&space).await, "VERSION").as_deref() == Some("3"), "the mended release did not roll out");
    only_one_pod(&space).await;
    visitor.was_always_served();
}

async fn deployment(space: &Space) -> Deployment {
    space.api::<Deployment>().get("careful-api").await.expect("the api's Deployment is there")
}

fn variable(deployment: &Deployment, name: &str) -> Option<String> {
    let container = deployment.spec.as_ref()?.template.spec.as_ref()?.containers.first()?;
    container.env.as_ref()?.iter().find(|variable| variable.name == name)?.value.clone()
}

async fn only_one_pod(space: &Space) {
    until("the end of the old pod", 30, async || {
        let pods: Vec<Pod> = space.list("aegis.dev/section=api").await;
        holds(pods.len() == 1, format!("{} pods", pods.len()))
    })
    .await;
}
