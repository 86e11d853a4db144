//! From an HTTPRoute, an Ingress or a policy of one to what the plan calls `RouteSeen`.

use aegis_plan::facts::{RouteSeen, Verdict};
use serde_json::Value;

use crate::lean::Lean;

/// Kinds that are seen as routes: they are judged by what their controllers say.
pub const KINDS: [&str; 4] = ["HTTPRoute", "Ingress", "SecurityPolicy", "BackendTrafficPolicy"];

/// An object of one of these kinds.
pub fn seen(lean: &Lean) -> RouteSeen {
    let (spec, status) = (&lean.spec, &lean.status);
    let generation = lean.metadata.generation.unwrap_or_default();
    let answer = status.parents.get(0).or(status.ancestors.get(0)).unwrap_or(&Value::Null);
    let rules = || spec.rules.as_array().into_iter().flatten();
    RouteSeen {
        created: lean.created(),
        door: door(lean),
        host: spec.hostnames.first().cloned().or_else(|| rules().find_map(|rule| text(&rule["host"]))).unwrap_or_default(),
        paths: rules().flat_map(paths).collect(),
        generation,
        controller: text(&answer["controllerName"]),
        verdicts: answer["conditions"].as_array().into_iter().flatten().map(verdict).collect(),
        is_published: status.load_balancer["ingress"].as_array().is_some_and(|addresses| !addresses.is_empty()),
    }
}

/// The words of `Door::word`.
fn door(lean: &Lean) -> String {
    let gateway = &lean.spec.parent_refs[0];
    match (&lean.spec.ingress_class_name, text(&gateway["name"])) {
        (Some(class), _) => format!("class {class}"),
        (None, Some(name)) => format!("gateway {}/{name}", gateway["namespace"].as_str().unwrap_or_default()),
        (None, None) => String::new(),
    }
}

/// Paths of a rule: of an HTTPRoute's matches, or of an Ingress.
fn paths(rule: &Value) -> Vec<String> {
    let matches = rule["matches"].as_array().into_iter().flatten().map(|found| &found["path"]["value"]);
    let of_ingress = rule["http"]["paths"].as_array().into_iter().flatten().map(|found| &found["path"]);
    matches.chain(of_ingress).filter_map(text).collect()
}

fn verdict(condition: &Value) -> Verdict {
    Verdict {
        about: text(&condition["type"]).unwrap_or_default(),
        holds: condition["status"] == "True",
        reason: text(&condition["reason"]).unwrap_or_default(),
        message: text(&condition["message"]).unwrap_or_default().chars().take(500).collect(),
        generation: condition["observedGeneration"].as_i64().unwrap_or_default(),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_http_route_is_reduced_to_where_it_leads_and_what_its_gateway_says() {
        let object = json!({
            "metadata": {"generation": 2},
            "spec": {"parentRefs": [{"namespace": "gateways", "name": "public"}], "hostnames": ["shop.example.com"],
                "rules": [{"matches": [{"path": {"value": "/api"}}]}, {"matches": [{"path": {"value": "/"}}]}]},
            "status": {"parents": [{"controllerName": "example.com/controller", "conditions": [
                {"type": "Accepted", "status": "False", "reason": "NotAllowedByListeners", "message": "no", "observedGeneration": 2}]}]},
        });
        let seen = seen(&serde_json::from_value(object).unwrap());
        assert_eq!((seen.door.as_str(), seen.host.as_str()), ("gateway gateways/public", "shop.example.com"));
        assert_eq!(seen.paths, ["/api", "/"]);
        assert_eq!(seen.controller.as_deref(), Some("example.com/controller"));
        assert_eq!(
            (seen.verdicts[0].holds, seen.verdicts[0].reason.as_str(), seen.verdicts[0].generation),
            (false, "NotAllowedByListeners", 2)
        );
    }

    #[test]
    fn an_ingress_is_reduced_to_where_it_leads_and_whether_it_has_an_address() {
        let object = json!({
            "spec": {"ingressClassName": "traefik", "rules": [{"host": "shop.example.com", "http": {"paths": [{"path": "/"}]}}]},
            "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}},
        });
        let seen = seen(&serde_json::from_value(object).unwrap());
        assert_eq!((seen.door.as_str(), seen.host.as_str(), seen.is_published), ("class traefik", "shop.example.com", true));
        assert_eq!(seen.paths, ["/"]);
    }
}
