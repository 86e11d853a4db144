//! A broker that only a private authority vouches for: a real redis with TLS, the agent beside it.
//! That it is known without one when the world vouches for it, no cluster without a network can show.

use std::fs;

use aegis_tests::beside::{authority::certify, places::folder};
use k8s_openapi::{
    ByteString,
    api::{
        apps::v1::StatefulSet,
        core::v1::{Pod, Secret, Service},
    },
};
use kube::api::{ListParams, PostParams};
use serde_json::{Value, json};

use crate::{
    apps::{condition, words},
    lab::SHOP,
    pods::is_ready,
    space::Space,
    wait::{holds, until},
};

const PASSWORD: &str = "p-4711-canary";

/// By the key of its binding's Secret the agent knows it, counts there and puts a task there; without, it says why it cannot.
pub async fn a_broker_of_a_private_authority_is_known_by_its_certificate(space: Space) {
    serve(&space).await;
    space.apply("words", &spec("caKey: ca.crt")).await;
    space.ready("words").await;
    let said = space.aegisctl(&["schedule", "run", "words", "tasks"]).await;
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    until("the task waits", 60, async || {
        let said = space.aegisctl(&["queue", "list", "words", "-o", "json"]).await;
        let load: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
        holds(load["workers"][0]["queues"][0]["backlog"] == 1, said.stdout + &said.stderr)
    })
    .await;

    space.apply("words", &spec("version: '2'")).await;
    until("it is told", 90, async || {
        let app = space.app("words").await;
        let scaling = condition(&app, "ScalingActive");
        let told = scaling.as_ref().is_some_and(|told| told.reason == "BrokerUnavailable" && told.message.contains("certificate"));
        assert!(!format!("{app:?}").contains(PASSWORD), "its password is told");
        holds(told, scaling.as_ref().map_or_else(|| "nothing".to_owned(), words))
    })
    .await;
}

fn spec(authority: &str) -> String {
    format!(
        "
bindings: [{{name: queue, type: redis, secretRef: {{name: broker, {authority}}}}}]
api: {{args: [webserver], stop: {{delaySeconds: 0}}}}
workers:
- name: idle
  command: [python, -c, 'import time; time.sleep(10000)']
  stop: {{graceSeconds: 1}}
  broker: {{type: Dramatiq, binding: queue}}
  replicas: {{min: 0, max: 1}}
schedules: [{{name: tasks, schedule: '0 0 1 1 *', run: {{enqueue: {{worker: idle, actor: count}}}}}}]
"
    )
}

/// A redis that speaks TLS alone, and the Secret that describes it.
async fn serve(space: &Space) {
    let (folder, host) = (folder(), format!("broker.{}.svc", space.namespace));
    certify(&folder, &host);
    let file = |name: &str| ByteString(fs::read(folder.join(name)).expect("openssl has made it"));
    let text = |text: &str| ByteString(text.as_bytes().to_vec());
    let uri = format!("rediss://:{PASSWORD}@{host}:6379/0");
    let told = [("type", "redis"), ("host", host.as_str()), ("port", "6379"), ("password", PASSWORD), ("uri", uri.as_str())];
    let told = told.map(|(key, value)| (key.to_owned(), text(value))).into_iter().chain([("ca.crt".to_owned(), file("ca.pem"))]);
    let own = ["server.pem", "server.key"].map(|name| (name.to_owned(), file(name)));
    for (name, data) in [("broker", told.collect()), ("broker-tls", own.into())] {
        let secret = Secret { metadata: named(name), data: Some(data), ..Default::default() };
        space.api::<Secret>().create(&PostParams::default(), &secret).await.expect("a Secret can be made");
    }
    let args = ["--port", "0", "--tls-port", "6379", "--tls-cert-file", "/tls/server.pem", "--tls-key-file", "/tls/server.key"];
    let args = [&args[..], &["--tls-auth-clients", "no", "--requirepass", PASSWORD, "--dir", "/tmp", "--save", ""]].concat();
    let security = json!({"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}});
    let container = json!({"name": "redis", "image": image(space).await, "command": ["redis-server"], "args": args, "securityContext": security,
        "volumeMounts": [{"name": "tls", "mountPath": "/tls"}], "readinessProbe": {"tcpSocket": {"port": 6379}, "periodSeconds": 1}});
    let seccomp = json!({"runAsNonRoot": true, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}});
    let volumes = json!([{"name": "tls", "secret": {"secretName": "broker-tls"}}]);
    let pod = json!({"metadata": {"name": "broker", "labels": {"own": "broker"}},
        "spec": {"containers": [container], "securityContext": seccomp, "volumes": volumes, "terminationGracePeriodSeconds": 1}});
    let pod: Pod = serde_json::from_value(pod).expect("it is a pod");
    space.api::<Pod>().create(&PostParams::default(), &pod).await.expect("a pod can be made");
    let service = json!({"metadata": {"name": "broker"}, "spec": {"selector": {"own": "broker"}, "ports": [{"port": 6379}]}});
    let service: Service = serde_json::from_value(service).expect("it is a Service");
    space.api::<Service>().create(&PostParams::default(), &service).await.expect("a Service can be made");
    until("redis", 60, async || {
        let pod = space.api::<Pod>().get("broker").await.expect("it is there");
        holds(is_ready(&pod), format!("{:?}", pod.status.and_then(|status| status.container_statuses)))
    })
    .await;
}

fn named(name: &str) -> kube::core::ObjectMeta {
    kube::core::ObjectMeta { name: Some(name.to_owned()), ..Default::default() }
}

/// The image of provisioned redis, which the node has.
async fn image(space: &Space) -> String {
    let shop = Space { namespace: SHOP.to_owned(), ..space.clone() };
    let services = shop.api::<StatefulSet>().list(&ListParams::default().labels("aegis.dev/section=bindings")).await;
    let services = services.expect("they can be listed").items.into_iter();
    let containers = services.filter_map(|service| service.spec?.template.spec).flat_map(|pod| pod.containers);
    let images = containers.filter_map(|container| container.image);
    images.into_iter().find(|image| image.contains("redis")).expect("the flagship has a redis")
}
