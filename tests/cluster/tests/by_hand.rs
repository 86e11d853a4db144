//! What people do to an app by `aegisctl`: a command once beside it, its size, its sleep.

use k8s_openapi::api::{batch::v1::Job, core::v1::Pod, discovery::v1::EndpointSlice};
use kube::ResourceExt;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    apps::component,
    by_hand::{Said, ended},
    space::Space,
    wait::{found, holds, until},
};

const HELLO: &str = "
config: {COLOUR: red}
api: {args: [webserver], stop: {delaySeconds: 0}}
workers: [{name: idle, command: [python, -c, 'import time; time.sleep(10000)'], stop: {graceSeconds: 1}}]
";
const LOOK: &str = "import os, sys; print(os.environ['COLOUR']); print('sad', file=sys.stderr); sys.exit(3)";

/// It sees what the role sees, its output and its exit code are the command's, and no request of a client ever goes to its pod.
pub async fn a_command_runs_once_in_the_context_of_a_role(space: Space) {
    space.apply("hello", HELLO).await;
    space.ready("hello").await;
    for role in ["api", "idle"] {
        let said = space.aegisctl(&["run", "hello", "--role", role, "--command", "--", "python", "-c", LOOK]).await;
        assert_eq!(said.code, Some(3), "{}", said.stderr);
        assert!(said.stdout.contains("red\n") && said.stdout.contains("sad\n"), "{}", said.stdout);
        assert!(said.stderr.contains("exit code 3"), "{}", said.stderr);
    }
    let jobs: Vec<Job> = space.list("aegis.dev/run=hello").await;
    let app = space.app("hello").await;
    assert_eq!(jobs.len(), 2, "they stay to be looked at");
    assert!(jobs.iter().all(|job| job.owner_references().iter().any(|owner| Some(&owner.uid) == app.metadata.uid.as_ref())));
    space.ready("hello").await;

    let long = space.aegisctl(&["run", "hello", "--detach", "--command", "--", "python", "-c", "import time; time.sleep(10000)"]).await;
    let name = long.stdout.trim().to_owned();
    assert_eq!(long.code, Some(0), "{}", long.stderr);
    let address = until("the run's pod", 60, async || {
        let pods: Vec<Pod> = space.list(&format!("batch.kubernetes.io/job-name={name}")).await;
        let status = pods.first().and_then(|pod| pod.status.clone()).unwrap_or_default();
        found(status.pod_ip.filter(|_| status.phase.as_deref() == Some("Running")), format!("{:?}", status.phase))
    })
    .await;
    let slices: Vec<EndpointSlice> = space.list("kubernetes.io/service-name=hello-api").await;
    let addresses: Vec<String> = slices.into_iter().flat_map(|slice| slice.endpoints).flat_map(|endpoint| endpoint.addresses).collect();
    assert!(!addresses.is_empty() && !addresses.contains(&address), "{address} in {addresses:?}");
}

/// Ctrl-C ends what runs; what cannot run is told with what can.
pub async fn a_run_can_be_ended_and_a_wrong_one_is_told(space: Space) {
    space.apply("hello", HELLO).await;
    space.ready("hello").await;
    let wrong = space.aegisctl(&["run", "hello", "--role", "idel", "--", "x"]).await;
    assert_eq!(wrong.code, Some(1));
    assert!(wrong.stderr.contains("it has api, idle") && wrong.stderr.contains("did you mean --role idle?"), "{}", wrong.stderr);

    let child = space.started(&["run", "hello", "--command", "--", "python", "-uc", "import time; print('here'); time.sleep(10000)"]);
    until("the run's pod", 60, async || {
        let pods: Vec<Pod> = space.list("aegis.dev/run=hello").await;
        let phase = pods.first().and_then(|pod| pod.status.clone()?.phase);
        holds(phase.as_deref() == Some("Running"), format!("{phase:?}"))
    })
    .await;
    let process = child.id().expect("it runs").to_string();
    assert!(tokio::process::Command::new("kill").args(["-INT", &process]).status().await.is_ok_and(|status| status.success()));
    let said = ended(child).await;
    assert_eq!(said.code, Some(130), "{}", said.stderr);
    until("the end of the Job", 30, async || holds(space.list::<Job>("aegis.dev/run=hello").await.is_empty(), "it is there")).await;
}

