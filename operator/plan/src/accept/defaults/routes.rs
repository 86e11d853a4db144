//! Defaults of routes: which role serves what, in which namespace the gateway is, and what runs behind it.

use aegis_crds::{
    AegisApp,
    routes::{self, Implementation, Target, Via},
};
use kube_core::ResourceExt;

use crate::app::{Door, Route, Rule};

pub(in crate::accept) fn route(route: &routes::Route, asked: &AegisApp) -> Route {
    let all = Rule { path: "/".into(), to: if asked.spec.frontend.is_some() { "frontend" } else { "api" }, allow: vec![] };
    let rules: Vec<Rule> = route.rules.iter().map(rule).collect();
    Route {
        name: route.name.clone(),
        host: route.host.clone(),
        door: door(&route.via, asked),
        implementation: implementation(&route.via),
        annotations: route.annotations.clone(),
        rules: if rules.is_empty() { vec![all] } else { rules },
        idle_timeout: route.idle_timeout_seconds.unwrap_or(3600),
        is_taken: false,
    }
}

fn rule(rule: &routes::Rule) -> Rule {
    let to = match rule.to {
        Target::Api => "api",
        Target::Frontend => "frontend",
    };
    Rule { path: rule.path.clone().unwrap_or_else(|| "/".into()), to, allow: rule.allow_cidrs.clone() }
}

fn door(via: &Via, asked: &AegisApp) -> Door {
    match &via.gateway {
        Some(gateway) => Door::Gateway {
            namespace: gateway.namespace.clone().or_else(|| asked.namespace()).unwrap_or_default(),
            name: gateway.name.clone(),
            listener: gateway.listener.clone(),
        },
        None => Door::Class {
            name: via.ingress_class.clone().unwrap_or_default(),
            certificate: via.tls.as_ref().map(|tls| tls.secret_name.clone()),
        },
    }
}

fn implementation(via: &Via) -> Option<Implementation> {
    let is_traefik = |class: &String| class.to_ascii_lowercase().contains("traefik");
    via.implementation.or_else(|| via.ingress_class.as_ref().filter(|class| is_traefik(class)).map(|_| Implementation::Traefik))
}
