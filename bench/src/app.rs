//! The app that is measured, and how many of them are spread over namespaces.
//! It creates nothing.

use std::collections::BTreeMap;

use aegis_crds::AegisApp;
use aegis_plan::{Facts, accept, everything};
use aegis_tests::files;
use serde_json::Value;

/// Apps of one namespace: a team's few services in one environment.
const TOGETHER: usize = 10;

/// One app of many. Names of all have the same length, so that their requests have too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// The app whose requests are recorded; no other is called so.
pub fn recorded() -> Name {
    Name { namespace: "team-zzzz".to_owned(), name: "app-zzzz".to_owned() }
}

/// The apps from `first` to before `end`.
pub fn names(first: usize, end: usize) -> Vec<Name> {
    (first..end).map(|i| Name { namespace: format!("team-{:04}", i / TOGETHER), name: format!("app-{i:04}") }).collect()
}

/// The namespaces of apps.
pub fn namespaces(names: &[Name]) -> Vec<String> {
    let mut namespaces: Vec<String> = names.iter().map(|name| name.namespace.clone()).collect();
    namespaces.dedup();
    namespaces
}

/// The resource of that name.
pub fn resource(name: &Name) -> Value {
    let mut app: Value = files::yaml(&files::root().join("bench/app.yaml"));
    app["metadata"]["name"] = name.name.as_str().into();
    app["metadata"]["namespace"] = name.namespace.as_str().into();
    app
}

/// How many children of each kind it has.
pub fn children() -> BTreeMap<&'static str, usize> {
    let asked: AegisApp = serde_json::from_value(resource(&recorded())).expect("the app has the shape of its schema");
    let app = accept(&asked, &Facts::default()).app.expect("the app is accepted");
    let mut children = BTreeMap::new();
    for planned in everything(&app) {
        *children.entry(planned.kind.kind).or_default() += 1;
    }
    children
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_fifteen_mixed_children_and_no_migration() {
        let children = children();
        assert_eq!(children.values().sum::<usize>(), 15, "{children:?}");
        assert!(children.len() >= 9 && !children.contains_key("Job"), "{children:?}");
    }

    #[test]
    fn names_have_one_length_and_never_meet_the_recorded_one() {
        let names = names(0, 25);
        assert_eq!(namespaces(&names), ["team-0000", "team-0001", "team-0002"]);
        assert!(names.iter().all(|name| name.name.len() == recorded().name.len() && *name != recorded()));
    }
}
