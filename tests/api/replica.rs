//! One operator as a process of its own, as the chart starts it: with a token of its own, and signals that reach it.
//! It never outlives the test, however that ends.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
};

use k8s_openapi::ByteString;
use serde_json::Value;

use crate::{
    bound::ends_with_us,
    install::{self, ACCOUNT, NAMESPACE},
    page,
    scene::Scene,
    wait::until,
};

/// A running replica.
pub struct Replica {
    /// Its name, as of a pod.
    pub name: String,
    /// How the audit log calls its token.
    pub credential: String,
    log: PathBuf,
    address: SocketAddr,
    process: Child,
}

impl Replica {
    /// Starts one for the namespace of the scene and waits until its caches are warm.
    pub async fn start(scene: &Scene, name: &str) -> Self {
        let name = format!("{}-{name}", scene.namespace);
        let folder = &scene.world.plane.folder;
        let token = install::token(&scene.cluster).await;
        let kubeconfig = folder.join(format!("{name}.kubeconfig"));
        fs::write(&kubeconfig, install::kubeconfig_of(&scene.world.plane.kubeconfig(), &token)).expect("a kubeconfig can be written");
        let log = folder.join(format!("{name}.log"));
        let address = page::free_address();
        let process = ends_with_us(&binary(folder, "aegis-controller", "aegis-operator"))
            .args(["--leader-elect", "--lease-namespace", NAMESPACE, "--lease-name", ACCOUNT, "--concurrency", "4"])
            .args(["--namespaces", &scene.namespace, "--listen", &address.to_string(), "--log", "aegis=debug,info"])
            .env("KUBECONFIG", &kubeconfig)
            .env("HOSTNAME", &name)
            .stderr(File::create(&log).expect("a log can be written"))
            .spawn()
            .expect("setpriv of util-linux can be run");
        let replica = Self { name, credential: credential(&token), log, address, process };
        until("the replica is ready", async || match page::page(replica.address, "/readyz").await {
            Ok(page) if page.contains(" 200 OK") => Ok(()),
            Ok(page) => Err(page),
            Err(error) => Err(format!("{error}\n{}", replica.log())),
        })
        .await;
        replica
    }

    /// Whether it says of itself that it leads.
    pub async fn leads(&self) -> bool {
        let page = page::page(self.address, "/metrics").await.unwrap_or_default();
        page.lines().any(|line| line == "aegis_operator_leader 1")
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.process.id().to_string()]).status();
        assert!(sent.expect("kill can be run").success(), "{} is gone:\n{}", self.name, self.log());
    }

    /// Waits until it has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let process = &mut self.process;
        until("the replica has ended", async || process.try_wait().expect("it is our child").ok_or_else(String::new)).await
    }

    /// Its log.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log can be read")
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        drop(self.process.kill());
        self.process.wait().expect("it is our child");
        if std::thread::panicking() {
            eprintln!("--- {}\n{}", self.name, self.log());
        }
    }
}

/// A program of this workspace, as it is built now.
pub fn binary(folder: &Path, package: &str, name: &str) -> PathBuf {
    let kept = folder.join(name);
    if !kept.exists() {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target folder");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", package, "--bin", name, "--target-dir"]).arg(target);
        let built = build.current_dir(aegis_tests::files::root()).status();
        assert!(built.expect("cargo can be run").success(), "{name} does not build");
        // several tests may come here at the same time
        let copy = folder.join(format!("{name}-{:?}", std::thread::current().id()));
        fs::copy(target.join("debug").join(name), &copy).expect("the binary can be copied");
        fs::rename(&copy, &kept).expect("the copy can be renamed");
    }
    kept
}

/// The name of a token, from its claims.
fn credential(token: &str) -> String {
    let claims = token.split('.').nth(1).expect("a token has claims").replace('-', "+").replace('_', "/");
    let padded = format!("{claims}{}", "=".repeat((4 - claims.len() % 4) % 4));
    let bytes: ByteString = serde_json::from_value(padded.into()).expect("claims are base64");
    let claims: Value = serde_json::from_slice(&bytes.0).expect("claims are JSON");
    format!("JTI={}", install::text(&claims["jti"]))
}
