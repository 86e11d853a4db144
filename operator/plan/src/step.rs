//! What to do with one planned object, given what was seen and what was last written.
//! The decision only; the writer acts on it.

use aegis_crds::{lifecycle::DriftPolicy, status::InventoryEntry};

use crate::{App, Owner, Planned, Seen, Size, adoption, drift};

/// One step towards a planned object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is as last written, and that is what is wanted.
    Skip,
    /// Nothing of that name was seen: POST it.
    Create,
    /// It is ours and differs: apply it with this uid.
    Apply {
        /// Uid of the object that was seen.
        uid: String,
        /// Its managedFields entry is still one of an Update: turn it into one of an Apply first.
        convert: bool,
    },
    /// It is somebody else's, and given to the app: apply it with this uid, and change no more than that takes.
    Adopt {
        /// Uid of the object that was seen.
        uid: String,
        /// As for an apply.
        convert: bool,
    },
    /// Somebody edited or deleted it, and it is to be told only: leave it as it is.
    Tell,
    /// It is being deleted: wait for it to go.
    Wait,
    /// It belongs to somebody else: leave it alone and say so.
    Foreign,
}

/// Decides the step for one planned object. `seen` is that object; a Secret never is.
pub fn step(planned: &Planned, app: &App, seen: Option<&Seen>, entry: Option<&InventoryEntry>) -> Step {
    if planned.kind.is_write_only() {
        // its name tells it from the Secret of every other anchor, so one that was tried is there
        let is_made = entry.is_some() || planned.recipe.as_ref().is_some_and(|recipe| recipe.is_found);
        return match &planned.owner {
            Owner::Anchor { uid: None, .. } => Step::Wait,
            _ if is_made => Step::Skip,
            _ => Step::Create,
        };
    }
    if app.drift == DriftPolicy::Report
        && drift::of(planned, seen, entry).is_some_and(|_| seen.is_none_or(|seen| is_ours(planned, app, seen, entry)))
    {
        return Step::Tell;
    }
    let Some(seen) = seen else { return Step::Create };
    let is_ours = is_ours(planned, app, seen, entry);
    if !is_ours && !adoption::is_given(seen, &app.name) {
        return Step::Foreign;
    }
    if seen.deleting {
        return Step::Wait;
    }
    let (uid, convert) = (seen.uid.clone(), seen.fields.as_ref().is_some_and(|fields| fields.is_update));
    if !is_ours {
        return Step::Adopt { uid, convert };
    }
    let digest = seen.fields.as_ref().map(|fields| fields.digest.as_str());
    let same = entry.is_some_and(|entry| {
        entry.uid == seen.uid && entry.hash == planned.hash && entry.fields.is_some() && entry.fields.as_deref() == digest
    });
    if same {
        return Step::Skip;
    }
    Step::Apply { uid, convert }
}

/// Whether an object belongs to this app: owned by its uid; or without any owner, recorded as its own or data under its label.
fn is_ours(planned: &Planned, app: &App, seen: &Seen, entry: Option<&InventoryEntry>) -> bool {
    let is_recorded = entry.is_some_and(|entry| entry.uid == seen.uid);
    let is_found = adoption::is_data(planned) && adoption::is_orphan(seen, &app.name);
    seen.owners.contains(&app.uid) || (seen.owners.is_empty() && (is_recorded || is_found))
}

/// The replicas to write now, if any: `recorded` is the inventory's word, `seen` the count in the cluster.
/// A fixed count is put back; where something else scales, only a hand-over from below is written.
pub fn resize(wanted: Size, recorded: Option<&str>, seen: Option<i32>) -> Option<i32> {
    match (wanted, recorded) {
        (Size::Fixed(count), Some(word)) if word == count.to_string() && seen.is_none_or(|seen| seen == count) => None,
        (Size::Fixed(count), _) => Some(count),
        // an autoscaler leaves a count of zero alone
        (Size::From(_), Some(word)) if word.starts_with("from ") && seen != Some(0) => None,
        (Size::Queued(_), Some(word)) if word == self::word(wanted) => None,
        (Size::From(count) | Size::Queued(count), _) => seen.is_none_or(|seen| seen < count).then_some(count),
    }
}

/// How the inventory writes a size.
pub fn word(size: Size) -> String {
    match size {
        Size::Fixed(count) => count.to_string(),
        Size::From(count) => format!("from {count}"),
        // the bounds are judged with the work
        Size::Queued(_) => "queued".to_owned(),
    }
}
