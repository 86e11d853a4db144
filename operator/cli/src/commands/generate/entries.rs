//! What the manifest says of a part.

use serde_json::{Value, json};

use super::name::Name;
use super::site::Site;
use crate::args::generate::Kind;
use crate::json_text::Step::{self, Item, Key};

/// One item of a list.
pub struct Entry {
    pub way: Vec<Step<'static>>,
    pub item: Value,
}

impl Entry {
    fn new(way: impl Into<Vec<Step<'static>>>, item: Value) -> Self {
        Self { way: way.into(), item }
    }

    /// Whether the list has it; what has a name is known by it.
    pub fn is_in(&self, manifest: &Value) -> bool {
        let list = self.way.iter().fold(manifest, |value, step| match step {
            Key(key) => &value[*key],
            Item(at) => &value[*at],
        });
        let is_it = |item: &Value| item == &self.item || self.item.get("name").is_some_and(|name| item.get("name") == Some(name));
        list.as_array().is_some_and(|list| list.iter().any(is_it))
    }
}

/// Whether the manifest names parts of a kind.
pub fn are_made(kind: Kind) -> bool {
    !matches!(kind, Kind::Model | Kind::Service | Kind::Component | Kind::Migration)
}

pub fn of(site: &Site, name: &Name) -> Vec<Entry> {
    let code = [Key("components"), Key("code")];
    let module = |place: &str| json!(format!("{}.{place}.{}", site.package, name.module));
    match site.kind {
        Kind::Endpoint => vec![Entry::new([code, [Key("api"), Key("routers")]].concat(), module("api"))],
        Kind::View => vec![Entry::new([code, [Key("frontend"), Key("views")]].concat(), module("frontend.views"))],
        Kind::Schedule => vec![Entry::new([code, [Key("scheduler"), Key("jobs")]].concat(), json!(name.module))],
        Kind::Task => {
            let pool = site.pools().nth(site.pool).unwrap_or_default();
            let pools = site.manifest["components"]["code"]["workers"].as_array().map_or(&[][..], Vec::as_slice);
            match pools.iter().position(|code| code["name"] == pool) {
                Some(at) => vec![Entry::new(
                    [&code[..], &[Key("workers"), Item(at), Key("actors")]].concat(),
                    json!({"name": name.module, "queue": site.queue()}),
                )],
                None => vec![],
            }
        }
        Kind::Worker => pool(site, name),
        Kind::Model | Kind::Service | Kind::Component | Kind::Migration => vec![],
    }
}

/// A pool like the first one, and what it reads of the environment.
fn pool(site: &Site, name: &Name) -> Vec<Entry> {
    let mut pool = site.manifest["components"]["workers"][0].clone();
    let first = pool["name"].clone();
    pool["name"] = json!(name.path);
    pool["args"] = json!(["worker", name.module]);
    pool["broker"]["queues"] = json!([name.module]);
    let module = json!({"name": name.path, "module": format!("{}.workers.{}", site.package, name.module)});
    let settings = site.manifest["settings"].as_array().map_or(&[][..], Vec::as_slice);
    let used = settings.iter().enumerate().filter(|(_, setting)| setting["usedBy"].as_array().is_some_and(|users| users.contains(&first)));
    let used = used.map(|(at, _)| Entry::new([Key("settings"), Item(at), Key("usedBy")], json!(name.path)));
    let pools =
        [Entry::new([Key("components"), Key("workers")], pool), Entry::new([Key("components"), Key("code"), Key("workers")], module)];
    pools.into_iter().chain(used).collect()
}
