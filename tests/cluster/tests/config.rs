//! Settings reach the processes that read them, and a release keeps its own until the next one runs.

use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ConfigMap, Pod},
};
use kube::ResourceExt;
use serde_json::json;

use crate::{
    programs,
    space::Space,
    wait::{holds, until},
};

const IDLE: [&str; 3] = ["python", "-c", "import time; time.sleep(10000)"];

/// Another value is another ConfigMap; the roles that read it roll, and no other; the old one goes when no pod needs it any more.
pub async fn a_changed_value_rolls_its_readers(space: Space) {
    apply(&space, "red").await;
    space.ready("colours").await;
    space.door("colours-api").expect("/", 30, |colour| *colour == "red").await;
    let (before, names) = (deployments(&space).await, config_maps(&space).await);
    let idle = pods_of(&space, "unread").await;
    let [old] = names.as_slice() else { panic!("there should be one ConfigMap: {names:?}") };

    apply(&space, "blue").await;
    until("the end of the old ConfigMap", 60, async || {
        let is_gone = !config_maps(&space).await.contains(old);
        let readers: Vec<String> = space.list::<Pod>("").await.iter().filter(|pod| reads(pod, old)).map(ResourceExt::name_any).collect();
        assert!(!is_gone || readers.is_empty(), "{old} is gone, but {readers:?} still read it");
        holds(is_gone, format!("{readers:?} read it"))
    })
    .await;
    space.ready("colours").await;
    space.door("colours-api").expect("/", 30, |colour| *colour == "blue").await;

    let names = config_maps(&space).await;
    assert_eq!(names.len(), 1, "{names:?}");
    for (before, after) in before.iter().zip(deployments(&space).await) {
        assert_eq!(before.uid(), after.uid());
        let is_reader = !after.name_any().ends_with("unread");
        assert_eq!(before.spec != after.spec, is_reader, "{} rolled, or did not", after.name_any());
    }
    assert_eq!(pods_of(&space, "unread").await, idle, "who does not read the settings runs on");
}

async fn pods_of(space: &Space, role: &str) -> Vec<Option<String>> {
    space.list::<Pod>(&format!("aegis.dev/role={role}")).await.iter().map(ResourceExt::uid).collect()
}

async fn apply(space: &Space, colour: &str) {
    let spec = json!({
        "image": space.lab.hello, "config": {"COLOUR": colour},
        "api": programs::api("def answer(): return os.environ['COLOUR']"),
        "workers": [{"name": "idle", "command": IDLE}, {"name": "unread", "command": IDLE, "config": []}],
    });
    space.apply_value("colours", spec).await.expect("the API server takes it");
}

async fn deployments(space: &Space) -> Vec<Deployment> {
    space.list("aegis.dev/app=colours").await
}

async fn config_maps(space: &Space) -> Vec<String> {
    space.list::<ConfigMap>("aegis.dev/section=config").await.iter().map(ResourceExt::name_any).collect()
}

/// Whether a pod that is not about to end has its variables from that ConfigMap.
fn reads(pod: &Pod, config_map: &str) -> bool {
    let sources = json!(pod.spec.as_ref().map(|spec| &spec.containers));
    let names = sources.as_array().into_iter().flatten().filter_map(|container| container["envFrom"].as_array()).flatten();
    let mut names = names.map(|source| &source["configMapRef"]["name"]);
    pod.metadata.deletion_timestamp.is_none() && names.any(|name| name.as_str() == Some(config_map))
}
