//! What Secrets and ConfigMaps hold reaches the processes: as files, and as a binding's variables of the version that was named.

use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use kube::{
    ResourceExt,
    api::{Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

use crate::{programs, space::Space};

const READ: &str = "
import pathlib

def read(path):
    try:
        return pathlib.Path(path).read_text()
    except OSError as error:
        return error.strerror

def answer():
    try:
        open('/etc/own/ca.pem', 'a')
        writes = True
    except OSError:
        writes = False
    return {'ca': read('/etc/own/ca.pem'), 'mode': read('/etc/own/mode'), 'writes': writes, 'url': os.environ.get('FILES_URL')}
";
const LOOK: &str = "
import os, time
assert not os.path.exists('/etc/own/ca.pem') and open('/etc/own/mode').read() == 'quiet'
open('/tmp/looked', 'w')
time.sleep(10000)
";

/// A file is where it is asked for, in the roles that it is asked for, and read-only. A new version of a referenced Secret is a roll.
pub async fn they_reach_their_roles_and_a_new_version_of_a_secret_rolls(space: Space) {
    for (name, data) in [("own-ca", json!({"ca.crt": "a certificate"})), ("own-files", json!({"host": "files.example", "bucket": "one"}))] {
        let secret: Secret = serde_json::from_value(json!({"metadata": {"name": name}, "stringData": data})).expect("a Secret");
        space.api::<Secret>().create(&PostParams::default(), &secret).await.expect("a Secret can be made");
    }
    let map: ConfigMap = serde_json::from_value(json!({"metadata": {"name": "own"}, "data": {"mode": "quiet"}})).expect("a ConfigMap");
    space.api::<ConfigMap>().create(&PostParams::default(), &map).await.expect("a ConfigMap can be made");
    space.apply_value("own", spec(&space, "1")).await.expect("the API server takes it");
    space.ready("own").await;
    let door = space.door("own-api");
    let seen = |url: &str| json!({"ca": "a certificate", "mode": "quiet", "writes": false, "url": url});
    door.expect("/", 30, |answer| *answer == seen("s3://files.example/one")).await;
    let scheduler = pods(&space, "scheduler").await;

    let edit = json!({"stringData": {"bucket": "two"}});
    space.api::<Secret>().patch("own-files", &PatchParams::default(), &Patch::Merge(edit)).await.expect("a Secret can be changed");
    let before = pods(&space, "api").await;
    space.apply_value("own", spec(&space, "2")).await.expect("the API server takes it");
    door.expect("/", 60, |answer| *answer == seen("s3://files.example/two")).await;
    space.ready("own").await;
    let after = pods(&space, "api").await;
    assert!(after.iter().all(|uid| !before.contains(uid)), "who reads the Secret has rolled");
    assert!(pods(&space, "scheduler").await.iter().all(|uid| !scheduler.contains(uid)), "every role reads the variables of every binding");
}

fn spec(space: &Space, version: &str) -> Value {
    let probe = json!({"exec": ["python", "-c", "open('/tmp/looked')"], "periodSeconds": 1});
    json!({
        "image": space.lab.hello,
        "files": [
            {"mountPath": "/etc/own/ca.pem", "secret": {"name": "own-ca", "key": "ca.crt"}, "roles": ["api"]},
            {"mountPath": "/etc/own/mode", "configMap": {"name": "own", "key": "mode"}},
        ],
        "bindings": [{"name": "files", "type": "s3", "secretRef": {"name": "own-files", "version": version}, "env": {"FILES_URL": "s3://{host}/{bucket}"}}],
        "api": programs::api(READ),
        "scheduler": {"command": ["python", "-c", LOOK], "probe": probe, "stop": {"graceSeconds": 1}},
    })
}

async fn pods(space: &Space, role: &str) -> Vec<Option<String>> {
    space.list::<Pod>(&format!("aegis.dev/role={role}")).await.iter().map(ResourceExt::uid).collect()
}
