//! What one plan of the operator differs in from another: made, changed, deleted, restarted, scaled, and data at risk.
//! It asks nothing of a cluster.

use std::collections::BTreeMap;

use aegis_plan::{App, Owner, Planned, everything};
use serde::Serialize;

/// Everything that differs.
#[derive(Debug, Default, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// Objects that are made, as Kind/name.
    pub creates: Vec<String>,
    /// Objects that become another.
    pub changes: Vec<String>,
    /// Objects that go.
    pub deletes: Vec<String>,
    /// Roles whose pods are replaced.
    pub restarts: Vec<String>,
    /// Roles whose count of pods is set anew.
    pub scales: Vec<String>,
    /// Whether the migration runs.
    pub migrates: bool,
    /// Objects that hold data, are asked for no more and are kept.
    pub retained: Vec<String>,
    /// Objects that hold data and are deleted with it.
    pub data_at_risk: Vec<String>,
    /// Hosts whose routes are made, changed or taken away.
    pub hosts: Vec<String>,
}

type Named<'a> = BTreeMap<String, &'a Planned>;

impl Changes {
    /// From an app that is there, if one is, to another.
    pub fn between(before: Option<&App>, after: &App) -> Self {
        let old = before.map(everything).unwrap_or_default();
        let new = everything(after);
        let (old, new) = (named(&old), named(&new));
        let mut changes = Self { hosts: hosts(before, after), ..Self::default() };
        for (name, planned) in &new {
            match old.get(name) {
                None => changes.creates.push(name.clone()),
                Some(before) => changes.changed(name, before, planned),
            }
        }
        changes.migrates = changes.creates.iter().any(|name| name.starts_with("Job/"));
        for (name, planned) in old.iter().filter(|(name, _)| !new.contains_key(*name)) {
            changes.gone(name, planned);
        }
        changes
    }

    fn changed(&mut self, name: &str, before: &Planned, after: &Planned) {
        if before.hash != after.hash {
            self.changes.push(name.to_owned());
        }
        let role = after.role.clone().unwrap_or_else(|| after.name.clone());
        if before.template != after.template {
            self.restarts.push(role.clone());
        }
        if let Some((old, new)) = before.size.zip(after.size).filter(|(old, new)| old != new) {
            self.scales.push(format!("{role}: {} to {}", old.count(), new.count()));
        }
    }

    fn gone(&mut self, name: &str, planned: &Planned) {
        let is_data = planned.kind.kind == "PersistentVolumeClaim";
        if planned.owner == Owner::Nobody {
            return self.retained.push(name.to_owned());
        }
        if is_data {
            self.data_at_risk.push(name.to_owned());
        }
        self.deletes.push(name.to_owned());
    }

    /// The same for people.
    pub fn lines(&self) -> Vec<String> {
        let lists = [
            ("+ creates", &self.creates),
            ("~ changes", &self.changes),
            ("- deletes", &self.deletes),
            ("restarts", &self.restarts),
            ("scales", &self.scales),
            ("keeps data of", &self.retained),
            ("DELETES DATA of", &self.data_at_risk),
            ("hosts touched", &self.hosts),
        ];
        let told = lists.iter().filter(|(_, list)| !list.is_empty()).map(|(word, list)| format!("  {word}: {}", list.join(", ")));
        let migration = self.migrates.then(|| "  the migration runs before any role".to_owned());
        let mut lines: Vec<String> = told.chain(migration).collect();
        if lines.is_empty() {
            lines.push("  nothing changes".to_owned());
        }
        lines
    }
}

/// By kind and name. Records of what was accepted are the operator's own memory, and a Secret comes and goes with the ConfigMap
/// that owns it, under a name that only the cluster knows: neither is named.
fn named(planned: &[Planned]) -> Named<'_> {
    let told = planned.iter().filter(|planned| planned.kind.kind != "ControllerRevision" && !planned.kind.is_write_only());
    told.map(|planned| (format!("{}/{}", planned.kind.kind, planned.name), planned)).collect()
}

