//! Suspended: nothing runs and nothing is lost. Paused: the app runs on, and nobody corrects it.

use k8s_openapi::api::{
    apps::v1::{Deployment, StatefulSet},
    batch::v1::CronJob,
    core::v1::Pod,
};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::{
    apps::{component, condition, words},
    space::Space,
    wait::{found, holds, until},
};

const WORDS: &str = "
bindings: [{name: queue, type: redis, provision: {}, env: {REDIS_URL: '{uri}'}}]
api: {args: [words], stop: {delaySeconds: 0}}
workers: [{name: words, args: [worker], broker: {type: Dramatiq, binding: queue}}]
scheduler: {command: [python, -c, 'import time; time.sleep(10000)'], stop: {graceSeconds: 1}}
schedules: [{name: yearly, schedule: '0 0 1 1 *', run: {command: [python, -c, 'pass']}}]
";
const HELLO: &str = "api: {args: [webserver], stop: {delaySeconds: 0}}";

/// Every role at zero, the schedule silent; afterwards the same data.
pub async fn suspended_is_silent_and_keeps_data(space: Space) {
    space.apply("words", WORDS).await;
    space.ready("words").await;
    let door = space.door("words-api");
    door.insist("PUT", "/words/perseverance", None).await;
    door.expect("/words/perseverance", 30, |length| *length == json!(12)).await;

    space.apply("words", &format!("{WORDS}suspended: true")).await;
    let suspended = space.ready("words").await;
    assert_eq!(condition(&suspended, "Ready").expect("there is one").reason, "Suspended");
    for role in ["api", "words", "scheduler", "yearly"] {
        assert_eq!(component(&suspended, role).reason, "Suspended", "{role}");
    }
    assert_eq!((replicas(&space, "words-api").await, replicas(&space, "words-worker--words").await), (Some(0), Some(0)));
    assert_eq!(replicas(&space, "words-agent").await, Some(0), "there is nothing to count");
    let scheduler = space.api::<StatefulSet>().get("words-scheduler").await.expect("the scheduler is there");
    assert_eq!(scheduler.spec.and_then(|spec| spec.replicas), Some(0));
    let cron_job = space.api::<CronJob>().get("words-schedule--yearly").await.expect("the schedule is there");
    assert_eq!(cron_job.spec.and_then(|spec| spec.suspend), Some(true));
    until("the end of every role's pods", 60, async || {
        let pods: Vec<Pod> = space.list("aegis.dev/app=words,aegis.dev/section!=bindings").await;
        holds(pods.is_empty(), format!("{} pods", pods.len()))
    })
    .await;

    space.apply("words", WORDS).await;
    space.ready("words").await;
    door.expect("/words/perseverance", 30, |length| *length == json!(12)).await;
    door.insist("PUT", "/words/again", None).await;
    door.expect("/words/again", 30, |length| *length == json!(5)).await;
}

/// While paused, an edit of a child and an edit of the spec stay without effect; afterwards both are made good.
pub async fn paused_lets_edits_be(space: Space) {
    space.apply("still", HELLO).await;
    space.ready("still").await;
    space.apply("still", &format!("{HELLO}\npaused: true")).await;
    space.told("still", "Ready", "True", "Paused").await;

    edit_by_hand(&space).await;
    // the operator has looked at the app after that edit, for it has seen the newest spec
    space.apply("still", &format!("{HELLO}\npaused: true\nconfig: {{COLOUR: red}}")).await;
    space.told("still", "Ready", "True", "Paused").await;
    assert_eq!(user(&space).await, json!(4242), "a paused app was corrected");

    space.apply("still", &format!("{HELLO}\nconfig: {{COLOUR: red}}")).await;
    until("the correction", 20, async || {
        let user = user(&space).await;
        found((user == json!(10001)).then_some(()), user.to_string())
    })
    .await;
    let corrected = space.ready("still").await;
    let words = condition(&corrected, "Ready").map(|ready| words(&ready));
    assert!(words.is_some_and(|words| words.contains("Running")), "it should run again");
}

async fn replicas(space: &Space, name: &str) -> Option<i32> {
    space.api::<Deployment>().get(name).await.expect("the Deployment is there").spec.and_then(|spec| spec.replicas)
}

async fn edit_by_hand(space: &Space) {
    let edit = json!({"spec": {"template": {"spec": {"securityContext": {"runAsUser": 4242}}}}});
    let parameters = PatchParams { field_manager: Some("somebody".into()), ..Default::default() };
    space.api::<Deployment>().patch("still-api", &parameters, &Patch::Merge(edit)).await.expect("a Deployment can be edited");
}

async fn user(space: &Space) -> Value {
    let deployment = space.api::<Deployment>().get("still-api").await.expect("the Deployment is there");
    json!(deployment.spec.and_then(|spec| spec.template.spec?.security_context?.run_as_user))
}
