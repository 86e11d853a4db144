//! A rollout as it goes: what is planned is written, controllers and processes catch up one after the other in any order.
//! It looks at every plan on the way; what a release becomes in the end is looked at elsewhere.

use std::collections::BTreeMap;

use aegis_crds::AegisApp;
use aegis_plan::{
    Done, Facts, Plan, Planned, Size, Stage, accept, everything,
    facts::{Detail, JobSeen, PodSeen, Seen, WorkloadSeen},
    names::{ROLE_LABEL, ROLES, SECTION_LABEL},
    plan, status,
};
use aegis_tests::cluster;
use libtest_mimic::Trial;
use proptest::{collection::vec, prelude::*};
use serde_json::json;

use crate::{config, lab::ready, running, specs::app, trials};

/// Each way meets hundreds of looks.
const WAYS: u32 = 4;
/// Rounds in which every rollout must have settled: a few for each object that has to catch up.
const ROUNDS: usize = 400;

pub fn trials() -> Vec<Trial> {
    trials![a_rollout_goes_in_order_and_ends]
}

proptest! {
    #![proptest_config(config(WAYS))]

    fn a_rollout_goes_in_order_and_ends(first in app(), second in app(), third in app(), chance in vec(0..97usize, 40), cut in 1..30usize) {
        let [second, third] = [second, third].map(|asked| AegisApp { metadata: first.metadata.clone(), ..asked });
        prop_assume!([&first, &second, &third].iter().all(|asked| accept(asked, &cluster::empty()).is_fresh));
        let mut world = World::of(running(&first), chance);
        let told = |fault: TestCaseError| TestCaseError::fail(format!("{fault}: {} {} {}", json!(first.spec), json!(second.spec), json!(third.spec)));
        // the second is left for the third, wherever it stands
        world.roll(&second, Some(cut)).map_err(told)?;
        prop_assert_eq!(world.roll(&third, None).map_err(told)?, Stage::Settled);
        // the names of Secrets are known once their anchors are there
        let release = accept(&third, &world.facts).app.map(|app| everything(&app)).unwrap_or_default();
        for planned in release.iter().filter(|planned| planned.template.is_some()) {
            let seen = world.facts.workload(planned.kind.kind, &planned.name);
            prop_assert!(seen.is_some_and(|seen| seen.template == planned.template && seen.is_settled()), "{}", planned.name);
        }
    }
}

/// A cluster on its way.
struct World {
    facts: Facts,
    /// Templates of the first release, which ran well.
    first: BTreeMap<String, Option<String>>,
    /// Who catches up next, by chance.
    chance: Vec<usize>,
    turn: usize,
}

impl World {
    fn of(facts: Facts, chance: Vec<usize>) -> Self {
        let mut world = Self { facts, first: BTreeMap::new(), chance, turn: 0 };
        world.first = world.roles().map(|(seen, workload)| (seen.key.name.clone(), workload.template.clone())).collect();
        world
    }

    /// Rolls out until it has settled, or for that many rounds. Every plan is looked at.
    fn roll(&mut self, asked: &AegisApp, rounds: Option<usize>) -> Result<Stage, TestCaseError> {
        let mut last = Stage::Prepare;
        for _ in 0..rounds.unwrap_or(ROUNDS) {
            let accepted = accept(asked, &self.facts);
            let plan = plan(&accepted, &self.facts).expect("it is accepted");
            // what is suspended has no order: everything ends at once
            if asked.spec.suspended != Some(true) {
                self.judge(&plan)?;
            }
            let before = self.facts.clone();
            let app = accepted.app.as_ref().expect("it is accepted");
            let (ready, held) = ready(&accepted, &plan);
            ready.into_iter().for_each(|planned| self.write(app, planned));
            let done = Done { inventory: self.facts.status.inventory.clone(), failures: vec![], held };
            let status = status(asked, &accepted, Some(&plan), &before, &done);
            self.facts.children.retain(|seen| !plan.leftovers.iter().any(|leftover| leftover.key == seen.key));
            self.facts.status.release = status.release;
            self.facts.status.previous_release = status.previous_release;
            last = plan.stage;
            if last == Stage::Settled {
                break;
            }
            self.catch_up();
        }
        Ok(last)
    }

    /// What must hold of every plan on the way.
    fn judge(&self, plan: &Plan) -> Result<(), TestCaseError> {
        let schedulers: i32 =
            plan.wanted.iter().filter(|planned| planned.section == "scheduler").filter_map(|planned| planned.size).map(Size::count).sum();
        prop_assert!(schedulers <= 1, "two schedulers are wanted");
        for (seen, workload) in self.roles().filter(|_| plan.stage < Stage::Settled) {
            let wanted = plan.wanted.iter().find(|planned| planned.kind.kind == seen.key.kind && planned.name == seen.key.name);
            let Some(wanted) = wanted else { return Err(TestCaseError::fail(format!("{:?} is not wanted at {:?}", seen.key, plan.stage))) };
            let is_new = wanted.template != workload.template;
            let section = seen.labels[SECTION_LABEL].as_str();
            if is_new && ["api", "frontend"].contains(&section) && plan.stage < Stage::Settled {
                let behind: Vec<_> = self.moving(plan, "workers").collect();
                prop_assert!(behind.is_empty(), "{:?} moves before {behind:?}", seen.key);
            }
            if is_new && section == "scheduler" {
                let behind: Vec<_> = self.moving(plan, "workers").chain(self.moving(plan, "api")).collect();
                prop_assert!(behind.is_empty() && workload.replicas == 0, "{:?} moves before {behind:?}", seen.key);
                prop_assert!(!self.facts.pods.iter().any(|pod| pod.section == "scheduler"), "two schedulers side by side");
            }
        }
        Ok(())
    }

