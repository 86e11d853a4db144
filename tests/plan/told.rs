//! A round of the operator told as YAML: what is planned, what would be written, and what is reported.
//! Nothing is written anywhere: the steps are decided, not taken.

use aegis_crds::{AegisApp, AegisAppSpec, AegisAppStatus, status::Component};
use aegis_plan::{
    App, Done, Facts, Held, Key, Lacking, Owner, Plan, Planned, Size, Step, Undone, Unfit, accept, everything,
    recipe::Ingredient,
    scale::{self, Followed},
    step,
};
use aegis_tests::cluster;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use serde_json::{Value, json};

use crate::{
    keys,
    scene::{Refused, Scene, matches},
};

/// Image of the app that says nothing else.
const SMALLEST: &str = "registry.example/shop:1.0";

/// One round over `asked`.
pub fn round(asked: &AegisApp, before: Option<&AegisApp>, scene: &Scene) -> Value {
    let facts = scene.facts(asked, before);
    let accepted = accept(asked, &facts);
    let is_paused = asked.spec.paused.unwrap_or(false);
    let app = accepted.app.as_ref().filter(|_| !is_paused);
    let plan = app.and_then(|_| aegis_plan::plan(&accepted, &facts));
    let steps = plan.as_ref().zip(app).map(|(plan, app)| steps(plan, app, &accepted.unfit, &facts)).unwrap_or_default();
    let held = steps.iter().filter_map(|(_, held)| held.clone()).collect();
    let failures = scene.failures.iter().map(|refused| undone(refused, plan.as_ref())).collect();
    let done = Done { inventory: scene.inventory(&facts), failures, held };
    let status = aegis_plan::status(asked, &accepted, plan.as_ref(), &facts, &done);
    let inventory: Vec<String> = status.inventory.iter().map(|entry| format!("{}/{}", entry.kind, entry.name)).collect();
    let mut told = json!({"status": reported(asked, status)});
    if !scene.written.is_empty() {
        told["inventory"] = inventory.into();
    }
    if let Some(due) = aegis_plan::due(asked, &accepted, plan.as_ref(), &facts) {
        told["due"] = due.to_string().into();
    }
    if aegis_plan::lifecycle::is_over(asked, &facts) {
        told["over"] = true.into();
    }
    if let Some(key) = plan.as_ref().and_then(|_| app?.auth.as_ref()).and_then(|auth| keys::made(&auth.keys)) {
        told["key"] = key.into();
    }
    if let Some(plan) = &plan {
        told["stage"] = format!("{:?}", plan.stage).into();
        told["steps"] = steps.into_iter().map(|(told, _)| told).collect();
        told["leftovers"] = plan.leftovers.iter().map(|leftover| format!("{}/{}", leftover.key.kind, leftover.key.name)).collect();
        let followed: Vec<String> = app.map(|app| scale::followed(app, plan)).iter().flatten().map(followed).collect();
        if !followed.is_empty() {
            told["followed"] = followed.into();
        }
        let shown = shown(plan, scene);
        if !shown.is_empty() {
            told["shown"] = shown.into();
        }
    }
    told
}

/// Everything `app` will have. An object that the smallest app has too, exactly so, is only named.
pub fn beyond_the_smallest(asked: &AegisApp, app: &App) -> Value {
    let smallest = AegisApp { spec: AegisAppSpec { image: SMALLEST.into(), ..Default::default() }, ..asked.clone() };
    let usual = everything(&cluster::accepted(&smallest, &cluster::empty()));
    let is_smallest = json!(asked.spec) == json!(smallest.spec);
    let told = |planned: &Planned| match usual.contains(planned) && !is_smallest {
        true => format!("{}/{} as in the smallest app", planned.kind, planned.name).into(),
        false => body(planned),
    };
    everything(app).iter().map(told).collect()
}

/// A body with the size word and a Secret's recipe beside it.
pub fn body(planned: &Planned) -> Value {
    let mut body = planned.body.value();
    if planned.kind.kind == "ControllerRevision" {
        // it repeats app.yaml
        body["data"] = format!("({} sections)", body["data"].as_object().map_or(0, serde_json::Map::len)).into();
    }
    if let Some(size) = planned.size {
        body["(size)"] = step::word(size).into();
    }
    if let Owner::Anchor { name, .. } = &planned.owner {
        body["(anchor)"] = format!("ConfigMap/{name}").into();
    }
    if let Some(recipe) = &planned.recipe {
        body["(recipe)"] = recipe.keys.iter().map(|(key, ingredient)| format!("{key}: {}", words(ingredient))).collect();
        body["(made)"] = json!(recipe.brew(&mut counted));
    }
    body
}

