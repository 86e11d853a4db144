//! From a typed object to a stamped plan entry: owner, labels, hash, replicas set apart. Once, here.
//! It does not know what any section makes.

use k8s_openapi::{
    Metadata, NamespaceResourceScope, Resource,
    api::{
        apps::v1::{Deployment, StatefulSet},
        core::v1::{ConfigMap, PodTemplateSpec, Secret},
    },
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use serde::Serialize;

use crate::{App, Kind, Stage, canonical::Text, names, recipe::Recipe};

/// One object that should exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Section of the spec that wants it.
    pub section: &'static str,
    /// Its role, where it is one of a role's objects.
    pub role: Option<String>,
    /// The whole object without replicas; for a Secret, without its data.
    pub body: Text,
    /// Digest of the body.
    pub hash: String,
    /// Digest of a role's pod template.
    pub template: Option<String>,
    /// Replicas, which a second field manager owns.
    pub size: Option<Size>,
    /// Who collects it.
    pub owner: Owner,
    /// How a Secret's data is made, at its creation only.
    pub recipe: Option<Recipe>,
}

/// How many replicas, and who moves them afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Always this many.
    Fixed(i32),
    /// This many at creation; something else scales on from there.
    From(i32),
    /// This many at creation; the work in the queues scales on from there, to zero too.
    Queued(i32),
}

impl Size {
    /// The count at creation.
    pub fn count(self) -> i32 {
        match self {
            Size::Fixed(count) | Size::From(count) | Size::Queued(count) => count,
        }
    }

    /// Whether a count is as wanted.
    pub fn fits(self, replicas: i32) -> bool {
        match self {
            Size::Fixed(count) => replicas == count,
            Size::From(count) => replicas >= count,
            Size::Queued(_) => true,
        }
    }
}

/// Who collects an object when it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The app.
    App,
    /// Nobody: it holds data that outlives the app.
    Nobody,
    /// This ConfigMap.
    Anchor {
        /// Its name.
        name: String,
        /// Its uid; None until it is there, and nothing is made before.
        uid: Option<String>,
    },
}

/// One row of the table of children.
pub trait Child: Sync {
    /// Kind of its objects.
    fn kind(&self) -> Kind;
    /// Where it stands.
    fn place(&self) -> Place;
    /// Who collects its objects, in a few words.
    fn owned_by(&self) -> &'static str;
    /// The objects that `app` should have.
    fn plan(&self, app: &App) -> Vec<Planned>;
    /// Section of the spec that it belongs to.
    fn section(&self) -> &'static str {
        self.place().0
    }
    /// From which stage of a release on its objects are wanted.
    fn stage(&self) -> Stage {
        self.place().1
    }
    /// Whether a cluster may lack its kind, which then is not planned.
    fn is_optional(&self) -> bool {
        false
    }
    /// What its objects are for, in a few words.
    fn purpose(&self) -> &'static str {
        self.place().2
    }
}

/// Where a row stands: its section, its stage, and what it is for.
#[derive(Clone, Copy)]
pub struct Place(pub &'static str, pub Stage, pub &'static str);

/// A row of typed objects.
pub struct Row<K> {
    place: Place,
    owner: Owner,
    make: Make<K>,
    is_optional: bool,
}

/// How a row's objects are made.
enum Make<K> {
    Plain(fn(&App) -> Vec<K>),
    Sized(fn(&App) -> Vec<(K, Size)>, fn(&mut K) -> &mut PodTemplateSpec),
}

impl<K> Row<K> {
    /// A row whose objects the app owns.
    pub const fn owned(place: Place, make: fn(&App) -> Vec<K>) -> Self {
        Self { place, owner: Owner::App, make: Make::Plain(make), is_optional: false }
    }

    /// A row whose objects hold data and have no owner.
    pub const fn kept(place: Place, make: fn(&App) -> Vec<K>) -> Self {
        Self { place, owner: Owner::Nobody, make: Make::Plain(make), is_optional: false }
    }

    /// The same of a kind that Kubernetes does not bring: it is planned where the cluster knows it.
    pub const fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }
}

impl<K: Workload> Row<K> {
    /// A row of workloads that the app owns, whose replicas are set apart.
    pub const fn sized(place: Place, make: fn(&App) -> Vec<(K, Size)>) -> Self {
        Self { place, owner: Owner::App, make: Make::Sized(make, K::template), is_optional: false }
    }
}

