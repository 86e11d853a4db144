//! What was last seen, filed by app, so that reading one app costs no request and no search.
//! It keeps the newest version of each object, told by the watches or by our own writes; it decides nothing.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use aegis_plan::{
    Key, Kind, Seen, children,
    facts::{Detail, OtherRoute, PodSeen, RouteSeen},
};

use crate::{
    asked::Asked,
    hosts::Hosts,
    place::{AppKey, Place},
};

/// An object as it is filed.
pub enum Filed {
    /// The resource itself.
    App(Asked),
    /// A child.
    Child(Seen),
    /// A pod; its resourceVersion stands beside it.
    Pod(PodSeen, String),
}

/// An object, where it is and to which app it belongs.
pub struct Item {
    /// Where it is.
    pub place: Place,
    /// Its app; none when it says of no app that it belongs to it.
    pub home: Option<AppKey>,
    /// What it is.
    pub filed: Filed,
}

/// Everything last seen.
#[derive(Default)]
pub struct Cache {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    apps: HashMap<AppKey, Arc<Asked>>,
    shelves: HashMap<AppKey, Shelf>,
    cards: HashMap<Place, Card>,
    hosts: Hosts,
    /// Newest version that each watch has shown.
    heard: HashMap<(Kind, Option<String>), u128>,
    /// Kinds that a cluster may lack and that were listed, in one namespace or in all.
    served: HashSet<(Kind, Option<String>)>,
}

/// Children and pods of one app.
#[derive(Default)]
struct Shelf {
    children: BTreeMap<Key, Seen>,
    pods: BTreeMap<String, PodSeen>,
}

/// Where an object is filed, and which version of it.
struct Card {
    home: AppKey,
    uid: String,
    version: String,
}

impl Cache {
    /// The resource of that key.
    pub fn app(&self, key: &AppKey) -> Option<Arc<Asked>> {
        self.state().apps.get(key).cloned()
    }

    /// Children and pods of an app, in the order of their names.
    pub fn shelf(&self, key: &AppKey) -> (Vec<Seen>, Vec<PodSeen>) {
        let state = self.state();
        let Some(shelf) = state.shelves.get(key) else { return Default::default() };
        (shelf.children.values().cloned().collect(), shelf.pods.values().cloned().collect())
    }

    /// Restarts of the containers of a role's pods.
    pub fn restarts(&self, key: &AppKey, section: &str, role: &str) -> i32 {
        let state = self.state();
        let pods = state.shelves.get(key).into_iter().flat_map(|shelf| shelf.pods.values());
        pods.filter(|pod| pod.section == section && pod.role == role).map(|pod| pod.container.restarts).sum()
    }

    /// One child of an app.
    pub fn child(&self, home: &AppKey, key: &Key) -> Option<Seen> {
        self.state().shelves.get(home)?.children.get(key).cloned()
    }

    /// Routes of other apps for the hosts that an app has or wants; from now on what happens to such is news for it.
    pub fn others(&self, key: &AppKey, mut wanted: HashSet<String>) -> Vec<OtherRoute> {
        let mut state = self.state();
        wanted.extend(
            state.shelves.get(key).into_iter().flat_map(|shelf| shelf.children.values()).filter_map(route).map(|own| own.host.clone()),
        );
        let places = wanted.iter().flat_map(|host| state.hosts.places(host));
        let mut others: Vec<OtherRoute> = places.filter_map(|place| state.other(key, place)).collect();
        state.hosts.seek(key, wanted);
        others.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        others
    }

    /// Apps for which the last changes of other apps' routes are news; each is told once.
    pub fn neighbours(&self) -> HashSet<AppKey> {
        self.state().hosts.news()
    }

    /// Keys of all apps, or of those in a namespace.
    pub fn apps(&self, namespace: Option<&str>) -> Vec<AppKey> {
        let state = self.state();
        let keys = state.apps.keys().filter(|key| namespace.is_none_or(|namespace| key.namespace == namespace));
        keys.cloned().collect()
    }

    /// Number of apps.
    pub fn len(&self) -> usize {
        self.state().apps.len()
    }

    /// Places of all objects of a kind, or of those in a namespace.
    pub fn places(&self, kind: Kind, namespace: Option<&str>) -> HashSet<Place> {
        let state = self.state();
        let places =
            state.cards.keys().filter(|place| place.kind == kind && namespace.is_none_or(|namespace| place.namespace == namespace));
        places.cloned().collect()
    }

    /// Files an object unless a newer version is filed already. Returns the app it is news for.
    pub fn put(&self, item: Item) -> Option<AppKey> {
        let mut state = self.state();
        let known = state.cards.get(&item.place);
        if known.is_some_and(|card| !is_newer(item.filed.version(), &card.version)) {
            return None;
        }
        state.file(item)
    }

    /// Files what one of our own writes answered, unless its watch was further by then: what it has not shown is gone, and
    /// would never be told of again. Returns the app it is news for.
    pub fn note(&self, item: Item) -> Option<AppKey> {
        let is_late = self.state().has_heard(&item);
        if is_late { None } else { self.put(item) }
    }

