//! What an object stands on: the identity of its pods, the claims that they mount and the Secrets that they read.
//! Nothing is built on what is not there, is somebody else's or is not as asked; what that is, others decide.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{Key, Planned, accept::Unfit};

/// An object that was left as it is, and what it lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The object.
    pub key: Key,
    /// What it stands on.
    pub lacks: Key,
}

/// What cannot be built on now.
#[derive(Clone, Debug, Default)]
pub struct Lacking(BTreeSet<Key>);

impl Lacking {
    /// What is not as asked, as far as facts tell.
    pub fn of(unfit: &[Unfit]) -> Self {
        Self(unfit.iter().map(|unfit| unfit.key.clone()).collect())
    }

    /// Notes that an object is not there as it should be.
    pub fn note(&mut self, planned: &Planned) {
        self.0.insert(key(planned.kind.kind, &planned.name));
    }

    /// What keeps an object from being written: itself, or the first thing it stands on.
    pub fn lacks(&self, planned: &Planned) -> Option<Key> {
        let own = key(planned.kind.kind, &planned.name);
        // where nothing is lacking no object is looked into
        let mut stands_on = (!self.0.is_empty()).then(|| std::iter::once(own).chain(needs(planned)))?;
        stands_on.find(|key| self.0.contains(key))
    }
}

fn needs(planned: &Planned) -> Vec<Key> {
    let body = planned.body.value();
    let Some(pod) = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec"].iter().find_map(|place| body.pointer(place)) else {
        return vec![];
    };
    // a pod that runs as somebody else's account has what that account was given
    let account = pod["serviceAccountName"].as_str().map(|name| key("ServiceAccount", name));
    let claims = texts(&pod["volumes"], "/persistentVolumeClaim/claimName").map(|name| key("PersistentVolumeClaim", name));
    let config_maps = texts(&pod["volumes"], "/configMap/name").map(|name| key("ConfigMap", name));
    let containers = pod["containers"].as_array().into_iter().flatten();
    let secrets = containers.flat_map(|container| texts(&container["env"], "/valueFrom/secretKeyRef/name")).map(|name| key("Secret", name));
    account.into_iter().chain(claims).chain(config_maps).chain(secrets).collect()
}

fn texts<'a>(list: &'a Value, place: &'a str) -> impl Iterator<Item = &'a str> {
    list.as_array().into_iter().flatten().filter_map(|item| item.pointer(place)?.as_str())
}

fn key(kind: &str, name: &str) -> Key {
    Key { kind: kind.to_owned(), name: name.to_owned() }
}
