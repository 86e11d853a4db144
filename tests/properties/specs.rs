//! AegisApps at random: those that should be accepted, and those with something wild in them.
//! Names come from few words, so that they meet often.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use aegis_crds::AegisApp;
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};
use serde_json::{Map, Value, json};

/// The words of names: those of sections, so that an app's name and a part's can say the same.
const WORDS: [&str; 12] =
    ["api", "worker", "media", "frontend", "scheduler", "schedule", "binding", "volume", "secret", "config", "a", "b2"];
const TEXTS: [&str; 7] = ["", "text", "$(HOME)", "$$", "{a: 1}", "a=b c", "ünïcode"];
/// Values that no field expects.
const WILD: [&str; 14] = [
    "",
    "-",
    "--",
    "UPPER",
    "a--b",
    "..",
    "/",
    "/a/../b",
    "{",
    "}",
    "{x",
    "$(",
    "\u{0}",
    "a very long text with spaces, quotes \" and ünïcode",
];

static GENERATED: AtomicUsize = AtomicUsize::new(0);

/// How many apps were generated.
pub fn generated() -> usize {
    GENERATED.load(Ordering::Relaxed)
}

/// An app that should be accepted.
pub fn app() -> BoxedStrategy<AegisApp> {
    (name(), spec()).prop_map(|(name, spec)| resource(&name, spec).expect("the generator knows the types")).boxed()
}

/// An app in which up to three values may be wild.
pub fn any_app() -> BoxedStrategy<AegisApp> {
    let wild = vec((any::<Index>(), select(&WILD[..]), select(vec![0, -1, 1, i64::from(i32::MAX), i64::MAX, i64::MIN])), 0..4);
    let spoiled = |(name, spec, wild): (String, Value, Vec<(Index, &str, i64)>)| {
        let mut whole = json!({"name": name, "spec": spec});
        for (place, text, number) in wild {
            spoil(&mut whole, place, text, number);
        }
        let name = whole["name"].as_str().unwrap_or_default().to_owned();
        resource(&name, whole["spec"].clone())
    };
    (name(), spec(), wild).prop_map(spoiled).prop_filter_map("the types refuse it", |app| app).boxed()
}

/// Apps with parts, their names made of a section's word and `a` in every way of one or two words.
pub fn alike() -> Vec<AegisApp> {
    let words = ["worker", "schedule", "secret", "volume", "binding", "api", "config", "migration", "revision"];
    let names =
        |word: &str| [word.to_owned(), "a".into(), format!("{word}-a"), format!("a-{word}"), format!("{word}-{word}"), "a-a".into()];
    let pairs = words.into_iter().flat_map(|word| names(word).into_iter().flat_map(move |app| names(word).map(|part| (app.clone(), part))));
    pairs.map(|(app, part)| resource(&app, parts(&part)).expect("names are texts")).collect()
}

/// A spec whose parts all have one name, but for the schedule, which is a role like the worker.
fn parts(name: &str) -> Value {
    let schedule = format!("{name}-a");
    json!({
        "image": "shop",
        "config": {"A": "b"},
        "secrets": [{"name": name, "generate": {"KEY": {}}}],
        "volumes": [{"name": name, "mountPath": "/a", "size": "1Gi"}],
        "workers": if name == "api" || name == "migration" { json!([]) } else { json!([{"name": name}]) },
        "schedules": [{"name": schedule, "schedule": "@daily", "run": {"args": ["x"]}}],
        "bindings": [{"name": name, "type": "redis", "provision": {}}],
        "routes": [{"name": name, "host": "a.example.com", "via": {"ingressClass": "traefik"}, "rules": [
            {"to": "api"}, {"path": "/a", "to": "api", "allowCIDRs": ["10.0.0.0/8"]}]}],
        "migration": {"args": ["x"]},
        "frontend": {}, "scheduler": {},
    })
}

/// The name of an app or of a part.
fn name() -> BoxedStrategy<String> {
    vec(select(&WORDS[..]), 1..4).prop_map(|words| words.join("-")).prop_filter("too long", |name| name.len() <= 18).boxed()
}

fn resource(name: &str, spec: Value) -> Option<AegisApp> {
    GENERATED.fetch_add(1, Ordering::Relaxed);
    let uid = format!("uid-of-{name}");
    let metadata = json!({"name": name, "namespace": "ns", "uid": uid, "generation": 1});
    let whole = json!({"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "metadata": metadata, "spec": spec});
    serde_json::from_value(whole).ok()
}

/// Replaces one scalar: a text by a wild text, a number by a wild number.
fn spoil(whole: &mut Value, place: Index, text: &str, number: i64) {
    let mut leaves = vec![];
    scalars("", whole, &mut leaves);
    let Some(leaf) = whole.pointer_mut(&leaves[place.index(leaves.len())]) else { return };
    *leaf = if leaf.is_number() { number.into() } else { text.into() };
}

fn scalars(path: &str, value: &Value, leaves: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| scalars(&format!("{path}/{key}"), value, leaves)),
        Value::Array(list) => list.iter().enumerate().for_each(|(i, value)| scalars(&format!("{path}/{i}"), value, leaves)),
        _ => leaves.push(path.to_owned()),
    }
}

