//! Who shares a host with whom: which routes have it, which apps want it, and whom a change concerns.
//! Whose a host is, the plan decides.

use std::collections::{HashMap, HashSet};

use crate::place::{AppKey, Place};

/// Hosts of routes.
#[derive(Default)]
pub struct Hosts {
    /// Routes that are there, by host.
    routes: HashMap<String, HashSet<Place>>,
    /// Apps that have or want a host, and the hosts of each.
    seekers: HashMap<String, HashSet<AppKey>>,
    sought: HashMap<AppKey, HashSet<String>>,
    /// Apps for which the routes of others are news.
    news: HashSet<AppKey>,
}

impl Hosts {
    /// Notes which hosts an app has or wants: what happens to these is news for it.
    pub fn seek(&mut self, key: &AppKey, hosts: HashSet<String>) {
        if self.sought.get(key).map_or(hosts.is_empty(), |before| *before == hosts) {
            return;
        }
        for host in self.sought.remove(key).unwrap_or_default() {
            drop_from(&mut self.seekers, &host, key);
        }
        for host in &hosts {
            self.seekers.entry(host.clone()).or_default().insert(key.clone());
        }
        if !hosts.is_empty() {
            self.sought.insert(key.clone(), hosts);
        }
    }

    /// Notes that a route of an app has a host.
    pub fn hold(&mut self, host: &str, place: &Place, home: &AppKey) {
        self.routes.entry(host.to_owned()).or_default().insert(place.clone());
        self.tell(host, home);
    }

    /// Notes that it has it no longer.
    pub fn free(&mut self, host: &str, place: &Place, home: &AppKey) {
        drop_from(&mut self.routes, host, place);
        self.tell(host, home);
    }

    /// Places of the routes that have a host.
    pub fn places(&self, host: &str) -> impl Iterator<Item = &Place> {
        self.routes.get(host).into_iter().flatten()
    }

    /// Apps for which the last changes are news; each is told once.
    pub fn news(&mut self) -> HashSet<AppKey> {
        std::mem::take(&mut self.news)
    }

    fn tell(&mut self, host: &str, home: &AppKey) {
        self.news.extend(self.seekers.get(host).into_iter().flatten().filter(|key| *key != home).cloned());
    }
}

fn drop_from<T: std::hash::Hash + Eq>(sets: &mut HashMap<String, HashSet<T>>, host: &str, what: &T) {
    if let Some(set) = sets.get_mut(host) {
        set.remove(what);
        if set.is_empty() {
            sets.remove(host);
        }
    }
}
