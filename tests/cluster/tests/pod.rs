//! What the spec says of pods is what the pods have.

use k8s_openapi::api::core::v1::{LocalObjectReference, Pod};
use serde_json::json;

use crate::{programs, space::Space};

const SPEC: &str = "
imagePullPolicy: Never
imagePullSecrets: [{name: registry}]
pod:
  labels: {team: blue}
  annotations: {example.com/contact: blue@example.com}
  nodeSelector: {kubernetes.io/os: linux}
  tolerations: [{key: spot, operator: Exists}]
api: {args: [webserver], pod: {labels: {tier: front}}}
workers: [{name: idle, command: [python, -c, 'import time; time.sleep(10000)']}]
";

const TRY: &str = "
import pathlib

def writes(folder):
    try:
        (pathlib.Path(folder) / 'try').write_text('')
        return True
    except OSError as error:
        return error.strerror

def answer():
    folders = {folder: writes(folder) for folder in ['/tmp', os.environ['HOME'], '/app/cache', '/app', '/', '/etc']}
    return {'user': os.getuid(), 'token': os.path.exists('/var/run/secrets/kubernetes.io'), **folders}
";

/// Pull policy and secrets, labels, annotations, node selector and tolerations, on the pods themselves.
pub async fn what_is_asked_of_pods_reaches_them(space: Space) {
    space.apply("asked", SPEC).await;
    space.ready("asked").await;
    let pods: Vec<Pod> = space.list("aegis.dev/app=asked").await;
    assert_eq!(pods.len(), 2, "one pod of each role");
    for pod in pods {
        let (labels, annotations) = (pod.metadata.labels.unwrap_or_default(), pod.metadata.annotations.unwrap_or_default());
        let spec = pod.spec.expect("a pod has a spec");
        let is_api = labels["aegis.dev/role"] == "api";
        assert_eq!((labels["team"].as_str(), labels.contains_key("tier")), ("blue", is_api));
        assert_eq!(annotations["example.com/contact"], "blue@example.com");
        assert_eq!(spec.node_selector.unwrap_or_default()["kubernetes.io/os"], "linux");
        assert!(spec.tolerations.unwrap_or_default().iter().any(|toleration| toleration.key.as_deref() == Some("spot")));
        assert_eq!(spec.image_pull_secrets, Some(vec![LocalObjectReference { name: "registry".into() }]));
        assert_eq!(spec.containers[0].image_pull_policy.as_deref(), Some("Never"));
    }
}

/// A read-only root but for /tmp and what is named; an ordinary user; no token.
pub async fn only_named_paths_are_writable(space: Space) {
    let spec = json!({"image": space.lab.hello, "security": {"writablePaths": ["/app/cache"]}, "api": programs::api(TRY)});
    space.apply_value("tidy", spec).await.expect("the API server takes it");
    space.ready("tidy").await;
    let read_only = "Read-only file system";
    let expected = json!({
        "user": 10001, "token": false,
        "/tmp": true, "/app/cache": true,
        "/app": read_only, "/": read_only, "/etc": read_only,
    });
    space.door("tidy-api").expect("/", 30, |seen| *seen == expected).await;
}