    /// Roles of a section that the release has otherwise than the first one had, and that are not there yet.
    fn moving<'a>(&'a self, plan: &'a Plan, section: &'a str) -> impl Iterator<Item = &'a str> {
        let behind = move |planned: &&Planned| {
            let seen = self.facts.workload(planned.kind.kind, &planned.name);
            let is_of_release = plan.roles.iter().any(|role| role.hash == planned.hash);
            let is_changed = planned.template != self.first.get(&planned.name).cloned().flatten();
            let is_there = seen.is_some_and(|seen| seen.template == planned.template && seen.is_settled());
            planned.section == section && is_of_release && is_changed && !is_there
        };
        plan.wanted.iter().filter(behind).map(|planned| planned.name.as_str())
    }

    fn roles(&self) -> impl Iterator<Item = (&Seen, &WorkloadSeen)> {
        let is_role = |seen: &&Seen| seen.labels.get(SECTION_LABEL).is_some_and(|section| ROLES.contains(&section.as_str()));
        self.facts.children.iter().filter(is_role).filter_map(|seen| match &seen.detail {
            Detail::Workload(workload) => Some((seen, workload)),
            _ => None,
        })
    }

    /// Writes one object; a workload that changes has to catch up, and so has a new Job.
    fn write(&mut self, app: &aegis_plan::App, planned: &Planned) {
        let before = self.facts.child(planned.kind.kind, &planned.name).cloned();
        cluster::put(&mut self.facts, app, planned);
        let Some(seen) = self.facts.children.iter_mut().find(|seen| seen.key.kind == planned.kind.kind && seen.key.name == planned.name)
        else {
            return;
        };
        match (&mut seen.detail, before.map(|before| before.detail)) {
            (Detail::Workload(now), Some(Detail::Workload(old))) if now.template == old.template && now.replicas == old.replicas => {
                *now = old
            }
            (Detail::Workload(now), old) => {
                let old = if let Some(Detail::Workload(old)) = old { old } else { WorkloadSeen::default() };
                *now = WorkloadSeen {
                    generation: old.generation + 1,
                    observed_generation: old.generation,
                    current: old.current,
                    updated: 0,
                    ready: old.ready,
                    ..now.clone()
                };
            }
            (Detail::Job(now), old) => {
                *now = if let Some(Detail::Job(old)) = old { old } else { JobSeen { active: 1, ..Default::default() } }
            }
            _ => {}
        }
    }

    /// One workload, Job or pod does what it has to do next.
    fn catch_up(&mut self) {
        let chance = self.chance[self.turn % self.chance.len()];
        self.turn += 1;
        let behind = |seen: &&mut Seen| match &seen.detail {
            Detail::Workload(workload) => !workload.is_settled(),
            Detail::Job(job) => !job.complete,
            _ => false,
        };
        let mut behind: Vec<&mut Seen> = self.facts.children.iter_mut().filter(behind).collect();
        let count = behind.len();
        if let Some(pod) = self.facts.pods.iter().position(|_| count == 0 || chance.is_multiple_of(2)) {
            self.facts.pods.remove(pod);
            return;
        }
        if count == 0 {
            return;
        }
        let seen = &mut behind[chance % count];
        let ended = advanced(seen);
        self.facts.pods.extend(ended);
    }
}

/// The next state of an object, and the pod that still ends when a scheduler is scaled down.
fn advanced(seen: &mut Seen) -> Option<PodSeen> {
    let section = seen.labels.get(SECTION_LABEL).cloned().unwrap_or_default();
    let role = seen.labels.get(ROLE_LABEL).cloned().unwrap_or_default();
    match &mut seen.detail {
        Detail::Job(job) => {
            *job = JobSeen { complete: true, ..Default::default() };
            None
        }
        Detail::Workload(workload) => {
            let had = workload.current;
            let count = workload.replicas;
            *workload =
                WorkloadSeen { observed_generation: workload.generation, current: count, updated: count, ready: count, ..workload.clone() };
            let pod = PodSeen {
                name: format!("{}-0", seen.key.name),
                section,
                role,
                phase: "Running".into(),
                deleting: true,
                ..Default::default()
            };
            (count == 0 && had > 0).then_some(pod)
        }
        _ => None,
    }
}