fn spec() -> BoxedStrategy<Value> {
    object(vec![
        ("image", must(select(vec!["shop", "registry.example:5000/team/shop:1.0", "ghcr.io/a/b"]).prop_map(Value::from))),
        ("imagePullPolicy", maybe(select(vec!["Always", "IfNotPresent", "Never"]).prop_map(Value::from))),
        ("imagePullSecrets", maybe(Just(json!([{"name": "ghcr"}])))),
        ("env", maybe(env())),
        ("config", maybe(Just(json!({"PAGE_SIZE": "50", "TEXT": "$(HOME)"})))),
        ("secrets", maybe(list(vec![("name", must(name().prop_map(Value::from))), ("generate", must(generate()))]))),
        ("files", maybe(list(file()))),
        ("identity", maybe(Just(json!({"annotations": {"a.example/role": "x"}})))),
        ("security", maybe(security())),
        ("volumes", maybe(list(volume()))),
        ("pod", maybe(pod())),
        (
            "migration",
            maybe(object(process(vec![
                ("deadlineSeconds", maybe((1..900i64).prop_map(Value::from))),
                ("compatibility", maybe(select(vec!["ExpandContract", "StopTheWorld"]).prop_map(Value::from))),
            ]))),
        ),
        ("api", maybe(http())),
        ("frontend", maybe(http())),
        ("workers", maybe(list(process(vec![("name", must(name().prop_map(Value::from))), ("replicas", maybe(replicas()))])))),
        ("scheduler", maybe(object(process(vec![("probe", maybe(Just(json!({"exec": ["true", "$HOME"]}))))])))),
        ("schedules", maybe(list(schedule()))),
        ("bindings", maybe(list(binding()))),
        ("observability", maybe(observability())),
        ("access", maybe(access())),
        ("routes", maybe(routes())),
        ("lifecycle", maybe(select(vec![json!({}), json!({"driftPolicy": "Report"}), json!({"driftPolicy": "Correct"})]))),
        ("suspended", maybe(any::<bool>().prop_map(Value::from))),
        ("paused", maybe(any::<bool>().prop_map(Value::from))),
    ])
    .prop_map(mend)
    .boxed()
}

