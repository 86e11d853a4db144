//! Where each object stands: at the release that is rolled to, or at one that ran before. A role's pod template, which
//! bears its digest, says so; nothing is remembered. It does not decide which role may move.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    App, Facts, Moving, Planned, Seen, Size, Stage,
    children::CHILDREN,
    facts::{Detail, PodSeen, WorkloadSeen},
    keys,
    names::{ROLE_LABEL, ROLES},
};

/// One object of a release, and the stage from which on it is wanted.
pub(crate) struct Row {
    pub(crate) stage: Stage,
    pub(crate) planned: Planned,
}

/// A release that roles may still run.
struct Other {
    app: App,
    /// Whether it is the one that serves.
    is_serving: bool,
    rows: Vec<Row>,
}

/// The release that is rolled to, those before it, and what is seen.
pub(crate) struct Standing<'a> {
    pub(crate) app: &'a App,
    pub(crate) facts: &'a Facts,
    pub(crate) rows: Vec<Row>,
    others: Vec<Other>,
}

impl<'a> Standing<'a> {
    /// How `app` and the releases `before` it stand.
    pub(crate) fn of(app: &'a App, before: &[App], facts: &'a Facts) -> Self {
        let restarts = restarts(facts);
        let other = |app: &App| {
            let app = keys::as_it_stands(App { restarts: restarts.clone(), ..app.clone() }, facts);
            Other { is_serving: facts.status.release.as_ref() == Some(&app.revision.hash), rows: rows(&app), app }
        };
        let is_there = |other: &Other| other.rows.iter().any(|row| row.planned.template.is_some() && stands(facts, &row.planned));
        let unrestarted = (app.restarts != restarts || keys::moves(app, facts)).then(|| other(app)).filter(is_there);
        let mut standing = Self { app, facts, rows: rows(app), others: unrestarted.into_iter().collect() };
        for app in before {
            let is_serving = facts.status.release.as_ref() == Some(&app.revision.hash);
            let is_good = app.revision.good.is_some() && !standing.others.iter().any(|other| other.app.revision.good.is_some());
            if is_serving || is_good || standing.has_unexplained() {
                standing.others.push(other(app));
            }
        }
        standing
    }

    /// Whether a role runs none of the releases that were looked at. No two roles have one template.
    fn has_unexplained(&self) -> bool {
        let all = self.rows.iter().chain(self.others.iter().flat_map(|other| &other.rows));
        let known: BTreeSet<_> = all.filter_map(|row| row.planned.template.as_ref()).collect();
        let mut templates = self.facts.children.iter().filter_map(|seen| match &seen.detail {
            Detail::Workload(workload) => workload.template.as_ref(),
            _ => None,
        });
        templates.any(|template| !known.contains(template))
    }

