//! The order of writing: what stands on other objects comes after them, and what does not is written at the same time.
//! It knows kinds only; what is wanted is the plan's to say.

use std::collections::BTreeMap;

use aegis_plan::Planned;

/// Objects of one app that are written at the same time.
const TOGETHER: usize = 8;

/// What is wanted in groups, one after the other. Those of one kind keep their order.
pub fn waves(wanted: &[Planned]) -> Vec<Vec<&Planned>> {
    let mut waves = BTreeMap::<u8, Vec<&Planned>>::new();
    for planned in wanted {
        waves.entry(wave(planned.kind.kind)).or_default().push(planned);
    }
    waves.values().flat_map(|wave| wave.chunks(TOGETHER)).map(<[_]>::to_vec).collect()
}

fn wave(kind: &str) -> u8 {
    match kind {
        // a spec is remembered before anything is made of it
        "ControllerRevision" => 0,
        // an anchor owns it
        "Secret" => 2,
        // pods read and mount the others
        "Deployment" | "StatefulSet" | "Job" | "CronJob" => 3,
        // an autoscaler without its target complains
        "HorizontalPodAutoscaler" | "PodDisruptionBudget" => 4,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aegis_plan::{Kind, Owner};

    fn planned(kind: &'static str) -> Planned {
        let kind = Kind { group: "", version: "v1", kind, plural: "" };
        let (name, hash, body) = (String::new(), String::new(), aegis_plan::canonical::Text::default());
        Planned { kind, name, section: "", role: None, body, hash, template: None, size: None, owner: Owner::App, recipe: None }
    }

    #[test]
    fn nothing_is_written_before_what_it_stands_on() {
        let wanted = ["Deployment", "HorizontalPodAutoscaler", "Secret", "ConfigMap", "ServiceAccount", "ControllerRevision"].map(planned);
        let kinds: Vec<Vec<&str>> = waves(&wanted).iter().map(|wave| wave.iter().map(|planned| planned.kind.kind).collect()).collect();
        let expected: [&[&str]; 5] =
            [&["ControllerRevision"], &["ConfigMap", "ServiceAccount"], &["Secret"], &["Deployment"], &["HorizontalPodAutoscaler"]];
        assert_eq!(kinds, expected);
    }

    #[test]
    fn never_more_than_a_few_at_once() {
        let wanted: Vec<Planned> = (0..TOGETHER * 2 + 1).map(|_| planned("ConfigMap")).collect();
        assert_eq!(waves(&wanted).iter().map(Vec::len).collect::<Vec<_>>(), [TOGETHER, TOGETHER, 1]);
    }
}
