//! The manifest as the code says it, and what is made of it.

use minijinja::context;
use minijinja::value::Serde;
use serde_json::Value;

use super::App;
use super::compare::Difference;
use crate::json_text::{self, Step};
use crate::templates::{APP, Engine};

/// For people and agents who change the app: made of the manifest.
pub const GUIDE: &str = "AGENTS.md";

/// The text with one difference less.
pub fn with(text: &str, difference: &Difference) -> String {
    let manifest: Value = serde_json::from_str(text).expect("it was read before");
    let place = Some(&difference.place).filter(|place| *place != GUIDE);
    let Some((way, value)) = place.and_then(|place| way(&manifest, place)) else { return text.to_owned() };
    let is_list = difference.manifest.is_null() != difference.code.is_null() && difference.place != "components.code.api.openAPI";
    if !is_list {
        return json_text::with_value(text, &way, &difference.code);
    }
    if difference.manifest.is_null() {
        return json_text::with_item(text, &way, &difference.code);
    }
    // an actor is known by its name
    let is_it = |item: &Value| *item == difference.manifest || (item.is_object() && item["name"] == difference.manifest["name"]);
    let at = value.as_array().and_then(|items| items.iter().position(is_it));
    at.map_or_else(|| text.to_owned(), |at| json_text::without_item(text, &way, at))
}

/// The steps to a place such as `components.code.workers[orders].actors`, and what is there.
fn way<'a>(manifest: &Value, place: &'a str) -> Option<(Vec<Step<'a>>, Value)> {
    let (mut steps, mut value) = (vec![], manifest);
    for word in place.split('.') {
        let (key, item) = word.split_once('[').map_or((word, None), |(key, item)| (key, Some(item.trim_end_matches(']'))));
        steps.push(Step::Key(key));
        value = &value[key];
        if let Some(name) = item {
            let at = value.as_array()?.iter().position(|entry| entry["name"] == name || entry["env"] == name)?;
            steps.push(Step::Item(at));
            value = &value[at];
        }
    }
    Some((steps, value.clone()))
}

/// What the guide says, where the manifest says that it is generated.
pub fn guide(app: &App) -> Option<String> {
    let mut layout = app.manifest["layout"].as_array()?.iter();
    layout.find(|entry| entry["path"] == GUIDE && entry["owner"] == "generated")?;
    let (_, template) = APP.iter().find(|(path, _)| *path == GUIDE)?;
    let name = app.manifest["project"]["name"].as_str()?;
    Some(Engine::new().rendered(template, &context! { name => name, manifest => Serde(&app.manifest) }))
}
