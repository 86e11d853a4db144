//! The operator, in process, on a real API server with its real rights: what it asks of the server, and what it answers.
//! No pod runs here; what nodes would do is done by `aegis_tests::server::kubelet`.

#[path = "api/adoption.rs"]
mod adoption;
#[path = "api/apps.rs"]
mod apps;
#[path = "api/asking.rs"]
mod asking;
#[path = "api/auth.rs"]
mod auth;
#[path = "api/away.rs"]
mod away;
#[path = "api/behavior.rs"]
mod behavior;
#[path = "api/blind.rs"]
mod blind;
#[path = "api/borrow.rs"]
mod borrow;
#[path = "api/by_hand.rs"]
mod by_hand;
#[path = "api/chart.rs"]
mod chart;
#[path = "api/claims.rs"]
mod claims;
#[path = "api/config.rs"]
mod config;
#[path = "api/crash.rs"]
mod crash;
#[path = "api/creation.rs"]
mod creation;
#[path = "api/deletion.rs"]
mod deletion;
#[path = "api/drift.rs"]
mod drift;
#[path = "api/everywhere.rs"]
mod everywhere;
#[path = "api/fence.rs"]
mod fence;
#[path = "api/fields.rs"]
mod fields;
#[path = "api/haste.rs"]
mod haste;
#[path = "api/isolation.rs"]
mod isolation;
#[path = "api/lab.rs"]
mod lab;
#[path = "api/late.rs"]
mod late;
#[path = "api/leader.rs"]
mod leader;
#[path = "api/life.rs"]
mod life;
#[path = "api/lifecycle.rs"]
mod lifecycle;
#[path = "api/look.rs"]
mod look;
#[path = "api/manifest.rs"]
mod manifest;
#[path = "api/migration.rs"]
mod migration;
#[path = "api/namespaces.rs"]
mod namespaces;
#[path = "api/observability.rs"]
mod observability;
#[path = "api/operator.rs"]
mod operator;
#[path = "api/planned.rs"]
mod planned;
#[path = "api/poison.rs"]
mod poison;
#[path = "api/prune.rs"]
mod prune;
#[path = "api/queues.rs"]
mod queues;
#[path = "api/quiet.rs"]
mod quiet;
#[path = "api/reborn.rs"]
mod reborn;
#[path = "api/refusals.rs"]
mod refusals;
#[path = "api/replica.rs"]
mod replica;
#[path = "api/rights.rs"]
mod rights;
#[path = "api/rollout.rs"]
mod rollout;
#[path = "api/roundtrip.rs"]
mod roundtrip;
#[path = "api/routes.rs"]
mod routes;
#[path = "api/s3.rs"]
mod s3;
#[path = "api/scene.rs"]
mod scene;
#[path = "api/schedules.rs"]
mod schedules;
#[path = "api/schema.rs"]
mod schema;
#[path = "api/secrets.rs"]
mod secrets;
#[path = "api/state.rs"]
mod state;
#[path = "api/strangers.rs"]
mod strangers;
#[path = "api/telling.rs"]
mod telling;
#[path = "api/upgrade.rs"]
mod upgrade;
#[path = "api/wire.rs"]
mod wire;
#[path = "api/world.rs"]
mod world;

use std::{process::ExitCode, sync::Arc};

use aegis_tests::beside;
use aegis_tests::server::{audit, bound, cluster, gateway, install, kubelet, page, plane, wait};
use libtest_mimic::{Arguments, Trial};
use scene::{Test, trial};
use world::World;

/// Tests at the same time: they mostly wait for controllers.
const THREADS: usize = 8;
/// Tests side by side; what waits for the garbage collector takes longest and goes first.
const TOGETHER: &[&[Test]] = &[
    schedules::TESTS,
    lifecycle::TESTS,
    auth::TESTS,
    namespaces::TESTS,
    rollout::TESTS,
    queues::TESTS,
    reborn::TESTS,
    blind::TESTS,
    away::TESTS,
    behavior::TESTS,
    asking::TESTS,
    borrow::TESTS,
    prune::TESTS,
    claims::TESTS,
    chart::TESTS,
    quiet::TESTS,
    strangers::TESTS,
    adoption::TESTS,
    drift::TESTS,
    look::TESTS,
    manifest::TESTS,
    s3::TESTS,
    planned::TESTS,
    migration::TESTS,
    schema::TESTS,
    refusals::TESTS,
    creation::TESTS,
    roundtrip::TESTS,
    routes::TESTS,
    fields::TESTS,
    fence::TESTS,
    secrets::TESTS,
    telling::TESTS,
    observability::TESTS,
    config::TESTS,
];
/// Tests that change what all others stand on, or share what there is one of.
const ALONE: &[&[Test]] = &[
    leader::TESTS,
    crash::TESTS,
    deletion::TESTS,
    haste::TESTS,
    poison::TESTS,
    isolation::TESTS,
    everywhere::TESTS,
    upgrade::TESTS,
    // what other tests left goes with its kind
    late::TESTS,
];

fn main() -> ExitCode {
    let together = Arguments { test_threads: Some(THREADS), ..Arguments::from_args() };
    let alone = Arguments { test_threads: Some(1), ..together.clone() };
    if together.list {
        let names = TOGETHER.concat().into_iter().chain(ALONE.concat()).map(|(name, _)| name).chain(rights::TESTS.map(|(name, _)| name));
        return libtest_mimic::run(&together, names.map(|name| Trial::test(name, || Ok(()))).collect()).exit_code();
    }
    let world = Arc::new(World::make());
    let first = libtest_mimic::run(&together, TOGETHER.concat().into_iter().map(|test| trial(&world, test)).collect());
    let mut last: Vec<Trial> = ALONE.concat().into_iter().map(|test| trial(&world, test)).collect();
    if together.filter.is_none() && together.skip.is_empty() {
        last.extend(rights::TESTS.map(|test| afterwards(&world, test)));
    }
    last.retain(|trial| !alone.is_filtered_out(trial));
    let has_failed = !last.is_empty() && libtest_mimic::run(&alone, last).has_failed();
    world.print_measures();
    if first.has_failed() || has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A look back as the runner wants it.
fn afterwards(world: &Arc<World>, (name, look): rights::Look) -> Trial {
    let world = world.clone();
    Trial::test(name, move || {
        let faults = look(&world);
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
    })
}
