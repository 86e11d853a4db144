//! `spec.manifest.s3`: what is published is what a cluster makes, and a release outlives whatever becomes of its object.
//! Two servers play S3: one in this process, which can be broken in every way, and moto, which is somebody else's work.

#[path = "s3/moto.rs"]
mod moto;

use std::path::PathBuf;

use aegis_check::manifest::spec;
use aegis_s3::{Store, digest};
use aegis_tests::{
    beside::s3::{BUCKET, IDENTITY, Mood, Server},
    files::{root, text},
    server::cluster::Patch,
};
use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::config::Credentials;
use serde_json::{Value, json};

use crate::{
    apps,
    by_hand::Said,
    operator::Operator,
    scene::{Scene, condition, tests},
};
use moto::Moto;

tests![
    a_published_manifest_makes_what_the_file_says,
    a_release_outlives_whatever_becomes_of_its_object,
    a_namespace_reads_what_the_installation_allows,
    a_manifest_in_s3_is_pinned_and_stands_in_one_place,
    moto_is_read_and_written_too,
    a_server_is_believed_by_its_certificate,
];

const REGION: &str = "eu-west-1";

async fn store(endpoint: &str, secret: &str) -> Store {
    let credentials = Credentials::new(IDENTITY.0, secret, None, None, "api suite");
    let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(endpoint).region(Region::new(REGION));
    Store::of(config.credentials_provider(credentials).load().await)
}

/// The operator, with the right identity and the bucket allowed.
async fn start(scene: &mut Scene, endpoint: &str) {
    let store = store(endpoint, IDENTITY.1).await;
    scene.watch(Operator::start_reading(&scene.world.operator, &scene.namespace, store, &[BUCKET]).await);
}

/// A folder of this scene's own.
fn folder(scene: &Scene) -> PathBuf {
    scene.world.plane.folder.join(&scene.namespace)
}

async fn publish(scene: &Scene, endpoint: &str, words: &[&str]) -> Said {
    publish_with(scene, endpoint, &[], words).await
}

async fn publish_with(scene: &Scene, endpoint: &str, more: &[(&str, &str)], words: &[&str]) -> Said {
    let variables = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", IDENTITY.0),
        ("AWS_SECRET_ACCESS_KEY", IDENTITY.1),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    scene.aegisctl_alone(&[&["publish", "-o", "json"], words].concat(), &[&variables, more].concat()).await
}

/// The app by the reference that was printed.
fn app(name: &str, said: &Said) -> Value {
    assert!(said.is_done, "{}", said.stderr);
    let reference: Value = serde_json::from_str(&said.stdout).expect("it is JSON");
    apps::app(name, reference["spec"].clone())
}

/// A small manifest of that project and port.
fn manifest(name: &str, port: u16) -> String {
    let components = json!({"api": {"port": port}, "workers": [{"name": "mail", "args": ["worker"]}]});
    json!({"version": 1, "project": {"name": name}, "components": components}).to_string()
}

/// An app whose manifest is that object, with the digest of that text.
fn refers(name: &str, key: &str, text: &str) -> Value {
    apps::app(name, json!({"manifest": {"s3": {"bucket": BUCKET, "key": key}, "digest": digest(text)}}))
}

/// Takes the app away: the operator of another test sees it too, and not the server that ends with this one.
async fn end(scene: &Scene, name: &str) {
    scene.cluster.delete(&scene.namespace, "AegisApp", name).await;
    scene.see_gone("AegisApp", name).await;
}

fn message(app: &Value) -> String {
    app["status"]["problems"][0]["message"].as_str().unwrap_or_default().to_owned()
}

fn port(deployment: &Value) -> &Value {
    &deployment["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"]
}

