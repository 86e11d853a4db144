//! `access`: NetworkPolicies around the app's pods. What they allow adds up; what an edge allows is named by its content, so
//! what a release gives up is closed when it has settled. Ports go by their names in the pods, which may be of two releases.

use std::collections::BTreeMap;

use aegis_crds::access::{Access, Door, Inbound, Outbound};
use k8s_openapi::{
    api::networking::v1::{
        IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
    },
    apimachinery::pkg::{
        apis::meta::v1::{LabelSelector, LabelSelectorRequirement},
        util::intstr::IntOrString,
    },
};
use serde::Serialize;
use serde_json::json;

use crate::{
    App, canonical,
    names::{self, AGENT, APP_LABEL, METRICS_PORT, NAMESPACE_LABEL, RUN_LABEL, SECTION_LABEL},
    parts::agent,
};

const SECTION: &str = "access";
const BINDINGS: &str = "bindings";
const HTTP: &str = "http";
/// Whose way out is closed, the ends of names and the labels: the app's pods, and what people run beside it by hand.
const WHOSE: [(&str, &str); 2] = [("", APP_LABEL), ("-run", RUN_LABEL)];

/// Around the roles: in come the app's own pods, gateways and Prometheus.
pub(super) fn roles(app: &App) -> Vec<NetworkPolicy> {
    let allowed = &app.settings.access;
    let own = NetworkPolicyIngressRule { from: Some(vec![pods(roles_of(&app.name)), run(app)]), ports: None };
    let others = [from(&allowed.gateways, &[HTTP]), from(&allowed.prometheus, &[HTTP, METRICS_PORT])];
    let rules = std::iter::once(own).chain(others.into_iter().flatten()).collect();
    closed(app, |_| ingress(app, names::single(&app.name, SECTION), roles_of(&app.name), rules))
}

/// Around the agent: in come the operator and Prometheus.
pub(super) fn agent(app: &App) -> Vec<NetworkPolicy> {
    let allowed = &app.settings.access;
    let rules = [from(&allowed.operators, &[HTTP]), from(&allowed.prometheus, &[HTTP])].into_iter().flatten().collect();
    if agent::config(app).is_none() {
        return vec![];
    }
    closed(app, |_| ingress(app, names::single(&app.name, "access-agent"), sections(&app.name, "In", &[AGENT]), rules))
}

/// Around provisioned services: in come the roles and the agent.
pub(super) fn services(app: &App) -> Vec<NetworkPolicy> {
    let users = vec![pods(sections(&app.name, "NotIn", &[BINDINGS])), run(app)];
    let rules = from(&users, &["main"]).into_iter().collect();
    if app.services().next().is_none() {
        return vec![];
    }
    closed(app, |_| ingress(app, names::single(&app.name, "access-bindings"), sections(&app.name, "In", &[BINDINGS]), rules))
}

/// Around the api and the frontend: in come those that the spec names.
pub(super) fn inbound(app: &App) -> Vec<NetworkPolicy> {
    let edge = |entry: &Inbound| {
        let doors: &[&str] = match entry.to {
            Some(Door::Api) => &["api"],
            Some(Door::Frontend) => &["frontend"],
            None => &["api", "frontend"],
        };
        let peer = peer(entry.app.as_deref(), entry.namespace.as_deref(), &entry.pods, entry.cidr.as_deref());
        let rules = from(&[peer], &[HTTP]).into_iter().collect();
        ingress(app, edge_name(app, "in", entry), sections(&app.name, "In", doors), rules)
    };
    app.access.iter().flat_map(|access| once(&access.inbound)).map(edge).collect()
}

/// Where the app's pods may always go, once its way out is closed.
pub(super) fn exits(app: &App) -> Vec<NetworkPolicy> {
    let dns = &app.settings.access.dns;
    let own = NetworkPolicyEgressRule { to: Some(vec![pods(all_of(app))]), ports: None };
    let names = NetworkPolicyEgressRule { to: Some(dns.clone()), ports: Some(vec![port("UDP", 53), port("TCP", 53)]) };
    let rules: Vec<_> = std::iter::once(own).chain((!dns.is_empty()).then_some(names)).collect();
    let is_closed = app.access.as_ref().is_some_and(|access| access.outbound.is_some());
    let policies = || WHOSE.map(|(end, whose)| egress(app, names::single(&app.name, &format!("access-out{end}")), whose, rules.clone()));
    is_closed.then(policies).into_iter().flatten().collect()
}

