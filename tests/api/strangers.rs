//! Objects of somebody else: left alone, told by name, and no longer in the way once they are gone.

use std::collections::BTreeSet;

use aegis_crds::AegisApp;
use aegis_plan::{
    Facts, Planned, Stage, accept,
    children::{self, CHILDREN},
    everything,
};
use serde_json::{Value, json};

use crate::{
    apps,
    scene::{Scene, condition, tests},
    wire::{Fate, Sent, Wire},
};

tests![
    objects_of_somebody_else_are_left_alone,
    no_kind_of_object_is_taken_from_somebody_else,
    a_write_that_comes_late_is_for_the_object_that_was_seen
];

async fn objects_of_somebody_else_are_left_alone(mut scene: Scene) {
    let app = apps::app("strange", json!({"config": {"PAGE_SIZE": "50"}}));
    let config = config_name(&mut scene, &app).await;
    let taken = [("ServiceAccount", "strange"), ("ConfigMap", &config), ("Service", "strange-api"), ("Deployment", "strange-api")];
    let mut strangers = vec![];
    for (kind, name) in taken {
        strangers.push(scene.cluster.create(&scene.namespace, &stranger(kind, name)).await.expect("a stranger comes"));
    }
    scene.apply(&app).await;
    let stored = scene.ready("strange", "NameTaken").await;
    assert_eq!(condition(&stored, "Stalled")["status"], "True");
    let message = text(&condition(&stored, "Ready")["message"]);
    for (stranger, (kind, name)) in strangers.iter().zip(taken) {
        // no pod runs as somebody else, so nothing was tried with the Deployment yet
        assert!(kind == "Deployment" || message.contains(&format!("{kind} {name}")), "{message}");
        let now = scene.get(kind, name).await;
        let managers = now["metadata"]["managedFields"].to_string();
        assert!(now["metadata"]["uid"] == stranger["metadata"]["uid"] && !managers.contains("\"aegis"), "{kind} {name}: {now:#}");
        assert!(now["metadata"]["ownerReferences"].is_null() && now["spec"] == stranger["spec"] && now["data"] == stranger["data"]);
    }
    scene.cluster.delete(&scene.namespace, "ServiceAccount", "strange").await;
    let is_told = |app: &Value| text(&condition(app, "Ready")["message"]).contains("Deployment strange-api");
    scene.see("AegisApp", "strange", "the Deployment is told", is_told).await;
    assert_eq!(scene.get("Deployment", "strange-api").await["metadata"]["uid"], strangers[3]["metadata"]["uid"]);
    for (kind, name) in &taken[1..] {
        scene.cluster.delete(&scene.namespace, kind, name).await;
    }
    scene.runs("strange").await;
}

async fn no_kind_of_object_is_taken_from_somebody_else(mut scene: Scene) {
    let migrating = apps::app("moving", json!({"migration": {"args": ["migrate"]}}));
    let storing = json!({"volumes": [{"name": "data", "mountPath": "/data", "size": "1Gi", "accessMode": "ReadWriteMany"}]});
    let staying = json!({"config": {"PAGE_SIZE": "50"}, "api": {"replicas": {"min": 2, "max": 4}}, "workers": [{"name": "media"}], "scheduler": {},
        "schedules": [{"name": "report", "schedule": "0 2 * * *", "run": {"args": ["report"]}}],
        "frontend": {"replicas": {"min": 2, "max": 2}, "sessionAffinity": "Cookie"}, "routes": every_way(),
        "observability": {"metrics": {}, "dashboard": {}}});
    // what stands on a claim or on an account is not even tried
    let apps =
        [(migrating, Stage::Migrate), (apps::app("storing", storing), Stage::Prepare), (apps::app("staying", staying), Stage::Settled)];
    let mut met = BTreeSet::new();
    for (app, stage) in apps {
        let name = text(&app["metadata"]["name"]);
        let mut taken = planned(&scene, &app, stage);
        taken.retain(|planned| stage == Stage::Prepare || planned.kind.kind != "ServiceAccount");
        for planned in &taken {
            scene.cluster.create(&scene.namespace, &foreign(planned)).await.expect("a stranger comes");
        }
        scene.apply(&app).await;
        let message = text(&condition(&scene.ready(&name, "NameTaken").await, "Ready")["message"]);
        for planned in &taken {
            let object = format!("{} {}", planned.kind.kind, planned.name);
            assert!(message.contains(&object), "{object} is not told: {message}");
            met.insert(planned.kind.kind);
            let managers = scene.get(planned.kind.kind, &planned.name).await["metadata"]["managedFields"].to_string();
            assert!(!managers.contains("\"aegis"), "{object}: {managers}");
        }
    }
    let all = children::kinds().into_iter().filter(|kind| !kind.is_write_only()).map(|kind| kind.kind);
    assert_eq!(all.filter(|kind| !met.contains(kind)).collect::<Vec<_>>(), [""; 0]);
}

