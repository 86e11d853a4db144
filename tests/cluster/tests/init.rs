//! `aegisctl init`: a folder that was empty a moment ago becomes an app that people use.

use std::{env, fs, path::PathBuf, process::Stdio};

use aegis_tests::files::root;
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    browser::Browser,
    space::Space,
    traffic::Door,
    wait::{holds, until},
};

/// The whole app: somebody registers, logs in and notes something; a worker works on it, a job runs
/// because time passes, Prometheus is answered.
pub async fn a_new_app_keeps_the_notes_of_who_logs_in(space: Space) {
    deployed(&space, "").await;
    let (mut opened, url) = opened(&space, "api").await;
    let anybody = Door::to(Client::try_from(Config::new(url.parse().expect("an address"))).expect("it is plain HTTP"));

    let ada = json!({"email": "ada@example.com", "password": "correct horse"});
    anybody.insist("POST", "/api/auth/register", Some(ada.clone())).await;
    let given: Value = serde_json::from_str(&anybody.insist("POST", "/api/auth/login", Some(ada)).await).expect("it is JSON");
    assert!(anybody.get("/api/notes").await.is_err(), "who is not logged in sees no note");
    let door = anybody.clone().with_token(given["access_token"].as_str().expect("a token").to_owned());
    door.insist("POST", "/api/notes", Some(json!({"text": "one two three"}))).await;
    door.expect("/api/notes", 30, |notes| notes[0]["words"] == 3).await;

    let refreshed = anybody.insist("POST", "/api/auth/refresh", Some(json!({"refresh_token": given["refresh_token"]}))).await;
    assert!(refreshed.contains("access_token"), "{refreshed}");
    let metrics = anybody.get("/metrics").await.expect("Prometheus is answered");
    assert!(metrics.contains("notes_written_total 1.0"), "{metrics}");
    let ready = anybody.json("/health/ready").await.expect("it is ready");
    assert_eq!(ready, json!({"database": "ok", "redis": "ok"}));
    // it is planned for every minute
    until("the scheduler has run its job", 90, async || {
        let said = space.aegisctl(&["logs", "notes", "scheduler"]).await.stdout;
        holds(said.lines().any(|line| line.contains(r#""event": "notes_forgotten""#)), said)
    })
    .await;
    opened.start_kill().expect("it runs");
}

/// With the other library for queues, and nobody who has to log in.
pub async fn a_new_app_with_taskiq_counts_words(space: Space) {
    deployed(&space, "--auth none --frontend path --workers taskiq --scheduler none").await;
    let door = space.door("notes-api");
    door.insist("POST", "/api/notes", Some(json!({"text": "one two three"}))).await;
    door.expect("/api/notes", 30, |notes| notes[0]["words"] == 3).await;
    let page = door.get("/ui/notes").await.expect("it has a frontend");
    assert!(page.contains("flet.noCdn=true"), "{page}");
    // its queue is one that the operator's agent knows
    until("the queue is looked at, and empty", 60, async || {
        let said = space.aegisctl(&["queue", "list", "notes", "-o", "json"]).await;
        let told: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
        let queue = &told["workers"][0]["queues"][0];
        holds(queue["name"] == "default" && queue["backlog"] == 0 && queue["inFlight"] == 0, said.stdout + &said.stderr)
    })
    .await;
}

/// With nothing but an API.
pub async fn a_new_app_of_an_api_alone_answers(space: Space) {
    deployed(&space, "--database none --auth none --frontend none --workers none --scheduler none").await;
    let door = space.door("notes-api");
    door.expect("/api/hello?name=Ada", 30, |answer| answer["text"] == "Hello, Ada!").await;
    assert_eq!(door.json("/health/ready").await.expect("it is ready"), json!({}));
}

/// Somebody who reads nothing but the schema, the manifest and what the CLI prints as JSON adds an endpoint, a task
/// and a schedule; its tasks are done by arq.
pub async fn an_agent_adds_to_an_app_that_it_knows_by_its_blueprint(space: Space) {
    let folder = Folder(env::temp_dir().join(&space.namespace));
    folder.run("aegisctl init notes --into . --frontend none --workers arq").await;
    let (newcomer, schema) = (root().join("tests/cluster/newcomer.py"), root().join("crds/manifest.schema.json"));
    let cluster = env::var("AEGIS_CLUSTER").expect("scripts/test-cluster says which");
    let line = format!("python3 {} {} notes {cluster} {}", newcomer.display(), schema.display(), space.namespace);
    let added: Value = serde_json::from_str(&folder.run(&line).await).expect("it says what it added");

    let said = space.aegisctl(&["exec", "notes", "api", "--", "python", "-c", &sends(&added)]).await;
    assert_eq!((said.code, said.stdout.trim()), (Some(0), "401"), "{}", said.stderr);
    until("a worker has done the task", 60, async || {
        let said = space.aegisctl(&["logs", "notes", "default"]).await.stdout;
        holds(said.contains("send_bill_done"), said)
    })
    .await;
    let planned = "from app.scheduler.__main__ import build; print(sorted(job.id for job in build().get_jobs()))";
    let said = space.aegisctl(&["exec", "notes", "scheduler", "--", "python", "-c", planned]).await.stdout;
    assert!(said.contains(added["schedule"].as_str().expect("a name")), "{said}");
}

/// A program that asks the endpoint, which is for whoever is logged in, and puts the task into its queue.
fn sends(added: &Value) -> String {
    let [task, endpoint] = ["task", "endpoint"].map(|part| added[part].as_str().expect("a name"));
    format!(
        "import asyncio, urllib.error, urllib.request
from app.workers.broker import send
from app.workers.default.{task} import {task}
try:
    urllib.request.urlopen('http://127.0.0.1:8000{endpoint}')
except urllib.error.HTTPError as error:
    print(error.code)
asyncio.run(send({task}, 'it'))"
    )
}

/// Its frontend, in a browser: somebody registers, notes something, sees its words counted, and forgets it.
pub async fn a_new_app_is_used_in_a_browser(space: Space) {
    deployed(&space, "").await;
    let (mut opened, url) = opened(&space, "frontend").await;
    let browser = Browser::start(&space.namespace).await;
    browser.visit(&format!("{url}/notes")).await;
    browser.types("Email", "ada@example.com").await;
    browser.types("Password", "wrong horse").await;
    browser.clicks("Log in").await;
    browser.shows("The address or the password is wrong.").await;
    browser.clicks("Register").await;
    browser.shows("ada@example.com").await;
    browser.types("Note", "one two three").await;
    browser.clicks("Write").await;
    browser.shows("one two three").await;
    until("its words are counted", 30, async || {
        browser.clicks("Look again").await;
        holds(browser.reads("3 words").await, "they are not")
    })
    .await;
    browser.picture("notes.png").await;
    browser.clicks("Hello").await;
    browser.types("Name", " of the browser").await;
    browser.clicks("Greet").await;
    browser.shows("Hello, World of the browser!").await;
    opened.start_kill().expect("it runs");
}

/// A role of the app on a loopback port, until the process ends.
async fn opened(space: &Space, role: &str) -> (Child, String) {
    let mut opened = space.started(&["open", "notes", role]);
    let mut lines = BufReader::new(opened.stdout.take().expect("it is piped")).lines();
    let url = lines.next_line().await.expect("it prints").expect("an address");
    (opened, url)
}

/// Writes the app with these choices, builds its image, and deploys it.
async fn deployed(space: &Space, choices: &str) {
    let folder = Folder(env::temp_dir().join(&space.namespace));
    let cluster = env::var("AEGIS_CLUSTER").expect("scripts/test-cluster says which");
    folder.run(&format!("aegisctl init notes --into . {choices}")).await;
    let image = folder.run("aegisctl image build -t notes --tag-by-content .").await;
    folder.run(&format!("aegisctl cluster load --name {cluster} {}", image.trim())).await;
    folder.run(&format!("aegisctl deploy -f aegis_manifest.json --env dev --image {} -n {}", image.trim(), space.namespace)).await;
}

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    /// What a line of shell prints there.
    async fn run(&self, line: &str) -> String {
        fs::create_dir_all(&self.0).expect("a folder can be made");
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", line]).current_dir(&self.0).stdin(Stdio::null()).kill_on_drop(true);
        let output = shell.output().await.expect("bash can be run");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{line}: {}\n{}{}", output.status, said(&output.stdout), said(&output.stderr));
        said(&output.stdout)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
