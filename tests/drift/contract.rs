//! The environment contract: what the planner sets is what is told of it, and the page says the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
};

use aegis_crds::AegisApp;
use aegis_plan::{
    accept,
    contract::{CONTRACT, Variable},
    everything,
};
use aegis_tests::{
    cluster,
    files::{below, root, text},
};
use serde_json::Value;

const PAGE: &str = "docs/reference/environment.md";
const HEAD: &str = "# Environment contract

What every process of an app is told in its environment, made of the planner's own table (`make generate`). Roles, the migration and schedules get the
same; a later entry of this list wins over an earlier one, and `$(NAME)` in a value is not expanded.

1. the operator's own variables, below;
2. of every entry of `bindings`, the variables of its `env`, whose `{key}` stands for a key of its Secret. They are put together by Kubernetes of
   `AEGIS_BINDING_<NAME>__<KEY>`, one for each key that is named: in capital letters, hyphens of the name as `_`, other characters of the key as `_` and two
   hexadecimal digits;
3. every key of `secrets`;
4. `env` of the app, then `env` of the role.

`config`, then `envFrom` of the app and of the role, give what none of these sets. Names that begin with `AEGIS_` are refused in a spec.

`/tmp` is writable and empty at start; so are `security.writablePaths`. Everything else of the image is read-only, unless `security.profile` says otherwise.

## Variables

| variable | value | when |
|---|---|---|
";

/// Every app of the planner's cases that is accepted, and the one with every section, with the variables of its processes.
fn told() -> BTreeSet<String> {
    let cases = below(&root().join("tests/plan")).into_iter().filter(|path| path.ends_with("app.yaml"));
    let cases = cases.chain([root().join("tests/api/full.yaml")]);
    let mut names = BTreeSet::new();
    for path in cases {
        let mut asked: AegisApp = serde_yaml::from_str(&text(&path)).expect("a case is an app");
        asked.metadata.namespace.get_or_insert("shop".into());
        let Some(app) = accept(&asked, &cluster::empty()).app else { continue };
        let written = serde_json::to_string(&asked.spec).expect("a spec is JSON");
        for planned in everything(&app) {
            let body = planned.body.value();
            let pod = [&body["spec"]["template"]["spec"], &body["spec"]["jobTemplate"]["spec"]["template"]["spec"]];
            let containers = pod.into_iter().flat_map(|pod| pod["containers"].as_array().into_iter().flatten());
            let of_roles = containers.filter(|container| container["name"] == "app" && container["image"] == app.image.reference.as_str());
            let set = of_roles.flat_map(|container| container["env"].as_array().into_iter().flatten());
            let name = |variable: &Value| variable["name"].as_str().unwrap_or_default().to_owned();
            // what the spec names, and the parts of what it names
            let is_own = |name: &String| {
                !written.contains(&format!("\"{name}\"")) && !name.starts_with("AEGIS_BINDING_") || name == "AEGIS_BINDING_VERSIONS"
            };
            names.extend(set.map(name).filter(is_own));
        }
    }
    names
}

#[test]
fn the_operator_sets_what_its_table_tells_and_nothing_else() {
    let known: BTreeMap<&str, &Variable> = CONTRACT.iter().map(|variable| (variable.name, variable)).collect();
    assert_eq!(known.len(), CONTRACT.len(), "each is told once");
    let told = told();
    let untold: Vec<&String> = told.iter().filter(|name| !known.contains_key(name.as_str())).collect();
    assert!(untold.is_empty(), "operator/plan/src/contract.rs does not tell {untold:?}");
    // the versions of Secrets are known in a cluster alone, and so are keys
    let in_clusters = ["AEGIS_BINDING_VERSIONS"];
    let unset: Vec<&&str> = known.keys().filter(|name| !told.contains(**name) && !in_clusters.contains(name)).collect();
    assert!(unset.is_empty(), "no case of tests/plan sets {unset:?}");
}

#[test]
fn the_page_of_the_environment_says_what_the_table_does() {
    let row = |Variable { name, value, when }: &Variable| format!("| `{name}` | {value} | {when} |\n");
    let page = CONTRACT.iter().map(row).fold(HEAD.to_owned(), |page, row| page + &row);
    let path = root().join(PAGE);
    if env::var_os("AEGIS_BLESS").is_some() {
        fs::write(&path, page).expect("the page can be written");
        return;
    }
    assert!(text(&path) == page, "{PAGE} is not what the table says: AEGIS_BLESS=1 cargo test -p aegis-tests --test drift contract");
}
