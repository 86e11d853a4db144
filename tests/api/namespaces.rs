//! Installations for some namespaces: each works with rights in these alone, and two do not meet.
//! They are installed by the real helm, without their pods, whose part is played here.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::{
    apps, audit,
    cluster::Cluster,
    install,
    operator::Operator,
    scene::{Scene, tests},
    wait::until,
};

tests![two_installations_care_for_their_own_namespaces];

/// Name of both releases, in two namespaces.
const RELEASE: &str = "aegis";

async fn two_installations_care_for_their_own_namespaces(scene: Scene) {
    let mut left = scene;
    let mut right = Scene::open(&left.world, "the-right-one-of-two").await;
    install_for(&left, "left-home").await;
    install_for(&right, "right-home").await;
    for (scene, home) in [(&mut left, "left-home"), (&mut right, "right-home")] {
        let config = install::as_account(&scene.cluster, &scene.world.operator, home, RELEASE).await;
        let client = aegis_controller::client(config).expect("the configuration is complete");
        scene.watch(Operator::start_with(client, &[&scene.namespace]).await);
        scene.apply(&apps::full()).await;
    }
    left.runs("full").await;
    right.runs("full").await;
    let mut edited = apps::full();
    edited["spec"]["workers"].as_array_mut().expect("it has pools").pop();
    left.apply(&edited).await;
    left.runs("full").await;
    left.cluster.delete(&left.namespace, "AegisApp", "full").await;
    left.see_gone("AegisApp", "full").await;
    right.rest().await;

    for (scene, home, other) in [(&left, "left-home", &right), (&right, "right-home", &left)] {
        let asked = audit::of_account(&scene.world.plane.audit_log(), home, RELEASE);
        // everybody may ask which kinds there are
        let of_objects = asked.iter().filter(|asked| !asked.resource.is_empty());
        let astray: Vec<String> = of_objects.filter(|asked| asked.namespace != scene.namespace).map(|asked| asked.uri.clone()).collect();
        let refused: Vec<String> = asked.iter().filter(|asked| matches!(asked.code, 401 | 403)).map(ToString::to_string).collect();
        assert!(asked.len() > 50 && astray.is_empty() && refused.is_empty(), "{}: {astray:#?} {refused:#?}", asked.len());
        has_no_other_rights(scene, home, other).await;
    }
}

async fn install_for(scene: &Scene, home: &str) {
    let chart: PathBuf = aegis_tests::files::root().join("charts/aegis");
    let namespaces = format!("namespaces={{{}}}", scene.namespace);
    let words = [
        "install",
        RELEASE,
        &chart.to_string_lossy(),
        "--namespace",
        home,
        "--create-namespace",
        "--set",
        "installCRDs=false",
        "--set",
        &namespaces,
    ];
    install::helm(&scene.world.plane.kubeconfig(), &words);
}

/// Neither by its rights nor past its fence.
async fn has_no_other_rights(scene: &Scene, home: &str, other: &Scene) {
    let config = install::as_account(&scene.cluster, &scene.world.operator, home, RELEASE).await;
    let thief = install::borrowed(&config);
    let bindings = scene.cluster.get_at("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings").await;
    let is_its = |binding: &&Value| binding["subjects"].as_array().into_iter().flatten().any(|subject| subject["namespace"] == home);
    assert_eq!(bindings["items"].as_array().into_iter().flatten().filter(is_its).count(), 0, "nothing holds everywhere");
    for path in [
        "/apis/aegis.dev/v1alpha1/aegisapps".to_owned(),
        format!("/apis/aegis.dev/v1alpha1/namespaces/{}/aegisapps", other.namespace),
        format!("/api/v1/namespaces/{}/configmaps", other.namespace),
        format!("/api/v1/namespaces/{home}/secrets"),
    ] {
        let status = thief.try_get_at(&path).await.expect_err("it is none of its namespaces");
        assert_eq!(status.code, 403, "{path}: {status}");
    }
    let body = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "astray"}});
    let refused = async |cluster: &Cluster, namespace: &str, says: &str| {
        until("it is refused", async || {
            match cluster.create_at(&format!("/api/v1/namespaces/{namespace}/configmaps?dryRun=All"), &body).await {
                Err(status) if status.code == 403 && status.message.contains(says) => Ok(()),
                answer => Err(format!("{answer:?}")),
            }
        })
        .await;
    };
    refused(&thief, &other.namespace, "cannot create resource").await;
    refused(&thief, &scene.namespace, &format!("'aegis-{home}-fence'")).await;
}
