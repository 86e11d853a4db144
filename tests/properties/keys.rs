//! Tokens are signed and verified while keys come and go, the operator dies and pods are slow: none is refused that is good.
//! A role here knows what was published as late as the lead allows.

use std::collections::{BTreeMap, BTreeSet};

use aegis_crds::{AegisApp, auth::Algorithm};
use aegis_plan::{
    app::Wish,
    facts::PodSeen,
    keys,
    names::{KIDS_ANNOTATION, ROTATE_ANNOTATION},
};
use jiff::{SignedDuration, Timestamp};
use libtest_mimic::Trial;
use proptest::{collection::vec, prelude::*};
use serde_json::json;

use crate::{config, lab::Cluster, trials};

/// As the spec says.
const ROTATE_EVERY: i64 = 4000;
const OVERLAP: i64 = 1000;
/// A life of sixty events costs as much as many plans.
const LIVES: u32 = 6;
/// Looks that settle whatever is left to do.
const LOOKS: usize = 6;

pub fn trials() -> Vec<Trial> {
    trials![no_role_meets_a_token_that_it_cannot_verify the_id_of_a_key_is_its_thumbprint]
}

/// What happens.
#[derive(Clone, Debug)]
enum Event {
    /// The operator looks.
    Look,
    /// The operator looks, and dies after so many writes.
    Die(usize),
    /// Time passes.
    Wait(i64),
    /// A pod of the api starts.
    Start,
    /// A pod of the api ends, the oldest.
    End,
    /// Somebody asks for another key.
    Rotate,
    /// Somebody asks for another algorithm.
    Change,
}

fn event() -> impl Strategy<Value = Event> {
    let seconds = prop_oneof![1..60i64, 150..220i64, 900..1100i64, 3900..4200i64];
    prop_oneof![
        4 => Just(Event::Look),
        2 => (0..4usize).prop_map(Event::Die),
        3 => seconds.prop_map(Event::Wait),
        2 => Just(Event::Start),
        2 => Just(Event::End),
        1 => Just(Event::Rotate),
        1 => Just(Event::Change),
    ]
}

/// An app, and who signs and verifies.
struct World {
    cluster: Cluster,
    asked: AegisApp,
    words: usize,
    /// What was published, from when on.
    published: Vec<(Timestamp, BTreeSet<String>)>,
    /// When each key last signed.
    signed: BTreeMap<String, Timestamp>,
}

impl World {
    fn new() -> Self {
        let metadata = json!({"name": "shop", "namespace": "shop", "uid": "u", "generation": 1});
        let jwt = json!({"issuer": "i", "audiences": ["a"], "rotateEvery": format!("{ROTATE_EVERY}s"), "overlap": format!("{OVERLAP}s")});
        let spec = json!({"image": "shop", "workers": [{"name": "a"}], "auth": {"jwt": jwt}});
        let whole = json!({"apiVersion": "aegis.dev/v1alpha1", "kind": "AegisApp", "metadata": metadata, "spec": spec});
        let asked = serde_json::from_value(whole).expect("it is an app");
        let mut world = Self { cluster: Cluster::empty(), asked, words: 0, published: vec![], signed: BTreeMap::new() };
        world.settle();
        world
    }

    fn settle(&mut self) {
        (0..LOOKS).for_each(|_| self.look(usize::MAX));
    }

    fn look(&mut self, writes: usize) {
        self.cluster.look(&self.asked, writes);
        let (now, kids) = (self.now(), self.kids());
        // before the first key nobody verifies anything
        if self.published.last().map_or(!kids.is_empty(), |(_, last)| *last != kids) {
            self.published.push((now, kids));
        }
    }

    fn now(&self) -> Timestamp {
        self.cluster.facts.now
    }

    fn wait(&mut self, seconds: i64) {
        self.cluster.facts.now += SignedDuration::from_secs(seconds);
    }

    /// What is published.
    fn kids(&self) -> BTreeSet<String> {
        let seen = self.cluster.facts.child("ConfigMap", "shop-jwks");
        let kids = seen.and_then(|seen| seen.annotations.get(KIDS_ANNOTATION)).map(String::as_str).unwrap_or_default();
        kids.split(',').filter(|kid| !kid.is_empty()).map(str::to_owned).collect()
    }