    /// The rows of roles: what has a pod template that is rolled.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.planned.template.is_some())
    }

    /// Whether an object is there as `planned`.
    pub(crate) fn stands(&self, planned: &Planned) -> bool {
        stands(self.facts, planned)
    }

    /// Whether a role moves in this rollout: the release that ran well last, or else the one that serves, has it otherwise.
    pub(crate) fn moves(&self, planned: &Planned) -> bool {
        let Some(before) = self.others.iter().find(|other| other.app.revision.good.is_some()).or(self.others.first()) else { return false };
        !before.rows.iter().any(|row| is_same(&row.planned, planned) && row.planned.template == planned.template)
    }

    /// The roles, and which of them move.
    pub(crate) fn moving(&self) -> Vec<Moving> {
        let moving = |row: &Row| Moving { hash: row.planned.hash.clone(), moves: !self.has_others() || self.moves(&row.planned) };
        self.roles().map(moving).collect()
    }

    /// Whether anything ran before.
    pub(crate) fn has_others(&self) -> bool {
        !self.others.is_empty()
    }

    /// Roles that still run a release before, with its app; also those that the new one does not have.
    pub(crate) fn left_behind(&self) -> impl Iterator<Item = (&App, &Planned, &WorkloadSeen)> {
        let all = self.others.iter().flat_map(|other| other.rows.iter().map(|row| (&other.app, &row.planned)));
        all.filter_map(|(app, planned)| {
            let seen = self.facts.workload(planned.kind.kind, &planned.name)?;
            let is_at_new = self.rows.iter().any(|row| is_same(&row.planned, planned) && self.stands(&row.planned));
            (planned.template.is_some() && seen.template == planned.template && !is_at_new).then_some((app, planned, seen))
        })
    }

    /// Roles that have the new template.
    pub(crate) fn arrived(&self) -> impl Iterator<Item = &WorkloadSeen> {
        let seen = |row: &Row| self.facts.workload(row.planned.kind.kind, &row.planned.name);
        self.roles().filter(|row| self.stands(&row.planned)).filter_map(seen)
    }

    /// Pods of roles and schedules that are not over.
    pub(crate) fn pods(&self) -> impl Iterator<Item = &PodSeen> {
        let is_role = |pod: &&PodSeen| ROLES.contains(&pod.section.as_str()) || pod.section == "schedules";
        self.facts.pods.iter().filter(is_role).filter(|pod| !pod.is_over())
    }

    /// Of these, those that were not made from the new template of their role.
    pub(crate) fn old_pods(&self) -> impl Iterator<Item = &PodSeen> {
        let is_new = |pod: &PodSeen| {
            let mut own = self.roles().filter(|row| row.planned.section == pod.section && row.planned.role.as_deref() == Some(&pod.role));
            own.any(|row| row.planned.template == pod.template)
        };
        self.pods().filter(move |pod| !is_new(pod))
    }

    /// What is kept of the releases before while the new one is no further than `stage`, and nothing of `wanted`.
    pub(crate) fn kept(&self, stage: Stage, wanted: &[Planned], stops: bool) -> Vec<Planned> {
        let mut kept: Vec<Planned> = vec![];
        let is_taken = |planned: &Planned, kept: &[Planned]| wanted.iter().chain(kept).any(|taken| is_same(taken, planned));
        for is_sure in [true, false] {
            for other in &self.others {
                let rows = other.rows.iter().filter(|row| row.stage != Stage::Migrate && row.planned.section != "revisions");
                for row in rows.filter(|row| if is_sure { self.stands(&row.planned) } else { self.is_likely(other, &row.planned) }) {
                    if !is_taken(&row.planned, &kept) {
                        kept.push(row.planned.clone());
                    }
                }
            }
        }
        let halted = |planned: Planned| if stops { self.halted(planned) } else { paused(planned, stage) };
        kept.into_iter().map(halted).collect()
    }

    /// Of what stands nowhere for sure: what is gone is mended as it was written last, by whichever release; the rest as the
    /// release that serves has it. But a role with another template is left alone, what was never written is not made, and
    /// nothing is mended that is gone back from.
    fn is_likely(&self, other: &Other, planned: &Planned) -> bool {
        let entry = self.facts.entry(planned.kind.kind, &planned.name);
        let is_there = self.facts.child(planned.kind.kind, &planned.name).is_some();
        let is_likely = match entry {
            _ if is_there => other.is_serving && planned.template.is_none(),
            Some(entry) => other.is_serving || entry.hash == planned.hash,
            None => false,
        };
        is_likely && !self.app.revision.is_past
    }

    /// The same as its release has it while suspended: nothing that writes runs.
    fn halted(&self, planned: Planned) -> Planned {
        if !ROLES.contains(&planned.section) && planned.section != "schedules" {
            return planned;
        }
        let halted = |other: &Other| {
            let app = App { is_suspended: true, ..other.app.clone() };
            let is_it = other.rows.iter().any(|row| row.planned == planned);
            rows(&app).into_iter().map(|row| row.planned).find(|halted| is_it && is_same(halted, &planned))
        };
        self.others.iter().find_map(halted).unwrap_or(planned)
    }
}

/// From the first stage of the roles on, a scheduler that is to move or to go stands at zero.
fn paused(planned: Planned, stage: Stage) -> Planned {
    let is_paused = planned.section == "scheduler" && stage >= Stage::Pause;
    Planned { size: if is_paused { planned.size.map(|_| Size::Fixed(0)) } else { planned.size }, ..planned }
}

fn stands(facts: &Facts, planned: &Planned) -> bool {
    let (kind, name) = (planned.kind.kind, planned.name.as_str());
    if planned.template.is_some() {
        return facts.workload(kind, name).is_some_and(|seen| seen.template == planned.template);
    }
    // of a Secret, which is never seen, only the record tells
    let is_there = planned.kind.is_write_only() || facts.child(kind, name).is_some();
    is_there && facts.entry(kind, name).is_some_and(|entry| entry.hash == planned.hash)
}

fn is_same(a: &Planned, b: &Planned) -> bool {
    a.kind == b.kind && a.name == b.name
}

fn rows(app: &App) -> Vec<Row> {
    let of = |child: &&dyn crate::child::Child| {
        let stage = child.stage();
        child.plan(app).into_iter().map(move |planned| Row { stage, planned }).collect::<Vec<_>>()
    };
    CHILDREN.iter().flat_map(of).collect()
}

/// The words of the last restarts, as the templates that are there have them.
fn restarts(facts: &Facts) -> BTreeMap<String, String> {
    let word = |seen: &Seen| {
        let workload = facts.workload(&seen.key.kind, &seen.key.name)?;
        Some((seen.labels.get(ROLE_LABEL)?.clone(), workload.restarted.clone()?))
    };
    facts.children.iter().filter_map(word).collect()
}