/// Every role speaks behind its name, one role alone; pods that come are heard too, and who is not there is told.
pub async fn what_pods_say_is_read_by_role(space: Space) {
    let talk = "import os, time; print('I am', os.environ['HOSTNAME'], flush=True); time.sleep(10000)";
    let spec = format!(
        "api: {{args: [webserver], stop: {{delaySeconds: 0}}}}\nworkers: [{{name: talk, command: [python, -c, {talk:?}], stop: {{graceSeconds: 1}}}}]"
    );
    space.apply("hello", &spec).await;
    space.ready("hello").await;
    let name = |pods: &[Pod]| pods.first().map(ResourceExt::name_any).unwrap_or_default();
    let first = name(&space.list::<Pod>("aegis.dev/role=talk").await);
    let end = first.rsplit('-').next().expect("names have parts").to_owned();
    let all = good(space.aegisctl(&["logs", "hello"]).await).stdout;
    assert!(all.contains(&format!("talk/{end} I am {first}\n")) && all.contains("api/"), "{all}");
    let alone = good(space.aegisctl(&["logs", "hello", "talk"]).await).stdout;
    assert_eq!(alone, format!("I am {first}\n"), "of one pod the lines themselves");
    let wrong = space.aegisctl(&["logs", "hello", "tlak"]).await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("did you mean talk?"), "{}", wrong.stderr);
    let gone = space.aegisctl(&["logs", "hello", "talk", "--previous"]).await;
    assert!(gone.code == Some(1) && gone.stderr.contains("previous terminated container"), "{}", gone.stderr);

    let mut follows = space.started(&["logs", "hello", "talk", "--follow"]);
    let mut lines = BufReader::new(follows.stdout.take().expect("it is piped")).lines();
    assert_eq!(lines.next_line().await.expect("it prints").as_deref(), Some(format!("talk/{end} I am {first}").as_str()));
    good(space.aegisctl(&["scale", "hello", "talk", "--replicas", "0"]).await);
    until("no pod speaks", 60, async || holds(space.list::<Pod>("aegis.dev/role=talk").await.is_empty(), "there is one")).await;
    let nobody = space.aegisctl(&["logs", "hello", "talk"]).await;
    assert!(nobody.code == Some(1) && nobody.stderr.contains("talk has no pods"), "{}", nobody.stderr);
    good(space.aegisctl(&["scale", "hello", "talk", "--replicas", "1"]).await);
    let next = tokio::time::timeout(std::time::Duration::from_secs(60), lines.next_line()).await.expect("another pod comes");
    let next = next.expect("it prints").expect("it goes on");
    assert!(next.starts_with("talk/") && !next.contains(&first), "{next}");
}

/// A command in a pod has our stdin, our terminal and its own exit code; what is no role, no program or no terminal is told.
pub async fn people_go_into_a_pod(space: Space) {
    space.apply("hello", HELLO).await;
    space.ready("hello").await;
    let said = space.aegisctl(&["exec", "hello", "idle", "--", "python", "-c", LOOK]).await;
    assert_eq!((said.code, said.stdout.as_str()), (Some(3), "red\n"), "{}", said.stderr);
    assert!(said.stderr.contains("sad\n") && said.stderr.contains("In pod hello-worker--idle-"), "{}", said.stderr);
    let echo = "import sys; print(len(sys.stdin.read()))";
    let text = "a line of text\n".repeat(20_000);
    let fed = space.fed(&["exec", "hello", "-i", "--", "python", "-c", echo], &text).await;
    assert_eq!((fed.code, fed.stdout.trim()), (Some(0), text.len().to_string().as_str()), "{}", fed.stderr);

    let none = space.aegisctl(&["exec", "hello", "-it", "--", "sh"]).await;
    assert!(none.code == Some(1) && none.stderr.contains("leave out -t"), "{}", none.stderr);
    // the size follows the start, as Kubernetes has it; SIGALRM ends a program that is never told
    let program = "import os, signal; signal.alarm(30)\nwhile not os.get_terminal_size(0).lines: pass\nprint(os.get_terminal_size(0))";
    let line = format!("stty rows 31 cols 77; aegisctl exec hello -it -n {} -- python -c '{program}'", space.namespace);
    let on_terminal = tokio::process::Command::new("script").args(["-qec", &line, "/dev/null"]).output().await.expect("script is there");
    let shown = String::from_utf8_lossy(&on_terminal.stdout).into_owned();
    assert!(on_terminal.status.success() && shown.contains("columns=77, lines=31"), "{shown}");

    let wrong = space.aegisctl(&["exec", "hello", "--", "no-such-program"]).await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("name a program that the image has"), "{}", wrong.stderr);
    let wrong = space.aegisctl(&["exec", "hello", "idel", "--", "true"]).await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("did you mean idle?"), "{}", wrong.stderr);
    let wrong = space.aegisctl(&["exec", "hello", "--pod", "hello-api-0", "--", "true"]).await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("has no pod hello-api-0"), "{}", wrong.stderr);
}

