//! Deleting an app removes what it made, and never its data.

use aegis_crds::AegisApp;
use k8s_openapi::api::core::v1::Pod;
use kube::api::DeleteParams;
use serde_json::json;

use crate::{
    children,
    space::Space,
    wait::{holds, until},
};

const SPEC: &str = "
config: {COLOUR: red}
secrets: [{name: app, generate: {SECRET_KEY: {}}}]
volumes: [{name: notes, mountPath: /notes, size: 10Mi}]
bindings: [{name: queue, type: redis, provision: {}, env: {REDIS_URL: '{uri}'}}]
api: {args: [words], stop: {delaySeconds: 0}}
workers: [{name: words, args: [worker]}]
scheduler: {command: [python, -c, 'import time; time.sleep(10000)']}
schedules: [{name: yearly, schedule: '0 0 1 1 *', run: {command: [python, -c, pass]}}]
";
/// How the names of what stays begin: claims, and the password with its anchor.
const RETAINED: [&str; 4] = [
    "ConfigMap/words-binding--queue",
    "PersistentVolumeClaim/words-binding--queue",
    "PersistentVolumeClaim/words-volume--notes",
    "Secret/words-binding--queue",
];

/// Everything owned goes, data stays, and an app of the same name finds it again.
pub async fn data_is_found_again(space: Space) {
    space.apply("words", SPEC).await;
    space.ready("words").await;
    let door = space.door("words-api");
    door.insist("PUT", "/words/perseverance", None).await;
    door.expect("/words/perseverance", 30, |length| *length == json!(12)).await;
    let before = children::of(&space, "words").await;
    let is_retained = |name: &&String| RETAINED.iter().any(|start| name.starts_with(start));
    let retained: Vec<String> = before.keys().filter(is_retained).cloned().collect();
    assert_eq!(retained.len(), RETAINED.len(), "{retained:?}");

    space.api::<AegisApp>().delete("words", &DeleteParams::default()).await.expect("an app can be deleted");
    until("the end of everything but data", 60, async || {
        let left: Vec<String> = children::of(&space, "words").await.into_keys().collect();
        let pods = space.list::<Pod>("").await.len();
        assert!(retained.iter().all(|kept| left.contains(kept)), "data is gone; left: {left:?}");
        holds(left == retained && pods == 0, format!("{left:?} and {pods} pods"))
    })
    .await;

    space.apply("words", SPEC).await;
    space.ready("words").await;
    door.expect("/words/perseverance", 30, |length| *length == json!(12)).await;
    let after = children::of(&space, "words").await;
    for kept in &retained {
        assert_eq!(before.get(kept).map(|object| &object.uid), after.get(kept).map(|object| &object.uid), "{kept} is another one");
    }
}
