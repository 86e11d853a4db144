//! Access: one peer per edge, addresses that are ranges, roles and bindings that are there, and none that would be cut off.

use std::net::IpAddr;

use aegis_crds::{
    AegisApp,
    access::{Access, Door, Inbound, Outbound},
    bindings::Binding,
    rules,
};

use crate::{
    App, Facts, Problem,
    problem::{ACCESS_NOT_CLOSED, ACCESS_PEER, BAD_CIDR, BINDING_WITHOUT_CIDR, UNKNOWN_BINDING, UNKNOWN_ROLE},
};

/// Who an entry names, whichever way it leads.
struct Named<'a> {
    path: String,
    app: bool,
    has_labels: bool,
    namespace: bool,
    binding: bool,
    cidr: Option<&'a str>,
}

pub(super) fn peers(asked: &AegisApp) -> Vec<Problem> {
    let fault = |named: Named<'_>| {
        let (is_inside, is_outside) = (named.app || named.has_labels || named.namespace, named.binding || named.cidr.is_some());
        let rule =
            if is_inside == is_outside { Some(rules::ONE_PEER) } else { (named.app && named.has_labels).then_some(rules::APP_OR_PODS) };
        rule.map(|rule| Problem::new(&ACCESS_PEER, named.path, rule))
    };
    named(asked).filter_map(fault).collect()
}

pub(super) fn addresses(asked: &AegisApp) -> Vec<Problem> {
    let fault = |named: Named<'_>| {
        let text = named.cidr?;
        let message = format!("{text:?} is no range of addresses: {}", range_fault(text)?);
        Some(Problem::new(&BAD_CIDR, format!("{}.cidr", named.path), message))
    };
    named(asked).filter_map(fault).collect()
}

pub(super) fn doors(asked: &AegisApp) -> Vec<Problem> {
    let strangers = inbound(asked).filter(|(_, entry)| entry.to == Some(Door::Frontend) && asked.spec.frontend.is_none());
    strangers
        .map(|(path, _)| {
            Problem::new(&UNKNOWN_ROLE, format!("{path}.to"), "the app has no frontend").fix("Write to: api, or add spec.frontend.")
        })
        .collect()
}

/// Bindings that are named and are not there, and those that an app with a closed way out could not reach.
pub(super) fn bindings(asked: &AegisApp) -> Vec<Problem> {
    let unknown = outbound(asked).filter_map(|(path, entry)| {
        let name = entry.binding.as_ref()?;
        let Some(binding) = asked.spec.bindings.iter().find(|binding| binding.name == *name) else {
            return Some(Problem::new(&UNKNOWN_BINDING, format!("{path}.binding"), format!("there is no binding {name:?}")));
        };
        let is_open = binding.provision.is_some() || entry.cidr.is_some();
        (!is_open).then(|| unreached(binding, &format!("{path}.cidr")))
    });
    unknown.chain(cut_off(asked)).collect()
}

fn cut_off(asked: &AegisApp) -> Vec<Problem> {
    let Some(outbound) = access(asked).and_then(|access| access.outbound.as_ref()) else { return vec![] };
    let is_named = |binding: &Binding| outbound.iter().any(|entry| entry.binding.as_ref() == Some(&binding.name));
    let left = asked.spec.bindings.iter().filter(|binding| binding.secret_ref.is_some() && !is_named(binding));
    left.map(|binding| unreached(binding, "spec.access.outbound")).collect()
}

fn unreached(binding: &Binding, path: &str) -> Problem {
    let name = &binding.name;
    Problem::new(&BINDING_WITHOUT_CIDR, path, format!("binding {name:?} would be out of reach: its host stands in a Secret"))
        .fix(format!("Write {{binding: {name}, cidr: …}} with the addresses of its host, and its port if you like."))
}

/// A release from before access was: nothing around it is closed until it is edited.
pub(super) fn closed(app: &App, _: &Facts) -> Vec<Problem> {
    let message = "everybody in the cluster reaches this release, which was accepted by an earlier operator; the next edit closes it";
    if app.access.is_some() { vec![] } else { vec![Problem::new(&ACCESS_NOT_CLOSED, "spec.access", message)] }
}

fn named(asked: &AegisApp) -> impl Iterator<Item = Named<'_>> {
    let inbound = inbound(asked).map(|(path, entry)| Named {
        path,
        app: entry.app.is_some(),
        has_labels: !entry.pods.is_empty(),
        namespace: entry.namespace.is_some(),
        binding: false,
        cidr: entry.cidr.as_deref(),
    });
    let outbound = outbound(asked).map(|(path, entry)| Named {
        path,
        app: entry.app.is_some(),
        has_labels: !entry.pods.is_empty(),
        namespace: entry.namespace.is_some(),
        binding: entry.binding.is_some(),
        cidr: entry.cidr.as_deref(),
    });
    inbound.chain(outbound)
}

fn access(asked: &AegisApp) -> Option<&Access> {
    asked.spec.access.as_ref()
}

fn inbound(asked: &AegisApp) -> impl Iterator<Item = (String, &Inbound)> {
    let all = access(asked).into_iter().flat_map(|access| &access.inbound).enumerate();
    all.map(|(i, entry)| (format!("spec.access.inbound[{i}]"), entry))
}

fn outbound(asked: &AegisApp) -> impl Iterator<Item = (String, &Outbound)> {
    let all = access(asked).into_iter().flat_map(|access| access.outbound.iter().flatten()).enumerate();
    all.map(|(i, entry)| (format!("spec.access.outbound[{i}]"), entry))
}

/// Why a text is no range of addresses as Kubernetes takes it.
fn range_fault(text: &str) -> Option<String> {
    let Some((address, length)) = text.split_once('/') else { return Some("write how many bits are fixed, as in 203.0.113.7/32".into()) };
    let Ok(address) = address.parse::<IpAddr>() else { return Some(format!("{address:?} is no address")) };
    let (bits, whole) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32_u32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let is_plain = length == "0" || (!length.starts_with('0') && length.chars().all(|c| c.is_ascii_digit()));
    let Some(length) = length.parse::<u32>().ok().filter(|length| is_plain && *length <= whole) else {
        return Some(format!("{length:?} is no number from 0 to {whole}"));
    };
    let free = whole - length;
    // shifted by all of its bits, a number would stay as it is
    let first = bits.checked_shr(free).unwrap_or(0).checked_shl(free).unwrap_or(0);
    (first != bits).then(|| format!("it has bits behind the first {length}; write {}/{length}", range_start(whole, first)))
}

fn range_start(whole: u32, bits: u128) -> IpAddr {
    match u32::try_from(bits) {
        Ok(bits) if whole == 32 => IpAddr::V4(bits.into()),
        _ => IpAddr::V6(bits.into()),
    }
}
