//! A real Prometheus on this machine. It scrapes pods through the API server's proxy, for nothing else of the cluster is reached
//! from here. Two things stand in for what is not to be had: what the Prometheus Operator makes of a PodMonitor, for the fields
//! that ours have, and the discovery of pods, which Debian's Prometheus is built without.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Child,
};

use aegis_tests::{
    beside::{agent::free_port, places::folder},
    server::bound::ends_with_us,
};
use k8s_openapi::{
    ByteString,
    api::core::v1::{ContainerPort, Pod},
};
use kube::{Api, Client, Config, ResourceExt, api::ListParams};
use serde_json::{Map, Value, json};

use crate::{
    lab,
    traffic::Door,
    wait::{Look, until},
};

/// A running Prometheus.
pub struct Prometheus {
    door: Door,
    process: Child,
    folder: PathBuf,
}

impl Prometheus {
    /// Starts one that knows these PodMonitors and PrometheusRules.
    pub async fn start(client: &Client, monitors: &[Value], rules: &[Value]) -> Self {
        let (folder, port) = (folder(), free_port());
        let groups: Vec<&Value> = rules.iter().flat_map(|rule| rule["spec"]["groups"].as_array()).flatten().collect();
        write(&folder.join("rules.yaml"), json!({"groups": groups}).to_string());
        let cluster = Way::into(&folder);
        let mut scraped = vec![];
        for monitor in monitors {
            let pods = Api::<Pod>::namespaced(client.clone(), text(&monitor["metadata"]["namespace"]));
            let pods = pods.list(&ListParams::default()).await.expect("pods can be listed").items;
            scraped.extend(cluster.scrapes(monitor, &pods));
        }
        let config = json!({
            "global": {"scrape_interval": "5s", "evaluation_interval": "5s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": scraped,
        });
        write(&folder.join("prometheus.yaml"), config.to_string());
        let mut command = ends_with_us("prometheus".as_ref());
        let flag = |name: &str, value: String| format!("--{name}={value}");
        command.args([
            flag("config.file", folder.join("prometheus.yaml").display().to_string()),
            flag("storage.tsdb.path", folder.join("data").display().to_string()),
            flag("web.listen-address", format!("127.0.0.1:{port}")),
        ]);
        let log = fs::File::create(folder.join("log")).expect("a log can be written");
        let process = command.stderr(log).spawn().expect("prometheus is there: tests/kubernetes/tools debian");
        let uri = format!("http://127.0.0.1:{port}").parse().expect("an address of this machine");
        let door = Door::to(Client::try_from(Config::new(uri)).expect("a client of no secrets"));
        let prometheus = Self { door, process, folder };
        until("Prometheus listens", 30, async || match prometheus.door.get("/-/ready").await {
            Ok(_) => Look::Done(()),
            Err(error) => Look::Waiting(format!("{error}: {}", fs::read_to_string(prometheus.folder.join("log")).unwrap_or_default())),
        })
        .await;
        prometheus
    }

    /// The numbers that a query finds, of those that are numbers.
    pub async fn ask(&self, query: &str) -> Result<Vec<f64>, String> {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let answer = self.door.json(&format!("/api/v1/query?query={encoded}")).await.map_err(|error| error.to_string())?;
        let found = answer["data"]["result"].as_array().ok_or_else(|| answer.to_string())?;
        let values = found.iter().filter_map(|series| series["value"][1].as_str()?.parse().ok());
        Ok(values.filter(|value: &f64| value.is_finite()).collect())
    }

    /// Targets that are up, and why others are not, by the name of their role.
    pub async fn targets(&self) -> Vec<(String, bool, String)> {
        let answer = self.door.json("/api/v1/targets?state=active").await.expect("Prometheus answers");
        let targets = answer["data"]["activeTargets"].as_array().cloned().unwrap_or_default();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        targets.iter().map(|it| (word(&it["labels"]["role"]), it["health"] == "up", word(&it["lastError"]))).collect()
    }

    /// What is wrong with rules.
    pub async fn faults(&self) -> Vec<String> {
        let answer = self.door.json("/api/v1/rules").await.expect("Prometheus answers");
        let groups = answer["data"]["groups"].as_array().cloned().unwrap_or_default();
        let rules: Vec<&Value> = groups.iter().flat_map(|group| group["rules"].as_array()).flatten().collect();
        assert!(!rules.is_empty(), "Prometheus has no rules: {answer}");
        rules.into_iter().filter(|rule| rule["health"] == "err").map(Value::to_string).collect()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}

/// The way through the API server.
struct Way {
    host: String,
    folder: PathBuf,
}

impl Way {
    /// By the suite's own kubeconfig, in files as Prometheus wants them.
    fn into(folder: &Path) -> Self {
        let path = lab::kubeconfig().expect("the suite has a cluster");
        let all: Value = aegis_tests::files::yaml(&path);
        let (cluster, user) = (&all["clusters"][0]["cluster"], &all["users"][0]["user"]);
        let kept = [
            ("ca", &cluster["certificate-authority-data"]),
            ("certificate", &user["client-certificate-data"]),
            ("key", &user["client-key-data"]),
        ];
        for (name, data) in kept {
            let ByteString(bytes) = serde_json::from_value(data.clone()).expect("a kubeconfig of kind holds its certificates");
            write(&folder.join(name), bytes);
        }
        let server = cluster["server"].as_str().unwrap_or_default();
        Self { host: server.trim_start_matches("https://").to_owned(), folder: folder.to_path_buf() }
    }

    fn scrapes(&self, monitor: &Value, pods: &[Pod]) -> Vec<Value> {
        let endpoints = monitor["spec"]["podMetricsEndpoints"].as_array().cloned().unwrap_or_default();
        let targets: Vec<Value> = pods.iter().flat_map(|pod| self.targets(pod)).collect();
        endpoints.iter().enumerate().map(|(i, endpoint)| self.scrape(monitor, i, endpoint, &targets)).collect()
    }

    /// A target for each port of a pod, with the labels that discovery would give it.
    fn targets(&self, pod: &Pod) -> Vec<Value> {
        let mut shared = Map::new();
        for (key, value) in pod.labels() {
            shared.insert(format!("{}_{}", meta("pod_label"), sanitized(key)), value.clone().into());
        }
        shared.insert(meta("namespace"), pod.namespace().into());
        shared.insert(meta("pod_name"), pod.name_any().into());
        shared.insert(meta("pod_phase"), pod.status.as_ref().and_then(|status| status.phase.clone()).into());
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
        let ports = containers.flat_map(|container| container.ports.iter().flatten().map(move |port| (&container.name, port)));
        let target = |(container, port): (&String, &ContainerPort)| {
            let mut labels = shared.clone();
            labels.insert(meta("pod_container_name"), container.clone().into());
            labels.insert(meta("pod_container_port_name"), port.name.clone().unwrap_or_default().into());
            labels.insert(meta("pod_container_port_number"), port.container_port.to_string().into());
            json!({"targets": [self.host], "labels": labels})
        };
        ports.map(target).collect()
    }

    fn scrape(&self, monitor: &Value, number: usize, endpoint: &Value, targets: &[Value]) -> Value {
        let (namespace, name) = (text(&monitor["metadata"]["namespace"]), text(&monitor["metadata"]["name"]));
        let file = |name: &str| self.folder.join(name);
        let job = vec![json!({"target_label": "job", "replacement": format!("{namespace}/{name}")})];
        let relabelled = [kept(&monitor["spec"]["selector"]), labelled(endpoint), job, self.proxied(text(&endpoint["path"]))].concat();
        json!({
            "job_name": format!("podMonitor/{namespace}/{name}/{number}"),
            "honor_labels": endpoint["honorLabels"] == true,
            "scrape_interval": endpoint["interval"].as_str().unwrap_or("5s"),
            "scheme": "https",
            "tls_config": {"ca_file": file("ca"), "cert_file": file("certificate"), "key_file": file("key")},
            "static_configs": targets,
            "relabel_configs": relabelled,
        })
    }

    fn proxied(&self, path: &str) -> Vec<Value> {
        let parts = ["namespace", "pod_name", "pod_container_port_number"].map(meta);
        vec![
            json!({
                "source_labels": parts,
                "regex": "(.+);(.+);(.+)",
                "target_label": "__metrics_path__",
                "replacement": format!("/api/v1/namespaces/$1/pods/$2:$3/proxy{path}"),
            }),
            json!({"source_labels": [meta("pod_name")], "target_label": "instance"}),
        ]
    }
}

/// The pods that a selector finds, of those that run.
fn kept(selector: &Value) -> Vec<Value> {
    let label = |label: &str| format!("{}_{}", meta("pod_label"), sanitized(label));
    let mut rules = vec![json!({"source_labels": [meta("pod_phase")], "regex": "Failed|Succeeded", "action": "drop"})];
    for (key, value) in selector["matchLabels"].as_object().into_iter().flatten() {
        rules.push(json!({"source_labels": [label(key)], "regex": value, "action": "keep"}));
    }
    for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
        assert_eq!(expression["operator"], "In");
        let values: Vec<&str> = expression["values"].as_array().into_iter().flatten().map(text).collect();
        rules.push(json!({"source_labels": [label(text(&expression["key"]))], "regex": values.join("|"), "action": "keep"}));
    }
    rules
}

/// The port of an endpoint, and the labels that every target has, then those that it asks for.
fn labelled(endpoint: &Value) -> Vec<Value> {
    let mut rules = vec![json!({"source_labels": [meta("pod_container_port_name")], "regex": endpoint["port"], "action": "keep"})];
    for (source, target) in [("namespace", "namespace"), ("pod_container_name", "container"), ("pod_name", "pod")] {
        rules.push(json!({"source_labels": [meta(source)], "target_label": target}));
    }
    for asked in endpoint["relabelings"].as_array().into_iter().flatten() {
        rules.push(json!({"source_labels": asked["sourceLabels"], "target_label": asked["targetLabel"]}));
    }
    rules
}

fn sanitized(label: &str) -> String {
    label.replace(['.', '/', '-'], "_")
}

fn meta(word: &str) -> String {
    format!("__meta_kubernetes_{word}")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn write(path: &PathBuf, content: impl AsRef<[u8]>) {
    fs::write(path, content).expect("a file can be written");
}
