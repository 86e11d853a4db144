//! Every example of every help, as somebody copies it from there: run in a shell, in an order in which each makes sense.

use std::{
    env, fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use aegis_tests::{
    beside::s3::{IDENTITY, Server},
    files::{root, text},
    server::page::free_address,
};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::{
    space::Space,
    wait::{holds, until},
};

/// What makes and deletes clusters.
const CLUSTERS: [&str; 2] = ["aegisctl cluster up", "aegisctl cluster down"];
/// Where the examples publish to.
const BUCKET: &str = "acme-releases";
/// What goes on until it is ended.
const ENDLESS: [&str; 5] = ["--follow", "aegisctl top", "aegisctl open shop api", "aegisctl dev", "-it -- sh"];
/// What tells by its exit code that something differs, or is wrong with somebody else's app.
const TELLING: [&str; 2] = ["--exit-code", "doctor -A"];
/// Time for the longest of them, a rollout.
const LIMIT: Duration = Duration::from_secs(180);

const APP: &str = "apiVersion: aegis.dev/v1alpha1
kind: AegisApp
metadata: {name: shop}
spec:
  image: IMAGE
  config: {COLOUR: red}
  auth: {jwt: {issuer: 'https://shop.example.com', audiences: [shop]}}
  bindings: [{name: queue, type: redis, provision: {}, env: {REDIS_URL: '{uri}'}}]
  api: {args: [words], stop: {delaySeconds: 0}}
  routes: [{name: web, host: shop.example.com, via: {ingressClass: nobody}}]
  workers:
  - {name: orders, args: [worker], broker: {type: Dramatiq, binding: queue}, stop: {graceSeconds: 1}}
  - {name: media, args: [worker], stop: {graceSeconds: 1}}
  schedules: [{name: nightly, schedule: '0 2 * * *', run: {command: [python, -c, pass]}}]
";
const MANIFEST: &str = r#"{
  "version": 1,
  "project": {"name": "shop"},
  "components": COMPONENTS,
  "auth": {"jwt": {"issuer": "https://shop.example.com", "audiences": ["shop"]}},
  "environments": {"dev": {}, "prod": {"components": {"config": {"COLOUR": "gold"}}}}
}"#;

pub async fn each_of_every_help_works(space: Space) {
    let desk = Desk::furnished(&space).await;
    let (mut run, mut wrong) = (0, vec![]);
    for line in examples().iter().filter(|line| !is_of_clusters(line)) {
        let asked = desk.meant(line).await;
        let goes_on = ENDLESS.iter().any(|part| asked.contains(part)) && !["--once", " -o json"].iter().any(|part| asked.contains(part));
        wrong.extend(if goes_on { desk.begin(&asked).await } else { desk.run(&asked).await }.err());
        run += 1;
    }
    assert!(wrong.is_empty(), "{} of {run} examples do not work:\n{}", wrong.len(), wrong.join("\n"));
    assert!(run > 100, "{run} were run");
}

pub async fn clusters_come_and_go(space: Space) {
    let desk = Desk::new(&space).await;
    let name = format!("{}-other", desk.cluster);
    let ports = [free_address().port(), free_address().port()];
    let (mut run, mut shape) = (0, String::new());
    for line in examples().iter().filter(|line| is_of_clusters(line)) {
        let (up, down) = (format!("cluster up --name {name}"), format!("cluster down --name {name}"));
        let asked = line.replace("--name other", "").replace("cluster up", &up).replace("cluster down", &down);
        let asked = asked.replace("--port 8080:30080 --port 8081:30081", &format!("--port {}:30080 --port {}:30081", ports[0], ports[1]));
        let asked = asked.replace("shop:dev", "aegis.local/hello:dev");
        // a port that nobody names is one that this machine may use for something else
        let asked = if asked.contains("--port") { asked } else { asked.replace(&up, &format!("{up} --port {}:30080", ports[0])) };
        let wanted: String = asked.split_whitespace().skip_while(|word| *word != "--nodes").collect();
        // a cluster of another shape is not changed into this one
        if asked.contains(&up) && wanted != shape {
            desk.run(&format!("aegisctl {down}")).await.expect("what is there, or is not, can be deleted");
            shape = wanted;
        }
        desk.run(&asked).await.expect("it works");
        run += 1;
    }
    assert!(run > 7, "{run} were run");
    let left = Command::new("docker").args(["ps", "--all", "--quiet", "--filter", &format!("label=io.x-k8s.kind.cluster={name}")]).output();
    assert_eq!(String::from_utf8_lossy(&left.await.expect("docker can be run").stdout), "", "nothing of it is left");
}

fn is_of_clusters(line: &str) -> bool {
    CLUSTERS.iter().any(|words| line.contains(words))
}

