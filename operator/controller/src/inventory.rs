//! What is recorded of each object, and how the record goes on from round to round.
//! It says what was written, not what is wanted.

use std::collections::BTreeMap;

use aegis_crds::status::InventoryEntry;
use aegis_plan::{Facts, Key, Plan, Planned, Seen, child::ANCHOR, step};

/// The record of an object as it was just written or found.
pub fn entry(planned: &Planned, seen: &Seen) -> InventoryEntry {
    InventoryEntry {
        kind: planned.kind.kind.to_owned(),
        name: planned.name.clone(),
        uid: seen.uid.clone(),
        hash: planned.hash.clone(),
        fields: seen.fields.as_ref().map(|fields| fields.digest.clone()),
        size: planned.size.map(step::word),
    }
}

/// The new records, and the old ones of objects that failed now or are still there.
pub fn merge(plan: &Plan, facts: &Facts, new: BTreeMap<Key, InventoryEntry>) -> Vec<InventoryEntry> {
    let is_new = |entry: &&InventoryEntry| new.contains_key(&Key { kind: entry.kind.clone(), name: entry.name.clone() });
    let is_wanted =
        |entry: &&InventoryEntry| plan.wanted.iter().any(|planned| planned.kind.kind == entry.kind && planned.name == entry.name);
    let is_there = |entry: &&InventoryEntry| {
        // a Secret is there as long as its anchor
        let is_it = |seen: &Seen| if entry.kind == "Secret" { seen.key.kind == ANCHOR.kind } else { seen.key.kind == entry.kind };
        facts.children.iter().any(|seen| seen.uid == entry.uid && is_it(seen))
    };
    let old = facts.status.inventory.iter().filter(|entry| !is_new(entry) && (is_wanted(entry) || is_there(entry)));
    let mut all: Vec<InventoryEntry> = old.cloned().collect();
    all.extend(new.into_values());
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegis_crds::status::AegisAppStatus;
    use aegis_plan::Stage;

    fn recorded(kind: &str, name: &str, uid: &str) -> InventoryEntry {
        InventoryEntry { kind: kind.into(), name: name.into(), uid: uid.into(), ..Default::default() }
    }

    #[test]
    fn records_end_with_their_objects() {
        let key = |kind: &str, name: &str| Key { kind: kind.into(), name: name.into() };
        let there = |name: &str, uid: &str| Seen { key: key("ConfigMap", name), uid: uid.into(), ..Default::default() };
        let inventory = vec![
            recorded("ConfigMap", "gone", "1"),
            recorded("ConfigMap", "old", "2"),
            recorded("ConfigMap", "successor", "3"),
            recorded("Secret", "old-1", "2"),
            recorded("Service", "new", "4"),
        ];
        let facts = Facts {
            children: vec![there("old", "2"), there("successor", "9")],
            status: AegisAppStatus { inventory, ..Default::default() },
            ..Default::default()
        };
        let plan = Plan { stage: Stage::Work, roles: vec![], wanted: vec![], draining: vec![], leftovers: vec![], due: None };
        let new = BTreeMap::from([(key("Service", "new"), recorded("Service", "new", "5"))]);
        let merged = merge(&plan, &facts, new);
        let expected = [recorded("ConfigMap", "old", "2"), recorded("Secret", "old-1", "2"), recorded("Service", "new", "5")];
        assert_eq!(merged, expected);
    }
}
