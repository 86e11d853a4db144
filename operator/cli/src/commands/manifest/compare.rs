//! The manifest beside the facts.

use aegis_plan::contract::CONTRACT;
use serde::Serialize;
use serde_json::{Value, json};

use super::App;
use super::facts::Fact;

/// One thing that is not said by both.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Where in the manifest.
    pub place: String,
    /// What the manifest says; null where it says nothing.
    pub manifest: Value,
    /// What the code says; null where it says nothing.
    pub code: Value,
    /// Whether `sync` writes it: then the code is right. Else somebody has to decide.
    pub is_derived: bool,
    pub fix: String,
}

impl Difference {
    fn derived(place: &str, manifest: &Value, code: &Value) -> Self {
        Self {
            place: place.to_owned(),
            manifest: manifest.clone(),
            code: code.clone(),
            is_derived: true,
            fix: "aegisctl manifest sync".to_owned(),
        }
    }

    fn decided(place: impl Into<String>, manifest: Value, code: Value, fix: &str) -> Self {
        Self { place: place.into(), manifest, code, is_derived: false, fix: fix.to_owned() }
    }

    /// A file that is made of the manifest, and says something else.
    pub fn stale(file: &str) -> Self {
        Self::derived(file, &json!("as it was made before"), &json!("as it would be made now"))
    }

    /// Lines of a diff.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let line = |sign, value: &Value| (!value.is_null()).then(|| format!("  {sign} {}", short(value)));
        [line('-', &self.manifest), line('+', &self.code)].into_iter().flatten()
    }

    pub fn words(&self) -> String {
        match (self.manifest.is_null(), self.code.is_null()) {
            (false, true) => format!("{} is in the manifest only", short(&self.manifest)),
            (true, _) => format!("the code says {}", short(&self.code)),
            _ => format!("the manifest says {}, the code {}", short(&self.manifest), short(&self.code)),
        }
    }
}

fn short(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub fn all(app: &App, facts: &[Fact]) -> Vec<Difference> {
    let code = &app.manifest["components"]["code"];
    let mut found = vec![];
    for Fact { place, look, is } in facts {
        match *look {
            "api" => {
                found.extend(value("components.code.api.openAPI", &code["api"]["openAPI"], &is["openAPI"]));
                found.extend(list("components.code.api.routers", &code["api"]["routers"], &is["routers"]));
            }
            "views" if !is.is_null() => found.extend(list("components.code.frontend.views", &code["frontend"]["views"], is)),
            "actors" => found.extend(actors(app, place, is)),
            "jobs" => found.extend(list("components.code.scheduler.jobs", &code["scheduler"]["jobs"], is)),
            "settings" => found.extend(settings(app, is)),
            "heads" if is.as_array().is_some_and(|heads| heads.len() > 1) => {
                let fix = "make one of them follow the other: alembic merge heads";
                found.push(Difference::decided("alembic.ini", json!("one newest revision"), is.clone(), fix));
            }
            _ => {}
        }
    }
    found.extend(layout(app));
    found
}

fn value(place: &str, manifest: &Value, code: &Value) -> Option<Difference> {
    (manifest != code).then(|| Difference::derived(place, manifest, code))
}

/// What only one of two lists has.
fn list(place: &str, manifest: &Value, code: &Value) -> Vec<Difference> {
    let items = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (said, is) = (items(manifest), items(code));
    let gone = said.iter().filter(|item| !is.contains(item)).map(|item| Difference::derived(place, item, &Value::Null));
    let new = is.iter().filter(|item| !said.contains(item)).map(|item| Difference::derived(place, &Value::Null, item));
    gone.chain(new).collect()
}

/// Actors of a pool; one without a queue waits in the pool's first.
fn actors(app: &App, place: &str, code: &Value) -> Vec<Difference> {
    let pools = app.manifest["components"]["code"]["workers"].as_array().into_iter().flatten();
    let Some(pool) = pools.into_iter().find(|pool| format!("components.code.workers[{}]", short(&pool["name"])) == place) else {
        return vec![];
    };
    let first = app.manifest["components"]["workers"].as_array().into_iter().flatten().find(|role| role["name"] == pool["name"]);
    let first = first.map(|role| role["broker"]["queues"][0].clone()).unwrap_or_default();
    let whole = |mut actor: Value| {
        if actor["queue"].is_null() {
            actor["queue"] = first.clone();
        }
        actor
    };
    let wholes = |value: &Value| value.as_array().into_iter().flatten().cloned().map(whole).collect::<Value>();
    list(&format!("{place}.actors"), &wholes(&pool["actors"]), &wholes(code))
}

/// Variables that the code reads, but those that the operator sets; and their defaults, but those of secrets.
fn settings(app: &App, code: &Value) -> Vec<Difference> {
    let said = app.manifest["settings"].as_array().map_or(&[][..], Vec::as_slice);
    let is = code.as_array().map_or(&[][..], Vec::as_slice);
    let mut found = vec![];
    for setting in said {
        let env = &setting["env"];
        match is.iter().find(|field| field["env"] == *env) {
            None => {
                let fix = "delete it, or give the settings of the code a field for it";
                found.push(Difference::decided("settings", env.clone(), Value::Null, fix));
            }
            Some(field) if setting["secret"] != true && !field["default"].is_null() => {
                found.extend(value(&format!("settings[{}].default", short(env)), &setting["default"], &field["default"]));
            }
            Some(_) => {}
        }
    }
    let is_ours = |field: &&Value| !CONTRACT.iter().any(|variable| field["env"] == variable.name);
    let is_new = |field: &&Value| !said.iter().any(|setting| setting["env"] == field["env"]);
    for field in is.iter().filter(is_ours).filter(is_new) {
        let mut setting = field.clone();
        let words = setting.as_object_mut().into_iter();
        words.for_each(|setting| setting.retain(|_, value| !value.is_null() && *value != json!(false) && *value != json!("string")));
        found.push(Difference::derived("settings", &Value::Null, &setting));
    }
    found
}

/// Places that are not there.
fn layout(app: &App) -> Vec<Difference> {
    let entries = app.manifest["layout"].as_array().into_iter().flatten();
    let gone = entries.filter(|entry| entry["path"].as_str().is_some_and(|path| !app.folder.join(path).exists()));
    gone.map(|entry| Difference::decided("layout", entry["path"].clone(), Value::Null, "delete the entry, or correct its path")).collect()
}