    /// Notes that the watch of a kind, in one namespace or in all, begins anew: after a restore, versions run backwards.
    pub fn begin(&self, kind: Kind, namespace: Option<&str>) {
        self.state().heard.remove(&(kind, namespace.map(ToOwned::to_owned)));
    }

    /// Notes that all objects of a kind, in one namespace or in all, are filed.
    pub fn serve(&self, kind: Kind, namespace: Option<&str>) {
        self.state().served.insert((kind, namespace.map(ToOwned::to_owned)));
    }

    /// Notes that the cluster does not know a kind any more, and forgets its objects.
    pub fn lose(&self, kind: Kind, namespace: Option<&str>) {
        self.begin(kind, namespace);
        self.state().served.remove(&(kind, namespace.map(ToOwned::to_owned)));
        self.places(kind, namespace).iter().for_each(|place| drop(self.remove(place)));
    }

    /// Kinds of the table that the cluster lacks, as far as is known of a namespace.
    pub fn lacking(&self, namespace: &str) -> Vec<String> {
        let state = self.state();
        let is_served =
            |kind: &Kind| [None, Some(namespace.to_owned())].into_iter().any(|namespace| state.served.contains(&(*kind, namespace)));
        children::optional_kinds().iter().filter(|kind| !is_served(kind)).map(|kind| kind.kind.to_owned()).collect()
    }

    /// Notes how far the watch of a kind is.
    pub fn hear(&self, kind: Kind, namespace: Option<&str>, version: &str) {
        let Ok(version) = version.parse::<u128>() else { return };
        let mut state = self.state();
        let heard = state.heard.entry((kind, namespace.map(ToOwned::to_owned))).or_default();
        *heard = version.max(*heard);
    }

    /// Files an object as a list shows it, whatever is filed: after a restore of etcd, versions run backwards.
    pub fn replace(&self, item: Item) -> Option<AppKey> {
        self.state().file(item)
    }

    /// Forgets an object. Returns the app it was filed under.
    pub fn remove(&self, place: &Place) -> Option<AppKey> {
        self.state().unfile(place)
    }

    /// Forgets an object if it is still the one of that uid.
    pub fn remove_uid(&self, place: &Place, uid: &str) -> Option<AppKey> {
        let mut state = self.state();
        state.cards.get(place).is_some_and(|card| card.uid == uid).then(|| state.unfile(place)).flatten()
    }

    /// Marks a child as being deleted until the watch shows it gone.
    pub fn mark_deleting(&self, home: &AppKey, key: &Key) {
        if let Some(seen) = self.state().shelves.get_mut(home).and_then(|shelf| shelf.children.get_mut(key)) {
            seen.deleting = true;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds the cache")
    }
}

impl State {
    /// Whether the watch of an object's kind has shown all that happened until that version.
    fn has_heard(&self, item: &Item) -> bool {
        let Place { kind, namespace, .. } = &item.place;
        let watches = [None, Some(namespace.clone())];
        let heard = watches.into_iter().filter_map(|namespace| self.heard.get(&(*kind, namespace))).max();
        heard.is_some_and(|heard| item.filed.version().parse::<u128>().is_ok_and(|version| version <= *heard))
    }

    /// The route at a place, if it is another app's.
    fn other(&self, key: &AppKey, place: &Place) -> Option<OtherRoute> {
        let home = &self.cards.get(place)?.home;
        let child = Key { kind: place.kind.kind.to_owned(), name: place.name.clone() };
        let route = route(self.shelves.get(home)?.children.get(&child)?)?.clone();
        (home != key).then(|| OtherRoute { namespace: place.namespace.clone(), name: place.name.clone(), route })
    }

    fn file(&mut self, item: Item) -> Option<AppKey> {
        let Item { place, home, filed } = item;
        self.leave(&place);
        if self.cards.get(&place).is_some_and(|card| Some(&card.home) != home.as_ref()) {
            self.unfile(&place);
        }
        let home = home?;
        let card = Card { home: home.clone(), uid: filed.uid().to_owned(), version: filed.version().to_owned() };
        self.cards.insert(place.clone(), card);
        match filed {
            Filed::App(asked) => {
                self.apps.insert(home.clone(), Arc::new(asked));
            }
            Filed::Child(seen) => {
                if let Some(route) = route(&seen) {
                    self.hosts.hold(&route.host, &place, &home);
                }
                self.shelves.entry(home.clone()).or_default().children.insert(seen.key.clone(), seen);
            }
            Filed::Pod(pod, _) => {
                self.shelves.entry(home.clone()).or_default().pods.insert(pod.name.clone(), pod);
            }
        }
        Some(home)
    }

    /// Forgets which host the route at a place has.
    fn leave(&mut self, place: &Place) {
        let Some(card) = self.cards.get(place) else { return };
        let child = Key { kind: place.kind.kind.to_owned(), name: place.name.clone() };
        let seen = self.shelves.get(&card.home).and_then(|shelf| shelf.children.get(&child));
        if let Some(route) = seen.and_then(route) {
            self.hosts.free(&route.host, place, &card.home);
        }
    }

