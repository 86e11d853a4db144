//! What the creation of an app costs the server, to the request.

use std::collections::BTreeMap;

use aegis_crds::AegisApp;
use aegis_plan::{Facts, accept, everything};
use serde_json::Value;

use crate::{
    apps, audit,
    scene::{Scene, tests},
};

tests![creating_hello, creating_worker, creating_shop];

async fn creating_hello(scene: Scene) {
    created_by_posts(scene, "hello").await;
}

async fn creating_worker(scene: Scene) {
    created_by_posts(scene, "worker").await;
}

async fn creating_shop(scene: Scene) {
    created_by_posts(scene, "shop").await;
}

async fn created_by_posts(mut scene: Scene, example: &str) {
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
}

/// What the creation of an app may consist of besides its children: reports; why something does not come up; and, once
/// per migration, its record on the revision: a look, the change of hands and the record.
fn is_counted(right: &str) -> bool {
    let (verb, resource) = right.split_once(' ').expect("two words");
    match verb {
        "create" => true,
        "patch" => ["aegisapps/status", "controllerrevisions"].contains(&resource),
        "get" => resource == "controllerrevisions",
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
    let mut counts = BTreeMap::new();
    for planned in everything(&app) {
        *counts.entry(planned.kind.plural.to_owned()).or_default() += 1;
    }
    counts
}
