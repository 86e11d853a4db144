//! What the chart's admission policy keeps the operator's token from, whoever holds it, and that the operator can live with it.
//! The rows stand in `fence.yaml`. That all other tests pass under it is the other half of the proof.

use std::collections::BTreeMap;

use aegis_crds::AegisApp;
use aegis_plan::{Facts, Planned, accept, everything};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    apps,
    cluster::{Patch, collection},
    install,
    scene::{Scene, tests},
    wait::until,
};

tests![the_operator_is_fenced, workloads_of_others_are_out_of_reach, what_others_added_does_not_end_its_care, the_fence_fits_the_kinds,];

/// One kind of write.
#[derive(Deserialize)]
struct Row {
    what: String,
    kinds: Vec<String>,
    namespace: Option<String>,
    /// Values by pointer.
    #[serde(default)]
    at: BTreeMap<String, Value>,
    /// The same, below the pod's spec.
    #[serde(default)]
    pod: BTreeMap<String, Value>,
    /// Words of the policy.
    says: String,
}

async fn the_operator_is_fenced(scene: Scene) {
    let rows: Vec<Row> = aegis_tests::files::yaml(&aegis_tests::files::root().join("tests/api/fence.yaml"));
    let thief = install::borrowed(&scene.world.operator);
    let path = |namespace: &str, kind: &str| format!("{}?dryRun=All", collection(namespace, kind));
    let (planned, mut faults, mut writes) = (planned(&scene.namespace), vec![], 0);
    for planned in &planned {
        let allowed = thief.create_at(&path(&scene.namespace, planned.kind.kind), &body(planned)).await;
        faults.extend(allowed.err().map(|status| format!("what is planned is refused: {status}")));
    }
    for row in &rows {
        for kind in &row.kinds {
            let planned = planned.iter().find(|planned| planned.kind.kind == kind).unwrap_or_else(|| panic!("no {kind} is planned"));
            let namespace = row.namespace.as_ref().unwrap_or(&scene.namespace);
            let (body, path) = (changed(row, planned, namespace), path(namespace, kind));
            let what = format!("{} ({kind})", row.what);
            match thief.create_at(&path, &body).await {
                Err(status) if is_fenced(&status) && status.message.contains(&row.says) => {}
                Err(status) => faults.push(format!("{what}: it is refused for another reason: {status}")),
                Ok(_) => faults.push(format!("{what}: the operator may write it")),
            }
            let by_admin = scene.cluster.create_at(&path, &body).await;
            faults.extend(by_admin.err().map(|status| format!("{what}: an administrator may not write it: {status}")));
            writes += 1;
        }
    }
    assert!(faults.is_empty() && writes > 50, "{}", faults.join("\n"));
    scene.world.measure(format!("the fence refuses {writes} writes by the operator's token and none by an administrator"));
}