    fn unfile(&mut self, place: &Place) -> Option<AppKey> {
        self.leave(place);
        let Card { home, .. } = self.cards.remove(place)?;
        if place == &home.place() {
            self.apps.remove(&home);
        } else if let Some(shelf) = self.shelves.get_mut(&home) {
            if place.kind.kind == "Pod" {
                shelf.pods.remove(&place.name);
            } else {
                shelf.children.remove(&Key { kind: place.kind.kind.to_owned(), name: place.name.clone() });
            }
            if shelf.children.is_empty() && shelf.pods.is_empty() {
                self.shelves.remove(&home);
            }
        }
        Some(home)
    }
}

/// A child as a route with a host.
fn route(seen: &Seen) -> Option<&RouteSeen> {
    match &seen.detail {
        Detail::Route(route) if !route.host.is_empty() => Some(route),
        _ => None,
    }
}

impl Filed {
    /// Uid of the object.
    pub fn uid(&self) -> &str {
        match self {
            Self::App(asked) => asked.uid(),
            Self::Child(seen) => &seen.uid,
            Self::Pod(pod, _) => &pod.uid,
        }
    }

    /// Version of the object.
    pub fn version(&self) -> &str {
        match self {
            Self::App(asked) => asked.metadata.resource_version.as_deref().unwrap_or_default(),
            Self::Child(seen) => &seen.resource_version,
            Self::Pod(_, version) => version,
        }
    }
}

/// Versions of one kind are ordered numbers since Kubernetes 1.35; anything else counts as newer.
fn is_newer(version: &str, known: &str) -> bool {
    match (version.parse::<u128>(), known.parse::<u128>()) {
        (Ok(version), Ok(known)) => version > known,
        _ => version != known,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICE: Kind = Kind { group: "", version: "v1", kind: "Service", plural: "services" };

    fn app(name: &str) -> AppKey {
        AppKey { namespace: "shop".into(), name: name.into() }
    }

    fn place() -> Place {
        Place { kind: SERVICE, namespace: "shop".into(), name: "web".into() }
    }

    fn item(home: &str, uid: &str, version: &str) -> Item {
        let key = Key { kind: "Service".into(), name: "web".into() };
        let seen = Seen { key, uid: uid.into(), resource_version: version.into(), ..Default::default() };
        Item { place: place(), home: Some(app(home)), filed: Filed::Child(seen) }
    }

    fn version(cache: &Cache, home: &str) -> Option<String> {
        cache.shelf(&app(home)).0.first().map(|seen| seen.resource_version.clone())
    }

    #[test]
    fn an_old_event_does_not_hide_our_own_write() {
        let cache = Cache::default();
        assert_eq!(cache.put(item("a", "1", "9")), Some(app("a")));
        assert_eq!(cache.put(item("a", "1", "10")), Some(app("a")));
        assert_eq!(cache.put(item("a", "1", "9")), None);
        assert_eq!(cache.put(item("a", "1", "10")), None);
        assert_eq!(version(&cache, "a").as_deref(), Some("10"));
    }

    #[test]
    fn a_list_wins_over_everything() {
        let cache = Cache::default();
        cache.put(item("a", "1", "10"));
        cache.replace(item("a", "1", "5"));
        assert_eq!(version(&cache, "a").as_deref(), Some("5"));
    }

    #[test]
    fn a_late_deletion_leaves_the_successor() {
        let cache = Cache::default();
        cache.put(item("a", "2", "12"));
        assert_eq!(cache.remove_uid(&place(), "1"), None);
        assert_eq!(cache.remove_uid(&place(), "2"), Some(app("a")));
        assert_eq!(version(&cache, "a"), None);
    }

    #[test]
    fn an_answer_that_comes_after_the_end_of_its_object_is_no_news() {
        let cache = Cache::default();
        cache.hear(SERVICE, None, "12");
        cache.remove_uid(&place(), "1");
        assert_eq!(cache.note(item("a", "1", "10")), None, "made in 10, gone in 12, answered at last");
        assert_eq!(version(&cache, "a"), None);
        assert_eq!(cache.note(item("a", "2", "13")), Some(app("a")));
        cache.hear(SERVICE, Some("other"), "20");
        assert_eq!(cache.note(item("a", "2", "14")), Some(app("a")), "another namespace's watch tells nothing of this one");
        cache.hear(SERVICE, Some("shop"), "15");
        assert_eq!(cache.note(item("a", "2", "15")), None, "it has shown this one itself");
        cache.begin(SERVICE, Some("shop"));
        assert_eq!(cache.note(item("a", "2", "15")), Some(app("a")), "a list begins anew");
    }

    #[test]
    fn an_object_that_moves_to_another_app_leaves_the_first() {
        let cache = Cache::default();
        cache.put(item("a", "1", "1"));
        cache.put(item("b", "1", "2"));
        assert_eq!((version(&cache, "a"), version(&cache, "b").as_deref()), (None, Some("2")));
    }
}