/// A loopback port leads to a pod that is ready, also after the first one is gone; Ctrl-C ends it.
pub async fn an_app_without_a_route_is_opened_on_a_loopback_port(space: Space) {
    space.apply("hello", HELLO).await;
    space.ready("hello").await;
    let none = space.aegisctl(&["open", "hello", "--url"]).await;
    assert!(none.code == Some(1) && none.stderr.contains("it has no route"), "{}", none.stderr);
    let mut opened = space.started(&["open", "hello"]);
    let mut lines = BufReader::new(opened.stdout.take().expect("it is piped")).lines();
    let url = lines.next_line().await.expect("it prints").expect("an address");
    let address = url.strip_prefix("http://").expect("it is plain").to_owned();
    let answer = async || match aegis_tests::server::page::page(address.parse().expect("an address"), "/").await {
        Ok(answer) => answer,
        Err(error) => error.to_string(),
    };
    let is_good = |answer: String| holds(answer.starts_with("HTTP/1.1 200"), answer);
    until("an answer", 30, async || is_good(answer().await)).await;
    let before = space.list::<Pod>("aegis.dev/role=api").await.first().map(ResourceExt::name_any).expect("it is there");
    space.api::<Pod>().delete(&before, &kube::api::DeleteParams::default()).await.expect("a pod can be deleted");
    until("the first pod is gone", 60, async || {
        let pods = space.list::<Pod>("aegis.dev/role=api").await;
        holds(!pods.iter().any(|pod| pod.name_any() == before), "it is there")
    })
    .await;
    until("an answer of another pod", 60, async || is_good(answer().await)).await;
    let process = opened.id().expect("it runs").to_string();
    assert!(tokio::process::Command::new("kill").args(["-INT", &process]).status().await.is_ok_and(|status| status.success()));
    let said = ended(opened).await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
}

/// It holds what somebody needs who is to help, and nothing secret that the app was given or has printed.
pub async fn a_bundle_has_everything_but_secrets(space: Space) {
    let prints = "import os, time; print('connecting to', os.environ['DATABASE_URL'], flush=True); print('api_key=hunter2', flush=True); time.sleep(10000)";
    let spec = format!(
        "config: {{COLOUR: red}}\nenv: [{{name: SMTP_PASSWORD, value: hunter2}}]\n\
         bindings: [{{name: db, type: redis, provision: {{}}, env: {{DATABASE_URL: '{{uri}}'}}}}]\n\
         workers: [{{name: talk, command: [python, -c, {prints:?}], stop: {{graceSeconds: 1}}}}]"
    );
    space.apply("hello", &spec).await;
    space.ready("hello").await;
    let said = space.aegisctl(&["exec", "hello", "talk", "--", "python", "-c", "import os; print(os.environ['DATABASE_URL'])"]).await;
    let uri = said.stdout.trim().to_owned();
    let password = uri.rsplit_once('@').and_then(|(before, _)| before.rsplit_once(':')).expect("the address has a password").1.to_owned();
    let place = std::env::temp_dir().join(format!("{}.tar.gz", space.namespace));
    let file = place.to_string_lossy().into_owned();
    let bundle = good(space.aegisctl(&["support-bundle", "hello", "--into", &file, "--force"]).await);
    assert_eq!(bundle.stdout.trim(), file);
    let again = space.aegisctl(&["support-bundle", "hello", "--into", &file]).await;
    assert!(again.code == Some(1) && again.stderr.contains("it is there already"), "{}", again.stderr);
    let unpacked = tokio::process::Command::new("tar").args(["-xzOf", &file]).output().await.expect("tar can be run");
    let text = String::from_utf8_lossy(&unpacked.stdout).into_owned();
    std::fs::remove_file(&place).expect("it is there");
    for word in [
        "apps/hello/app.yaml",
        "apps/hello/doctor.yaml",
        "objects/Secret/",
        "-app.log",
        "kind: Deployment",
        "connecting to redis://",
        "nodes/",
        "operators/",
    ] {
        assert!(text.contains(word), "{word}: {}", &text[..text.len().min(4000)]);
    }
    assert!(password.len() > 10 && !text.contains(&password), "the password is in it");
    assert!(!text.contains("hunter2"), "{:?}", text.lines().find(|line| line.contains("hunter2")));
}