/// Where they may go besides: to those that the spec names.
pub(super) fn outbound(app: &App) -> Vec<NetworkPolicy> {
    let edges = |entry: &Outbound| {
        let to = peer(entry.app.as_deref(), entry.namespace.as_deref(), &entry.pods, entry.cidr.as_deref());
        let rule = NetworkPolicyEgressRule { to: Some(vec![to]), ports: entry.port.map(|number| vec![port("TCP", number)]) };
        WHOSE.map(|(end, whose)| egress(app, format!("{}{end}", edge_name(app, "out", entry)), whose, vec![rule.clone()]))
    };
    let entries = app.access.iter().filter_map(|access| access.outbound.as_ref()).flat_map(|entries| once(entries));
    // the way to a provisioned binding is open
    entries.filter(|entry| entry.binding.is_none() || entry.cidr.is_some()).flat_map(edges).collect()
}

/// A policy, unless the release is from before there were any.
fn closed(app: &App, policy: impl FnOnce(&Access) -> NetworkPolicy) -> Vec<NetworkPolicy> {
    app.access.as_ref().map(policy).into_iter().collect()
}

fn ingress(app: &App, name: String, selector: LabelSelector, rules: Vec<NetworkPolicyIngressRule>) -> NetworkPolicy {
    let ingress = (!rules.is_empty()).then_some(rules);
    policy(app, name, NetworkPolicySpec { pod_selector: Some(selector), policy_types: Some(vec!["Ingress".into()]), ingress, egress: None })
}

fn egress(app: &App, name: String, whose: &str, rules: Vec<NetworkPolicyEgressRule>) -> NetworkPolicy {
    let pod_selector = Some(matching(whose, &app.name));
    policy(app, name, NetworkPolicySpec { pod_selector, policy_types: Some(vec!["Egress".into()]), egress: Some(rules), ingress: None })
}

fn policy(app: &App, name: String, spec: NetworkPolicySpec) -> NetworkPolicy {
    NetworkPolicy { metadata: names::metadata(app, &name, SECTION), spec: Some(spec) }
}

/// A rule for peers and named ports: without peers it would let everybody in.
fn from(peers: &[NetworkPolicyPeer], ports: &[&str]) -> Option<NetworkPolicyIngressRule> {
    let named = |name: &&str| NetworkPolicyPort {
        port: Some(IntOrString::String((*name).to_owned())),
        protocol: Some("TCP".into()),
        ..Default::default()
    };
    let ports = Some(ports.iter().map(named).collect());
    (!peers.is_empty()).then(|| NetworkPolicyIngressRule { from: Some(peers.to_vec()), ports })
}

fn port(protocol: &str, number: i32) -> NetworkPolicyPort {
    NetworkPolicyPort { port: Some(IntOrString::Int(number)), protocol: Some(protocol.to_owned()), ..Default::default() }
}

fn peer(app: Option<&str>, namespace: Option<&str>, labels: &BTreeMap<String, String>, cidr: Option<&str>) -> NetworkPolicyPeer {
    if let Some(cidr) = cidr {
        let ip_block = Some(IPBlock { cidr: cidr.to_owned(), ..Default::default() });
        return NetworkPolicyPeer { ip_block, ..Default::default() };
    }
    let labelled = (!labels.is_empty()).then(|| LabelSelector { match_labels: Some(labels.clone()), ..Default::default() });
    NetworkPolicyPeer {
        namespace_selector: namespace.map(|name| matching(NAMESPACE_LABEL, name)),
        pod_selector: app.map(roles_of).or(labelled),
        ip_block: None,
    }
}

fn pods(selector: LabelSelector) -> NetworkPolicyPeer {
    NetworkPolicyPeer { pod_selector: Some(selector), ..Default::default() }
}

/// What people run beside the app by hand.
fn run(app: &App) -> NetworkPolicyPeer {
    pods(matching(RUN_LABEL, &app.name))
}

fn all_of(app: &App) -> LabelSelector {
    matching(APP_LABEL, &app.name)
}

fn roles_of(app: &str) -> LabelSelector {
    sections(app, "NotIn", &[AGENT, BINDINGS])
}

fn sections(app: &str, operator: &str, names: &[&str]) -> LabelSelector {
    let values = Some(names.iter().map(|name| (*name).to_owned()).collect());
    let section = LabelSelectorRequirement { key: SECTION_LABEL.into(), operator: operator.into(), values };
    LabelSelector { match_expressions: Some(vec![section]), ..matching(APP_LABEL, app) }
}

fn matching(key: &str, value: &str) -> LabelSelector {
    LabelSelector { match_labels: Some([(key.to_owned(), value.to_owned())].into()), ..Default::default() }
}

fn edge_name(app: &App, way: &str, entry: &impl Serialize) -> String {
    names::part(&app.name, SECTION, &canonical::digest(&json!([way, entry])))
}

/// The entries without those that say the same: they would be one object.
fn once<T: PartialEq>(entries: &[T]) -> Vec<&T> {
    entries.iter().enumerate().filter(|(i, entry)| !entries[..*i].contains(entry)).map(|(_, entry)| entry).collect()
}
