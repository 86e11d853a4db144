//! Traefik: a Middleware for each rule with address ranges, a TraefikService for each role with affinity, and for an Ingress
//! the annotations that say the same. Traefik ends no WebSocket that is silent.

use std::collections::BTreeMap;

use aegis_crds::routes::Implementation::Traefik;

use super::{cookie, guard_name, is_by};
use crate::{
    App, Kind,
    app::{Door, Http, Route, Rule},
    foreign::{
        gateway::ExtensionRef,
        traefik::{
            Cookie, GROUP, IpAllowList, Middleware, MiddlewareSpec, Sticky, TraefikService, TraefikServiceSpec, Weighted, WeightedService,
        },
    },
    names,
    parts::http,
};

pub(super) const GUARD: Kind = Kind::of::<Middleware>();
pub(super) const AFFINITY: Kind = Kind::of::<TraefikService>();

pub(crate) fn middlewares(app: &App) -> Vec<Middleware> {
    let routes = app.open_routes().filter(|route| is_by(route, Traefik));
    let rules = routes.flat_map(|route| route.rules.iter().map(move |rule| (route, rule))).filter(|(_, rule)| !rule.allow.is_empty());
    let middleware = |(route, rule): (&Route, &Rule)| Middleware {
        metadata: names::metadata(app, &guard_name(app, route, rule), "routes"),
        spec: MiddlewareSpec { ip_allow_list: IpAllowList { source_range: rule.allow.clone() } },
    };
    rules.map(middleware).collect()
}

pub(crate) fn services(app: &App) -> Vec<TraefikService> {
    let leads_there = |section: &str| leads(app, section, |door| matches!(door, Door::Gateway { .. }));
    let roles = [Some(&app.api), app.frontend.as_ref()].into_iter().flatten();
    roles.filter(|http| http.is_sticky && leads_there(http.role.section)).map(|http| service(app, http)).collect()
}

/// Annotations of a role's Service by which an Ingress of Traefik has affinity.
pub(crate) fn sticky_annotations(app: &App, http: &Http) -> Option<BTreeMap<String, String>> {
    let is_led_to = leads(app, http.role.section, |door| matches!(door, Door::Class { .. }));
    let words = [("", "true"), (".name", &cookie(app, http)), (".httponly", "true"), (".samesite", "lax")];
    let annotation = |(word, value): (&str, &str)| (format!("traefik.ingress.kubernetes.io/service.sticky.cookie{word}"), value.to_owned());
    (http.is_sticky && is_led_to).then(|| words.map(annotation).into())
}

/// What stands in an HTTPRoute's rule for its guard.
pub(super) fn guard(app: &App, route: &Route, rule: &Rule) -> ExtensionRef {
    ExtensionRef { group: GROUP, kind: "Middleware", name: guard_name(app, route, rule) }
}

/// What stands on an Ingress for its guard.
pub(super) fn guarding(app: &App, route: &Route, rule: &Rule) -> [(String, String); 1] {
    let middleware = format!("{}-{}@kubernetescrd", app.namespace, guard_name(app, route, rule));
    [("traefik.ingress.kubernetes.io/router.middlewares".to_owned(), middleware)]
}

/// Whether a route of Traefik leads to a role by such a door.
fn leads(app: &App, section: &str, by: impl Fn(&Door) -> bool) -> bool {
    let mut routes = app.open_routes().filter(|route| is_by(route, Traefik) && by(&route.door));
    routes.any(|route| route.rules.iter().any(|rule| rule.to == section))
}

fn service(app: &App, http: &Http) -> TraefikService {
    let name = http::object(app, &http.role);
    let cookie = Cookie { name: cookie(app, http), http_only: true, same_site: "lax" };
    let weighted = WeightedService { name: name.clone(), port: http.port, weight: 1, sticky: Sticky { cookie } };
    TraefikService {
        metadata: names::role_metadata(app, &http.role, &name),
        spec: TraefikServiceSpec { weighted: Weighted { services: vec![weighted] } },
    }
}