/// It prints what the run prints and ends as that ends; a task gets into its queue once.
pub async fn a_schedule_runs_by_hand_out_of_turn(space: Space) {
    let spec = "
bindings: [{name: queue, type: redis, provision: {}, env: {REDIS_URL: '{uri}'}}]
api: {args: [words], stop: {delaySeconds: 0}}
workers: [{name: words, args: [worker], replicas: {min: 1}, broker: {type: Dramatiq, binding: queue}}]
schedules:
- {name: sad, schedule: '@yearly', run: {command: [python, -c, 'import sys; print(42); sys.exit(3)']}}
- {name: task, schedule: '@yearly', suspended: true, run: {enqueue: {worker: words, actor: count, args: [scheduled]}}}
";
    space.apply("words", spec).await;
    space.ready("words").await;
    let sad = space.aegisctl(&["schedule", "run", "words", "sad"]).await;
    assert!(sad.code == Some(3) && sad.stdout == "42\n" && sad.stderr.contains("exit code 3"), "{}{}", sad.stdout, sad.stderr);
    until("its failure", 30, async || {
        let sad = component(&space.app("words").await, "sad");
        holds(sad.reason == "RunFailed" && sad.message.as_deref().is_some_and(|words| words.contains("-run-")), format!("{sad:?}"))
    })
    .await;

    good(space.aegisctl(&["schedule", "run", "words", "task"]).await);
    let api = space.door("words-api");
    api.expect("/words/scheduled", 60, |length| length == "scheduled".len()).await;
    assert_eq!(api.json("/runs").await.expect("the api answers")["scheduled"], 1);
    let told = until("its success", 30, async || {
        let listed = good(space.aegisctl(&["schedule", "list", "words", "-o", "json"]).await).stdout;
        let told: Value = serde_json::from_str(&listed).unwrap_or_default();
        found(told["schedules"][1]["lastSuccessTime"].is_string().then_some(told), listed)
    })
    .await;
    let tasks = &told["schedules"][1];
    assert_eq!((&tasks["suspended"], &tasks["late"], &tasks["nextRun"]), (&json!(true), &json!(false), &Value::Null));
    assert!(told["schedules"][0]["nextRun"].is_string(), "{told}");
}

/// What waits is counted, shown and removed through the agent; bodies are shown only when asked for.
pub async fn queues_are_looked_at_and_emptied_by_hand(space: Space) {
    let queue = "workers:\n- {name: words, args: [worker], replicas: {min: 0}, broker: {type: Dramatiq, binding: queue}}";
    let words = format!(
        "bindings: [{{name: queue, type: redis, provision: {{}}, env: {{REDIS_URL: '{{uri}}'}}}}]\napi: {{args: [words]}}\n{queue}"
    );
    space.apply("words", &words).await;
    space.ready("words").await;
    let door = space.door("words-api");
    for word in ["one", "two", "three"] {
        door.insist("PUT", &format!("/words/{word}"), None).await;
    }
    until("three messages that wait", 30, async || {
        let said = space.aegisctl(&["queue", "list", "words", "-o", "json"]).await;
        let load: Value = serde_json::from_str(&said.stdout).unwrap_or_default();
        holds(load["workers"][0]["queues"][0]["backlog"] == 3, said.stdout + &said.stderr)
    })
    .await;
    let table = good(space.aegisctl(&["queue", "list", "words"]).await).stdout;
    let row: Vec<&str> = table.lines().nth(1).expect("a row").split_whitespace().take(6).collect();
    assert_eq!(row, ["words", "words", "3", "0", "0", "0"], "{table}");

    let seen = good(space.aegisctl(&["queue", "peek", "words", "words", "--limit", "2"]).await).stdout;
    assert!(seen.lines().count() == 3 && seen.contains("count") && !seen.contains("one"), "{seen}");
    let bodies = good(space.aegisctl(&["queue", "peek", "words", "words", "--bodies", "-o", "json"]).await).stdout;
    assert!(bodies.contains("three"), "{bodies}");

    assert_eq!(good(space.aegisctl(&["queue", "retry", "words", "words"]).await).stdout, "0 messages were put back\n");
    let unsure = space.aegisctl(&["queue", "purge", "words", "words", "--state", "waiting"]).await;
    assert!(unsure.code == Some(1) && unsure.stderr.contains("add --yes"), "{}", unsure.stderr);
    let purged = good(space.aegisctl(&["queue", "purge", "words", "words", "--state", "waiting", "--yes"]).await);
    assert!(purged.stdout.starts_with("3 messages"), "{}", purged.stdout);
    let wrong = space.aegisctl(&["queue", "peek", "words", "word"]).await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("aegisctl queue list words"), "{}", wrong.stderr);
}

