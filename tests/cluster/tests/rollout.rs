//! Releases of the flagship replace one another, well or badly, while its users go on asking.
//! `AEGIS_ROLLOUTS` is the number of good ones, and of bad ones; two of each are enough for every build.

use std::env;

use k8s_openapi::api::{
    apps::v1::Deployment,
    batch::v1::Job,
    core::v1::{Pod, ResourceQuota},
};
use kube::{
    ResourceExt,
    api::{DeleteParams, PostParams},
};
use serde_json::{Value, json};

use crate::{
    apps::{condition, words},
    by_hand::Said,
    lab::{OPERATOR, SHOP},
    pods::{Life, Recorder},
    space::Space,
    steady::Steady,
    traffic::Visitor,
    wait::{holds, until},
};

/// Time until a bad release has given way: of all, a deadline takes longest.
const GIVEN_WAY: u64 = 180;

/// A release that cannot run: what spoils it, and a word of what is told.
struct Bad {
    what: &'static str,
    spoil: fn(&mut Value),
    word: &'static str,
}

const BAD: [Bad; 4] = [
    Bad { what: "a crash loop", spoil: |spec| spec["api"]["args"] = json!(["nonsense"]), word: "exit code 1" },
    Bad {
        what: "a readiness that never comes",
        spoil: |spec| spec["api"]["probes"]["readiness"]["path"] = json!("/nope"),
        word: "progressDeadlineSeconds",
    },
    Bad {
        // its migration cannot begin
        what: "an image that is nowhere",
        spoil: |spec| spec["image"] = json!("registry.invalid/shop:none"),
        word: "registry.invalid/shop:none",
    },
    Bad { what: "a migration that fails", spoil: |spec| spec["migration"]["args"] = json!(["nonsense"]), word: "exit code 1" },
];

/// Good and bad releases, another size, and an operator that ends in the middle: no answer is missing.
pub async fn no_request_fails_whatever_is_rolled_out(space: Space) {
    let rounds = env::var("AEGIS_ROLLOUTS").map_or(2, |count| count.parse().expect("AEGIS_ROLLOUTS is a number"));
    let flagship = Space { namespace: SHOP.to_owned(), ..space.clone() }.app("shop").await;
    let mut spec = serde_json::to_value(flagship.spec).expect("a spec is JSON");
    spec["rollout"] = json!({"progressDeadlineSeconds": 30});
    // the client comes from outside the cluster, and by no gateway
    spec["access"] = json!({"inbound": [{"cidr": "0.0.0.0/0", "to": "api"}]});
    space.apply_value("shop", spec.clone()).await.expect("the flagship's spec is a good one");
    space.ready("shop").await;
    let client = Steady::start(&space, "shop", "/api/orders?limit=5").await;

    for round in 0..rounds {
        spec["config"]["PAGE_SIZE"] = json!(format!("{}", 60 + round));
        space.apply_value("shop", spec.clone()).await.expect("it is a good one");
        if round == 0 {
            end_operator(&space).await;
        }
        space.healed("shop").await;
        let bad = &BAD[round % BAD.len()];
        let mut spoilt = spec.clone();
        (bad.spoil)(&mut spoilt);
        space.apply_value("shop", spoilt).await.expect("the schema takes it");
        given_way(&space, "shop", bad.what, bad.word).await;
    }
    space.apply_value("shop", spec.clone()).await.expect("it is a good one");
    space.healed("shop").await;
    for count in [2, 1] {
        spec["api"]["replicas"] = json!({"min": count, "max": count});
        space.apply_value("shop", spec.clone()).await.expect("it is a good one");
        space.healed("shop").await;
    }
    let (asked, slow, trouble) = client.stop().await;
    eprintln!("{rounds} good and {rounds} bad rollouts: {} of {asked} requests failed, 99 % answered within {slow:?}", trouble.len());
    assert!(trouble.is_empty(), "{} of {asked} requests failed:\n{}", trouble.len(), trouble.join("\n"));
}

const HELLO: &str = "api: {args: [webserver], stop: {delaySeconds: 0}}";

/// Pods that a policy or a quota refuses never come: the release gives way, and what ran before runs on. Once there is room
/// again, the same spec is tried once more.
pub async fn a_release_whose_pods_are_refused_gives_way(space: Space) {
    space.apply("hello", HELLO).await;
    space.ready("hello").await;
    let before = pods(&space).await;
    space.apply("hello", &format!("{HELLO}\nsecurity: {{profile: Baseline}}")).await;
    given_way(&space, "hello", "a pod that the namespace's policy refuses", "PodSecurity").await;

    let quota = json!({"metadata": {"name": "small"}, "spec": {"hard": {"pods": "1"}}});
    let quota: ResourceQuota = serde_json::from_value(quota).expect("it is a quota");
    let quotas = space.api::<ResourceQuota>();
    quotas.create(&PostParams::default(), &quota).await.expect("a quota can be made");
    until("the quota's first count", 30, async || {
        let status = quotas.get("small").await.expect("it is there").status.unwrap_or_default();
        holds(status.used.is_some_and(|used| used.contains_key("pods")), "nothing is counted yet")
    })
    .await;
    space.apply("hello", &format!("{HELLO}\nconfig: {{COLOUR: blue}}")).await;
    given_way(&space, "hello", "a pod that is one too many", "exceeded quota").await;
    assert_eq!(pods(&space).await, before, "the pod that ran before all this runs on");

    quotas.delete("small", &DeleteParams::default()).await.expect("a quota can be deleted");
    let said = space.aegisctl(&["rollout", "retry", "hello"]).await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    space.healed("hello").await;
    assert_ne!(pods(&space).await, before, "with room for it, the release came");
}

