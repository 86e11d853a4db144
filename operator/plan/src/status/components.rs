//! One entry per role and provisioned binding: how many are ready, and why not all.

use aegis_crds::status::Component;

use super::Done;
use crate::{
    Accepted, App, Facts, Key, Plan, Planned, Seen, Size, Stage, Unfit,
    app::{Role, Schedule},
    children,
    drift::{self, Drift},
    everything,
    facts::{Detail, JobSeen, WorkloadSeen},
    migration,
    names::{self, AGENT},
    parts::http,
    scale, schedules,
    stuck::{self, Stuck},
};

/// A component and whether only a person can help it.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// What is reported.
    pub(super) component: Component,
    /// What state it is in.
    pub(super) state: State,
}

/// State of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As asked.
    Good,
    /// Told under its own concern; the app is ready all the same.
    Noted,
    /// On its way.
    Moving,
    /// Stuck, and may heal.
    Stuck,
    /// Stuck until a person acts.
    Terminal,
}

/// The components in the order of the spec.
pub(super) fn components(app: &App, accepted: &Accepted, plan: Option<&Plan>, facts: &Facts, done: &Done) -> Vec<Entry> {
    let look = Look { app, accepted, plan, stage: plan.map_or(Stage::Settled, |plan| plan.stage), facts, done };
    let mut all: Vec<Entry> =
        app.services().map(|(binding, service)| look.workload("bindings", &binding.name, "StatefulSet", &service.object)).collect();
    // a suspended app owes no migration
    let migration = app.migration.iter().filter(|_| !app.is_suspended || app.revision.migrated.is_some());
    all.extend(migration.map(|migration| look.migration(migration)));
    all.push(look.role(&app.api.role, "Deployment"));
    all.extend(app.frontend.iter().map(|frontend| look.role(&frontend.role, "Deployment")));
    all.extend(app.workers.iter().map(|worker| look.role(&worker.role, "Deployment")));
    all.extend(app.scheduler.iter().map(|scheduler| look.role(&scheduler.role, "StatefulSet")));
    all.extend(app.schedules.iter().map(|schedule| look.schedule(schedule)));
    let leaving: Vec<Entry> = look.leaving().filter(|entry| !all.iter().any(|known| known.is_of(entry))).collect();
    all.extend(leaving);
    all.extend(app.workers.iter().find(|worker| worker.queue.is_some()).map(|_| look.agent()));
    all
}

struct Look<'a> {
    app: &'a App,
    accepted: &'a Accepted,
    plan: Option<&'a Plan>,
    stage: Stage,
    facts: &'a Facts,
    done: &'a Done,
}

impl Entry {
    fn is_of(&self, other: &Self) -> bool {
        (&self.component.section, &self.component.name) == (&other.component.section, &other.component.name)
    }
}