/// From a file it is made and followed; a bad image ends the wait long before its time, and what ran before runs on.
pub async fn a_deployment_is_followed_until_it_runs_or_fails(space: Space) {
    let file = |spec: &str| {
        let head = "apiVersion: aegis.dev/v1alpha1\nkind: AegisApp\nmetadata: {name: hello}\nspec:";
        format!("{head}\n  image: {}{}{spec}\n", space.lab.hello, HELLO.replace('\n', "\n  "))
    };
    let deploy = async |spec: &str| space.fed(&["deploy", "-f", "-"], &file(spec)).await;
    let wrong = deploy("replicas: 3").await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("stdin:") && wrong.stderr.contains("spec.replicas"), "{}", wrong.stderr);
    let made = good(deploy("").await);
    assert!(made.stdout.starts_with("hello: created") && made.stderr.contains("hello is ready"), "{}{}", made.stdout, made.stderr);
    assert_eq!(good(deploy("").await).stdout, "hello: as it was\n");

    let began = std::time::Instant::now();
    let failed = space.aegisctl(&["deploy", "hello", "--image", "nowhere.local/nothing:1", "--timeout", "600"]).await;
    assert!(failed.code == Some(1) && failed.stderr.contains("nowhere.local/nothing:1"), "{}", failed.stderr);
    assert!(began.elapsed().as_secs() < 180, "it waited for what cannot come");
    let status = space.app("hello").await.status.expect("it has one");
    assert_ne!(status.release, None, "the release before runs on");
    good(space.aegisctl(&["deploy", "hello", "--image", &space.lab.hello]).await);

    space.apply("hello", HELLO).await;
    good(deploy("suspended: true").await);
    space.apply("hello", &format!("{HELLO}suspended: false")).await;
    let conflict = deploy("suspended: true").await;
    assert!(
        conflict.code == Some(1) && conflict.stderr.contains("\"user\"") && conflict.stderr.contains("--force-conflicts"),
        "{}",
        conflict.stderr
    );
}

/// Only what was meant is changed; what the operator would refuse never reaches the spec; another manager is named.
pub async fn size_and_sleep_are_changed_by_hand(space: Space) {
    space.apply("hello", &format!("{HELLO}volumes: [{{name: data, mountPath: /data, size: 1Gi, roles: [idle]}}]")).await;
    space.ready("hello").await;
    let before = spec(&space).await;

    let scaled = good(space.aegisctl(&["scale", "hello", "api", "--replicas", "2", "--wait", "90"]).await);
    assert!(scaled.stdout.contains("spec.api.replicas is {\"min\":2}, was not set"), "{}", scaled.stdout);
    let mut wanted = before.clone();
    wanted["api"]["replicas"] = json!({"min": 2});
    assert_eq!(spec(&space).await, wanted);

    let refused = space.aegisctl(&["scale", "hello", "idle", "--max", "3"]).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("SingleWriter") && refused.stderr.contains("fix:"), "{}", refused.stderr);
    let refused = space.aegisctl(&["scale", "hello", "api", "--min", "3", "--max", "2"]).await;
    assert!(refused.code == Some(1) && refused.stderr.contains("spec.api.replicas"), "{}", refused.stderr);
    assert_eq!(spec(&space).await, wanted, "what is refused changes nothing");

    good(space.aegisctl(&["suspend", "hello", "--wait", "90"]).await);
    assert!(good(space.aegisctl(&["suspend", "hello"]).await).stdout.contains("already"));
    good(space.aegisctl(&["resume", "hello", "--wait", "90"]).await);
    wanted["suspended"] = json!(false);
    assert_eq!(spec(&space).await, wanted);

    space.apply("hello", &format!("{HELLO}suspended: false")).await;
    let warned = good(space.aegisctl(&["suspend", "hello"]).await);
    assert!(warned.stderr.contains("spec.suspended was set by user"), "{}", warned.stderr);
}

fn good(said: Said) -> Said {
    assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
    said
}

async fn spec(space: &Space) -> Value {
    serde_json::to_value(space.app("hello").await.spec).expect("a spec is JSON")
}