    fn happens(&mut self, event: &Event) {
        match event {
            Event::Look => self.look(usize::MAX),
            Event::Die(writes) => self.look(*writes),
            Event::Wait(seconds) => self.wait(*seconds),
            Event::Start => self.start(),
            Event::End => drop((!self.cluster.facts.pods.is_empty()).then(|| self.cluster.facts.pods.remove(0))),
            Event::Rotate => {
                self.words += 1;
                let word = format!("word {}", self.words);
                self.asked.metadata.annotations.get_or_insert_default().insert(ROTATE_ANNOTATION.into(), word);
            }
            Event::Change => {
                let jwt = &mut self.asked.spec.auth.as_mut().expect("it was written").jwt;
                let other = if jwt.algorithm == Some(Algorithm::EdDSA) { Algorithm::ES256 } else { Algorithm::EdDSA };
                jwt.algorithm = Some(other);
            }
        }
        let now = self.now();
        let kids = self.cluster.facts.pods.iter().filter_map(|pod| pod.kid.clone());
        self.signed.extend(kids.map(|kid| (kid, now)));
    }

    /// A pod as the api's template makes it.
    fn start(&mut self) {
        let kid = self.cluster.facts.workload("Deployment", "shop-api").and_then(|seen| seen.kid.clone());
        let pod = PodSeen { section: "api".into(), role: "api".into(), phase: "Running".into(), ready: true, kid, ..PodSeen::default() };
        self.cluster.facts.pods.push(pod);
    }

    /// What a role may take for published now.
    fn known(&self) -> impl Iterator<Item = &BTreeSet<String>> {
        let oldest = self.now() - SignedDuration::from_secs(self.cluster.facts.settings.key_lead_seconds);
        let replaced = self.published.iter().skip(1).map(|(at, _)| Some(*at)).chain([None]);
        let all = self.published.iter().zip(replaced).filter(move |(_, replaced)| replaced.is_none_or(|at| at > oldest));
        all.map(|((_, kids), _)| kids)
    }

    /// A token that was signed a moment ago must be good everywhere, and an older one wherever it is known what is published.
    fn is_sound(&self) -> Result<(), TestCaseError> {
        for kid in self.cluster.facts.pods.iter().map(|pod| pod.kid.as_ref().expect("a pod of the api has a key")) {
            for known in self.known() {
                prop_assert!(known.contains(kid), "{kid} signs, and a role knows only {known:?}");
            }
        }
        let kids = self.kids();
        for (kid, at) in self.signed.iter().filter(|(_, at)| self.now().duration_since(**at).as_secs() < OVERLAP) {
            prop_assert!(kids.contains(kid), "{kid} signed at {at}, and at {} only {kids:?} are published", self.now());
        }
        Ok(())
    }

    /// Names of the anchors that are there.
    fn anchors(&self) -> BTreeSet<String> {
        let names = self.cluster.facts.children.iter().map(|seen| &seen.key.name);
        names.filter_map(|name| name.strip_prefix("shop-auth--")).map(str::to_owned).collect()
    }
}

/// RFC 8037, appendix A.3: the thumbprint is kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k, and its first bytes are the id.
fn the_id_of_a_key_is_its_thumbprint() {
    let public = [
        0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
        0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
    ];
    let world = World::new();
    let app = aegis_tests::cluster::accepted(&world.asked, &world.cluster.facts);
    let key = keys::key(&app, &public, &Wish { algorithm: Algorithm::EdDSA, made: world.now(), word: None });
    assert_eq!((key.kid.as_str(), &key.jwk["x"]), ("90facafea9", &json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")));
    assert_eq!((&key.jwk["kty"], &key.jwk["crv"], &key.jwk["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
}

proptest! {
    #![proptest_config(config(LIVES))]

    fn no_role_meets_a_token_that_it_cannot_verify(events in vec(event(), 1..60)) {
        let mut world = World::new();
        world.start();
        for event in &events {
            world.happens(event);
            world.is_sound()?;
        }
        // in the end there is what is needed, and nothing else
        world.cluster.facts.pods.clear();
        for seconds in [0, 200, 200, OVERLAP + 1] {
            world.wait(seconds);
            world.settle();
            world.is_sound()?;
        }
        let kids = world.kids();
        // one may be new by then, or one just retired
        prop_assert!(kids.len() <= 2, "{:?}", world.cluster.facts.status.auth);
        prop_assert_eq!(kids, world.anchors());
    }
}