fn hosts(before: Option<&App>, after: &App) -> Vec<String> {
    let routes = |app: &App| -> BTreeMap<String, (String, String)> {
        app.routes.iter().map(|route| (route.name.clone(), (route.host.clone(), format!("{route:?}")))).collect()
    };
    let (old, new) = (before.map(routes).unwrap_or_default(), routes(after));
    let touched = old.keys().chain(new.keys()).filter(|name| old.get(*name) != new.get(*name));
    let mut hosts: Vec<String> = touched.flat_map(|name| [old.get(name), new.get(name)]).flatten().map(|(host, _)| host.clone()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegis_crds::AegisApp;
    use aegis_plan::{Facts, accept};
    use serde_json::{Value, json};

    fn app(spec: &Value) -> App {
        let mut app =
            json!({"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "metadata": {"name": "shop", "namespace": "a", "uid": "u"}});
        app["spec"] = spec.clone();
        let app: AegisApp = serde_json::from_value(app).unwrap();
        accept(&app, &Facts::default()).app.unwrap()
    }

    fn between(before: &Value, after: &Value) -> Changes {
        Changes::between(Some(&app(before)), &app(after))
    }

    #[test]
    fn the_same_is_no_change() {
        let spec = json!({"image": "shop:1", "workers": [{"name": "mail"}]});
        assert_eq!(between(&spec, &spec), Changes::default());
        assert_eq!(Changes::default().lines(), ["  nothing changes"]);
    }

    #[test]
    fn another_image_restarts_every_role_and_runs_the_migration() {
        let spec = |image: &str| json!({"image": image, "migration": {"args": ["migrate"]}, "workers": [{"name": "mail"}]});
        let changes = between(&spec("shop:1"), &spec("shop:2"));
        assert_eq!(changes.restarts, ["api", "mail"]);
        assert!(changes.migrates && changes.data_at_risk.is_empty(), "{changes:?}");
    }

    #[test]
    fn more_pods_restart_nothing() {
        let spec = |count: i32| json!({"image": "shop:1", "api": {"replicas": {"min": count, "max": count}}});
        let changes = between(&spec(1), &spec(3));
        assert_eq!((changes.scales.as_slice(), changes.restarts.len()), (["api: 1 to 3".to_owned()].as_slice(), 0));
    }

    #[test]
    fn data_is_kept_or_at_risk_as_its_policy_says() {
        let spec = |policy: &str| json!({"image": "shop:1", "volumes": [{"name": "files", "mountPath": "/files", "size": "1Gi", "deletionPolicy": policy}]});
        let none = json!({"image": "shop:1"});
        let kept = between(&spec("Retain"), &none);
        assert_eq!((kept.retained.len(), kept.data_at_risk.len()), (1, 0));
        let lost = between(&spec("Delete"), &none);
        assert_eq!((lost.retained.len(), lost.data_at_risk.clone()), (0, lost.deletes.clone()));
        assert!(lost.lines().iter().any(|line| line.contains("DELETES DATA of: PersistentVolumeClaim/")), "{lost:?}");
    }

    #[test]
    fn a_service_of_the_platform_instead_of_a_provisioned_one_keeps_its_data() {
        let spec = |source: Value| json!({"image": "shop:1", "bindings": [source]});
        let provisioned = spec(json!({"name": "db", "type": "postgres", "provision": {"storage": "1Gi"}}));
        let changes = between(&provisioned, &spec(json!({"name": "db", "type": "postgres", "secretRef": {"name": "shop-db"}})));
        assert_eq!(changes.retained, ["ConfigMap/shop-binding--db", "PersistentVolumeClaim/shop-binding--db"]);
        assert!(changes.data_at_risk.is_empty() && !changes.deletes.iter().any(|name| name.starts_with("Secret/")), "{changes:?}");
    }

    #[test]
    fn hosts_of_routes_that_move_are_named() {
        let spec = |host: &str| json!({"image": "shop:1", "routes": [{"name": "public", "host": host, "via": {"ingressClass": "x"}, "rules": [{"path": "/", "to": "api"}]}]});
        assert_eq!(between(&spec("a.example.com"), &spec("b.example.com")).hosts, ["a.example.com", "b.example.com"]);
    }
}
