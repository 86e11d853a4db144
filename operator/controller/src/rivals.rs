//! From the managed fields of an object to what others hold of it and the operator does not, as little as can be kept.
//! Whether that is an edit or an addition is decided by the plan.

use aegis_plan::{
    facts::Rival,
    names::{MANAGER, SIZE_MANAGER},
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry;
use serde_json::{Map, Value};

/// Fields of one object that are kept: what is set is told by a few.
const MOST: usize = 60;
/// Longest name of a manager that is kept; the server allows 128.
const LONGEST: usize = 60;
/// Field managers that are Kubernetes itself.
const KUBERNETES: [&str; 5] = ["cloud-controller-manager", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"];
/// The place itself, the count of pods, and the word by which an object is given to an app.
const MEANT: [&str; 3] = [".", "f:replicas", "f:aegis.dev/adopt"];
/// Annotations that tools leave when they do what they are for: a revision, a restart, a volume's provisioning.
const MARKS: [&str; 5] = [
    "f:deployment.kubernetes.io/",
    "f:kubectl.kubernetes.io/restartedAt",
    "f:pv.kubernetes.io/",
    "f:volume.beta.kubernetes.io/",
    "f:volume.kubernetes.io/",
];
/// Fields that only who created an object holds, who then holds the server's defaults too.
const CREATED: [&str; 4] = ["f:accessModes", "f:scaleTargetRef", "f:schedule", "f:selector"];
/// The server's defaults.
const DEFAULTS: [&str; 30] = [
    "f:backoffLimit",
    "f:clusterIP",
    "f:clusterIPs",
    "f:completionMode",
    "f:defaultMode",
    "f:dnsPolicy",
    "f:failureThreshold",
    "f:internalTrafficPolicy",
    "f:ipFamilies",
    "f:ipFamilyPolicy",
    "f:periodSeconds",
    "f:persistentVolumeClaimRetentionPolicy",
    "f:podManagementPolicy",
    "f:progressDeadlineSeconds",
    "f:protocol",
    "f:resources",
    "f:restartPolicy",
    "f:revisionHistoryLimit",
    "f:schedulerName",
    "f:scheme",
    "f:securityContext",
    "f:serviceAccount",
    "f:sessionAffinity",
    "f:strategy",
    "f:successThreshold",
    "f:terminationMessagePath",
    "f:terminationMessagePolicy",
    "f:timeoutSeconds",
    "f:type",
    "f:updateStrategy",
];

/// What others hold and the operator does not, in the order of their names.
pub fn rivals(entries: &[ManagedFieldsEntry]) -> Vec<Rival> {
    let own: Vec<&Value> = entries.iter().filter(|entry| is_own(entry)).filter_map(fields).collect();
    let mut rivals: Vec<Rival> = entries.iter().filter(|entry| is_rival(entry)).filter_map(|entry| rival(entry, &own)).collect();
    rivals.sort_by(|a, b| a.manager.cmp(&b.manager));
    rivals
}

fn rival(entry: &ManagedFieldsEntry, own: &[&Value]) -> Option<Rival> {
    let mut fields = fields(entry)?.as_object()?.clone();
    let has_created = fields.get("f:spec").is_some_and(|spec| CREATED.iter().any(|field| spec.get(field).is_some()));
    own.iter().for_each(|own| subtract(&mut fields, own));
    let is_noise =
        |word: &str| MEANT.contains(&word) || MARKS.iter().any(|mark| word.starts_with(mark)) || (has_created && DEFAULTS.contains(&word));
    retain(&mut fields, &is_noise, &mut MOST.clone());
    let manager = entry.manager.as_deref().unwrap_or("somebody").chars().take(LONGEST).collect();
    (!fields.is_empty()).then_some(Rival { manager, fields: Value::Object(fields) })
}

fn is_own(entry: &ManagedFieldsEntry) -> bool {
    is_main(entry) && entry.manager.as_deref().is_some_and(|manager| [MANAGER, SIZE_MANAGER].contains(&manager))
}

fn is_rival(entry: &ManagedFieldsEntry) -> bool {
    is_main(entry) && !is_own(entry) && !entry.manager.as_deref().is_some_and(|manager| KUBERNETES.contains(&manager))
}

/// Subresources are for controllers and autoscalers.
fn is_main(entry: &ManagedFieldsEntry) -> bool {
    entry.subresource.as_deref().unwrap_or_default().is_empty()
}

fn fields(entry: &ManagedFieldsEntry) -> Option<&Value> {
    Some(&entry.fields_v1.as_ref()?.0)
}

/// Takes away what `own` has too.
fn subtract(fields: &mut Map<String, Value>, own: &Value) {
    fields.retain(|word, below| match (own.get(word), below) {
        (None, _) => true,
        (Some(own), Value::Object(below)) => {
            subtract(below, own);
            below.keys().any(|key| key != ".")
        }
        (Some(_), _) => false,
    });
}

/// Takes away noise, what is empty without it, and what is more than `left` fields.
fn retain(fields: &mut Map<String, Value>, is_noise: &dyn Fn(&str) -> bool, left: &mut usize) {
    fields.retain(|word, below| {
        if is_noise(word) || *left == 0 {
            return false;
        }
        match below.as_object_mut().filter(|below| !below.is_empty()) {
            Some(below) => {
                retain(below, is_noise, left);
                !below.is_empty()
            }
            None => {
                *left -= 1;
                true
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(entries: &Value) -> Vec<(String, Value)> {
        let entries: Vec<ManagedFieldsEntry> = serde_json::from_value(entries.clone()).unwrap();
        rivals(&entries).into_iter().map(|rival| (rival.manager, rival.fields)).collect()
    }

    fn entry(manager: &str, subresource: &str, fields: &Value) -> Value {
        json!({"manager": manager, "operation": "Update", "subresource": subresource, "fieldsV1": fields})
    }

    #[test]
    fn what_both_hold_is_no_rivalry() {
        let ours = json!({"f:spec": {"f:ports": {"k:{\"port\":80}": {".": {}, "f:port": {}}}, "f:selector": {}}});
        let theirs =
            json!({"f:spec": {"f:ports": {".": {}, "k:{\"port\":80}": {".": {}, "f:port": {}, "f:nodePort": {}}}, "f:selector": {}}});
        let expected = json!({"f:spec": {"f:ports": {"k:{\"port\":80}": {"f:nodePort": {}}}}});
        assert_eq!(told(&json!([entry("aegis", "", &ours), entry("me", "", &theirs)])), [("me".to_owned(), expected)]);
    }

    #[test]
    fn kubernetes_and_intended_operations_are_no_rivals() {
        let marks = json!({"f:metadata": {"f:annotations": {".": {}, "f:deployment.kubernetes.io/revision": {}, "f:pv.kubernetes.io/bind-completed": {}},
            "f:labels": {"f:aegis.dev/adopt": {}}}});
        let restart =
            json!({"f:spec": {"f:template": {"f:metadata": {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}}}}});
        let other = json!({"f:spec": {"f:x": {}}});
        let entries = json!([
            entry("tool", "", &marks),
            entry("kubectl-rollout", "", &restart),
            entry("kube-controller-manager", "", &other),
            entry("some-controller", "status", &other),
            entry("aegis-size", "", &other),
            entry("kubectl", "", &json!({"f:spec": {"f:replicas": {}}})),
        ]);
        assert_eq!(told(&entries), []);
    }

    #[test]
    fn who_created_an_object_has_not_asked_for_the_defaults() {
        let created = json!({"f:spec": {"f:selector": {}, "f:strategy": {"f:type": {}}, "f:paused": {}}});
        let edited = json!({"f:spec": {"f:strategy": {"f:type": {}}}});
        let told =
            told(&json!([entry("aegis", "", &json!({"f:spec": {"f:selector": {}}})), entry("a", "", &created), entry("b", "", &edited)]));
        assert_eq!(told, [("a".to_owned(), json!({"f:spec": {"f:paused": {}}})), ("b".to_owned(), edited)]);
    }

    #[test]
    fn little_is_kept_of_much() {
        let many: Map<String, Value> = (0..1000).map(|i| (format!("f:example.com-{i}"), json!({}))).collect();
        let told = told(&json!([entry(&"x".repeat(128), "", &json!({"f:data": many}))]));
        assert_eq!((told[0].0.len(), told[0].1["f:data"].as_object().unwrap().len()), (LONGEST, MOST));
    }
}