async fn a_published_manifest_makes_what_the_file_says(mut scene: Scene) {
    let server = Server::start(&folder(&scene)).await;
    let file = root().join("examples/shop/aegis_manifest.json");
    let text = text(&file);
    start(&mut scene, &server.endpoint()).await;
    for environment in ["dev", "staging", "prod"] {
        let said = publish(&scene, &server.endpoint(), &[&file.to_string_lossy(), "--to", "s3://releases/all", "--env", environment]).await;
        let is_new = said.stderr.contains(" published");
        assert_eq!(is_new, environment == "dev", "the same content is one object: {}", said.stderr);
        let mut asked = app("shop", &said);
        asked["spec"]["image"] = "aegis.local/shop:dev".into();
        scene.apply(&asked).await;
        let seen =
            scene.see("AegisApp", "shop", "it was looked at", |app| app["metadata"]["generation"] == app["status"]["observedGeneration"]);
        let seen = seen.await;
        assert_eq!(condition(&seen, "SpecAccepted")["status"], "True", "{environment}: {}", seen["status"]["problems"]);
        scene.rest().await;
        let revisions = scene.cluster.list(&scene.namespace, "ControllerRevision").await;
        let own = revisions.iter().filter(|revision| revision["metadata"]["ownerReferences"][0]["kind"] == "AegisApp");
        let newest = own.max_by_key(|revision| revision["revision"].as_i64()).expect("a spec was accepted");
        assert_eq!(newest["data"], json!(spec(&text, Some(environment), None).expect("the example is right")), "{environment}");
    }
    let connections = server.connections();
    scene.touch("shop", 3).await;
    assert_eq!(server.connections(), connections, "content of a digest is read once");
    end(&scene, "shop").await;
}

/// What becomes of an object.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Mood(Mood),
    Down,
    Gone,
    Other,
    Large,
    Bytes,
}

const FATES: [(Fate, &str); 9] = [
    (Fate::Mood(Mood::Silent), "no answer within 10s"),
    (Fate::Mood(Mood::Slow), "the content broke off: minimum throughput"),
    (Fate::Mood(Mood::Broken), "the content broke off"),
    (Fate::Mood(Mood::Failing), "SlowDown: Reduce the rate now."),
    (Fate::Down, "there is no connection"),
    (Fate::Gone, "there is no such object"),
    (Fate::Other, "is pinned"),
    (Fate::Large, "it has 10485760 bytes, and a manifest has at most 1048576"),
    (Fate::Bytes, "it is not UTF-8 text"),
];

async fn a_release_outlives_whatever_becomes_of_its_object(mut scene: Scene) {
    let mut server = Server::start(&folder(&scene)).await;
    start(&mut scene, &server.endpoint()).await;
    let first = manifest("lasts", 8000);
    server.put("first.json", first.as_bytes());
    scene.apply(&refers("lasts", "first.json", &first)).await;
    scene.runs("lasts").await;
    let mut before = 8000;
    for (number, (fate, said)) in (8001..).zip(FATES) {
        let (key, text) = (format!("{number}.json"), manifest("lasts", number));
        server.put(&key, text.as_bytes());
        match fate {
            Fate::Mood(mood) => server.is(mood),
            Fate::Down => server.stop().await,
            Fate::Gone => server.remove(&key),
            Fate::Other => server.put(&key, manifest("lasts", 1).as_bytes()),
            Fate::Large => server.put(&key, &vec![b' '; 10 << 20]),
            Fate::Bytes => server.put(&key, &[0xff, 0xfe]),
        }
        scene.apply(&refers("lasts", &key, &text)).await;
        let app = scene.see("AegisApp", "lasts", said, |app| message(app).contains(said)).await;
        assert_eq!(app["status"]["problems"][0]["code"], "ManifestUnavailable", "{fate:?}");
        assert_eq!(condition(&app, "SpecAccepted")["status"], "False", "{fate:?}");
        // the release before is cared for, also by an operator that never saw its manifest
        if matches!(fate, Fate::Down | Fate::Large) {
            scene.kill();
            start(&mut scene, &server.endpoint()).await;
        }
        scene.cluster.delete(&scene.namespace, "Deployment", "lasts-api").await;
        let back = scene.see("Deployment", "lasts-api", "it is back", |_| true).await;
        assert_eq!(port(&back), &json!(before), "{fate:?}");
        match fate {
            Fate::Mood(_) => server.is(Mood::Fine),
            Fate::Down => server.again().await,
            Fate::Gone | Fate::Other | Fate::Large | Fate::Bytes => server.put(&key, text.as_bytes()),
        }
        scene.see("Deployment", "lasts-api", "it follows by itself", |api| *port(api) == json!(number)).await;
        scene.runs("lasts").await;
        before = number;
    }
    end(&scene, "lasts").await;
}

