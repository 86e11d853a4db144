//! What users rely on, seen on a real node: the operator runs in the cluster, and real processes run under it.
//! It makes no cluster: `scripts/test-cluster` does, and runs this.

#[path = "cluster/apps.rs"]
mod apps;
#[path = "cluster/browser.rs"]
mod browser;
#[path = "cluster/by_hand.rs"]
mod by_hand;
#[path = "cluster/children.rs"]
mod children;
#[path = "cluster/dump.rs"]
mod dump;
#[path = "cluster/lab.rs"]
mod lab;
#[path = "cluster/neighbours.rs"]
mod neighbours;
#[path = "cluster/pods.rs"]
mod pods;
#[path = "cluster/programs.rs"]
mod programs;
#[path = "cluster/prometheus.rs"]
mod prometheus;
#[path = "cluster/space.rs"]
mod space;
#[path = "cluster/steady.rs"]
mod steady;
#[path = "cluster/tests.rs"]
mod tests;
#[path = "cluster/traffic.rs"]
mod traffic;
#[path = "cluster/visitor.rs"]
mod visitor;
#[path = "cluster/wait.rs"]
mod wait;

use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime needs nothing but threads");
    let lab = runtime.block_on(lab::Lab::enter()).unwrap_or_else(|reason| {
        eprintln!("cluster suite: {reason}\nRun scripts/test-cluster: it makes the cluster that this suite needs, and runs it.");
        std::process::exit(2)
    });
    // a failure tells itself, with what was seen; of a panic, its place is enough
    std::panic::set_hook(Box::new(|panic| eprintln!("{panic}")));
    let conclusion = libtest_mimic::run(&arguments, tests::trials(runtime.handle(), &lab));
    runtime.block_on(space::wait_until_swept(&lab));
    conclusion.exit()
}