impl Look<'_> {
    /// Roles that the release does not have any more, and that still run.
    fn leaving(&self) -> impl Iterator<Item = Entry> {
        let is_own = |seen: &&Seen| seen.owners.contains(&self.app.uid);
        self.facts.children.iter().filter(is_own).filter_map(|seen| {
            let section = seen.labels.get(names::SECTION_LABEL).filter(|section| names::ROLES.contains(&section.as_str()))?;
            let Detail::Workload(workload) = &seen.detail else { return None };
            let message = "the release does not have it any more; it goes when all others have moved".to_owned();
            let counts = (workload.ready, workload.replicas);
            let told = ("Leaving", Some(message), State::Good);
            Some(entry(section, seen.labels.get(names::ROLE_LABEL)?, counts, Some(workload.image.clone()), told))
        })
    }

    fn role(&self, role: &Role, kind: &str) -> Entry {
        self.workload(role.section, &role.name, kind, &http::object(self.app, role))
    }

    /// The app runs on without its agent.
    fn agent(&self) -> Entry {
        let Entry { component, state } = self.workload(AGENT, AGENT, "Deployment", &names::single(&self.app.name, AGENT));
        Entry { component, state: if state == State::Good { state } else { State::Noted } }
    }

    fn workload(&self, section: &str, name: &str, kind: &str, object: &str) -> Entry {
        let held = self.held(kind, object);
        let Some(seen) = self.facts.workload(kind, object) else {
            if let Some(told) = held.or_else(|| self.given_up(kind, object)) {
                return entry(section, name, (0, 1), None, told);
            }
            let (message, _) = self.awaited(section);
            return entry(section, name, (0, 1), None, ("Waiting", Some(message), State::Moving));
        };
        let size = self.size(kind, object);
        let is_sized = size.is_none_or(|size| size.fits(seen.replicas));
        let counts = (seen.ready, if is_sized { seen.replicas } else { size.map_or(seen.replicas, Size::count) });
        let said = || stuck::refused(self.facts, kind, object).or_else(|| stuck::why(self.facts, section, name));
        let image = Some(seen.image.clone());
        if self.app.is_suspended && section != "bindings" && seen.current == 0 && seen.replicas == 0 {
            return entry(section, name, counts, image, ("Suspended", None, State::Good));
        }
        if let Some(told) = held.filter(|_| said().is_none()) {
            return entry(section, name, counts, image, told);
        }
        if let Some(told) = self.draining(section, name).filter(|_| said().is_none()) {
            return entry(section, name, counts, image, told);
        }
        if seen.is_settled() && is_sized {
            if size == Some(Size::Fixed(0)) && self.is_held(kind, object) {
                return entry(section, name, counts, image, ("Waiting", Some(self.awaited(section).0), State::Moving));
            }
            return entry(section, name, counts, image, ("Running", None, State::Good));
        }
        match said() {
            Some(stuck) => entry(section, name, counts, image, told(stuck)),
            None => {
                let silent = self.silent(section, name).unwrap_or_default();
                let message = format!("{} of {} pods are ready{}{silent}", counts.0, counts.1, remaining(seen, counts.1));
                entry(section, name, counts, image, ("Progressing", Some(message), State::Moving))
            }
        }
    }

    /// What an object waits for that it stands on: something that is not there, or cannot be used as asked.
    fn held(&self, kind: &str, object: &str) -> Option<Told> {
        let held = self.done.held.iter().find(|held| held.key.kind == kind && held.key.name == object)?;
        let Key { kind, name } = &held.lacks;
        Some(match self.accepted.unfit.iter().find(|unfit| unfit.key == held.lacks) {
            Some(Unfit { problem, .. }) => (
                problem.code.name,
                Some(format!("it cannot be built on what is there: {} ({}). {}", problem.message, problem.path, problem.fix)),
                State::Terminal,
            ),
            None => ("Waiting", Some(format!("it waits for {kind} {name}")), State::Moving),
        })
    }

    /// What a pool waits for whose workers would give up their tasks, or that they give them up.
    fn draining(&self, section: &str, name: &str) -> Option<Told> {
        let own = self.app.workers.iter().find(|worker| section == "workers" && worker.role.name == name)?;
        let draining = self.plan?.draining.iter().find(|draining| draining.worker == name);
        let seconds = scale::patience(draining.map_or(own, |draining| &draining.running)).as_secs();
        if self.facts.given_up.iter().any(|worker| worker == name) {
            let message = format!(
                "its workers were waited for {seconds} s and may still have tasks: these are given up and run again, each with one of its tries \
                 gone (max_tries of arq). Give spec.workers drain.timeoutSeconds of the longest task, and a drain.pauseKey that the app keeps to."
            );
            return Some(("TasksGivenUp", Some(message), State::Moving));
        }
        let message = format!("it goes on as it is until none of its workers has a task, for {seconds} s at most");
        let is_awaited = draining.is_some() && !self.facts.rested.iter().any(|worker| worker == name);
        is_awaited.then_some(("Waiting", Some(message), State::Moving))
    }

    /// What the startup probe of an HTTP role hears, which is how a wrong port shows long before its budget is spent.
    fn silent(&self, section: &str, name: &str) -> Option<String> {
        let http = [Some(&self.app.api), self.app.frontend.as_ref()].into_iter().flatten().find(|http| http.role.section == section)?;
        let (pod, said) = stuck::unanswered(self.facts, section, name)?;
        let path = http.probes.startup.as_ref().and_then(|startup| startup.path.as_ref());
        let (at, fields) = match path {
            Some(path) => (format!(" path {path}"), format!("spec.{section}.port and probes.startup.path")),
            None => (String::new(), format!("spec.{section}.port")),
        };
        Some(format!(
            "; the startup probe of pod {} at port {}{at} is not answered yet: {said}. It has {} s in all; if it stays so, compare {fields} with what the process listens on (kubectl logs {})",
            pod.name,
            http.port,
            http.startup_budget(),
            pod.name
        ))
    }

    /// Whether it stands at zero for this rollout only: its release wants more.
    fn is_held(&self, kind: &str, object: &str) -> bool {
        let of_release = everything(self.app).into_iter().find(|planned| planned.kind.kind == kind && planned.name == object);
        self.stage < Stage::Settled && of_release.and_then(|planned| planned.size).is_some_and(|size| size != Size::Fixed(0))
    }

    /// Replicas as planned.
    fn size(&self, kind: &str, object: &str) -> Option<Size> {
        self.planned(kind, object)?.size
    }

    /// What is told of an object that somebody deleted and that is not made again.
    fn given_up(&self, kind: &str, object: &str) -> Option<Told> {
        let drift = drift::left(self.planned(kind, object)?, self.app, self.facts)?;
        let message = format!("{}. Set it to Correct to have it made again.", drift::gone(&format!("{kind} {object}")));
        (drift == Drift::Deleted).then_some(("Deleted", Some(message), State::Terminal))
    }

    fn planned(&self, kind: &str, object: &str) -> Option<&Planned> {
        self.plan?.wanted.iter().find(|planned| planned.kind.kind == kind && planned.name == object)
    }

    fn migration(&self, migration: &crate::app::Migration) -> Entry {
        let name = children::migration::name(self.app, migration);
        let image = Some(self.app.image.reference.clone());
        let told = match migration::job(self.app, self.facts) {
            _ if self.app.revision.migrated.is_some() => ("Completed", None, State::Good),
            Some(JobSeen { failure: Some(failure), .. }) => {
                ("MigrationFailed", Some(self.failed_migration(failure, &name)), State::Terminal)
            }
            Some(job) => match self.stuck_migration(job, &name) {
                Some(stuck) => (
                    stuck.reason,
                    Some(stuck.message),
                    if stuck.is_terminal && stuck.reason != "Crashing" { State::Terminal } else { State::Stuck },
                ),
                None => ("Progressing", Some("the migration runs; the roles wait for it".to_owned()), State::Moving),
            },
            None if migration::is_overtaking(self.app, &name, self.facts) => {
                ("Waiting", Some("it waits for the migration of an earlier release to end".to_owned()), State::Moving)
            }
            None => self.held("Job", &name).unwrap_or_else(|| ("Waiting", Some(self.awaited("migration").0), State::Moving)),
        };
        let done = i32::from(told.2 == State::Good);
        entry("migration", "migration", (done, 1), image, told)
    }

    fn stuck_migration(&self, job: &JobSeen, name: &str) -> Option<Stuck> {
        let refused = if job.active == 0 { stuck::refused(self.facts, "Job", name) } else { None };
        refused.or_else(|| stuck::why(self.facts, "migration", "migration"))
    }

    fn failed_migration(&self, failure: &str, job: &str) -> String {
        let told = stuck::failed_migration(self.facts, failure, job);
        let (app, namespace) = (&self.app.name, &self.app.namespace);
        let stops = self.app.migration.as_ref().is_some_and(|migration| migration.stops_the_world);
        let is_half = self.app.revision.half_migrated.is_some() || self.app.revision.is_barred;
        let before = match (&self.facts.status.release, stops && is_half) {
            (None, _) => String::new(),
            (Some(_), false) => " The release before goes on serving.".to_owned(),
            (Some(_), true) => format!(
                " The database may be changed half way, so nothing that writes to it runs (migration.compatibility: StopTheWorld); when it fits the \
                 release before: aegisctl rollout undo {app} -n {namespace} --across-migration."
            ),
        };
        format!(
            "{told}{before} Mend the image or the migration and apply again; to repeat it as it is: aegisctl rollout retry {app} -n {namespace}."
        )
    }

    fn schedule(&self, schedule: &Schedule) -> Entry {
        let role = &schedule.role;
        let object = http::object(self.app, role);
        if self.facts.child("CronJob", &object).is_none() {
            let waits = || ("Waiting", Some(self.awaited("schedules").0), State::Moving);
            let told = self.held("CronJob", &object).or_else(|| self.given_up("CronJob", &object)).unwrap_or_else(waits);
            return entry("schedules", &role.name, (0, 0), None, told);
        }
        if schedules::is_suspended(self.app, schedule) {
            return entry("schedules", &role.name, (0, 0), None, ("Suspended", None, State::Good));
        }
        let last = self.last_run(role);
        let running = last.filter(|(_, job)| job.active > 0);
        if let Some(stuck) = running.and_then(|(_, job)| stuck::why_since(self.facts, "schedules", &role.name, job.created)) {
            return entry("schedules", &role.name, (0, 0), None, told(stuck));
        }
        let failed = last.and_then(|(job, seen)| {
            let failure = seen.failure.as_ref()?;
            Some(format!("the last run, Job {job}, failed ({failure}). See kubectl logs job/{job}."))
        });
        let told = match (self.late(schedule), failed) {
            (Some(late), failed) => {
                ("ScheduleLate", Some(format!("{late}{}", failed.map(|failed| format!(" And {failed}")).unwrap_or_default())), State::Noted)
            }
            (None, Some(failed)) => ("RunFailed", Some(failed), State::Noted),
            (None, None) => ("Scheduled", None, State::Good),
        };
        entry("schedules", &role.name, (0, 0), None, told)
    }

    /// What is told of a schedule whose run did not succeed in time.
    fn late(&self, schedule: &Schedule) -> Option<String> {
        let (due, last) = schedules::late(self.app, schedule, self.facts)?;
        let last = last.map_or_else(|| "none ever has".to_owned(), |last| format!("the last one did at {last}"));
        let (app, name, late_after) = (self.app, &schedule.role.name, schedule.late_after.unwrap_or_default());
        Some(format!(
            "a run was due at {due}, and none has succeeded since; {last} (lateAfterSeconds: {late_after}). To run it now: \
             aegisctl schedule run {} {name} -n {}.",
            app.name, app.namespace
        ))
    }

    /// The newest Job of a schedule. Of those made at once, Kubernetes ends the name with the minute it was due.
    fn last_run(&self, role: &Role) -> Option<(&str, &JobSeen)> {
        let runs = self.facts.children.iter().filter(|seen| {
            seen.labels.get(names::SECTION_LABEL).is_some_and(|section| section == "schedules")
                && seen.labels.get(names::ROLE_LABEL) == Some(&role.name)
        });
        let jobs = runs.filter_map(|seen| match &seen.detail {
            Detail::Job(job) => Some((seen.key.name.as_str(), job)),
            _ => None,
        });
        jobs.max_by_key(|(name, job)| (job.created, name.rsplit('-').next().and_then(|minute| minute.parse::<u64>().ok())))
    }

    /// What something that does not exist yet waits for.
    fn awaited(&self, section: &str) -> (String, Stage) {
        if self.plan.is_none() {
            return ("it is made when reconciling is no longer paused".to_owned(), self.stage);
        }
        let waits = match (self.stage, section) {
            (Stage::Prepare, "bindings" | AGENT) => "it is being created",
            (Stage::Prepare, _) if self.app.auth.as_ref().is_some_and(|auth| auth.keys.signing.is_none()) => "it waits for a signing key",
            (Stage::Prepare, _) => "it waits for the provisioned bindings",
            (Stage::Quiesce, "migration") => "it waits for the end of the release before, with which it cannot share the database",
            (Stage::Migrate, "migration") => "it is being created",
            (Stage::Quiesce | Stage::Migrate, _) => "it waits for the migration",
            (Stage::Pause, "scheduler") => "it ends before any other role moves",
            (Stage::Pause, "workers" | "api" | "frontend") => "it waits for the end of the scheduler",
            (Stage::Work, "api" | "frontend" | "scheduler") => "it waits for the workers",
            (Stage::Serve, "scheduler") => "it waits for the api",
            _ => "it is being created",
        };
        (waits.to_owned(), self.stage)
    }
}

/// Pods that are still to go.
fn remaining(seen: &WorkloadSeen, desired: i32) -> String {
    match (seen.current - seen.updated, seen.current - desired) {
        (old, _) if old > 0 => format!(", {old} of an older release still there"),
        (_, more) if more > 0 => format!(", {more} too many still there"),
        _ => String::new(),
    }
}

pub(super) type Told = (&'static str, Option<String>, State);

pub(super) fn told(stuck: Stuck) -> Told {
    (stuck.reason, Some(stuck.message), if stuck.is_terminal { State::Terminal } else { State::Stuck })
}

pub(super) fn entry(section: &str, name: &str, counts: (i32, i32), image: Option<String>, (reason, message, state): Told) -> Entry {
    let component = Component {
        name: name.to_owned(),
        section: section.to_owned(),
        ready: counts.0,
        desired: counts.1,
        image: image.filter(|image| !image.is_empty()),
        reason: reason.to_owned(),
        message,
    };
    Entry { component, state }
}