/// The lines below `Examples:`, in the order of the reference; what ends an app comes last.
fn examples() -> Vec<String> {
    let page = text(&root().join("docs/reference/aegisctl.md"));
    let blocks = page.split("Examples:\n").skip(1);
    let lines = blocks.flat_map(|block| block.lines().take_while(|line| line.starts_with("  ")));
    let mut examples: Vec<String> = vec![];
    for line in lines {
        match examples.last_mut().filter(|_| line.starts_with("    ")) {
            Some(last) => *last = format!("{last} {}", line.trim()),
            None => examples.push(line.trim().to_owned()),
        }
    }
    examples.sort_by_key(|line| line.starts_with("aegisctl delete"));
    examples
}

/// Where somebody sits: a folder, and a store for what is published.
struct Desk<'a> {
    space: &'a Space,
    folder: PathBuf,
    cluster: String,
    store: Server,
}

impl<'a> Desk<'a> {
    async fn new(space: &'a Space) -> Self {
        let folder = env::temp_dir().join(&space.namespace);
        let cluster = env::var("AEGIS_CLUSTER").expect("scripts/test-cluster says which");
        fs::create_dir_all(folder.join("store").join(BUCKET)).expect("a folder can be made");
        let store = Server::start(&folder.join("store")).await;
        Self { space, folder, cluster, store }
    }

    /// With what examples name, and an app with four releases.
    async fn furnished(space: &'a Space) -> Self {
        let desk = Self::new(space).await;
        let app = APP.replace("IMAGE", &space.lab.hello);
        let spec: serde_json::Value = serde_yaml::from_str::<serde_json::Value>(&app).expect("it is YAML")["spec"].take();
        let mut components = spec.clone();
        components.as_object_mut().expect("a spec is an object").remove("auth");
        desk.write("app.yaml", &app)
            .write("deploy/app.yaml", &app)
            .write("aegis_manifest.json", &MANIFEST.replace("COMPONENTS", &components.to_string()));
        desk.write("kustomization.yaml", &format!("namespace: {}\nresources: [app.yaml]\n", space.namespace));
        desk.write("Dockerfile", "FROM python:3.11-slim-bookworm\nCMD [\"true\"]\n")
            .write("docker/Dockerfile", "FROM python:3.11-slim-bookworm\nARG EXTRAS\n");
        for folder in ["old", "older"] {
            desk.write(&format!("{folder}/.copier-answers.yml"), "project_slug: old\n");
            desk.write(&format!("{folder}/docker-compose.yml"), "services: {webserver: {build: ., command: webserver}}\n");
        }
        symlink(root().join("examples"), desk.folder.join("examples")).expect("a link can be made");
        desk.run(&format!("aegisctl cluster load --name {} aegis.local/hello:dev", desk.cluster)).await.expect("the nodes take it");
        for colour in ["blue", "green", "white", "red"] {
            desk.write("app.yaml", &app.replace("COLOUR: red", &format!("COLOUR: {colour}")));
            desk.run(&format!("aegisctl deploy -f app.yaml -n {}", space.namespace)).await.expect("it runs");
        }
        // who looks at what a container said before needs one that was restarted
        let end = "import os, signal; [os.kill(int(p), 9) for p in os.listdir('/proc') if p.isdigit() and b'hello' in open(f'/proc/{p}/cmdline', 'rb').read()]";
        drop(space.aegisctl(&["exec", "shop", "media", "--", "python", "-c", end]).await);
        until("the container that was killed runs again", 120, async || {
            let pods: Vec<Pod> = space.list("aegis.dev/app=shop,aegis.dev/role=media").await;
            let mut containers = pods.iter().filter_map(|pod| pod.status.as_ref()?.container_statuses.as_ref()).flatten();
            holds(containers.any(|container| container.restart_count > 0 && container.ready), "it does not")
        })
        .await;
        space.ready("shop").await;
        desk
    }

    fn write(&self, file: &str, text: &str) -> &Self {
        let path = self.folder.join(file);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
        self
    }

