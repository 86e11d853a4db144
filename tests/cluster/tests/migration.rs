//! The migration runs first; when it fails, nothing moves.

use k8s_openapi::api::{apps::v1::Deployment, batch::v1::Job, core::v1::Pod};

use crate::{
    apps::{component, condition, words},
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

/// The old release goes on serving, untouched; the condition says why, at first and in the end; a mended edit rolls out.
pub async fn a_failure_leaves_the_release_serving(space: Space) {
    space.apply("careful", &release("1", "pass")).await;
    space.ready("careful").await;
    let before = deployment(&space).await;
    space.door("careful-api").insist("GET", "/", None).await;
    let visitor = Visitor::start(space.door("careful-api"), "/");

    space.apply("careful", &release("2", "raise SystemExit(1)")).await;
    let message = space.told("careful", "MigrationSucceeded", "False", "Crashing").await;
    assert!(message.contains("exit code 1") && message.contains("kubectl logs"), "{message}");
    visitor.asks(20).await;
    let after = deployment(&space).await;
    assert_eq!(before.metadata.uid, after.metadata.uid);
    assert_eq!(before.spec, after.spec, "the roles moved although the migration failed");

    // of four tries the last comes after 70 s
    until("its end", 150, async || {
        let stalled = condition(&space.app("careful").await, "Stalled");
        let told = stalled.as_ref().is_some_and(|stalled| {
            stalled.reason == "RolledBack" && stalled.message.contains("MigrationFailed") && stalled.message.contains("exit code 1")
        });
        holds(told, stalled.as_ref().map_or_else(|| "it is not stalled".to_owned(), words))
    })
    .await;
    let kept: Vec<Pod> = space.list("aegis.dev/section=migration").await;
    assert!(!kept.is_empty(), "its log can still be read");
    assert_eq!(before.spec, deployment(&space).await.spec, "nothing has moved, so nothing moves back");

    space.apply("careful", &release("3", "pass")).await;
    space.healed("careful").await;
    assert_eq!(component(&space.app("careful").await, "migration").reason, "Completed");
    assert!(variable(&deployment(&space).await, "VERSION").as_deref() == Some("3"), "the mended release did not roll out");
    only_one_pod(&space).await;
    visitor.was_always_served();
}

/// A failed migration is tried again after 10 s: not beside the one that mends it, which is still at work then.
pub async fn an_overtaken_one_does_not_run_beside_the_next(space: Space) {
    let recorder = Recorder::start(&space, "aegis.dev/section=migration").await;
    space.apply("careful", &release("1", "raise SystemExit(1)")).await;
    space.told("careful", "MigrationSucceeded", "False", "Crashing").await;
    space.apply("careful", &release("2", "import time; time.sleep(20)")).await;
    space.healed("careful").await;
    let lives = recorder.lives();
    for (i, life) in lives.iter().enumerate() {
        for other in &lives[i + 1..] {
            assert!(!life.overlaps(other), "two migrations ran side by side: {life:?} and {other:?}");
        }
    }
}

/// A migration whose image is not there holds up nothing but its own release: the edit that mends it is taken at once.
pub async fn a_wrong_image_is_mended_by_an_edit(space: Space) {
    let good = release("1", "pass");
    space.apply("careful", &format!("image: registry.invalid/shop:none\n{good}")).await;
    let message = space.told("careful", "MigrationSucceeded", "False", "ImageNotPulled").await;
    assert!(message.contains("registry.invalid/shop:none"), "{message}");
    space.apply("careful", &good).await;
    space.healed("careful").await;
}

fn release(version: &str, migration: &str) -> String {
    format!(
        "
env: [{{name: VERSION, value: '{version}'}}]
migration: {{command: [python, -c, '{migration}']}}
api: {{args: [webserver], stop: {{delaySeconds: 2}}}}
"
    )
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
