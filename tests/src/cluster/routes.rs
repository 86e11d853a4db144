//! An HTTPRoute, Ingress or policy as it is seen once its controller has taken it.

use aegis_plan::facts::{RouteSeen, Verdict};
use serde_json::Value;

/// A planned route or policy, accepted by Envoy Gateway, or published.
pub fn taken(body: &Value) -> RouteSeen {
    let spec = &body["spec"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rules = || spec["rules"].as_array().into_iter().flatten();
    let paths = |rule: &Value| {
        let of_ingress = rule["http"]["paths"].as_array().into_iter().flatten().map(|path| text(&path["path"]));
        let of_route = rule["matches"].as_array().into_iter().flatten().map(|found| text(&found["path"]["value"]));
        of_ingress.chain(of_route).collect::<Vec<_>>()
    };
    let gateway = &spec["parentRefs"][0];
    let (door, host) = match &spec["ingressClassName"] {
        Value::String(class) => (format!("class {class}"), text(&spec["rules"][0]["host"])),
        _ if gateway.is_object() => {
            (format!("gateway {}/{}", text(&gateway["namespace"]), text(&gateway["name"])), text(&spec["hostnames"][0]))
        }
        _ => Default::default(),
    };
    let is_ingress = body["kind"] == "Ingress";
    let verdict = |about: &str| Verdict { about: about.into(), holds: true, reason: about.into(), message: String::new(), generation: 1 };
    RouteSeen {
        created: super::now(),
        door,
        host,
        paths: rules().flat_map(paths).collect(),
        generation: 1,
        controller: (!is_ingress).then(|| "gateway.envoyproxy.io/gatewayclass-controller".to_owned()),
        verdicts: if is_ingress { vec![] } else { vec![verdict("Accepted"), verdict("ResolvedRefs")] },
        is_published: is_ingress,
    }
}
