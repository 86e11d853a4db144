//! Releases of the flagship replace one another, well or badly, while its users go on asking.
//! `AEGIS_ROLLOUTS` is the number of good ones, and of bad ones; two of each are enough for every build.

use std::env;

use k8s_openapi::api::core::v1::Pod;
use kube::{ResourceExt, api::DeleteParams};
use serde_json::{Value, json};

use crate::{
    apps::{condition, words},
    lab::{OPERATOR, SHOP},
    space::Space,
    steady::Steady,
    wait::{holds, until},
};

/// Time until a bad release has given way: of all, a deadline takes longest.
const GIVEN_WAY: u64 = 180;

/// A release that cannot run: what spoils it, the reason that is told, and a word of the message.
struct Bad {
    what: &'static str,
    spoil: fn(&mut Value),
    reason: &'static str,
    word: &'static str,
}

const BAD: [Bad; 4] = [
    Bad { what: "a crash loop", spoil: |spec| spec["api"]["args"] = json!(["nonsense"]), reason: "RolledBack", word: "exit code 1" },
    Bad {
        what: "a readiness that never comes",
        spoil: |spec| spec["api"]["probes"]["readiness"]["path"] = json!("/nope"),
        reason: "RolledBack",
        word: "progressDeadlineSeconds",
    },
    Bad {
        what: "an image that is nowhere",
        spoil: |spec| spec["image"] = json!("registry.invalid/shop:none"),
        reason: "RolledBack",
        word: "registry.invalid/shop:none",
    },
    Bad {
        what: "a migration that fails",
        spoil: |spec| spec["migration"]["args"] = json!(["nonsense"]),
        reason: "Crashing",
        word: "exit code 1",
    },
];

/// Good and bad releases, another size, and an operator that ends in the middle: no answer is missing.
pub async fn no_request_fails_whatever_is_rolled_out(space: Space) {
    let rounds = env::var("AEGIS_ROLLOUTS").map_or(2, |count| count.parse().expect("AEGIS_ROLLOUTS is a number"));
    let flagship = Space { namespace: SHOP.to_owned(), ..space.clone() }.app("shop").await;
    let mut spec = serde_json::to_value(flagship.spec).expect("a spec is JSON");
    spec["rollout"] = json!({"progressDeadlineSeconds": 30});
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
        given_way(&space, bad).await;
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

async fn given_way(space: &Space, bad: &Bad) {
    until(format!("the end of {}", bad.what), GIVEN_WAY, async || {
        let stalled = condition(&space.app("shop").await, "Stalled");
        let told = stalled.as_ref().is_some_and(|stalled| stalled.reason == bad.reason && stalled.message.contains(bad.word));
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
