//! The operator, in process, on a real API server with its real rights: what it asks of the server, and what it answers.
//! No pod runs here; what nodes would do is done by `api/kubelet.rs`.

#[path = "api/apps.rs"]
mod apps;
#[path = "api/audit.rs"]
mod audit;
#[path = "api/cluster.rs"]
mod cluster;
#[path = "api/creation.rs"]
mod creation;
#[path = "api/install.rs"]
mod install;
#[path = "api/kubelet.rs"]
mod kubelet;
#[path = "api/operator.rs"]
mod operator;
#[path = "api/plane.rs"]
mod plane;
#[path = "api/scene.rs"]
mod scene;
#[path = "api/schema.rs"]
mod schema;
#[path = "api/wait.rs"]
mod wait;
#[path = "api/world.rs"]
mod world;

use std::{process::ExitCode, sync::Arc};

use libtest_mimic::Arguments;
use world::World;

/// Tests at the same time: they mostly wait for controllers.
const THREADS: usize = 8;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(THREADS);
    let tests: Vec<scene::Test> = [schema::TESTS, creation::TESTS].concat();
    if arguments.list {
        let trials = tests.iter().map(|test| libtest_mimic::Trial::test(test.0, || Ok(())));
        return libtest_mimic::run(&arguments, trials.collect()).exit_code();
    }
    let world = Arc::new(World::make());
    let trials = tests.iter().map(|test| scene::trial(&world, *test)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    world.print_measures();
    conclusion.exit_code()
}
