//! An environment that nobody cleans up: it goes at the time that was told, and its data stays.

use aegis_crds::AegisApp;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod};
use kube::ResourceExt;

use crate::{
    children,
    space::Space,
    wait::{holds, until},
};

const SPEC: &str = "
lifecycle: {ttl: 45s}
volumes: [{name: notes, mountPath: /notes, size: 10Mi}]
api: {args: [webserver], stop: {delaySeconds: 0}}
scheduler: {command: [python, -c, 'import time; time.sleep(10000)'], stop: {graceSeconds: 1}}
schedules: [{name: yearly, schedule: '0 0 1 1 *', run: {command: [python, -c, pass]}}]
";

/// Deleted no earlier than told, with all that runs.
pub async fn a_preview_goes_by_itself_and_its_data_stays(space: Space) {
    space.apply("preview", SPEC).await;
    let app = space.ready("preview").await;
    let born = app.metadata.creation_timestamp.expect("it was created").0;
    let end = app.status.and_then(|status| status.expires_at).expect("its end is told").0;
    assert_eq!(end, born + SignedDuration::from_secs(45));
    let apps = space.api::<AegisApp>();
    until("the end of the app", 90, async || {
        let now = Timestamp::now();
        let is_there = apps.get_opt("preview").await.expect("the API server answers").is_some();
        assert!(is_there || now >= end, "it is gone at {now}, before {end}");
        holds(!is_there, format!("{now}"))
    })
    .await;
    until("the end of everything but data", 60, async || {
        let left: Vec<String> = children::of(&space, "preview").await.into_keys().collect();
        let pods = space.list::<Pod>("").await.len();
        holds(left == ["PersistentVolumeClaim/preview-volume--notes"] && pods == 0, format!("{left:?} and {pods} pods"))
    })
    .await;
    let claims = space.list::<PersistentVolumeClaim>("").await;
    assert!(
        claims.iter().all(|claim| claim.metadata.deletion_timestamp.is_none()),
        "{:?}",
        claims.iter().map(ResourceExt::name_any).collect::<Vec<_>>()
    );
}