/// Routes by each door and each kind of gateway, with all that these make of addresses and affinity.
fn every_way() -> Value {
    let rules = || json!([{"path": "/admin", "to": "api", "allowCIDRs": ["10.0.0.0/8"]}, {"to": "frontend"}]);
    let by = |name: &str, via: Value| json!({"name": name, "host": format!("{name}.example.com"), "via": via, "rules": rules()});
    json!([
        by("envoy", json!({"gateway": {"name": "public"}, "implementation": "EnvoyGateway"})),
        by("traefik", json!({"gateway": {"name": "public"}, "implementation": "Traefik"})),
        by("ingress", json!({"ingressClass": "traefik"})),
    ])
}

/// Between a look at an object and a write to it somebody may delete it and make another of its name.
async fn a_write_that_comes_late_is_for_the_object_that_was_seen(mut scene: Scene) {
    // the first edit of what was created: its fields change hands, it is applied, and it gets its replicas
    const WRITES: [(&str, &str, &str); 4] = [
        ("ServiceAccount", "changing", "fieldManager=aegis"),
        ("ServiceAccount", "applying", "fieldManager=aegis&force=true&fieldValidation=Strict"),
        ("Deployment", "dividing-api", "fieldManager=aegis"),
        ("Deployment", "resizing-api", "fieldManager=aegis-size&force=true&fieldValidation=Strict"),
    ];
    for (kind, object, query) in WRITES {
        let name = object.trim_end_matches("-api");
        let end = format!("/{}s/{object}", kind.to_lowercase());
        let is_it = move |sent: &Sent| sent.method == "PATCH" && sent.path.ends_with(&end) && sent.query == query;
        let wire = Wire::with(move |sent| if is_it(sent) { Fate::IsHeld } else { Fate::Passes });
        scene.start_on(&wire).await;
        let app = |role: &str, count: i32| {
            let api = json!({"replicas": {"min": count, "max": count}, "env": [{"name": "ROLE", "value": role}]});
            apps::app(name, json!({"identity": {"annotations": {"example.com/role": role}}, "api": api}))
        };
        scene.apply(&app("reader", 1)).await;
        scene.runs(name).await;
        scene.apply(&app("writer", 2)).await;
        wire.holds().await;
        scene.cluster.delete(&scene.namespace, kind, object).await;
        scene.see_gone(kind, object).await;
        let made = scene.cluster.create(&scene.namespace, &stranger(kind, object)).await.expect("a stranger comes");
        wire.release();
        scene.ready(name, "NameTaken").await;
        let now = scene.get(kind, object).await;
        let is_untouched = !now["metadata"]["managedFields"].to_string().contains("\"aegis");
        assert!(is_untouched && now["spec"] == made["spec"], "{kind}, {query}: {now:#}");
    }
}

/// What an app would have up to a stage.
fn planned(scene: &Scene, app: &Value, stage: Stage) -> Vec<Planned> {
    let mut asked: AegisApp = serde_json::from_value(app.clone()).expect("it has the shape of its schema");
    asked.metadata.namespace = Some(scene.namespace.clone());
    let accepted = accept(&asked, &Facts::default());
    let app = accepted.app.unwrap_or_else(|| panic!("{:?}", accepted.problems));
    let rows = CHILDREN.iter().filter(|row| row.stage() <= stage);
    let wanted: Vec<Planned> = rows.flat_map(|row| row.plan(&app)).collect();
    assert!(wanted.len() < everything(&app).len() || stage == Stage::Settled);
    wanted
}

/// The same object, made by somebody who knows nothing of apps.
fn foreign(planned: &Planned) -> Value {
    let mut object = planned.body.value();
    let metadata = object["metadata"].as_object_mut().expect("it has metadata");
    metadata.retain(|key, _| key == "name");
    // without labels of its own a Job gets those of its template
    metadata.insert("labels".to_owned(), json!({"app": "stranger"}));
    if planned.kind.kind == "Job" {
        // its pods would look like the app's own migration, which waits for them
        object["spec"]["suspend"] = true.into();
    }
    object
}

/// The name of the settings' ConfigMap, which is made of their content.
async fn config_name(scene: &mut Scene, app: &Value) -> String {
    let mut twin = app.clone();
    twin["metadata"]["name"] = "twin".into();
    scene.apply(&twin).await;
    scene.runs("twin").await;
    let names = scene.names("ConfigMap").await;
    let name = names.iter().find_map(|name| name.strip_prefix("twin-")).expect("it has settings");
    format!("strange-{name}")
}

fn stranger(kind: &str, name: &str) -> Value {
    let labels = json!({"app": "stranger"});
    let (version, rest) = match kind {
        "Deployment" => (
            "apps/v1",
            json!({"replicas": 0, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels},
                "spec": {"containers": [{"name": "c", "image": "stranger:1"}]}}}),
        ),
        "Service" => ("v1", json!({"ports": [{"port": 80}], "selector": labels})),
        _ => ("v1", Value::Null),
    };
    let mut object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "labels": labels}});
    match kind {
        "ConfigMap" => object["data"] = json!({"OTHER": "1"}),
        "ServiceAccount" => {}
        _ => object["spec"] = rest,
    }
    object
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