async fn a_namespace_reads_what_the_installation_allows(mut scene: Scene) {
    let server = Server::start(&folder(&scene)).await;
    let text = manifest("allowed", 8000);
    for key in ["ours/1.json", "theirs/1.json"] {
        server.put(key, text.as_bytes());
    }
    let places = [format!("{BUCKET}/ours")];
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    let right = store(&server.endpoint(), IDENTITY.1).await;
    scene.watch(Operator::start_reading(&scene.world.operator, &scene.namespace, right, &places).await);
    scene.apply(&refers("allowed", "theirs/1.json", &text)).await;
    let refused = "s3://releases/theirs/1.json may not be read for namespace a-namespace-reads-what-the-installation-allows: the installation allows releases/ours";
    scene.see("AegisApp", "allowed", "it is not allowed", |app| message(app) == refused).await;
    assert_eq!(server.connections(), 0, "nobody asked for it");
    scene.apply(&refers("allowed", "ours/1.json", &text)).await;
    scene.runs("allowed").await;

    let wrong = store(&server.endpoint(), "another-secret").await;
    scene.watch(Operator::start_reading(&scene.world.operator, &scene.namespace, wrong, &places).await);
    let denied = "s3://releases/ours/1.json cannot be read: access is denied (SignatureDoesNotMatch)";
    let app = scene.see("AegisApp", "allowed", "it is denied", |app| message(app) == denied).await;
    assert!(app["status"]["problems"][0]["fix"].as_str().is_some_and(|fix| fix.contains("s3:GetObject")), "{app}");
    end(&scene, "allowed").await;
}

async fn a_manifest_in_s3_is_pinned_and_stands_in_one_place(scene: Scene) {
    let pinned = digest("{}");
    let s3 = json!({"bucket": BUCKET});
    for (manifest, rule) in [
        (json!({"s3": s3}), aegis_crds::rules::PINNED_MANIFEST),
        (json!({"digest": pinned}), aegis_crds::rules::ONE_MANIFEST),
        (json!({"s3": s3, "digest": pinned, "configMapRef": {"name": "blueprint"}}), aegis_crds::rules::ONE_MANIFEST),
        (json!({"s3": {"bucket": BUCKET, "key": "../theirs.json"}, "digest": pinned}), "spec.manifest.s3.key"),
    ] {
        let asked = apps::app("pinned", json!({"manifest": manifest}));
        let refused = scene.cluster.patch(&scene.namespace, "AegisApp", "pinned", Patch::Apply("user"), &asked).await;
        assert!(refused.as_ref().is_err_and(|refusal| refusal.to_string().contains(rule)), "{manifest}: {refused:?}");
    }
}

async fn moto_is_read_and_written_too(mut scene: Scene) {
    let moto = Moto::start(&folder(&scene), BUCKET).await;
    let file = folder(&scene).join("aegis_manifest.json");
    std::fs::write(&file, manifest("moto", 8000)).expect("a file can be written");
    let file = file.to_string_lossy().into_owned();
    let none = publish(&scene, &moto.endpoint(), &[&file, "--to", "s3://no-such-bucket"]).await;
    assert!(!none.is_done && none.stderr.contains("there is no such bucket"), "{}", none.stderr);
    let said = publish(&scene, &moto.endpoint(), &[&file, "--to", "s3://releases"]).await;
    start(&mut scene, &moto.endpoint()).await;
    scene.apply(&app("moto", &said)).await;
    scene.runs("moto").await;
    assert_eq!(port(&scene.get("Deployment", "moto-api").await), &json!(8000));
    let again = publish(&scene, &moto.endpoint(), &[&file, "--to", "s3://releases"]).await;
    assert!(again.is_done && again.stdout == said.stdout, "{}", again.stderr);
    scene.apply(&refers("moto", "nowhere.json", "{}")).await;
    scene.see("AegisApp", "moto", "it is not there", |app| message(app).contains("there is no such object")).await;
    assert_eq!(port(&scene.get("Deployment", "moto-api").await), &json!(8000));
    end(&scene, "moto").await;
}

async fn a_server_is_believed_by_its_certificate(scene: Scene) {
    let moto = Moto::start_with_tls(&folder(&scene), BUCKET).await;
    let file = folder(&scene).join("aegis_manifest.json");
    std::fs::write(&file, manifest("moto", 8000)).expect("a file can be written");
    let words = [&*file.to_string_lossy(), "--to", "s3://releases"];
    let stranger = publish(&scene, &moto.endpoint(), &words).await;
    let said = &stranger.stderr;
    assert!(!stranger.is_done && said.contains("there is no connection") && said.contains("certificate"), "{said}");
    let known = publish_with(&scene, &moto.endpoint(), &[("SSL_CERT_FILE", &moto.authority())], &words).await;
    assert!(known.is_done && known.stderr.contains(" published"), "{}", known.stderr);
}