fn migrating(version: &str, compatibility: &str, migration: &str) -> String {
    format!(
        "
env: [{{name: VERSION, value: '{version}'}}]
migration: {{command: [python, -c, '{migration}'], compatibility: {compatibility}, deadlineSeconds: 20}}
api: {{args: [webserver], stop: {{delaySeconds: 2}}}}
workers: [{{name: busy, command: [python, -c, 'import time; time.sleep(10000)'], stop: {{graceSeconds: 1}}}}]
"
    )
}

/// Where two releases share the database, the way back warns and nobody waits; where they do not it asks, and nothing of the
/// one runs beside anything of the other. No migration runs on the way back, and what ran half way is asked about too.
pub async fn an_undo_across_a_migration_warns_asks_and_obeys(space: Space) {
    for version in ["1", "2"] {
        space.apply("hello", &migrating(version, "ExpandContract", &format!("print({version})"))).await;
        space.healed("hello").await;
    }
    space.door("hello-api").insist("GET", "/", None).await;
    let visitor = Visitor::start(space.door("hello-api"), "/");
    let shared = undo(&space, &[]).await;
    assert!(shared.stderr.contains("the database stays as the migration of revision 2 left it"), "{}", shared.stderr);
    assert_eq!(version(&space).await, "1");
    visitor.was_always_served();

    space.apply("hello", &migrating("3", "StopTheWorld", "print(3)")).await;
    space.healed("hello").await;
    let (before, jobs) = (pods(&space).await, space.list::<Job>("aegis.dev/section=migration").await.len());
    let recorder = Recorder::start(&space, "aegis.dev/app=hello").await;
    let refused = space.aegisctl(&["rollout", "undo", "hello"]).await;
    assert!(refused.code == Some(1) && refused.stderr.contains("--to 2 --across-migration"), "{}", refused.stderr);
    assert_eq!(pods(&space).await, before, "a question changes nothing");
    undo(&space, &["--to", "1", "--across-migration"]).await;
    assert_eq!(version(&space).await, "1");
    no_two_releases_at_once(&recorder, &before);
    assert!(space.list::<Job>("aegis.dev/section=migration").await.len() <= jobs, "no migration runs on the way back");

    space.apply("hello", &migrating("4", "StopTheWorld", "import time; time.sleep(1000)")).await;
    until("the question", 90, async || {
        let stalled = condition(&space.app("hello").await, "Stalled");
        let asks = stalled.as_ref().is_some_and(|stalled| {
            stalled.reason == "RollbackNeedsConsent" && stalled.message.contains("DeadlineExceeded") && stalled.message.contains("half way")
        });
        holds(asks, stalled.as_ref().map_or_else(|| "it is not stalled".to_owned(), words))
    })
    .await;
    assert_eq!(pods(&space).await, [""; 0], "nothing runs on a database that may be changed half way");
    undo(&space, &["--across-migration"]).await;
    assert_eq!(version(&space).await, "1", "what ran before, though revision 3 has run well too");
}

/// By hand, followed to its end.
async fn undo(space: &Space, more: &[&str]) -> Said {
    let said = space.aegisctl(&[&["rollout", "undo", "hello"], more].concat()).await;
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let followed = space.aegisctl(&["rollout", "status", "hello", "--timeout", "90"]).await;
    assert_eq!(followed.code, Some(0), "{}", followed.stderr);
    said
}

/// The release of the api.
async fn version(space: &Space) -> String {
    let api = space.api::<Deployment>().get("hello-api").await.expect("the api is there");
    let container = api.spec.and_then(|spec| spec.template.spec).map(|pod| pod.containers).unwrap_or_default().swap_remove(0);
    let variable = container.env.unwrap_or_default().into_iter().find(|variable| variable.name == "VERSION");
    variable.and_then(|variable| variable.value).expect("it has a version")
}

fn no_two_releases_at_once(recorder: &Recorder, before: &[String]) {
    let (old, new): (Vec<Life>, Vec<Life>) = recorder.lives().into_iter().partition(|life| before.contains(&life.name));
    assert!(old.len() == 2 && new.len() >= 2, "{old:?} {new:?}");
    let beside = |life: &Life| new.iter().find(|other| other.overlaps(life)).cloned();
    let both: Vec<_> = old.iter().filter_map(|life| Some((life, beside(life)?))).collect();
    assert!(both.is_empty(), "two releases ran side by side: {both:?}");
}

async fn pods(space: &Space) -> Vec<String> {
    let pods: Vec<Pod> = space.list("aegis.dev/app=hello,aegis.dev/section!=migration").await;
    pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).map(ResourceExt::name_any).collect()
}

async fn given_way(space: &Space, app: &str, what: &str, word: &str) {
    until(format!("the end of {what}"), GIVEN_WAY, async || {
        let stalled = condition(&space.app(app).await, "Stalled");
        let told = stalled.as_ref().is_some_and(|stalled| stalled.reason == "RolledBack" && stalled.message.contains(word));
        holds(told, stalled.as_ref().map_or_else(|| "it is not stalled".to_owned(), words))
    })
    .await;
}

/// Deletes the operator's pods. The next one goes on.
async fn end_operator(space: &Space) {
    let operator = Space { namespace: OPERATOR.to_owned(), ..space.clone() };
    for pod in operator.list::<Pod>("app.kubernetes.io/name=aegis-operator").await {
        operator.api::<Pod>().delete(&pod.name_any(), &DeleteParams::default()).await.expect("a pod can be deleted");
    }
}