type Field = (&'static str, BoxedStrategy<Option<Value>>);

fn must(strategy: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    strategy.prop_map(Some).boxed()
}

fn maybe(strategy: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    option::weighted(0.4, strategy).boxed()
}

fn object(fields: Vec<Field>) -> BoxedStrategy<Value> {
    let (keys, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    let put = move |values: Vec<Option<Value>>| {
        let fields = keys.iter().zip(values).filter_map(|(key, value)| Some(((*key).to_owned(), value?)));
        Value::Object(fields.collect::<Map<_, _>>())
    };
    values.prop_map(put).boxed()
}

fn list(fields: Vec<Field>) -> BoxedStrategy<Value> {
    vec(object(fields), 0..4).prop_map(Value::from).boxed()
}

fn env() -> BoxedStrategy<Value> {
    let names = select(vec!["A", "B", "HOME", "LOG_LEVEL", "DATABASE_URL", "SECRET_KEY"]);
    let variables = proptest::collection::btree_map(names, select(&TEXTS[..]), 0..4);
    variables.prop_map(|map| map.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()).boxed()
}

/// Through every door, guarded and open, to a role with affinity or without.
fn routes() -> BoxedStrategy<Value> {
    let rules = json!([{"path": "/a", "to": "api", "allowCIDRs": ["10.0.0.0/8"]}, {"to": "api"}]);
    let gateway = |name: &str, by: &str| json!({"gateway": {"name": name}, "implementation": by});
    let doors = [gateway("a", "EnvoyGateway"), gateway("b", "Traefik"), json!({"ingressClass": "traefik", "tls": {"secretName": "tls"}})];
    let route = |(i, via): (usize, Value)| json!({"name": format!("r{i}"), "host": "a.example.com", "via": via, "rules": rules});
    let all: Vec<Value> = doors.into_iter().enumerate().map(route).collect();
    (0..=all.len()).prop_map(move |count| all[..count].to_vec().into()).boxed()
}

fn generate() -> BoxedStrategy<Value> {
    select(vec![json!({"SECRET_KEY": {}}), json!({"SECRET_KEY": {"bytes": 64}, "OTHER": {}})]).boxed()
}

fn file() -> Vec<Field> {
    let path = select(vec!["/etc/a", "/etc/b", "/c"]).prop_map(Value::from);
    let source = || Just(json!({"name": "source", "key": "k"}));
    vec![("mountPath", must(path)), ("secret", maybe(source())), ("configMap", maybe(source())), ("roles", maybe(picks()))]
}

fn security() -> BoxedStrategy<Value> {
    object(vec![
        ("profile", maybe(select(vec!["Restricted", "Baseline"]).prop_map(Value::from))),
        ("runAsUser", maybe((1..70000i64).prop_map(Value::from))),
        ("writablePaths", maybe(Just(json!(["/cache", "/var/lib/x"])))),
    ])
}

fn volume() -> Vec<Field> {
    vec![
        ("name", must(name().prop_map(Value::from))),
        ("mountPath", must(select(vec!["/data", "/data/b", "/var/c"]).prop_map(Value::from))),
        ("size", must(select(vec!["1Gi", "500M"]).prop_map(Value::from))),
        ("accessMode", must(Just("ReadWriteMany".into()))),
        ("deletionPolicy", maybe(select(vec!["Retain", "Delete"]).prop_map(Value::from))),
        ("roles", maybe(picks())),
    ]
}

/// Roles by number; `mend` knows their names.
fn picks() -> BoxedStrategy<Value> {
    vec(0..20usize, 1..3).prop_map(Value::from).boxed()
}

fn pod() -> BoxedStrategy<Value> {
    let labels = select(vec![
        json!({"team": "x"}),
        json!({"aegis.dev/app": "other", "aegis.dev/role": "api", "app.kubernetes.io/managed-by": "me"}),
    ]);
    object(vec![
        ("labels", maybe(labels)),
        ("annotations", maybe(Just(json!({"a": "b"})))),
        ("topologySpread", maybe(select(vec!["Zone", "Node"]).prop_map(Value::from))),
        ("tolerations", maybe(Just(json!([{"key": "x", "operator": "Exists"}])))),
    ])
}

fn process(more: Vec<Field>) -> Vec<Field> {
    let stop = object(vec![
        ("signal", maybe(select(vec!["SIGTERM", "SIGINT", "SIGQUIT"]).prop_map(Value::from))),
        ("graceSeconds", maybe((1..600i64).prop_map(Value::from))),
        ("delaySeconds", maybe((0..60i64).prop_map(Value::from))),
    ]);
    let mut fields = vec![
        ("args", must(vec(select(&TEXTS[..]), 1..3).prop_map(Value::from))),
        ("env", maybe(env())),
        ("envFrom", maybe(Just(json!([{"secretRef": {"name": "extra"}}])))),
        ("resources", maybe(Just(json!({"requests": {"cpu": "100m"}, "limits": {"memory": "1Gi"}})))),
        ("stop", maybe(stop)),
        ("pod", maybe(pod())),
    ];
    fields.extend(more);
    fields
}

fn replicas() -> BoxedStrategy<Value> {
    (0..4i64, 0..5i64).prop_map(|(min, more)| json!({"min": min, "max": min + more})).boxed()
}

fn http() -> BoxedStrategy<Value> {
    let probes = json!({"liveness": {"path": "/health/"}, "startup": {"budgetSeconds": 60}});
    object(process(vec![
        ("port", maybe((1..65535i64).prop_map(Value::from))),
        ("replicas", maybe(replicas())),
        ("autoscaling", maybe((1..200i64).prop_map(|cpu| json!({"cpuUtilization": cpu})))),
        ("probes", maybe(Just(probes))),
        ("sessionAffinity", maybe(select(vec!["None", "Cookie"]).prop_map(Value::from))),
    ]))
}

fn schedule() -> Vec<Field> {
    vec![
        ("name", must(name().prop_map(Value::from))),
        ("schedule", must(select(vec!["0 2 * * *", "@hourly", "*/5 1-3 * jan mon-fri"]).prop_map(Value::from))),
        ("timeZone", maybe(select(vec!["Europe/Oslo", "Etc/UTC"]).prop_map(Value::from))),
        ("concurrencyPolicy", maybe(select(vec!["Allow", "Forbid", "Replace"]).prop_map(Value::from))),
        ("run", must(object(process(vec![])))),
    ]
}

fn binding() -> Vec<Field> {
    let templates = vec!["{uri}", "x://{username}:{password}@{host}:{port}/{database}?a={{b}}", "$(HOME) {host}"];
    vec![
        ("name", must(name().prop_map(Value::from))),
        ("type", must(select(vec!["postgres", "redis"]).prop_map(Value::from))),
        ("provision", maybe(select(vec![json!({}), json!({"storage": "2Gi"})]))),
        ("deletionPolicy", maybe(select(vec!["Retain", "Delete"]).prop_map(Value::from))),
        ("url", maybe(select(templates).prop_map(Value::from))),
    ]
}

fn observability() -> BoxedStrategy<Value> {
    let metrics = select(vec![json!({}), json!({"path": "/m", "interval": "15s", "port": 9300, "roles": ["api"]})]);
    let slo = json!({"name": "fast", "quantile": "0.99", "thresholdMilliseconds": 500, "objective": "99.5"});
    object(vec![
        ("environment", maybe(Just("prod".into()))),
        ("metrics", must(metrics)),
        ("traces", maybe(Just(json!({"endpoint": "http://collector:4317", "sampleRatio": "0.1"})))),
        ("logfire", maybe(Just(json!({"tokenSecretRef": {"name": "logfire"}})))),
        ("logs", maybe(Just(json!({"format": "Text", "level": "DEBUG"})))),
        ("slos", maybe(Just(json!([slo])))),
        ("dashboard", maybe(Just(json!({"folder": "Shops"})))),
    ])
}

fn access() -> BoxedStrategy<Value> {
    let inbound = json!([{"app": "media"}, {"namespace": "ops", "to": "api"}, {"cidr": "10.0.0.0/8"}]);
    let outbound = json!([{"app": "a", "namespace": "b2", "port": 80}, {"pods": {"a": "b"}}, {"cidr": "::/0"}]);
    object(vec![("inbound", maybe(select(vec![json!([]), inbound]))), ("outbound", maybe(select(vec![json!([]), outbound])))])
}

/// What the parts of a spec owe each other: names of their own, one source each, variables set once, roles that exist.
fn mend(mut spec: Value) -> Value {
    for section in ["secrets", "volumes", "bindings"] {
        retain_new(&mut spec[section], "name", &mut BTreeSet::new());
    }
    let mut roles: BTreeSet<String> = ["api", "frontend", "scheduler", "migration"].map(str::to_owned).into();
    retain_new(&mut spec["workers"], "name", &mut roles);
    retain_new(&mut spec["schedules"], "name", &mut roles);
    roles.retain(|role| !["frontend", "scheduler", "migration"].contains(&role.as_str()) || spec.get(role).is_some());
    let mut paths = BTreeSet::new();
    for section in ["volumes", "files"] {
        retain_new(&mut spec[section], "mountPath", &mut paths);
        for entry in entries(&mut spec[section]) {
            named(entry, &roles);
        }
    }
    for file in entries(&mut spec["files"]) {
        let other = if file.get("secret").is_some() { "configMap" } else { "secret" };
        file[other] = Value::Null;
        if other == "secret" && file.get("configMap").is_none_or(Value::is_null) {
            file["configMap"] = json!({"name": "source", "key": "k"});
        }
    }
    for secret in entries(&mut spec["secrets"]).into_iter().skip(1) {
        secret["generate"] = json!({format!("KEY_OF_{}", secret["name"].as_str().unwrap_or_default().replace('-', "_")): {}});
    }
    for (i, binding) in entries(&mut spec["bindings"]).into_iter().enumerate() {
        if binding.get("provision").is_none() {
            binding["secretRef"] = json!({"name": "theirs", "version": "1"});
        }
        if let Some(url) = binding.as_object_mut().and_then(|fields| fields.remove("url")) {
            binding["env"] = json!({format!("URL_{i}"): url});
        }
    }
    let theirs: Vec<Value> = entries(&mut spec["bindings"])
        .iter()
        .filter(|binding| binding.get("secretRef").is_some())
        .map(|binding| binding["name"].clone())
        .collect();
    if let Some(outbound) = spec.pointer_mut("/access/outbound").and_then(Value::as_array_mut) {
        outbound.extend(theirs.into_iter().map(|name| json!({"binding": name, "cidr": "0.0.0.0/0"})));
    }
    if let Value::Object(fields) = &mut spec {
        fields.retain(|_, value| !value.is_null());
    }
    spec
}

fn entries(list: &mut Value) -> Vec<&mut Value> {
    list.as_array_mut().map(|list| list.iter_mut().collect()).unwrap_or_default()
}

fn retain_new(list: &mut Value, field: &str, taken: &mut BTreeSet<String>) {
    if let Some(list) = list.as_array_mut() {
        list.retain(|entry| taken.insert(entry[field].as_str().unwrap_or_default().to_owned()));
    }
}

fn named(entry: &mut Value, roles: &BTreeSet<String>) {
    if let Some(picks) = entry.get_mut("roles").and_then(Value::as_array_mut) {
        for pick in picks {
            let index = usize::try_from(pick.as_u64().unwrap_or_default()).unwrap_or_default();
            *pick = roles.iter().nth(index % roles.len()).cloned().into();
        }
    }
}
