//! Claims that are there already, as after a deletion that retained them: what cannot be as asked, and what stays instead.
//! Claims of somebody else are not judged: the writer meets them.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{Unfit, quantity};
use crate::{
    App, Facts, Key, Problem,
    app::Claim,
    facts::{ClaimSeen, Detail},
    parts::claim::mode,
    problem::{ACCESS_MODE_FIXED, GROWS_WHEN_BOUND, SIZE_KEPT, STORAGE_CLASS_KEPT},
};

const KIND: &str = "PersistentVolumeClaim";

/// A claim that is asked for, and the one of its name.
struct Met<'a> {
    /// Field of the spec that asks for it.
    path: String,
    /// Field with its size.
    size: &'static str,
    claim: &'a Claim,
    seen: &'a ClaimSeen,
}

pub(super) fn sizes(app: &App, facts: &Facts) -> Vec<Problem> {
    let problem = |met: Met<'_>| {
        let (asked, there) = (&met.claim.size.0, &met.seen.request);
        let message = format!("claim {} has {there}, and {asked} is asked for", met.claim.object);
        let path = format!("{}{}", met.path, met.size);
        let keep = if met.size.is_empty() { "storage" } else { "size" };
        match difference(&met) {
            Difference::Smaller => Some(Problem::new(&SIZE_KEPT, path, message).fix(kept(app, &met, keep, there))),
            Difference::LargerTooSoon => Some(Problem::new(&GROWS_WHEN_BOUND, path, message)),
            Difference::None => None,
        }
    };
    met(app, facts).into_iter().filter_map(problem).collect()
}

pub(super) fn classes(app: &App, facts: &Facts) -> Vec<Problem> {
    let problem = |met: Met<'_>| {
        let (asked, there) = (met.claim.class.as_ref()?, met.seen.class.as_ref()?);
        let message = format!("claim {} is of class {there:?}, and {asked:?} is asked for", met.claim.object);
        let problem = || Problem::new(&STORAGE_CLASS_KEPT, format!("{}.storageClassName", met.path), message);
        (asked != there).then(|| problem().fix(kept(app, &met, "storageClassName", there)))
    };
    met(app, facts).into_iter().filter_map(problem).collect()
}

pub(super) fn modes(app: &App, facts: &Facts) -> Vec<Problem> {
    unfit(app, facts).into_iter().map(|unfit| unfit.problem).collect()
}

/// The claims that can never be used as asked.
pub(super) fn unfit(app: &App, facts: &Facts) -> Vec<Unfit> {
    let unfit = |met: Met<'_>| {
        let (asked, there) = (mode(met.claim.access), met.seen.modes.join(", "));
        let message = format!("claim {} is {there}, and {asked} is asked for", met.claim.object);
        // a provisioned service has no say in its claim's mode
        let field = if met.size.is_empty() { "" } else { "accessMode" };
        let problem = || Problem::new(&ACCESS_MODE_FIXED, &met.path, message).fix(kept(app, &met, field, &there));
        let key = Key { kind: KIND.to_owned(), name: met.claim.object.clone() };
        (!there.is_empty() && there != asked).then(|| Unfit { key, problem: problem() })
    };
    met(app, facts).into_iter().filter_map(unfit).collect()
}

/// Asks of each claim only what it can become: what never changes stays as it is, and what is larger stays so.
pub(super) fn settled(mut app: App, facts: &Facts) -> App {
    let stays: Vec<(String, Claim)> = met(&app, facts).iter().map(|met| (met.claim.object.clone(), stays(met))).collect();
    let volumes = app.volumes.iter_mut().map(|volume| &mut volume.claim);
    let services = app.bindings.iter_mut().filter_map(|binding| Some(&mut binding.service.as_mut()?.claim));
    for claim in volumes.chain(services) {
        if let Some((_, stays)) = stays.iter().find(|(object, _)| *object == claim.object) {
            *claim = stays.clone();
        }
    }
    app
}

fn stays(met: &Met<'_>) -> Claim {
    let mut claim = met.claim.clone();
    // a class that we have not written is the cluster's own word, which nobody asked for
    if met.seen.class.is_some() && (claim.class.is_some() || met.seen.is_class_ours) {
        claim.class = met.seen.class.clone();
    }
    if difference(met) != Difference::None {
        claim.size = Quantity(met.seen.request.clone());
    }
    claim
}

/// How the size asked for differs from the claim's, if the claim cannot follow.
#[derive(PartialEq, Eq)]
enum Difference {
    None,
    Smaller,
    LargerTooSoon,
}

fn difference(met: &Met<'_>) -> Difference {
    match (quantity::amount(&met.claim.size.0), quantity::amount(&met.seen.request)) {
        (Some(asked), Some(there)) if asked < there => Difference::Smaller,
        (Some(asked), Some(there)) if asked > there && met.seen.phase != "Bound" => Difference::LargerTooSoon,
        _ => Difference::None,
    }
}

fn kept(app: &App, met: &Met<'_>, field: &str, there: &str) -> String {
    let write = if field.is_empty() { String::new() } else { format!("Write {field}: {there}. Otherwise take") };
    let take = if write.is_empty() { "Take" } else { &write };
    let object = &met.claim.object;
    format!(
        "{take} another name and move the data there; or give the data up with kubectl delete pvc {object} -n {}, and the claim is made as asked.",
        app.namespace
    )
}

fn met<'a>(app: &'a App, facts: &'a Facts) -> Vec<Met<'a>> {
    let volumes = app.volumes.iter().enumerate().map(|(i, volume)| (format!("spec.volumes[{i}]"), ".size", &volume.claim));
    let services = app.bindings.iter().enumerate().filter_map(|(i, binding)| {
        // the size of a provisioned service has a default, so it need not be in the spec
        Some((format!("spec.bindings[{i}].provision"), "", &binding.service.as_ref()?.claim))
    });
    let met = |(path, size, claim): (String, &'static str, &'a Claim)| Some(Met { path, size, claim, seen: seen(&app.uid, claim, facts)? });
    volumes.chain(services).filter_map(met).collect()
}

fn seen<'a>(uid: &str, claim: &Claim, facts: &'a Facts) -> Option<&'a ClaimSeen> {
    let found = facts.child(KIND, &claim.object)?;
    match &found.detail {
        Detail::Claim(seen) if found.owners.is_empty() || found.owners.iter().any(|owner| owner == uid) => Some(seen),
        _ => None,
    }
}
