//! Tokens while their keys rotate: the flagship's client logs in and calls all the time, from a pod beside it.
//! The nodes of this suite refresh what pods have mounted every ten seconds (`scripts/test-cluster`), and a key is published for 25.

use std::collections::BTreeSet;

use aegis_crds::{AegisApp, status::KeyState};
use k8s_openapi::api::core::v1::{Pod, Secret};
use kube::{ResourceExt, api::LogParams};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    lab::SHOP,
    space::Space,
    wait::{found, until},
};

/// Between a rotation that is asked for and a set of one key: the lead, the api's roll-out and the overlap.
const ROTATED: u64 = 180;
/// It logs in once a second, and calls with the newest token and with one that is about to end. A line each second tells all
/// that it saw since it began.
const CLIENT: &str = r#"
import base64, http.client, json, time

LIFE = 15.0
seen = {"calls": 0, "logins": 0, "kids": [], "trouble": []}
who = json.dumps({"email": "ada@example.com", "password": "a long pass phrase"})

def ask(method, path, body=None, token=None):
    headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    connection = http.client.HTTPConnection("shop-api", 8000, timeout=10)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError as error:
        return 0, repr(error)
    finally:
        connection.close()

while ask("POST", "/api/auth/register", who)[0] not in (201, 409):
    time.sleep(0.2)
tokens = []
while True:
    began = time.monotonic()
    status, text = ask("POST", "/api/auth/login", who)
    if status == 200:
        token = json.loads(text)["access_token"]
        head = token.split(".")[0]
        kid = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"]
        seen["kids"] += [kid] if kid not in seen["kids"] else []
        tokens.append((began, token))
        seen["logins"] += 1
    else:
        seen["trouble"].append(f"login: {status} {text}")
    while time.monotonic() - began < 1.0:
        tokens = [(at, token) for at, token in tokens if time.monotonic() - at < LIFE - 3.0]
        for _, token in (tokens[:1] + tokens[-1:]):
            status, text = ask("GET", "/api/auth/me", token=token)
            seen["calls"] += 1
            if status != 200:
                seen["trouble"].append(f"me: {status} {text}")
        time.sleep(0.1)
    print(json.dumps(seen), flush=True)
"#;

/// What the client saw.
#[derive(Deserialize, Debug)]
struct Seen {
    calls: usize,
    logins: usize,
    kids: Vec<String>,
    trouble: Vec<String>,
}

/// Two pods of the api, so that each verifies what the other has signed; three rotations, each of which rolls them.
pub async fn three_rotations_refuse_no_token_and_only_the_api_sees_a_private_half(space: Space) {
    space.apply_value(SHOP, app(&space).await).await.expect("the API server takes it");
    space.ready(SHOP).await;
    let mut kids = vec![alone(&space, &BTreeSet::new()).await];
    client(&space, "it calls", |seen| seen.calls > 0).await;
    only_the_api_sees_it(&space).await;
    for _ in 0..3 {
        let said = space.aegisctl(&["auth", "rotate", SHOP]).await;
        assert_eq!(said.code, Some(0), "{}{}", said.stdout, said.stderr);
        kids.push(alone(&space, &kids.iter().cloned().collect()).await);
        space.healed(SHOP).await;
    }
    let last = kids.last().cloned().unwrap_or_default();
    let seen = client(&space, "it has a token of the last key", |seen| seen.kids.contains(&last)).await;
    only_the_api_sees_it(&space).await;
    let Seen { calls, logins, trouble, .. } = &seen;
    eprintln!("three rotations: {} of {calls} calls and {logins} logins failed", trouble.len());
    assert!(trouble.is_empty(), "{} of {calls} calls and {logins} logins:\n{}", trouble.len(), trouble.join("\n"));
    assert_eq!(seen.kids, kids, "each key has signed, in its turn");
    assert!(*calls > 500, "{calls} calls prove little");
}

/// The flagship's api and a worker, and the client as another: it sees what any worker does.
async fn app(space: &Space) -> Value {
    let mut spec = space.flagship(&["frontend", "scheduler", "schedules", "observability"]).await;
    spec["auth"] = json!({"jwt": {"issuer": "https://shop.example.com", "audiences": ["shop"], "overlap": "20s"}});
    spec["env"].as_array_mut().expect("the flagship has an env").push(json!({"name": "ACCESS_TOKEN_SECONDS", "value": "15"}));
    spec["api"]["replicas"] = json!({"min": 2, "max": 2});
    let workers = spec["workers"].as_array_mut().expect("the flagship has workers");
    workers.truncate(1);
    workers.push(json!({"name": "client", "command": ["python", "-c", CLIENT], "stop": {"graceSeconds": 1}}));
    spec
}

/// Waits until one key is all that is published, none of those, and it signs.
async fn alone(space: &Space, but: &BTreeSet<String>) -> String {
    until("one key that is all there is", ROTATED, async || {
        let AegisApp { status, .. } = space.app(SHOP).await;
        let auth = status.and_then(|status| status.auth);
        let key = auth.as_ref().and_then(|auth| if let [key] = auth.keys.as_slice() { Some(key.clone()) } else { None });
        found(key.filter(|key| key.state == KeyState::Signing && !but.contains(&key.kid)).map(|key| key.kid), format!("{auth:?}"))
    })
    .await
}

async fn client(space: &Space, what: &str, is_it: impl Fn(&Seen) -> bool) -> Seen {
    until(format!("the client: {what}"), 60, async || {
        let pods = space.list::<Pod>("aegis.dev/role=client").await;
        let [pod] = pods.as_slice() else { panic!("one client and no other: {}", pods.len()) };
        let last = LogParams { tail_lines: Some(1), ..Default::default() };
        let line = space.api::<Pod>().logs(&pod.name_any(), &last).await.unwrap_or_default();
        found(serde_json::from_str(&line).ok().filter(|seen| is_it(seen)), line)
    })
    .await
}

/// Nobody but pods of the api has a volume of a key's Secret, and each of these has one.
async fn only_the_api_sees_it(space: &Space) {
    let secrets = space.list::<Secret>("aegis.dev/section=auth").await;
    let private: BTreeSet<String> = secrets.iter().map(ResourceExt::name_any).collect();
    assert!(!private.is_empty(), "there is a private half");
    let pods = space.list::<Pod>("aegis.dev/app=shop").await;
    assert!(pods.iter().filter(|pod| pod.labels()["aegis.dev/section"] != "api").count() >= 2);
    for pod in pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()) {
        let written = serde_json::to_string(&pod.spec).expect("a pod is JSON");
        let sees = private.iter().filter(|name| written.contains(&format!("\"{name}\""))).count();
        assert_eq!(sees, usize::from(pod.labels()["aegis.dev/section"] == "api"), "{}", pod.name_any());
    }
}