/// A status with a line for each condition and component, and without the inventory, which the writer makes.
fn reported(asked: &AegisApp, status: AegisAppStatus) -> Value {
    let conditions: Vec<String> = status.conditions.iter().map(|condition| self::condition(asked, condition)).collect();
    let components: Vec<String> = status.components.iter().map(component).collect();
    let mut rest = json!(AegisAppStatus { conditions: vec![], components: vec![], inventory: vec![], ..status });
    rest["conditions"] = conditions.into();
    rest["components"] = components.into();
    rest
}

/// Whose work is looked at, and what it may do to whose count.
fn followed(followed: &Followed) -> String {
    let Followed { worker, object, pool, drain, can_pause, may_shrink } = followed;
    let moves = pool.map_or("counted only".to_owned(), |pool| {
        format!("moves {object} from {} to {}{}", pool.bounds.min, pool.bounds.max, if *may_shrink { "" } else { ", up only" })
    });
    let moves = drain.map_or(moves.clone(), |drain| format!("{moves}, waited for {} s", drain.as_secs()));
    let moves = if *can_pause { format!("{moves}, can be paused") } else { moves };
    format!("{worker}: {moves}")
}

fn condition(asked: &AegisApp, condition: &Condition) -> String {
    let Condition { type_, status, reason, message, last_transition_time: Time(time), observed_generation } = condition;
    let since = if *time == cluster::now() { String::new() } else { format!(" since {time}") };
    let of = if *observed_generation == asked.metadata.generation { String::new() } else { format!(" of {observed_generation:?}") };
    let message = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("{type_} {status} {reason}{since}{of}{message}")
}

fn component(component: &Component) -> String {
    let Component { name, section, ready, desired, image, reason, message } = component;
    let image = image.as_ref().map(|image| format!(" {image}")).unwrap_or_default();
    let message = message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    format!("{section}/{name} {ready}/{desired}{image} {reason}{message}")
}

fn words(ingredient: &Ingredient) -> String {
    match ingredient {
        Ingredient::Literal(text) => text.clone(),
        Ingredient::Random(bytes) => format!("{bytes} random bytes"),
        Ingredient::Composed(template) => format!("composed of {template}"),
    }
}

/// Bytes that are anything but random.
fn counted(bytes: &mut [u8]) {
    bytes.iter_mut().zip(0..).for_each(|(byte, count)| *byte = count);
}

/// What would be done with each object, in order, and what would be held because of what came before.
fn steps(plan: &Plan, app: &App, unfit: &[Unfit], facts: &Facts) -> Vec<(String, Option<Held>)> {
    let mut lacking = Lacking::of(unfit);
    let step = |planned: &Planned| {
        let key = Key { kind: planned.kind.kind.into(), name: planned.name.clone() };
        if let Some(lacks) = lacking.lacks(planned) {
            let what = if lacks == key { "as it is".to_owned() } else { format!("for {}/{}", lacks.kind, lacks.name) };
            return (format!("Hold {}/{} {what}", key.kind, key.name), Some(Held { key, lacks }));
        }
        let (told, is_there) = decided(planned, app, facts);
        if !is_there {
            lacking.note(planned);
        }
        (told, None)
    };
    plan.wanted.iter().map(step).collect()
}

/// The step, and whether the object is there afterwards.
fn decided(planned: &Planned, app: &App, facts: &Facts) -> (String, bool) {
    let kind = planned.kind.kind;
    let seen = facts.child(kind, &planned.name);
    let entry = facts.entry(kind, &planned.name);
    let step = step::step(planned, app, seen, entry);
    let is_there = !matches!(step, Step::Foreign | Step::Wait);
    let word = match step {
        Step::Apply { convert: true, .. } => "Convert and apply".to_owned(),
        Step::Apply { .. } => "Apply".to_owned(),
        Step::Adopt { .. } => "Adopt".to_owned(),
        other => format!("{other:?}"),
    };
    let replicas = facts.workload(kind, &planned.name).map(|workload| workload.replicas);
    let resized = planned.size.and_then(|size: Size| step::resize(size, entry.and_then(|entry| entry.size.as_deref()), replicas));
    let resized = resized.map(|count| format!(", set replicas to {count}")).unwrap_or_default();
    (format!("{word} {kind}/{}{resized}", planned.name), is_there)
}

fn shown(plan: &Plan, scene: &Scene) -> Vec<Value> {
    let is_shown = |planned: &&Planned| scene.show.iter().any(|object| matches(object, planned.kind.kind, &planned.name));
    plan.wanted.iter().filter(is_shown).map(body).collect()
}

fn undone(refused: &Refused, plan: Option<&Plan>) -> Undone {
    let (kind, name) = refused.object.split_once('/').expect("facts.yaml: an object is Kind/name");
    let wanted = plan.iter().flat_map(|plan| &plan.wanted).find(|planned| matches(&refused.object, planned.kind.kind, &planned.name));
    let section = wanted.map_or("leftovers", |planned| planned.section);
    let key = Key { kind: kind.into(), name: name.into() };
    Undone { key, section, reason: refused.reason.clone(), message: refused.message.clone() }
}
