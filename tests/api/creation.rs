//! What the creation of an app costs the server, to the request.

use std::collections::BTreeMap;

use aegis_crds::AegisApp;
use aegis_plan::{Facts, accept, everything};
use serde_json::{Value, json};

use crate::{
    apps, audit,
    scene::{Scene, tests},
};

tests![creating_hello, creating_worker, creating_shop, a_first_edit_takes_two_requests_for_each_object];

/// One status and one event when it is on its way, and one of each when it runs.
async fn creating_hello(scene: Scene) {
    let counts = created_by_posts(scene, "hello").await;
    let number = |verb: &str, resource: &str| counts.get(&(verb.to_owned(), resource.to_owned())).copied();
    assert_eq!((number("patch", "aegisapps/status"), number("create", "events")), (Some(2), Some(2)), "{counts:?}");
}

async fn creating_worker(scene: Scene) {
    drop(created_by_posts(scene, "worker").await);
}

async fn creating_shop(scene: Scene) {
    drop(created_by_posts(scene, "shop").await);
}

/// What was created changes hands, replicas apart, and is applied. Nothing is read. That the release ran well is recorded too.
async fn a_first_edit_takes_two_requests_for_each_object(mut scene: Scene) {
    let app = |tag: &str| {
        let replicas = json!({"min": 2, "max": 5});
        apps::app(
            "edited",
            json!({"image": format!("registry.example/shop:{tag}"), "api": {"replicas": replicas}, "workers": [{"name": "media"}]}),
        )
    };
    scene.apply(&app("1")).await;
    scene.runs("edited").await;
    let before = scene.asked().len();
    scene.apply(&app("2")).await;
    scene.runs("edited").await;
    let asked: Vec<_> = scene.asked()[before..].iter().filter(|asked| asked.verb != "watch").cloned().collect();
    let counts = audit::counted(asked.iter().filter(|asked| !["events", "aegisapps/status"].contains(&asked.resource.as_str())));
    let counts: Vec<_> = counts.iter().map(|((verb, resource), count)| (verb.as_str(), resource.as_str(), *count)).collect();
    assert_eq!(counts, [("create", "controllerrevisions", 1), ("patch", "controllerrevisions", 2), ("patch", "deployments", 4)]);
    for name in ["edited-api", "edited-worker--media"] {
        let managers = scene.get("Deployment", name).await["metadata"]["managedFields"].clone();
        let ours = managers.as_array().into_iter().flatten().filter(|entry| entry["operation"] == "Apply");
        let ours: Vec<(&Value, bool)> =
            ours.map(|entry| (&entry["manager"], !entry["fieldsV1"]["f:spec"]["f:replicas"].is_null())).collect();
        assert_eq!(ours, [(&json!("aegis-size"), true), (&json!("aegis"), false)], "{name}");
    }
}

async fn created_by_posts(mut scene: Scene, example: &str) -> BTreeMap<(String, String), usize> {
    scene.start().await;
    let at_start = scene.asked().len();
    let app = apps::example(example);
    scene.apply(&app).await;
    let stored = scene.runs(app["metadata"]["name"].as_str().expect("a name")).await;

    let asked: Vec<_> = scene.asked()[at_start..].iter().filter(|asked| asked.verb != "watch").cloned().collect();
    let counts = audit::counted(&asked);
    let line: Vec<String> = counts.iter().map(|((verb, resource), count)| format!("{count} {verb} {resource}")).collect();
    scene.world.measure(format!("requests to create examples/{example}: {} ({})", asked.len(), line.join(", ")));

    let created: BTreeMap<String, usize> = of_verb(&counts, "create").filter(|(resource, _)| resource != "events").collect();
    assert_eq!(created, children(&stored), "each child is created once, by one POST");
    assert!(asked.iter().all(|asked| asked.code < 300), "{asked:#?}");
    let other = counts.keys().map(|(verb, resource)| format!("{verb} {resource}")).filter(|right| !is_counted(right)).collect::<Vec<_>>();
    assert!(other.is_empty(), "{other:?}");
    counts
}

/// What the creation of an app may consist of besides its children: reports; why something does not come up; and, once
/// per migration, its record on the revision: the change of hands and the record. No object is read.
fn is_counted(right: &str) -> bool {
    let (verb, resource) = right.split_once(' ').expect("two words");
    match verb {
        "create" => true,
        "patch" => ["aegisapps/status", "controllerrevisions"].contains(&resource),
        "list" => resource == "events",
        _ => false,
    }
}

fn of_verb<'a>(counts: &'a BTreeMap<(String, String), usize>, verb: &'a str) -> impl Iterator<Item = (String, usize)> + 'a {
    counts.iter().filter(move |((of, _), _)| of == verb).map(|((_, resource), count)| (resource.clone(), *count))
}

/// How many objects of each resource the plan holds.
fn children(stored: &Value) -> BTreeMap<String, usize> {
    let asked: AegisApp = serde_json::from_value(stored.clone()).expect("it has the shape of its schema");
    let app = accept(&asked, &Facts::default()).app.expect("it is accepted");
    let mut counts = BTreeMap::<String, usize>::new();
    let mut add = |plural: &str, count: usize| *counts.entry(plural.to_owned()).or_default() += count;
    everything(&app).iter().for_each(|planned| add(planned.kind.plural, 1));
    // its keys follow from what is there: each has an anchor and a Secret, and all have one set
    let keys = stored["status"]["auth"]["keys"].as_array().map_or(0, Vec::len);
    add("configmaps", keys + usize::from(keys > 0));
    add("secrets", keys);
    counts.retain(|_, count| *count > 0);
    counts
}
