//! The operator that is measured: the release binary, as a process, with the flags of the chart.
//! It never outlives the bench.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command},
    time::{Duration, Instant},
};

use aegis_tests::server::{
    bound::ends_with_us,
    install::{self, ACCOUNT, NAMESPACE},
    page,
};

use crate::{
    lab::Lab,
    usage::{self, Usage},
};

const PERIOD: Duration = Duration::from_millis(20);
/// Longest time for anything that an operator should come to.
const LIMIT: Duration = Duration::from_secs(300);
/// Turns without a look after which it rests.
const TURNS: u32 = 25;

/// A running operator.
pub struct Operator {
    address: SocketAddr,
    process: Child,
    log: PathBuf,
}

impl Operator {
    /// Starts it and waits until it leads.
    pub async fn start(lab: &Lab) -> Self {
        let folder = &lab.plane.folder;
        let token = install::token(&lab.admin).await;
        let kubeconfig = folder.join("operator.kubeconfig");
        fs::write(&kubeconfig, install::kubeconfig_of(&lab.kubeconfig(), &token)).expect("a kubeconfig can be written");
        let log = folder.join("operator.log");
        let address = page::free_address();
        let process = ends_with_us(&binary())
            .args(["--leader-elect", "--lease-namespace", NAMESPACE, "--lease-name", ACCOUNT, "--listen", &address.to_string()])
            .env("KUBECONFIG", kubeconfig)
            .env("HOSTNAME", "bench")
            .stderr(File::create(&log).expect("a log can be written"))
            .spawn()
            .expect("setpriv of util-linux can be run");
        let operator = Self { address, process, log };
        operator.until("it leads", |page| page.lines().any(|line| line == "aegis_operator_leader 1")).await;
        operator
    }

    /// What it uses.
    pub fn usage(&self) -> Usage {
        usage::of(&self.pid())
    }

    /// How many looks it has taken, and how many apps are due for one.
    pub async fn looks(&self) -> (u64, u64) {
        let page = page::page(self.address, "/metrics").await.unwrap_or_default();
        (page::sum(&page, "aegis_operator_reconciles_total"), page::sum(&page, "aegis_operator_queue_depth"))
    }

    /// Waits until no app is due and none was looked at for a while. Returns when the last look was seen.
    pub async fn rest(&self) -> Instant {
        let (mut last, mut turns, mut moved) = (0, 0, Instant::now());
        self.until("it rests", |page| {
            let looks = page::sum(page, "aegis_operator_reconciles_total");
            let is_still = looks == last && page::sum(page, "aegis_operator_queue_depth") == 0;
            turns = if is_still { turns + 1 } else { 0 };
            moved = if is_still { moved } else { Instant::now() };
            last = looks;
            turns >= TURNS
        })
        .await;
        moved
    }

    /// Waits until it has taken that many looks since its start. Returns when that was seen.
    pub async fn looked(&self, times: usize) -> Instant {
        let times = u64::try_from(times).expect("a count");
        self.until("every app was looked at", |page| page::sum(page, "aegis_operator_reconciles_total") >= times).await;
        Instant::now()
    }

    /// Stops it as the kubelet does, and waits for its end.
    pub async fn stop(mut self) {
        let sent = Command::new("kill").args(["-TERM", &self.pid()]).status();
        assert!(sent.expect("kill can be run").success(), "the operator is gone:\n{}", self.words());
        let started = Instant::now();
        while self.process.try_wait().expect("it is our child").is_none() {
            assert!(started.elapsed() < LIMIT, "the operator does not stop:\n{}", self.words());
            tokio::time::sleep(PERIOD).await;
        }
    }

    async fn until(&self, what: &str, mut is_so: impl FnMut(&str) -> bool) {
        let started = Instant::now();
        while !is_so(&page::page(self.address, "/metrics").await.unwrap_or_default()) {
            assert!(started.elapsed() < LIMIT, "the operator: not within {LIMIT:?}: {what}\n{}", self.words());
            tokio::time::sleep(PERIOD).await;
        }
    }

    fn pid(&self) -> String {
        self.process.id().to_string()
    }

    fn words(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The release binary beside this one.
fn binary() -> PathBuf {
    let own = std::env::current_exe().expect("a process has a program");
    let binary = own.with_file_name("aegis-operator");
    assert!(binary.exists(), "{} is missing: make bench builds it", binary.display());
    binary
}