    /// The line, with what only its reader has in place of what it names: a namespace, images, commands, pods.
    async fn meant(&self, line: &str) -> String {
        let (namespace, cluster) = (&self.space.namespace, &self.cluster);
        let mut line = line.to_owned();
        for (named, meant) in [
            (
                "--image shop:1.4.3 | kubectl apply -f -",
                format!("--image aegis.local/hello:dev -n {namespace} | kubectl apply --dry-run=server -f -"),
            ),
            ("kubectl apply -f app.yaml", format!("kubectl apply --dry-run=server -n {namespace} -f app.yaml")),
            ("kubectl patch aegisapp shop", "kubectl patch aegisapp published".to_owned()),
            ("curl \"", "echo \"".to_owned()),
            ("-n shop", format!("-n {namespace}")),
            ("ghcr.io/acme/shop:1.4.3", "aegis.local/hello:dev".to_owned()),
            ("cluster status", format!("cluster status --name {cluster}")),
            ("cluster kubeconfig", format!("cluster kubeconfig --name {cluster}")),
            ("cluster load shop:dev aegis-operator:dev", format!("cluster load --name {cluster} aegis.local/hello:dev")),
            (
                "aegisctl dev",
                format!(
                    "aegisctl dev --cluster {cluster}{}",
                    if line.contains("-n shop") { String::new() } else { format!(" -n {namespace}") }
                ),
            ),
            ("aegisctl generate", "cd shop && aegisctl generate".to_owned()),
            (
                "aegisctl manifest",
                "cd shop && make --silent .uv/bin/uv && .uv/bin/uv sync --quiet --frozen && aegisctl manifest".to_owned(),
            ),
            ("-C examples/shop --python .venv/bin/python", "-C .".to_owned()),
            ("aegisctl update", "cd shop && aegisctl update".to_owned()),
            ("aegisctl import", "cd old && aegisctl import".to_owned()),
            ("import ../shop", "import ../older".to_owned()),
            ("-- manage reindex", "--command -- true".to_owned()),
            ("-m shop.repair", "-V".to_owned()),
            ("-- migrate --check", "--command -- true".to_owned()),
            ("\"${fpath[1]}/_aegisctl\"", "_aegisctl".to_owned()),
            ("~/.config/fish/completions/", String::new()),
            ("/usr/local/share/man/man1", "man1".to_owned()),
            ("man -l -", "grep -q aegisctl".to_owned()),
        ] {
            line = line.replace(named, &meant);
        }
        if line.contains("shop-api-5d9c7b8f6-x2x4q") {
            let pods: Vec<Pod> = self.space.list("aegis.dev/app=shop,aegis.dev/role=api").await;
            line = line.replace("shop-api-5d9c7b8f6-x2x4q", &pods[0].name_any());
        }
        if line.contains("5f0c1a77de") {
            let said = self.space.aegisctl(&["plan", &self.folder.join("app.yaml").display().to_string(), "-o", "json"]).await;
            let plan: serde_json::Value = serde_json::from_str(&said.stdout).expect("a plan is JSON");
            line = line.replace("5f0c1a77de", plan["apps"][0]["digest"].as_str().expect("a plan has a digest"));
        }
        self.furnish_for(&line).await;
        if line.starts_with("aegisctl delete") && !line.contains("--yes") {
            // who is asked is at a terminal
            line = format!("echo shop | script -qec '{line}' /dev/null");
        }
        line
    }

    /// What a line needs that others do not: an app by a manifest, or one that can be deleted.
    async fn furnish_for(&self, line: &str) {
        if line.contains("aegisapp published") {
            let before = json!({"s3": {"bucket": BUCKET, "key": "shop/before.json"}, "digest": format!("sha256:{}", "0".repeat(64))});
            let spec = json!({"image": self.space.lab.hello, "paused": true, "manifest": before});
            self.space.apply_value("published", spec).await.expect("the API server takes it");
        }
        if line.starts_with("aegisctl delete") {
            let app: serde_json::Value = serde_yaml::from_str(&APP.replace("IMAGE", &self.space.lab.hello)).expect("it is YAML");
            self.space.apply_value("shop", app["spec"].clone()).await.expect("the API server takes it");
            self.space.ready("shop").await;
        }
    }

    fn shell(&self, line: &str) -> Command {
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", line]).current_dir(&self.folder).stdin(Stdio::null()).kill_on_drop(true);
        shell.envs([
            ("AWS_ENDPOINT_URL", self.store.endpoint().as_str()),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", IDENTITY.0),
            ("AWS_SECRET_ACCESS_KEY", IDENTITY.1),
        ]);
        shell
    }

    /// What is wrong with a line that ends by itself.
    async fn run(&self, line: &str) -> Result<(), String> {
        let output = timeout(LIMIT, self.shell(line).output()).await.map_err(|_| format!("{line}: does not end"))?;
        let output = output.map_err(|error| error.to_string())?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let is_right = output.status.success() || (TELLING.iter().any(|part| line.contains(part)) && output.status.code() == Some(1));
        if is_right { Ok(()) } else { Err(format!("{line}: {}\n{}{}", output.status, said(&output.stdout), said(&output.stderr))) }
    }

    /// What is wrong with one that does not: it says something, and ends by Ctrl-C.
    async fn begin(&self, line: &str) -> Result<(), String> {
        let begun = if line.contains("-it -- sh") { format!("sleep 3 | script -qec '{line}' /dev/null") } else { format!("exec {line}") };
        let mut child = self.shell(&format!("{begun} 2>&1")).stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
        let mut out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (mut first, mut rest) = (String::new(), String::new());
        timeout(LIMIT, out.read_line(&mut first)).await.map_err(|_| format!("{line}: says nothing"))?.map_err(|error| error.to_string())?;
        let process = child.id().expect("it runs").to_string();
        drop(Command::new("kill").args(["-INT", &process]).status().await);
        let ended = timeout(LIMIT, out.read_to_string(&mut rest)).await;
        ended.map_err(|_| format!("{line}: does not end by Ctrl-C\n{first}{rest}"))?.map_err(|error| error.to_string())?;
        let status = child.wait().await.map_err(|error| error.to_string())?;
        if matches!(status.code(), Some(0 | 130)) { Ok(()) } else { Err(format!("{line}: {status}\n{first}{rest}")) }
    }
}

impl Drop for Desk<'_> {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}