/// A row of Secrets, each owned by its anchor and named by its uid.
pub struct Brewed(pub Place, pub fn(&App) -> Vec<Recipe>);

/// What the rows accept: a namespaced kind of Kubernetes.
pub trait Namespaced: Resource<Scope = NamespaceResourceScope> + Metadata<Ty = ObjectMeta> + Serialize {}
impl<K: Resource<Scope = NamespaceResourceScope> + Metadata<Ty = ObjectMeta> + Serialize> Namespaced for K {}

/// A kind whose pods are rolled.
pub trait Workload: Namespaced {
    /// The template of its pods.
    fn template(&mut self) -> &mut PodTemplateSpec;
}

impl Workload for Deployment {
    fn template(&mut self) -> &mut PodTemplateSpec {
        &mut self.spec.get_or_insert_default().template
    }
}

impl Workload for StatefulSet {
    fn template(&mut self) -> &mut PodTemplateSpec {
        &mut self.spec.get_or_insert_default().template
    }
}

impl<K: Namespaced> Child for Row<K> {
    fn kind(&self) -> Kind {
        Kind::of::<K>()
    }
    fn place(&self) -> Place {
        self.place
    }
    fn owned_by(&self) -> &'static str {
        if self.owner == Owner::Nobody { "nobody: it holds data" } else { "the app" }
    }
    fn is_optional(&self) -> bool {
        self.is_optional
    }
    fn plan(&self, app: &App) -> Vec<Planned> {
        if self.is_optional && app.lacks(self.kind()) {
            return vec![];
        }
        let stamped = |typed: K| stamp(app, self.section(), typed, self.owner.clone());
        match self.make {
            Make::Plain(make) => make(app).into_iter().map(stamped).collect(),
            Make::Sized(make, template) => {
                let is_role = self.stage() > Stage::Migrate;
                let sized = |(mut typed, size): (K, Size)| {
                    let template = is_role.then(|| mark(template(&mut typed)));
                    Planned { template, size: Some(size), ..stamped(typed) }
                };
                make(app).into_iter().map(sized).collect()
            }
        }
    }
}

impl Child for Brewed {
    fn kind(&self) -> Kind {
        Kind::of::<Secret>()
    }
    fn place(&self) -> Place {
        self.0
    }
    fn owned_by(&self) -> &'static str {
        "its anchor"
    }
    fn plan(&self, app: &App) -> Vec<Planned> {
        let brewed = |recipe: Recipe| {
            let owner = Owner::Anchor { name: recipe.made.anchor.clone(), uid: recipe.made.uid.clone() };
            let secret = Secret {
                type_: recipe.secret_type.clone(),
                metadata: names::metadata(app, &recipe.made.name(), recipe.component),
                ..Default::default()
            };
            Planned { recipe: Some(recipe), ..stamp(app, self.section(), secret, owner) }
        };
        (self.1)(app).into_iter().map(brewed).collect()
    }
}

/// Workload kinds, whose replicas never stand in the main body.
pub const SIZED_KINDS: [&str; 2] = [<Deployment as Resource>::KIND, <StatefulSet as Resource>::KIND];

/// Kind of the anchors that own Secrets.
pub const ANCHOR: Kind = Kind::of::<ConfigMap>();

fn stamp<K: Namespaced>(app: &App, section: &'static str, mut typed: K, owner: Owner) -> Planned {
    let metadata = typed.metadata_mut();
    if owner == Owner::App {
        metadata.owner_references = Some(vec![app.owner_reference()]);
    }
    let name = metadata.name.clone().expect("every child is named");
    let role = metadata.labels.as_ref().and_then(|labels| labels.get(names::ROLE_LABEL)).cloned();
    let body = Text::of(&typed);
    Planned { kind: Kind::of::<K>(), name, section, role, hash: body.digest(), body, template: None, size: None, owner, recipe: None }
}

/// Puts the digest of a pod template into it, so that what a role runs is seen and not remembered.
fn mark(template: &mut PodTemplateSpec) -> String {
    let digest = Text::of(template).digest();
    let annotations = template.metadata.get_or_insert_default().annotations.get_or_insert_default();
    annotations.insert(names::TEMPLATE_ANNOTATION.to_owned(), digest.clone());
    digest
}
