//! `aegisctl dev`: a folder runs in the cluster while somebody works on it, and ends without a trace.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    time::Instant,
};

use aegis_crds::AegisApp;
use k8s_openapi::api::core::v1::Pod;
use kube::{ResourceExt, api::DeleteParams};
use serde_json::json;
use tokio::process::{Child, Command};

use crate::{
    by_hand::ended,
    space::Space,
    wait::{found, holds, until},
};

const DOCKERFILE: &str = "FROM python:3.11-slim-bookworm
WORKDIR /app
ENTRYPOINT [\"python\", \"main.py\"]
COPY *.py ./
USER 10001:10001
";
const MAIN: &str = "import http.server, json, sys, time
import answer

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(answer.ANSWER).encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

if sys.argv[1] == 'webserver':
    print('\\x1b[32mserves\\x1b[0m', answer.ANSWER, flush=True)
    http.server.ThreadingHTTPServer(('', 8000), Handler).serve_forever()
while True:
    time.sleep(1)
";
const APP: &str = "apiVersion: aegis.dev/v1alpha1
kind: AegisApp
metadata: {name: words}
spec:
  image: registry.example/nobody:has-this
  api: {args: [webserver], stop: {delaySeconds: 0, graceSeconds: 1}}
  workers: [{name: idle, args: [worker], stop: {graceSeconds: 1}}]
";

/// A change runs within seconds in the same pods, a broken one waits for the next, a new pod has the newest, and an image is built when
/// it has to be. When the program is lost, so is what it holds.
pub async fn a_folder_runs_until_it_is_lost(space: Space) {
    let project = Project::new(&space.namespace);
    let dev = project.develop(&space, &["--lease", "30"]);
    let door = space.door("words-api");
    door.expect("/", 120, |answer| answer == "one").await;
    space.ready("words").await;

    let before = pods(&space).await;
    project.answers("two");
    let changed = Instant::now();
    door.expect("/", 30, |answer| answer == "two").await;
    eprintln!("a change runs after {:.1} s", changed.elapsed().as_secs_f32());
    project.write("answer.py", "ANSWER = (");
    until("an api that cannot begin", 30, async || holds(door.get("/").await.is_err(), "it answers")).await;
    project.answers("three");
    door.expect("/", 60, |answer| answer == "three").await;
    assert_eq!(pods(&space).await, before, "no pod is another one");

    let api: Vec<Pod> = space.list("aegis.dev/app=words,aegis.dev/role=api").await;
    space.api::<Pod>().delete(&api[0].name_any(), &DeleteParams::default()).await.expect("a pod can be deleted");
    until("another pod", 60, async || {
        let now: Vec<Pod> = space.list("aegis.dev/app=words,aegis.dev/role=api").await;
        holds(now.iter().all(|pod| pod.uid() != api[0].uid()) && !now.is_empty(), "it is there")
    })
    .await;
    door.expect("/", 60, |answer| answer == "three").await;

    let image = image(&space).await;
    project.write("Dockerfile", &format!("{DOCKERFILE}ENV MORE=more\n"));
    until("another image", 60, async || {
        let now = self::image(&space).await;
        found(Some(()).filter(|()| now.is_some() && now != image), format!("{now:?}"))
    })
    .await;
    space.ready("words").await;
    door.expect("/", 60, |answer| answer == "three").await;
    assert!(is_told(&space.app("words").await, "InDevelopment"));

    signal(&dev, "KILL").await;
    until("the end of the lease", 90, async || {
        let app = space.app("words").await;
        holds(is_told(&app, "DevNotHeld") && app.spec.dev.is_some(), format!("{:?}", app.spec.dev))
    })
    .await;
    // the image that the app was made with has what was in the folder then
    door.expect("/", 60, |answer| answer == "one").await;
    space.ready("words").await;

    let dev = project.develop(&space, &[]);
    door.expect("/", 60, |answer| answer == "three").await;
    let image = self::image(&space).await;
    signal(&dev, "INT").await;
    assert_eq!(ended(dev).await.code, Some(0));
    let app = space.ready("words").await;
    assert_eq!((app.spec.dev, Some(app.spec.image)), (None, image), "what was built last stays");
    door.expect("/", 60, |answer| answer == "three").await;
}

/// A pipeline applies the app, before it and meanwhile; every role is heard; and nothing is left of it when it is ended.
pub async fn who_applies_the_app_goes_on_and_nothing_is_left(space: Space) {
    let project = Project::new(&space.namespace);
    let spec = |colour: &str| {
        let idle = json!({"name": "idle", "command": ["python", "-c", "import time; time.sleep(10000)"], "stop": {"graceSeconds": 1}});
        let api = json!({"args": ["webserver"], "stop": {"delaySeconds": 0}});
        json!({"image": space.lab.hello, "config": {"COLOUR": colour}, "api": api, "workers": [idle]})
    };
    space.apply_value("words", spec("red")).await.expect("the API server takes it");
    space.ready("words").await;
    let door = space.door("words-api");
    let before = door.insist("GET", "/", None).await;

    let dev = project.develop(&space, &[]);
    door.expect("/", 90, |answer| answer == "one").await;
    space.apply_value("words", spec("blue")).await.expect("the API server takes it");
    let app = until("the pipeline's release", 60, async || {
        let app = space.app("words").await;
        let seen = app.status.as_ref().and_then(|status| status.observed_generation);
        found(Some(app.clone()).filter(|app| seen == app.metadata.generation && app.spec.config["COLOUR"] == "blue"), "not seen yet")
    })
    .await;
    assert!(app.spec.dev.is_some(), "who applies the rest leaves it");
    space.ready("words").await;
    door.expect("/", 60, |answer| answer == "one").await;

    signal(&dev, "INT").await;
    let said = ended(dev).await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert!(said.stderr.contains("words is applied by user: its spec stays so"), "{}", said.stderr);
    let heard: Vec<&str> = said.stdout.lines().filter(|line| line.starts_with("api/") && line.ends_with(" serves one")).collect();
    assert!(!heard.is_empty() && !said.stdout.contains('\u{1b}'), "colours are for terminals: {}", said.stdout);
    let app = space.ready("words").await;
    assert_eq!((app.spec.dev, app.spec.config["COLOUR"].as_str()), (None, "blue"));
    assert_eq!(door.insist("GET", "/", None).await, before);

    let dev = project.develop(&space, &["--rebuild"]);
    door.expect("/", 60, |answer| answer == "one").await;
    project.answers("two");
    door.expect("/", 60, |answer| answer == "two").await;
    let pods: Vec<Pod> = space.list("aegis.dev/app=words").await;
    assert!(pods.iter().flat_map(|pod| &pod.spec).flat_map(|spec| spec.volumes.iter().flatten()).all(|volume| volume.name != "source"));
    signal(&dev, "TERM").await;
    assert_eq!(ended(dev).await.code, Some(0));
    space.ready("words").await;
}

fn is_told(app: &AegisApp, code: &str) -> bool {
    app.status.iter().flat_map(|status| &status.problems).any(|problem| problem.code == code)
}

/// A folder of its own, which goes with it.
struct Project(PathBuf);

impl Project {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(name);
        fs::create_dir_all(&folder).expect("a folder can be made");
        let project = Self(folder);
        project.write("Dockerfile", DOCKERFILE).write("main.py", MAIN).write("app.yaml", APP).answers("one");
        project
    }

    fn write(&self, file: &str, text: &str) -> &Self {
        fs::write(self.0.join(file), text).expect("a file can be written");
        self
    }

    fn answers(&self, word: &str) {
        self.write("answer.py", &format!("ANSWER = {word:?}\n"));
    }

    fn develop(&self, space: &Space, more: &[&str]) -> Child {
        let cluster = env::var("AEGIS_CLUSTER").expect("scripts/test-cluster says which");
        let (folder, file) = (path(&self.0), path(&self.0.join("app.yaml")));
        space.started(&[&["dev", &folder, "-f", &file, "--cluster", &cluster], more].concat())
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

fn path(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

async fn signal(child: &Child, signal: &str) {
    let process = child.id().expect("it runs").to_string();
    let sent = Command::new("kill").args([&format!("-{signal}"), &process]).status().await;
    assert!(sent.is_ok_and(|status| status.success()));
}

async fn image(space: &Space) -> Option<String> {
    space.app("words").await.spec.dev?.image
}

async fn pods(space: &Space) -> BTreeMap<String, Option<String>> {
    space.list::<Pod>("").await.into_iter().map(|pod| (pod.name_any(), pod.uid())).collect()
}