/// Neither as it is nor after taking it over: a workload with the node's files must not get another image. Nor does one of ours get them.
async fn workloads_of_others_are_out_of_reach(scene: Scene) {
    let mut agent = body(planned(&scene.namespace).iter().find(|planned| planned.kind.kind == "Deployment").expect("one is planned"));
    agent["metadata"]["ownerReferences"].take(); // or it is collected
    let mut own = agent.clone();
    own["metadata"]["name"] = "own".into();
    let ours = agent["metadata"]["labels"].take();
    agent["spec"]["replicas"] = 0.into();
    set(&mut agent, "/spec/template/spec/volumes/-", json!({"name": "node", "hostPath": {"path": "/"}}));
    scene.cluster.create(&scene.namespace, &agent).await.expect("an administrator may");
    let thief = install::borrowed(&scene.world.operator);
    let image = json!({"template": {"spec": {"containers": [{"name": "app", "image": "evil:1"}]}}});
    for (patch, says) in [
        (json!({"spec": image}), "fenced to objects of apps"),
        (json!({"metadata": {"labels": ours}}), "off the nodes"),
        (json!({"metadata": {"labels": ours}, "spec": image}), "off the nodes"),
    ] {
        let said = thief.patch(&scene.namespace, "Deployment", "fenced", Patch::Merge, &patch).await.expect_err("it is out of reach");
        assert!(is_fenced(&said) && said.message.contains(says), "{patch}: {said}");
    }
    // a label that somebody set by hand, to give it to an app, opens nothing
    let labels = json!({"metadata": {"labels": ours}});
    scene.cluster.patch(&scene.namespace, "Deployment", "fenced", Patch::Merge, &labels).await.expect("an administrator may");
    let owners = json!([{"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "name": "full", "uid": "u", "controller": true}]);
    for patch in [json!({"spec": image}), json!({"metadata": {"ownerReferences": owners}, "spec": image})] {
        let said = thief.patch(&scene.namespace, "Deployment", "fenced", Patch::Merge, &patch).await.expect_err("it is out of reach");
        assert!(is_fenced(&said) && said.message.contains("off the nodes"), "{patch}: {said}");
    }
    scene.cluster.create(&scene.namespace, &own).await.expect("an administrator may");
    for (spec, says) in [(json!({"hostNetwork": true}), "no hostNetwork"), (json!({"serviceAccountName": "admin"}), "off other identities")]
    {
        let patch = json!({"spec": {"template": {"spec": spec}}});
        let said = thief.patch(&scene.namespace, "Deployment", "own", Patch::Merge, &patch).await.expect_err("ours stays as it is");
        assert!(is_fenced(&said) && said.message.contains(says), "{patch}: {said}");
    }
}

/// Injectors and hasty hands change what the operator made. It goes on beside them.
async fn what_others_added_does_not_end_its_care(mut scene: Scene) {
    let app = |tag: &str| {
        let identity = json!({"annotations": {"example.com/role": tag}});
        apps::app("hasty", json!({"image": format!("registry.example/shop:{tag}"), "identity": identity, "api": {"port": 8000}}))
    };
    scene.apply(&app("1")).await;
    scene.runs("hasty").await;
    let injected = json!({"hostNetwork": true, "automountServiceAccountToken": true, "initContainers": [{"name": "init", "image": "proxy:1"}],
        "containers": [{"name": "proxy", "image": "proxy:1", "securityContext": {"privileged": true}}],
        "volumes": [{"name": "node", "hostPath": {"path": "/run"}}]});
    let edits = [
        ("Deployment", "hasty-api", json!({"spec": {"template": {"spec": injected}}})),
        ("Service", "hasty-api", json!({"spec": {"type": "NodePort", "externalIPs": ["192.0.2.1"]}})),
        ("ServiceAccount", "hasty", json!({"imagePullSecrets": [{"name": "registry"}], "automountServiceAccountToken": true})),
    ];
    for (kind, name, edit) in &edits {
        let mut body = edit.clone();
        body["apiVersion"] = scene.get(kind, name).await["apiVersion"].clone();
        body["kind"] = (*kind).into();
        scene.cluster.patch(&scene.namespace, kind, name, Patch::Apply("injector"), &body).await.expect("an administrator may");
    }
    let changed = json!({"spec": {"ports": [{"port": 8000, "protocol": "TCP", "targetPort": 9}]}});
    scene.cluster.patch(&scene.namespace, "Service", "hasty-api", Patch::Merge, &changed).await.expect("a port can be changed");
    scene.apply(&app("2")).await;
    scene.runs("hasty").await;
    let spec = scene.get("Deployment", "hasty-api").await["spec"]["template"]["spec"].clone();
    let image = spec["containers"].as_array().into_iter().flatten().find(|container| container["name"] == "app").map(|app| &app["image"]);
    assert_eq!((image, &spec["hostNetwork"]), (Some(&json!("registry.example/shop:2")), &json!(true)), "{spec:#}");
    assert_eq!(spec["automountServiceAccountToken"], false, "ours is put back: {spec:#}");
    let service = scene.get("Service", "hasty-api").await["spec"].clone();
    assert_eq!((&service["ports"][0]["targetPort"], &service["type"]), (&json!("http"), &json!("NodePort")), "{service:#}");
    assert_eq!(scene.get("ServiceAccount", "hasty").await["metadata"]["annotations"]["example.com/role"], "2");
}

/// A rule that names a field which a kind does not have would refuse everything.
async fn the_fence_fits_the_kinds(scene: Scene) {
    let path = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/aegis-fence";
    let checked = until("the server has checked the policy", async || {
        let policy = scene.cluster.get_at(path).await;
        if policy["status"]["observedGeneration"] == policy["metadata"]["generation"] { Ok(policy) } else { Err(policy.to_string()) }
    })
    .await;
    let warnings = &checked["status"]["typeChecking"]["expressionWarnings"];
    assert!(warnings.is_null(), "{warnings:#}");
}

fn is_fenced(status: &kube::core::Status) -> bool {
    status.code == 403 && status.message.contains("ValidatingAdmissionPolicy 'aegis-fence'")
}

/// All objects of an app with every section.
fn planned(namespace: &str) -> Vec<Planned> {
    let mut app = apps::full();
    app["metadata"]["namespace"] = namespace.into();
    let asked: AegisApp = serde_json::from_value(app).expect("it has the shape of its schema");
    everything(&accept(&asked, &Facts::default()).app.expect("it is accepted"))
}

/// What the operator would create, under a name of its own.
fn body(planned: &Planned) -> Value {
    let mut body = planned.body.value();
    body["metadata"]["name"] = "fenced".into();
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "anchor", "uid": "anchor"});
    body["metadata"]["ownerReferences"] = json!([owner]);
    body
}

fn changed(row: &Row, planned: &Planned, namespace: &str) -> Value {
    let mut body = body(planned);
    body["metadata"]["namespace"] = namespace.into();
    let pod = if planned.kind.kind == "CronJob" { "/spec/jobTemplate/spec/template/spec" } else { "/spec/template/spec" };
    let below_pod = row.pod.iter().map(|(pointer, value)| (format!("{pod}{pointer}"), value));
    for (pointer, value) in row.at.iter().map(|(pointer, value)| (pointer.clone(), value)).chain(below_pod) {
        set(&mut body, &pointer, value.clone());
    }
    body
}

/// Sets what a pointer points at, which ends in `-` for one more of a list. Null takes away.
fn set(body: &mut Value, pointer: &str, value: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let key = key.replace("~1", "/");
    match body.pointer_mut(parent).unwrap_or_else(|| panic!("nothing is at {parent}")) {
        Value::Array(list) => list.push(value),
        Value::Object(map) if value.is_null() => drop(map.remove(&key)),
        parent => parent[key.as_str()] = value,
    }
}
